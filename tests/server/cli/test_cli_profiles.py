"""``mufakat profile``: adopt, list and show, alone and beside a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mufakat.rules import profile as profiles

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line

GUIDE = Path(__file__).parents[3] / "docs" / "write-a-profile.md"
COUNTRY = Path(__file__).parents[3] / "examples" / "profiles" / "xx-2030.yaml"


def test_the_country_of_the_guide_is_checked_and_adopted(beside: Line) -> None:
    assert f"examples/profiles/{COUNTRY.name}" in GUIDE.read_text(encoding="utf-8")
    assert beside("profile", "check", str(COUNTRY)).exit_code == 0
    made = beside.json("profile", "adopt", str(COUNTRY))
    assert (made["name"], made["ref"].partition("@")[0], made["new"]) == ("xx-2030", "xx-2030", True)
    again = beside("profile", "adopt", str(COUNTRY))
    assert again.stdout.startswith(f"adopted before {made['ref']}")
    listed = {one["ref"]: one["adopted_at"] for one in beside.json("profile", "list")}
    assert listed[made["ref"]] is not None
    assert (listed["id-2017"], set(profiles.names()) <= set(listed)) == (None, True)
    shown = beside.json("profile", "show", made["ref"])
    assert shown["text"] == COUNTRY.read_text(encoding="utf-8")
    assert beside.json("profile", "show", "xx-2030")["text"] == shown["text"]


def test_an_overlay_is_kept_with_what_it_is_laid_over(alone: Line, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(profiles.text_of("id-saman").replace(b"name: id-saman", b"name: id-own"))
    made = alone.json("profile", "adopt", str(file))
    text = alone.json("profile", "show", made["ref"])["text"]
    assert (made["based_on"], "overlay_of" in text) == ("id-mr5-2020", False)
    assert len(profiles.parse(text.encode()).clocks) == len(profiles.load("id-mr5-2020").clocks)


def test_what_lacks_a_line_is_checked_and_not_adopted(alone: Line, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(COUNTRY.read_bytes().replace(b"  needs_order: {value: true", b"  needs_order: {value: false"))
    for command in ("check", "adopt"):
        refused = alone("profile", command, str(file))
        assert (refused.exit_code, "[order: Manila II]" in refused.stdout) == (1, True)
    assert alone("profile", "check", str(file), "--no-lint").exit_code == 0
    assert "xx-2030" not in {one["name"] for one in alone.json("profile", "list")}


def test_what_is_no_profile_is_not_adopted(alone: Line, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(b"name: nothing\n")
    assert alone("profile", "adopt", str(file)).exit_code == 1
    refused = alone("profile", "show", "nowhere")
    assert (refused.exit_code, "Traceback" in refused.output) == (1, False)


def test_the_list_is_a_table(alone: Line) -> None:
    shown = alone("profile", "list")
    assert shown.stdout.splitlines()[0].split()[:2] == ["profile", "certainty"]
    assert "laid over" in shown.stdout
    text = alone("profile", "show", "id-saman").stdout
    assert "Points that talks begin with: liaison_officers" in text
    assert text.endswith("A profile is not legal advice.\n")
