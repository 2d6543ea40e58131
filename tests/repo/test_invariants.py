from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (I-\d\d) \|(.*)\|(.*)\|(.*)\|$", re.MULTILINE)


def rows() -> dict[str, tuple[str, str]]:
    """Number → where it is held, and its state."""
    text = (ROOT / "docs" / "invariants.md").read_text(encoding="utf-8")
    return {number: (held.strip(), state.strip()) for number, _, held, state in ROW.findall(text)}


def marked() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        found |= set(re.findall(r'invariant\("(I-\d\d)"', path.read_text(encoding="utf-8")))
    return found


def test_the_promises_are_numbered_without_gaps():
    assert list(rows()) == [f"I-{number:02}" for number in range(1, 19)]


def test_every_promise_that_is_held_has_a_marked_test():
    held = {number for number, (_, state) in rows().items() if state.startswith("held")}
    assert held - marked() == set()


def test_every_mark_names_a_promise():
    assert marked() - set(rows()) == set()


def test_every_place_that_holds_a_promise_is_there():
    places = [
        re.sub(r":.*", "", place) for held, _ in rows().values() for place in re.findall(r"`([a-z_/]+\.py)", held)
    ]
    missing = [
        place
        for place in places
        if not (ROOT / "src" / "mufakat" / place).exists()
        and not (ROOT / "src" / "mufakat" / "server" / place).exists()
    ]
    assert missing == []
