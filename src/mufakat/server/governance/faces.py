"""What the counts look like outside: shares with their bounds, and beside every one what it was counted from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import accuracy, consequences, conservation, timeliness
from mufakat.rules.accuracy import REFUSED

if TYPE_CHECKING:
    from mufakat.rules.accuracy import Share, Tally
    from mufakat.rules.conservation import Report
    from mufakat.rules.timeliness import Timeliness
    from mufakat.server.governance.queries import Figures, Page, Wanted

DIGITS = 4


class ShareOut(msgspec.Struct, frozen=True):
    """A share of a count; `lower` and `upper` hold the true one with 95 % certainty (Wilson). No value: no count."""

    part: int
    whole: int
    value: float | None
    lower: float
    upper: float

    @classmethod
    def of(cls, share: Share) -> ShareOut:
        value = None if share.value is None else round(share.value, DIGITS)
        return cls(share.part, share.whole, value, round(share.lower, DIGITS), round(share.upper, DIGITS))


class ReportOut(msgspec.Struct, frozen=True):
    """Where every notice is: received = the sum of the outcomes + open + withdrawn (I-11)."""

    received: int
    outcomes: dict[str, int]
    open: int
    withdrawn: int

    @classmethod
    def of(cls, report: Report) -> ReportOut:
        return cls(report.received, report.outcomes, report.open, report.withdrawn)


class AskingOut(msgspec.Struct, frozen=True):
    """What became of what a party asked with authority.

    `precision` is of the notices that say anything; refusals because it was gone already, and notices that were
    withdrawn, count for neither side.
    """

    notices: ReportOut
    refusals: dict[str, int]
    overturned: int
    partly_overturned: int
    without_law: int
    precision: ShareOut
    says: str

    @classmethod
    def of(cls, tally: Tally) -> AskingOut:
        precision = accuracy.precision(tally)
        return cls(
            ReportOut.of(conservation.report([tally])),
            {code.value: tally.of(fate) for code, fate in REFUSED.items()},
            tally.overturned,
            tally.partly_overturned,
            tally.without_law,
            ShareOut.of(precision),
            consequences.explained(precision),
        )


class AnsweringOut(msgspec.Struct, frozen=True):
    """How a party answers what it receives. What it decided is not here: a refusal in time is an answer in time."""

    received: int
    answered_in_time: int
    answered_late: int
    unanswered_late: int
    waiting: int
    withdrawn: int
    acknowledged_in_time: int
    acknowledged_late: int
    unacknowledged_late: int
    punctuality: ShareOut
    overturn_rate: ShareOut

    @classmethod
    def of(cls, found: Timeliness) -> AnsweringOut:
        counts = {name: getattr(found, name) for name in timeliness.COUNTED if not name.startswith("appeals_")}
        punctuality = ShareOut.of(timeliness.punctuality(found))
        return cls(**counts, punctuality=punctuality, overturn_rate=ShareOut.of(timeliness.overturn_rate(found)))


class PartyFiguresOut(msgspec.Struct, frozen=True):
    """The counts of one party: `asking` of those that hold mandates, `answering` of those that are asked."""

    party: str
    kind: str
    asking: AskingOut | None
    categories: dict[str, ShareOut]
    answering: AnsweringOut | None

    @classmethod
    def of(cls, found: Figures) -> PartyFiguresOut:
        return cls(
            found.party,
            found.kind,
            AskingOut.of(found.asking) if found.asking is not None else None,
            {name: ShareOut.of(accuracy.precision(tally)) for name, tally in sorted(found.categories.items())},
            AnsweringOut.of(found.answering) if found.answering is not None else None,
        )


class AccuracyOut(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """The counts of a period, party by party, and where every notice of it is; ``next`` goes back as ``after``."""

    first: str | None
    last: str | None
    items: list[PartyFiguresOut]
    next: str | None
    conservation: ReportOut

    @classmethod
    def of(cls, page: Page, report: Report, wanted: Wanted) -> AccuracyOut:
        period = wanted.period
        return cls(
            period.first.isoformat() if period.first else None,
            period.last.isoformat() if period.last else None,
            [PartyFiguresOut.of(one) for one in page.items],
            page.next,
            ReportOut.of(report),
        )
