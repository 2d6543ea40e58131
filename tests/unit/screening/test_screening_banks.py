"""What each bank covers, where it says that it stands, and what it leaves alone: reference and kernel alike."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mufakat.screening import banks
from mufakat.screening.bank import Bank, BankKind, Entry
from mufakat.screening.banks.patterns import PatternBank
from mufakat.screening.extract import see
from mufakat.screening.item import Item, ItemKind, Visibility

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
HEX = "a1" * 32
BUILDS = pytest.mark.parametrize("build", [banks.make, banks.reference])
Build = Callable[..., Bank]


def entry(value: str, *, number: int = 1, expires_at: str | None = None) -> Entry:
    return Entry(
        id=f"e{number}", value=value, source="made up", category="unripe", ground="house rules", expires_at=expires_at
    )


def item(text: str = "", *, urls: tuple[str, ...] = (), sha256: str | None = None, pdq: str | None = None) -> Item:
    return Item(
        item="i1",
        at="2026-11-26T09:00:00Z",
        visibility=Visibility.PUBLIC,
        kind=ItemKind.MESSAGE,
        text=text,
        urls=urls,
        sha256=sha256,
        pdq=pdq,
        pdq_quality=90,
    )


def shown(build: Build, kind: BankKind, value: str, text: str) -> str | None:
    """The piece of the text where a value is found; None where it is not."""
    hits = list(build("b", kind, [entry(value)]).find(see(item(text)), at=AT))
    if not hits:
        return None
    assert hits[0].span is not None
    return text[slice(*hits[0].span)]


@BUILDS
@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("pisang hijau", "Beli PISANG  hijau!", "PISANG  hijau"),
        ("pisang hijau", "pisang, hijau", "pisang, hijau"),
        ("pisang hijau", "#pisang_hijau", "pisang_hijau"),
        ("pisang hijau", "pi\u200bsang hijau", "pi\u200bsang hijau"),
        ("pisang hijau", "p1sang hij4u", "p1sang hij4u"),
        ("pisang hijau", "pisang raya hijau", None),
        ("pisang hijau", "pisangan hijau", None),
        ("pisang hijau", "hijau pisang", None),
        ("pisang", "pisangan", None),
        ("pisang", "epis ang", None),
        ("pisang hijau raya", "p i s a n g h i j a u r a y a", "p i s a n g h i j a u r a y a"),
        ("pisang hijau raya", "pisanghijauraya", "pisanghijauraya"),
        ("pisang hijau raya", "piiisang hijaaau raya", "piiisang hijaaau raya"),
        ("pisang raya", "p i s a n g r a y a", None),
    ],
)
def test_a_phrase_is_found_as_words_and_a_long_one_as_letters(
    build: Build, phrase: str, text: str, found: str | None
) -> None:
    assert shown(build, BankKind.PHRASE, phrase, text) == found


@BUILDS
@pytest.mark.parametrize(
    ("value", "pointing", "is_covered"),
    [
        ("situs.example", "situs.example", True),
        ("situs.example", "https://a.b.situs.example:8080/x", True),
        ("situs.example", "https://lainsitus.example/", False),
        ("situs.example", "https://situs.example.org/", False),
        ("8.8.8.8", "http://8.8.8.8/x", True),
        ("https://situs.example/x", "http://situs.example/x#y", True),
        ("https://situs.example/x", "https://situs.example/x/", False),
        ("https://situs.example/x", "https://situs.example/x?y", False),
        ("https://situs.example/x", "https://www.situs.example/x", False),
        ("https://situs.example/x/*", "https://situs.example/x", True),
        ("https://situs.example/x/*", "https://situs.example/x/y/z?q", True),
        ("https://situs.example/x/*", "https://situs.example/xy", False),
        ("https://situs.example/*", "https://situs.example/", True),
        ("https://situs.example/*", "https://a.situs.example/", False),
        ("tg:username:pisang", "t.me/pisang/12", True),
        ("tg:username:pisang", "t.me/pisang_raya", False),
        ("tg:username:pisang/message/12", "t.me/pisang/12", True),
        ("tg:username:pisang/message/12", "t.me/pisang/123", False),
        ("tg:username:pisang/message/12", "t.me/pisang", False),
    ],
)
def test_an_entry_covers_what_it_names_and_what_lies_below(
    build: Build,
    value: str,
    pointing: str,
    is_covered: bool,  # noqa: FBT001
) -> None:
    assert (shown(build, BankKind.LOCATOR, value, pointing) is not None) is is_covered


@BUILDS
@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"pisang\W+hijau", "beli PISANG - Hijau", "PISANG - Hijau"),
        (r"pisang hijau", "pi\u200bsang \ud800 pisang\u3000hijau", "pisang\u3000hijau"),
        (r"pisang", "p\u0456s\u0430ng", "p\u0456s\u0430ng"),
        (r"^pisang", "beli pisang", None),
        (r"\b", "pisang", None),
    ],
)
def test_a_pattern_is_found_in_the_text_as_it_was_written(
    build: Build, pattern: str, text: str, found: str | None
) -> None:
    assert shown(build, BankKind.PATTERN, pattern, text) == found


@BUILDS
@pytest.mark.parametrize(
    ("kind", "value", "given"),
    [
        (BankKind.DIGEST, HEX, item(sha256=HEX)),
        (BankKind.LOCATOR, "situs.example", item(urls=("https://situs.example/",))),
        (BankKind.PDQ, HEX, item(pdq=HEX)),
    ],
)
def test_what_stands_beside_the_text_is_found_without_a_place(
    build: Build, kind: BankKind, value: str, given: Item
) -> None:
    [hit] = build("b", kind, [entry(value)]).find(see(given), at=AT)
    assert (hit.entry.id, hit.span) == ("e1", None)


@BUILDS
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (BankKind.DIGEST, HEX),
        (BankKind.LOCATOR, "situs.example"),
        (BankKind.PHRASE, "pisang hijau"),
        (BankKind.PATTERN, "pisang"),
        (BankKind.PDQ, HEX),
    ],
)
def test_an_entry_whose_time_has_passed_is_not_there(build: Build, kind: BankKind, value: str) -> None:
    seen = see(item("pisang hijau situs.example", sha256=HEX, pdq=HEX))
    bank = build("b", kind, [entry(value, expires_at="2026-11-26T16:00:00+07:00")])
    assert list(bank.find(seen, at=AT)) == []
    assert len(list(bank.find(seen, at=AT - timedelta(microseconds=1)))) == 1


@BUILDS
def test_hits_come_in_the_order_of_the_text_and_each_entry_once(build: Build) -> None:
    held = [entry("hijau raya", number=1), entry("pisang hijau", number=2)]
    hits = list(build("b", BankKind.PHRASE, held).find(see(item("pisang hijau raya, pisang hijau raya")), at=AT))
    assert [(hit.entry.id, hit.span) for hit in hits] == [("e2", (0, 12)), ("e1", (7, 17))]


@BUILDS
def test_what_is_turned_around_does_not_follow_what_it_stands_behind(build: Build) -> None:
    turned = "hijau \u202egnasip\u202c"
    assert shown(build, BankKind.PHRASE, "hijau pisang", turned) is not None
    assert shown(build, BankKind.PHRASE, "gnasip hijau", turned) is None


def test_who_pastes_a_whole_bank_is_found_as_often_as_it_has_entries() -> None:
    held = [entry(f"pisang nomor x{number}y", number=number) for number in range(4_000)]
    text = "\n".join(one.value for one in held)
    assert len(list(banks.make("b", BankKind.PHRASE, held).find(see(item(text)), at=AT))) == 4_000


@pytest.mark.parametrize(
    "text",
    ["pisang " * 14_000, "pisang hijau " * 7_600, "pisanghijauraya" * 6_600, "x.id/a/b/" * 11_000, "a\u0301" * 50_000],
    ids=lambda text: ascii(text[:8]),
)
def test_hostile_text_is_asked_about_once(text: str) -> None:
    held = [entry(value, number=number) for number, value in enumerate(("pisang hijau raya", "pisang hijau pisang"))]
    below = [entry(f"https://x.id{'/a/b' * depth}/*", number=depth) for depth in range(40)]
    seen = see(item(text))
    assert len(list(banks.make("b", BankKind.PHRASE, held).find(seen, at=AT))) <= 2
    assert len(list(banks.make("b", BankKind.LOCATOR, below).find(seen, at=AT))) <= 40


@BUILDS
def test_a_bank_says_what_it_is(build: Build) -> None:
    bank = build("ours", BankKind.PHRASE, [], allow=True)
    assert (bank.name, bank.kind, bank.allow) == ("ours", BankKind.PHRASE, True)


@BUILDS
@pytest.mark.parametrize("flips", [0, 31])
def test_a_picture_that_differs_in_few_bits_is_found(build: Build, flips: int) -> None:
    near = f"{int(HEX, 16) ^ ((1 << flips) - 1):064x}"
    assert list(build("b", BankKind.PDQ, [entry(near)]).find(see(item(pdq=HEX)), at=AT))


@BUILDS
def test_a_picture_that_differs_in_one_bit_more_is_another_one(build: Build) -> None:
    far = f"{int(HEX, 16) ^ ((1 << 32) - 1):064x}"
    assert not list(build("b", BankKind.PDQ, [entry(far)]).find(see(item(pdq=HEX)), at=AT))


def test_where_the_memory_of_a_set_does_not_suffice_each_pattern_is_searched_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bank = banks.make("b", BankKind.PATTERN, [entry("pisang")])

    class Speechless:
        def Match(self, _text: str) -> None:  # noqa: N802 - the name that RE2 gives it.
            return None

    monkeypatch.setattr(bank, "_set", Speechless())
    assert len(list(bank.find(see(item("pisang")), at=AT))) == 1


@pytest.mark.parametrize(
    ("kind", "module", "value"), [(BankKind.PATTERN, "re2", "pisang"), (BankKind.PDQ, "numpy", HEX)]
)
def test_a_missing_extra_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, kind: BankKind, module: str, value: str
) -> None:
    from mufakat.screening.banks import patterns

    patterns._engine.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"mufakat\[screening\]"):
        banks.make("b", kind, [entry(value)])


def test_a_pattern_of_which_many_match_takes_no_more_than_a_pass_each() -> None:
    bank = PatternBank("b", [entry(f"(a|aa)+{number}$", number=number) for number in range(20)])
    assert not bank.find(see(item("a" * 100_000)), at=AT)
