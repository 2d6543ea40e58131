"""Until when a decision may be appealed: the profile's clock of a right that stops at `appeal.lodged`.

Where the law counts from when somebody heard of the decision, it is counted from the decision until then, so that the
window is never unknown; hearing of it moves the end later, never earlier.
"""

from datetime import datetime

from mufakat.rules import clock
from mufakat.rules.events import EventType
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.profile_shape import Profile

BEGINNINGS = (EventType.DECISION_MADE, EventType.DECISION_INFORMED)


def end(  # noqa: PLR0913 - what a rule may ask about, each by name.
    profile: Profile,
    *,
    kind: NoticeKind,
    category: Category,
    urgency: Urgency,
    decided_at: datetime,
    informed_at: datetime | None = None,
) -> datetime | None:
    """The last moment in time; None where the profile knows no such right. The longest, where it knows several."""
    moments = {EventType.DECISION_MADE: decided_at, EventType.DECISION_INFORMED: informed_at or decided_at}
    found = [
        one.due_at
        for beginning in BEGINNINGS
        for one in clock.derive(
            profile, event=beginning, kind=kind, category=category, urgency=urgency, at=moments[beginning]
        )
        if one.right and one.stops == EventType.APPEAL_LODGED
    ]
    return max(found, default=None)


def later(former: datetime | None, found: datetime | None) -> datetime | None:
    """The later of two ends: news never shortens a window."""
    return max((one for one in (former, found) if one is not None), default=None)
