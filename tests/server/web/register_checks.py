"""A register with something in it, for tests of its pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mufakat.server.register import following

if TYPE_CHECKING:
    from tests.houses import House

__all__ = ["filled", "follow"]


def follow() -> None:
    """Read the journal to its end."""
    while following.sweep(at=datetime.now(UTC)).more:
        pass


def filled(house: House) -> tuple[str, str]:
    """A notice on which the platform acted: its id and the decision's."""
    from tests.server.decisions.deciding import decide, taken

    notice = taken(house)
    decision = decide(house, notice)
    follow()
    return notice, str(decision["id"])
