"""Whether a name is closed, by what a resolver answers; and when it is asked again."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import probing
from mufakat.rules.probing import NO_MARK, Answer, BadResolverError, Mark, Reading, Way
from mufakat.rules.restriction import Sighting

NAME = "web.example.net"
CANARY = "canary.terrorism.isp-a.rpz.mufakat"
PAGE, REAL = "192.0.2.1", "198.51.100.80"
ANY = "0.0.0.0"  # noqa: S104 - as lists of hosts have it.
FILTERS = Mark(frozenset({PAGE}), bare=True)
AT = datetime(2040, 1, 2, 2, 0, tzinfo=UTC)

# As BIND 9.18 and Unbound 1.17 answer, each seen.
BIND_CLOSED = Answer("NXDOMAIN", added=frozenset({"terrorism.isp-a.rpz.mufakat"}))
BIND_CANARY = Answer("NOERROR", frozenset({PAGE}), added=frozenset({"terrorism.isp-a.rpz.mufakat"}))
UNBOUND_CLOSED = Answer("NXDOMAIN")
UNBOUND_CANARY = Answer("NOERROR", frozenset({PAGE}))
OPEN = Answer("NOERROR", frozenset({REAL}))
NO_AAAA = Answer("NOERROR", zones=frozenset({"example.net"}))
NO_SUCH_NAME = Answer("NXDOMAIN", zones=frozenset({"net"}))
FROM_THE_ROOT = Answer("NXDOMAIN", zones=frozenset({""}))
FAILED = Answer("SERVFAIL")


# -- One answer


@pytest.mark.parametrize(
    ("answer", "mark", "reading"),
    [
        (BIND_CLOSED, FILTERS, Reading.CLOSED),
        (BIND_CLOSED, NO_MARK, Reading.CLOSED),
        (UNBOUND_CLOSED, FILTERS, Reading.CLOSED),
        (UNBOUND_CLOSED, NO_MARK, Reading.ABSENT),
        (Answer("NXDOMAIN", errors=frozenset({15})), NO_MARK, Reading.CLOSED),
        (Answer("REFUSED", errors=frozenset({16})), NO_MARK, Reading.CLOSED),
        (Answer("NXDOMAIN", zones=frozenset({"rpz.somewhere.example"})), NO_MARK, Reading.CLOSED),
        (Answer("NOERROR", frozenset({PAGE})), FILTERS, Reading.CLOSED),
        (
            Answer("NOERROR", targets=frozenset({"page.example.org"})),
            Mark(targets=frozenset({"page.example.org"})),
            Reading.CLOSED,
        ),
        (Answer("NOERROR", frozenset({ANY})), FILTERS, Reading.NOWHERE),
        (Answer("NOERROR", frozenset({ANY})), Mark(frozenset({ANY})), Reading.CLOSED),
        (Answer("NOERROR", frozenset({"127.0.0.1"})), Mark(frozenset({ANY})), Reading.NOWHERE),
        (Answer("NOERROR", frozenset({"::1"})), NO_MARK, Reading.NOWHERE),
        (Answer("NOERROR", frozenset({ANY, PAGE})), FILTERS, Reading.NOWHERE),
        (Answer("NOERROR", frozenset({ANY, REAL})), FILTERS, Reading.OPEN),
        (OPEN, FILTERS, Reading.OPEN),
        (OPEN, NO_MARK, Reading.OPEN),
        (Answer("NOERROR", frozenset({REAL}), frozenset({"edge.example.org"})), FILTERS, Reading.OPEN),
        (Answer("NOERROR", frozenset({REAL, PAGE})), FILTERS, Reading.OPEN),
        (NO_AAAA, FILTERS, Reading.EMPTY),
        (
            Answer("NOERROR", targets=frozenset({"edge.example.org"}), zones=frozenset({"example.org"})),
            FILTERS,
            Reading.EMPTY,
        ),
        (NO_SUCH_NAME, FILTERS, Reading.ABSENT),
        (FROM_THE_ROOT, FILTERS, Reading.ABSENT),
        (FAILED, FILTERS, Reading.SILENT),
        (Answer("REFUSED"), FILTERS, Reading.REFUSED),
        (None, FILTERS, Reading.SILENT),
    ],
)
def test_an_answer_is_read(answer: Answer | None, mark: Mark, reading: Reading) -> None:
    assert probing.read(answer, name=NAME, mark=mark) is reading


# -- The canary


@pytest.mark.parametrize(
    ("canary", "beside", "filters"),
    [
        (BIND_CANARY, FROM_THE_ROOT, True),
        (UNBOUND_CANARY, FROM_THE_ROOT, True),
        (UNBOUND_CANARY, FAILED, True),
        (UNBOUND_CANARY, None, True),
        (BIND_CLOSED, FROM_THE_ROOT, True),
        (UNBOUND_CLOSED, FROM_THE_ROOT, True),
        (FROM_THE_ROOT, FROM_THE_ROOT, False),
        (FAILED, FAILED, False),
        (None, None, False),
        # Who sells every name that is not there to an advertiser answers the one beside it likewise.
        (Answer("NOERROR", frozenset({REAL})), Answer("NOERROR", frozenset({REAL})), False),
        # Who says to everything that there is no such name filters nothing.
        (UNBOUND_CLOSED, UNBOUND_CLOSED, False),
        (BIND_CANARY, Answer("NOERROR", frozenset({ANY})), False),
    ],
)
def test_a_resolver_filters_when_it_answers_the_canary_as_no_other_name(
    canary: Answer | None, beside: Answer | None, *, filters: bool
) -> None:
    assert (probing.mark_of(canary, beside, name=CANARY) is not None) is filters


# -- All ways together


def of(a: Reading, aaaa: Reading = Reading.EMPTY, do: Reading | None = None, tcp: Reading | None = None) -> dict:
    return {Way.A: a, Way.AAAA: aaaa, Way.SIGNED: do or a, Way.TCP: tcp or a}


@pytest.mark.parametrize(
    ("readings", "reference", "state"),
    [
        (of(Reading.OPEN), None, Sighting.OPEN),
        (of(Reading.CLOSED, Reading.CLOSED), None, Sighting.CLOSED),
        # Open by one way and closed by another is closed: somebody's program asks like that.
        (of(Reading.OPEN, Reading.CLOSED), None, Sighting.CLOSED),
        (of(Reading.OPEN, do=Reading.CLOSED), None, Sighting.CLOSED),
        (of(Reading.OPEN, tcp=Reading.CLOSED), None, Sighting.CLOSED),
        (of(Reading.OPEN, tcp=Reading.SILENT), None, Sighting.OPEN),
        (of(Reading.SILENT, Reading.SILENT), None, Sighting.SILENT),
        (of(Reading.ABSENT, Reading.ABSENT), None, Sighting.SILENT),
        (of(Reading.ABSENT, Reading.ABSENT), Reading.OPEN, Sighting.CLOSED),
        (of(Reading.ABSENT, Reading.ABSENT), Reading.ABSENT, Sighting.OPEN),
        (of(Reading.ABSENT, Reading.ABSENT), Reading.SILENT, Sighting.SILENT),
        (of(Reading.REFUSED, Reading.REFUSED), None, Sighting.SILENT),
        (of(Reading.REFUSED, Reading.REFUSED), Reading.OPEN, Sighting.CLOSED),
        (of(Reading.REFUSED, Reading.REFUSED), Reading.ABSENT, Sighting.SILENT),
        (of(Reading.EMPTY, Reading.EMPTY), Reading.EMPTY, Sighting.OPEN),
        (of(Reading.EMPTY, Reading.EMPTY), None, Sighting.SILENT),
        (of(Reading.EMPTY, Reading.OPEN), None, Sighting.OPEN),
        # It leads nowhere: closed, unless it does everywhere.
        (of(Reading.NOWHERE), None, Sighting.CLOSED),
        (of(Reading.NOWHERE), Reading.OPEN, Sighting.CLOSED),
        (of(Reading.NOWHERE), Reading.ABSENT, Sighting.CLOSED),
        (of(Reading.NOWHERE), Reading.EMPTY, Sighting.CLOSED),
        (of(Reading.NOWHERE), Reading.SILENT, Sighting.SILENT),
        (of(Reading.NOWHERE), Reading.REFUSED, Sighting.SILENT),
        (of(Reading.NOWHERE), Reading.NOWHERE, Sighting.OPEN),
        (of(Reading.NOWHERE, Reading.NOWHERE), Reading.NOWHERE, Sighting.OPEN),
        (of(Reading.NOWHERE, Reading.CLOSED), Reading.NOWHERE, Sighting.CLOSED),
        (of(Reading.NOWHERE, tcp=Reading.ABSENT), Reading.NOWHERE, Sighting.CLOSED),
        (of(Reading.OPEN, Reading.NOWHERE), Reading.NOWHERE, Sighting.OPEN),
        (of(Reading.OPEN, Reading.NOWHERE), Reading.OPEN, Sighting.CLOSED),
        (of(Reading.ABSENT, Reading.ABSENT), Reading.NOWHERE, Sighting.CLOSED),
    ],
)
def test_a_name_is_judged_by_all_ways(readings: dict[Way, Reading], reference: Reading | None, state: Sighting) -> None:
    assert probing.judge(readings, reference) is state


@given(st.dictionaries(st.sampled_from(Way), st.sampled_from(Reading)), st.none() | st.sampled_from(Reading))
def test_what_is_closed_by_one_way_is_never_called_open(
    readings: dict[Way, Reading], reference: Reading | None
) -> None:
    state = probing.judge(readings, reference)
    assert not (Reading.CLOSED in readings.values() and state is not Sighting.CLOSED)
    assert not (state is Sighting.OPEN and not readings)


@given(st.dictionaries(st.sampled_from(Way), st.sampled_from(Reading), min_size=1))
def test_a_name_that_leads_nowhere_is_open_only_where_it_leads_nowhere_for_everybody(
    readings: dict[Way, Reading],
) -> None:
    readings[Way.A] = Reading.NOWHERE
    found = {reference: probing.judge(readings, reference) for reference in (None, *Reading)}
    closed = Reading.CLOSED in readings.values()
    assert probing.needs_reference(readings) is not closed
    assert found[None] is Sighting.CLOSED
    opened = {reference for reference, state in found.items() if state is Sighting.OPEN}
    assert opened == (set() if closed or probing.UNSAID & {*readings.values()} else {Reading.NOWHERE})


@pytest.mark.parametrize(
    ("readings", "way"),
    [
        (of(Reading.NOWHERE), Way.A),
        (of(Reading.NOWHERE, Reading.NOWHERE), Way.A),
        (of(Reading.OPEN, Reading.NOWHERE), Way.AAAA),
        (of(Reading.ABSENT, Reading.ABSENT), Way.A),
    ],
)
def test_the_reference_is_asked_by_the_way_that_leads_nowhere(readings: dict[Way, Reading], way: Way) -> None:
    assert probing.way_of_reference(readings) is way


names = st.sampled_from([NAME, "example.net", "net", "", CANARY, "elsewhere.example"])
addresses = st.sampled_from([PAGE, REAL, "0.0.0.0", "2001:db8::80", "::"])  # noqa: S104 - as above.
answers = st.builds(
    Answer,
    st.sampled_from(["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "YXDOMAIN", "16"]),
    st.frozensets(addresses, max_size=3),
    st.frozensets(names, max_size=2),
    st.frozensets(names, max_size=2),
    st.frozensets(names, max_size=2),
    st.frozensets(st.integers(0, 65_535), max_size=2),
)


@given(st.none() | answers, st.none() | answers, st.none() | answers)
def test_whatever_is_answered_is_read(canary: Answer | None, beside: Answer | None, answer: Answer | None) -> None:
    mark = probing.mark_of(canary, beside, name=CANARY)
    assert probing.read(answer, name=NAME, mark=mark or NO_MARK) in Reading
    if canary is not None and canary == beside:
        assert mark is None or probing.read(beside, name=f"beside.{CANARY}", mark=mark) is not Reading.CLOSED


# -- Whom to ask


@pytest.mark.parametrize("address", ["9.9.9.9", " 2620:fe::9 ", "2620:FE:0::9"])
def test_a_public_address_is_asked_at_the_port_of_the_dns(address: str) -> None:
    assert probing.require_askable(address, 53) == str(ipaddress.ip_address(address.strip()))


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("127.0.0.1", 53),
        ("10.1.2.3", 53),
        ("169.254.169.254", 53),
        ("::1", 53),
        ("::ffff:127.0.0.1", 53),
        ("64:ff9b::7f00:1", 53),
        ("2002:7f00:1::", 53),
        ("fe80::1%eth0", 53),
        ("0.0.0.0", 53),  # noqa: S104 - refused.
        ("224.0.0.251", 53),
        ("9.9.9.9", 80),
        ("9.9.9.9", 0),
        ("9.9.9.9", 65_536),
        ("dns.example.net", 53),
        ("9.9.9", 53),
        ("017.0.0.1", 53),
        ("", 53),
    ],
)
def test_no_other_address_is_asked(address: str, port: int) -> None:
    with pytest.raises(BadResolverError):
        probing.require_askable(address, port)


def test_the_house_may_allow_a_network_of_its_own() -> None:
    allowed = [ipaddress.ip_network("127.0.0.0/8")]
    assert probing.require_askable("127.0.0.1", 5353, networks=allowed) == "127.0.0.1"
    with pytest.raises(BadResolverError):
        probing.require_askable("10.0.0.1", 5353, networks=allowed)


# -- When


def test_it_is_asked_soon_then_seldom_then_hourly() -> None:
    at, tries, gaps = AT, 0, []
    while at - AT < timedelta(hours=30):
        then = probing.next_ask(since=AT, tries=tries, at=at, settled=False)
        gaps.append(then - at)
        at, tries = then, tries + 1
    assert gaps[0] == timedelta(seconds=1)
    assert gaps == sorted(gaps)
    assert timedelta(minutes=5) in gaps
    assert gaps[-1] == timedelta(hours=1)


@given(st.integers(0, 10_000), st.timedeltas(timedelta(0), timedelta(days=400)), st.booleans())
def test_it_is_never_asked_more_often_than_once_a_second(tries: int, passed: timedelta, settled: bool) -> None:  # noqa: FBT001
    gap = probing.next_ask(since=AT, tries=tries, at=AT + passed, settled=settled) - (AT + passed)
    assert timedelta(seconds=1) <= gap <= timedelta(hours=1)
    assert gap == timedelta(hours=1) or not settled


# -- Many names


@given(st.integers(0, 20_000), st.integers(0, 5_000))
def test_a_part_of_a_long_list_is_asked_and_always_the_same(many: int, resolvers: int) -> None:
    listed = range(many)
    chosen = probing.sample(listed, resolvers=resolvers)
    assert list(chosen) == sorted(set(chosen))
    assert len(chosen) == min(many, max(10, min(500, 50_000 // max(resolvers, 1))))
    assert list(chosen) == list(probing.sample(listed, resolvers=resolvers))


def test_the_first_half_and_all_of_the_names_are_open_at_their_times() -> None:
    times = [AT + timedelta(seconds=second) for second in (3, 1, 2, 9)]
    assert probing.opened(times) == (times[1], times[2], times[3])
    assert probing.opened([*times, None]) == (times[1], times[0], None)
    assert probing.opened([times[0], None, None]) == (times[0], None, None)
    assert probing.opened([None]) == (None, None, None)
    assert probing.opened([]) == (None, None, None)


@given(st.lists(st.none() | st.datetimes(), max_size=12))
def test_the_first_is_open_before_half_of_them_and_those_before_all(since: list[datetime | None]) -> None:
    first, half, last = probing.opened(since)
    assert [one for one in (first, half, last) if one is not None] == sorted(
        one for one in (first, half, last) if one is not None
    )
    assert (last is not None) == (bool(since) and None not in since)


@given(st.frozensets(st.sampled_from(Sighting)))
def test_together_they_are_open_when_each_of_them_is(states: frozenset[Sighting]) -> None:
    found = probing.together(states)
    assert (found is Sighting.OPEN) == (states == {Sighting.OPEN})
    assert (found is Sighting.CLOSED) == (Sighting.CLOSED in states)
