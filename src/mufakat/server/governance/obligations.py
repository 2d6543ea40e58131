"""Judge what parties owe each other under the agreements in force, and have it recorded.

The rule is pure (``rules.obligation_judging``), the figures are the program's own (``obligation_figures``), and what
comes of them is recorded in the agreements' room, where reopening conditions read it. Both sides are judged alike.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mufakat.rules import obligation_judging as rules
from mufakat.rules.obligation import Judged, ObligationKind
from mufakat.rules.obligation_judging import Standing
from mufakat.server.agreements import owed, recording
from mufakat.server.governance import counting
from mufakat.server.governance.obligation_figures import Owing, gathered
from mufakat.server.journal import queries as events
from mufakat.server.journal.parts import Swept, alone

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from mufakat.rules.obligation import ObligationTerms
    from mufakat.server.agreements.owed import Named, Owed
    from mufakat.server.journal.outbox import Row
    from mufakat.server.journal.work import Moment

AGAIN = timedelta(days=1)
"""After so long even what did not change is recorded as judged once more."""

PORTION = 200
"""Agreements of one commit."""


def part(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Judge every obligation, and record what changed; a part of the worker. Counts that lag far are waited for.

    What is read here may be old by the time of the writer's turn: there those that changed are judged anew.
    """
    found = owed.in_force(at=at)
    if not found or not counting.is_nearly_counted() or (stop and stop.is_set()):
        return Swept(0, more=False)
    verdicts = judged(found, at=at)
    moved = [one.agreement for one in found if is_moved(one, verdicts[one.agreement], at=at)]
    portion = moved[:PORTION]
    done = alone(lambda moment: evaluate(moment, only=portion, at=at)) if portion else 0
    return Swept(done, more=len(moved) > len(portion))


def next_due() -> datetime | None:
    """When the time of the first one is over that is kept or due."""
    return owed.next_due()


def reconsider(row: Row, moment: Moment) -> None:
    """Judge an agreement at once in which something came into force, or was shown: a reaction, run in the writer.

    Doing it again changes nothing. Where counts lag far the part does it once they are there.
    """
    event = events.by_id([row.event]).get(row.event)
    if event is not None and counting.is_nearly_counted():
        evaluate(moment, only=[event.case])


def evaluate(moment: Moment, *, only: Collection[str] | None = None, at: datetime | None = None) -> int:
    """Judge and record these agreements, or all; how many were. Inside an operation of the writer."""
    now = moment.at if at is None else max(at, moment.at)
    verdicts = judged(owed.in_force(at=now, only=only), at=now)
    recording.record_all(verdicts, moment, at=now)
    return len(verdicts)


def is_moved(one: Owed, verdicts: Sequence[Judged], *, at: datetime) -> bool:
    """Whether anything is to be recorded: a state, figures, something new or gone, or that a day went by."""
    if len(verdicts) != len(one.recorded):
        return True
    for each in verdicts:
        known = one.recorded.get((each.point, each.kind, each.party))
        if known is None or known.judged_at + AGAIN <= at or known.state != each.verdict.state.value:
            return True
        if known.evidence != each.verdict.evidence or known.due_at != recording.instant(each.verdict.due_at):
            return True
    return False


def judged(agreements: Sequence[Owed], *, at: datetime) -> dict[str, list[Judged]]:
    """How every obligation of these agreements stands at `at`."""
    owing = {
        one.agreement: [Owing(one, point, terms) for point in one.points for terms in point.obligations]
        for one in agreements
    }
    figures = gathered([each for every in owing.values() for each in every], at=at)
    found: dict[str, list[Judged]] = {}
    for agreement, every in owing.items():
        verdicts: dict[Named, Judged] = {}
        for each in every:
            standing = Standing(since=each.point.from_at, due_at=each.point.due_at)
            verdict = rules.judge(each.terms, figures(each), standing, at=at)
            point, kind, party = each.point.name, each.terms.kind, _about(each.terms)
            verdicts[point, kind, party] = Judged(
                point=point, kind=kind, party=party, owner=each.point.owner, verdict=verdict
            )
        found[agreement] = list(verdicts.values())
    return found


def _about(terms: ObligationTerms) -> str:
    """Whose mandate is meant; every other kind stands once in a point."""
    return terms.party or "" if terms.kind is ObligationKind.MANDATE_GRANTED else ""
