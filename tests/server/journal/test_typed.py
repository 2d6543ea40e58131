"""No string that somebody typed reaches a leaf, by whatever door it comes (I-09); and what is erased is said to be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.houses import NOTICE, body
from tests.server.api.doors import NOTICES, put, view

from mufakat.proof import leaf
from mufakat.rules.errors import RefusedError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.api.components import examples
from mufakat.server.journal.models import Event
from mufakat.server.notices import erasure
from mufakat.server.parties import keys, operations, queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

pytestmark = pytest.mark.invariant("I-09")

# No such word is made by chance: an id, a digest or a handle that holds it would have to be drawn for it.
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=30).map(lambda text: f"Zq{text}qZ")


FACTS = "A made-up placeholder: the post calls for violence on a named day. "


class Doors:
    """A house, and everything that one of its people can type in a word."""

    def __init__(self, house: House) -> None:
        self.number = 0
        self.officer = house.token("kominfo", "officer")
        self.reviewer = house.token("telegram", "reviewer")
        self.representative = house.token("telegram", "representative")

    def type(self, word: str) -> None:
        """Type it everywhere; what refuses it refuses it."""
        self.number += 1
        for raw in (self.notice(word), self.bare(word), self.of_terms(word)):
            answer = view(raw, token=self.officer, key=self.key(word))
            assert answer.status in {201, 400, 422}, answer.body
        for door in (self.talk, self.decide, self.withdraw, self.parties, self.batch):
            door(word)

    def key(self, word: str) -> str:
        self.number += 1
        found = f"{word}{self.number}"
        return found if found.isascii() and found.isprintable() and " " not in found else f"k{self.number}"

    def notice(self, word: str) -> bytes:
        ground = {"system": "id", "instrument": word, "provision": word}
        told: dict[str, Any] = {
            "explanation": word,
            "legal_ground": ground,
            "external": {word: word},
            "external_refs": [{"scheme": "kominfo", "id": word}],
            "locators": [f"https://example.com/{word}", "https://t.me/s/examplechannel/12"],
        }
        return body(**told)

    def bare(self, word: str) -> bytes:
        return json.dumps({**NOTICE, "explanation": word}, ensure_ascii=False).encode("utf-8", "surrogatepass")

    def of_terms(self, word: str) -> bytes:
        return body(legal_ground=None, terms_ground={"document": word, "clause": word, "url": None}, kind="user_report")

    def sent(self) -> str:
        self.number += 1
        answer = view(body(explanation=f"Words {self.number}."), token=self.officer, key=f"sent-{self.number}")
        return str(answer.json()["id"])

    def deed(self, path: str, told: dict[str, Any], token: str) -> None:
        self.number += 1
        answer = put(path, told, token, f"deed-{self.number}")
        assert answer.status < 500, answer.body

    def talk(self, word: str) -> None:
        notice = f"{NOTICES}/{self.sent()}"
        self.deed(f"{notice}/acknowledgement", {"note": word}, self.reviewer)
        self.deed(f"{notice}/handover", {"to": "reviewer-2", "note": word}, self.reviewer)
        self.deed(f"{notice}/messages", {"text": word}, self.officer)
        self.deed(f"{notice}/messages", {"text": word}, self.representative)
        self.deed(f"{notice}/clocks/{word}/pause", {"reason": word}, self.officer)

    def decide(self, word: str) -> None:
        notice, asked_about = (f"{NOTICES}/{self.sent()}" for _ in range(2))
        for one in (notice, asked_about):
            self.deed(f"{one}/acknowledgement", {}, self.reviewer)
        ground = {"legal_ground": {"system": "id", "instrument": word, "provision": word}, "terms_ground": None}
        told = {**examples()["DecisionIn"], "ground": ground, "facts": FACTS + word, "reasons": FACTS + word}
        self.deed(f"{notice}/decision", told, self.reviewer)
        asked = {**told, "outcome": "needs_information", "items": []}
        self.deed(f"{asked_about}/decision", asked, self.reviewer)

    def withdraw(self, word: str) -> None:
        self.deed(f"{NOTICES}/{self.sent()}/withdrawal", {"reason": word}, self.officer)

    def batch(self, word: str) -> None:
        raw = b'{"notices":[' + self.notice(word) + b"," + self.bare(word) + b"]}"
        self.deed(f"{NOTICES}/batch", json.loads(raw), self.officer)

    def parties(self, word: str) -> None:
        self.number += 1
        for deed in (
            lambda: operations.register_party(f"p{self.number}", kind=PartyKind.MEMBER, name=word, country="ID"),
            lambda: keys.retire(*enrolled(self.number), reason=word),
            lambda: operations.enrol_person(
                queries.party_by_handle("bnpt"),
                role=Role.ADMIN,
                ordinal=self.number % 90 + 2,
                email=f"p{self.number}@example.com",
                name=word,
            ),
        ):
            attempt(deed)
        card = {"name": word, "organisation": word, "email": "a@example.com", "role": "representative"}
        self.deed("/api/v1/contacts", card, self.representative)
        notice = self.sent()
        attempt(lambda: erasure.erase(notice, reason=word))


def attempt(deed: Callable[[], object]) -> None:
    try:
        deed()
    except (RefusedError, ValueError):
        return


def enrolled(number: int) -> tuple[queries.Party, str]:
    from mufakat.proof.key import SigningKey

    party = queries.party_by_handle("bnpt")
    return party, keys.enrol(party, SigningKey("bnpt", number.to_bytes(32)).vkey).id


def escaped(word: str) -> list[str]:
    """As it is, and as JSON writes it."""
    return [word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]]


def test_no_word_that_is_typed_anywhere_reaches_a_leaf(house: House) -> None:
    doors = Doors(house)
    types: set[str] = set()

    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(words)
    def typed(word: str) -> None:
        before = Event.objects.count()
        doors.type(word)
        rows = list(Event.objects.order_by("position")[before:].values_list("type", "leaf"))
        types.update(type_ for type_, _ in rows)
        found = [text for _, raw in rows if (text := bytes(raw).decode()) for one in escaped(word) if one in text]
        assert found == []
        for _, raw in rows:
            leaf.decode(bytes(raw))  # By the schema, which knows no text.

    typed()
    # The doors are open: this is no test of refusals.
    expected = {"notice.received", "notice.acknowledged", "message.sent", "decision.made", "notice.withdrawn"}
    assert expected <= types


def test_every_opening_that_is_erased_has_an_event_that_says_so(house: House) -> None:
    from datetime import UTC, datetime, timedelta

    from mufakat.rules.events import ERASING
    from mufakat.server.journal.models import Opening
    from mufakat.server.runtime import housekeeping

    doors = Doors(house)
    doors.type("Zqwords that go awayqZ")
    for notice in [doors.sent() for _ in range(2)]:
        put(f"{NOTICES}/{notice}/withdrawal", {"reason": "Moot."}, doors.officer)
    housekeeping.run_all(at=datetime.now(UTC) + timedelta(days=1_000))
    said: dict[str, set[str]] = {}
    for event in Event.objects.filter(type__in=[one.value for one in ERASING]):
        made = leaf.decode(bytes(event.leaf))
        for about in (event.case, *made.ref):
            said.setdefault(about, set()).add(event.at.isoformat())
    erased = Opening.objects.filter(erased_at__isnull=False).select_related("event")
    silent = [
        (one.event.type, one.field)
        for one in erased
        if one.erased_at is not None
        and one.erased_at.isoformat() not in said.get(one.event.case, set()) | said.get(one.event_id, set())
    ]
    assert (silent, erased.count() > 10) == ([], True)
