"""The register follows the journal, and is the same rows when it is made anew."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.decisions.deciding import decide, taken
from tests.server.notices import erasing

from mufakat.rules.errors import NotFoundError
from mufakat.server.journal import followers
from mufakat.server.notices import erasure, operations as notices, talk
from mufakat.server.register import following, merging, queries
from mufakat.server.register.models import Entry, Words
from mufakat.server.register.queries import Filters

if TYPE_CHECKING:
    from tests.houses import House


def follow() -> None:
    while following.sweep(at=datetime.now(UTC)).more:
        pass


def sent(house: House, *, key: str = "k1", by: tuple[str, str] = ("kominfo", "officer"), **changes: Any) -> str:
    return str(json.loads(house.submit(body(**changes), key=key, by=by).body)["id"])


def rows() -> list[tuple[Any, ...]]:
    words = dict(Words.objects.values_list("place", "words"))
    found = Entry.objects.order_by("place").values_list("place", "id", "case", "kind", "state", "body", "changes_at")
    return [(*row[:5], bytes(row[5]), row[6], words[row[0]]) for row in found]


@pytest.mark.invariant("I-12")
def test_a_notice_has_its_entry_with_event_and_leaf(house: House) -> None:
    answer = json.loads(house.submit().body)
    follow()
    entry = queries.get(answer["id"])
    assert (entry.kind, entry.state, entry.leaf) == ("notice", "received", answer["leaf"])
    assert entry.fields["locators"] == [{"kind": "channel", "host": "t.me"}] or entry.fields["locators"]
    assert entry.fields["sender"] == "kominfo"
    assert base64.b64decode(entry.leaf)


def test_nothing_is_read_twice(house: House) -> None:
    sent(house)
    follow()
    assert not followers.is_behind(following.NAME)
    assert following.sweep(at=datetime.now(UTC)).done == 0


def test_an_entry_follows_its_case(house: House) -> None:
    notice = sent(house)
    follow()
    notices.acknowledge(notice, by=house.caller("telegram", "reviewer"))
    follow()
    entry = queries.get(notice)
    assert entry.state == "acknowledged"
    assert "acknowledged_at" in entry.fields


def test_what_is_no_entry_is_not_found(house: House) -> None:
    follow()
    with pytest.raises(NotFoundError):
        queries.get("ntc_00000000000000000000000000")


@pytest.mark.invariant("I-12")
def test_followed_and_made_anew_are_the_same_rows(house: House) -> None:
    notice = sent(house)
    follow()
    notices.acknowledge(notice, by=house.caller("telegram", "reviewer"))
    sent(house, key="k2", category="narcotics")
    follow()
    talk.send(notice, by=house.caller("kominfo", "officer"), text="a message")
    erasure.erase(notice, reason="An order.")
    follow()
    kept = rows()
    following.rebuild()
    assert rows() == []
    follow()
    assert rows() == kept


def test_words_and_filters_find_newest_first(house: House) -> None:
    first = sent(house)
    second = sent(house, key="k2", category="narcotics")
    follow()
    assert [one.id for one in queries.search("", Filters(kind="notice")).items] == [second, first]
    assert [one.id for one in queries.search("NARCOTICS telegram").items] == [second]
    assert [one.id for one in queries.search("", Filters(category="terrorism", party="kominfo")).items] == [first]
    assert not queries.search("narcotics", Filters(category="terrorism")).items
    assert not queries.search("!?").items


def test_pages_go_on_where_the_last_ended(house: House) -> None:
    made = [sent(house, key=f"k{number}") for number in range(5)]
    follow()
    found: list[str] = []
    after = None
    for _ in range(5):
        page = queries.search("", Filters(kind="notice"), after=after, limit=2)
        found += [one.id for one in page.items]
        after = page.next
        if after is None:
            break
    assert found == made[::-1]


@pytest.mark.parametrize("after", ["x", "-1", "1" * 17, "0x1", "ffffffffffffffff", "1_0"])
def test_a_place_that_is_none_is_refused(house: House, after: str) -> None:
    with pytest.raises(queries.BadAfterError):
        queries.search("", after=after)


@pytest.mark.embedded
@pytest.mark.invariant("I-09")
def test_what_was_erased_stands_in_no_file_of_the_register(house: House) -> None:
    made: dict[str, str] = {}
    for number in range(12):  # Several of them, and read one by one: the index has many segments.
        word = f"{chr(ord('b') + number) * 3}canary"  # The index writes what begins alike once.
        made[word] = taken(house, key=f"k{number}")
        decide(house, made[word], reasons=f"A made-up placeholder of reasons, {word} among them.")
        follow()
    gone, left = list(made)[:6], list(made)[6:]
    for word in gone:
        erasure.erase(made[word], reason="An order that was made up.")
    follow()
    while merging.sweep(at=datetime.now(UTC)).more:
        pass
    assert [word for word in made if queries.search(word).items] == left
    assert erasing.found_on_disk(house.data, gone) == []
    assert erasing.found_on_disk(house.data, left) == left
