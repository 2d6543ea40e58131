"""The lists of an operator over HTTP: its own, signed, with the end and the proof of every entry, to nobody else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client, override_settings
from tests.server.restrictions.ordering import NAMES

from mufakat.formats import feed as feeds, feed_chain, lists
from mufakat.server.journal import signer
from mufakat.server.restrictions import feeding

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from tests.server.restrictions.ordering import Ministry

FILES = ("rpz.zone", "hosts.txt", "squid.txt", "domains.json")


@pytest.fixture
def door(ministry: Ministry, monkeypatch: pytest.MonkeyPatch) -> Door:
    from mufakat.server.runtime import requests

    class Clock:
        @staticmethod
        def now(zone: object) -> Any:
            del zone
            return ministry.at

    monkeypatch.setattr(requests, "datetime", Clock)
    return Door(ministry)


class Door:
    """What an operator's machine asks."""

    def __init__(self, ministry: Ministry) -> None:
        self.ministry = ministry
        self.tokens: dict[tuple[str, str], str] = {}

    def get(
        self,
        file: str = "domains.json",
        *,
        name: str = "terrorism",
        by: tuple[str, str] = ("isp-a", "engineer"),
        tag: str = "",
    ) -> HttpResponseBase:
        token = self.tokens.get(by) or self.tokens.setdefault(by, self.ministry.house.token(*by))
        return Client().get(f"/feeds/{name}/{file}", headers={"Authorization": f"Bearer {token}", "If-None-Match": tag})

    def loaded(self, **asked) -> feed_chain.Loaded:
        raw = body(self.get(**asked))
        return feed_chain.load(feeds.read(raw, keys=keys()), keys=keys())


def body(answer: HttpResponseBase) -> bytes:
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def keys() -> list:
    return [signer.signing_key(signer.live_shard()).verify_key]


def test_every_entry_has_its_end_and_its_proof(ministry: Ministry, door: Door) -> None:
    pk = ministry.published()
    found = door.loaded()
    assert [(one.name, one.restriction) for one in found.domains] == [(name, pk) for name in sorted(NAMES)]
    assert {one.until for one in found.domains} == {"2040-03-02T02:00:00.000Z"}
    assert found.refused == ()
    assert (found.proofs[pk].issuer, found.proofs[pk].ground.instrument) == (
        ministry.row(pk).authority.name,
        "UU 11/2008",
    )


def test_what_was_lifted_is_not_on_the_list_and_its_serial_is_newer(ministry: Ministry, door: Door) -> None:
    pk = ministry.published()
    before = door.loaded().feed.head
    ministry.lift(pk, "web.example.net")
    found = door.loaded()
    assert [one.name for one in found.domains] == ["app.example.net"]
    assert before.is_older_than(found.feed.head)
    assert found.refused == ()


def test_what_is_past_its_end_is_not_on_the_list_though_nobody_swept(ministry: Ministry, door: Door) -> None:
    ministry.published()
    ministry.wait(days=60)
    assert door.loaded().domains == ()


@pytest.mark.invariant("I-16")
def test_an_operator_reads_what_was_addressed_to_it_alone(ministry: Ministry, door: Door) -> None:
    ministry.published(operators=["isp-a"])
    for file in FILES:
        assert b"web.example.net" in body(door.get(file))
        assert b"web.example.net" not in body(door.get(file, by=("isp-b", "engineer")))


@pytest.mark.invariant("I-10")
@pytest.mark.invariant("I-16")
@pytest.mark.parametrize(
    "by", [("kominfo", "officer"), ("telegram", "representative"), ("auditor", "auditor"), ("kominfo", "approver")]
)
def test_nobody_else_reads_a_list(ministry: Ministry, door: Door, by: tuple[str, str]) -> None:
    ministry.published()
    for file in FILES:
        answer = door.get(file, by=by)
        assert (answer.status_code, b"example.net" in answer.getvalue()) == (403, False)


def test_a_list_needs_a_token(ministry: Ministry) -> None:
    ministry.published()
    assert {Client().get(f"/feeds/terrorism/{file}").status_code for file in FILES} == {401}


def test_a_list_is_only_read(door: Door) -> None:
    assert Client().post("/feeds/terrorism/rpz.zone").status_code == 405


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("nothing", "rpz.zone"),
        ("terrorism", "other.txt"),
        ("allow", "hosts.txt"),
        ("allow", "domains.json"),
        ("shadow-allow", "rpz.zone"),
        ("shadow-terrorism", "hosts.txt"),
        ("shadow-terrorism", "squid.txt"),
        ("shadow-shadow-terrorism", "rpz.zone"),
    ],
)
def test_what_is_no_list_is_not_found(door: Door, name: str, file: str) -> None:
    assert door.get(file, name=name).status_code == 404


@pytest.mark.parametrize("name", ["gambling", "child-sexual-abuse", "child_sexual_abuse", "shadow-fraud"])
def test_a_list_on_which_nothing_is_yet_is_a_list(door: Door, name: str) -> None:
    found = door.loaded(name=name)
    assert (found.domains, found.feed.serial) == ((), 0)


@pytest.mark.parametrize("file", ["rpz.zone", "hosts.txt", "squid.txt"])
def test_a_file_is_signed_and_has_the_end_of_each_entry_and_no_case(ministry: Ministry, door: Door, file: str) -> None:
    pk = ministry.published()
    raw = body(door.get(file))
    head = lists.verify(raw, keys=keys(), comment=";" if file == "rpz.zone" else "#")
    assert (head.apex, raw.count(b"until 2040-03-02T02:00:00.000Z") >= 2) == ("terrorism.isp-a.rpz.mufakat", True)
    assert pk.encode() not in raw


@override_settings(MUFAKAT_PROTECTED_NAMES=frozenset({"safe.example.org"}))
def test_the_allow_list_passes_what_is_never_closed(ministry: Ministry, door: Door) -> None:
    ministry.published()
    assert b"\nsafe.example.org CNAME rpz-passthru.\n" in body(door.get("rpz.zone", name="allow"))


def test_a_shadow_run_is_on_its_own_list(ministry: Ministry, door: Door) -> None:
    ministry.published(shadow=True)
    assert door.loaded().domains == ()
    found = door.loaded(name="shadow-terrorism")
    assert (len(found.domains), found.feed.shadow) == (2, True)


def test_the_layer_of_pages_is_for_squid_and_not_for_name_servers(ministry: Ministry, door: Door) -> None:
    ministry.published(layer="url")
    named = {file: b"web.example.net" in body(door.get(file)) for file in FILES}
    assert named == {"rpz.zone": False, "hosts.txt": False, "squid.txt": True, "domains.json": True}


def test_the_same_list_is_not_sent_twice(ministry: Ministry, door: Door) -> None:
    pk = ministry.published()
    first = door.get()
    body(first)
    assert door.get(tag=first["ETag"]).status_code == 304
    ministry.lift(pk)
    assert door.get(tag=first["ETag"]).status_code == 200


def test_a_name_that_two_restrictions_close_is_there_until_the_later_end(ministry: Ministry, door: Door) -> None:
    ministry.published(names=["web.example.net"])
    ministry.published(
        names=["web.example.net"],
        match="subtree",
        review_at="2040-01-10T00:00:00Z",
        sunset_at="2040-01-20T00:00:00Z",
    )
    raw = body(door.get("rpz.zone")).decode()
    assert "\nweb.example.net CNAME . ; until 2040-03-02T02:00:00.000Z\n" in raw
    assert "\n*.web.example.net CNAME . ; until 2040-01-20T00:00:00.000Z\n" in raw
    assert len(door.loaded().domains) == 2


def test_a_list_longer_than_a_page_is_whole(ministry: Ministry, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "PAGE", 3)
    monkeypatch.setattr(feeding, "PROOFS", 1)
    names = [f"n{number}.example.net" for number in range(7)]
    ministry.published(names=names)
    ministry.published(names=names[:4])
    found = door.loaded()
    assert [one.name for one in found.domains] == sorted([*names, *names[:4]])
    assert found.refused == ()


def test_the_document_says_where_people_look_up(ministry: Ministry, door: Door) -> None:
    ministry.published()
    assert json.loads(body(door.get()))["look_up"].endswith("/restrictions/")
