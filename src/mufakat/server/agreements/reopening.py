"""Whether what an agreement asks for before something is opened is there: asked again on every event that may decide.

When it turns true, or false again, that is an event of its own, with what fulfilled it, or what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import condition as rules
from mufakat.rules.agreement import PointState
from mufakat.rules.condition import Condition, Outcome
from mufakat.rules.events import EventType
from mufakat.rules.obligation import ObligationState
from mufakat.server.agreements import beginning, tables, telling
from mufakat.server.agreements.models import Agreement, Obligation, Point, Reopening
from mufakat.server.journal import operations as journal, queries as events

if TYPE_CHECKING:
    from mufakat.server.journal.outbox import Row
    from mufakat.server.journal.work import Moment

UNSEEN = frozenset({ObligationState.NOT_MEASURED.value})


def reconsider(row: Row, moment: Moment) -> None:
    """A reaction to events of agreements; it runs in the writer. Doing it again changes nothing."""
    event = events.by_id([row.event]).get(row.event)
    agreement = Agreement.objects.filter(pk=event.case).first() if event is not None else None
    if agreement is not None:
        look(agreement, moment)


def look(agreement: Agreement, moment: Moment) -> bool:
    """Ask the condition of the frame in force, and say where the answer is another than before; whether it was."""
    known = Reopening.objects.filter(agreement=agreement).first()
    wanted = wanted_by(agreement)
    if wanted is None and known is None:
        return False
    found = outcome(agreement, wanted) if wanted is not None else Outcome(holds=False, by=(), missing=())
    before = known.holds if known is not None else False
    row = known or Reopening(agreement=agreement, since=moment.at, event="")
    row.holds, row.by, row.missing = found.holds, list(found.by), list(found.missing)
    if found.holds != before:
        row.since = moment.at
        row.event = _told(agreement, found, moment)
    row.save()
    return found.holds != before


def wanted_by(agreement: Agreement) -> Condition | None:
    """The condition of the frame in force, where there is one."""
    found = beginning.frame_of(agreement)
    return found[0].reopening if found is not None else None


def outcome(agreement: Agreement, wanted: Condition) -> Outcome:
    """How the condition stands now, term by term."""
    bound = set(
        Point.objects.filter(agreement=agreement, state=PointState.IN_FORCE.value).values_list("name", flat=True)
    )
    owed: dict[str, dict[str, set[str]]] = {}
    for point, kind, state in Obligation.objects.filter(agreement=agreement).values_list("point", "kind", "state"):
        owed.setdefault(point, {}).setdefault(kind, set()).add(state)

    def holds(term: str) -> bool:
        point, asked = rules.parts(term)
        return point in bound and (not asked or _kept(owed.get(point, {}), asked))

    return rules.evaluate(wanted, holds)


def _kept(owed: dict[str, set[str]], asked: str) -> bool:
    """Whether this obligation is kept; `kept` is all of the point's that any part measures, and one at least."""
    states = owed.get(asked, set()) if asked != rules.KEPT else set().union(*owed.values()) - UNSEEN
    return states == {ObligationState.KEPT.value}


def _told(agreement: Agreement, found: Outcome, moment: Moment) -> str:
    type_ = EventType.REOPENING_FULFILLED if found.holds else EventType.REOPENING_LOST
    name, terms = ("by", found.by) if found.holds else ("missing", found.missing)
    happening = telling.happening(
        type_,
        agreement,
        list(tables.kinds_of(agreement)),
        committed={name: msgspec.json.encode(terms)},
        ref=(agreement.event,),
    )
    return journal.append([happening], moment)[0].id
