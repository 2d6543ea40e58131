"""Hits at the desk: what was found and where; a reviewer lets a held item go, or blocks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.server.filters.screened import HOLD, item, screen
from tests.server.filters.seeding import seed
from tests.server.web.screening_pages import DESK, FIRST, REPRESENTATIVE, post
from tests.server.web.web_checks import complaints, html

from mufakat.server.filters.models import Entry, Hit
from mufakat.server.journal import door
from mufakat.server.web.screening_hit_faces import Piece, pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Sign = Callable[..., Client]


@pytest.fixture(autouse=True)
def seeded(house: House) -> None:
    del house
    seed()


def held(text: str = HOLD, **more: Any) -> str:
    """An item that is held; its hit."""
    screen(item(text, **more))
    return Hit.objects.order_by("-pk")[0].pk


def act(client: Client, hit: str, deed: str, **told: Any) -> Any:
    return post(client, f"hits/{hit}", f"hits/{hit}/{deed}", **told)


def test_a_hit_shows_what_was_said_with_the_place_marked_and_by_what(browser_of: Sign) -> None:
    hit = held()
    response = browser_of(*FIRST).get(f"{DESK}hits/{hit}")
    page = html(response)
    assert "<mark>" in page
    for said in ("host-hold", "orchard/1", "terms 4.2", "hosts", "A reviewer looks at it first.", "left"):
        assert said in page
    assert complaints(response) == []


def test_a_reviewer_lets_it_go(browser_of: Sign) -> None:
    hit = held()
    client = browser_of(*FIRST)
    assert act(client, hit, "release", words="A recipe.").status_code == 302
    assert Hit.objects.get(pk=hit).state == "released"
    page = client.get(f"{DESK}hits/{hit}")
    assert "A recipe." in html(page)
    assert "Your turn" not in html(page)
    again = client.post(f"{DESK}hits/{hit}/release", {})
    assert again.status_code == 409
    assert complaints(again) == []


def test_a_reviewer_blocks_it_and_the_page_leads_to_notice_and_decision(browser_of: Sign) -> None:
    hit = held()
    client = browser_of(*FIRST)
    told = {"measure": "disable", "document": "Terms of service", "clause": "4.2", "reasons": "A made-up reason."}
    response = act(client, hit, "block", system="id", **told)
    assert response.status_code == 302, html(response)
    row = Hit.objects.get(pk=hit)
    assert row.state == "blocked"
    assert f"/desk/notices/{row.notice}" in html(client.get(f"{DESK}hits/{hit}"))
    assert client.get(f"/desk/notices/{row.notice}").status_code == 200


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"measure": "terminate_account"}, "block-measure"),
        ({"instrument": "UU 11/2008"}, "block-provision"),
        ({"document": "Terms"}, "block-"),
        ({"reasons": "a\u0007b"}, "block-reasons"),
        ({"words": "a\u0007b"}, "block-words"),
    ],
)
def test_a_block_that_cannot_be_made_says_why_and_nothing_typed_is_lost(
    browser_of: Sign, told: dict[str, str], says: str
) -> None:
    hit = held()
    response = act(browser_of(*FIRST), hit, "block", **{"system": "id", "measure": "disable", **told})
    assert response.status_code == 422
    assert says in html(response)
    assert complaints(response) == []
    assert Hit.objects.get(pk=hit).state == "held"


def test_what_is_no_address_can_be_let_go_alone_and_the_page_says_so(browser_of: Sign) -> None:
    hit = held(name="no address at all")
    client = browser_of(*FIRST)
    page = html(client.get(f"{DESK}hits/{hit}"))
    assert "It cannot be blocked here" in page
    assert f"hits/{hit}/block" not in page
    response = client.post(f"{DESK}hits/{hit}/block", {"measure": "disable"})
    assert response.status_code == 409
    assert complaints(response) == []


@pytest.mark.invariant("I-15")
def test_of_child_sexual_abuse_nothing_that_was_said_is_shown(browser_of: Sign) -> None:
    door.commit(lambda _: Entry.objects.filter(bank__name="hosts").update(category="child_sexual_abuse"))
    hit = held("kata rahasia http://jual.example.net/promo", author="@seseorang")
    page = browser_of(*FIRST).get(f"{DESK}hits/{hit}")
    assert "Nothing of it was ever kept" in html(page)
    for said in ("kata rahasia", "seseorang", "<mark>"):
        assert said not in html(page)
    assert "kata rahasia" not in html(browser_of(*FIRST).get(f"{DESK}hits"))


def test_what_was_said_is_shown_and_never_lives(browser_of: Sign) -> None:
    hit = held("<script>x</script> \u202e jual.example.net <b>", author="<i>\u202e", channel="javascript:alert(1)")
    response = browser_of(*FIRST).get(f"{DESK}hits/{hit}")
    page = html(response)
    assert "<script>x" not in page
    assert "\u202e" not in page
    assert "[U+202E]" in page
    assert complaints(response) == []


@pytest.mark.invariant("I-10")
def test_others_find_nothing_and_who_looks_on_may_decide_nothing(browser_of: Sign) -> None:
    hit = held()
    looks = browser_of(*REPRESENTATIVE)
    assert "Your turn" not in html(looks.get(f"{DESK}hits/{hit}"))
    for deed in ("release", "block"):
        assert looks.post(f"{DESK}hits/{hit}/{deed}", {}).status_code == 403
        assert looks.get(f"{DESK}hits/{hit}/{deed}").status_code == 302
        assert browser_of("kominfo", "officer").post(f"{DESK}hits/{hit}/{deed}", {}).status_code == 403
    assert browser_of("kominfo", "officer").get(f"{DESK}hits/{hit}").status_code == 403
    assert Hit.objects.get(pk=hit).state == "held"


def test_the_list_is_narrowed_and_costs_as_many_queries_for_many_as_for_few(browser_of: Sign) -> None:
    client = browser_of(*FIRST)
    counts = []
    for number in range(3):
        held(name=f"https://t.me/examplechannel/{number + 1}")
        client.get(f"{DESK}hits")
        with CaptureQueriesContext(connection) as found:
            page = client.get(f"{DESK}hits?state=held")
        counts.append(len(found))
    assert counts[0] == counts[-1]
    assert complaints(page) == []
    assert "There are none." in html(client.get(f"{DESK}hits?state=blocked"))
    assert client.get(f"{DESK}hits?state=no").status_code == 404
    assert client.get(f"{DESK}hits?after=no").status_code == 404
    assert client.get(f"{DESK}hits/hit_01m89vygyhe4mtytf7q822wp85").status_code == 404


def spanned(*spans: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"bank": "b", "entry": str(place), "span": list(span)} for place, span in enumerate(spans)]


def test_places_that_overlap_are_marked_as_one() -> None:
    found = list(pieces("abcdefgh", spanned((1, 4), (3, 6))))
    assert found == [Piece("a"), Piece("bcdef", "b 0, b 1"), Piece("gh")]


def test_of_a_long_text_what_stands_around_the_places_is_shown() -> None:
    text = "a" * 3_000 + "FOUND" + "b" * 3_000
    found = list(pieces(text, spanned((3_000, 3_005))))
    assert found[1] == Piece("FOUND", "b 0")
    assert sum(len(one.text) for one in found) < 1_000


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_pages_of_hits_are_sound_in_both_languages(browser_of: Sign, language: str) -> None:
    hit = held()
    for path in ("hits", f"hits/{hit}"):
        response = browser_of(*FIRST).get(f"{DESK}{path}", headers={"Accept-Language": language})
        assert complaints(response) == []
