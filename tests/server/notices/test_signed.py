"""Signatures of parties on notices: verified before anything is stored, carried by the leaf, never taken twice."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError
from tests.houses import body
from tests.server.api.doors import NOTICES, Reply, both, get, named, of, put
from tests.server.parties.signers import KOMINFO, SPARE, TELEGRAM, enrolled, origin, sends, takes

from mufakat.formats import Format
from mufakat.proof import leaf, signed
from mufakat.proof.signed import Given, Outcome
from mufakat.rules.errors import UnsignedError
from mufakat.server.api import problems
from mufakat.server.journal import door
from mufakat.server.journal.answers import Key
from mufakat.server.journal.models import Event
from mufakat.server.notices import batches, imports, operations
from mufakat.server.notices.models import Notice
from mufakat.server.parties import keys, own_keys, queries
from mufakat.server.parties.models import PartyKey, Statement

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Post

KEYS = [KOMINFO.verify_key, TELEGRAM.verify_key, SPARE.verify_key]
RAW = body()


@pytest.fixture
def signing(house: House) -> House:
    """A house in which kominfo and telegram have keys."""
    enrolled(KOMINFO, TELEGRAM)
    return house


def header(given: Given) -> dict[str, str]:
    return {"Mufakat-Signature": given.text()}


def say(path: str, told: dict[str, Any], token: str, given: Given | None = None, key: str | None = None) -> Reply:
    from django.test import Client

    sent = named(token, key, header(given) if given else None)
    return of(Client().generic("POST", path, json.dumps(told), content_type="application/json", headers=sent))


def last(type_: str) -> leaf.Leaf:
    return leaf.decode(bytes(Event.objects.filter(type=type_).order_by("-position")[0].leaf))


def outcomes(found: leaf.Leaf) -> list[Outcome]:
    return [one.outcome for one in signed.check(found, origin=origin(), keys=KEYS)]


@both
def test_the_leaf_of_a_signed_notice_carries_the_senders_signature(signing: House, post: Post) -> None:
    answer = post(RAW, token=signing.token("kominfo", "officer"), headers=header(sends(RAW)))
    found = last("notice.received")
    assert (answer.status, found.sig[0].k, outcomes(found)) == (201, "kominfo+bfdc5983", [Outcome.GOOD])


@both
def test_who_signs_nothing_is_taken_as_before(signing: House, post: Post) -> None:
    answer = post(RAW, token=signing.token("kominfo", "officer"))
    assert (answer.status, last("notice.received").sig, Statement.objects.count()) == (201, (), 0)


OTHERS = {
    "another body": lambda: sends(body(explanation="Other words.")),
    "another recipient": lambda: sends(RAW, to="meta"),
    "another log": lambda: sends(RAW, origin="localhost/log/2"),
    "another party's key": lambda: sends(RAW, TELEGRAM),
    "a key that is not enrolled": lambda: sends(RAW, SPARE),
    "no salt": lambda: Given(k=sends(RAW).k, s=sends(RAW).s),
    "another salt": lambda: Given(k=sends(RAW).k, s=sends(RAW).s, salt=sends(RAW, number=1).salt),
}


@both
@pytest.mark.parametrize("which", OTHERS)
def test_a_signature_of_something_else_is_refused_and_nothing_is_stored(signing: House, post: Post, which: str) -> None:
    answer = post(RAW, token=signing.token("kominfo", "officer"), headers=header(OTHERS[which]()))
    assert (answer.status, answer.json()["type"], answer.pointers, Notice.objects.count()) == (
        422,
        "urn:mufakat:problem:signature-refused",
        ["/signature"],
        0,
    )


@both
@pytest.mark.parametrize("text", ["", "k=kominfo", "é", "k=kominfo+bfdc5983; salt=AAAA; s=AAAA", "x" * 5_000])
def test_a_header_that_is_no_signature_is_refused(signing: House, post: Post, text: str) -> None:
    answer = post(RAW, token=signing.token("kominfo", "officer"), headers={"Mufakat-Signature": text})
    assert (answer.status, answer.pointers, Notice.objects.count()) == (422, ["/signature"], 0)


@both
def test_the_same_statement_under_another_key_is_refused(signing: House, post: Post) -> None:
    token = signing.token("kominfo", "officer")
    first, again = (post(RAW, token=token, key=key, headers=header(sends(RAW))) for key in ("k1", "k2"))
    assert (first.status, again.status, again.pointers) == (201, 422, ["/signature"])
    assert post(RAW, token=token, key="k3", headers=header(sends(RAW, number=1))).status == 201


@both
def test_repeating_gives_the_same_receipt_also_after_the_key_was_retired(signing: House, post: Post) -> None:
    token = signing.token("kominfo", "officer")
    first = post(RAW, token=token, headers=header(sends(RAW)))
    retire("kominfo")
    again, unsigned = post(RAW, token=token, headers=header(sends(RAW))), post(RAW, token=token)
    assert (first.status, again.body, unsigned.body) == (201, first.body, first.body)


def retire(handle: str) -> None:
    party = queries.party_by_handle(handle)
    for row in PartyKey.objects.filter(party=party, retired_at=None):
        keys.retire(party, row.id, reason="Lost.")


@both
def test_a_retired_keys_late_signature_is_refused(signing: House, post: Post) -> None:
    retire("kominfo")
    answer = post(RAW, token=signing.token("kominfo", "officer"), headers=header(sends(RAW)))
    assert (answer.status, answer.pointers, Notice.objects.count()) == (422, ["/signature"], 0)


def test_a_key_that_is_retired_before_the_writers_turn_signs_nothing(
    signing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mufakat.server.parties import signing as statements

    verified = statements.verified

    def late(*given: Any, **named: Any) -> Any:
        found = verified(*given, **named)
        retire("kominfo")
        return found

    monkeypatch.setattr(statements, "verified", late)
    sent = {"Mufakat-Signature": sends(RAW).text()}
    answer = say_notice(RAW, signing.token("kominfo", "officer"), sent)
    assert (answer.status, answer.pointers, Notice.objects.count()) == (422, ["/signature"], 0)


def say_notice(raw: bytes, token: str, headers: dict[str, str]) -> Reply:
    from tests.server.api.doors import view

    return view(raw, token=token, headers=headers)


@both
def test_a_party_that_has_to_sign_is_refused_unsigned(signing: House, post: Post) -> None:
    token = signing.token("kominfo", "officer")
    former = post(RAW, token=token, key="before")
    own_keys.require_signatures(queries.party_by_handle("kominfo"), by=admin(signing, "kominfo"))
    bare = post(body(explanation="Other words."), token=token, key="k2")
    good = post(RAW, token=token, key="k3", headers=header(sends(RAW)))
    again = post(RAW, token=token, key="before")
    assert (bare.status, bare.pointers, good.status) == (422, ["/signature"], 201)
    assert again.body == former.body


def admin(house: House, handle: str) -> queries.Caller:
    from dataclasses import replace

    from mufakat.rules.permissions import Role

    return replace(house.caller(handle, "officer" if handle == "kominfo" else "reviewer"), role=Role.ADMIN)


# -- What is decided in the writer's turn, whatever the caller was when it came in -------------------------------------


def required(house: House, handle: str) -> None:
    own_keys.require_signatures(queries.party_by_handle(handle), by=admin(house, handle))


def test_a_caller_from_before_the_requirement_sends_nothing_unsigned(signing: House) -> None:
    before = signing.caller("kominfo", "officer")
    required(signing, "kominfo")
    assert not before.must_sign
    key = Key.of(before.party_id, batches.ROUTE, "b", b"")
    with pytest.raises(UnsignedError):
        operations.submit(RAW, by=before, at=datetime.now(UTC), key="k")
    answer = batches.submit_batch(
        [RAW, body(explanation="Other words.")], by=before, at=datetime.now(UTC), key=key, told=problems.item
    )
    assert [one["status"] for one in json.loads(answer.body)["items"]] == [422, 422]
    assert Notice.objects.count() == 0


def test_an_import_goes_on_with_nothing_unsigned_once_it_is_required(
    signing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "ITEMS", 1)
    lines = b"\n".join(body(explanation=f"Words {number}.") for number in range(3))
    how, caller = imports.How(Format.NDJSON), signing.caller("kominfo", "officer")
    steps = imports.steps(io.BytesIO(lines), how, by=caller, name="file", digest=b"x" * 32)
    first = next(steps)
    required(signing, "kominfo")
    rest = list(steps)
    assert ([len(one.taken) for one in (first, *rest)], Notice.objects.count()) == ([1, 0, 0], 1)
    assert [remark.pointer for one in rest for told in one.refused for remark in told.remarks] == ["/signature"] * 2


def test_a_caller_from_before_the_requirement_acknowledges_nothing_unsigned(signing: House) -> None:
    notice, before = sent(signing)["id"], signing.caller("telegram", "reviewer")
    required(signing, "telegram")
    with pytest.raises(UnsignedError):
        operations.acknowledge(notice, by=before)
    assert Event.objects.filter(type="notice.acknowledged").count() == 0


def test_the_items_of_a_batch_are_signed_one_by_one(signing: House) -> None:
    raws = [body(explanation=f"Words {number}.") for number in range(4)]
    given = [sends(raws[0]), None, sends(raws[0], number=2), sends(raws[3], number=3)]
    told = ",".join(json.dumps(None if one is None else {"k": one.k, "s": one.s, "salt": one.salt}) for one in given)
    whole = b'{"notices":[' + b",".join(raws) + b'],"signatures":[' + told.encode() + b"]}"
    answer = put(f"{NOTICES}/batch", whole, signing.token("kominfo", "officer"), "b1").json()
    signers = [len(leaf.decode(bytes(one.leaf)).sig) for one in Event.objects.filter(type="notice.received")]
    assert ([one["status"] for one in answer["items"]], sorted(signers)) == ([201, 201, 422, 201], [0, 1, 1])


@pytest.mark.parametrize("told", ['[{"k":"x"}]', "[null,null]", '"x"', "[1]", "[]"])
def test_a_list_of_signatures_that_does_not_fit_is_refused(signing: House, told: str) -> None:
    whole = b'{"notices":[' + RAW + b'],"signatures":' + told.encode() + b"}"
    answer = put(f"{NOTICES}/batch", whole, signing.token("kominfo", "officer"), "b1")
    assert (answer.status, Notice.objects.count()) == (422, 0)
    assert answer.pointers[0].startswith("/signatures")


def sent(house: House) -> dict[str, Any]:
    answer = say_notice(RAW, house.token("kominfo", "officer"), {})
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("note", ["", "Kami terima."])
def test_a_signed_acknowledgement_names_the_leaf_by_which_the_notice_came(signing: House, note: str) -> None:
    notice = sent(signing)
    path = f"{NOTICES}/{notice['id']}/acknowledgement"
    answer = say(path, {"note": note}, signing.token("telegram", "reviewer"), takes(notice, note=note))
    found = last("notice.acknowledged")
    assert (answer.status, outcomes(found)) == (200, [Outcome.GOOD])
    received = bytes(Event.objects.get(type="notice.received").leaf_hash)
    assert found.c["received"] == signed.of_receipt(received)["received"]


def test_a_signature_without_the_note_is_none_of_the_note(signing: House) -> None:
    notice = sent(signing)
    path = f"{NOTICES}/{notice['id']}/acknowledgement"
    token = signing.token("telegram", "reviewer")
    for told, given in (({"note": "Yes."}, takes(notice)), ({}, takes(notice, note="Yes."))):
        assert say(path, told, token, given).status == 422
    assert Event.objects.filter(type="notice.acknowledged").count() == 0


def test_an_acknowledgement_serves_for_no_other_notice(signing: House) -> None:
    first, other = sent(signing), json.loads(signing.submit(key="k2").body)
    path = f"{NOTICES}/{other['id']}/acknowledgement"
    assert say(path, {}, signing.token("telegram", "reviewer"), takes(first)).status == 422


def test_acknowledging_again_with_the_same_signature_changes_nothing(signing: House) -> None:
    notice = sent(signing)
    path, token = f"{NOTICES}/{notice['id']}/acknowledgement", signing.token("telegram", "reviewer")
    statuses = [say(path, {}, token, takes(notice)).status for _ in range(2)]
    assert (statuses, Event.objects.filter(type="notice.acknowledged").count()) == ([200, 200], 1)


def test_a_signature_after_an_unsigned_acknowledgement_is_not_dropped_silently(signing: House) -> None:
    notice = sent(signing)
    path, token = f"{NOTICES}/{notice['id']}/acknowledgement", signing.token("telegram", "reviewer")
    assert [say(path, {}, token, given).status for given in (None, takes(notice))] == [200, 409]


def test_a_recipient_that_has_to_sign_acknowledges_nothing_unsigned(signing: House) -> None:
    notice = sent(signing)
    own_keys.require_signatures(queries.party_by_handle("telegram"), by=admin(signing, "telegram"))
    path, token = f"{NOTICES}/{notice['id']}/acknowledgement", signing.token("telegram", "reviewer")
    assert [say(path, {}, token, given).status for given in (None, takes(notice))] == [422, 200]


def test_a_delivery_is_signed_once(signing: House) -> None:
    notice = sent(signing)
    path, token = f"{NOTICES}/{notice['id']}/delivery", signing.token("telegram", "reviewer")
    answers = [say(path, {}, token, takes(notice, deed="deliver"), key) for key in ("d1", "d1", "d2")]
    found = last("notice.delivered")
    assert [one.status for one in answers] == [200, 200, 200]
    assert (Event.objects.filter(type="notice.delivered").count(), found.actor, outcomes(found)) == (
        1,
        "telegram",
        [Outcome.GOOD],
    )
    assert get(f"{NOTICES}/{notice['id']}", token).json()["delivered_at"] is not None


def test_a_delivery_without_a_signature_is_refused(signing: House) -> None:
    notice = sent(signing)
    answer = say(f"{NOTICES}/{notice['id']}/delivery", {}, signing.token("telegram", "reviewer"))
    assert (answer.status, answer.pointers) == (422, ["/signature"])


def test_a_delivery_that_a_carrier_reported_is_signed_besides(signing: House) -> None:
    from mufakat.server.notices import passages

    notice = sent(signing)
    door.commit(lambda moment: passages.delivered([notice["id"]], moment=moment))
    before = Notice.objects.get().delivered_at
    path, token = f"{NOTICES}/{notice['id']}/delivery", signing.token("telegram", "reviewer")
    assert say(path, {}, token, takes(notice, deed="deliver")).status == 200
    told = list(Event.objects.filter(type="notice.delivered").order_by("position").values_list("sender", flat=True))
    assert (told, Notice.objects.get().delivered_at) == (["mufakat", "telegram"], before)


def test_the_sender_cannot_sign_for_the_recipient(signing: House) -> None:
    notice = sent(signing)
    path = f"{NOTICES}/{notice['id']}/delivery"
    answer = say(path, {}, signing.token("kominfo", "officer"), takes(notice, KOMINFO, deed="deliver"))
    assert answer.status == 403


def test_the_database_takes_no_statement_twice(signing: House) -> None:
    say_notice(RAW, signing.token("kominfo", "officer"), header(sends(RAW)))
    row = Statement.objects.get()
    with pytest.raises(IntegrityError):
        door.commit(lambda _: Statement.objects.create(key_id=row.key_id, mark=bytes(row.mark), event=row.event))
