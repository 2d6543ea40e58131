"""What a client does about banks: a part of ``Client``, which knows how to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mufakat.client.asking import Asking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

HERE = "/api/v1/banks"


class Banks(Asking):
    """Open banks, put entries in, look at them as a second person, take them out; figures and files of them."""

    def open_bank(self, name: str, kind: str, *, allow: bool = False, key: str | None = None) -> Mapping[str, Any]:
        """Open a bank of your platform; with ``allow``, what is found in it ends the matter."""
        return self._moved("banks", {"name": name, "kind": kind, "allow": allow}, key)

    def banks(self) -> Iterator[Mapping[str, Any]]:
        """The banks of your platform, by name."""
        yield from self._pages(HERE, {})

    def bank(self, name: str) -> Mapping[str, Any]:
        """One bank, and how many of its entries stand in each state."""
        return self._get(f"/api/v1/{_place(name)}")

    def bank_entries(self, name: str, *, state: str = "") -> Iterator[Mapping[str, Any]]:
        """The entries of a bank in the order in which they came, fetched page by page as you go."""
        yield from self._pages(f"/api/v1/{_place(name)}/entries", {"state": state})

    def add_entries(
        self, name: str, entries: Sequence[Mapping[str, Any]], *, key: str | None = None
    ) -> Mapping[str, Any]:
        """Put up to a thousand entries in: all of them are taken, or none. They begin in shadow.

        Raises ProblemError with every fault and its place.
        """
        return self._moved(f"{_place(name)}/entries", {"entries": list(entries)}, key)

    def import_bank(
        self, name: str, file: Path | str | BinaryIO, *, partial: bool = False
    ) -> Sequence[Mapping[str, Any]]:
        """Send a bank's file, up to 1 GiB, and give what became of its lines; the last one counts.

        A file that is open already is sent from where it stands; it must be one that can be read twice. Done again, it
        doubles nothing. Raises ProblemError with every fault and its line, and then nothing was taken; with ``partial``
        the sound lines are.
        """
        query = "?partial=true" if partial else ""
        return self._imported(f"/api/v1/{_place(name)}/import{query}", file)

    def export_bank(self, name: str) -> bytes:
        """A bank as a file: what stands in it. One of more than 16 MiB is written by ``mufakat bank export``."""
        return self._read(f"/api/v1/{_place(name)}/export")

    def review_entries(
        self, name: str, entries: Sequence[str], *, accept: bool, note: str = "", key: str | None = None
    ) -> Mapping[str, Any]:
        """Accept entries in shadow, so that they act from now on, or decline them: not those that you put in."""
        told = {"entries": list(entries), "accept": accept, "note": note}
        return self._moved(f"{_place(name)}/review", told, key)

    def retract_entries(
        self, name: str, entries: Sequence[str], *, reason: str, key: str | None = None
    ) -> Mapping[str, Any]:
        """Take entries out; what they hit is restored."""
        return self._moved(f"{_place(name)}/retraction", {"entries": list(entries), "reason": reason}, key)

    def bank_stats(self, name: str) -> Mapping[str, Any]:
        """A bank in figures: entries by state, origin and category, and which of them hit most in thirty days."""
        return self._get(f"/api/v1/{_place(name)}/stats")


def _place(bank: str) -> str:
    return f"banks/{quote(bank, safe='')}"
