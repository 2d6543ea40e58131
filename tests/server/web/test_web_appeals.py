"""Appeals on pages: by code without a cookie, at the desk with a form; nothing is done by opening an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.server.appeals.contesting import OFFICER, Contest, code_of, decision, said

from mufakat.server.appeals.models import Appeal
from mufakat.server.decisions.models import Decision
from mufakat.server.notices.models import Notice
from mufakat.server.register import doors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

WHY = "It is lawful satire <script>alert(1)</script>, and nobody is called upon."


@pytest.fixture
def contest(house: House) -> Contest:
    return Contest(house)


@pytest.fixture
def found(contest: Contest) -> dict[str, Any]:
    doors.forget()
    return contest.decided()


def text(response: Any) -> str:
    return str(response.content.decode())


def key_of(response: Any) -> str:
    match = re.search(r'name="key" value="([^"]+)"', text(response))
    assert match is not None
    return match[1]


def lodge(client: Client, found: dict[str, Any], **changes: str) -> Any:
    where = f"/appeal/{code_of(found)}"
    told = {"key": key_of(client.get(where)), "standing": "uploader", "reasons": WHY, **changes}
    return client.post(where, told)


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_code_shows_the_decision_with_its_reasons_and_a_form(found: dict[str, Any], language: str) -> None:
    response = Client().get(f"/appeal/{code_of(found)}", headers={"Accept-Language": language})
    page = text(response)
    assert response.status_code == 200
    assert f'<html lang="{language}">' in page
    assert "The content is what the notice says it is." in page
    assert 'name="reasons"' in page
    assert "kominfo/" not in page
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    assert response["X-Robots-Tag"] == "noindex"


def test_an_appeal_is_lodged_without_any_cookie_and_shown_with_its_state(found: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    assert lodge(client, found).status_code == 302
    page = text(Client().get(f"/appeal/{code_of(found)}"))
    assert "Waits to be resolved" in page
    assert 'name="reasons"' not in page
    assert Appeal.objects.get().standing == "uploader"


def test_opening_the_page_changes_nothing(found: dict[str, Any]) -> None:
    for _ in range(3):
        Client().get(f"/appeal/{code_of(found)}")
    assert not Appeal.objects.exists()


def test_two_clicks_are_one_appeal(found: dict[str, Any]) -> None:
    client, where = Client(), f"/appeal/{code_of(found)}"
    told = {"key": key_of(client.get(where)), "standing": "third_party", "reasons": WHY}
    assert [client.post(where, told).status_code for _ in range(2)] == [302, 302]
    assert Appeal.objects.count() == 1


def test_a_form_that_says_nothing_comes_back_with_what_is_missing(found: dict[str, Any]) -> None:
    response = lodge(Client(), found, reasons="  ")
    assert response.status_code == 422
    assert "Say why" in text(response)
    assert not Appeal.objects.exists()


def test_an_appeal_too_many_is_told_in_words(found: dict[str, Any]) -> None:
    lodge(Client(), found)
    told = {"standing": "uploader", "reasons": WHY, "key": "page-" + "x" * 32}
    response = Client().post(f"/appeal/{code_of(found)}", told)
    assert response.status_code == 409
    assert "open already" in text(response)


@pytest.mark.parametrize("code", ["0" * 26, "nonsense", "a" * 300, "%00", "☃"])
def test_every_code_that_is_none_leads_to_the_same_page(found: dict[str, Any], code: str) -> None:
    del found
    response = Client().get(f"/appeal/{code}")
    assert response.status_code == 404
    assert "Nothing here" in text(response)


def test_a_code_from_paper_leads_to_its_page(found: dict[str, Any]) -> None:
    typed = code_of(found).lower().replace("-", " ")
    response = Client(enforce_csrf_checks=True).post("/appeal/", {"code": typed})
    assert (response.status_code, response["Location"]) == (302, f"/appeal/{code_of(found)}")
    assert Client().post("/appeal/", {"code": "no"}).status_code == 422
    assert Client().get("/appeal/").status_code == 200


def test_whoever_asks_too_often_reads_when_to_come_again(
    found: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    from mufakat.rules.mandate import Quota
    from mufakat.server.register.configuration import Doors

    wide: Doors = settings.MUFAKAT_DOORS
    monkeypatch.setattr(settings, "MUFAKAT_DOORS", Doors(wide.reading, Quota(2, 2), wide.proxies))
    doors.forget()
    answers = [Client().get(f"/appeal/{code_of(found)}") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.invariant("I-15")
def test_of_child_sexual_abuse_the_page_shows_no_address(contest: Contest) -> None:
    doors.forget()
    notice = contest.notice(category="child_sexual_abuse")
    page = text(Client().get(f"/appeal/{code_of(contest.decided(notice=notice))}"))
    assert "examplechannel" not in page


def test_the_outcome_is_read_with_its_reasons(contest: Contest, found: dict[str, Any]) -> None:
    contest.resolve(said(contest.lodge_by_code(found)), "upheld")
    page = text(Client().get(f"/appeal/{code_of(found)}"))
    assert "The context was not looked at before." in page
    assert "reviewer" not in page.split("<main")[1]


# -- The desk --


@pytest.mark.parametrize("seat", [("telegram", "reviewer-2"), ("telegram", "representative"), ("kominfo", "officer")])
def test_both_sides_see_the_appeal_and_whoever_may_resolves_it(
    contest: Contest, found: dict[str, Any], browser_of: Callable[..., Client], seat: tuple[str, str]
) -> None:
    made = said(contest.lodge_by_code(found, reasons=WHY))
    browser = browser_of(*seat)
    assert made["id"] in text(browser.get("/desk/appeals?state=lodged"))
    page = text(browser.get(f"/desk/appeals/{made['id']}"))
    assert "&lt;script&gt;alert(1)" in page
    assert ("Resolve the appeal" in page) is (seat[1] == "reviewer-2")
    assert "appeals" in text(browser.get(f"/desk/notices/{found['notice']}"))


@pytest.mark.invariant("I-08")
def test_the_decider_is_told_that_somebody_else_resolves_it(
    contest: Contest, found: dict[str, Any], browser_of: Callable[..., Client]
) -> None:
    made = said(contest.lodge_by_code(found))
    browser = browser_of("telegram", "reviewer")
    assert "somebody else of your party" in text(browser.get(f"/desk/appeals/{made['id']}"))
    told = {"outcome": "upheld", "reasons": "It stands as it is.", "key": "page-" + "x" * 32}
    assert browser.post(f"/desk/appeals/{made['id']}/resolve", told).status_code == 403
    assert Appeal.objects.get().state == "lodged"


def test_a_reviewer_reverses_with_the_form(
    contest: Contest, found: dict[str, Any], browser_of: Callable[..., Client]
) -> None:
    made = said(contest.lodge_by_code(found))
    browser = browser_of("telegram", "reviewer-2")
    where = f"/desk/appeals/{made['id']}"
    told = {"outcome": "reversed", "reasons": "The context was not looked at.", "key": key_of(browser.get(where))}
    assert browser.post(f"{where}/resolve", {**told, "outcome": ""}).status_code == 422
    assert browser.post(f"{where}/resolve", told).status_code == 302
    assert Decision.objects.get(pk=found["id"]).state == "reversed"
    assert "The context was not looked at." in text(browser.get(where))


def test_an_officer_contests_a_refusal_with_the_form(contest: Contest, browser_of: Callable[..., Client]) -> None:
    found = contest.decided("refuse")
    browser = browser_of(*OFFICER)
    where = f"/desk/decisions/{found['id']}/appeal"
    assert where in text(browser.get(f"/desk/notices/{found['notice']}"))
    told = {"reasons": "The provision was not looked at.", "level": "internal", "key": key_of(browser.get(where))}
    assert browser.post(where, {**told, "level": "judicial"}).status_code == 422
    assert browser.post(where, told).status_code == 302
    assert Appeal.objects.get().standing == "sender"
    assert browser_of("telegram", "reviewer").get(where).status_code == 403
    assert browser_of("bnpt", "officer").get(where).status_code == 404


def test_a_part_is_reversed_with_the_form(contest: Contest, browser_of: Callable[..., Client]) -> None:
    notice = contest.notice(locators=["https://t.me/s/examplechannel/12", "https://t.me/s/examplechannel/13"])
    found = contest.decided(notice=notice, items=[{"locator": place, "measure": "remove"} for place in (0, 1)])
    made = said(contest.lodge_by_code(found))
    browser, where = browser_of("telegram", "reviewer-2"), f"/desk/appeals/{made['id']}"
    told = {"outcome": "partly", "reasons": "One of the two is satire.", "key": key_of(browser.get(where))}
    assert browser.post(f"{where}/resolve", told).status_code == 422
    second = found["measures"][1]["id"]
    assert browser.post(f"{where}/resolve", {**told, "measures": [second]}).status_code == 302
    assert Decision.objects.get(pk=found["id"]).state == "partly_reversed"


@pytest.mark.parametrize("path", ["appeals?state=no", "appeals?after=ntc_1", "appeals/apl_1", "decisions/dec_1/appeal"])
def test_what_is_not_there_is_a_page(house: House, browser_of: Callable[..., Client], path: str) -> None:
    del house
    assert browser_of(*OFFICER).get(f"/desk/{path}").status_code == 404


def test_a_reopened_notice_waits_for_a_decision_again(contest: Contest, browser_of: Callable[..., Client]) -> None:
    found = contest.decided("refuse")
    contest.resolve(contest.lodge(found))
    assert Notice.objects.get(pk=found["notice"]).state == "acknowledged"
    page = text(browser_of("telegram", "reviewer-2").get(f"/desk/notices/{found['notice']}"))
    assert "Reversed on appeal" in page
    assert decision()


@pytest.mark.invariant("I-08")
@pytest.mark.parametrize("outcome", ["refuse", "act_full"])
def test_whoever_was_reversed_is_offered_no_form(
    contest: Contest, browser_of: Callable[..., Client], outcome: str
) -> None:
    found = contest.decided(outcome)
    contest.resolve(contest.lodge(found))
    form = f"/desk/notices/{found['notice']}/decision"
    assert form not in text(browser_of("telegram", "reviewer").get(f"/desk/notices/{found['notice']}"))
    assert form in text(browser_of("telegram", "reviewer-2").get(f"/desk/notices/{found['notice']}"))


def test_whoever_was_given_a_code_finds_the_way_from_the_front_page(house: House) -> None:
    del house
    assert 'href="/appeal/"' in Client().get("/").content.decode()
