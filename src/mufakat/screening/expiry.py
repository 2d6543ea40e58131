"""Until when an entry counts. An entry whose time has passed is not there, whatever file it still stands in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mufakat.screening.bank import Entry


class BadMomentError(ValueError):
    """A text that should be a moment and is none; `text` is what was given."""

    def __init__(self, text: str) -> None:
        super().__init__("This is no moment with a zone, such as 2026-12-01T00:00:00Z.")
        self.text = text


def moment(text: str) -> datetime:
    """RFC 3339 as an aware moment in UTC. `BadMomentError` for what is none, or has no zone."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise BadMomentError(text)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadMomentError(text) from error


def until(entry: Entry) -> datetime | None:
    """When an entry stops to count; None for one that does not."""
    return None if entry.expires_at is None else moment(entry.expires_at)


def is_there(entry: Entry, *, at: datetime) -> bool:
    """Whether an entry counts at this moment; at the very moment of its expiry it does not."""
    end = until(entry)
    return end is None or at < end
