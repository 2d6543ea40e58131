"""The page of a notice where people talk about it, and the desk that shows in whose hands what is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.web.web_checks import complaints, html

from mufakat.proof import verify
from mufakat.server.journal import door
from mufakat.server.journal.errors import BusyError
from mufakat.server.journal.models import Event
from mufakat.server.notices import operations, talk
from mufakat.server.notices.models import Message, Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browser = Callable[[str, str], Client]

KEY = "page-" + "a" * 32
REVIEWER, OFFICER = ("telegram", "reviewer"), ("kominfo", "officer")


@pytest.fixture
def notice(house: House) -> str:
    return str(house.submit().subject)


def say(client: Client, notice: str, text: str = "A made-up word.", key: str = KEY) -> Any:
    return client.post(f"/desk/notices/{notice}/messages", {"say-text": text, "key": key}, follow=True)


def hand(client: Client, notice: str, to: str, note: str = "") -> Any:
    told = {"hand-to": to, "hand-text": note}
    return client.post(f"/desk/notices/{notice}/handover", told, follow=True)


# -- The four times


def test_the_page_says_what_each_of_the_four_times_is_worth(house: House, notice: str, browser_of: Browser) -> None:
    del house
    browser_of(*REVIEWER).get(f"/desk/notices/{notice}")
    door.commit(lambda _: None)
    page = html(browser_of(*OFFICER).get(f"/desk/notices/{notice}"))
    for word in ("fetched", "delivered", "seen", "acknowledged", "Nobody need have read it", "not yet"):
        assert word in page
    assert page.count('<div class="come">') == 1


def test_opening_the_page_says_nothing_and_the_button_says_that_it_was_seen(notice: str, browser_of: Browser) -> None:
    browser = browser_of(*REVIEWER)
    assert "I have seen it" in html(browser.get(f"/desk/notices/{notice}"))
    assert Notice.objects.get(pk=notice).seen_at is None
    page = html(browser.post(f"/desk/notices/{notice}/seen", follow=True))
    assert Notice.objects.get(pk=notice).seen_at is not None
    assert ("your party has seen it" in page, "I have seen it" in page, "Acknowledge this notice" in page) == (
        *(True, False, True),
    )


@pytest.mark.parametrize(
    ("seat", "offered"), [(OFFICER, False), (("kominfo", "approver"), False), (("telegram", "representative"), True)]
)
def test_the_button_stands_where_it_would_be_taken(
    notice: str, browser_of: Browser, seat: tuple[str, str], *, offered: bool
) -> None:
    browser = browser_of(*seat)
    assert ("I have seen it" in html(browser.get(f"/desk/notices/{notice}"))) is offered
    status = browser.post(f"/desk/notices/{notice}/seen").status_code
    assert status == (302 if offered else 403)


# -- Messages


def test_both_sides_write_and_each_sees_whose_words_are_whose(notice: str, browser_of: Browser) -> None:
    assert "Sent. The other side is told" in html(say(browser_of(*REVIEWER), notice, "Which one?\r\n<b>Second</b>?"))
    page = html(say(browser_of(*OFFICER), notice, "The second."))
    assert "Which one?\n&lt;b&gt;Second&lt;/b&gt;?" in page
    assert page.count('class="spoken"') == page.count('class="spoken ours"') == 1
    assert "Write to Telegram (example)" in page
    assert [one.text for one in talk.list_for(caller(OFFICER), notice).items] == [
        *("Which one?\n<b>Second</b>?", "The second.")
    ]


def caller(seat: tuple[str, str]) -> Any:
    from mufakat.server.parties import queries

    return queries.caller_by_seat(*seat)


@pytest.mark.invariant("I-18")
def test_the_other_side_is_not_shown_who_wrote(notice: str, browser_of: Browser) -> None:
    from mufakat.server.parties import queries

    name = queries.person_in(*REVIEWER).name
    assert name in html(say(browser_of(*REVIEWER), notice))
    assert name not in html(browser_of(*OFFICER).get(f"/desk/notices/{notice}"))


def test_two_clicks_send_one_message(notice: str, browser_of: Browser) -> None:
    browser = browser_of(*REVIEWER)
    for _ in range(2):
        assert "Sent." in html(say(browser, notice))
    assert Message.objects.count() == 1


def test_words_changed_after_they_were_sent_are_kept_and_not_sent_by_mistake(notice: str, browser_of: Browser) -> None:
    browser = browser_of(*REVIEWER)
    say(browser, notice)
    response = say(browser, notice, "Other words.")
    assert (response.status_code, "sent already" in html(response), "Other words." in html(response)) == (
        *(409, True, True),
    )
    assert Message.objects.count() == 1
    assert complaints(response) == []


@pytest.mark.parametrize("text", ["", "  \r\n ", "a\x1b[2J", "x" * 4_001])
def test_words_that_cannot_be_sent_are_told_beside_the_field(notice: str, browser_of: Browser, text: str) -> None:
    response = say(browser_of(*REVIEWER), notice, text)
    assert (response.status_code, 'class="errorlist"' in html(response), complaints(response)) == (422, True, [])
    assert Message.objects.count() == 0


def test_what_the_machine_refuses_keeps_the_words(
    notice: str, browser_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise BusyError

    monkeypatch.setattr(talk, "send", busy)
    response = say(browser_of(*REVIEWER), notice, "Words worth keeping.")
    assert (response.status_code, "Words worth keeping." in html(response)) == (503, True)


def test_after_the_end_nothing_is_offered_and_nothing_is_taken(house: House, notice: str, browser_of: Browser) -> None:
    operations.withdraw(notice, by=house.caller(*OFFICER), reason="A slip.")
    browser = browser_of(*REVIEWER)
    page = html(browser.get(f"/desk/notices/{notice}"))
    assert ("nothing more is written" in page, "say-text" in page, "hand-to" in page) == (True, False, False)
    response = say(browser, notice)
    assert (response.status_code, Message.objects.count()) == (409, 0)
    assert "has ended" in html(hand(browser, notice, "reviewer"))


@pytest.mark.parametrize("seat", [("kominfo", "approver"), ("isp-a", "engineer"), ("bnpt", "officer")], ids="/".join)
def test_who_may_not_speak_is_refused(notice: str, browser_of: Browser, seat: tuple[str, str]) -> None:
    assert say(browser_of(*seat), notice).status_code == (404 if seat[0] == "bnpt" else 403)
    assert hand(browser_of(*seat), notice, "officer").status_code == (404 if seat[0] == "bnpt" else 403)
    assert Message.objects.count() == 0


def test_each_event_has_its_receipt_as_a_file(notice: str, browser_of: Browser) -> None:
    from tests.server.notices import erasing

    browser = browser_of(*REVIEWER)
    say(browser, notice)
    event = Event.objects.get(type="message.sent")
    response = browser.get(f"/desk/notices/{notice}/receipts/{event.id}")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{event.id}.receipt"'
    assert verify.verify(response.content, keys=[erasing.key()]).leaf_hash == bytes(event.leaf_hash)


@pytest.mark.invariant("I-10")
def test_the_receipt_of_the_other_sides_own_affair_is_not_there(notice: str, browser_of: Browser) -> None:
    hand(browser_of(*REVIEWER), notice, "reviewer")
    event = Event.objects.get(type="notice.handed_over")
    assert browser_of(*OFFICER).get(f"/desk/notices/{notice}/receipts/{event.id}").status_code == 404
    assert browser_of(*REVIEWER).get(f"/desk/notices/{notice}/receipts/{event.id}").status_code == 200


# -- In whose hands


def test_a_notice_is_taken_handed_over_and_given_back(notice: str, browser_of: Browser) -> None:
    browser = browser_of(*REVIEWER)
    assert "In the hands of reviewer now." in html(hand(browser, notice, "reviewer"))
    page = html(hand(browser, notice, "reviewer-2", "You know this channel."))
    assert ("In the hands of reviewer-2 now." in page, "You know this channel." in page) == (True, True)
    assert "In nobody&#x27;s hands now" in html(hand(browser, notice, ""))
    assert "You know this channel." not in html(browser_of(*OFFICER).get(f"/desk/notices/{notice}"))


def test_somebody_whom_the_form_does_not_name_is_refused(notice: str, browser_of: Browser) -> None:
    response = hand(browser_of(*REVIEWER), notice, "officer")
    assert (response.status_code, complaints(response)) == (422, [])
    assert not Event.objects.filter(type="notice.handed_over").exists()


def test_the_desk_is_narrowed_and_says_in_whose_hands_what_is(house: House, browser_of: Browser) -> None:
    made = [str(house.submit(key=f"k{number}").subject) for number in range(3)]
    browser = browser_of(*REVIEWER)
    hand(browser, made[0], "reviewer")
    hand(browser, made[1], "reviewer-2")
    shown = {which: html(browser.get(f"/desk/?hands={which}")) for which in ("", "mine", "unassigned")}
    listed = {which: [one for one in made if f"/desk/notices/{one}" in page] for which, page in shown.items()}
    assert listed == {"": made, "mine": made[:1], "unassigned": made[2:]}
    assert 'aria-current="page">Mine' in shown["mine"]
    assert "You have nothing in hand." in html(browser_of("telegram", "representative").get("/desk/?hands=mine"))


@pytest.mark.parametrize("query", ["hands=yours", "after=x", "after=5.ntc_", "hands=mine&after=-"])
def test_a_desk_that_is_none_is_not_found(notice: str, browser_of: Browser, query: str) -> None:
    del notice
    assert browser_of(*REVIEWER).get(f"/desk/?{query}").status_code == 404


def test_the_desk_goes_on_page_by_page(house: House, browser_of: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.server.web import desk

    monkeypatch.setattr(desk, "WAITING", 2)
    made = [str(house.submit(key=f"k{number}").subject) for number in range(5)]
    browser = browser_of(*REVIEWER)
    found: list[str] = []
    following = "/desk/?"
    while following:
        response = browser.get(following)
        assert complaints(response) == []
        found += [row.id for row in response.context["rows"]]
        following = f"/desk/?after={response.context['next']}" if response.context["next"] else ""
    assert found == made


def test_a_notice_is_acknowledged_from_the_list(notice: str, browser_of: Browser) -> None:
    browser = browser_of(*REVIEWER)
    assert f"/desk/notices/{notice}/acknowledge" in html(browser.get("/desk/"))
    response = browser.post(f"/desk/notices/{notice}/acknowledge", {"back": "desk:unassigned"})
    assert (response.status_code, response.headers["Location"]) == (302, "/desk/?hands=unassigned")
    assert Notice.objects.get(pk=notice).state == "acknowledged"
    assert f"/desk/notices/{notice}/acknowledge" not in html(browser.get("/desk/"))


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "desk:x", "/desk/send"])
def test_only_the_desk_is_gone_back_to(notice: str, browser_of: Browser, back: str) -> None:
    response = browser_of(*REVIEWER).post(f"/desk/notices/{notice}/acknowledge", {"back": back})
    assert response.headers["Location"] == f"/desk/notices/{notice}"


def test_the_list_offers_nobody_what_would_be_refused(house: House, browser_of: Browser) -> None:
    report = house.submit(body(to="isp-a", kind="user_report")).subject
    page = html(browser_of("isp-a", "engineer").get("/desk/"))
    assert (f"/desk/notices/{report}" in page, "/acknowledge" in page) == (True, False)


def test_the_time_that_is_left_stands_there_in_words(house: House, notice: str, browser_of: Browser) -> None:
    from datetime import UTC, datetime, timedelta

    assert "minutes left" in html(browser_of(*REVIEWER).get("/desk/")).replace("\xa0", " ")
    late = datetime.now(UTC) - timedelta(hours=2, minutes=5)

    def be_late(_: object) -> None:
        Notice.objects.filter(pk=notice).update(due_at=late)
        Notice.objects.get(pk=notice).clocks.update(due_at=late)

    door.commit(be_late)
    page = html(browser_of(*REVIEWER).get("/desk/")).replace("\xa0", " ")
    assert ("2 hours, 5 minutes late" in page, 'class="left overdue"' in page) == (True, True)
    del house


def test_every_page_of_it_is_sound_in_both_languages(house: House, notice: str, browser_of: Browser) -> None:
    say(browser_of(*OFFICER), notice)
    hand(browser_of(*REVIEWER), notice, "reviewer", "Between us.")
    operations.acknowledge(notice, by=house.caller(*REVIEWER))
    for seat in (REVIEWER, OFFICER):
        for language in ("en", "id"):
            for path in (f"/desk/notices/{notice}", "/desk/", "/desk/?hands=mine", "/desk/?hands=unassigned"):
                response = browser_of(*seat).get(path, headers={"Accept-Language": language})
                assert (response.status_code, complaints(response)) == (200, [])


def test_the_page_of_a_notice_costs_the_same_however_long_the_talk(
    house: House, notice: str, browser_of: Browser
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser, by = browser_of(*OFFICER), house.caller(*REVIEWER)
    browser.get(f"/desk/notices/{notice}")
    counts = []
    for many in (1, 20):
        for number in range(many):
            talk.send(notice, by=by, text=f"{number}")
        with CaptureQueriesContext(connection) as found:
            assert browser.get(f"/desk/notices/{notice}").status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]
