"""Defanged addresses are understood as they were meant."""

from __future__ import annotations

import pytest

from mufakat.locator import Locator, parse


def canonical(text: str) -> str:
    found = parse(text)
    assert isinstance(found, Locator), found
    return found.canonical


@pytest.mark.parametrize(
    "text",
    [
        "hxxps://situs.example/a",
        "hXXps://situs.example/a",
        "HXXPS://situs.example/a",
        "hxxps[:]//situs[.]example/a",
        "hxxps[://]situs[.]example/a",
        "https:[//]situs.example/a",
        "hxxps[:][/][/]situs[.]example[/]a",
        "situs(.)example/a",
        "situs{.}example/a",
        "situs[dot]example/a",
        "situs(DOT)example/a",
        "situs[titik]example/a",
        "situs [.] example/a",
        "situs[.]example[/]a",
        "hxxps://situs[.]example[:]443/a",
    ],
)
def test_a_defanged_address_is_the_plain_one(text: str) -> None:
    assert canonical(text) == "https://situs.example/a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("situs[.]example", "situs.example"),
        ("8[.]8[.]8[.]8", "8.8.8.8"),
        ("[at]contoh_kanal", "tg:username:contoh_kanal"),
        ("hxxps://t[.]me/contoh_kanal/25", "tg:username:contoh_kanal/message/25"),
        ("t[.]me[/]contoh_kanal[/]25", "tg:username:contoh_kanal/message/25"),
        ("tg[:]//resolve?domain=contoh_kanal", "tg:username:contoh_kanal"),
        ("hxxp://situs.example", "http://situs.example/"),
    ],
)
def test_every_kind_of_address_can_be_defanged(text: str, expected: str) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "https://situs.example/a[.]b(dot)c[/]d",
        "https://situs.example/?a=[.]",
        "https://situs.example/hxxp://situs",
        "https://situs.example/Nama_(at)",
    ],
)
def test_marks_in_the_path_are_left_alone(text: str) -> None:
    assert canonical(text) == text
