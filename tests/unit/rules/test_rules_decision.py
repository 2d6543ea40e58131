"""What a decision must say and may order: every fault with its place, refusing and acting alike (I-05, I-06)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mufakat.rules import decision_reading
from mufakat.rules.decision import About, Decision, Outcome, Refusal
from mufakat.rules.errors import BadDecisionError
from mufakat.rules.notice import MeasureName

AT = datetime(2017, 7, 12, 9, 0, tzinfo=UTC)
GROUND = {"legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"}}
TERMS = {"terms_ground": {"document": "Terms", "clause": "3.2", "url": None}}
COMPLETE: dict[str, Any] = {
    "ground": GROUND,
    "facts": "A made-up placeholder.",
    "reasons": "A made-up placeholder.",
    "language": "id",
    "automated": {"detection": False, "decision": "none"},
}
ACTING = {**COMPLETE, "outcome": "act_full", "items": [{"locator": 0, "measure": "remove"}]}
REFUSING = {**COMPLETE, "outcome": "refuse", "refusal": "not_illegal"}
ASKING = {"outcome": "needs_information", "reasons": "Which of the two messages?", "language": "id"}
ITEM = {"locator": 0, "measure": "remove", "ends_at": None, "territory": ["ID"]}


def read(made: dict[str, Any], *, locators: int = 1, automatic: frozenset[MeasureName] = frozenset()) -> Decision:
    sent = {name: value for name, value in made.items() if value is not ...}
    return decision_reading.read(json.dumps(sent).encode(), About(locators, automatic), at=AT)


def pointers(made: dict[str, Any], *, locators: int = 1) -> list[str]:
    """The places of the faults; none where it is taken."""
    try:
        read(made, locators=locators)
    except BadDecisionError as error:
        return [fault.pointer for fault in error.faults]
    return []


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_can_be_decided(outcome: Outcome) -> None:
    items = [ITEM] if outcome in {Outcome.ACT_FULL, Outcome.ACT_PARTIAL} else []
    refusal = "not_illegal" if outcome is Outcome.REFUSE else None
    locators = 2 if outcome is Outcome.ACT_PARTIAL else 1
    made = {**COMPLETE, "outcome": outcome.value, "items": items, "refusal": refusal}
    assert read(made, locators=locators).outcome is outcome


@pytest.mark.parametrize("code", Refusal)
def test_every_code_of_a_refusal_is_taken(code: Refusal) -> None:
    assert read({**REFUSING, "refusal": code.value}).refusal is code


@pytest.mark.parametrize("measure", sorted(set(MeasureName)))
def test_every_measure_can_be_ordered(measure: str) -> None:
    found = read({**ACTING, "items": [{**ITEM, "measure": measure}]})
    assert [(one.locator, one.measure, one.territory) for one in found.items] == [(0, measure, ("ID",))]


@pytest.mark.parametrize("made", [ACTING, REFUSING], ids=["acting", "refusing"])
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"ground": ...}, "/ground"),
        ({"ground": None}, "/ground"),
        ({"ground": {}}, "/ground"),
        ({"facts": ...}, "/facts"),
        ({"facts": "  "}, "/facts"),
        ({"reasons": ...}, "/reasons"),
        ({"reasons": " \n "}, "/reasons"),
        ({"reasons": "Because."}, "/reasons"),
        ({"reasons": "a\x00b c d"}, "/reasons"),
        ({"language": ...}, "/language"),
        ({"language": "Indonesian"}, "/language"),
        ({"automated": ...}, "/automated"),
        ({"automated": {"detection": False}}, "/automated/decision"),
        ({"ground": {"legal_ground": {**GROUND["legal_ground"], "system": "zz"}}}, "/ground/legal_ground/system"),
        ({"ground": {"terms_ground": {"document": " ", "clause": "3"}}}, "/ground/terms_ground/document"),
        ({"mood": "bad"}, "/mood"),
    ],
)
@pytest.mark.invariant("I-05")
def test_what_is_incomplete_is_refused_alike_for_acting_and_refusing(
    made: dict[str, Any], changes: dict[str, Any], pointer: str
) -> None:
    assert pointers({**made, **changes}) == [pointer]


@pytest.mark.parametrize("ground", [GROUND, TERMS, {**GROUND, **TERMS}], ids=["law", "terms", "both"])
def test_a_law_or_a_clause_is_ground_enough(ground: dict[str, Any]) -> None:
    assert read({**REFUSING, "ground": ground}).law == ("id" if "legal_ground" in ground else "terms")


@pytest.mark.parametrize("outcome", ["impossible", "not_found", "duplicate"])
def test_what_was_not_judged_by_a_law_needs_none(outcome: str) -> None:
    assert read({**COMPLETE, "outcome": outcome, "ground": None}).law is None


def test_whoever_asks_says_what_is_missing_and_no_more_is_asked() -> None:
    assert read(ASKING).outcome is Outcome.NEEDS_INFORMATION
    assert pointers({**ASKING, "reasons": "Which?"}) == ["/reasons"]


def test_reasons_in_a_script_without_blanks_are_reasons() -> None:
    assert read({**REFUSING, "reasons": "这篇文章没有违反所引用的法律条款"}).reasons


@pytest.mark.parametrize(
    ("made", "pointer"),
    [
        ({**REFUSING, "refusal": None}, "/refusal"),
        ({**ACTING, "refusal": "unclear"}, "/refusal"),
        ({**REFUSING, "items": [ITEM]}, "/items"),
        ({**ASKING, "items": [ITEM]}, "/items"),
        ({**ACTING, "items": []}, "/items"),
        ({**ACTING, "items": None}, "/items"),
        ({**ACTING, "outcome": "act_partial"}, "/outcome"),
    ],
    ids=[
        *("refused without a code", "acted with a code", "refused and done", "asked and done"),
        *("nothing is done", "nothing is said", "all is done and called a part"),
    ],
)
def test_what_does_not_fit_the_outcome_is_refused(made: dict[str, Any], pointer: str) -> None:
    assert pointers(made) == [pointer]


def test_acting_in_full_does_something_about_every_locator() -> None:
    assert pointers(ACTING, locators=2) == ["/items"]
    assert pointers({**ACTING, "items": [ITEM, {**ITEM, "locator": 1}]}, locators=2) == []


def test_acting_in_part_leaves_some_as_they_are() -> None:
    assert pointers({**ACTING, "outcome": "act_partial"}, locators=2) == []


@pytest.mark.parametrize(
    ("item", "pointer"),
    [
        ({"locator": 1}, "/items/0/locator"),
        ({"locator": -1}, "/items/0/locator"),
        ({"measure": "ban"}, "/items/0/measure"),
        ({"ends_at": "tomorrow"}, "/items/0/ends_at"),
        ({"ends_at": "2017-08-10T09:30:00"}, "/items/0/ends_at"),
        ({"ends_at": "2017-07-12T09:00:00Z"}, "/items/0/ends_at"),
        ({"ends_at": "9999-12-31T23:59:59-23:59"}, "/items/0/ends_at"),
        ({"territory": ["XX"]}, "/items/0/territory/0"),
        ({"territory": ["ID", "ID"]}, "/items/0/territory/1"),
        ({"measure": "geo_restrict", "territory": None}, "/items/0/territory"),
        ({"measure": "terminate_account", "ends_at": "2018-07-12T09:00:00Z"}, "/items/0/ends_at"),
        ({"force": True}, "/items/0/force"),
    ],
)
def test_a_measure_that_cannot_be_is_refused_with_its_place(item: dict[str, Any], pointer: str) -> None:
    assert pointer in pointers({**ACTING, "items": [{**ITEM, **item}]})


def test_a_measure_is_ordered_once_for_a_locator() -> None:
    assert pointers({**ACTING, "items": [ITEM, ITEM]}) == ["/items/1"]
    assert pointers({**ACTING, "items": [ITEM, {**ITEM, "measure": "label"}]}) == []


def test_the_end_of_a_measure_is_a_time_in_utc() -> None:
    (one,) = read({**ACTING, "items": [{**ITEM, "ends_at": "2017-08-10T09:30:00+07:00"}]}).items
    assert one.ends_at == datetime(2017, 8, 10, 2, 30, tzinfo=UTC)
    assert one.ends_at - AT < timedelta(days=30)


FULL = {"detection": True, "decision": "full"}


@pytest.mark.invariant("I-06")
def test_a_machine_alone_orders_no_measure_that_no_agreement_allows() -> None:
    assert pointers({**ACTING, "automated": FULL}) == ["/items/0/measure"]
    assert pointers({**ACTING, "automated": {**FULL, "decision": "partial"}}) == []
    assert pointers({**REFUSING, "automated": FULL}) == []


@pytest.mark.parametrize("measure", ["terminate_account", "close_channel"])
@pytest.mark.invariant("I-06")
def test_no_agreement_lets_a_machine_alone_do_what_cannot_be_undone(measure: str) -> None:
    made = {**ACTING, "automated": FULL, "items": [{**ITEM, "measure": measure}]}
    with pytest.raises(BadDecisionError):
        read(made, automatic=frozenset(MeasureName))
    made["items"] = [{**ITEM, "measure": "label"}]
    assert read(made, automatic=frozenset({MeasureName.LABEL})).acts


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b"{", b"\xff", b'{"outcome": "refuse", "outcome": "act_full"}', b"[" * 5000, b" " * 300_000],
    ids=["nothing", "null", "list", "broken", "no text", "twice", "deep", "large"],
)
def test_what_is_no_decision_is_refused(raw: bytes) -> None:
    with pytest.raises(BadDecisionError):
        decision_reading.read(raw, About(1), at=AT)
