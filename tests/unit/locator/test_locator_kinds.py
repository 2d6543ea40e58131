"""Kinds, surfaces and the sentences of refusals."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from mufakat.locator import Kind, Reason, Surface, parse, surface_of
from mufakat.locator.reasons import REFUSALS

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "locators.md"
TABLE = ROOT / "tests" / "vectors" / "telegram_links.csv"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_surface(kind: Kind) -> None:
    assert surface_of(kind) is kind.surface


@pytest.mark.parametrize(
    ("kind", "surface"),
    [
        (Kind.USERNAME, Surface.ACCOUNT),
        (Kind.BOT_START, Surface.ACCOUNT),
        (Kind.INVITE, Surface.CHANNEL),
        (Kind.CHANNEL, Surface.CHANNEL),
        (Kind.MESSAGE, Surface.MESSAGE),
        (Kind.STORY_LIVE, Surface.MESSAGE),
        (Kind.ARTICLE, Surface.URL),
        (Kind.HOST, Surface.HOST),
        (Kind.FILE, Surface.FILE),
    ],
)
def test_kinds_belong_to_the_surface_that_mandates_speak_of(kind: Kind, surface: Surface) -> None:
    assert kind.surface is surface


def test_every_kind_of_the_table_is_a_kind() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        kinds = {row["kind"] for row in csv.DictReader(file)}

    assert kinds - {"none", "secret"} <= set(Kind)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence(reason: Reason) -> None:
    assert REFUSALS[reason].sentence.endswith(".")


@pytest.mark.parametrize("word", [*Kind, *Reason])
def test_the_page_names_every_kind_and_reason(word: str) -> None:
    assert f"`{word}`" in PAGE.read_text(encoding="utf-8")


def test_refusals_of_one_reason_are_the_same_whatever_was_written() -> None:
    assert parse("https://t.me/login/1") is parse("tg://login?code=2")
