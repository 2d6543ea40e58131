"""Where a published log is read from: its address, or a folder with the same files (C2SP tlog-tiles).

What comes is nobody's word yet, and how it comes is bounded: in bytes by what the path may hold, in time, to the server
that was named. A reader asks for nothing but what a checkpoint says there is.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

from mufakat.proof import leaf, note, tile as paths
from mufakat.proof.errors import BundleError
from mufakat.proof.tile import WIDTH, Bundle, Tile
from mufakat.rules.errors import MufakatError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

MAX_KEYS: Final = 2**16  # Bytes of keys.json.
MAX_DISCLOSURE: Final = 2**23  # Bytes: 32 fields, of which the longest is a body of two mebibytes, in base64.


class NotReadError(MufakatError):
    """A file of the log did not come: which, and why."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path} {why}")
        self.path = path


class MissingError(NotReadError):
    """The log does not have this file."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "is missing")


class AwayError(NotReadError):
    """Nobody gave the file just now; that says nothing of whether the log has it."""


class Files(Protocol):
    """Gives a file of the log by its path below the log's prefix."""

    @property
    def name(self) -> str:
        """What whoever asked called it."""

    @property
    def live(self) -> bool:
        """Whether somebody answers, with the log as it is now and documents beside it; not a copy of its files."""

    def read(self, path: str, *, limit: int) -> bytes:
        """The whole file, of at most `limit` bytes. Raises MissingError and NotReadError."""

    def close(self) -> None:
        """Let go of what is open."""


@dataclass(frozen=True, slots=True)
class Log:
    """The files of a log by what they are. Every method raises NotReadError, and MissingError where there is none."""

    files: Files

    @property
    def name(self) -> str:
        """The address or the folder, as it was given."""
        return self.files.name

    @property
    def live(self) -> bool:
        """Whether somebody answers; see `Files.live`."""
        return self.files.live

    def checkpoint(self) -> bytes:
        """The signed head."""
        return self.files.read("checkpoint", limit=note.MAX_LENGTH)

    def keys(self) -> bytes:
        """``keys.json``; it is signed by nobody."""
        return self.files.read("keys.json", limit=MAX_KEYS)

    def tile(self, tile: Tile) -> bytes:
        """A tile, as wide as it is asked for. Raises TileLengthError besides."""
        try:
            return tile.require(self.files.read(tile.path, limit=tile.length))
        except MissingError:
            if tile.width == WIDTH:
                raise
            # A log that has grown may have put the wider tile in the place of this one.
            whole = Tile(tile.level, tile.index)
            content = self._instead(whole.path, whole.length)
            if content is None:
                raise
        return whole.require(content)[: tile.length]

    def bundle(self, bundle: Bundle) -> bytes:
        """A bundle as wide as it is asked for, whatever its bytes say."""
        try:
            return self.files.read(bundle.path, limit=_longest(bundle))
        except MissingError:
            if bundle.width == WIDTH:
                raise
            whole = Bundle(bundle.index)
            content = self._instead(whole.path, _longest(whole))
            if content is None:
                raise
        try:
            return paths.encode_bundle(paths.decode_bundle(content, WIDTH)[: bundle.width])
        except BundleError as error:
            raise NotReadError(whole.path, f"is no full bundle: {error}") from None

    def disclosure(self, event: str) -> bytes:
        """What everybody may read of an event's fields."""
        return self.files.read(f"disclosure/{event}.json", limit=MAX_DISCLOSURE)

    def close(self) -> None:
        """Let go of what is open."""
        self.files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _instead(self, path: str, limit: int) -> bytes | None:
        try:
            return self.files.read(path, limit=limit)
        except MissingError:
            return None


def _longest(bundle: Bundle) -> int:
    """Bytes of a bundle of leaves: an entry that is longer is none."""
    return bundle.width * (2 + leaf.MAX_LENGTH)


class Folder:
    """A log as files: an export, a mirror, or a copy that somebody handed over."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        """The folder."""
        return str(self._folder)

    @property
    def live(self) -> bool:
        """A copy."""
        return False

    def read(self, path: str, *, limit: int) -> bytes:
        """The file; links are followed, pipes and devices are not read: they may never end."""
        try:
            # Without waiting: a pipe in the place of a file would hold whoever opens it for ever.
            descriptor = os.open(self._folder / path, os.O_RDONLY | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            raise MissingError(path) from None
        except OSError as error:
            raise NotReadError(path, f"cannot be opened: {os.strerror(error.errno or errno.EIO)}") from None
        try:
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise NotReadError(path, "is no file")
                content = file.read(limit + 1)
        except OSError as error:
            raise NotReadError(path, f"cannot be read: {os.strerror(error.errno or errno.EIO)}") from None
        return bounded(path, content, limit)

    def close(self) -> None:
        """Nothing stays open."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Files of which no more are asked for once `is_over` says so: who is slow, or sends without end, holds nobody."""

    files: Files
    is_over: Callable[[], bool]

    @property
    def name(self) -> str:
        """As the files."""
        return self.files.name

    @property
    def live(self) -> bool:
        """As the files."""
        return self.files.live

    def read(self, path: str, *, limit: int) -> bytes:
        """The file, while there is time. Raises MissingError, AwayError and NotReadError."""
        if self.is_over():
            raise AwayError(path, "was not asked for: the time of this log in this round is over")
        return self.files.read(path, limit=limit)

    def close(self) -> None:
        """As the files."""
        self.files.close()


def bounded(path: str, content: bytes, limit: int) -> bytes:
    """The content, where it is not longer. Raises NotReadError."""
    if len(content) > limit:
        raise NotReadError(path, f"is longer than the {limit} bytes that it may have")
    return content


def opened(text: str, *, web: Callable[[str], Files]) -> Log:
    """The log at an address or in a folder. Raises ValueError for neither."""
    if text.startswith(("http://", "https://")):
        return Log(web(text))
    folder = Path(text)
    if not text or "://" in text or "\0" in text or not folder.is_dir():
        raise ValueError("it is neither an address that begins with https:// or http:// nor a folder")
    return Log(Folder(folder))
