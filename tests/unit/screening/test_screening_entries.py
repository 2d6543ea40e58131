"""What may not enter a bank, and what a file of entries tells about each line."""

from __future__ import annotations

import pytest

from mufakat.screening.bank import BankKind
from mufakat.screening.entries import Code, FaultKind, Reading, Told, check, id_of, read_entries

HEX = "a1" * 32
TOLD = Told(source="made up", category="unripe", ground="house rules")


def read(*lines: str | bytes, kind: BankKind = BankKind.PHRASE, keep_sound: bool = False) -> Reading:
    return read_entries(lines, kind, told=TOLD, keep_sound=keep_sound)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (BankKind.PHRASE, "pisang hijau"),
        (BankKind.PHRASE, "1234"),
        (BankKind.LOCATOR, "situs.example"),
        (BankKind.LOCATOR, "8.8.8.8"),
        (BankKind.LOCATOR, "https://situs.example/x?y=1"),
        (BankKind.LOCATOR, "https://situs.example/x/*"),
        (BankKind.LOCATOR, "https://toko.github.io/*"),
        (BankKind.LOCATOR, "tg:username:pisang_hijau"),
        (BankKind.LOCATOR, "tg:invite:AbCdEfGhIjKl"),
        (BankKind.DIGEST, HEX),
        (BankKind.PATTERN, r"pisang\W{0,3}hijau"),
        (BankKind.PDQ, "0f" * 32),
    ],
)
def test_what_names_one_thing_may_enter(kind: BankKind, value: str) -> None:
    assert check(kind, value) is None


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        *((kind, " \n", Code.BLANK) for kind in BankKind),
        *((kind, "\ud800pisang", Code.BAD_TEXT) for kind in BankKind),
        (BankKind.PHRASE, "\U0001f34c\U0001f34c", Code.BLANK),
        (BankKind.PHRASE, "pis", Code.TOO_SHORT),
        (BankKind.PHRASE, "pisang " * 33, Code.TOO_LONG),
        (BankKind.PHRASE, "terima kasih", Code.MATCHES_TOO_MUCH),
        (BankKind.PHRASE, "y4ng s4ya", Code.MATCHES_TOO_MUCH),
        (BankKind.LOCATOR, "com", Code.PUBLIC_SUFFIX),
        (BankKind.LOCATOR, "co.id", Code.PUBLIC_SUFFIX),
        (BankKind.LOCATOR, "github.io", Code.PUBLIC_SUFFIX),
        (BankKind.LOCATOR, "https://github.io/*", Code.PUBLIC_SUFFIX),
        (BankKind.LOCATOR, "amazonaws.com", Code.PUBLIC_SUFFIX),
        (BankKind.LOCATOR, "t.me", Code.MATCHES_TOO_MUCH),
        (BankKind.LOCATOR, "pisang", Code.BAD_FORM),
        (BankKind.LOCATOR, HEX, Code.BAD_FORM),
        (BankKind.LOCATOR, "127.0.0.1", Code.BAD_FORM),
        (BankKind.DIGEST, "pisang", Code.BAD_FORM),
        (BankKind.DIGEST, "a1" * 16, Code.BAD_FORM),
        (BankKind.DIGEST, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Code.MATCHES_TOO_MUCH),
        (BankKind.PATTERN, "x*", Code.BAD_FORM),
        (BankKind.PATTERN, r"(a)\1", Code.BAD_FORM),
        (BankKind.PATTERN, "a(?=b)", Code.BAD_FORM),
        (BankKind.PATTERN, "(a{100}){100}", Code.BAD_FORM),
        (BankKind.PATTERN, "a" * 1_001, Code.BAD_FORM),
        (BankKind.PATTERN, ".", Code.MATCHES_TOO_MUCH),
        (BankKind.PATTERN, r"\w+\s\w+", Code.MATCHES_TOO_MUCH),
        (BankKind.PDQ, "0f", Code.BAD_FORM),
        (BankKind.PDQ, "0" * 64, Code.MATCHES_TOO_MUCH),
    ],
)
def test_what_would_match_everything_or_nothing_may_not_enter(kind: BankKind, value: str, code: Code) -> None:
    refused = check(kind, value)
    assert refused is not None
    assert (refused.code, refused.canonical) == (code, None)


@pytest.mark.parametrize(
    ("kind", "value", "canonical"),
    [
        (BankKind.PHRASE, " Pisang \n HIJAU", "pisang hijau"),
        (BankKind.PHRASE, "pi\u200bsang hijau", "pisang hijau"),
        (BankKind.LOCATOR, "SITUS.example.", "situs.example"),
        (BankKind.LOCATOR, "hxxps[:]//situs[.]example/x", "https://situs.example/x"),
        (BankKind.LOCATOR, "@Pisang_Hijau", "tg:username:pisang_hijau"),
        (BankKind.DIGEST, f"sha256:{HEX.upper()}", HEX),
        (BankKind.PDQ, "0F" * 32, "0f" * 32),
    ],
)
def test_what_is_not_in_its_one_form_is_told_that_form(kind: BankKind, value: str, canonical: str) -> None:
    refused = check(kind, value)
    assert refused is not None
    assert (refused.code, refused.canonical) == (Code.NOT_CANONICAL, canonical)
    assert check(kind, canonical) is None


def test_json_and_plain_values_are_read_alike() -> None:
    reading = read('{"value": "pisang hijau", "category": "raw"}', b"pisang raya\r\n", "# a remark", "", "pisang raya")
    assert [(one.value, one.category, one.source) for one in reading.entries] == [
        ("pisang hijau", "raw", "made up"),
        ("pisang raya", "unripe", "made up"),
    ]
    assert reading.repeated == 1
    assert reading.entries[1].id == id_of(BankKind.PHRASE, "pisang raya")


def test_a_value_is_taken_in_its_one_form_and_the_reader_is_told() -> None:
    reading = read("Pisang  HIJAU")
    assert [one.value for one in reading.entries] == ["pisang hijau"]
    assert reading.rewritten == ((1, "Pisang  HIJAU", "pisang hijau"),)


FAULTY: list[tuple[str | bytes, FaultKind | Code]] = [
    (b"\xff\xfe", FaultKind.NOT_UTF8),
    ("{", FaultKind.NOT_JSON),
    ("{" * 20_000, FaultKind.NOT_JSON),
    ('{"value": 1}', FaultKind.WRONG_MEMBER),
    ('{"value": "pisang satu", "colour": "green"}', FaultKind.WRONG_MEMBER),
    ('{"value": "pisang dua", "source": ""}', FaultKind.WRONG_MEMBER),
    ('{"value": "pisang tiga", "expires_at": "tomorrow"}', FaultKind.BAD_MOMENT),
    ('{"value": "pisang tiga", "review_at": "2026-12-01T00:00:00"}', FaultKind.BAD_MOMENT),
    ('{"value": "pisang lima", "id": "e1"}', FaultKind.REPEATED_ID),
    ("x" * 40_000, FaultKind.TOO_LONG),
    ("pisang " * 2_000, Code.TOO_LONG),
    ("yang", Code.MATCHES_TOO_MUCH),
]


@pytest.mark.parametrize(("line", "code"), FAULTY)
def test_every_fault_is_told_by_its_line_and_nothing_is_taken(line: str | bytes, code: FaultKind | Code) -> None:
    reading = read('{"value": "pisang empat", "id": "e1"}', line, "pisang enam")
    assert [(fault.line, fault.code) for fault in reading.faults] == [(2, code)]
    assert reading.entries == ()


def test_what_is_sound_is_taken_where_somebody_asks_for_it() -> None:
    reading = read("pisang hijau", "yang", keep_sound=True)
    assert [one.value for one in reading.entries] == ["pisang hijau"]
    assert len(reading.faults) == 1


def test_reading_stops_after_so_many_faults() -> None:
    assert len(read(*["yang"] * 1_000).faults) == 250


@pytest.mark.invariant(17)
def test_what_is_imported_is_in_shadow_whatever_its_lines_say() -> None:
    told = Told(source="made up", category="unripe", ground="house rules", shadow=True)
    reading = read_entries(['{"value": "pisang hijau", "shadow": false}', "pisang raya"], BankKind.PHRASE, told=told)
    assert [one.shadow for one in reading.entries] == [True, True]


def test_an_expired_entry_is_still_read_so_that_an_old_file_stays_one() -> None:
    reading = read('{"value": "pisang hijau", "expires_at": "2017-07-14T00:00:00Z"}')
    assert reading.faults == ()
