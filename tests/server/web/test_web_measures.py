"""The list of measures and the decision on the page: who carries out what, who approves it, and what both sides see."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test.utils import CaptureQueriesContext
from tests.houses import body
from tests.server.web.web_checks import complaints, html

from mufakat.server.decisions import measures, operations as decisions
from mufakat.server.decisions.models import Decision, Measure, Statement
from mufakat.server.journal import door
from mufakat.server.journal.errors import BusyError
from mufakat.server.notices import operations

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browser = Callable[[str, str], Client]

REVIEWER, REVIEWER_2, OFFICER = ("telegram", "reviewer"), ("telegram", "reviewer-2"), ("kominfo", "officer")
REPRESENTATIVE = ("telegram", "representative")
LINKS = ["https://t.me/s/examplechannel/12", "@examplename"]


def decided(house: House, measure: str = "disable", *, key: str = "k1", **changes: Any) -> str:
    """A notice on which something is done with both links; its id."""
    notice = str(house.submit(body(locators=LINKS), key=key).subject)
    operations.acknowledge(notice, by=house.caller(*REVIEWER))
    told = {
        "outcome": "act_full",
        "items": [{"locator": place, "measure": measure, **changes} for place in range(2)],
        "ground": {"legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 28 ayat (2)"}},
        "facts": "A made-up placeholder was seen.",
        "reasons": "It meets every element of the provision.",
        "language": "en",
        "automated": {"detection": False, "decision": "none"},
    }
    decisions.decide(notice, json.dumps(told).encode(), by=house.caller(*REVIEWER))
    return notice


def move(client: Client, deed: str, rows: list[str], **told: Any) -> Any:
    state = told.pop("state", "ordered")
    data = {"state": state, "measure": rows, f"measures-{state}-text": told.pop("text", ""), **told}
    return client.post(f"/desk/measures/{deed}", data, follow=True)


def ids() -> list[str]:
    return list(Measure.objects.order_by("id").values_list("id", flat=True))


def states() -> list[str]:
    return list(Measure.objects.order_by("id").values_list("state", flat=True))


# -- The list


@pytest.mark.parametrize(
    ("seat", "status"),
    [(REVIEWER, 200), (REPRESENTATIVE, 200), (OFFICER, 403), (("isp-a", "engineer"), 403), (("mufakat", "admin"), 403)],
)
def test_the_list_is_for_those_who_do_something_about_it(
    house: House, browser_of: Browser, seat: tuple[str, str], status: int
) -> None:
    decided(house)
    for address in ("/desk/measures", "/desk/measures?state=confirmed"):
        page = browser_of(*seat).get(address)
        assert (page.status_code, complaints(page)) == (status, [])


def test_another_platform_sees_nothing_of_it(house: House, browser_of: Browser) -> None:
    notice = decided(house)
    page = html(browser_of("telegram", "reviewer").get("/desk/measures"))
    assert notice in page
    other = house.caller("kominfo", "officer").party_id
    door.commit(lambda _: Measure.objects.update(party=other))
    assert notice not in html(browser_of("telegram", "reviewer").get("/desk/measures"))


def test_an_empty_list_says_so(house: House, browser_of: Browser) -> None:
    del house
    assert "Nothing is to be carried out" in html(browser_of(*REVIEWER).get("/desk/measures"))
    assert "There are none." in html(browser_of(*REVIEWER).get("/desk/measures?state=failed"))
    assert browser_of(*REVIEWER).get("/desk/measures?state=nonsense").status_code == 404
    assert browser_of(*REVIEWER).get("/desk/measures?after=nonsense").status_code == 404


def test_a_list_of_many_costs_as_many_queries_as_one_of_few(house: House, browser_of: Browser) -> None:
    from django.db import connection

    browser = browser_of(*REVIEWER)
    counts = []
    for round_ in range(3):
        decided(house, key=f"k{round_}")
        with CaptureQueriesContext(connection) as caught:
            browser.get("/desk/measures")
        counts.append(len(caught))
    assert counts[1] == counts[2]


# -- Carrying out


@pytest.mark.parametrize("seat", [REVIEWER, REPRESENTATIVE])
def test_all_that_is_ticked_is_carried_out_by_one_click(
    house: House, browser_of: Browser, seat: tuple[str, str]
) -> None:
    notice = decided(house)
    page = html(move(browser_of(*seat), "confirm", ids(), text="Done by the night shift."))
    assert "Noted, and the sender is told. Measures: 2" in page
    assert states() == ["confirmed", "confirmed"]
    other = html(browser_of(*OFFICER).get(f"/desk/notices/{notice}"))
    assert other.count("Done by the night shift.") >= 2
    assert '<span class="state confirmed">Carried out</span>' in other


def test_what_is_not_ticked_waits_on(house: House, browser_of: Browser) -> None:
    decided(house)
    move(browser_of(*REVIEWER), "confirm", ids()[:1])
    assert states() == ["confirmed", "ordered"]


def test_the_notice_is_where_one_comes_back_to_from_its_page(house: House, browser_of: Browser) -> None:
    notice = decided(house)
    answer = browser_of(*REVIEWER).post(
        "/desk/measures/confirm", {"state": "ordered", "measure": ids(), "back": notice}
    )
    assert answer["Location"] == f"/desk/notices/{notice}#decision"
    answer = browser_of(*REVIEWER).post("/desk/measures/confirm", {"state": "ordered", "measure": ids(), "back": "//x"})
    assert answer["Location"] == "/desk/measures"


def test_saying_it_twice_is_harmless_and_what_moved_on_is_said(house: House, browser_of: Browser) -> None:
    decided(house)
    move(browser_of(*REVIEWER), "confirm", ids())
    move(browser_of(*REVIEWER), "confirm", ids())
    page = html(move(browser_of(*REVIEWER), "fail", ids(), text="It did not work."))
    assert "stood otherwise by now" in page
    assert states() == ["confirmed", "confirmed"]


@pytest.mark.parametrize("back", [True, False])
def test_without_a_reason_nothing_failed_and_without_a_tick_nothing_happens(
    house: House, browser_of: Browser, *, back: bool
) -> None:
    notice = decided(house)
    told = {"back": notice} if back else {}
    answer = move(browser_of(*REVIEWER), "fail", ids()[:1], **told)
    assert (answer.status_code, complaints(answer), states()) == (422, [], ["ordered", "ordered"])
    assert "Say why: the sender reads it." in html(answer)
    assert html(answer).count(" checked") - html(answer).count('value="none"') <= 1
    answer = move(browser_of(*REVIEWER), "confirm", [], text="Words that stay.", **told)
    assert answer.status_code == 422
    assert "Tick at least one of them." in html(answer)
    assert "Words that stay." in html(answer)


def test_a_failure_is_told_with_its_reason_and_can_be_mended(house: House, browser_of: Browser) -> None:
    notice = decided(house)
    move(browser_of(*REVIEWER), "fail", ids(), text="The channel is hosted elsewhere.")
    assert states() == ["failed", "failed"]
    assert "The channel is hosted elsewhere." in html(browser_of(*OFFICER).get(f"/desk/notices/{notice}"))
    assert "try again" in html(browser_of(*REVIEWER).get("/desk/measures?state=failed"))
    move(browser_of(*REVIEWER), "confirm", ids(), state="failed")
    assert states() == ["confirmed", "confirmed"]


def test_what_has_run_out_stands_there_to_be_undone(house: House, browser_of: Browser) -> None:
    end = datetime.now(UTC) + timedelta(days=1)
    decided(house, ends_at=end.isoformat(timespec="seconds"))
    move(browser_of(*REVIEWER), "confirm", ids())
    now = datetime.now(UTC)
    door.commit(lambda _: Measure.objects.update(ends_at=now))
    measures.sweep(at=now)
    page = html(browser_of(*REVIEWER).get("/desk/measures"))
    assert "Open access to it again" in page
    assert "its time is over" in page
    move(browser_of(*REVIEWER), "confirm", ids(), state="reverting")
    assert states() == ["reverted", "reverted"]


def test_what_the_machine_refuses_keeps_the_words(
    house: House, browser_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(house)

    def busy(_writer: object, _work: object) -> None:
        raise BusyError

    with monkeypatch.context() as patch:
        patch.setattr(type(door.writer()), "commit", busy)
        answer = move(browser_of(*REVIEWER), "confirm", ids(), text="Kept.")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "Kept." in html(answer)


@pytest.mark.parametrize("seat", [OFFICER, ("isp-a", "engineer")])
@pytest.mark.parametrize("deed", ["approve", "decline", "confirm", "fail"])
def test_strangers_move_nothing(house: House, browser_of: Browser, seat: tuple[str, str], deed: str) -> None:
    decided(house)
    assert move(browser_of(*seat), deed, ids(), text="No.").status_code == 403
    assert states() == ["ordered", "ordered"]


# -- A second person (I-06)


@pytest.mark.invariant("I-06")
def test_whoever_decided_it_is_offered_no_approval_and_gets_none(house: House, browser_of: Browser) -> None:
    notice = decided(house, "terminate_account")
    page = html(browser_of(*REVIEWER).get("/desk/measures"))
    assert "somebody else approves it" in page
    assert "/desk/measures/approve" not in page
    answer = move(browser_of(*REVIEWER), "approve", ids(), state="proposed", back=notice)
    assert answer.status_code == 403
    assert "What cannot be undone needs a second person." in html(answer)
    assert states() == ["proposed", "proposed"]


@pytest.mark.invariant("I-06")
def test_a_second_person_approves_or_declines(house: House, browser_of: Browser) -> None:
    decided(house, "close_channel")
    browser = browser_of(*REVIEWER_2)
    assert "/desk/measures/approve" in html(browser.get("/desk/measures"))
    move(browser, "approve", ids()[:1], state="proposed")
    move(browser, "decline", ids()[1:], state="proposed", text="A suspension is enough.")
    assert states() == ["ordered", "declined"]


def test_a_representative_reads_what_waits_for_a_second_person(house: House, browser_of: Browser) -> None:
    decided(house, "close_channel")
    page = html(browser_of(*REPRESENTATIVE).get("/desk/measures"))
    assert "Somebody else of your party approves or declines it." in page
    assert move(browser_of(*REPRESENTATIVE), "approve", ids(), state="proposed").status_code == 403


# -- The statement, and the code for whoever is affected


def test_the_code_is_shown_to_those_who_hand_it_out_and_to_nobody_else(house: House, browser_of: Browser) -> None:
    notice = decided(house)
    row = Decision.objects.get()
    from mufakat.rules import appeal_code
    from mufakat.server.decisions import codes

    code = appeal_code.shown(codes.of(row.id))
    shown = {seat: code in html(browser_of(*seat).get(f"/desk/notices/{notice}")) for seat in (REVIEWER, OFFICER)}
    assert shown == {REVIEWER: True, OFFICER: False}
    assert code in html(browser_of(*REPRESENTATIVE).get(f"/desk/notices/{notice}"))
    assert code not in html(browser_of("kominfo", "approver").get(f"/desk/notices/{notice}"))


def test_that_the_statement_was_given_is_noted_with_the_way(house: House, browser_of: Browser) -> None:
    notice = decided(house)
    row = Decision.objects.get()
    browser = browser_of(*REPRESENTATIVE)
    assert browser.get(f"/desk/decisions/{row.id}/given").status_code == 302
    browser.post(f"/desk/decisions/{row.id}/given", {"how": "nonsense"})
    assert Statement.objects.get().given_at is None
    page = html(browser.post(f"/desk/decisions/{row.id}/given", {"how": "in_service"}, follow=True))
    assert Statement.objects.get().given_how == "in_service"
    assert "Whoever is affected has the statement:" in page
    assert "Whoever is affected has the statement:" in html(browser_of(*OFFICER).get(f"/desk/notices/{notice}"))
    assert browser_of(*OFFICER).post(f"/desk/decisions/{row.id}/given", {"how": "mail"}).status_code == 403


def test_the_statement_is_read_in_the_language_of_the_page(house: House, browser_of: Browser) -> None:
    notice = decided(house)
    address = f"/desk/notices/{notice}"
    page = html(browser_of(*OFFICER).get(address, headers={"accept-language": "id"}))
    assert '<div class="statement" lang="id">' in page
    assert "Apa yang diputuskan" in page
    assert '<div class="said" dir="auto" lang="en">' in page
    assert complaints(browser_of(*OFFICER).get(address, headers={"accept-language": "id"})) == []


def test_the_page_of_a_decided_notice_costs_the_same_with_two_links_as_with_many(
    house: House, browser_of: Browser
) -> None:
    from django.db import connection

    counts = []
    for count in (1, 30):
        links = [f"https://t.me/s/examplechannel/{100 * count + place}" for place in range(count)]
        notice = str(house.submit(body(locators=links), key=f"k{count}").subject)
        operations.acknowledge(notice, by=house.caller(*REVIEWER))
        for seat in (REVIEWER, OFFICER):
            with CaptureQueriesContext(connection) as caught:
                browser_of(*seat).get(f"/desk/notices/{notice}")
            counts.append(len(caught))
    assert counts[0] == counts[2]
    assert counts[1] == counts[3]


def test_who_decided_is_shown_to_the_party_that_decided_alone(house: House, browser_of: Browser) -> None:
    notice = decided(house)
    assert "<code>reviewer</code>" in html(browser_of(*REPRESENTATIVE).get(f"/desk/notices/{notice}"))
    assert "<code>reviewer</code>" not in html(browser_of(*OFFICER).get(f"/desk/notices/{notice}"))


def test_the_desk_says_how_many_measures_wait_to_those_who_do_something_about_it(
    house: House, browser_of: Browser
) -> None:
    decided(house)
    assert "2 measures wait for somebody of your party." in html(browser_of(*REVIEWER).get("/desk/"))
    assert "wait for somebody of your party" not in html(browser_of(*OFFICER).get("/desk/"))


def test_whoever_asked_says_that_the_decision_came_back_and_opening_the_page_does_not(
    house: House, browser_of: Browser
) -> None:
    notice = decided(house)
    row = Decision.objects.get()
    browser = browser_of(*OFFICER)
    assert "My party has the decision" in html(browser.get(f"/desk/notices/{notice}"))
    assert browser.get(f"/desk/decisions/{row.id}/seen").status_code == 302
    assert Decision.objects.get().informed_at is None
    for seat, status in ((REVIEWER, 403), (("kominfo", "approver"), 403), (("bnpt", "officer"), 404)):
        assert browser_of(*seat).post(f"/desk/decisions/{row.id}/seen").status_code == status
    page = html(browser.post(f"/desk/decisions/{row.id}/seen", follow=True))
    assert Decision.objects.get().informed_at is not None
    assert "It came back to whoever asked" in page
    assert "My party has the decision" not in page
