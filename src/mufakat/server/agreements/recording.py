"""Record how obligations stand: governance judges them, conditions and the register read them here.

A change of state is an event; figures that moved under the same state are not. What a newer version of a point no
longer asks for falls with that version, whose event says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import obligation as rules
from mufakat.rules.events import EventType
from mufakat.server.agreements.models import Obligation, Side
from mufakat.server.journal import operations as journal, store
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.rules.obligation import Judged
    from mufakat.server.journal.work import Moment

Key = tuple[str, str, str, str]
COLUMNS = ("owner_id", "state", "since", "judged_at", "due_at", "evidence", "event")


def record(agreement: str, verdicts: Sequence[Judged], moment: Moment) -> int:
    """Record every obligation of an agreement; how many changed their state. Inside an operation of the writer."""
    return record_all({agreement: verdicts}, moment)


def record_all(verdicts: Mapping[str, Sequence[Judged]], moment: Moment, *, at: datetime | None = None) -> int:
    """The same of many agreements at once: of each every obligation that it has now. Few statements however many.

    `at` is for when they were judged, where that is not the moment of the commit.
    """
    judged_at = moment.at if at is None else max(at, moment.at)
    rows = Obligation.objects.filter(agreement__in=verdicts)
    known: dict[Key, Obligation] = {(row.agreement_id, row.point, row.kind, row.party): row for row in rows}
    found: dict[Key, Judged] = {
        (agreement, one.point, one.kind.value, one.party): one for agreement, told in verdicts.items() for one in told
    }
    # (1) What is owed no longer.
    gone = [row.pk for key, row in known.items() if key not in found]
    if gone:
        Obligation.objects.filter(pk__in=gone).delete()
    # (2) An event for each that changed; what is new has changed.
    changed = [key for key, one in found.items() if key not in known or known[key].state != one.verdict.state.value]
    events = dict(zip(changed, _append(changed, found, moment), strict=True))
    # (3) The rows.
    new, moved = [], []
    for key, one in found.items():
        row = known.get(key)
        since, event = (moment.at, events[key]) if key in events else (row.since, row.event) if row else (moment.at, "")
        verdict = one.verdict
        values = (one.owner, verdict.state.value, since, judged_at, instant(verdict.due_at), verdict.evidence, event)
        if row is None:
            agreement, point, kind, party = key
            named = {"agreement_id": agreement, "point": point, "kind": kind, "party": party}
            new.append(Obligation(**named, **dict(zip(COLUMNS, values, strict=True))))
        else:
            told = msgspec.json.encode(verdict.evidence).decode()
            moved.append((*values[:5], told, event, row.pk))
    Obligation.objects.bulk_create(new, batch_size=500)
    store.move(Obligation, COLUMNS, ("id",), moved)
    return len(changed)


def _append(changed: Sequence[Key], found: Mapping[Key, Judged], moment: Moment) -> list[str]:
    if not changed:
        return []
    handles = parties.handles()
    told: dict[str, list[str]] = {}
    sides = Side.objects.filter(agreement__in={key[0] for key in changed}).order_by("agreement_id", "position")
    for agreement, party in sides.values_list("agreement_id", "party_id"):
        told.setdefault(agreement, []).append(f"party:{handles[party]}")
    happenings = [
        journal.Happening(
            type=EventType.OBLIGATION_CHANGED,
            sender=HOUSE,
            recipient=handles[found[key].owner],
            case=key[0],
            actor=HOUSE,
            committed={"obligation": rules.judged_json(found[key], owner=handles[found[key].owner])},
            to=tuple(told.get(key[0], ())),
        )
        for key in changed
    ]
    return [one.id for one in journal.append(happenings, moment)]


def instant(text: str | None) -> datetime | None:
    """A time of a verdict as a value."""
    return None if text is None else datetime.fromisoformat(text)
