"""The tables and the diagram in docs/ are made from the code; whoever changes one changes the other."""

from pathlib import Path

import pytest

from mufakat.rules import lifecycle, passages, permissions, profile, retention

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(
    ("page", "made"),
    [
        ("states.md", f"```mermaid\n{lifecycle.mermaid()}```\n"),
        ("states.md", lifecycle.turns_table()),
        ("states.md", passages.table()),
        ("permissions.md", permissions.deeds_table()),
        ("permissions.md", permissions.kinds_table()),
        ("profiles.md", profile.clocks_table(profile.load("id-2017"))),
        ("retention.md", retention.table()),
        ("retention.md", retention.repetitions_table()),
    ],
    ids=["states", "turns", "passages", "deeds", "kinds", "clocks", "retention", "repetitions"],
)
def test_the_page_holds_what_the_code_makes(page, made):
    assert made in (DOCS / page).read_text(encoding="utf-8")
