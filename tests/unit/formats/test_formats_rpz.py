"""Zones of closed names: what is written can be read, and nothing in a name breaks out of its line."""

from __future__ import annotations

import csv
import ipaddress
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from mufakat.formats import rpz, rpz_reading, rpz_triggers, tsig
from mufakat.formats.rpz import Action, Timers
from mufakat.formats.rpz_triggers import Trigger
from mufakat.rules.restriction import Match

ZONE = "terrorism.isp-a.rpz.mufakat"
VECTORS = Path(__file__).parents[2] / "vectors" / "formats" / "rpz_triggers.csv"
LABEL = st.from_regex(r"[a-z0-9_]([a-z0-9-]{0,20}[a-z0-9_])?", fullmatch=True)
NAME = st.lists(LABEL, min_size=2, max_size=5).map(".".join)


def text(*lines: str, serial: int = 7, action: Action = Action.NXDOMAIN) -> str:
    return "".join(rpz.write(ZONE, serial, lines, action=action))


def test_a_zone_as_it_is_written() -> None:
    assert text("web.example.net", "*.web.example.net") == (
        "$ORIGIN terrorism.isp-a.rpz.mufakat.\n"
        "$TTL 30\n"
        "@ SOA localhost. root.localhost. 7 60 30 86400 30\n"
        "@ NS localhost.\n"
        "canary.terrorism.isp-a.rpz.mufakat A 192.0.2.1\n"
        "web.example.net CNAME .\n"
        "*.web.example.net CNAME .\n"
    )


def test_exact_is_the_name_alone_and_a_subtree_both_because_the_star_does_not_cover_the_name() -> None:
    assert rpz.owners("web.example.net", Match.EXACT) == ("web.example.net",)
    assert rpz.owners("web.example.net", Match.SUBTREE) == ("web.example.net", "*.web.example.net")


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (("terrorism", "isp-a"), "terrorism.isp-a.rpz.mufakat"),
        (("child_sexual_abuse", "isp-a"), "child-sexual-abuse.isp-a.rpz.mufakat"),
        ((rpz.ALLOW, "isp-b"), "allow.isp-b.rpz.mufakat"),
    ],
)
def test_a_zone_is_a_list_at_an_operator(told: tuple[str, str], name: str) -> None:
    assert rpz.zone_name(*told) == name
    assert rpz.zone_name(*told, shadow=True, suffix="lists.example") == f"shadow-{name}".replace(
        "mufakat", "lists.example"
    )


def test_the_allow_list_lets_pass_and_every_other_list_denies_the_name() -> None:
    assert (rpz.action_of(rpz.ALLOW), rpz.action_of("terrorism")) == (Action.PASSTHRU, Action.NXDOMAIN)


def test_what_fits_in_a_zone_fits_in_a_name() -> None:
    longest = f"*.{'x' * rpz.room(ZONE)}.{ZONE}"
    assert len(longest) == 253  # 255 bytes with its first length and the root.


HOSTILE = ["a\nb.example", "a b", 'a"b', "a;b", "$INCLUDE", "@", "(", ")", "a\\b", "ä.example", "a\0b", "A.example", ""]


@pytest.mark.parametrize("owner", HOSTILE)
def test_whatever_stands_in_a_name_it_stays_one_word_of_one_line(owner: str) -> None:
    written = text(owner)
    assert written.count("\n") == text().count("\n") + 1
    assert len(written.splitlines()[-1].split()) == (3 if owner else 2)
    assert written.isascii()


@given(st.text(max_size=40))
def test_no_text_breaks_out_of_its_line(owner: str) -> None:
    last = text(owner).removeprefix(text())
    assert last.count("\n") == 1
    assert last.endswith(" CNAME .\n")
    assert not set(last.removesuffix(" CNAME .\n")) & set(' \t\r\n;()"$@')


@given(st.sets(NAME, max_size=20), st.sampled_from(list(Action)), st.integers(0, 2**32 - 1))
def test_what_is_written_is_read(names: set[str], action: Action, serial: int) -> None:
    lines = [owner for name in sorted(names) for owner in rpz.owners(name, Match.SUBTREE)]
    found = rpz_reading.read(text(*lines, serial=serial, action=action).splitlines(keepends=True))
    assert (found.zone, found.serial, found.timers) == (ZONE, serial, Timers())
    assert found.lines == dict.fromkeys(lines, action)
    assert found.others == 2  # The name server and the canary.


def test_a_zone_of_others_is_read() -> None:
    found = rpz_reading.read(
        """; a list
$TTL 300
@ IN SOA ns.example. hostmaster.example. (
    2026112601 ; serial
    3600 600 86400 60 )
  IN NS ns.example.
bad.example 60 IN CNAME .
*.bad.example CNAME .
whole.example.list.example. CNAME rpz-passthru.
landing.example A 192.0.2.80
elsewhere.example CNAME page.example.
""".splitlines(keepends=True),
        zone="list.example",
    )
    assert (found.zone, found.serial, found.timers.expire) == ("list.example", 2026112601, 86400)
    assert found.lines == {
        "bad.example": Action.NXDOMAIN,
        "*.bad.example": Action.NXDOMAIN,
        "whole.example": Action.PASSTHRU,
    }
    assert found.others == 3


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "bad.example CNAME .",
        "@ SOA a. b. 1 2 3 4",
        "@ SOA a. b. 4294967296 2 3 4 5",
        "@ SOA a. b. (1 2 3 4 5",
        "@ SOA a. b. 1 2 3 4 5)",
        "@ SOA a. b. 1 2 3 4 5\n@ SOA a. b. 1 2 3 4 5",
        "@ SOA a. b. 1 2 3 4 5\nx.other.example. CNAME .",
        "@ SOA a. b. 1 2 3 4 5\nx CNAME",
        "@ SOA a. b. 1 2 3 4 5\n$INCLUDE /etc/passwd",
        '@ SOA a. b. 1 2 3 4 5\nx TXT "open',
        "@ SOA a. b. 1 2 3 4 5\n" + "x" * 5_000,
    ],
)
def test_what_is_no_zone_is_refused(broken: str) -> None:
    with pytest.raises(rpz_reading.ZoneTextError):
        rpz_reading.read(broken.splitlines(keepends=True), zone="list.example")


@given(st.text(max_size=200))
def test_any_text_is_a_zone_or_refused(anything: str) -> None:
    with suppress(rpz_reading.ZoneTextError):
        rpz_reading.read(anything.splitlines(keepends=True), zone="list.example")


# -- Serials --


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        (1, 0, True),
        (0, 0, False),
        (0, 1, False),
        (0, 2**32 - 1, True),
        (2**31 - 1, 0, True),
        (2**31, 0, False),
        (44, 2**32 - 100, True),
    ],
)
def test_a_serial_is_newer_within_half_of_the_space(one: int, other: int, newer: bool) -> None:  # noqa: FBT001
    assert rpz.is_newer(one, other) is newer


@given(st.integers(0, 2**32 - 1), st.integers(1, 2**31 - 1))
def test_what_is_later_is_newer(serial: int, steps: int) -> None:
    assert rpz.is_newer(rpz.later(serial, steps), serial)


def test_a_serial_never_jumps_over_half_of_the_space() -> None:
    with pytest.raises(ValueError, match="half"):
        rpz.later(0, 2**31)


# -- What a line looks at --


def vectors() -> list[tuple[str, str, str]]:
    with VECTORS.open(encoding="ascii", newline="") as file:
        return [(row["trigger"], row["input"], row["owner_name_relative_to_zone"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("trigger", "told", "owner"), vectors())
def test_what_a_line_looks_at(trigger: str, told: str, owner: str) -> None:
    found, what = rpz_triggers.read(owner)
    if trigger in {"qname", "qname-subdomains"}:
        assert (found, what) == (Trigger.NAME, told)
    elif trigger == "rpz-nsdname":
        assert (found, what) == (Trigger.SERVER_NAME, told)
    else:
        assert (found, what) == (Trigger(trigger), ipaddress.ip_network(told))
        assert rpz_triggers.owner_of(ipaddress.ip_network(told), Trigger(trigger)) == owner


@given(st.ip_addresses(), st.sampled_from([Trigger.CLIENT, Trigger.ANSWER, Trigger.SERVER]))
def test_every_address_has_an_owner_that_is_read_back(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, trigger: Trigger
) -> None:
    network = ipaddress.ip_network(address)
    assert rpz_triggers.read(rpz_triggers.owner_of(network, trigger)) == (trigger, network)


@pytest.mark.parametrize(
    "owner",
    ["x.rpz-nothing", "rpz-ip", "rpz-nsdname", "33.1.2.3.4.rpz-ip", "a.rpz-ip", "8.1.2.rpz-ip", "64.zz.1.zz.2.rpz-ip"],
)
def test_what_only_ends_like_a_trigger_is_refused(owner: str) -> None:
    with pytest.raises(rpz_triggers.TriggerError):
        rpz_triggers.read(owner)


# -- Keys --

KEY = 'key "mufakat" {\n\talgorithm hmac-sha256; # made by tsig-keygen\n\tsecret "c2l4dGVlbiBieXRlcyEhIQ==";\n};\n'


def test_a_key_file_is_read_and_its_secret_not_shown() -> None:
    found = tsig.read(KEY)
    assert (found.name, found.algorithm, found.secret) == ("mufakat", "hmac-sha256", "c2l4dGVlbiBieXRlcyEhIQ==")
    assert "c2l4" not in repr(found)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        KEY + KEY,
        KEY.replace("hmac-sha256", "hmac-md5"),
        KEY.replace("c2l4dGVlbiBieXRlcyEhIQ==", "c2hvcnQ="),
        KEY.replace("c2l4dGVlbiBieXRlcyEhIQ==", "c2l4dGVlbiBieXRlcyEhI==="),
        KEY.replace("secret", "secrets"),
        KEY.replace('"mufakat"', '"mu fakat"'),
    ],
)
def test_another_file_is_refused_without_a_word_of_its_secret(broken: str) -> None:
    with pytest.raises(tsig.KeyFileError) as refused:
        tsig.read(broken)
    assert "c2l4" not in str(refused.value)
