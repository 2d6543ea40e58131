"""What an item points at is found however it is written, and nothing is found where nothing is."""

from __future__ import annotations

import pytest

from mufakat.screening.extract import MAX_LOCATORS, see
from mufakat.screening.item import Item, ItemKind, Visibility

HEX = "a1" * 32


def item(
    text: str = "",
    *,
    urls: tuple[str, ...] = (),
    sha256: str | None = None,
    pdq: str | None = None,
    pdq_quality: int | None = None,
) -> Item:
    return Item(
        item="i1",
        at="2026-11-26T09:00:00Z",
        visibility=Visibility.PUBLIC,
        kind=ItemKind.MESSAGE,
        text=text,
        urls=urls,
        sha256=sha256,
        pdq=pdq,
        pdq_quality=pdq_quality,
    )


@pytest.mark.parametrize(
    ("text", "canonical", "shown"),
    [
        ("lihat https://situs.example/a?b=1, ya", "https://situs.example/a?b=1", "https://situs.example/a?b=1"),
        ("lihathttps://situs.example/a", "https://situs.example/a", "https://situs.example/a"),
        ("(di situs.example/a_(b))", "https://situs.example/a_(b)", "situs.example/a_(b)"),
        ("[ini](https://situs.example/a)", "https://situs.example/a", "https://situs.example/a"),
        ('"situs.example"', "situs.example", "situs.example"),
        ("kontak:situs.example;", "situs.example", "situs.example"),
        ("HTTPS://SITUS.EXAMPLE:443/./x/../a", "https://situs.example/a", "HTTPS://SITUS.EXAMPLE:443/./x/../a"),
        ("hxxps[:]//situs[.]example/a", "https://situs.example/a", "hxxps[:]//situs[.]example/a"),
        ("di situs [.] example saja", "situs.example", "situs [.] example"),
        ("ke situs titik co dot id saja", "situs.co.id", "situs titik co dot id"),
        ("situs(titik)example", "situs.example", "situs(titik)example"),
        ("https://lain.example@situs.example/a", "situs.example", "https://lain.example@situs.example/a"),
        ("situs\u3002example", "situs.example", "situs\u3002example"),
        ("\uff53\uff49\uff54\uff55\uff53\uff0e\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45", "situs.example", None),
        ("\u24e2\u24d8\u24e3\u24e4\u24e2.example", "situs.example", None),
        ("si\u200btus\u200b.exa\u200bmple", "situs.example", None),
        ("\u202ehttps://situs.example/a", "https://situs.example/a", "https://situs.example/a"),
        ("8.8.8.8/a", "https://8.8.8.8/a", "8.8.8.8/a"),
        ("beli di t.me/Pisang_Hijau/12!", "tg:username:pisang_hijau/message/12", "t.me/Pisang_Hijau/12"),
        ("pisang-hijau? pisang.t.me", "tg:username:pisang", "pisang.t.me"),
        ("tg://resolve?domain=pisang", "tg:username:pisang", "tg://resolve?domain=pisang"),
        ("tanya @Pisang_Hijau.", "tg:username:pisang_hijau", "@Pisang_Hijau"),
        ("tanya @pi\u200bsang", "tg:username:pisang", "@pi\u200bsang"),
        ("https://t.me/+AbCdEfGhIjKl", "tg:invite:AbCdEfGhIjKl", "https://t.me/+AbCdEfGhIjKl"),
        ("baca[.](https://situs.example/a)", "https://situs.example/a", "https://situs.example/a"),
        ("https://t.me/share/url?url=https%3A%2F%2Fsitus.example%2Fa", "https://situs.example/a", None),
    ],
)
def test_it_is_found_where_it_stands(text: str, canonical: str, shown: str | None) -> None:
    [(locator, span)] = see(item(text)).locators
    assert span is not None
    assert (locator.canonical, text[slice(*span)]) == (canonical, text if shown is None else shown)


@pytest.mark.parametrize("inner", ["https://situs.example/a", "https%3A%2F%2Fsitus.example%2Fa"])
def test_an_address_inside_another_one_is_found_as_well(inner: str) -> None:
    seen = see(item(f"https://lain.example/?u={inner}&x=y"))
    assert [locator.host for locator, _ in seen.locators] == ["lain.example", "situs.example"]


def test_addresses_in_a_list_without_blanks_are_told_apart() -> None:
    seen = see(item("https://a.example/x,https://b.example/y;c.example,d.example/z"))
    assert {locator.host for locator, _ in seen.locators} == {"a.example", "b.example", "c.example", "d.example"}


@pytest.mark.parametrize("path", ["?x=" + "%25" * 20, "?tgWebAuthToken=abc", "a" * 5_000])
def test_what_cannot_be_read_as_a_whole_is_taken_by_its_host(path: str) -> None:
    [(locator, _)] = see(item(f"https://situs.example/{path}")).locators
    assert locator.host == "situs.example"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Selesai.Lalu pergi jam 10.30, harga 1.000.000 versi 1.2.3",
        "surat ke pisang@situs.example ya",
        "@ya @@pisang a@b",
        "sampai di titik ini, titik dua",
        "http:// https:/ tg: :// [.] @",
        "https://localhost/ 127.0.0.1 10.0.0.1",
        "[.][",
        "pisang [.](",
        "{at}{ (titik)(",
    ],
)
def test_nothing_is_found_where_nothing_is(text: str) -> None:
    assert see(item(text)).locators == []


def test_what_stood_beside_the_text_has_no_place_and_comes_last() -> None:
    seen = see(item("lihat situs.example", urls=("https://lain.example/a", "SITUS.example", "\x00", "@pisang")))
    assert [(locator.canonical, span) for locator, span in seen.locators] == [
        ("situs.example", (6, 19)),
        ("https://lain.example/a", None),
        ("tg:username:pisang", None),
    ]


def test_where_there_is_more_than_is_looked_at_it_is_said() -> None:
    many = " ".join(f"situs{number}.example" for number in range(MAX_LOCATORS + 1))
    seen = see(item(many, urls=("https://lain.example/a",)))
    assert (len(seen.locators), seen.more) == (MAX_LOCATORS, True)
    assert "https://lain.example/a" in {locator.canonical for locator, _ in seen.locators}


def test_the_same_said_a_thousand_times_is_not_more() -> None:
    seen = see(item("situs.example " * 2_000))
    assert (len(seen.locators), seen.more) == (1, False)


def test_digests_are_those_of_the_file_and_those_in_the_text() -> None:
    seen = see(item(f"berkas {HEX.upper()} dan sha256:{'b2' * 32} bukan {'c3' * 33}", sha256="d4" * 32))
    assert seen.digests == ["d4" * 32, HEX, "b2" * 32]


@pytest.mark.parametrize(("quality", "is_matched"), [(None, False), (49, False), (50, True), (100, True)])
def test_only_a_hash_of_enough_quality_is_matched(quality: int | None, is_matched: bool) -> None:  # noqa: FBT001
    assert (see(item(pdq=HEX, pdq_quality=quality)).pdq is not None) is is_matched


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a" * 100_000,
            "a." * 50_000,
            "http:" * 20_000,
            "a dot " * 16_000,
            "https%3a%2f%2f" * 7_000,
            "[.]" * 33_333,
            "@" * 100_000,
            "=http://" * 12_500,
        ),
        *("(" * 100_000, "http://" + ")" * 99_993, "a\u0301" * 50_000, "\u200b" * 100_000, "\ud800." * 50_000),
        *("https://a.example/" + "," * 99_000, " [ . ] " * 14_000, "\u202e" * 100_000, "%25" * 33_333, "/" * 100_000),
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_hostile_text_is_seen_through(text: str) -> None:
    assert len(see(item(text)).locators) <= MAX_LOCATORS
