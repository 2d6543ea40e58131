"""Registering parties, enrolling people, issuing and revoking tokens: each is one event, and nothing secret is kept."""

from __future__ import annotations

import hashlib
import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.api.doors import rows

from mufakat.proof import leaf
from mufakat.rules.errors import NotFoundError, RefusedError, UnknownPartyError, UnknownSeatError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import PERMISSIONS, Deed, Reach, Role
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.parties import operations, queries
from mufakat.server.parties.models import Person, Token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House


def newest() -> Event:
    """The last event."""
    found = Event.objects.order_by("-position").first()
    assert found is not None
    return found


def deeds() -> dict[str, Callable[[], Any]]:
    """Every deed of this room, on the example."""
    kominfo = queries.party_by_handle("kominfo")
    officer = queries.person_in("kominfo", "officer")
    return {
        "party.registered": lambda: operations.register_party("mk", kind=PartyKind.COURT, name="Court"),
        "person.enrolled": lambda: operations.enrol_person(
            kominfo, role=Role.OFFICER, ordinal=2, email="second@kominfo.example", name="Second"
        ),
        "token.issued": lambda: operations.issue_token(officer),
    }


@pytest.mark.invariant("I-03")
@pytest.mark.parametrize("type_", ["party.registered", "person.enrolled", "token.issued"])
def test_every_deed_is_one_event(house: House, type_: str) -> None:
    del house
    before = Event.objects.count()
    deeds()[type_]()
    assert (Event.objects.count() - before, newest().type) == (1, type_)


@pytest.mark.invariant("I-03")
def test_ending_a_token_is_one_event_and_ending_it_again_is_none(house: House) -> None:
    del house
    token = operations.issue_token(queries.person_in("kominfo", "officer"))
    before = Event.objects.count()
    operations.revoke_token(token.id)
    operations.revoke_token(token.id)
    assert (Event.objects.count() - before, newest().type) == (1, "token.revoked")


@pytest.mark.parametrize("type_", ["party.registered", "person.enrolled", "token.issued"])
def test_the_operator_is_the_actor_and_the_party_the_case(house: House, type_: str) -> None:
    del house
    deeds()[type_]()
    made = leaf.decode(bytes(newest().leaf))
    handle = "mk" if type_ == "party.registered" else "kominfo"
    assert (made.actor, made.chan, made.case) == (
        "mufakat",
        f"mufakat>{handle}",
        queries.party_by_handle(handle).id,
    )


def test_nobody_is_sent_anything_about_people_and_keys(house: House) -> None:
    del house
    before = Outbox.objects.count()
    for deed in deeds().values():
        deed()
    assert Outbox.objects.count() == before


def test_a_leaf_holds_nothing_of_a_person_or_a_token(house: House) -> None:
    del house
    kominfo = queries.party_by_handle("kominfo")
    person = operations.enrol_person(
        kominfo, role=Role.OFFICER, ordinal=2, email="canary@kominfo.example", name="Canary", password="canary-pass"
    )
    token = operations.issue_token(person, label="canary-label", scopes=[Deed.READ]).token
    leaves = b"".join(bytes(raw) for raw in Event.objects.values_list("leaf", flat=True))
    assert not any(word in leaves.lower() for word in (b"canary", token.encode().lower()))


# -- Parties


def test_a_party_has_the_kind_name_and_country_that_were_told(house: House) -> None:
    del house
    operations.register_party("ppatk", kind=PartyKind.TRUSTED_FLAGGER, name="PPATK", country="ID")
    found = queries.party_by_handle("ppatk")
    assert (found.kind, found.name, found.country, found.id[:4]) == ("trusted_flagger", "PPATK", "ID", "pty_")


@pytest.mark.parametrize("handle", ["", "A", "a_b", "-a", "a-", "a--b", "a.b", "x" * 64, "käse", "a\n"])
def test_a_handle_that_is_none_is_refused(house: House, handle: str) -> None:
    del house
    before = rows()
    with pytest.raises(operations.BadPartyError):
        operations.register_party(handle, kind=PartyKind.COURT, name="x")
    assert rows() == before


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00", "x" * 201, "\u202eabc"])
def test_a_name_that_no_screen_shows_is_refused(house: House, name: str) -> None:
    del house
    with pytest.raises(operations.BadPartyError):
        operations.register_party("mk", kind=PartyKind.COURT, name=name)


@pytest.mark.parametrize(("handle", "kind"), [("mufakat", PartyKind.COURT), ("other", PartyKind.HOUSE)])
def test_there_is_one_house(house: House, handle: str, kind: PartyKind) -> None:
    del house
    with pytest.raises(operations.BadPartyError):
        operations.register_party(handle, kind=kind, name="x")


def test_a_handle_stands_for_one_party_also_among_many_who_want_it(house: House) -> None:
    del house
    before = Event.objects.count()
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def register() -> None:
        from django.db import connections

        start.wait()
        try:
            operations.register_party("mk", kind=PartyKind.COURT, name="Court")
            outcomes.append("registered")
        except operations.TakenError:
            outcomes.append("taken")
        connections.close_all()

    threads = [threading.Thread(target=register) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(outcomes), Event.objects.count() - before) == (["registered", *["taken"] * 7], 1)


def test_a_new_party_can_be_written_to_at_once(house: House) -> None:
    from tests.houses import body

    house.submit(key="before")  # The directory is remembered from here on.
    operations.register_party("viber", kind=PartyKind.PLATFORM, name="Viber")
    assert house.submit(body(to="viber"), key="after").status == 201


# -- People


def test_a_seat_holds_one_person(house: House) -> None:
    del house
    with pytest.raises(operations.TakenError, match="officer of kominfo"):
        operations.enrol_person(
            queries.party_by_handle("kominfo"), role=Role.OFFICER, ordinal=1, email="x@kominfo.example", name="x"
        )


def test_an_address_is_one_persons(house: House) -> None:
    del house
    with pytest.raises(operations.TakenError, match="e-mail"):
        operations.enrol_person(
            queries.party_by_handle("bnpt"), role=Role.REVIEWER, ordinal=1, email="officer@kominfo.example", name="x"
        )


def test_a_password_is_kept_hashed(house: House) -> None:
    del house
    person = operations.enrol_person(
        queries.party_by_handle("bnpt"),
        role=Role.REVIEWER,
        ordinal=1,
        email="r@bnpt.example",
        name="x",
        password="a long one",
    )
    stored = Person.objects.get(pk=person.pk).password
    assert ("a long one" in stored, stored.startswith("argon2")) == (False, True)


def test_a_person_without_a_password_cannot_sign_in_with_one(house: House) -> None:
    del house
    person = operations.enrol_person(
        queries.party_by_handle("bnpt"), role=Role.REVIEWER, ordinal=1, email="r@bnpt.example", name="x"
    )
    assert (person.has_usable_password(), person.check_password("")) == (False, False)


@pytest.mark.parametrize(
    ("handle", "seat", "error"),
    [
        ("nobody", "officer", UnknownPartyError),
        ("kominfo", "boss", UnknownSeatError),
        ("kominfo", "officer-2", NotFoundError),
        ("kominfo", "officer-1", UnknownSeatError),
        ("telegram", "officer", NotFoundError),
    ],
)
def test_a_seat_that_is_empty_or_none_is_said_to_be_so(
    house: House, handle: str, seat: str, error: type[RefusedError]
) -> None:
    del house
    with pytest.raises(error):
        queries.person_in(handle, seat)


# -- Tokens


def test_a_token_is_kept_as_its_digest_alone(house: House) -> None:
    issued = operations.issue_token(queries.person_in("kominfo", "officer"))
    stored = Token.objects.get(pk=issued.id)
    assert bytes(stored.digest) == hashlib.sha256(issued.token.encode()).digest()
    files = [path.read_bytes() for path in house.data.iterdir() if path.is_file()]
    assert not any(issued.token.encode() in content for content in files)


def test_a_token_is_recognised_and_cannot_be_guessed(house: House) -> None:
    made = {house.token("kominfo", "officer") for _ in range(5)}
    assert (len(made), {text[:4] for text in made}, min(map(len, made)) >= 4 + 43) == (5, {"mfk_"}, True)


def test_a_token_speaks_for_its_seat(house: House) -> None:
    token = house.token("kominfo", "approver-2")
    caller = queries.caller_by_token(token, at=datetime.now(UTC))
    assert caller is not None
    assert (caller.seat, caller.kind, caller.scopes) == ("kominfo/approver-2", PartyKind.REGULATOR, None)


def test_a_token_remembers_its_scopes(house: House) -> None:
    token = house.token("kominfo", "officer", scopes=[Deed.READ, Deed.SUBMIT])
    caller = queries.caller_by_token(token, at=datetime.now(UTC))
    assert caller is not None
    assert caller.scopes == frozenset({Deed.READ, Deed.SUBMIT})


@pytest.mark.parametrize("text", ["", "x", "mfk_", "mfk_" + "A" * 43, "\x00", "\udc80", "x" * 100_000])
def test_what_is_no_token_speaks_for_nobody(house: House, text: str) -> None:
    del house
    assert queries.caller_by_token(text, at=datetime.now(UTC)) is None


def test_almost_a_token_speaks_for_nobody(house: House) -> None:
    token = house.token("kominfo", "officer")
    at = datetime.now(UTC)
    almost = [token[:-1], token + "A", token.swapcase(), token[4:], f" {token}"]
    assert [queries.caller_by_token(text, at=at) for text in almost] == [None] * 5


def test_a_token_that_was_tried_before_it_was_made_counts_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    del house
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: "foreseen" * 6)
    at = datetime.now(UTC)
    tried = "mfk_" + "foreseen" * 6
    assert queries.caller_by_token(tried, at=at) is None
    operations.issue_token(queries.person_in("kominfo", "officer"))
    assert queries.caller_by_token(tried, at=at) is not None


def test_what_strangers_try_fills_no_memory(house: House) -> None:
    del house
    memory = queries.Remembered()
    for number in range(30_000):
        memory.put(number, None, since=0)
    assert len(memory._found) <= 10_001


def test_an_unknown_token_cannot_be_ended(house: House) -> None:
    del house
    before = rows()
    with pytest.raises(NotFoundError):
        operations.revoke_token("tok_x")
    assert rows() == before


def test_the_tokens_of_a_party_are_listed_newest_first(house: House) -> None:
    del house
    made = [operations.issue_token(queries.person_in("kominfo", seat)).id for seat in ("officer", "approver")]
    assert [one.id for one in queries.tokens_of(queries.party_by_handle("kominfo"))] == made[::-1]


# -- The table of permissions, for callers with tokens


@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("role", Role)
def test_a_caller_may_what_the_table_gives_and_the_token_names(role: Role, deed: Deed) -> None:
    allowed = PERMISSIONS[deed][role] is not Reach.NONE
    outcomes = []
    for scopes in (None, frozenset({deed}), frozenset(set(Deed) - {deed}), frozenset[Deed]()):
        caller = queries.Caller("pty_x", "x", PartyKind.REGULATOR, role, 1, 1, scopes)
        try:
            caller.require(deed)
            outcomes.append(True)
        except RefusedError:
            outcomes.append(False)
    assert outcomes == [allowed, allowed, False, False]


# -- The example


def test_the_example_holds_the_parties_and_seats_of_the_interface(house: House) -> None:
    del house
    found = {
        party.handle: (
            party.kind,
            [queries.caller_of(person).seat.split("/")[1] for person in queries.people_of(party)],
        )
        for party in queries.parties()
    }
    assert found == {
        "auditor": ("auditor", ["auditor"]),
        "bnpt": ("trusted_flagger", ["officer"]),
        "isp-a": ("operator", ["engineer"]),
        "isp-b": ("operator", ["engineer"]),
        "isp-c": ("operator", ["engineer"]),
        "kominfo": ("regulator", ["approver", "approver-2", "officer"]),
        "mufakat": ("house", ["admin"]),
        "telegram": ("platform", ["representative", "reviewer", "reviewer-2"]),
    }


def test_loading_the_example_again_adds_nothing(house: House) -> None:
    from mufakat.server.runtime import example

    accounts = (house.data / example.ACCOUNTS).read_bytes()
    before = rows()
    example.load_parties()
    assert (rows(), (house.data / example.ACCOUNTS).read_bytes()) == (before, accounts)


def test_a_half_loaded_example_is_completed(house: House) -> None:
    from mufakat.server.journal import door
    from mufakat.server.runtime import example

    before = rows()["parties_person"]
    door.commit(lambda _: Person.objects.filter(party__handle="bnpt").delete())
    example.load_parties()
    assert rows()["parties_person"] == before


def test_a_token_has_no_end_unless_one_is_told(house: House) -> None:
    token = house.token("kominfo", "officer")
    assert queries.caller_by_token(token, at=datetime.now(UTC) + timedelta(days=3650)) is not None
