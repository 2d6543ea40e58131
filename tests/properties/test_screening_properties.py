"""What holds of every bank and every text: the kernel finds what the reference finds, and nothing is too hostile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings, strategies as st

from mufakat.locator import parse
from mufakat.screening import banks
from mufakat.screening.bank import BankKind, Entry, Hit, Seen
from mufakat.screening.extract import MAX_LOCATORS, see
from mufakat.screening.item import Item, ItemKind, Visibility

# Reading the list of public suffixes is no part of any example's time.
parse("situs.example")

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
EXPIRIES = (None, AT - timedelta(days=1), AT, AT + timedelta(microseconds=1), AT + timedelta(days=9))
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)

# Few words of few letters, so that they meet; some that folding changes, and what may stand between them.
WORDS = (
    "pisang",
    "hijau",
    "pis",
    "ang",
    "raya",
    "sekali",
    "yg",
    "anak2",
    "p1sang",
    "PISANG",
    "pi\u200bsang",
    "\u0440isang",
)
BETWEEN = (" ", "  ", ", ", "\n", "-", "", ".", " \u202e", "\u202c ", "\U0001f34c", "\ud800", "\x00", "\u0301", "_")
SITES = (
    "situs.example",
    "a.situs.example",
    "https://situs.example/x",
    "http://situs.example/x/y?z=1",
    "hxxps[:]//situs[.]example/x/y/",
    "t.me/pisang_hijau",
    "https://t.me/pisang_hijau/12",
    "@pisang_hijau",
    "tg://resolve?domain=pisang_hijau",
    "8.8.8.8",
    "https://[2606:4700::1111]/x",
    "https://telegra.ph/Pisang-01-01",
    "ftp://situs.example/x",
)
LOCATORS = (
    "situs.example",
    "b.example",
    "example.org",
    "8.8.8.8",
    "8.8",
    "[2606:4700::1111]",
    "https://situs.example/x",
    "https://situs.example/x/*",
    "http://situs.example/x/y/*",
    "https://situs.example/*",
    "ftp://situs.example/x",
    "telegra.ph",
    "tg:username:pisang_hijau",
    "tg:username:pisang_hijau/message/12",
    "tg:username:pisang",
    "https://telegra.ph/Pisang-01-01",
)
PATTERNS = (r"pisang\W+hijau", r"\bpis\b", r"ya$", r"^pis", r"(an){1,2}g", r"[hjk]i?jau", r"\d+", r"x*y")
DIGESTS = (*(f"{number:064x}" for number in range(3)), "ab" * 32)

SPOKEN = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(BETWEEN)), max_size=12).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)
POINTING = st.lists(st.one_of(st.sampled_from(SITES), st.sampled_from(DIGESTS), SPOKEN), max_size=6).map(" ".join)
TEXTS = st.one_of(SPOKEN, POINTING, ANYTHING, st.tuples(ANYTHING, SPOKEN, ANYTHING).map("".join))
PHRASES = st.one_of(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), ANYTHING.filter(bool))


@st.composite
def entries(draw: st.DrawFn, values: st.SearchStrategy[str]) -> list[Entry]:
    found = draw(st.lists(st.tuples(values, st.sampled_from(EXPIRIES)), max_size=8))
    return [
        Entry(
            id=f"e{number}",
            value=value,
            source="made up",
            category="made-up",
            ground="house rules",
            expires_at=end.isoformat() if end else None,
        )
        for number, (value, end) in enumerate(found)
    ]


def item(text: str, *, urls: tuple[str, ...] = (), sha256: str | None = None, pdq: str | None = None) -> Item:
    return Item(
        item="i1",
        at="2026-11-26T09:00:00Z",
        visibility=Visibility.PUBLIC,
        kind=ItemKind.MESSAGE,
        text=text,
        urls=urls,
        sha256=sha256,
        pdq=pdq,
        pdq_quality=None if pdq is None else 100,
    )


def both(kind: BankKind, held: list[Entry], seen: Seen) -> tuple[list[Hit], list[Hit]]:
    """What the kernel finds, and what the reference finds."""
    kernel, reference = banks.make("b", kind, held), banks.reference("b", kind, held)
    return list(kernel.find(seen, at=AT)), list(reference.find(seen, at=AT))


@given(entries(PHRASES), TEXTS)
@settings(max_examples=400)
def test_the_index_of_phrases_finds_what_the_reference_finds(held: list[Entry], text: str) -> None:
    found, expected = both(BankKind.PHRASE, held, see(item(text)))
    assert found == expected


@given(st.text("ab", min_size=12, max_size=16), st.text("ab", max_size=60))
@example("abababababab", "babababababababababab")
@settings(max_examples=300)
def test_a_long_phrase_is_found_among_the_letters_wherever_it_begins(phrase: str, text: str) -> None:
    spelt = str.maketrans("ab", "xo")
    held = [Entry(id="e", value=phrase.translate(spelt), source="s", category="c", ground="g")]
    found, expected = both(BankKind.PHRASE, held, see(item(text.translate(spelt))))
    assert found == expected


@given(entries(st.sampled_from(LOCATORS)), POINTING, st.lists(st.sampled_from(SITES), max_size=3))
@settings(max_examples=300)
def test_the_index_of_locators_finds_what_the_reference_finds(held: list[Entry], text: str, urls: list[str]) -> None:
    found, expected = both(BankKind.LOCATOR, held, see(item(text, urls=tuple(urls))))
    assert found == expected


@given(entries(st.sampled_from(DIGESTS)), POINTING, st.none() | st.sampled_from(DIGESTS))
def test_the_index_of_digests_finds_what_the_reference_finds(held: list[Entry], text: str, sha256: str | None) -> None:
    found, expected = both(BankKind.DIGEST, held, see(item(text, sha256=sha256)))
    assert found == expected


@given(entries(st.sampled_from(PATTERNS)), TEXTS)
def test_the_set_of_patterns_finds_what_the_reference_finds(held: list[Entry], text: str) -> None:
    found, expected = both(BankKind.PATTERN, held, see(item(text)))
    assert found == expected


@given(st.integers(0, 2**256 - 1), st.lists(st.sets(st.integers(0, 255), max_size=40), max_size=8), st.booleans())
def test_the_bands_of_hashes_find_what_the_reference_finds(
    picture: int,
    flips: list[set[int]],
    is_alike: bool,  # noqa: FBT001 - drawn.
) -> None:
    held = [
        Entry(
            id=f"e{number}",
            value=f"{picture ^ sum(1 << bit for bit in bits) ^ (0 if is_alike else number << 128):064x}",
            source="s",
            category="c",
            ground="g",
        )
        for number, bits in enumerate(flips)
    ]
    found, expected = both(BankKind.PDQ, held, see(item("", pdq=f"{picture:064x}")))
    assert found == expected


@given(TEXTS, st.lists(ANYTHING, max_size=3))
@example("\ud800.example/\x00", ["\ud800://"])
@settings(max_examples=400)
def test_whatever_somebody_writes_is_seen_and_every_place_lies_in_it(text: str, urls: list[str]) -> None:
    seen = see(item(text, urls=tuple(urls)))
    assert len(seen.locators) <= MAX_LOCATORS
    assert all(0 <= span[0] < span[1] <= len(text) for _, span in seen.locators if span)


@given(st.sampled_from(BankKind), TEXTS)
@settings(max_examples=100)
def test_a_bank_without_entries_finds_nothing(kind: BankKind, text: str) -> None:
    pdq = "0f" * 32
    found, expected = both(kind, [], see(item(text, sha256=DIGESTS[0], pdq=pdq)))
    assert found == expected == []


@pytest.mark.parametrize("pattern", ["()", "x*", r"(a)\1", "a(?=b)", "(a{100}){100}", "(", "\ud800"])
def test_a_pattern_that_may_not_run_is_refused_by_reference_and_kernel_alike(pattern: str) -> None:
    held = [Entry(id="e", value=pattern, source="s", category="c", ground="g")]
    for build in (banks.make, banks.reference):
        with pytest.raises(ValueError, match="It "):
            build("b", BankKind.PATTERN, held)
