"""The guard: what nobody closes here, what needs reasons, and what it has nothing to say about."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mufakat.locator import parse
from mufakat.locator.results import Locator
from mufakat.rules import guard, guard_tables, network_names
from mufakat.rules.guard import MANY, RECENTLY, Code, Finding, Known, Pointed, Verdict
from mufakat.rules.guard_tables import Guarded, Shared
from mufakat.rules.network_names import NameReason
from mufakat.rules.notice import Category, LegalGround
from mufakat.rules.restriction import MAX_NAMES, Match, RestrictionIn

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
STORY = (
    *("t.me", "telegram.me", "telegram.org", "core.telegram.org", "desktop.telegram.org", "macos.telegram.org"),
    *("web.telegram.org", "venus.web.telegram.org", "pluto.web.telegram.org", "flora.web.telegram.org"),
    "flora-1.web.telegram.org",
)
IMPOSSIBLE, WEIGHTY = Verdict.IMPOSSIBLE, Verdict.WEIGHTY


def order(*names: str, **changes: Any) -> RestrictionIn:
    """A sound order that closes these names."""
    return RestrictionIn(
        list=Category.TERRORISM,
        names=names,
        operators=("isp-a",),
        legal_ground=LegalGround(system="id", instrument="UU 11/2008", provision="Pasal 40 ayat (2a)"),
        reason="A made-up placeholder.",
        proportionality="A made-up placeholder.",
        review_at="2026-12-03T09:00:00Z",
        sunset_at="2026-12-26T09:00:00Z",
        **changes,
    )


def found(*names: str, known: Known | None = None, **changes: Any) -> set[tuple[str, Code, Verdict]]:
    """What the guard finds, without its sentences."""
    looked = guard.look(order(*names, **changes), known=known or Known(), at=AT)
    return {(one.name, one.code, one.verdict) for one in looked}


def pointed(*texts: str) -> tuple[Pointed, ...]:
    """What a notice with these locators points at."""
    locators = [parse(text) for text in texts]
    return tuple(Pointed(one.canonical, one.kind, one.host) for one in locators if isinstance(one, Locator))


def test_the_eleven_names_of_2017_can_be_ordered_with_nothing_said_against_them() -> None:
    assert found(*STORY) == set()


@pytest.mark.parametrize(
    "text", ["go.id", "co.id", "com", ".", "*", "*.cloudfront.net", "192.0.2.0/24", "192.0.2.1", "a..example"]
)
def test_what_is_no_name_is_impossible(text: str) -> None:
    assert found(text) == {(text, Code.NOT_A_NAME, IMPOSSIBLE)}


def test_the_sentence_says_why_it_is_no_name() -> None:
    (one,) = guard.look(order("a.rpz-ip"), known=Known(), at=AT)
    assert one == Finding(
        "a.rpz-ip",
        Code.NOT_A_NAME,
        IMPOSSIBLE,
        "A part that begins with rpz- would be an instruction to the resolver, not a name.",
        0,
        NameReason.TRIGGER_LABEL,
    )


def test_a_hundred_thousand_names_are_one_finding() -> None:
    names = tuple(f"situs-{number}.example" for number in range(100_000))
    assert found(*names) == {("", Code.TOO_MANY, IMPOSSIBLE)}


def test_as_many_names_as_an_order_may_hold_need_reasons() -> None:
    names = tuple(f"situs-{number}.example" for number in range(MAX_NAMES))
    assert found(*names) == {("", Code.MANY, WEIGHTY)}


def test_some_names_need_none() -> None:
    assert found(*(f"situs-{number}.example" for number in range(MANY))) == set()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "kominfo.go.id",
            "www.kominfo.go.id",
            "bmkg.go.id",
            "kemkes.go.id",
            "bi.go.id",
            "ib.bri.co.id",
            "id.pool.ntp.org",
        ),
        *("ocsp.digicert.com", "r3.o.lencr.org", "a.root-servers.net", "dns.google"),
    ],
)
@pytest.mark.parametrize("match", Match)
def test_a_protected_name_and_what_is_below_it_is_never_closed(name: str, match: Match) -> None:
    assert (name, Code.PROTECTED, IMPOSSIBLE) in found(name, match=match)


@pytest.mark.parametrize("name", ["digicert.com", "ntp.ubuntu.com", "kemendagri.go.id", "microsoft.com"])
def test_a_subtree_above_a_protected_name_is_never_closed(name: str) -> None:
    codes = {code for _, code, verdict in found(name, match=Match.SUBTREE) if verdict is IMPOSSIBLE}
    assert codes & {Code.PROTECTED_BELOW, Code.PROTECTED}


def test_the_name_alone_above_a_protected_one_takes_nothing_with_it() -> None:
    assert found("digicert.com") == set()


@pytest.mark.parametrize("why", [Guarded.OWN, Guarded.HOUSE])
def test_our_own_names_and_those_of_the_house_are_never_closed(why: Guarded) -> None:
    known = Known(protected={"mufakat.example": why})
    assert found("banding.mufakat.example", known=known) == {("banding.mufakat.example", Code.PROTECTED, IMPOSSIBLE)}


@pytest.mark.parametrize(
    "name", ["puskesmas.contoh.go.id", "desa-contoh.desa.id", "contoh.mil.id", "agency.gov", "a.gov.uk"]
)
def test_a_name_of_a_public_authority_needs_reasons(name: str) -> None:
    assert found(name) == {(name, Code.OFFICIAL, WEIGHTY)}


@pytest.mark.parametrize("name", ["d111.cloudfront.net", "e1.a.akamaiedge.net", "situs.b-cdn.net", "fonts.gstatic.com"])
def test_an_edge_of_a_delivery_network_needs_reasons(name: str) -> None:
    assert found(name) == {(name, Code.SHARED, WEIGHTY)}


def test_one_customer_of_a_host_is_closed_alone() -> None:
    assert found("situs.wordpress.com", "situs.github.io", "situs.pages.dev") == set()


def test_the_host_itself_needs_reasons() -> None:
    assert found("wordpress.com") == {("wordpress.com", Code.SHARED, WEIGHTY)}


@pytest.mark.parametrize("name", ["wordpress.com", "windows.net", "fastly.net", "gstatic.com"])
def test_a_host_or_network_is_never_closed_with_all_below_it(name: str) -> None:
    assert (name, Code.SHARED, IMPOSSIBLE) in found(name, match=Match.SUBTREE)


@pytest.mark.parametrize("name", ["amazonaws.com", "windows.net", "google.com"])
def test_a_name_below_which_strangers_have_theirs_is_never_closed_with_all_below_it(name: str) -> None:
    verdicts = {code: verdict for _, code, verdict in found(name, match=Match.SUBTREE)}
    assert verdicts.get(Code.SHARED_BELOW) is IMPOSSIBLE or verdicts.get(Code.PROTECTED_BELOW) is IMPOSSIBLE


def test_a_registered_name_with_all_below_it_needs_reasons() -> None:
    assert found("situs.example", match=Match.SUBTREE) == {("situs.example", Code.WHOLE_DOMAIN, WEIGHTY)}


def test_a_part_of_a_registered_name_with_all_below_it_needs_none() -> None:
    assert found("judi.situs.example", match=Match.SUBTREE) == set()


@pytest.mark.parametrize("name", ["youtube.com", "www.youtube.com", "id.wikipedia.org", "archive.org"])
def test_a_platform_of_many_strangers_needs_reasons(name: str) -> None:
    assert found(name) == {(name, Code.SHARED, WEIGHTY)}


def test_one_page_never_takes_a_platform_of_strangers() -> None:
    known = Known(pointed=pointed("https://www.youtube.com/watch?v=contoh"))
    assert ("youtube.com", Code.TOO_WIDE, IMPOSSIBLE) in found("youtube.com", known=known)


def test_many_pages_take_it_with_reasons_alone() -> None:
    known = Known(pointed=pointed("https://www.youtube.com/watch?v=contoh", "https://www.youtube.com/watch?v=lain"))
    assert ("youtube.com", Code.TOO_WIDE, WEIGHTY) in found("youtube.com", known=known)


@pytest.mark.parametrize("name", STORY)
def test_one_channel_takes_a_whole_messenger_with_reasons_alone(name: str) -> None:
    known = Known(pointed=pointed("https://t.me/s/examplechannel/12"))
    assert found(name, known=known) == {(name, Code.TOO_WIDE, WEIGHTY)}


def test_one_page_takes_a_whole_site_with_reasons_alone() -> None:
    known = Known(pointed=pointed("https://situs.example/halaman"))
    assert found("www.situs.example", known=known) == {("www.situs.example", Code.TOO_WIDE, WEIGHTY)}


@pytest.mark.parametrize("text", ["situs.example", "https://situs.example/"])
def test_a_notice_about_the_host_itself_closes_the_host(text: str) -> None:
    known = Known(pointed=pointed(text, "https://situs.example/halaman"))
    assert found("situs.example", known=known) == set()


def test_a_notice_about_something_else_says_nothing() -> None:
    assert found("situs.example", known=Known(pointed=pointed("https://lain.example/halaman"))) == set()


def test_what_was_reopened_lately_is_closed_again_with_reasons_alone() -> None:
    known = Known(reopened={"situs.example": AT - RECENTLY})
    assert found("situs.example", known=known) == {("situs.example", Code.REOPENED, WEIGHTY)}


def test_what_was_reopened_long_ago_needs_none() -> None:
    known = Known(reopened={"situs.example": AT - RECENTLY - timedelta(milliseconds=1)})
    assert found("situs.example", known=known) == set()


def test_a_subtree_closes_again_what_was_reopened_below_it() -> None:
    known = Known(reopened={"a.judi.situs.example": AT})
    assert found("judi.situs.example", known=known, match=Match.SUBTREE) == {
        ("judi.situs.example", Code.REOPENED, WEIGHTY)
    }


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("klikbc\u0430.com", "klikbca.com"),  # Cyrillic a.
        ("br\u0456.co.id", "bri.co.id"),  # Cyrillic i.
        ("www.k0minfo.go.id", "kominfo.go.id"),
        ("1etsencrypt.org", "letsencrypt.org"),
        ("kornlnfo.go.id", None),  # rn for m, but l for i: not of one look.
    ],
)
def test_a_twin_of_a_protected_name_says_which_one_it_looks_like(name: str, twin: str | None) -> None:
    looked = guard.look(order(name), known=Known(), at=AT)
    told = [one.detail for one in looked if one.code is Code.LOOK_ALIKE]
    assert [f"reads like {twin}, which is protected" in detail for detail in told] == ([True] if twin else [])


def test_a_twin_of_what_a_notice_names_needs_reasons() -> None:
    known = Known(pointed=pointed("https://situs-rn.example/halaman"))
    assert found("situs-m.example", known=known) == {("situs-m.example", Code.LOOK_ALIKE, WEIGHTY)}


def test_a_twin_of_what_was_reopened_needs_reasons() -> None:
    known = Known(reopened={"web.telegram.org": AT})
    assert found("web.te1egram.org", known=known) == {("web.te1egram.org", Code.LOOK_ALIKE, WEIGHTY)}


def test_letters_that_read_like_plain_ones_need_reasons_whatever_they_stand_for() -> None:
    assert found("xn--80ak6aa92e.com") == {("xn--80ak6aa92e.com", Code.LOOK_ALIKE, WEIGHTY)}


@pytest.mark.parametrize(
    "name", ["b\xfccher.example", "\u4f8b\u3048.example", "\u043f\u0440\u0438\u043c\u0435\u0440.example"]
)
def test_a_name_in_the_letters_of_its_language_is_a_name(name: str) -> None:
    assert found(name) == set()


def test_a_host_to_which_our_letters_go_needs_reasons() -> None:
    known = Known(contacts=frozenset({"mail.situs.example"}))
    assert found("mail.situs.example", known=known) == {("mail.situs.example", Code.CONTACT, WEIGHTY)}


def test_a_name_that_does_not_fit_into_the_lists_is_impossible() -> None:
    assert found("situs.example", known=Known(longest=12)) == {("situs.example", Code.DOES_NOT_FIT, IMPOSSIBLE)}


def test_findings_come_in_the_order_of_the_names_and_of_the_whole_first() -> None:
    names = ("youtube.com", *(f"situs-{number}.example" for number in range(MANY)), "bri.co.id")
    looked = guard.look(order(*names), known=Known(), at=AT)
    assert [one.name for one in looked] == ["", "youtube.com", "bri.co.id"]


def test_every_shipped_name_is_in_its_one_form() -> None:
    listed = [
        *guard_tables.protected(),
        *(name for name, how in guard_tables.shared().items() if how is Shared.PLATFORM),
    ]
    assert [name for name in listed if network_names.read(name) != name] == []


def test_every_class_is_shipped_but_those_of_the_house() -> None:
    assert set(guard_tables.protected().values()) == set(Guarded) - {Guarded.OWN, Guarded.HOUSE}


def test_every_way_of_sharing_is_shipped() -> None:
    assert set(guard_tables.shared().values()) == set(Shared)


def test_every_class_has_its_sentence() -> None:
    assert (set(guard.WHY), set(guard.HOW)) == (set(Guarded), set(Shared))


def test_the_page_for_people_lists_every_code() -> None:
    page = (Path(__file__).parents[3] / "docs" / "guard.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE)) == {code.value for code in Code}
