"""The page of one notice, and the two deeds on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.houses import body
from tests.server.web.web_checks import complaints, html, read

from mufakat.proof import verify
from mufakat.server.journal.errors import BusyError
from mufakat.server.notices import operations, queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browser = Callable[[str, str], Client]


def state_of(house: House, notice: str) -> str:
    return queries.get_for(house.caller("kominfo", "officer"), notice).state


def events_of(house: House, notice: str) -> list[str]:
    from mufakat.server.journal import queries as journal

    return [event.type for event in journal.events_of(notice)]


def test_whose_turn_it_is_is_said_from_the_readers_side(house: House, browser_of: Browser) -> None:
    address = f"/desk/notices/{house.submit().subject}"
    assert "Telegram (example) acknowledges next" in html(browser_of("kominfo", "officer").get(address))
    assert "Your party&#x27;s turn: acknowledge it" in html(browser_of("telegram", "reviewer").get(address))


def test_each_clock_has_word_code_due_time_and_where_its_rule_is_from(house: House, browser_of: Browser) -> None:
    page = html(browser_of("kominfo", "officer").get(f"/desk/notices/{house.submit().subject}"))
    for words in (
        "acknowledge_within",
        "Our choice; no source says so",
        "takedown_same_day",
        "We read it in the press",
    ):
        assert words in page
    assert page.count('<time datetime="20') >= 4
    assert "WIB</time>" in page


def test_the_receipt_comes_as_a_file_that_verifies(house: House, browser_of: Browser) -> None:
    from mufakat.proof.key import VerifyKey
    from mufakat.server.journal import signer

    notice = house.submit().subject
    response = browser_of("telegram", "reviewer").get(f"/desk/notices/{notice}/receipt")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{notice}.receipt"'
    assert response.headers["Content-Type"].startswith("text/plain")
    assert verify.verify(response.content, keys=[VerifyKey.parse(signer.signing_key("1").vkey)])


def test_the_command_that_verifies_stands_on_the_page(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    page = html(browser_of("kominfo", "officer").get(f"/desk/notices/{notice}"))
    assert f"mufakat verify {notice}.receipt --key keys.json" in page


def test_the_timeline_shows_the_leaf_that_the_receipt_names(house: House, browser_of: Browser) -> None:
    answer = house.submit()
    page = html(browser_of("kominfo", "officer").get(f"/desk/notices/{answer.subject}"))
    assert json.loads(answer.body)["leaf"].replace("+", "+") in page


@pytest.mark.parametrize("seat", [("telegram", "representative"), ("telegram", "reviewer-2")], ids="/".join)
def test_the_recipient_acknowledges_with_a_note(house: House, browser_of: Browser, seat: tuple[str, str]) -> None:
    notice = house.submit().subject
    response = browser_of(*seat).post(
        f"/desk/notices/{notice}/acknowledge", {"note-text": "We have it.\r\nTeam."}, follow=True
    )
    assert (state_of(house, notice), response.status_code) == ("acknowledged", 200)
    assert "We have it.\nTeam." in html(browser_of("kominfo", "officer").get(f"/desk/notices/{notice}"))


def test_acknowledging_twice_is_one_event(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    browser = browser_of("telegram", "representative")
    for _ in range(2):
        assert browser.post(f"/desk/notices/{notice}/acknowledge", {}).status_code == 302
    assert events_of(house, notice) == ["notice.received", "notice.acknowledged"]


@pytest.mark.parametrize("deed", ["acknowledge", "withdraw"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_address_of_a_deed_does_nothing(house: House, browser_of: Browser, deed: str, method: str) -> None:
    notice = house.submit().subject
    for seat in (("telegram", "representative"), ("kominfo", "officer")):
        response = getattr(browser_of(*seat), method)(f"/desk/notices/{notice}/{deed}")
        assert (response.status_code, response.headers["Location"]) == (302, f"/desk/notices/{notice}")
    assert (state_of(house, notice), events_of(house, notice)) == ("received", ["notice.received"])


@pytest.mark.parametrize(
    ("seat", "status"),
    [
        (("kominfo", "officer"), 403),
        (("kominfo", "approver"), 403),
        (("isp-a", "engineer"), 404),
        (("auditor", "auditor"), 403),
        (("mufakat", "admin"), 403),
    ],
    ids=str,
)
def test_nobody_else_acknowledges(house: House, browser_of: Browser, seat: tuple[str, str], status: int) -> None:
    notice = house.submit().subject
    response = browser_of(*seat).post(f"/desk/notices/{notice}/acknowledge", {})
    assert (response.status_code, state_of(house, notice), complaints(response)) == (status, "received", [])


def test_an_engineer_acknowledges_what_the_operator_received(house: House, browser_of: Browser) -> None:
    notice = house.submit(body(to="isp-a", kind="order")).subject
    browser_of("isp-a", "engineer").post(f"/desk/notices/{notice}/acknowledge", {})
    assert state_of(house, notice) == "acknowledged"


def test_an_engineer_acknowledges_orders_alone(house: House, browser_of: Browser) -> None:
    notice = house.submit(body(to="isp-a", kind="request")).subject
    browser = browser_of("isp-a", "engineer")
    assert f"{notice}/acknowledge" not in html(browser.get(f"/desk/notices/{notice}"))
    assert browser.post(f"/desk/notices/{notice}/acknowledge", {}).status_code in {403, 404}
    assert state_of(house, notice) == "received"


def test_the_button_stands_only_where_it_works(house: House, browser_of: Browser) -> None:
    address = f"/desk/notices/{house.submit().subject}"
    button = f'action="{address}/acknowledge"'
    assert button in html(browser_of("telegram", "representative").get(address))
    assert button not in html(browser_of("kominfo", "officer").get(address))
    browser_of("telegram", "reviewer").post(f"{address}/acknowledge", {})
    assert button not in html(browser_of("telegram", "representative").get(address))


def test_the_sender_withdraws_with_a_reason(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    browser_of("kominfo", "officer").post(f"/desk/notices/{notice}/withdraw", {"reason-text": "Sent by mistake."})
    page = html(browser_of("telegram", "reviewer").get(f"/desk/notices/{notice}"))
    assert state_of(house, notice) == "withdrawn"
    assert "Sent by mistake." in page


def test_a_clock_that_a_withdrawal_ended_counts_for_nobody(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    browser = browser_of("kominfo", "officer")
    browser.post(f"/desk/notices/{notice}/withdraw", {"reason-text": "Sent by mistake."})
    clocks = browser.get(f"/desk/notices/{notice}").context["clocks"]
    assert [clock.state.code for clock in clocks] == ["void", "void"]


def test_withdrawing_twice_is_one_event(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    browser = browser_of("kominfo", "officer")
    for _ in range(2):
        assert browser.post(f"/desk/notices/{notice}/withdraw", {"reason-text": "Mistake."}).status_code == 302
    assert events_of(house, notice) == ["notice.received", "notice.withdrawn"]


def test_acknowledging_what_was_withdrawn_says_why_not(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    browser_of("kominfo", "officer").post(f"/desk/notices/{notice}/withdraw", {"reason-text": "Mistake."})
    response = browser_of("telegram", "reviewer").post(f"/desk/notices/{notice}/acknowledge", {}, follow=True)
    assert "It can no longer be acknowledged" in html(response)


@pytest.mark.parametrize("seat", [("kominfo", "approver"), ("telegram", "representative")], ids="/".join)
def test_nobody_but_the_senders_officer_withdraws(house: House, browser_of: Browser, seat: tuple[str, str]) -> None:
    notice = house.submit().subject
    response = browser_of(*seat).post(f"/desk/notices/{notice}/withdraw", {"reason-text": "Mistake."})
    assert (response.status_code, state_of(house, notice)) == (403, "received")


def test_another_senders_officer_does_not_find_it(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    response = browser_of("bnpt", "officer").post(f"/desk/notices/{notice}/withdraw", {"reason-text": "Mistake."})
    assert (response.status_code, state_of(house, notice)) == (404, "received")


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "bell\x07"])
def test_a_reason_that_cannot_be_taken_is_told_beside_it(house: House, browser_of: Browser, text: str) -> None:
    notice = house.submit().subject
    response = browser_of("kominfo", "officer").post(f"/desk/notices/{notice}/withdraw", {"reason-text": text})
    assert (response.status_code, list(response.context["reason"].errors), complaints(response)) == (422, ["text"], [])
    assert state_of(house, notice) == "received"


def test_a_busy_writer_keeps_the_note(house: House, browser_of: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise BusyError

    notice = house.submit().subject
    browser = browser_of("telegram", "representative")
    monkeypatch.setattr(operations, "acknowledge", busy)
    response = browser.post(f"/desk/notices/{notice}/acknowledge", {"note-text": "Kept."})
    assert (response.status_code, response.context["note"]["text"].value()) == (503, "Kept.")
    assert "Nothing was stored" in html(response)


@pytest.mark.parametrize("part", ["", "/receipt", "/acknowledge", "/withdraw"])
@pytest.mark.parametrize("notice", ["ntc_00000000000000000000000000", "no-such-notice", "evt_1"])
def test_a_notice_that_is_not_there_looks_like_a_strangers(
    house: House, browser_of: Browser, notice: str, part: str
) -> None:
    theirs = house.submit().subject
    browser = browser_of("isp-a", "engineer")
    said = [
        html(browser.get(f"/desk/notices/{each}{part}", follow=True)).replace(each, "").split("</header>")[1]
        for each in (notice, theirs)
    ]
    without = [page.split("Number of this request")[0] for page in said]
    assert without[0] == without[1]


def test_other_open_notices_about_the_same_thing_are_named(house: House, browser_of: Browser) -> None:
    first, second = house.submit(key="a").subject, house.submit(key="b").subject
    links = read(browser_of("telegram", "reviewer").get(f"/desk/notices/{first}")).links
    assert f"/desk/notices/{second}" in links


def test_an_erased_notice_still_shows_events_and_receipt(house: House, browser_of: Browser) -> None:
    from mufakat.server.journal import door

    notice = house.submit().subject

    def erase(moment: object) -> None:
        from django.apps import apps

        at = moment.at  # type: ignore[attr-defined]
        apps.get_model("notices.Payload").objects.filter(notice=notice).update(raw=None, erased_at=at)
        apps.get_model("notices.Pointer").objects.filter(notice=notice).update(
            canonical=None, input=None, digest=None, erased_at=at
        )
        apps.get_model("journal.Opening").objects.filter(event__case=notice).update(salt=None, value=None, erased_at=at)

    door.commit(erase)
    response = browser_of("telegram", "reviewer").get(f"/desk/notices/{notice}")
    assert (response.status_code, complaints(response)) == (200, [])
    assert "The content was erased." in html(response)
    assert "mufakat/custody/v1" in html(response)
