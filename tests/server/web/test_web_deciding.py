"""The decision form on the page of a notice: acting and refusing alike, with complete reasons or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.web.web_checks import complaints, html, read

from mufakat.rules.decision import Outcome, Refusal
from mufakat.server.decisions.models import Decision, Measure
from mufakat.server.journal import door
from mufakat.server.journal.errors import BusyError
from mufakat.server.notices import operations
from mufakat.server.notices.models import Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browser = Callable[[str, str], Client]

KEY = "page-" + "a" * 32
REVIEWER, REVIEWER_2, OFFICER = ("telegram", "reviewer"), ("telegram", "reviewer-2"), ("kominfo", "officer")
LINKS = ["https://t.me/s/examplechannel/12", "@examplename"]
REFUSING: dict[str, Any] = {
    "key": KEY,
    "decide-outcome": "refuse",
    "decide-refusal": "not_illegal",
    "decide-system": "id",
    "decide-instrument": "UU 11/2008",
    "decide-provision": "Pasal 28 ayat (2)",
    "decide-facts": "A made-up placeholder was seen.\r\nIn two lines.",
    "decide-reasons": "It is <b>news</b>, which the provision does not forbid.",
    "decide-language": "en",
    "decide-automation": "none",
}
ACTING: dict[str, Any] = {
    **REFUSING,
    "decide-outcome": "act_full",
    "decide-refusal": "",
    "decide-measures": ["disable"],
    "decide-territory": "id, my",
    "decide-ends_at": "2099-08-10T09:30",
}


@pytest.fixture
def notice(house: House) -> str:
    found = str(house.submit(body(locators=LINKS)).subject)
    operations.acknowledge(found, by=house.caller(*REVIEWER))
    return found


def decide(client: Client, notice: str, told: dict[str, Any], **changes: Any) -> Any:
    return client.post(f"/desk/notices/{notice}/decision", {**told, **changes}, follow=True)


# -- Who is offered it, and when


@pytest.mark.parametrize(
    ("seat", "offered"),
    [(REVIEWER, True), (REVIEWER_2, True), (("telegram", "representative"), False), (OFFICER, False)],
)
def test_the_form_stands_where_it_would_be_taken(
    notice: str, browser_of: Browser, seat: tuple[str, str], *, offered: bool
) -> None:
    browser = browser_of(*seat)
    page = browser.get(f"/desk/notices/{notice}")
    assert ("Decide on this notice" in html(page)) is offered
    assert complaints(page) == []
    answer = browser.post(f"/desk/notices/{notice}/decision", REFUSING)
    assert answer.status_code == (302 if offered else 403)
    assert Decision.objects.count() == offered


def test_it_does_not_stand_there_before_the_notice_was_acknowledged(house: House, browser_of: Browser) -> None:
    found = house.submit().subject
    assert "Decide on this notice" not in html(browser_of(*REVIEWER).get(f"/desk/notices/{found}"))
    answer = browser_of(*REVIEWER).post(f"/desk/notices/{found}/decision", REFUSING)
    assert answer.status_code == 409
    assert Decision.objects.count() == 0


def test_opening_its_address_decides_nothing(notice: str, browser_of: Browser) -> None:
    for address in ("decision", "decision/text"):
        answer = browser_of(*REVIEWER).get(f"/desk/notices/{notice}/{address}")
        assert (answer.status_code, answer["Location"]) == (302, f"/desk/notices/{notice}")
    assert Decision.objects.count() == 0


# -- Acting and refusing alike (I-05)


@pytest.mark.invariant("I-05")
def test_no_outcome_is_chosen_beforehand(notice: str, browser_of: Browser) -> None:
    controls = read(browser_of(*REVIEWER).get(f"/desk/notices/{notice}")).controls
    offered = [told for _tag, told in controls if told.get("name") == "decide-outcome"]
    assert [told["value"] for told in offered] == [one.value for one in Outcome]
    assert not any("checked" in told for told in offered)


@pytest.mark.invariant("I-05")
def test_refusing_takes_as_many_fields_as_acting(notice: str, browser_of: Browser) -> None:
    """One choice besides the outcome each: what is done, or why nothing is; everything else is the same."""
    del notice, browser_of
    extra = {name for name in ACTING if ACTING[name] and name not in {"decide-territory", "decide-ends_at"}}
    assert extra - {name for name in REFUSING if REFUSING[name]} == {"decide-measures"}
    assert {name for name in REFUSING if REFUSING[name]} - extra == {"decide-refusal"}


def test_a_refusal_is_taken_and_shown_to_both_sides(notice: str, browser_of: Browser) -> None:
    page = html(decide(browser_of(*REVIEWER), notice, REFUSING))
    assert "Done. The sender is told, with your reasons." in page
    row = Decision.objects.get()
    assert (row.outcome, row.refusal, row.notice_id) == ("refuse", "not_illegal", notice)
    for seat in (REVIEWER, OFFICER):
        shown = browser_of(*seat).get(f"/desk/notices/{notice}")
        assert complaints(shown) == []
        text = html(shown)
        assert "The content is not illegal." in text
        assert "A made-up placeholder was seen.\nIn two lines." in text
        assert "It is &lt;b&gt;news&lt;/b&gt;, which the provision does not forbid." in text
        assert "<code>refuse</code>" in text
        assert "<code>not_illegal</code>" in text
        assert "Nothing was changed or taken away." in text


def test_an_act_says_what_is_done_with_every_link(notice: str, browser_of: Browser) -> None:
    page = html(decide(browser_of(*REVIEWER), notice, ACTING))
    rows = list(Measure.objects.order_by("position").values_list("position", "name", "territory", "state"))
    assert rows == [(0, "disable", ["ID", "MY"], "ordered"), (1, "disable", ["ID", "MY"], "ordered")]
    assert Measure.objects.filter(ends_at__isnull=False).count() == 2
    assert "access to it is disabled (disable); in: ID, MY; until 10 August 2099 at 09:30 WIB." in page


def test_single_links_are_treated_otherwise(notice: str, browser_of: Browser) -> None:
    told = {"decide-outcome": "act_partial", "decide-link1": "nothing", "decide-link0-territory": "SG"}
    decide(browser_of(*REVIEWER), notice, ACTING, **told)
    assert list(Measure.objects.values_list("position", "name", "territory")) == [(0, "disable", ["SG"])]


def test_a_link_of_its_own_measure_has_that_and_no_other(notice: str, browser_of: Browser) -> None:
    decide(browser_of(*REVIEWER), notice, ACTING, **{"decide-link1": "warn"})
    assert set(Measure.objects.values_list("position", "name")) == {(0, "disable"), (1, "warn")}


@pytest.mark.parametrize("refusal", Refusal)
def test_measures_that_were_ticked_before_refusing_are_not_ordered(
    notice: str, browser_of: Browser, refusal: Refusal
) -> None:
    decide(browser_of(*REVIEWER), notice, {**ACTING, "decide-outcome": "refuse", "decide-refusal": refusal.value})
    assert (Decision.objects.get().refusal, Measure.objects.count()) == (refusal.value, 0)


def test_asking_needs_no_more_than_the_question(notice: str, browser_of: Browser) -> None:
    told = {"key": KEY, "decide-outcome": "needs_information", "decide-reasons": "Which of the two do you mean?"}
    told |= {"decide-language": "en", "decide-automation": "none"}
    page = html(decide(browser_of(*REVIEWER), notice, told))
    assert "Which of the two do you mean?" in page
    assert Notice.objects.get().state == "needs_information"
    other = html(browser_of(*OFFICER).get(f"/desk/notices/{notice}"))
    assert "Information is asked for" in other
    assert "Your answer is a message below" in other


# -- What is missing, beside its field


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ("decide-outcome", "outcome"),
        ("decide-refusal", "refusal"),
        ("decide-facts", "facts"),
        ("decide-reasons", "reasons"),
        ("decide-instrument", "instrument"),
        ("decide-automation", "automation"),
    ],
)
def test_a_fault_stands_beside_its_field_and_nothing_typed_is_lost(
    notice: str, browser_of: Browser, missing: str, field: str
) -> None:
    changes = {missing: "", **({"decide-provision": "", "decide-system": ""} if missing == "decide-instrument" else {})}
    answer = decide(browser_of(*REVIEWER), notice, REFUSING, **changes)
    assert answer.status_code == 422
    assert complaints(answer) == []
    assert set(answer.context["decide"].errors) == {field}
    assert Decision.objects.count() == 0
    kept = {name: text for name, text in REFUSING.items() if name in {"decide-facts", "decide-reasons"} - {missing}}
    for text in kept.values():
        assert text.replace("\r\n", "\n").replace("<b>", "&lt;b&gt;").split("\n")[0].split("&")[0] in html(answer)


def test_acting_on_nothing_is_said_beside_the_measures(notice: str, browser_of: Browser) -> None:
    answer = decide(browser_of(*REVIEWER), notice, ACTING, **{"decide-measures": []})
    assert set(answer.context["decide"].errors) == {"measures"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"decide-territory": "XX"}, "territory"),
        ({"decide-ends_at": "2001-01-01T00:00"}, "ends_at"),
        ({"decide-ends_at": "someday"}, "ends_at"),
        ({"decide-link1": "warn", "decide-link1-territory": "XX"}, "link1-territory"),
        ({"decide-link0": "terminate_account"}, "link0-ends_at"),
        ({"decide-measures": ["geo_restrict"], "decide-territory": ""}, "territory"),
        ({"decide-terms_url": "javascript:alert(1)"}, "document"),
    ],
)
def test_a_fault_of_a_measure_stands_beside_the_field_that_it_came_from(
    notice: str, browser_of: Browser, changes: dict[str, Any], field: str
) -> None:
    answer = decide(browser_of(*REVIEWER), notice, ACTING, **changes)
    assert answer.status_code == 422
    assert field in answer.context["decide"].errors
    assert complaints(answer) == []


def test_the_faults_are_listed_with_links_to_their_fields(notice: str, browser_of: Browser) -> None:
    page = html(decide(browser_of(*REVIEWER), notice, REFUSING, **{"decide-facts": "", "decide-reasons": "no"}))
    assert '<a href="#decide-facts">' in page
    assert '<a href="#decide-reasons">' in page


# -- Beginnings of reasons


def test_a_text_fills_what_is_empty_and_leaves_what_was_written(notice: str, browser_of: Browser) -> None:
    told = {**REFUSING, "decide-template": "refuse_not_illegal", "decide-facts": "Mine.", "decide-reasons": ""}
    answer = browser_of(*REVIEWER).post(f"/desk/notices/{notice}/decision/text", told)
    form = answer.context["decide"]
    assert answer.status_code == 200
    assert (form["facts"].value(), form["outcome"].value()) == ("Mine.", "refuse")
    assert "UU 11/2008, Pasal 28 ayat (2)" in form["reasons"].value()
    assert complaints(answer) == []
    assert Decision.objects.count() == 0


def test_a_blank_that_nobody_filled_is_no_reason(notice: str, browser_of: Browser) -> None:
    told = {**REFUSING, "decide-template": "refuse_not_illegal", "decide-facts": "", "decide-reasons": ""}
    browser = browser_of(*REVIEWER)
    filled = browser.post(f"/desk/notices/{notice}/decision/text", told).context["decide"]
    texts = {f"decide-{name}": filled[name].value() for name in ("facts", "reasons")}
    answer = decide(browser, notice, {**told, **texts})
    assert (answer.status_code, set(answer.context["decide"].errors)) == (422, {"facts", "reasons"})
    assert Decision.objects.count() == 0


def test_the_text_comes_in_the_language_of_the_reasons(notice: str, browser_of: Browser) -> None:
    told = {"decide-template": "refuse_unclear", "decide-language": "id", "key": KEY}
    answer = browser_of(*REVIEWER).post(f"/desk/notices/{notice}/decision/text", told)
    assert answer.context["decide"]["reasons"].value().startswith("Untuk memutuskan kami perlu mengetahui")


def test_no_text_chosen_is_said_beside_the_field(notice: str, browser_of: Browser) -> None:
    answer = browser_of(*REVIEWER).post(f"/desk/notices/{notice}/decision/text", REFUSING)
    assert (answer.status_code, set(answer.context["decide"].errors)) == (422, {"template"})


# -- Clicked twice, too late, or at a bad time


def test_a_second_click_decides_nothing_twice(notice: str, browser_of: Browser) -> None:
    browser = browser_of(*REVIEWER)
    decide(browser, notice, REFUSING)
    assert decide(browser, notice, REFUSING).status_code == 200
    assert Decision.objects.count() == 1


def test_of_two_reviewers_the_second_is_told_and_keeps_the_words(notice: str, browser_of: Browser) -> None:
    decide(browser_of(*REVIEWER), notice, REFUSING)
    answer = decide(browser_of(*REVIEWER_2), notice, ACTING, key="page-" + "b" * 32)
    assert answer.status_code == 409
    assert "It can no longer be decided so" in html(answer)
    assert "which the provision does not forbid" in html(answer)
    assert Decision.objects.count() == 1


def test_what_the_machine_refuses_keeps_the_words(
    notice: str, browser_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_writer: object, _work: object) -> None:
        raise BusyError

    with monkeypatch.context() as patch:
        patch.setattr(type(door.writer()), "commit", busy)
        answer = decide(browser_of(*REVIEWER), notice, REFUSING)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "which the provision does not forbid" in html(answer)
