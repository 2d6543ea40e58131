"""Seeded runs of many parties over a virtual year: after every step everything that was promised holds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest
from tests.simulator.deeds import CHORES, DEEDS
from tests.simulator.drafts import MANNERS
from tests.simulator.faults import PLACES
from tests.simulator.regressions import REGRESSIONS, Regression
from tests.simulator.run import simulate

MANY = range(1000, 1014)


@pytest.mark.invariant("I-01")
@pytest.mark.invariant("I-02")
@pytest.mark.invariant("I-03")
@pytest.mark.invariant("I-04")
@pytest.mark.invariant("I-09")
@pytest.mark.invariant("I-10")
@pytest.mark.invariant("I-11")
@pytest.mark.invariant("I-15")
@pytest.mark.parametrize("seed", [2017, 2025])
def test_many_parties_live_through_a_year_and_every_promise_holds_after_every_step(seed: int) -> None:
    story = simulate(seed, steps=70, parties=10)
    assert story.days >= 365
    assert story.case_days > 5_000


def test_the_same_seed_gives_the_same_journal_byte_for_byte_and_another_seed_another() -> None:
    first, again, other = (simulate(seed, steps=20, parties=6) for seed in (7, 7, 8))
    assert (again.digest, again.trace) == (first.digest, first.trace)
    assert other.digest != first.digest


@pytest.mark.parametrize("one", REGRESSIONS, ids=lambda one: f"seed {one.seed}")
def test_what_a_seed_found_once_is_not_found_again(one: Regression) -> None:
    simulate(one.seed, steps=one.steps, parties=one.parties, deeds=one.deeds)


@pytest.mark.fault
@pytest.mark.invariant("I-01")
@pytest.mark.invariant("I-02")
@pytest.mark.invariant("I-03")
@pytest.mark.invariant("I-04")
@pytest.mark.invariant("I-09")
@pytest.mark.invariant("I-10")
@pytest.mark.invariant("I-11")
@pytest.mark.invariant("I-15")
def test_every_promise_holds_in_many_years_and_every_fault_and_deed_has_been_among_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures: Counter[str] = Counter()
    case_days = 0.0
    for seed in MANY:
        story = simulate(seed, steps=240, parties=12)
        figures.update(story.figures)
        case_days += story.case_days
    counts = ", ".join(f"{name} {count}" for name, count in sorted(figures.items()))
    with capsys.disabled():
        sys.stdout.write(f"\n{len(MANY)} virtual years, {case_days:.0f} case-days: {counts}\n")
    assert case_days > 100_000
    assert figures["nobody was told, stored"] > 20
    assert figures["nobody was told, not stored"] > 20
    assert figures["batch stopped midway"] > 20
    assert figures["batch resumed"] > 5
    assert min(figures["submit 410"], figures["look 410"], figures["look 200"]) > 0
    assert [row.name for row in CHORES if not figures[f"{row.name}: erased"]] == []
    assert [kind for kind in PLACES if not figures[kind]] == []
    assert [manner for manner in MANNERS[1:] if not figures[f"manner: {manner}"]] == []
    assert [row.name for row in DEEDS if not figures[f"deed: {row.name}"]] == []


@pytest.mark.fault
def test_two_processes_with_other_hashes_give_the_same_journal() -> None:
    def printed(seed_of_hashes: str) -> str:
        words = [sys.executable, "-m", "tests.simulator", "--seed", "4", "--steps", "80", "--trace"]
        environ = {**os.environ, "PYTHONHASHSEED": seed_of_hashes}
        told = subprocess.run(words, env=environ, check=True, capture_output=True, text=True, timeout=300).stdout
        return told.rpartition("1 seeds")[0]

    assert printed("1") == printed("2")
