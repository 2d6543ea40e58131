"""I-06 of what a filter does: never by a machine without an agreement that lists the measure, never irreversibly."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import acting
from mufakat.rules.acting import Asked
from mufakat.rules.filtering import HitState
from mufakat.rules.measure import IRREVERSIBLE
from mufakat.rules.notice import Category, MeasureName

LISTED = st.frozensets(st.sampled_from(MeasureName))


@pytest.mark.invariant("I-06")
@given(st.sampled_from(Asked), LISTED, st.booleans())
def test_a_machine_blocks_only_by_a_reversible_measure_that_is_listed(
    asked: Asked,
    automatic: frozenset[MeasureName],
    decidable: bool,  # noqa: FBT001 - Hypothesis gives it.
) -> None:
    course = acting.follow(asked, automatic=automatic, decidable=decidable)
    if course.state is HitState.BLOCKED:
        assert course.measure in automatic - IRREVERSIBLE
        assert (asked, decidable) == (Asked.BLOCK, True)
    else:
        assert course.measure is None


@pytest.mark.invariant("I-06")
@given(LISTED, LISTED)
def test_listing_more_never_makes_a_block_harsher(fewer: frozenset[MeasureName], more: frozenset[MeasureName]) -> None:
    order = list(acting.BLOCKING)
    first, second = acting.by_machine(fewer), acting.by_machine(fewer | more)
    if first is not None:
        assert second is not None
        assert order.index(second) <= order.index(first)


@pytest.mark.invariant("I-15")
@given(
    st.lists(st.text(max_size=30)),
    st.sampled_from(["child_sexual_abuse", "Child Sexual-Abuse", " CHILD_sexual_abuse "]),
)
def test_child_abuse_goes_before_every_other_word(others: list[str], spelt: str) -> None:
    assert acting.category_of([*others, spelt]) is Category.CHILD_SEXUAL_ABUSE
    assert acting.is_sensitive([spelt, *others])
