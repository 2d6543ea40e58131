import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from mufakat.formats import dsa
from mufakat.formats.dsa.attributes import ATTRIBUTES, Kind
from mufakat.formats.dsa.codes import CODES
from mufakat.rules.fault import Fault, Faults
from mufakat.rules.reading import parse_json

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "standards"
CASES = (
    [json.loads(line) for line in (SHARED / "dsa_sor_cases.jsonl").read_text(encoding="utf-8").splitlines()]
    if SHARED.exists()
    else []
)
needs_shared = pytest.mark.skipif(not CASES, reason="the extracts of the standards are not beside this repository")

GOOD = {
    "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
    "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
    "illegal_content_legal_ground": "A made-up directive, Art. 5",
    "illegal_content_explanation": "Public provocation, as a made-up example.",
    "content_type": ["CONTENT_TYPE_TEXT"],
    "category": "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
    "category_specification": ["KEYWORD_TERRORIST_CONTENT"],
    "territorial_scope": ["DE", "FR"],
    "content_language": "EN",
    "content_date": "2025-08-01",
    "application_date": "2025-08-02",
    "decision_facts": "What was found.",
    "source_type": "SOURCE_TRUSTED_FLAGGER",
    "source_identity": "Example referral unit",
    "automated_detection": "No",
    "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
    "puid": "EXAMPLE-0001",
}
IN_TERMS = {
    **{name: value for name, value in GOOD.items() if not name.startswith("illegal_")},
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "incompatible_content_ground": "Terms 4.2",
    "incompatible_content_explanation": "What the clause says.",
}


def changed(base=GOOD, /, **changes):
    return {name: value for name, value in (base | changes).items() if value is not ...}


def faults(document):
    found = dsa.check(document)
    assert not isinstance(found, dsa.Checked), found
    return {fault.pointer: fault.detail for fault in found}


def checked(document):
    found = dsa.check(document)
    assert isinstance(found, dsa.Checked), found
    return found


@needs_shared
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_case_of_the_public_database_is_judged_as_there(case):
    found = dsa.check(case["payload"])
    if case["expect"] == 201:
        assert isinstance(found, dsa.Checked), found
    else:
        assert not isinstance(found, dsa.Checked)
        assert case["message"] is None or found[0].detail == case["message"]


@needs_shared
def test_our_tables_say_what_the_extract_says():
    extract = json.loads((SHARED / "dsa_sor_v2.json").read_text(encoding="utf-8"))
    assert {name: set(codes) for name, codes in extract["enums"].items()} == {
        name: set(codes) for name, codes in CODES.items()
    }
    assert {one["name"] for one in extract["attributes"]} == set(ATTRIBUTES)
    for one in extract["attributes"]:
        ours = ATTRIBUTES[one["name"]]
        if "max" in one and ours.kind is Kind.TEXT:
            assert ours.most == one["max"], one["name"]
        if "min" in one:
            assert ours.since == one["min"], one["name"]
        assert ours.required == (one["requirement"].split(";")[0] == "required"), one["name"]
        assert bool(ours.within) == one["requirement"].startswith("required if"), one["name"]


def _a_text(most):
    return st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=min(most, 30))


def _a_value(name):
    kind = ATTRIBUTES[name].kind
    if kind is Kind.CODE:
        return st.sampled_from(sorted(CODES[name]))
    if kind is Kind.CODES:
        codes = CODES["category" if name == "category_addition" else name]
        return st.lists(st.sampled_from(sorted(codes)), max_size=3)
    if kind is Kind.DATE:
        return st.dates().map(str)
    return {
        Kind.TEXT: _a_text(ATTRIBUTES[name].most),
        Kind.URL: st.sampled_from(["https://example.com/a", "ftp://example.org", "notvalidurl", "javascript:x"]),
        Kind.PUID: st.text("abcAZ09-_", max_size=12),
        Kind.PRODUCT: st.sampled_from([{"EAN-13": "0123456789123"}, {}, {"EAN-13": "1"}, {"other": 1}]),
        Kind.EAN: st.sampled_from(["0123456789123", "12"]),
    }[kind]


ODD: st.SearchStrategy[Any] = st.sampled_from([None, "", "  ", [], {}, 7, True, "null", ["null"], "x" * 2001, [["a"]]])
CHANGES = st.fixed_dictionaries({}, optional={name: _a_value(name) for name in ATTRIBUTES})
ODDITIES = st.fixed_dictionaries({}, optional=dict.fromkeys(ATTRIBUTES, ODD))
DOCUMENTS = st.builds(
    lambda base, changes, odd, without: {n: v for n, v in (base | changes | odd).items() if n not in without},
    st.sampled_from([GOOD, IN_TERMS]),
    CHANGES,
    st.one_of(st.just({}), ODDITIES),
    st.sets(st.sampled_from(sorted(ATTRIBUTES)), max_size=2),
)


@given(DOCUMENTS)
def test_nothing_of_a_document_is_lost(document):
    found = dsa.check(document)
    if isinstance(found, dsa.Checked):
        said = {name: value for name, value in document.items() if value is not None}
        assert dsa.restored(found.statement, found.residue) == said


@given(DOCUMENTS)
def test_a_statement_is_the_same_after_a_way_through_json_and_is_taken_again(document):
    found = dsa.check(document)
    if isinstance(found, dsa.Checked):
        body = dsa.encoded(found.statement)
        assert dsa.decoded(body) == found.statement
        again = dsa.check(json.loads(body))
        assert isinstance(again, dsa.Checked)
        assert (again.statement, again.residue) == (found.statement, {})


@needs_shared
@given(DOCUMENTS)
def test_what_is_taken_agrees_with_the_schema(document):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    schema = json.loads((SHARED / "dsa_sor_v2.schema.json").read_text(encoding="utf-8"))
    found = dsa.check(document)
    if isinstance(found, dsa.Checked):
        jsonschema.Draft202012Validator(schema).validate(json.loads(dsa.encoded(found.statement)))


def test_the_branch_that_does_not_apply_is_discarded_and_kept_beside():
    found = checked(changed(incompatible_content_ground="Terms 1", decision_visibility_other="of nothing"))
    assert found.statement == checked(GOOD).statement
    assert found.residue == {"incompatible_content_ground": "Terms 1", "decision_visibility_other": "of nothing"}


def test_who_says_that_nobody_told_it_names_nobody():
    found = checked(changed(source_type="SOURCE_VOLUNTARY"))
    assert found.statement.source_identity is None
    assert found.residue == {"source_identity": "Example referral unit"}


def test_lists_are_put_in_order_without_what_stands_twice():
    found = checked(changed(territorial_scope=["FR", "DE", "FR"]))
    assert found.statement.territorial_scope == ("DE", "FR")
    assert found.residue == {"territorial_scope": ["FR", "DE", "FR"]}


def test_the_main_category_is_no_additional_one():
    found = checked(changed(category_addition=["STATEMENT_CATEGORY_VIOLENCE", GOOD["category"]]))
    assert found.statement.category_addition == ("STATEMENT_CATEGORY_VIOLENCE",)


def test_an_end_before_the_beginning_is_taken_as_there():
    assert checked(changed(end_date_visibility_restriction="2021-01-01")).statement.decision_facts


@pytest.mark.parametrize("puid", ["abc\n", "a b", "é", "a" * 501, "a/b", "\nabc"])
def test_an_identifier_is_matched_whole(puid):
    assert "/puid" in faults(changed(puid=puid))
    assert not dsa.is_puid(puid)


def test_an_unknown_member_is_refused_with_its_place():
    assert list(faults(changed(decison_facts="x"))) == ["/decison_facts"]


@pytest.mark.parametrize(("name", "most"), [(n, a.most) for n, a in ATTRIBUTES.items() if a.kind is Kind.TEXT])
def test_a_text_has_its_length_and_not_one_character_more(name, most):
    base = IN_TERMS if name.startswith("incompatible") else GOOD
    more = {
        "decision_visibility": ["DECISION_VISIBILITY_OTHER"],
        "decision_visibility_other": "x",
        "decision_monetary": "DECISION_MONETARY_OTHER",
        "decision_monetary_other": "x",
        "content_type": ["CONTENT_TYPE_OTHER"],
        "content_type_other": "x",
    }
    assert checked(changed(base, **more) | {name: "é" * most})
    found = faults(changed(base, **more) | {name: "é" * (most + 1)})
    assert found == {
        f"/{name}": f"The {name.replace('_', ' ')} field must not be greater than {most} characters.",
    }


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("content_date", "1999-12-31", "The content date field must be a date after or equal to 2000-01-01."),
        ("application_date", "2019-12-31", "The application date field must be a date after or equal to 2020-01-01."),
        ("content_date", "2038-01-02", "The content date field must be a date before or equal to 2038-01-01."),
        ("content_date", "2025-02-30", "The content date does not match the format YYYY-MM-DD."),
        ("content_date", "2025-08-01\n", "The content date does not match the format YYYY-MM-DD."),
        (
            "end_date_account_restriction",
            "tomorrow",
            "The end date of account restriction does not match the format YYYY-MM-DD.",
        ),
        ("content_type", "CONTENT_TYPE_TEXT", "The content type field must be an array."),
        ("content_type", [], "The content type field is required."),
        ("category_addition", None, "The category addition field must be an array."),
        ("decision_facts", "\ud800", "The decision facts field holds a character that cannot be stored."),
    ],
)
def test_what_is_wrong_is_said_as_there(name, value, detail):
    assert faults(changed(**{name: value})) == {f"/{name}": detail}


def test_a_headline_counts_the_others():
    found = dsa.check(changed(decision_visibility=...))
    assert not isinstance(found, dsa.Checked)
    assert dsa.headline(found) == (
        "The decision visibility field is required when none of decision monetary / decision provision / "
        "decision account are present. (and 3 more errors)"
    )


def test_what_cannot_be_kept_is_refused_in_the_discarded_branch_too():
    assert list(faults(changed(incompatible_content_ground="\ud800"))) == ["/incompatible_content_ground"]


def test_a_member_that_stands_twice_is_refused():
    text = json.dumps(GOOD)[:-1] + ', "puid": "EXAMPLE-0002"}'
    assert faults(parse_json(text.encode(), Faults())) == {"/puid": "This member stands here twice."}


def refused(batch) -> Fault:
    [fault] = dsa.check_batch(batch)
    assert isinstance(fault, Fault)
    return fault


def test_a_batch_holds_one_to_a_hundred_and_is_taken_whole_or_not_at_all():
    assert len(dsa.check_batch({"statements": [GOOD] * 100})) == 100
    for items in ([], [GOOD] * 101, None, GOOD):
        assert refused({"statements": items}).pointer == "/statements"
    fault = refused({"statements": [GOOD, changed(puid="a b")]})
    assert (fault.pointer, fault.detail) == ("/statements/1/puid", "The puid format is invalid.")
    assert dsa.repeated(["a", "b", "a"]) == ["a"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(ANYTHING)
def test_any_value_at_all_gets_an_answer(value):
    dsa.check(value)
    dsa.check_batch(value)
    dsa.check_batch({"statements": value})
    for name in ATTRIBUTES:
        dsa.check(GOOD | {name: value})
