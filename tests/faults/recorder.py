"""Builds recorder.c, points programs at it, and reads the log it leaves behind."""

import os
import struct
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

_HEADER = struct.Struct("<IIQQQIHH")  # struct header in recorder.c
_MAGIC = 0x4352464D


class RecordingError(Exception):
    """The log cannot be replayed: it is damaged, or speaks of files that nobody was seen creating."""


class UnmodelledError(RecordingError):
    """The program used a call (sendfile, fallocate, symlink ...) whose effect the log does not hold."""


class Kind(IntEnum):
    """What was done; enum kind in recorder.c."""

    CREATE = 1
    WRITE = 2
    TRUNCATE = 3
    SYNC = 4
    UNLINK = 5
    RENAME = 6
    LINK = 7
    MKDIR = 8
    UNMODELLED = 9


@dataclass(frozen=True, slots=True)
class Record:
    """One successful call. The log's order is the order of the calls (why: recorder.c)."""

    kind: Kind
    inode: int
    path: str  # Below the root; "" is the root itself.
    number: int = 0  # WRITE: offset. TRUNCATE: length. SYNC: the log's size in bytes when the call began.
    target: str = ""  # RENAME: the new path. Otherwise the call's name, where one kind has several.
    content: bytes = b""
    process: int = 0
    end: int = 0  # Where the record ends in the log, in bytes.


@dataclass(frozen=True, slots=True)
class Known:
    """A file or folder that was there before the recording."""

    path: str
    inode: int
    content: bytes | None  # None: a folder.


@dataclass(frozen=True, slots=True)
class Recording:
    """What a crash state is made from."""

    known: Sequence[Known]  # The root itself first. Counted as durable.
    records: Sequence[Record]
    marks: Mapping[str, int] = field(default_factory=dict)  # An answer somebody got, and the `mark` taken then.


def build(folder: Path, name: str = "recorder") -> Path:
    """Compile a library of ours into this folder and return it; FileNotFoundError without gcc."""
    library = folder / f"{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    flags = ["-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", str(library), str(source), "-ldl", "-pthread"], check=True)
    return library


def environment(library: Path, *, root: Path, log: Path) -> dict[str, str]:
    """Return the variables that make a process, and all it starts, record; add them to its environment."""
    if log.resolve().is_relative_to(root.resolve()):
        raise ValueError("the log must lie outside the folder that is recorded")
    return {
        "LD_PRELOAD": str(library.resolve()),
        "MUFAKAT_RECORD_ROOT": str(root.resolve()),
        "MUFAKAT_RECORD_LOG": str(log.resolve()),
    }


def photograph(root: Path) -> tuple[Known, ...]:
    """Return the root and all below it, as it is now; to be taken before the recording begins."""
    known = [Known(path="", inode=root.stat().st_ino, content=None)]
    for path in sorted(root.rglob("*")):
        if path.is_dir() or path.is_file():
            content = path.read_bytes() if path.is_file() else None
            known.append(Known(path.relative_to(root).as_posix(), path.stat().st_ino, content))
    return tuple(known)


def mark(log: Path) -> int:
    """Return the log's size in bytes: taken when an answer has been read, it bounds what the answer rests on."""
    return log.stat().st_size if log.exists() else 0


def read(log: Path) -> list[Record]:
    """Read all records; leave out a last one cut short because its process was killed while appending it."""
    whole = log.read_bytes()
    records = []
    at = 0
    while at + _HEADER.size <= len(whole):
        magic, kind, size, inode, number, process, path_size, target_size = _HEADER.unpack_from(whole, at)
        if magic != _MAGIC:
            raise RecordingError(f"no record begins at byte {at} of the log")
        path_at = at + _HEADER.size
        target_at = path_at + path_size
        content_at = target_at + target_size
        at += size
        if at > len(whole):
            break
        records.append(
            Record(
                kind=Kind(kind),
                inode=inode,
                path=os.fsdecode(whole[path_at:target_at]),
                number=number,
                target=os.fsdecode(whole[target_at:content_at]),
                content=whole[content_at:at],
                process=process,
                end=at,
            )
        )
    return records
