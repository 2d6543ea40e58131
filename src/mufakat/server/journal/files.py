"""Small private files: keys and secrets, whole or not there, readable by their owner alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_private(path: Path, text: str, *, replace: bool) -> None:
    """Write a file of mode 600 and make it durable: content, then name. Without ``replace`` an existing one stays.

    Raises FileExistsError where one stays: another process was faster, and its content is the one.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    try:
        if replace:
            draft.replace(path)
        else:
            path.hardlink_to(draft)  # Unlike a rename, a link never takes another's place.
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
