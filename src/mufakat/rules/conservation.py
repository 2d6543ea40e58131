"""Conservation: every notice that came in is somewhere (I-11). Pure.

received = sum over the outcomes + open + withdrawn. A report that does not balance is not made: it would say that a
notice was lost, or counted twice.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from mufakat.rules import accuracy
from mufakat.rules.accuracy import REFUSED, Fate, Tally
from mufakat.rules.decision import Outcome


class Report(Struct, frozen=True):
    """Where the notices of a period are: received = the sum of outcomes + open + withdrawn."""

    received: int
    outcomes: dict[str, int]
    open: int
    withdrawn: int


class UnbalancedError(ArithmeticError):
    """A count lost or doubled a notice: a fault of ours, never of whoever sent it."""


OUTCOMES: Mapping[Outcome, frozenset[Fate]] = {
    Outcome.ACT_FULL: frozenset({Fate.ACT_FULL}),
    Outcome.ACT_PARTIAL: frozenset({Fate.ACT_PARTIAL}),
    Outcome.REFUSE: frozenset(REFUSED.values()),
    Outcome.IMPOSSIBLE: frozenset({Fate.IMPOSSIBLE}),
    Outcome.NOT_FOUND: frozenset({Fate.NOT_FOUND}),
    Outcome.DUPLICATE: frozenset({Fate.DUPLICATE}),
}
"""Every outcome that decides, and what a notice counts as then."""


def report(tallies: Iterable[Tally]) -> Report:
    """The report of these counts. Raises UnbalancedError where a notice is nowhere, or in two places."""
    total = accuracy.added(tallies)
    outcomes = {outcome.value: sum(total.of(fate) for fate in fates) for outcome, fates in OUTCOMES.items()}
    made = Report(total.received, outcomes, total.open, total.withdrawn)
    if not balances(made):
        raise UnbalancedError(f"{total.received} notices came in, {made} says otherwise")
    return made


def balances(found: Report) -> bool:
    """Whether every notice is in one place."""
    return found.received == sum(found.outcomes.values()) + found.open + found.withdrawn
