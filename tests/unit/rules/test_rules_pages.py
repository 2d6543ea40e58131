"""The tables and the diagram in docs/ are made from the code; whoever changes one changes the other."""

from enum import StrEnum
from pathlib import Path

import msgspec
import pytest

from mufakat.rules import (
    agreement,
    agreement_checks,
    consequences,
    events,
    lifecycle,
    measure,
    measures_planning,
    passages,
    permissions,
    profile,
    profile_lint,
    profile_tables,
    restriction,
    retention,
)
from mufakat.rules.clock import ClockState
from mufakat.rules.profile import Act, Certainty, Duration

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(
    ("page", "made"),
    [
        ("states.md", f"```mermaid\n{lifecycle.mermaid()}```\n"),
        ("states.md", lifecycle.turns_table()),
        ("states.md", passages.table()),
        ("states.md", measure.table()),
        ("states.md", f"```mermaid\n{measure.mermaid()}```\n"),
        ("states.md", f"```mermaid\n{restriction.mermaid()}```\n"),
        ("agreements.md", f"```mermaid\n{agreement.mermaid()}```\n"),
        ("agreements.md", agreement_checks.owners_table()),
        ("permissions.md", permissions.deeds_table()),
        ("permissions.md", permissions.kinds_table()),
        ("accuracy.md", consequences.table()),
        ("profiles.md", profile_lint.table()),
        ("connectors.md", measures_planning.table()),
        ("connectors.md", measures_planning.plans_table()),
        ("retention.md", retention.table()),
        ("retention.md", retention.repetitions_table()),
    ],
    ids=[
        "states",
        "turns",
        "passages",
        "measures",
        "steps",
        "restrictions",
        "points",
        "owners",
        "deeds",
        "kinds",
        "consequences",
        "principles",
        "cells",
        "plans",
        "retention",
        "repetitions",
    ],
)
def test_the_page_holds_what_the_code_makes(page, made):
    assert made in (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", profile.names())
def test_the_page_of_profiles_holds_every_part_of_each(name):
    page, rules = (DOCS / "profiles.md").read_text(encoding="utf-8"), profile.load(name)
    made = [profile_tables.clocks_table(rules), *map(profile_tables.ladder_table, rules.ladders)]
    made += [profile_tables.kinds_table(rules), profile_tables.lines_table(rules), profile_tables.points_table(rules)]
    assert [table for table in made if table not in page] == []


def test_the_page_of_profiles_names_every_type_that_is_coming():
    page = (DOCS / "profiles.md").read_text(encoding="utf-8")
    assert [name for name in sorted(events.COMING) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("words", [Certainty, ClockState, Act, msgspec.structs.fields(Duration)])
def test_the_page_of_profiles_explains_every_word(words):
    page = (DOCS / "profiles.md").read_text(encoding="utf-8")
    names = [word.value if isinstance(word, StrEnum) else word.name for word in words]
    assert [name for name in names if f"`{name}`" not in page and f"{name}: " not in page] == []
