"""The pages of the register: what everybody reads, that it says why something is not shown, and that it is inert."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.houses import body
from tests.server.decisions.deciding import REFUSING, decide, taken
from tests.server.web.register_checks import filled, follow
from tests.server.web.web_checks import complaints, html, read

from mufakat.rules import notice_entries, party_entries
from mufakat.rules.entries import PROJECTIONS
from mufakat.rules.publicity import ENTRIES, Because
from mufakat.server.journal.answers import Key
from mufakat.server.register import queries
from mufakat.server.register.queries import Filters
from mufakat.server.runtime import door_environment
from mufakat.server.web import register_faces, register_values, register_words, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    Browser = Callable[[str, str], Client]

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ settings.SECRET_KEY }} {% debug %}",
    "\u202etxt.exe\u202c and \u2066more",
    "=HYPERLINK(1)",
]


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_page_of_the_register_is_sound(house: House, language: str) -> None:
    filled(house)
    visitor = Client(headers={"accept-language": language})
    entries = [f"/register/{register_faces.path_of(one.kind)}/{one.id}" for one in queries.search().items]
    kinds = {address.split("/")[2] for address in entries}
    assert {"notices", "decisions", "statements", "mandates", "parties", "representatives"} <= kinds
    for address in ("/register/", "/register/exports/", "/verify", *entries):
        response = visitor.get(address)
        assert (response.status_code, complaints(response)) == (200, [])


def test_an_empty_register_says_so(house: House) -> None:
    assert "The register is empty" in html(Client().get("/register/"))


def test_a_decision_shows_codes_beside_their_words(house: House) -> None:
    _, decision = filled(house)
    page = html(Client().get(f"/register/decisions/{decision}"))
    for code in ("act_full", "terrorism", "remove", "standing", "ordered", "decision.made"):
        assert f"<code>{code}</code>" in page
    assert "A made-up placeholder of reasons." in page


def test_a_refusal_is_shown_as_an_act_is(house: House) -> None:
    decision = decide(house, taken(house), REFUSING)["id"]
    follow()
    page = html(Client().get(f"/register/decisions/{decision}"))
    assert "<code>refuse</code>" in page
    assert "<code>not_illegal</code>" in page


def test_a_reversed_decision_stays_shown_and_says_so(house: House) -> None:
    from mufakat.server.appeals import operations

    decision = decide(house, taken(house), REFUSING)["id"]
    said = json.dumps({"reasons": "It is illegal all the same."}).encode()
    by = house.caller("kominfo", "officer")
    key = Key.of(by.party_id, "POST /test", "k", said)
    appeal = json.loads(operations.lodge(decision, said, by=by, at=datetime.now(UTC), key=key).body)["id"]
    answered = json.dumps({"outcome": "reversed", "reasons": "The first decision overlooked it."}).encode()
    operations.resolve(appeal, answered, by=house.caller("telegram", "reviewer-2"))
    follow()
    pages = [
        html(Client().get(address)) for address in (f"/register/decisions/{decision}", f"/register/appeals/{appeal}")
    ]
    assert ["This decision did not stand" in page for page in pages] == [True, False]
    assert "<code>refuse</code>" in pages[0]
    assert "A made-up placeholder of reasons." in pages[0]
    assert "The first decision overlooked it." in pages[1]
    assert "It is illegal all the same." not in "".join(pages)


def test_what_is_not_shown_says_why(house: House) -> None:
    _, decision = filled(house)
    page = html(Client().get(f"/register/decisions/{decision}"))
    assert "A made-up placeholder of facts." not in page
    assert f"Not shown: {register_words.BECAUSE[Because.PERSONAL]}" in page


@pytest.mark.invariant("I-15")
@pytest.mark.invariant("I-16")
def test_no_path_of_a_page_and_no_place_of_abuse_is_shown(house: House) -> None:
    links = ["https://situs-contoh.example/jalan/rahasia"]
    shown = house.submit(body(locators=links), key="a").subject
    abuse = house.submit(body(locators=links, category="child_sexual_abuse", evidence=[]), key="b").subject
    follow()
    pages = [html(Client().get(f"/register/notices/{one}")) for one in (shown, abuse)]
    assert ["situs-contoh[.]example" in page for page in pages] == [True, False]
    assert not any("rahasia" in page or "made-up placeholder" in page for page in pages)


def test_every_step_has_its_leaf_hash_and_a_receipt_that_is_good(house: House) -> None:
    notice, decision = filled(house)
    entry = queries.get(decision)
    visitor = Client()
    page = visitor.get(f"/register/decisions/{decision}")
    links = {link for link in read(page).links if "/receipts/" in link}
    receipts = [link for link in links if "?" not in link]
    assert links == {*receipts, *(f"{link}?grade=inclusion" for link in receipts)}
    assert all(step.leaf.replace("+", "+") in html(page).replace("&#x2B;", "+") for step in entry.steps)
    assert len(set(receipts)) == len(entry.steps)
    for link in receipts:
        receipt = visitor.get(link)
        assert receipt.headers["Content-Disposition"].startswith("attachment")
        assert notice in html(receipt)
        good = visitor.post("/verify", {"receipt": html(receipt).replace("\n", "\r\n")})
        assert (good.status_code, "The receipt is good." in html(good)) == (200, True)


def test_no_receipt_is_given_of_a_step_that_is_not_public(house: House) -> None:
    from mufakat.server.journal import queries as journal
    from mufakat.server.notices import talk

    notice, decision = filled(house)
    talk.send(notice, by=house.caller("kominfo", "officer"), text="between us")
    follow()
    secret = next(one for one in journal.events_of(notice) if one.type == "message.sent")
    for address in (f"notices/{notice}", f"decisions/{decision}", "notices/ntc_x"):
        assert Client().get(f"/register/{address}/receipts/{secret.id}").status_code == 404


def test_an_entry_is_found_under_its_own_kind_alone(house: House) -> None:
    notice, decision = filled(house)
    for address in (f"decisions/{notice}", f"notices/{decision}", "notices/nothing", "nowhere/x", f"notice/{notice}"):
        response = Client().get(f"/register/{address}")
        assert (response.status_code, complaints(response)) == (404, [])


def test_entries_lead_to_each_other(house: House) -> None:
    notice, decision = filled(house)
    assert f"/register/decisions/{decision}" in read(Client().get(f"/register/notices/{notice}")).links
    assert f"/register/notices/{notice}" in read(Client().get(f"/register/decisions/{decision}")).links


def test_everybody_reads_the_same(house: House, browser_of: Browser) -> None:
    notice, decision = filled(house)

    def main(client: Client, address: str) -> str:
        page = html(client.get(address))
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page[page.index("<main") :])

    readers = [
        Client(),
        browser_of("telegram", "reviewer"),
        browser_of("bnpt", "officer"),
        browser_of("mufakat", "admin"),
    ]
    for address in ("/register/", f"/register/notices/{notice}", f"/register/decisions/{decision}"):
        assert len({main(reader, address) for reader in readers}) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=decision", 1),
        ("kind=decision&outcome=act_full", 1),
        ("kind=decision&outcome=refuse", 0),
        ("kind=notice&party=kominfo", 1),
        ("kind=notice&party=bnpt", 0),
        ("kind=notice&category=terrorism", 1),
        ("kind=notice&category=fraud", 0),
        ("kind=notice&q=TERRORISM", 1),
        ("kind=notice&q=nothingofthekind", 0),
        ("kind=notice&from=2017-01-01", 1),
        ("kind=notice&to=2017-01-01", 0),
        ("q=placeholder+reasons&kind=decision", 1),
    ],
)
def test_the_search_narrows(house: House, query: str, found: int) -> None:
    filled(house)
    links = read(Client().get(f"/register/?{query}")).links
    assert len([link for link in links if re.fullmatch(r"/register/[a-z]+/[a-z]{3}_.*", link)]) == found


@pytest.mark.parametrize(
    "query",
    ["kind=bad", "category=bad", "outcome=bad", "from=soon", "to=2017-02-30", "party=%3Cb%3E", "q=" + "x" * 201],
)
def test_a_search_that_cannot_be_read_comes_back_with_its_faults(house: House, query: str) -> None:
    filled(house)
    response = Client().get(f"/register/?{query}")
    assert (response.status_code, complaints(response)) == (422, [])
    assert "errorlist" in html(response)
    assert Client().get(f"/register/feed.atom?{query}").status_code == 422


@pytest.mark.parametrize(("query", "found"), [("from=0001-01-01", 1), ("to=9999-12-31", 1), ("from=9999-12-31", 0)])
def test_the_first_and_the_last_day_there_is_can_be_asked_for(house: House, query: str, found: int) -> None:
    house.submit()
    follow()
    for address in ("/register/", "/register/feed.atom"):
        response = Client().get(f"{address}?kind=notice&{query}")
        assert (response.status_code, "/register/notices/ntc_" in html(response)) == (200, bool(found))


@pytest.mark.parametrize("after", ["x", "-1", "ntc_' or 1=1", "%00", "f" * 40])
def test_a_place_that_is_none_is_not_found(house: House, after: str) -> None:
    for address in ("/register/", "/register/feed.atom"):
        assert Client().get(address, {"after": after}).status_code == 404


def test_the_list_goes_on_where_the_page_before_ended(house: House) -> None:
    made = [house.submit(key=f"k{number}").subject for number in range(queries.PAGE + 3)]
    follow()
    first = read(Client().get("/register/?kind=notice")).links
    more = next(link for link in first if "after=" in link)
    second = read(Client().get(more)).links
    shown = [link.rsplit("/", 1)[1] for link in first + second if "/notices/ntc_" in link]
    assert shown == made[::-1]


def test_a_page_asks_the_database_no_more_for_more_entries(house: House) -> None:
    from django.db import connection

    def queries_of(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            Client().get(address)
        return len(asked)

    filled(house)
    few = queries_of("/register/")
    for number in range(30):
        house.submit(key=f"many{number}")
    follow()
    assert queries_of("/register/") == few <= 3


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_typed_is_inert_in_the_register(house: House, text: str) -> None:
    ground = {"system": "id", "instrument": text, "provision": text}
    notice = taken(house, legal_ground=ground, terms_ground={"document": text, "clause": text, "url": None})
    decision = decide(house, notice, reasons=f"{text} because of this text")["id"]
    follow()
    for address in ("/register/", f"/register/notices/{notice}", f"/register/decisions/{decision}"):
        response = Client().get(address)
        assert complaints(response) == []
        assert "\u202e" not in html(response)
        assert "<script>alert" not in html(response)
    feed = Client().get("/register/feed.atom")
    assert b"<script>alert" not in feed.content
    assert "\u202e" not in feed.content.decode()
    for query in (text, text * 3):
        assert complaints(Client().get("/register/", {"q": query, "party": query, "after": query})) == []


def test_an_address_that_asks_too_often_reads_when_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MUFAKAT_DOORS", door_environment.read({"MUFAKAT_PUBLIC_PACE": "2"}))
    answers = [Client().get("/register/") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert (answers[2].headers["Retry-After"], complaints(answers[2])) == ("30", [])
    other = Client().get("/register/", REMOTE_ADDR="192.0.2.7")
    assert other.status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/register/", "/register/exports/", "/register/feed.atom", "/verify", "/register/exports/2017-07-14.csv"],
)
def test_every_public_door_counts(house: House, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(settings, "MUFAKAT_DOORS", door_environment.read({"MUFAKAT_PUBLIC_PACE": "1"}))
    answers = [Client().get(address) for _ in range(2)]
    for answer in answers:
        answer.close()
    assert [answer.status_code for answer in answers] == [200, 429]


def test_no_address_of_the_register_takes_a_post(house: House) -> None:
    notice, _ = filled(house)
    for address in ("/register/", f"/register/notices/{notice}", "/register/exports/", "/register/feed.atom"):
        assert Client().post(address).status_code == 405


def test_every_field_and_kind_has_its_words_and_its_place() -> None:
    names = {name for fields in ENTRIES.values() for name in fields}
    assert names == set(register_words.FIELDS)
    assert set(ENTRIES) == set(register_words.KINDS) == set(register_words.PATHS) == set(register_words.STATES)
    assert {kind: set(order) for kind, order in register_words.ORDER.items()} == {
        kind: set(fields) for kind, fields in ENTRIES.items()
    }
    assert set(Because) == set(register_words.BECAUSE)
    assert set(PROJECTIONS) <= set(register_faces._PREFIXES)


def test_every_public_step_has_its_word() -> None:
    """Whatever begins or ends an entry is said in words, not by its code alone."""
    shown = {*notice_entries.PUBLIC, *party_entries.PUBLIC}
    assert shown <= set(words.EVENTS)


def test_a_value_of_another_shape_is_shown_as_text() -> None:
    for name in register_words.FIELDS:
        for value in ("text", 7, ["a"], [{"a": 1}], {"x": "<b>"}, None, [None], [["x"]]):
            for line in register_values.lines_of(name, value, "notice"):
                assert isinstance(line, tuple)


def test_the_front_page_counts_every_notice_once(house: House) -> None:
    from mufakat.server.register import counts

    filled(house)
    house.submit(key="second")
    follow()
    counts.remembered.forget()
    found = counts.remembered.get()
    assert (found.notices, found.waiting, found.decided, found.withdrawn, found.decisions) == (2, 1, 1, 0, 1)
    assert found.notices == found.waiting + found.decided + found.withdrawn
    assert len(queries.search("", Filters(kind="notice")).items) == found.notices
    assert complaints(Client().get("/")) == []
