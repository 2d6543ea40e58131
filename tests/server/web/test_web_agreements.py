"""Agreements at the desk: talks opened, answered by number, in force, on paper; and how each stands for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.server.web.test_web_pages import SEATS, queries_of
from tests.server.web.web_checks import complaints, html, read

from mufakat.server.journal import door

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    Browser = Callable[[str, str], Client]

KEY = "page-" + "a" * 32
OPENING = {
    "key": KEY,
    "profile": "id-2017",
    "parties": ["telegram"],
    "title_id": "Prosedur bersama",
    "title_en": "A joint <b>procedure</b>",
}
POINTS = (
    *("terms", "government_channel", "trusted_flagger", "representative", "filtering_governance"),
    *("self_censoring", "web_block_and_reopen"),
)


def other_key(number: int) -> str:
    return f"page-{number:032d}"


def opened(browser_of: Browser, **changes: Any) -> str:
    """Talks between the ministry and the service, opened by the form; where they are."""
    response = browser_of("kominfo", "approver").post("/desk/agreements/new", {**OPENING, **changes})
    assert response.status_code == 302, html(response)
    return str(response.headers["Location"])


def say(browser: Client, place: str, act: str, **fields: Any) -> Any:
    return browser.post(f"{place}/{act}", {"key": KEY, "proposal": "1", **fields})


def settled(browser_of: Browser) -> str:
    """An agreement of which every point is in force."""
    place = opened(browser_of)
    service = browser_of("telegram", "representative")
    for name in POINTS:
        assert say(service, f"{place}/points/{name}", "agree").status_code == 302
    return place


def terms(**changes: Any) -> dict[str, Any]:
    """The fields of a proposal."""
    made = {
        "owner": "telegram",
        "text_id": "Platform menunjuk dua orang.",
        "text_en": "The platform names two <i>people</i>.",
        "evidence": "A letter\r\n\r\nA telephone number",
        "owed-representative_reachable": "yes",
        "owed-representative_reachable-every_days": "30",
        "note": "Two are better.",
    }
    return {**made, **changes}


@pytest.mark.parametrize("seat", SEATS, ids="/".join)
def test_every_page_of_agreements_is_sound_for_every_seat(
    house: House, browser_of: Browser, seat: tuple[str, str]
) -> None:
    del house
    place = settled(browser_of)
    browser_of("kominfo", "officer").post(f"{place}/points/representative/propose", {"key": KEY, **terms()})
    browser = browser_of(*seat)
    addresses = [
        *("/desk/agreements/", "/desk/agreements/?state=talks", "/desk/agreements/new", "/agreements/"),
        *("/desk/agreements/new?profile=id-2017", "/desk/agreements/new?profile=eu-dsa", place, f"{place}/sheet"),
        *(f"{place}/sheet?version=1", f"{place}/propose", f"{place}/points/representative", f"{place}/points/terms"),
    ]
    assert {address: wrong for address in addresses if (wrong := complaints(browser.get(address)))} == {}


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize(
    "seat", [("bnpt", "officer"), ("isp-a", "engineer"), ("auditor", "auditor"), ("mufakat", "admin")], ids="/".join
)
def test_talks_are_hidden_from_everybody_else(house: House, browser_of: Browser, seat: tuple[str, str]) -> None:
    del house
    place = settled(browser_of)
    browser = browser_of(*seat)
    answers = {
        browser.get(address).status_code for address in (place, f"{place}/sheet", f"{place}/points/representative")
    }
    assert answers <= {403, 404}
    assert say(browser, f"{place}/points/terms", "counter", **terms()).status_code in {403, 404}
    assert "Prosedur bersama" not in html(browser.get("/desk/agreements/"))


def test_talks_open_with_the_points_of_a_profile(house: House, browser_of: Browser) -> None:
    del house
    place = opened(browser_of)
    page = html(browser_of("telegram", "representative").get(place))
    assert "7 points wait for your party." in page
    assert [name for name in POINTS if f'"point-{name}"' not in page] == []
    assert "A joint &lt;b&gt;procedure&lt;/b&gt;" in page
    assert "platform menunjuk perwakilan" in page.lower()
    assert "the platform names a representative" in page.lower()


def test_a_second_click_opens_no_second_talks(house: House, browser_of: Browser) -> None:
    del house
    assert opened(browser_of) == opened(browser_of)


def test_what_is_missing_stands_beside_its_field_and_nothing_is_opened(house: House, browser_of: Browser) -> None:
    del house
    browser = browser_of("kominfo", "approver")
    answer = browser.post("/desk/agreements/new", {**OPENING, "title_en": "", "parties": []})
    assert (answer.status_code, complaints(answer)) == (422, [])
    assert {"title_en", "parties"} <= set(answer.context["form"].errors)
    assert "Prosedur bersama" in html(answer)
    assert "Your party has no agreement yet." in html(browser.get("/desk/agreements/"))


def test_what_contradicts_an_agreement_in_force_is_refused_by_its_name(house: House, browser_of: Browser) -> None:
    del house
    place = settled(browser_of)
    answer = browser_of("kominfo", "approver").post("/desk/agreements/new", {**OPENING, "key": other_key(7)})
    assert (answer.status_code, complaints(answer)) == (422, [])
    assert place.rsplit("/", 1)[1] in str(answer.context["form"].non_field_errors())


def test_the_desk_says_what_waits(house: House, browser_of: Browser) -> None:
    del house
    opened(browser_of)
    assert "7 points of agreements wait for your party." in html(browser_of("telegram", "representative").get("/desk/"))
    assert "points of agreements" not in html(browser_of("kominfo", "approver").get("/desk/"))


def test_a_counter_proposal_shows_word_by_word_what_it_changes(house: House, browser_of: Browser) -> None:
    del house
    place = f"{opened(browser_of)}/points/representative"
    service, ministry = browser_of("telegram", "representative"), browser_of("kominfo", "approver")
    assert say(service, place, "counter", **terms()).status_code == 302
    page = html(ministry.get(place))
    assert "On the table: proposal 2" in page
    assert '<ins><span class="visually-hidden">added: </span>A telephone number' in page.replace(
        '<span class="code">', ""
    ).replace("</span></ins>", "</ins>")
    assert "two &lt;i&gt;people&lt;/i&gt;" in page
    assert "<del>" in page
    assert "Two are better." in page


def test_only_the_proposal_that_was_read_is_signed(house: House, browser_of: Browser) -> None:
    del house
    place = f"{opened(browser_of)}/points/representative"
    service, ministry = browser_of("telegram", "representative"), browser_of("kominfo", "approver")
    say(service, place, "counter", **terms())
    answer = say(ministry, place, "agree", proposal="1")
    assert (answer.status_code, complaints(answer)) == (409, [])
    assert "Proposal 2 is on the table now, not 1" in html(answer)
    assert say(ministry, place, "agree", proposal="2").status_code == 302
    assert "Agreed" in html(ministry.get(place)) or "In force" in html(ministry.get(place))


def test_a_counter_that_changes_nothing_else_keeps_what_stood_there(house: House, browser_of: Browser) -> None:
    """The form gives every member back as it stood: times to the letter, obligations in their order."""
    del house
    place = f"{opened(browser_of)}/points/terms"
    service = browser_of("telegram", "representative")
    form = service.get(place).context["forms"]["counter"]
    fields = {name: form.initial.get(name, "") for name in form.fields}
    fields["text_en"] += " And more."
    assert say(service, place, "counter", **fields).status_code == 302
    changes = service.get(place).context["topic"].newest.newest.changes
    assert [change.member.code for change in changes] == ["text_en"]


def test_grounds_to_tell_an_authority_are_typed_a_line_each_and_stay_as_they_stood(
    house: House, browser_of: Browser
) -> None:
    del house
    place = f"{opened(browser_of)}/points/terms"
    service, ministry = browser_of("telegram", "representative"), browser_of("kominfo", "approver")

    def fields(browser: Any, **changes: str) -> dict[str, Any]:
        form = browser.get(place).context["forms"]["counter"]
        return {**{name: form.initial.get(name, "") for name in form.fields}, **changes}

    wrong = say(service, place, "counter", **fields(service, grounds="id | UU 35/2009"))
    assert (wrong.status_code, "grounds" in wrong.context["forms"]["counter"].errors) == (422, True)
    assert say(service, place, "counter", **fields(service, grounds="id | UU 35/2009 | Pasal 111")).status_code == 302
    assert "id | UU 35/2009 | Pasal 111" in html(ministry.get(place))
    again = fields(ministry, text_en="The parties work under this profile.")
    assert say(ministry, place, "counter", **again, proposal="2").status_code == 302
    changes = service.get(place).context["topic"].newest.newest.changes
    assert [change.member.code for change in changes] == ["text_en"]


def test_a_proposal_without_a_language_is_refused_beside_its_field(house: House, browser_of: Browser) -> None:
    del house
    place = f"{opened(browser_of)}/points/representative"
    answer = say(browser_of("telegram", "representative"), place, "counter", **terms(text_en=""))
    assert (answer.status_code, complaints(answer)) == (422, [])
    assert "text_en" in answer.context["forms"]["counter"].errors
    assert "Platform menunjuk dua orang." in html(answer)


def test_a_point_of_ones_own_is_proposed(house: House, browser_of: Browser) -> None:
    del house
    place = opened(browser_of)
    ministry = browser_of("kominfo", "approver")
    told = terms(**{"owed-representative_reachable": "", "owed-confirmed": "yes"})
    answer = ministry.post(f"{place}/propose", {"key": KEY, "name": "yearly_meeting", **told})
    assert answer.headers["Location"] == f"{place}/points/yearly_meeting"
    wrong = ministry.post(f"{place}/propose", {"key": other_key(2), "name": "Yearly Meeting!", **terms()})
    assert (wrong.status_code, complaints(wrong)) == (422, [])


def test_what_contradicts_another_point_is_refused_beside_what_is_owed(house: House, browser_of: Browser) -> None:
    del house
    answer = browser_of("kominfo", "approver").post(
        f"{opened(browser_of)}/propose", {"key": KEY, "name": "yearly_meeting", **terms()}
    )
    assert (answer.status_code, complaints(answer)) == (422, [])
    assert "representative_reachable:" in str(answer.context["form"].owed_faults)
    assert "The point representative asks" in html(answer)


def test_who_declines_says_why(house: House, browser_of: Browser) -> None:
    del house
    place = f"{opened(browser_of)}/points/self_censoring"
    service = browser_of("telegram", "representative")
    assert say(service, place, "decline").status_code == 422
    assert say(service, place, "decline", note="Not in this form <x>.").status_code == 302
    page = html(service.get(place))
    assert "Failed" in page
    assert "/propose" in page


def test_what_was_proposed_is_taken_back_by_its_own_side_alone(house: House, browser_of: Browser) -> None:
    del house
    place = f"{opened(browser_of)}/points/self_censoring"
    service = browser_of("telegram", "representative")
    answer = say(service, place, "withdraw")
    assert (answer.status_code, complaints(answer)) == (403, [])
    assert say(browser_of("kominfo", "officer"), place, "withdraw").status_code == 302
    assert "Withdrawn" in html(service.get(place))


def test_a_seat_that_may_not_sign_is_offered_nothing_to_sign(house: House, browser_of: Browser) -> None:
    del house
    place = f"{opened(browser_of)}/points/terms"
    reviewer = browser_of("telegram", "reviewer")
    page = html(reviewer.get(place))
    assert f"{place}/agree" not in page
    assert "somebody else of your party signs" in page
    assert say(reviewer, place, "agree").status_code == 403


def test_with_the_last_signature_it_is_in_force_and_on_paper_in_both_languages(
    house: House, browser_of: Browser
) -> None:
    del house
    place = settled(browser_of)
    ministry = browser_of("kominfo", "approver")
    assert "Fulfilled" in html(ministry.get(place)) or "there" in html(ministry.get(place))
    paper = html(ministry.get(f"{place}/sheet"))
    assert "Berlaku sejak".lower() in paper.lower()
    assert "in force from" in paper
    assert "Draft" not in paper
    assert "Ditandatangani untuk" in paper
    assert "Signed for" in paper
    first = html(ministry.get(f"{place}/sheet?version=1"))
    assert "article-terms" in first
    assert "article-representative" not in first
    assert ministry.get(f"{place}/sheet?version=99").status_code == 404


def test_before_it_is_signed_the_paper_is_a_draft(house: House, browser_of: Browser) -> None:
    del house
    paper = html(browser_of("telegram", "reviewer").get(f"{opened(browser_of)}/sheet"))
    assert "Draft: nothing of it binds anybody" in paper
    assert "Rancangan: tidak ada yang mengikat" in paper


def test_a_notice_leads_to_the_version_under_which_it_came(house: House, browser_of: Browser) -> None:
    before = house.submit(key="before").subject
    place = settled(browser_of)
    after = house.submit(key="after").subject
    browser = browser_of("telegram", "reviewer")
    assert "of the agreement that was in force" not in html(browser.get(f"/desk/notices/{before}"))
    assert f"{place}/sheet?version=7" in read(browser.get(f"/desk/notices/{after}")).links


def test_evidence_is_shown_by_the_owner_and_confirmed_by_the_other_side(house: House, browser_of: Browser) -> None:
    del house
    place = f"{settled(browser_of)}/points/representative"
    service, ministry = browser_of("telegram", "representative"), browser_of("kominfo", "approver")
    digest = "ab" * 32
    shown = service.post(
        f"{place}/evidence", {"key": KEY, "note": "The letter <b>.", "digests": f"{digest} letter.pdf"}
    )
    assert shown.status_code == 302
    assert ministry.post(f"{place}/evidence", {"key": KEY, "note": "Seen.", "confirms": "yes"}).status_code == 302
    page = html(ministry.get(place))
    assert [word for word in ("The letter &lt;b&gt;.", digest, "letter.pdf", "Confirmed by") if word not in page] == []


def test_a_newer_version_is_proposed_while_the_older_one_stands(house: House, browser_of: Browser) -> None:
    del house
    place = settled(browser_of)
    ministry = browser_of("kominfo", "approver")
    say(ministry, f"{place}/points/representative", "propose", **terms())
    page = html(ministry.get(place))
    assert "Version 1 stays in force until this one is signed and begins." in page
    assert "What proposal 1 changes" in page


def test_it_ends_with_a_reason(house: House, browser_of: Browser) -> None:
    del house
    place = settled(browser_of)
    service = browser_of("telegram", "representative")
    refused = service.post(f"{place}/end", {"key": KEY, "note": ""})
    assert (refused.status_code, complaints(refused)) == (422, [])
    assert service.post(f"{place}/end", {"key": KEY, "note": "It is over."}).status_code == 302
    page = html(service.get(place))
    assert '<span class="state ended">' in page
    assert "/end" not in page


def test_a_receipt_of_every_step_can_be_kept(house: House, browser_of: Browser) -> None:
    del house
    place = settled(browser_of)
    browser = browser_of("telegram", "representative")
    links = [one for one in read(browser.get(f"{place}/points/terms")).links if "/receipts/" in one]
    custody = [one for one in links if "?" not in one]
    assert custody
    assert sorted(links) == sorted([*custody, *(f"{one}?grade=inclusion" for one in custody)])
    assert all("mufakat/custody/v1" in html(browser.get(link)) for link in custody)
    assert browser.get(f"{place}/receipts/evt_{'0' * 26}").status_code == 404


@pytest.mark.parametrize("address", ["agree", "counter", "decline", "withdraw", "propose", "evidence"])
def test_to_open_the_address_of_a_deed_changes_nothing(house: House, browser_of: Browser, address: str) -> None:
    place = f"{opened(browser_of)}/points/representative"
    browser = browser_of("telegram", "representative")
    door.commit(lambda _: None)  # After the sign-in, whose loan is counted a moment late.
    before = house.writer.commits
    answer = browser.get(f"{place}/{address}")
    assert (answer.status_code, answer.headers["Location"], house.writer.commits) == (302, place, before)


def test_the_front_page_and_the_list_show_how_every_agreement_stands(house: House, browser_of: Browser) -> None:
    del house
    visitor = Client()
    assert "There is none yet." in html(visitor.get("/agreements/"))
    opened(browser_of)
    for address in ("/", "/agreements/"):
        page = html(visitor.get(address, headers={"accept-language": "id"}))
        assert "Prosedur bersama" in page
        assert "0 dari 7 selesai" in page
    assert "0 in force, 1 in talks, 0 ended." in html(visitor.get("/"))
    assert "mengikat" not in html(visitor.get("/agreements/", headers={"accept-language": "id"}))


def test_what_is_proposed_is_not_shown_to_everybody(house: House, browser_of: Browser) -> None:
    del house
    opened(browser_of)
    assert "signed receipt" not in html(Client().get("/agreements/"))


def test_more_talk_costs_no_more_queries(house: House, browser_of: Browser) -> None:
    del house
    place = opened(browser_of)
    service, ministry = browser_of("telegram", "representative"), browser_of("kominfo", "approver")
    addresses = ("/desk/agreements/", place, f"{place}/points/representative", f"{place}/sheet", "/agreements/")
    few = {address: queries_of(service, address) for address in addresses}
    for turn in range(2, 8):
        browser = service if turn % 2 == 0 else ministry
        fields = terms(proposal=str(turn - 1), key=other_key(turn), text_en=f"Two people, turn {turn}.")
        assert say(browser, f"{place}/points/representative", "counter", **fields).status_code == 302
    opened(browser_of, key=other_key(99), title_id="Yang kedua")
    assert {address: queries_of(service, address) for address in addresses} == few
