"""Sealed files: what is read is what was sealed, or nothing; what is not finished was never there."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mufakat.server.journal import files, vault
from mufakat.server.journal.errors import DiskFullError

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = vault.CHUNK
BLOCK = CHUNK + vault.TAG
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17)


def whole(sealed: vault.Sealed) -> bytes:
    return b"".join(vault.opened(sealed.name, sealed.key))


def left(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "evidence").rglob("*") if path.is_file())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [1000, CHUNK, 10**6])
def test_what_is_read_is_what_was_sealed(data: Path, size: int, step: int) -> None:
    content = os.urandom(size)
    with vault.Draft() as draft:
        for start in range(0, size, step):
            draft.write(content[start : start + step])
        sealed = draft.finish()
    assert (whole(sealed), sealed.size, sealed.sha256) == (content, size, hashlib.sha256(content).digest())


def test_a_file_is_for_its_owner_alone_and_tells_nothing_of_its_content(data: Path) -> None:
    sealed = vault.keep(b"made-up words" * 100)
    path = vault.place(sealed.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"made-up words" not in path.read_bytes()
    assert sealed.key not in path.read_bytes()
    assert hashlib.sha256(b"made-up words" * 100).hexdigest() not in str(path)
    assert sealed.key.hex() not in repr(sealed)


def test_the_same_content_twice_is_two_files_without_a_common_block(data: Path) -> None:
    first, second = (vault.keep(b"x" * CHUNK) for _ in range(2))
    one, other = (vault.place(each.name).read_bytes() for each in (first, second))
    assert (first.name != second.name, one[:64] != other[:64]) == (True, True)


def cut_the_last_byte(blocks: bytes) -> bytes:
    return blocks[:-1]


def cut_the_last_chunk(blocks: bytes) -> bytes:
    return blocks[: 2 * BLOCK]


def empty(blocks: bytes) -> bytes:
    return b""


def swap_two_chunks(blocks: bytes) -> bytes:
    return blocks[BLOCK : 2 * BLOCK] + blocks[:BLOCK] + blocks[2 * BLOCK :]


def repeat_a_chunk(blocks: bytes) -> bytes:
    return blocks[:BLOCK] + blocks


def append_the_last_chunk_again(blocks: bytes) -> bytes:
    return blocks + blocks[2 * BLOCK :]


def append_a_byte(blocks: bytes) -> bytes:
    return blocks + b"\0"


def turn_one_bit(blocks: bytes) -> bytes:
    return blocks[:BLOCK] + bytes([blocks[BLOCK] ^ 1]) + blocks[BLOCK + 1 :]


@pytest.mark.parametrize(
    "attack",
    [
        cut_the_last_byte,
        cut_the_last_chunk,
        empty,
        swap_two_chunks,
        repeat_a_chunk,
        append_the_last_chunk_again,
        append_a_byte,
        turn_one_bit,
    ],
)
def test_a_file_that_was_changed_does_not_open(data: Path, attack: Callable[[bytes], bytes]) -> None:
    sealed = vault.keep(os.urandom(2 * CHUNK + 100))
    path = vault.place(sealed.name)
    assert len(whole(sealed)) == 2 * CHUNK + 100
    path.write_bytes(attack(path.read_bytes()))
    with pytest.raises(vault.DamagedFileError):
        whole(sealed)


def test_another_key_opens_nothing(data: Path) -> None:
    sealed = vault.keep(b"made-up")
    with pytest.raises(vault.DamagedFileError):
        b"".join(vault.opened(sealed.name, os.urandom(vault.KEY)))


def test_a_file_that_is_gone_is_damaged(data: Path) -> None:
    sealed = vault.keep(b"made-up")
    vault.remove([sealed.name, sealed.name])
    with pytest.raises(vault.DamagedFileError):
        vault.check(sealed.name, sealed.key, sha256=sealed.sha256)


def test_a_whole_file_of_another_digest_is_not_the_one(data: Path) -> None:
    sealed = vault.keep(b"made-up")
    with pytest.raises(vault.DamagedFileError):
        vault.check(sealed.name, sealed.key, sha256=bytes(32))


def test_a_key_opens_only_where_it_was_sealed_for(data: Path) -> None:
    key, under = os.urandom(32), os.urandom(32)
    wrapped = vault.wrap(key, under=under, context="notice 1 0")
    assert vault.unwrap(wrapped, under=under, context="notice 1 0") == key
    for changed in ({"context": "notice 1 1"}, {"under": os.urandom(32)}, {"under": b""}):
        with pytest.raises(vault.DamagedFileError):
            vault.unwrap(wrapped, **{"under": under, "context": "notice 1 0", **changed})  # type: ignore[arg-type]


def test_a_draft_that_is_not_finished_leaves_nothing(data: Path) -> None:
    with vault.Draft() as draft:
        draft.write(b"x" * 10**6)
        assert left(data) == [f"{draft.name}.draft"]
    assert left(data) == []


def test_an_error_leaves_nothing(data: Path) -> None:
    with pytest.raises(RuntimeError, match="the sender left"), vault.Draft() as draft:
        draft.write(b"x")
        raise RuntimeError("the sender left")
    assert left(data) == []


def test_a_full_disk_is_said_and_leaves_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with vault.Draft() as draft:
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(DiskFullError):
            draft.write(b"x" * 10**6)
        monkeypatch.undo()
    assert left(data) == []


def test_a_sync_that_fails_leaves_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with vault.Draft() as draft:
        draft.write(b"x")
        monkeypatch.setattr(os, "fsync", broken)
        with pytest.raises(OSError, match="Input/output error"):
            draft.finish()
        monkeypatch.undo()
    assert left(data) == []


@pytest.mark.invariant("I-01")
def test_content_then_name_then_folder_become_durable_in_this_order(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, sync_folder = os.fsync, files.sync_folder
    vault.keep(b"the first makes the folders")

    def synced(descriptor: int) -> None:
        done.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().suffix}")
        fsync(descriptor)

    def folder_synced(folder: Path) -> None:
        done.append(f"folder {sum(path.suffix == '' and path.is_file() for path in folder.iterdir())}")
        monkeypatch.setattr(os, "fsync", fsync)
        sync_folder(folder)

    with vault.Draft() as draft:
        draft.write(b"made-up")
        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(files, "sync_folder", folder_synced)
        before = sum(path.suffix == "" and path.is_file() for path in vault.place(draft.name).parent.iterdir())
        draft.finish()
    assert done == ["fsync .draft", f"folder {before + 1}"]


def test_who_gives_up_waits_for_the_thread_that_still_writes(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = vault.Draft()
    begun, go_on = threading.Event(), threading.Event()
    write = os.write

    def slowly(descriptor: int, content: memoryview) -> int:
        begun.set()
        go_on.wait()
        return write(descriptor, content)

    monkeypatch.setattr(os, "write", slowly)
    threads = [
        threading.Thread(target=draft.write, args=(b"x" * 10**6,)),
        threading.Thread(target=draft.discard),
    ]
    threads[0].start()
    begun.wait()
    threads[1].start()
    there = left(data)
    go_on.set()
    for thread in threads:
        thread.join()
    assert (there, left(data)) == ([f"{draft.name}.draft"], [])
