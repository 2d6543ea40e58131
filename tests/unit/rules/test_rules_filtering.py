"""States of screening: every step of each table, and none besides, whatever words the tables share."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from mufakat.rules import filtering
from mufakat.rules.errors import ScreeningStandsError
from mufakat.rules.filtering import (
    ENTRIES,
    HITS,
    NOTIFICATIONS,
    POLICIES,
    EntryDeed,
    EntryState,
    HitDeed,
    HitState,
    NotificationDeed,
    NotificationState,
    PolicyDeed,
    PolicyState,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

TABLES: list[tuple[type[StrEnum], type[StrEnum], Mapping[Any, Any]]] = [
    (EntryState, EntryDeed, ENTRIES),
    (PolicyState, PolicyDeed, POLICIES),
    (HitState, HitDeed, HITS),
    (NotificationState, NotificationDeed, NOTIFICATIONS),
]
STEPS = [(state, deed, table) for states, deeds, table in TABLES for state, deed in product(states, deeds)]


@pytest.mark.parametrize(("state", "deed", "table"), STEPS, ids=str)
def test_a_step_is_open_where_its_own_table_has_it(state: Any, deed: Any, table: Mapping[Any, Any]) -> None:
    if (state, deed) in table:
        after = filtering.advance(state, deed)
        assert (after, type(after)) == (table[state, deed], type(state))
    else:
        with pytest.raises(ScreeningStandsError):
            filtering.advance(state, deed)


@pytest.mark.invariant("I-17")
def test_an_entry_acts_by_being_accepted_in_shadow_alone() -> None:
    assert [step for step, after in ENTRIES.items() if after is EntryState.LIVE] == [
        (EntryState.SHADOW, EntryDeed.ACCEPT)
    ]


def test_a_deed_on_entries_leads_to_one_state() -> None:
    assert {deed: {after for (_, one), after in ENTRIES.items() if one is deed} for deed in EntryDeed} == {
        deed: {filtering.AFTER[deed]} for deed in EntryDeed
    }
