"""The simulator's eyes are good: in a house that breaks a promise, a run fails within a few seeds, and says why."""

from __future__ import annotations

import pytest
from tests import templates
from tests.simulator.mutations import MUTATIONS, Mutation
from tests.simulator.run import Failure, simulate


def failure_of(mutation: Mutation) -> Failure | None:
    """What the first seed that sees it says."""
    templates.migrated()  # What all tests share is made in a good house.
    for seed in range(1, mutation.seeds + 1):
        with mutation.broken():
            try:
                simulate(seed, steps=150, parties=8, deeds=mutation.deeds)
            except Failure as failure:
                return failure
    return None


@pytest.mark.fault
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_a_house_that_breaks_a_promise_is_seen(mutation: Mutation) -> None:
    failure = failure_of(mutation)
    assert failure is not None
    assert failure.promise in mutation.promises


def test_a_failure_says_how_it_came_about_and_how_to_see_it_again() -> None:
    failure = failure_of(next(one for one in MUTATIONS if one.name == "outbox_forgotten"))
    assert failure is not None
    words = str(failure)
    assert words.startswith("Broken: outbox: the outbox is not the events times their recipients")
    assert f"python -m tests.simulator --seed {failure.seed} --steps 150 --parties 8" in words
    assert f"step {failure.step} of 150" in words
