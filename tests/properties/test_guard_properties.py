"""The guard and the names it reads, under whatever anybody may write."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from mufakat.locator.kinds import Kind
from mufakat.rules import guard, guard_tables, look_alikes, network_names
from mufakat.rules.guard import Code, Known, Pointed, Verdict
from mufakat.rules.guard_tables import Guarded
from mufakat.rules.network_names import NameReason, Refusal
from mufakat.rules.notice import Category, LegalGround
from mufakat.rules.restriction import Match, RestrictionIn

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
IN_A_ZONE = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")

labels = st.from_regex(r"\A[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?\Z")
plain = st.lists(labels, min_size=2, max_size=5).map(".".join)
hostile = st.text(
    alphabet=st.one_of(
        st.sampled_from('abz019.-_*;"\\()@$/:#%? \t\n\x00[]'),
        st.sampled_from("\u0430\u0456\u043e\u200b\u200d\xad\u3002\uff0e\uff11\xdf\u0130\u202e\ufeff\ud800"),
        st.characters(),
    ),
    max_size=80,
)
puny = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-", max_size=20).map(lambda text: f"xn--{text}.example")
triggers = st.tuples(plain, st.sampled_from(["rpz-ip", "rpz-client-ip", "rpz-nsip", "rpz-nsdname", "rpz-drop"]))
anything = st.one_of(
    plain,
    hostile,
    puny,
    triggers.map(".".join),
    plain.map(str.upper),
    plain.map(lambda name: f"{name}."),
    plain.map(lambda name: f"*.{name}"),
    st.ip_addresses().map(str),
    st.ip_addresses(v=4).map(lambda address: f"{address}/24"),
    st.sampled_from(["go.id", "co.id", "com", ".", "*", "cloudfront.net", "bri.co.id", "web.telegram.org", "x.gov.uk"]),
)
protected = st.sampled_from(sorted(guard_tables.protected()))
known = st.builds(
    Known,
    protected=st.dictionaries(plain, st.sampled_from([Guarded.OWN, Guarded.HOUSE]), max_size=5),
    reopened=st.dictionaries(plain, st.sampled_from([AT, AT - timedelta(days=400)]), max_size=5),
    pointed=st.lists(
        st.builds(Pointed, st.sampled_from(["https://a.example/b", "tg:username:a"]), st.just(Kind.URL), plain),
        max_size=3,
    ).map(tuple),
    contacts=st.frozensets(plain, max_size=3),
)


def order(names: list[str], match: Match = Match.EXACT) -> RestrictionIn:
    return RestrictionIn(
        list=Category.TERRORISM,
        names=tuple(names),
        match=match,
        operators=("isp-a",),
        legal_ground=LegalGround(system="id", instrument="UU 11/2008", provision="Pasal 40 ayat (2a)"),
        reason="A made-up placeholder.",
        proportionality="A made-up placeholder.",
        review_at="2026-12-03T09:00:00Z",
        sunset_at="2026-12-26T09:00:00Z",
    )


@given(anything)
def test_whatever_is_read_can_stand_in_a_zone_as_it_is(text: str) -> None:
    name = network_names.read(text)
    assert isinstance(name, Refusal) or (IN_A_ZONE.fullmatch(name) and len(name) <= 253)


@given(anything)
def test_a_name_that_was_read_is_read_again_as_itself(text: str) -> None:
    name = network_names.read(text)
    assert isinstance(name, Refusal) or network_names.read(name) == name


@given(anything)
def test_no_name_holds_an_instruction_to_the_resolver(text: str) -> None:
    name = network_names.read(text)
    assert isinstance(name, Refusal) or not any(label.startswith("rpz-") for label in name.split("."))


@given(st.ip_addresses(), st.sampled_from(["{}", "[{}]", "{}/24", "{}-{}", "{}/0"]))
def test_no_address_is_a_name(address: object, form: str) -> None:
    found = network_names.read(form.format(address, address))
    assert isinstance(found, Refusal)
    assert found.reason in {NameReason.ADDRESS, NameReason.RANGE}


@given(st.lists(anything, max_size=12))
def test_an_order_names_each_name_once(texts: list[str]) -> None:
    names = [one for one in network_names.read_all(texts) if isinstance(one, str)]
    assert len(names) == len(set(names))


@given(st.lists(anything, min_size=1, max_size=8), known, st.sampled_from(Match))
def test_the_guard_says_something_about_every_text_that_is_no_name(
    texts: list[str], facts: Known, match: Match
) -> None:
    looked = guard.look(order(texts, match), known=facts, at=AT)
    refused = {
        text for text, name in zip(texts, network_names.read_all(texts), strict=True) if isinstance(name, Refusal)
    }
    assert {one.name for one in looked if one.code is Code.NOT_A_NAME} == refused


@given(st.lists(anything, min_size=1, max_size=8), known, st.sampled_from(Match))
def test_nothing_protected_is_ever_closed(texts: list[str], facts: Known, match: Match) -> None:
    looked = guard.look(order(texts, match), known=facts, at=AT)
    stopped = {one.name for one in looked if one.verdict is Verdict.IMPOSSIBLE}
    everything = {**guard_tables.protected(), **facts.protected}
    for text, name in zip(texts, network_names.read_all(texts), strict=True):
        if isinstance(name, str) and text not in stopped:
            closed = [
                one
                for one in everything
                if one == name or name.endswith(f".{one}") or (match is Match.SUBTREE and one.endswith(f".{name}"))
            ]
            assert closed == []


@given(protected, st.lists(labels, max_size=3), st.sampled_from(Match))
def test_nothing_below_a_shipped_name_is_ever_closed(name: str, below: list[str], match: Match) -> None:
    text = ".".join([*below, name])
    looked = guard.look(order([text], match), known=Known(), at=AT)
    assert any(one.verdict is Verdict.IMPOSSIBLE for one in looked)


@given(st.lists(plain, min_size=1, max_size=6), known)
def test_closing_all_below_finds_no_less_than_closing_the_name_alone(names: list[str], facts: Known) -> None:
    alone = guard.look(order(names), known=facts, at=AT)
    below = guard.look(order(names, Match.SUBTREE), known=facts, at=AT)
    assert {(one.name, one.code) for one in alone} <= {(one.name, one.code) for one in below}


@given(st.lists(anything, min_size=1, max_size=6), known)
def test_knowing_less_finds_no_more(texts: list[str], facts: Known) -> None:
    less = guard.look(order(texts), known=Known(), at=AT)
    more = guard.look(order(texts), known=facts, at=AT)
    alike = {Code.LOOK_ALIKE}  # Whether a twin is told depends on which of two familiar names it is nearer to.
    assert {one for one in less if one.code not in alike} <= {*more} | {
        one for one in less if one.code is Code.OFFICIAL
    }


@given(anything, anything)
def test_names_of_one_look_stay_so_below_any_name(one: str, other: str) -> None:
    first, second = network_names.read(one), network_names.read(other)
    if isinstance(first, str) and isinstance(second, str):
        same = look_alikes.look_of(first) == look_alikes.look_of(second)
        assert (look_alikes.look_of(f"a.{first}") == look_alikes.look_of(f"a.{second}")) == same
