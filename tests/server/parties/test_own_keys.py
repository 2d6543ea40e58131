"""A party's admin enrols and retires its keys; a stolen token alone cannot slip another key in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.houses import body
from tests.server.api.doors import NOTICES, Reply, get, named, of
from tests.server.parties.signers import KOMINFO, SPARE, TELEGRAM, enrolled, proof, sends

from mufakat.proof import leaf, signed
from mufakat.proof.key import SigningKey
from mufakat.proof.party_keys import Tenures
from mufakat.proof.signed import Outcome
from mufakat.rules.errors import BadSignatureError, NotFoundError, NotNowError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.parties import HOUSE
from mufakat.rules.permissions import Role
from mufakat.server.journal import door, operations, signer
from mufakat.server.journal.models import Event
from mufakat.server.parties import keys, own_keys, queries
from mufakat.server.parties.models import Party, PartyKey

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.proof.signed import Given
    from mufakat.server.parties.queries import Caller


def party(handle: str = "kominfo") -> Party:
    return queries.party_by_handle(handle)


def admin(house: House, handle: str = "kominfo") -> Caller:
    return replace(house.caller(handle, "officer" if handle == "kominfo" else "reviewer"), role=Role.ADMIN)


def test_the_leaf_of_an_enrolment_names_the_key_and_carries_its_own_signature(house: House) -> None:
    own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(house))
    event = Event.objects.get(type="key.enrolled")
    found = leaf.decode(bytes(event.leaf))
    checked = signed.check(found, origin=signer.origin(event.shard), keys=[KOMINFO.verify_key])
    assert [(one.k, one.outcome) for one in checked] == [(KOMINFO.verify_key.label, Outcome.GOOD)]
    assert (found.actor, found.chan) == ("kominfo", "kominfo>mufakat")


def test_everybody_reads_the_keys_without_a_token(house: House) -> None:
    own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(house))
    found = get("/api/v1/parties/kominfo/keys").json()
    event = Event.objects.get(type="key.enrolled")
    assert [(one["vkey"], one["label"], one["index"]) for one in found["items"]] == [
        (KOMINFO.vkey, KOMINFO.verify_key.label, event.position)
    ]
    assert get("/api/v1/parties/nobody/keys").status == 404


def test_a_further_key_needs_one_in_force(house: House) -> None:
    own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(house))
    with pytest.raises(NotNowError, match="in force"):
        own_keys.enrol(party(), SPARE.vkey, proof(SPARE), by=admin(house))
    own_keys.enrol(party(), SPARE.vkey, proof(SPARE, KOMINFO), by=admin(house))
    found = leaf.decode(bytes(Event.objects.filter(type="key.enrolled").order_by("-position")[0].leaf))
    assert [one.k for one in found.sig] == [SPARE.verify_key.label, KOMINFO.verify_key.label]


def test_the_new_keys_signature_stands_first_in_the_leaf_whichever_came_first(house: House) -> None:
    own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(house))
    given = proof(SPARE, KOMINFO)
    own_keys.enrol(party(), SPARE.vkey, given._replace(signatures=given.signatures[::-1]), by=admin(house))
    begun = Event.objects.filter(type="key.enrolled").order_by("position")
    read = Tenures(signer.origin(begun[0].shard), [KOMINFO.verify_key, SPARE.verify_key])
    assert [wrong for one in begun for wrong in read.take(one.position, leaf.decode(bytes(one.leaf)))] == []
    assert {label: tenure.begins for label, tenure in read.found.items()} == {
        KOMINFO.verify_key.label: begun[0].position,
        SPARE.verify_key.label: begun[1].position,
    }


def test_retiring_every_key_is_no_way_round_it(house: House) -> None:
    own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(house))
    own_keys.retire(party(), PartyKey.objects.get().id, reason="Said to be lost.", by=admin(house))
    with pytest.raises(NotNowError, match="operator"):
        own_keys.enrol(party(), SPARE.vkey, proof(SPARE), by=admin(house))
    with pytest.raises(BadSignatureError):
        own_keys.enrol(party(), SPARE.vkey, proof(SPARE, KOMINFO), by=admin(house))
    enrolled(SPARE)
    assert PartyKey.objects.filter(retired_at=None).get().vkey == SPARE.vkey


def test_a_retirement_refers_to_the_enrolment(house: House) -> None:
    own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(house))
    own_keys.retire(party(), PartyKey.objects.get().id, reason="Lost.", by=admin(house))
    begun, ended = (Event.objects.get(type=type_) for type_ in ("key.enrolled", "key.retired"))
    shown = get("/api/v1/parties/kominfo/keys").json()["items"][0]
    assert leaf.decode(bytes(ended.leaf)).ref == (begun.id,)
    assert (shown["index"], shown["retired_index"]) == (begun.position, ended.position)


@pytest.mark.parametrize("which", ["another log", "another key", "nobody", "twice", "by the operator"])
def test_a_proof_of_something_else_is_refused(house: House, which: str) -> None:
    made = {
        "another log": lambda: proof(KOMINFO, origin="localhost/log/9"),
        "another key": lambda: proof(KOMINFO, vkey=SPARE.vkey),
        "nobody": lambda: proof(SPARE),
        "twice": lambda: proof(KOMINFO, KOMINFO),
        "by the operator": lambda: proof(KOMINFO, sender="mufakat"),
    }[which]()
    with pytest.raises(BadSignatureError):
        own_keys.enrol(party(), KOMINFO.vkey, made, by=admin(house))
    assert PartyKey.objects.count() == 0


def test_a_key_that_signs_events_bears_the_partys_name(house: House) -> None:
    other = SigningKey("somebody", bytes(range(32)))
    with pytest.raises(keys.BadKeyLineError, match="handle"):
        own_keys.enrol(party(), other.vkey, keys.Proof("", []), by=admin(house))


def test_a_key_of_the_operators_word_signs_events_once_it_is_proved(house: House) -> None:
    keys.enrol(party(), KOMINFO.vkey)
    before = PartyKey.objects.get().label
    own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(house))
    assert (before, PartyKey.objects.get().label) == (None, KOMINFO.verify_key.label)


def test_enrolling_again_changes_nothing(house: House) -> None:
    for _ in range(2):
        own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(house))
    assert Event.objects.filter(type="key.enrolled").count() == 1


def test_only_the_partys_own_admin_does_it(house: House) -> None:
    for by in (house.caller("kominfo", "officer"), house.caller("kominfo", "approver")):
        with pytest.raises(NotPermittedError):
            own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=by)
    with pytest.raises(NotFoundError):
        own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(house, "telegram"))


def test_a_party_without_a_key_cannot_ask_for_signatures(house: House) -> None:
    with pytest.raises(NotNowError):
        own_keys.require_signatures(party(), by=admin(house))


def test_asking_for_signatures_is_an_event_and_only_the_operator_takes_it_back(house: House) -> None:
    enrolled(KOMINFO)
    for _ in range(2):
        own_keys.require_signatures(party(), by=admin(house))
    own_keys.waive_signatures(party())
    types = list(Event.objects.filter(type__startswith="signing.").order_by("position").values_list("type", "sender"))
    assert types == [("signing.required", "kominfo"), ("signing.waived", "mufakat")]
    assert not queries.party_by_handle("kominfo").must_sign


def test_another_partys_keys_are_its_own(house: House) -> None:
    del house
    enrolled(TELEGRAM)
    assert get("/api/v1/parties/kominfo/keys").json()["items"] == []


# -- In which log ------------------------------------------------------------------------------------------------------


def elsewhere(handle: str = "kominfo") -> None:
    """The party's own case has events in the shard of the example, as those of a story have."""
    signer.make_key("example")
    case, name = party(handle).id, {"name": b"Placeholder"}
    told = operations.Happening(EventType.PARTY_REGISTERED, HOUSE, HOUSE, case, HOUSE, committed=name)
    door.commit(lambda moment: operations.append_to("example", [told], moment))


def put(path: str, raw: bytes, token: str, key: str, given: Given) -> Reply:
    from django.test import Client

    sent = named(token, key, {"Mufakat-Signature": given.text()})
    return of(Client().generic("POST", path, raw, content_type="application/json", headers=sent))


def leaves(shard: str) -> list[Event]:
    return list(Event.objects.filter(shard=shard).order_by("position"))


def test_what_is_told_of_keys_is_in_the_live_log_wherever_the_party_began(house: House) -> None:
    elsewhere()
    shown = get("/api/v1/parties/kominfo/keys").json()
    own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(house))
    own_keys.require_signatures(party(), by=admin(house))
    own_keys.waive_signatures(party())
    own_keys.retire(party(), PartyKey.objects.get().id, reason="Lost.", by=admin(house))
    told = [one.type for one in leaves(signer.live_shard()) if one.type.startswith(("key.", "signing."))]
    assert told == ["key.enrolled", "signing.required", "signing.waived", "key.retired"]
    assert shown["keys_for"] == shown["signs_for"] == signer.origin(signer.live_shard())


def test_a_signature_of_a_party_that_began_elsewhere_counts_by_its_place(house: House) -> None:
    elsewhere()
    enrolled(KOMINFO)
    raw = body()
    put(NOTICES, raw, house.token("kominfo", "officer"), "k", sends(raw))
    read = Tenures(signer.origin(signer.live_shard()), [KOMINFO.verify_key])
    found = [leaf.decode(bytes(one.leaf)) for one in leaves(signer.live_shard())]
    assert [wrong for index, one in enumerate(found) for wrong in read.take(index, one)] == []
    assert [len(one.sig) for one in found if one.type == "notice.received"] == [1]


@pytest.fixture
def moved(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose live shard is a new one, and kominfo's key stands in the former."""
    enrolled(KOMINFO)
    monkeypatch.setattr("django.conf.settings.MUFAKAT_ORIGIN", "localhost/log/2")
    signer.make_key("2")
    return house


def test_a_key_of_a_former_log_signs_nothing_in_the_new_one(moved: House) -> None:
    raw = body()
    answer = put(NOTICES, raw, moved.token("kominfo", "officer"), "k", sends(raw))
    assert (answer.status, answer.pointers, "log/2" in answer.body.decode()) == (422, ["/signature"], True)
    with pytest.raises(BadSignatureError):
        own_keys.enrol(party(), SPARE.vkey, proof(SPARE, KOMINFO), by=admin(moved))
    with pytest.raises(NotNowError, match="operator"):
        own_keys.enrol(party(), SPARE.vkey, proof(SPARE), by=admin(moved))
    with pytest.raises(NotNowError, match="former log"):
        own_keys.enrol(party(), KOMINFO.vkey, proof(KOMINFO), by=admin(moved))


def test_the_operator_enrols_a_key_in_a_new_log_and_a_former_one_ends_where_it_began(moved: House) -> None:
    former = PartyKey.objects.get()
    enrolled(SPARE)
    own_keys.retire(party(), former.id, reason="Another log.", by=admin(moved))
    raw = body()
    assert put(NOTICES, raw, moved.token("kominfo", "officer"), "k", sends(raw, SPARE)).status == 201
    shards = dict(Event.objects.filter(type__startswith="key.").values_list("id", "shard"))
    former.refresh_from_db()
    assert (shards[former.event], shards[former.retired_event or ""], len(shards)) == ("1", "1", 3)
    shown = get("/api/v1/parties/kominfo/keys").json()
    assert [one["origin"][-1] for one in shown["items"]] == ["1", "2"]
    assert shown["keys_for"] == shown["signs_for"] == "localhost/log/2"


def test_listing_keys_reads_the_journal_by_ids_alone(house: House) -> None:
    """The case of a party may have a hundred thousand events, and anybody may ask."""
    asked: list[list[str]] = []
    for key in (KOMINFO, SPARE):
        enrolled(key)
        with CaptureQueriesContext(connection) as seen:
            assert get("/api/v1/parties/kominfo/keys").status == 200
        asked.append([one["sql"] for one in seen.captured_queries if "journal_" in one["sql"]])
    assert [len(one) for one in asked] == [2, 2]
    assert all('"case" ' not in sql.partition("WHERE")[2] for one in asked for sql in one)
    del house
