"""How a part of ``Client`` asks: what every part needs, and the client itself gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO


class Asking(ABC):
    """POST, GET, and the pages of a list."""

    @abstractmethod
    def _moved(self, place: str, told: Mapping[str, Any] | bytes, key: str | None) -> Mapping[str, Any]:
        """POST a deed and give the answer; without a key, one is made for this call."""

    @abstractmethod
    def _get(self, path: str) -> Mapping[str, Any]:
        """GET an object."""

    @abstractmethod
    def _lines(self, path: str, body: bytes) -> list[Mapping[str, Any]]:
        """POST lines of JSON, which may be repeated, and give the lines of the answer."""

    @abstractmethod
    def _pages(self, path: str, asked: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """GET every item of a list."""

    @abstractmethod
    def _read(self, path: str, *, headers: Mapping[str, str] | None = None) -> bytes:
        """GET a file."""

    @abstractmethod
    def _imported(self, path: str, file: Path | str | BinaryIO) -> Sequence[Mapping[str, Any]]:
        """POST a file of lines from where it stands; give the lines of what became of it."""

    @abstractmethod
    def _handed_in(self, path: str, file: Path | str | BinaryIO, media_type: str, key: str | None) -> Mapping[str, Any]:
        """POST a file, piece by piece, from where it stands; it must be one that can be read twice."""
