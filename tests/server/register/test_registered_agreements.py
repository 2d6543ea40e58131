"""Agreements in the register: what a real one shows, in both languages, as JSON and as a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.server.agreements.talking import act, body, frame, in_force, opened, terms, text
from tests.server.register.playing import follow, rows
from tests.server.web.web_checks import html

from mufakat.formats import register_table
from mufakat.server.register import exports, following, queries
from mufakat.server.register.queries import Filters

if TYPE_CHECKING:
    from tests.houses import House

POINTS = [
    {"name": "terms", **frame(reopening={"all_of": ["representative"]})},
    {"name": "representative", **terms(text={"id": "Ada perwakilan.", "en": "There is a representative."})},
]


def shown(agreement: str) -> Any:
    follow(datetime.now(UTC))
    return queries.get(agreement)


def page(agreement: str, language: str = "en") -> str:
    return html(Client().get(f"/register/agreements/{agreement}", headers={"Accept-Language": language}))


def test_talks_are_public_and_what_is_proposed_is_not(house: House) -> None:
    del house
    made = opened(body(points=POINTS))["id"]
    act(made, "representative", "counter", proposal=1, terms=terms(text=text("a secret")), note="A secret note.")
    entry = shown(made)
    assert (entry.state, entry.fields["parties"]) == ("talks", ["kominfo", "telegram"])
    assert {one["name"]: one["state"] for one in entry.fields["points"]} == {
        "terms": "proposed",
        "representative": "countered",
    }
    for said in (page(made), page(made, "id"), Client().get(f"/api/v1/register/{made}").content.decode()):
        assert ["secret" in said, "perwakilan." in said] == [False, False]


@pytest.mark.parametrize(("language", "words"), [("en", "In force"), ("id", "Berlaku")])
def test_what_is_in_force_is_read_in_both_languages(house: House, language: str, words: str) -> None:
    del house
    made = in_force(body(points=POINTS))["id"]
    entry = shown(made)
    assert (entry.state, entry.fields["version"]) == ("in_force", 1)
    said = page(made, language)
    for each in (
        'lang="id">Ada perwakilan.',
        'lang="en">There is a representative.',
        words,
        "/register/?party=telegram",
    ):
        assert each in said


def test_the_entry_is_found_by_its_words_its_kind_and_its_parties(house: House) -> None:
    del house
    made = in_force(body(points=POINTS))["id"]
    follow(datetime.now(UTC))
    for words, party in (("perwakilan", "telegram"), ("procedure", "kominfo")):
        page_of = queries.search(words, Filters(kind="agreement", party=party))
        assert [one.id for one in page_of.items] == [made]


def test_a_version_that_begins_later_shows_itself_by_time_alone(house: House) -> None:
    from mufakat.server.agreements import operations

    del house
    begins = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    made = opened(body(points=[{"name": "terms", **frame(from_at=begins.isoformat())}]))["id"]
    act(made, "terms", "agree", proposal=1)
    follow(datetime.now(UTC))
    assert queries.get(made).state == "talks"
    operations.sweep(at=begins)
    follow(begins)
    assert queries.get(made).state == "talks"  # The writer's own clock has not come so far.


@pytest.mark.invariant("I-12")
def test_made_anew_from_the_journal_it_is_the_same(house: House) -> None:
    del house
    made = in_force(body(points=POINTS))["id"]
    act(made, "representative", "propose", terms=terms())
    follow(datetime.now(UTC))
    before = rows()
    following.rebuild()
    follow(datetime.now(UTC))
    assert rows() == before


def test_the_daily_file_has_a_row_of_it(house: House) -> None:
    del house
    made = in_force(body(points=POINTS))["id"]
    follow(datetime.now(UTC))
    (entry,) = [one for one in exports.entries_of(datetime.now(UTC).date()) if one.kind == "agreement"]
    row = dict(zip((column.name for column in register_table.COLUMNS), register_table.row_of(entry), strict=True))
    assert (row["id"], row["title.en"], row["parties"], row["version"]) == (
        made,
        "A joint procedure",
        ("kominfo", "telegram"),
        1,
    )
    assert '"all_of":["representative"]' in str(row["reopening"])
