"""Lift a restriction: one act of one person, at once, all of it or some of its names.

It goes ahead of everything that waits to be written, and through a disk that is full. What comes off the lists is off
in the transaction that says so; from then on each operator has its time to open, and is followed until it has. An order
that is not published yet is taken back by the same act.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import restriction as lifecycle, restriction_checks as rules, restriction_reading as reading
from mufakat.rules.errors import BadRestrictionError
from mufakat.rules.events import EventType
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.permissions import Deed
from mufakat.rules.profile_powers import Layer
from mufakat.rules.restriction import LIVE, CarryingState, RestrictionDeed, RestrictionState
from mufakat.server.agreements import profiles
from mufakat.server.journal import door, operations as journal
from mufakat.server.parties.operations import HOUSE
from mufakat.server.restrictions import approving, queries, telling, watching, zoning
from mufakat.server.restrictions.models import Carrying, ClosedName

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from mufakat.rules.restriction import NoteIn
    from mufakat.server.journal.answers import Answer, Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller
    from mufakat.server.restrictions.models import Restriction

ON_A_LIST = [CarryingState.TOLD.value, CarryingState.APPLIED.value]


@dataclass(slots=True)
class Lifting:
    """A lifting on its way to the writer; `urgent` puts it before everything else."""

    restriction: str
    told: NoteIn
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None
    urgent: bool = True

    def run(self, moment: Moment) -> Answer:
        row = approving.own(self.by, self.restriction, deed=Deed.LIFT_RESTRICTION)
        if row.state in {RestrictionState.PROPOSED, RestrictionState.APPROVED}:
            approving.refuse(row, actor=self.by.handle, reason=self.told.note, moment=moment)
        else:
            names = _named(row, self.told.names)
            lift(row, names, actor=self.by.handle, person=self.by.person_id, note=self.told.note, moment=moment)
        return approving.answered(row.id, self.by, moment)


def lift(  # noqa: PLR0913 - what comes off, by whom, and why.
    row: Restriction,
    names: Sequence[str],
    *,
    actor: str = HOUSE,
    person: int | None = None,
    note: str = "",
    ref: tuple[str, ...] = (),
    moment: Moment,
) -> None:
    """Take names off the lists; no names are all that stand. Raises RestrictionStandsError where it does not stand."""
    standing = queries.names_of(row)
    wanted = list(names) or standing
    whole = len(wanted) == len(standing)
    deed = RestrictionDeed.LIFT if whole else RestrictionDeed.LIFT_SOME
    after = lifecycle.advance(RestrictionState(row.state), deed)
    # (1) The rows, then the lists: a line goes where nothing else closes its name.
    due_at = rules.open_until(profiles.load(row.profile), at=moment.at)
    operators = off(row, wanted, due_at, moment)
    # (2) The state, and the event that says what came off.
    row.state, row.since = after.value, moment.at
    if whole:
        row.ended_at, row.ended_by_id, row.next_at = moment.at, person, None
    row.save(update_fields=["state", "since", "ended_at", "ended_by", "next_at"])
    zoning.delist(row, wanted, operators, moment)
    happening = telling.happening(
        EventType.RESTRICTION_LIFTED,
        row,
        actor=actor,
        committed={
            "note": note.encode(),
            "names": telling.named(row.match, wanted),
            "by": b"house" if person is None else b"authority",
            "opening": telling.listed(telling.opening(row)),
        },
        ref=(row.event, *ref),
        due=due_at,
    )
    journal.append([happening], moment)


def off(row: Restriction, names: Collection[str], due_at: datetime, moment: Moment) -> list[str]:
    """Mark the names as lifted, and every operator as one that has to open them until then; the operators (ids).

    Where other restrictions keep all of these names closed there is nothing to open, and nobody is late with it; nor
    with a shadow run, which closed nothing.
    """
    for part in portions(names):
        ClosedName.objects.filter(restriction=row, name__in=part, lifted_at=None).update(lifted_at=moment.at)
    carried = Carrying.objects.filter(restriction=row)
    operators = list(carried.values_list("operator_id", flat=True))
    kept = watching.kept_at(names, operators, layer=Layer(row.layer))
    whole = {id(some): some >= set(names) for some in kept.values()}
    idle = [operator for operator in operators if row.shadow or whole[id(kept[operator])]]
    on_a_list = carried.filter(state__in=ON_A_LIST)
    # What came of former liftings is over: the ladder begins anew.
    never = {"opened_at": None, "opened_by": None, "overdue_at": None, "climbed": 0, "climbs_at": None}
    if not ClosedName.objects.filter(restriction=row, lifted_at=None).exists():
        open_ = CarryingState.OPEN.value
        on_a_list.filter(operator__in=idle).update(state=open_, since=moment.at, due_at=None, **never)
    opening = CarryingState.OPENING.value
    on_a_list.exclude(operator__in=idle).update(state=opening, since=moment.at, due_at=due_at, **never)
    return operators


def portions(names: Collection[str], size: int = 500) -> list[list[str]]:
    """The names in parts that a statement takes."""
    listed = list(names)
    return [listed[start : start + size] for start in range(0, len(listed), size)]


def _named(row: Restriction, names: Sequence[str]) -> Sequence[str]:
    """The names that were asked for. Raises BadRestrictionError where one of them is not closed by this restriction."""
    if not names or row.state not in LIVE:
        return ()
    standing = set(queries.names_of(row))
    faults = [
        Fault(f"/names/{place}", FaultCode.NOT_IN_LIST, "This restriction does not close this name, or not any more.")
        for place, name in enumerate(names)
        if name not in standing
    ]
    if faults:
        raise BadRestrictionError(faults)
    return names


def lift_by(restriction: str, raw: bytes, *, by: Caller, key: Key | None = None) -> Answer:
    """Lift all of it, or the names that are named; an order that is not published is taken back.

    Raises BadRestrictionError, RestrictionStandsError, NotFoundError, NotPermittedError.
    """
    approving.own(by, restriction, deed=Deed.LIFT_RESTRICTION)
    told = reading.read_note(raw)
    answer: Answer = door.writer().commit(Lifting(restriction, told, by, key))
    return answer
