"""The part of the worker that asks operators' resolvers: what is due, all at once, within bounds; then it is written.

Nothing is asked inside the writer. Two processes may ask the same at the same time: the second finds written what it
saw, and nothing changes. Where the extra `dns` is not installed nobody is asked, and the doctor says so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.conf import settings

from mufakat.rules.probing import BadResolverError, require_askable
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.restrictions import sighting, watching
from mufakat.server.restrictions.sighting import Found, Outcome

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from mufakat.runners.probe import Looked, Question, Target
    from mufakat.server.restrictions.watching import Turn

PORTION = 1_000  # Names of one commit.


def is_installed() -> bool:
    """Whether this house can ask at all."""
    return find_spec("dns") is not None


def look(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Ask whom it is time to ask, and write down what changed."""
    if not watching.is_due(at=at) or not is_installed():
        return Swept(0, more=False)
    turns = watching.turns(at=at)
    if stop is not None and stop.is_set():
        return Swept(0, more=True)
    outcomes = ask(turns)
    for portion in _portions(outcomes):
        alone(partial(sighting.record, portion))
    return Swept(len(turns), more=watching.is_due(at=at))


def ask(turns: Sequence[Turn]) -> list[Outcome]:
    """What came of these turns; whoever may not be asked any more is silent."""
    from mufakat.runners import probe

    questions = [_questions(each) if _is_askable(each) else [] for each in turns]
    found = iter(probe.look([one for each in questions for one in each], reference=_reference()))
    looked = [[next(found) for _ in each] for each in questions]
    at = datetime.now(UTC)
    return [_outcome(each, came, at) for each, came in zip(turns, looked, strict=True)]


def _is_askable(turn: Turn) -> bool:
    """The networks that are allowed may have changed since it was named."""
    try:
        require_askable(turn.address, turn.port, networks=settings.MUFAKAT_PROBES.networks)
    except BadResolverError:
        return False
    return True


def _questions(turn: Turn) -> list[Question]:
    """One question with the names; for canaries alone one each, for each has its own zone."""
    from mufakat.runners import probe

    to = probe.Target(turn.address, turn.port)
    if turn.watch is None:
        return [probe.Question(to, (), canary) for canary in turn.canaries]
    return [probe.Question(to, [one.name for one in turn.names], turn.canaries[0])]


def _reference() -> Target | None:
    from mufakat.runners import probe

    told = settings.MUFAKAT_PROBES.reference
    return None if told is None else probe.Target(*told)


def _outcome(turn: Turn, looked: Sequence[Looked], at: datetime) -> Outcome:
    said = [one.filters for one in looked]
    # Of several canaries each has to be filtered; where one was not answered nothing is known.
    filters = False if False in said else None if None in said or not said else True
    if turn.watch is None or not looked:
        return Outcome(turn, filters, at)
    seen = zip(turn.names, looked[0].seen, strict=True)
    found = [Found(name.pk, one.state, one.ways, one.at) for name, one in seen]
    return Outcome(turn, filters, at, found)


def _portions(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    found: list[list[Outcome]] = [[]]
    many = 0
    for each in outcomes:
        many += len(each.found) + 1
        if many > PORTION and found[-1]:
            found.append([])
            many = len(each.found) + 1
        found[-1].append(each)
    return found
