"""Signed lists: what a house makes is loaded, and nothing that lacks one link of the chain is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.feeds import AT, END, KEY, OTHER, Order, document, listed, made_id, signed

from mufakat.formats import feed as feeds, feed_chain
from mufakat.formats.feed import Domain, FeedRefusedError, Head, Refusal
from mufakat.formats.feed_chain import Refused
from mufakat.proof import canonical
from mufakat.rules.restriction import Match

KEYS = [KEY.verify_key]
WEB = Order(("web.example.net", "www.example.net"))


def loaded(raw: bytes) -> feed_chain.Loaded:
    return feed_chain.load(feeds.read(raw, keys=KEYS), keys=KEYS)


def test_what_was_published_is_loaded_with_its_end() -> None:
    found = loaded(document([WEB]))
    assert [(one.name, one.until) for one in found.domains] == [
        ("web.example.net", "2017-10-12T08:00:00.000Z"),
        ("www.example.net", "2017-10-12T08:00:00.000Z"),
    ]
    assert found.refused == ()


def test_a_list_of_nothing_is_a_list() -> None:
    assert loaded(document([])).domains == ()


@given(
    names=st.lists(st.from_regex(r"[a-z0-9]{1,12}(\.[a-z]{2,5}){1,3}", fullmatch=True), unique=True, max_size=20),
    issuer=st.text(max_size=40),
)
@settings(max_examples=50)
def test_the_document_is_canonical(names: list[str], issuer: str) -> None:
    one = listed([Order(tuple(names))])
    one = msgspec.structs.replace(
        one, restrictions=tuple(msgspec.structs.replace(proof, issuer=issuer) for proof in one.restrictions)
    )
    raw = signed(one)
    assert canonical.encode(json.loads(raw)) == raw
    assert feeds.read(raw, keys=KEYS) == one


def test_the_signature_is_the_last_member() -> None:
    assert list(json.loads(document([WEB])))[-1] == "signature"


def test_what_ended_does_not_stand() -> None:
    found = loaded(document([WEB, Order(("tg.example.org",), number=2, until=AT + timedelta(days=1))]))
    assert [one.name for one in found.standing(at=AT + timedelta(days=1))] == ["web.example.net", "www.example.net"]
    assert found.next_end(at=AT) == canonical.timestamp(AT + timedelta(days=1))
    assert found.standing(at=END) == ()
    assert found.next_end(at=END) is None


def test_a_lifted_name_is_not_in_the_list_and_the_others_are() -> None:
    found = loaded(document([replace(WEB, lifted=("web.example.net",))]))
    assert [one.name for one in found.domains] == ["www.example.net"]
    assert found.refused == ()


def flipped(raw: bytes, what: bytes, by: bytes) -> bytes:
    assert raw.count(what) >= 1
    return raw.replace(what, by, 1)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b"", Refusal.NOT_A_LIST, id="nothing"),
        pytest.param(b"{}", Refusal.NOT_A_LIST, id="no signature"),
        pytest.param(b'{"a":1,"signature":"', Refusal.NOT_A_LIST, id="cut off"),
        pytest.param(b'{"a":1,"signature":1}', Refusal.NOT_A_LIST, id="a signature that is no text"),
        pytest.param(b'{"a":1,"signature":"\\ud800"}', Refusal.NOT_A_LIST, id="a signature that is no Unicode"),
        pytest.param(b'{"a":1,"signature":"x"}', Refusal.NOT_SIGNED, id="a signature that is no note"),
        pytest.param(b"\xff" * 100, Refusal.NOT_A_LIST, id="no text"),
        pytest.param(signed(listed([WEB]), key=OTHER), Refusal.NOT_SIGNED, id="a key that is not trusted"),
        pytest.param(
            flipped(document([WEB]), b"www.example.net", b"www.example.org"), Refusal.CHANGED, id="another name"
        ),
        pytest.param(flipped(document([WEB]), b"2017-10-12", b"2027-10-12"), Refusal.CHANGED, id="another end"),
        pytest.param(flipped(document([WEB]), b'"serial":1', b'"serial":2'), Refusal.CHANGED, id="another serial"),
        pytest.param(document([WEB])[:-1] + b',"x":1}', Refusal.NOT_A_LIST, id="something behind the signature"),
    ],
)
def test_a_list_that_nobody_signed_is_refused(raw: bytes, reason: Refusal) -> None:
    with pytest.raises(FeedRefusedError) as refused:
        feeds.read(raw, keys=KEYS)
    assert refused.value.reason is reason


def test_a_receipt_is_not_taken_for_the_signature_of_a_list() -> None:
    raw = b'{"signature":""}'.replace(b'""', canonical.encode(WEB.proof().receipt))
    with pytest.raises(FeedRefusedError) as refused:
        feeds.read(raw.replace(b"{", b'{"a":1,'), keys=KEYS)
    assert refused.value.reason is Refusal.NOT_SIGNED


def test_a_list_in_the_name_of_another_log_is_refused() -> None:
    raw = signed(listed([WEB], origin="log.example/2"))
    with pytest.raises(FeedRefusedError) as refused:
        feeds.read(raw, keys=KEYS)
    assert refused.value.reason is Refusal.NOT_SIGNED


@given(st.binary(max_size=300), st.integers(min_value=0, max_value=3_000))
def test_bytes_that_were_changed_are_refused_and_never_more(noise: bytes, place: int) -> None:
    raw = RAW[:place] + noise + RAW[place + len(noise) :]
    if raw == RAW:
        return
    with pytest.raises(FeedRefusedError):
        feeds.read(raw, keys=KEYS)


RAW = document([WEB])


def with_proof(order: Order, **changes: Any) -> bytes:
    one = listed([order])
    return signed(msgspec.structs.replace(one, restrictions=(msgspec.structs.replace(one.restrictions[0], **changes),)))


NO_PROOF = [
    pytest.param(with_proof(replace(WEB, key=OTHER)), Refusal.NO_RECEIPT, id="a receipt by another key"),
    pytest.param(with_proof(WEB, receipt=""), Refusal.NO_RECEIPT, id="no receipt"),
    pytest.param(with_proof(WEB, leaf="AAAA"), Refusal.NO_RECEIPT, id="another leaf"),
    pytest.param(with_proof(WEB, leaf="?"), Refusal.NO_RECEIPT, id="a leaf that is no base64"),
    pytest.param(with_proof(WEB, receipt=replace(WEB, number=2).proof().receipt), Refusal.NO_RECEIPT, id="of another"),
    pytest.param(with_proof(WEB, until="2018-10-12T08:00:00.000Z"), Refusal.NO_RECEIPT, id="a later end"),
    pytest.param(with_proof(replace(WEB, leaf={"due": None})), Refusal.NO_RECEIPT, id="a leaf without an end"),
    pytest.param(
        with_proof(replace(WEB, leaf={"type": "restriction.proposed"})), Refusal.NO_RECEIPT, id="only proposed"
    ),
    pytest.param(with_proof(WEB, opening=WEB.proof().opening), Refusal.NO_NAMES, id="the opening of another salt"),
    pytest.param(with_proof(replace(WEB, leaf={"c": {}})), Refusal.NO_NAMES, id="a leaf without names"),
    pytest.param(with_proof(WEB, match=Match.SUBTREE), Refusal.NO_NAMES, id="all below it"),
]


@pytest.mark.parametrize(("raw", "reason"), NO_PROOF)
def test_no_entry_is_loaded_without_its_proof(raw: bytes, reason: Refusal) -> None:
    found = loaded(raw)
    assert found.domains == ()
    assert found.refused[0] == Refused(WEB.id, None, reason)
    assert {one.reason for one in found.refused[1:]} == {Refusal.UNKNOWN_RESTRICTION}


def entry(**changes: Any) -> Domain:
    return msgspec.structs.replace(WEB.domains()[0], **changes)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (entry(name="api.example.net"), Refusal.UNKNOWN_NAME),
        (entry(until="2018-10-12T08:00:00.000Z"), Refusal.OTHER_END),
        (entry(match=Match.SUBTREE), Refusal.OTHER_END),
        (entry(restriction=made_id("rst", 9)), Refusal.UNKNOWN_RESTRICTION),
    ],
)
def test_an_entry_that_its_restriction_does_not_prove_is_not_loaded_and_the_others_are(
    other: Domain, reason: Refusal
) -> None:
    one = listed([WEB])
    found = loaded(signed(msgspec.structs.replace(one, domains=(other, one.domains[1]))))
    assert [found.name for found in found.domains] == ["www.example.net"]
    assert found.refused == (Refused(other.restriction, other.name, reason),)


@pytest.mark.parametrize(
    "name", ["rpz-drop", "a\nb", "10.example.rpz-ip", "*.example.net", "A.example", "", "a..b", "a;b"]
)
def test_a_name_that_a_file_would_read_otherwise_is_not_loaded(name: str) -> None:
    found = loaded(document([Order((name, "good.example"))]))
    assert [one.name for one in found.domains] == ["good.example"]


@pytest.mark.parametrize(
    ("one", "other", "older"),
    [
        ((1, 5), (2, 5), True),
        ((2, 5), (1, 9), False),
        ((2, 5), (2, 6), True),
        ((2, 5), (2, 5), False),
        ((2**32 - 1, 5), (3, 6), True),
        ((3, 6), (2**32 - 1, 5), False),
    ],
)
def test_the_older_list_is_known_by_its_serial(one: tuple[int, int], other: tuple[int, int], older: bool) -> None:  # noqa: FBT001
    def head(told: tuple[int, int]) -> Head:
        return Head(origin="a", apex="b", serial=told[0], position=told[1], at="2017-07-14T08:00:00.000Z")

    assert head(one).is_older_than(head(other)) is older
