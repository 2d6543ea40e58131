"""Whatever is decided: refusing takes exactly what acting takes, and nothing that cannot be undone begins by one."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from mufakat.rules import appeal_code, decision_reading, measure
from mufakat.rules.decision import About, Automation, Decision, Outcome, Refusal
from mufakat.rules.errors import BadDecisionError
from mufakat.rules.measure import IRREVERSIBLE, TRANSITIONS, MeasureDeed, MeasureState
from mufakat.rules.notice import MeasureName

if TYPE_CHECKING:
    from mufakat.rules.fault import Fault

AT = datetime(2017, 7, 12, 9, 0, tzinfo=UTC)
ITEMS = [{"locator": 0, "measure": "remove"}]

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
lines = st.text(max_size=30)
legal = st.fixed_dictionaries({"system": st.sampled_from(["id", "eu", "zz"]), "instrument": lines, "provision": lines})
terms = st.fixed_dictionaries({"document": lines, "clause": lines}, optional={"url": st.none()})
ground = st.fixed_dictionaries({}, optional={"legal_ground": st.none() | legal, "terms_ground": st.none() | terms})
automated = st.fixed_dictionaries(
    {"detection": st.booleans(), "decision": st.sampled_from([one.value for one in Automation])}
)
# What says why: whole, half or not at all, and now and then something else altogether.
reasons = st.fixed_dictionaries(
    {},
    optional={
        "ground": ground | junk,
        "facts": lines | junk,
        "reasons": st.just("A made-up placeholder.") | lines | junk,
        "language": st.sampled_from(["id", "en", "zh-Hant-TW", "Indonesian"]) | junk,
        "automated": automated | junk,
    },
)


def faults(made: dict[str, Any]) -> list[Fault]:
    try:
        decision_reading.read(json.dumps(made).encode(), About(1), at=AT)
    except BadDecisionError as error:
        return list(error.faults)
    return []


@settings(max_examples=600)
@given(said=reasons, code=st.sampled_from([one.value for one in Refusal]))
@pytest.mark.invariant("I-05")
def test_refusing_needs_exactly_what_acting_needs(said: dict[str, Any], code: str) -> None:
    acting = faults({**said, "outcome": "act_full", "items": ITEMS})
    refusing = faults({**said, "outcome": "refuse", "refusal": code})
    # What a machine may do without a person is asked of measures alone, and a refusal orders none.
    assert [one for one in acting if not one.pointer.startswith("/items")] == refusing


@settings(max_examples=600)
@given(said=reasons, outcome=st.sampled_from([one for one in Outcome if one is not Outcome.NEEDS_INFORMATION]))
@pytest.mark.invariant("I-05")
def test_nothing_is_decided_without_complete_reasons(said: dict[str, Any], outcome: Outcome) -> None:
    more: dict[Outcome, dict[str, Any]] = {
        Outcome.ACT_FULL: {"items": ITEMS},
        Outcome.ACT_PARTIAL: {"items": ITEMS},
        Outcome.REFUSE: {"refusal": "unclear"},
    }
    made = {**said, "outcome": outcome.value, **more.get(outcome, {})}
    try:
        found = decision_reading.read(json.dumps(made).encode(), About(2 if "partial" in outcome else 1), at=AT)
    except BadDecisionError:
        return
    assert found.facts
    assert len(found.reasons.split()) >= 1
    assert found.automated is not None
    if outcome in {Outcome.ACT_FULL, Outcome.ACT_PARTIAL, Outcome.REFUSE}:
        assert found.ground is not None
        assert found.ground.legal_ground or found.ground.terms_ground


@settings(max_examples=300)
@given(raw=st.binary(max_size=400) | junk.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused_with_faults(raw: bytes) -> None:
    with suppress(BadDecisionError):  # Anything else would be a fault of ours.
        decision_reading.read(raw, About(3), at=AT)


item = st.fixed_dictionaries(
    {"locator": st.integers(0, 4), "measure": st.sampled_from([one.value for one in MeasureName])},
    optional={
        "ends_at": st.sampled_from([None, "2017-08-10T09:30:00Z", "2016-08-10T09:30:00Z", "later"]),
        "territory": st.lists(st.sampled_from(["ID", "MY", "XX"]), max_size=3),
    },
)


@settings(max_examples=600)
@given(items=st.lists(item, max_size=6), locators=st.integers(1, 4), machine=st.sampled_from(list(Automation)))
@pytest.mark.invariant("I-06")
def test_what_is_ordered_is_about_a_locator_ends_later_and_can_be_undone_or_waits(
    items: list[dict[str, Any]], locators: int, machine: Automation
) -> None:
    made = {
        "outcome": "act_full",
        "items": items,
        "ground": {"terms_ground": {"document": "Terms", "clause": "3"}},
        "facts": "A made-up placeholder.",
        "reasons": "A made-up placeholder.",
        "language": "id",
        "automated": {"detection": True, "decision": machine.value},
    }
    try:
        found: Decision = decision_reading.read(json.dumps(made).encode(), About(locators), at=AT)
    except BadDecisionError:
        return
    assert machine is not Automation.FULL
    assert {one.locator for one in found.items} == set(range(locators))
    for one in found.items:
        assert one.ends_at is None or one.ends_at > AT
        if one.measure in IRREVERSIBLE:
            assert one.ends_at is None
            assert measure.first_state(one.measure) is MeasureState.PROPOSED


@given(name=st.sampled_from(list(MeasureName)), deeds=st.lists(st.sampled_from(list(MeasureDeed)), max_size=12))
@pytest.mark.invariant("I-06")
def test_in_no_history_is_anything_in_hand_that_cannot_be_undone_and_nobody_approved(
    name: MeasureName, deeds: list[MeasureDeed]
) -> None:
    state, approved = measure.first_state(name), False
    for deed in deeds:
        if (state, deed) not in TRANSITIONS:
            continue
        state = TRANSITIONS[state, deed]
        approved = approved or deed is MeasureDeed.APPROVE
        assert name not in IRREVERSIBLE or approved or state not in measure.PUT_IN_HAND


@given(
    secret=st.binary(min_size=1, max_size=64), name=st.text(max_size=30), noise=st.sampled_from([" ", "-", "\n", ""])
)
def test_a_code_is_read_as_it_was_made(secret: bytes, name: str, noise: str) -> None:
    code = appeal_code.make(secret, name)
    assert appeal_code.read(noise.join(appeal_code.shown(code).lower().split("-"))) == code
    assert len(appeal_code.digest(code)) == 32
