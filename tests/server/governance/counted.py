"""Notices with a history for tests of the counts: events put straight into the journal, as the rooms write them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from mufakat.rules import accuracy, consequences
from mufakat.rules.events import COMMITTED, EventType
from mufakat.server.governance import counting, judging
from mufakat.server.governance.models import Answering, Tally, Total
from mufakat.server.journal import door, operations as journal
from mufakat.server.parties import queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from mufakat.rules.histories import Occurrence
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Mandate

Counts = dict[tuple[str, ...], dict[str, int]]


def happen(notice: str, history: Iterable[Occurrence], *, sender: str = "kominfo", recipient: str = "telegram") -> None:
    """Let this happen to the notice, after what happened before; each event with its openings."""

    def run(moment: Moment) -> None:
        journal.append([_happening(notice, one, sender, recipient) for one in history], moment)

    door.commit(run)


def _happening(notice: str, one: Occurrence, sender: str, recipient: str) -> journal.Happening:
    values = {"outcome": one.outcome, "refusal": one.refusal, "standing": one.standing, "clock": one.clock}
    told = {name: value.encode() for name, value in values.items() if value and name in COMMITTED[one.type]}
    ends = (sender, recipient) if one.type is EventType.NOTICE_WITHDRAWN else (recipient, sender)
    return journal.Happening(
        type=one.type,
        sender=ends[0],
        recipient=ends[1],
        case=notice,
        actor=ends[0],
        committed=told,
        ref=(f"{one.appeal:0<30}",) if one.appeal else (),
    )


def interleaved(random: Random, histories: dict[str, Sequence[Occurrence]]) -> Iterable[tuple[str, Occurrence]]:
    """The events of all these notices, mixed; those of one notice stay in their order."""
    left = {notice: list(history) for notice, history in histories.items() if history}
    while left:
        notice = random.choice(sorted(left))
        yield notice, left[notice].pop(0)
        if not left[notice]:
            del left[notice]


def counts() -> Counts:
    """Every count there is, by its key; rows that hold nothing are as none."""
    found: Counts = {}
    for model in (Tally, Total, Answering):
        for found_row in model.objects.values():
            row: dict[str, Any] = dict(found_row)
            key = [str(row.pop(name)) for name in ("party_id", "kind", "category", "day")]
            key += [str(row.pop(name, "")) for name in ("grain", "platform_id")]
            del row["id"]
            if any(row.values()):
                found[model.__name__, *key] = row
    return found


def count() -> Counts:
    """Count everything that happened, and give the counts."""
    while counting.part(at=None).more:  # type: ignore[arg-type]  # It asks the time of nobody.
        pass
    return counts()


def judged_badly(party: str = "kominfo", *, wrong: int = 40, mandate: Mandate | None = None) -> str:
    """Have the rule find so many wrong notices of a party: less of its quota, and a proposal; the id of its mandate."""
    held = mandate or judging.in_force(queries.party_by_handle(party).id)[0]
    tally = accuracy.Tally(received=wrong, refused_unclear=wrong)
    found = consequences.consequence(tally)
    platforms = (consequences.Refusals("telegram", 0, wrong),)
    day = date(2026, 7, 14)
    told = consequences.evidence(tally, found, since=day - timedelta(days=9), until=day, platforms=platforms)
    one = judging.Judged(held, tally, found, told, told.since)
    door.commit(lambda moment: judging.act(one, moment))
    return held.id
