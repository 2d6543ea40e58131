"""Ladders: which step comes next, and when. Pure: no timer, no contact, no outcome.

A ladder asks one thing, whether its clock has ended, and that is asked by whoever climbs. How the recipient answered is
no input here: a refusal in time ends the clock as well as an action does (I-05). No step touches content; the last ones
put a proposal to people.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from mufakat.rules import clock
from mufakat.rules.clock import Rest
from mufakat.rules.notice import NoticeKind
from mufakat.rules.permissions import MANDATED
from mufakat.rules.profile_shape import Act, Calendar, Ladder

START = "start"
DUE = "due"


def is_for(act: Act, kind: NoticeKind) -> bool:
    """Whether a step concerns such a notice: a proposal is put to those alone who speak with authority.

    What a user reports is climbed for like everything else, and ends at the mark that nobody can be reached.
    """
    return act is not Act.PROPOSE or kind in MANDATED


class Rung(Struct, frozen=True):
    """A step with its time: the `index` in the ladder (from 0), what is done, and what is proposed to people."""

    index: int
    name: str
    act: Act
    at: datetime
    proposes: str | None = None


def next_rung(  # noqa: PLR0913 - what a time may hang on, each by name.
    ladder: Ladder,
    *,
    started_at: datetime,
    due_at: datetime,
    climbed: int,
    calendars: Sequence[Calendar] = (),
    rests: Sequence[Rest] = (),
) -> Rung | None:
    """The step after the first `climbed` ones; None at the top.

    `due_at` is the clock's present due time (after its rests); `rests` are the times in which the clock rested, in
    order: what counts from the start or from another step waits them out. A step is never before the one under it.
    """
    if climbed < 0:
        raise ValueError("Nobody has climbed fewer than no steps.")
    found = rungs(ladder, started_at=started_at, due_at=due_at, calendars=calendars, rests=rests)
    return found[climbed] if climbed < len(found) else None


def rungs(
    ladder: Ladder,
    *,
    started_at: datetime,
    due_at: datetime,
    calendars: Sequence[Calendar] = (),
    rests: Sequence[Rest] = (),
) -> tuple[Rung, ...]:
    """All steps with their times, in order."""
    known = {START: started_at, DUE: due_at}
    found: list[Rung] = []
    for index, step in enumerate(ladder.steps):
        base = known[step.counted_from]
        at = clock.due_at(step.after, at=base, calendars=calendars)
        for rest in rests:
            at = clock.after_rest(step.after, at, since=base, rest=rest, calendars=calendars)
        if found:
            at = max(at, found[-1].at)
        known[step.name] = at
        found.append(Rung(index, step.name, step.act, at, step.proposes))
    return tuple(found)
