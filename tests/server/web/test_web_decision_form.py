"""The fields of a decision, whatever is typed into them: judged by the rules, and every fault beside a field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings, strategies as st

from mufakat.rules import decision_reading
from mufakat.rules.decision import About, Outcome, Refusal
from mufakat.rules.errors import BadDecisionError
from mufakat.rules.notice import MeasureName
from mufakat.server.web import words
from mufakat.server.web.decision_form import NOTHING, DecisionForm
from mufakat.server.web.faces import LinkFace

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 1, 1, tzinfo=UTC)
LINKS = [LinkFace(words.Coded("url", "Web page"), f"hxxps[:]//a[.]example/{place}", None) for place in range(3)]
# What a browser sends is text without half characters.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
MEASURE = st.sampled_from([*MeasureName, NOTHING, "", "nonsense"])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "outcome": st.sampled_from([*Outcome, "", "nonsense"]),
    "refusal": st.sampled_from([*Refusal, "", "nonsense"]),
    "measures": st.lists(MEASURE, max_size=3),
    "ends_at": st.sampled_from(["", "2099-01-01T00:00", "1999-01-01T00:00", "nonsense", "0001-01-01T00:00"]) | TEXT,
    "territory": st.sampled_from(["", "ID", "id, my", "XX", "ID ID"]) | TEXT,
    "facts": TEXT | st.just("A made-up placeholder was seen."),
    "reasons": TEXT | st.just("It meets every element of it."),
    "system": st.sampled_from(["id", "eu", "xx", ""]),
    "instrument": TEXT,
    "provision": TEXT,
    "document": TEXT,
    "clause": TEXT,
    "terms_url": st.sampled_from(["", "https://example.org/terms", "javascript:alert(1)"]) | TEXT,
    "language": st.sampled_from(["id", "en", "", "nonsense!"]),
    "detection": st.sampled_from(["", "on"]),
    "automation": st.sampled_from(["none", "partial", "full", "", "nonsense"]),
    **{f"link{place}": MEASURE for place in range(3)},
    **{f"link{place}-ends_at": st.sampled_from(["", "2099-01-01T00:00", "nonsense"]) for place in range(3)},
    **{f"link{place}-territory": st.sampled_from(["", "SG", "XX"]) for place in range(3)},
}
TYPED = st.fixed_dictionaries({}, optional=FIELDS)
# The first text of all is slow on a busy machine: its characters are looked up then.
patient = settings(suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(autouse=True, scope="module")
def django_is_set_up(prepared: Path) -> None:
    """The fields' words need it."""


def form_of(typed: dict[str, Any]) -> DecisionForm:
    data = QueryDict(mutable=True)
    for name, told in typed.items():
        data.setlist(f"decide-{name}", told if isinstance(told, list) else [told])
    return DecisionForm(data, links=LINKS, draft=None, language="id")


@patient
@given(typed=TYPED)
def test_whatever_is_typed_is_a_decision_or_has_its_faults_beside_fields(typed: dict[str, Any]) -> None:
    form = form_of(typed)
    try:
        made = decision_reading.read(form.body(), About(len(LINKS)), at=AT)
    except BadDecisionError as error:
        form.place(error.faults)
        assert form.errors
        assert set(form.errors) <= {*form.fields, "__all__"}
        assert len(form.summary()) >= 1
    else:
        assert made.outcome == typed["outcome"]
        assert not form.errors


@patient
@given(typed=TYPED)
def test_nothing_is_ordered_that_was_not_told(typed: dict[str, Any]) -> None:
    told = {*typed.get("measures", []), *(typed.get(f"link{place}", "") for place in range(3))}
    items = form_of(typed).items()
    assert {item.measure for item in items} <= told - {NOTHING}
    assert all(item.locator != place for item in items for place in range(3) if typed.get(f"link{place}") == NOTHING)


@patient
@given(typed=TYPED, name=st.sampled_from(["refuse_not_illegal", "act_law", "not_found"]))
def test_a_text_to_begin_with_never_takes_the_place_of_words_without_blanks(typed: dict[str, Any], name: str) -> None:
    data = form_of({**typed, "template": name}).with_template()
    assert data is not None
    for field in ("facts", "reasons"):
        written = typed.get(field, "")
        if written.strip() and "[…" not in written:
            assert data[f"decide-{field}"] == written


def test_an_unknown_text_to_begin_with_is_none() -> None:
    assert form_of({"template": "../etc/passwd"}).with_template() is None
