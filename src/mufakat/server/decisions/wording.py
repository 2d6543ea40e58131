"""What a statement of reasons says, gathered from the rows and openings of its decision (`rules.statement_text`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import appeal
from mufakat.rules.decision import Automation, Ground, Outcome, Refusal
from mufakat.rules.notice import Category, MeasureName, NoticeKind
from mufakat.rules.statement_text import Done, Told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.decisions.queries import Measure, Whole
    from mufakat.server.notices.queries import Notice


def told(whole: Whole, notice: Notice, *, shown: Sequence[str | None], appeal_at: str = "") -> Told:
    """The statement's values, of a decision that has a statement. The notice comes with both of its parties.

    `shown` is how each locator of the notice is shown, None where it is erased. `appeal_at` is an address with the code
    in it: for whoever may hold that, and nobody else.
    """
    row = whole.decision
    said = {one.field: bytes(one.value) if one.value is not None else None for one in whole.event.openings.all()}
    ground = said.get("ground")
    return Told(
        decision=row.id,
        notice=notice.id,
        party=notice.recipient.name,
        sender=notice.sender.name,
        kind=NoticeKind(notice.kind),
        category=Category(notice.category),
        outcome=Outcome(row.outcome),
        refusal=Refusal(row.refusal) if row.refusal else None,
        decided_at=row.decided_at,
        locators=len(shown),
        done=tuple(_done(one, shown) for one in whole.measures),
        ground=msgspec.json.decode(ground, type=Ground) if ground else None,
        facts=_text(said.get("facts")),
        reasons=_text(said.get("reasons")),
        detected=bool(row.detection),
        automation=Automation(row.automation or Automation.NONE),
        language=row.language,
        # As it is judged when one is lodged: nobody is told of no window where there is ours.
        appeal_until=appeal.until(row.appeal_until, decided_at=row.decided_at),
        appeal_at=appeal_at,
    )


def _done(row: Measure, shown: Sequence[str | None]) -> Done:
    name = MeasureName(row.name)
    return Done(row.position, shown[row.position], name, tuple(row.territory), row.ends_at)


def _text(value: bytes | None) -> str | None:
    return value.decode() if value is not None else None
