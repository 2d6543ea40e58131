"""The decision on the page of its notice: erased, hostile, repeated; and at what cost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.server.decisions.deciding import ASKING, OFFICER, REFUSING, REVIEWER, REVIEWER_2, decide, taken
from tests.server.web.web_checks import complaints, html

from mufakat.server.appeals import lodging, resolving
from mufakat.server.appeals.models import Appeal
from mufakat.server.decisions import operations
from mufakat.server.decisions.models import Decision
from mufakat.server.journal import door, openings
from mufakat.server.notices import talk
from mufakat.server.notices.models import Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browser = Callable[[str, str], Client]

HOSTILE = "<script>document.title='gone'</script> \u202egnorw {{ 7|add:7 }} =1+1"


@pytest.mark.invariant("I-09")
def test_what_was_erased_is_said_to_be_and_the_outcome_stays(house: House, browser_of: Browser) -> None:
    notice = decide(house, taken(house))["notice"]
    event = Decision.objects.get().event
    fields = ("ground", "facts", "reasons", "items")
    door.commit(lambda moment: openings.erase_of(moment, [event], fields=fields))
    door.commit(lambda moment: Pointer.objects.update(canonical=None, input=None, digest=None, erased_at=moment.at))
    for seat in (REVIEWER, OFFICER):
        page = browser_of(*seat).get(f"/desk/notices/{notice}")
        text = html(page)
        assert complaints(page) == []
        assert "placeholder of reasons" not in text.split('id="timeline"')[0]
        assert "Link 1 (erased from the record): removed (remove)" in text
        assert text.split('class="statement"')[1].split("How the measures stand")[0].count("<em>Erased.</em>") == 3


def test_hostile_words_are_shown_and_never_live(house: House, browser_of: Browser) -> None:
    ground = {"terms_ground": {"document": HOSTILE[:200], "clause": HOSTILE[:200], "url": None}}
    notice = decide(house, taken(house), facts=HOSTILE, reasons=HOSTILE, ground=ground)["notice"]
    for seat in (REVIEWER, OFFICER):
        page = browser_of(*seat).get(f"/desk/notices/{notice}")
        statement = html(page).split('class="statement"')[1].split("How the measures stand")[0]
        assert complaints(page) == []
        assert statement.count("&lt;script&gt;") == 4
        assert statement.count("[U+202E]") == 4
        assert "{{ 7|add:7 }}" in statement


def test_what_was_asked_before_stays_beneath_the_decision(house: House, browser_of: Browser) -> None:
    notice = taken(house)
    decide(house, notice, ASKING)
    talk.send(notice, by=house.caller(*OFFICER), text="The first of them.")
    decide(house, notice, REFUSING)
    page = html(browser_of(*OFFICER).get(f"/desk/notices/{notice}"))
    latest, former = page.split("What was decided or asked before")
    assert "<code>refuse</code>" in latest
    assert ASKING["reasons"] in former
    assert "The information came" in former


def test_the_timeline_says_which_measure_moved(house: House, browser_of: Browser) -> None:
    made = decide(house, taken(house))
    operations.confirm_measure(made["measures"][0]["id"], by=house.caller(*REVIEWER), note="Done.")
    timeline = html(browser_of(*OFFICER).get(f"/desk/notices/{made['notice']}")).split('id="timeline"')[1]
    carried_out = timeline.split("<code>measure.confirmed</code>")[1].split("</li>")[0]
    assert "Remove it <code>remove</code>" in carried_out


def test_a_page_of_many_measures_costs_as_many_queries_as_one_of_few(house: House, browser_of: Browser) -> None:
    counts: dict[tuple[str, str], list[int]] = {REVIEWER: [], OFFICER: []}
    for count in (2, 40):
        links = [f"https://t.me/s/examplechannel/{100 * count + place}" for place in range(count)]
        notice = taken(house, key=f"k{count}", locators=links)
        decide(house, notice, items=[{"locator": place, "measure": "disable"} for place in range(count)])
        for seat, found in counts.items():
            with CaptureQueriesContext(connection) as caught:
                browser_of(*seat).get(f"/desk/notices/{notice}")
            found.append(len(caught))
    assert {few == many for few, many in counts.values()} == {True}


def test_the_statement_is_taken_along_as_text_with_the_link_for_those_who_hand_it_out(
    house: House, browser_of: Browser
) -> None:
    made = decide(house, taken(house), facts=HOSTILE)
    address = f"/desk/decisions/{made['id']}/statement.txt"
    for seat, links in ((REVIEWER, 1), (OFFICER, 0)):
        answer = browser_of(*seat).get(address)
        assert answer["Content-Disposition"] == f'attachment; filename="{made["statement"]}.txt"'
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert html(answer).count("/appeal/") == links
        assert "[U+202E]" in html(answer)
    assert browser_of("bnpt", "officer").get(address).status_code == 404
    spoken = browser_of(*OFFICER).get(address, headers={"accept-language": "id"})
    assert html(spoken).startswith("PERNYATAAN ALASAN")


def test_a_question_has_no_statement_and_a_refusal_nobody_to_give_it_to(house: House, browser_of: Browser) -> None:
    asked = decide(house, taken(house), ASKING)
    assert browser_of(*REVIEWER).get(f"/desk/decisions/{asked['id']}/statement.txt").status_code == 404
    refused = decide(house, taken(house, key="k2", explanation="Another."), REFUSING)
    page = browser_of(*REVIEWER).post(f"/desk/decisions/{refused['id']}/given", {"how": "mail"}, follow=True)
    assert "there is nobody to give it to" in html(page)


@pytest.mark.invariant("I-08")
def test_whoever_was_reversed_is_offered_no_form_and_a_colleague_is(house: House, browser_of: Browser) -> None:
    made = decide(house, taken(house), REFUSING)
    words = b'{"reasons": "A made-up word of doubt.", "evidence": []}'
    lodging.lodge(made["id"], words, by=house.caller(*OFFICER), at=datetime.now(UTC))
    resolution = b'{"outcome": "reversed", "reasons": "It meets every element of it after all."}'
    resolving.resolve(Appeal.objects.get().pk, resolution, by=house.caller(*REVIEWER_2))
    address = f"/desk/notices/{made['notice']}"
    page = html(browser_of(*REVIEWER).get(address))
    assert "Decide on this notice" not in page
    assert "somebody else of your party decides anew" in page
    assert "Decide on this notice" in html(browser_of(*REVIEWER_2).get(address))
    assert "Reversed on appeal" in html(browser_of(*OFFICER).get(address))
    answer = browser_of(*REVIEWER).post(f"{address}/decision", {"decide-outcome": "refuse"})
    assert (answer.status_code, Decision.objects.count()) in {(403, 1), (422, 1)}
