"""What follows from an action: by table, and never more than an agreement leaves to a machine."""

from __future__ import annotations

import pytest

from mufakat.rules import acting
from mufakat.rules.acting import BLOCKING, Asked, Course, follow
from mufakat.rules.filtering import HitState
from mufakat.rules.measure import IRREVERSIBLE
from mufakat.rules.notice import Category, MeasureName
from mufakat.screening.item import Action

DISABLE, REMOVE = MeasureName.DISABLE, MeasureName.REMOVE


def test_every_action_of_the_engine_but_none_has_its_course() -> None:
    assert {asked.value for asked in Asked} == {action.value for action in Action if action is not Action.NONE}


@pytest.mark.parametrize(
    ("asked", "automatic", "decidable", "course"),
    [
        (Asked.LABEL, [DISABLE], True, Course(HitState.TOLD)),
        (Asked.WARN, [DISABLE], True, Course(HitState.TOLD)),
        (Asked.HOLD, [DISABLE], True, Course(HitState.HELD)),
        (Asked.PROPOSE_NOTIFICATION, [DISABLE], True, Course(HitState.TOLD, notifies=True)),
        (Asked.BLOCK, [], True, Course(HitState.HELD)),
        (Asked.BLOCK, [MeasureName.LABEL], True, Course(HitState.HELD)),
        (Asked.BLOCK, [DISABLE], False, Course(HitState.HELD)),
        (Asked.BLOCK, [DISABLE], True, Course(HitState.BLOCKED, DISABLE)),
        (Asked.BLOCK, [REMOVE], True, Course(HitState.BLOCKED, REMOVE)),
        (Asked.BLOCK, [REMOVE, DISABLE], True, Course(HitState.BLOCKED, DISABLE)),
    ],
)
def test_what_follows(asked: Asked, automatic: list[MeasureName], decidable: bool, course: Course) -> None:  # noqa: FBT001
    assert follow(asked, automatic=automatic, decidable=decidable) == course


@pytest.mark.invariant("I-06")
def test_no_block_is_irreversible() -> None:
    assert IRREVERSIBLE.isdisjoint(BLOCKING)


@pytest.mark.parametrize(
    ("written", "category"),
    [
        ([], Category.OTHER),
        (["terrorism"], Category.TERRORISM),
        (["terrorism", "unripe"], Category.TERRORISM),
        (["terrorism", "fraud"], Category.OTHER),
        (["unripe"], Category.OTHER),
        (["Hate", "hate"], Category.HATE),
        (["terrorism", "child_sexual_abuse"], Category.CHILD_SEXUAL_ABUSE),
        (["Child-Sexual  Abuse"], Category.CHILD_SEXUAL_ABUSE),
    ],
)
def test_the_word_of_a_notice_for_what_entries_say(written: list[str], category: Category) -> None:
    assert acting.category_of(written) is category
