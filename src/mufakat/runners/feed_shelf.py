"""Where the feed client keeps its last list, and how it replaces files: whole or not at all, also in a power cut."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_name = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}").fullmatch


@dataclass(frozen=True, slots=True)
class Shelf:
    """The file of one list in a folder of ours."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        if not _name(self.name):
            raise ValueError("a list has a name of lower-case letters, digits, hyphens and underscores")

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.json"

    def load(self) -> bytes | None:
        """The last list, as it came; None where there is none."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None

    def store(self, raw: bytes) -> None:
        """Keep this one instead."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace(self.path, [raw], mode=0o600)


def replace(path: Path, pieces: Iterable[bytes], *, mode: int = 0o644, check: Check | None = None) -> None:
    """Put new content in the place of a file.

    (1) A draft beside it is written and made durable. (2) It is checked, where it can be. (3) It takes the name, in one
    step. (4) The name is made durable. A power cut before (3) leaves the old file, and a draft that the next one
    overwrites.
    """
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[Path], None]
