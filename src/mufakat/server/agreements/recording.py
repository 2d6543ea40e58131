"""Record how the obligations of an agreement stand: governance judges, and conditions read it here.

Each row says what was counted last; an event is written where a state changed, and only there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mufakat.rules.admissibility import moment_of
from mufakat.rules.events import EventType
from mufakat.server.agreements import tables, telling
from mufakat.server.agreements.models import Obligation
from mufakat.server.journal import operations as journal
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.rules.obligation import ObligationKind, Verdict
    from mufakat.server.agreements.models import Agreement
    from mufakat.server.journal.work import Moment


class Owed(NamedTuple):
    """Which obligation: of which point, of what kind, whose mandate where that matters, and who owes it."""

    point: str
    kind: ObligationKind
    owner: str
    party: str = ""


def record(agreement: Agreement, verdicts: Mapping[Owed, Verdict], moment: Moment) -> int:
    """Store the verdicts; how many states changed. Obligations that nobody owes any more go.

    Called inside an operation of the writer.
    """
    known = {(row.point, row.kind, row.party): row for row in Obligation.objects.filter(agreement=agreement)}
    directory = parties.directory()
    handles = list(tables.kinds_of(agreement)) if verdicts else []
    changed = [
        (owed, verdict)
        for owed, verdict in verdicts.items()
        if (row := known.get(_key(owed))) is None or row.state != verdict.state.value
    ]
    happenings = [_happening(agreement, handles, owed, verdict) for owed, verdict in changed]
    events = journal.append(happenings, moment) if happenings else []
    told = {_key(owed): event.id for (owed, _), event in zip(changed, events, strict=True)}
    rows = []
    for owed, verdict in verdicts.items():
        key = _key(owed)
        row = known.pop(key, None) or Obligation(agreement=agreement, point=key[0], kind=key[1], party=key[2])
        row.owner_id = directory[owed.owner][0]
        row.judged_at = moment.at
        row.due_at = moment_of(verdict.due_at) if verdict.due_at is not None else None
        row.evidence = verdict.evidence
        if key in told:
            row.state, row.since, row.event = verdict.state.value, moment.at, told[key]
        rows.append(row)
    _store(rows)
    Obligation.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    return len(changed)


def _store(rows: list[Obligation]) -> None:
    """New rows and changed ones, a statement each."""
    Obligation.objects.bulk_create([row for row in rows if row.pk is None])
    fields = ["owner", "judged_at", "due_at", "evidence", "state", "since", "event"]
    Obligation.objects.bulk_update([row for row in rows if row.pk is not None], fields, batch_size=200)


def _key(owed: Owed) -> tuple[str, str, str]:
    return owed.point, owed.kind.value, owed.party


def _happening(agreement: Agreement, handles: list[str], owed: Owed, verdict: Verdict) -> journal.Happening:
    said = {
        "point": owed.point,
        "kind": owed.kind.value,
        "party": owed.party,
        "owner": owed.owner,
        "state": verdict.state.value,
        "evidence": verdict.evidence,
    }
    return telling.happening(
        EventType.OBLIGATION_CHANGED,
        agreement,
        handles,
        committed={"obligation": msgspec.json.encode(said)},
        ref=(agreement.event,),
    )
