"""What is wrong with a published log is found and said in plain words, whoever serves it and however it is wrong."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.logs import KEY, Published, id_of, many, served

from mufakat.proof import checkpoint
from mufakat.proof.key import SigningKey
from mufakat.proof.tile import encode_bundle
from mufakat.runners import fsck, log_source
from mufakat.runners.log_web import Web

if TYPE_CHECKING:
    from pathlib import Path

    from mufakat.runners.fsck import Checked

SIZE = 600  # Two full bundles and one of 88; two levels of tiles.
LEAVES = many(SIZE)
FILES = Published(LEAVES).files()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path


def checked(where: Path | str) -> Checked:
    with log_source.opened(str(where), web=Web) as log:
        return fsck.check(log, [KEY.verify_key])


def wrong(where: Path | str) -> tuple[str, int | None, str]:
    found = checked(where).wrong
    assert found is not None
    return found.path, found.index, found.problem


def resign(folder: Path, leaves: list[bytes]) -> None:
    (folder / "checkpoint").write_bytes(Published(leaves).head())


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, SIZE])
def test_a_whole_log_is_good(tmp_path: Path, size: int) -> None:
    found = checked(Published(LEAVES).write(tmp_path, size))
    assert found.wrong is None
    assert (found.good, found.head.size if found.head else None) == (True, size)


def test_it_is_good_over_http_too(folder: Path) -> None:
    with served(folder) as url:
        assert checked(url).wrong is None
        assert checked(f"{url}/checkpoint").good


def test_the_files_of_a_former_width_may_be_gone_where_the_full_one_is_there(folder: Path) -> None:
    for path, content in Published(LEAVES).files(300).items():
        if not path.startswith(("tile/0/", "tile/entries/")):
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(content)
    assert checked(folder).good


def test_a_key_that_is_not_trusted_is_said(folder: Path) -> None:
    other = SigningKey.generate(KEY.name, seed=bytes(32))
    with log_source.opened(str(folder), web=Web) as log:
        found = fsck.check(log, [other.verify_key])
    assert found.wrong is not None
    assert (found.head, found.wrong.path) == (None, "checkpoint")


def test_progress_is_told_as_it_goes(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(fsck, "STEP", 256)
    told: list[tuple[int, int]] = []
    with log_source.opened(str(folder), web=Web) as log:
        fsck.check(log, [KEY.verify_key], told=lambda done, size: told.append((done, size)))
    assert told == [(256, SIZE), (512, SIZE)]


@pytest.mark.parametrize(
    ("path", "index", "problem"),
    [
        ("checkpoint", None, "checkpoint is missing."),
        ("tile/entries/001", None, "tile/entries/001 is missing."),
        ("tile/entries/002.p/88", None, "tile/entries/002.p/88 is missing."),
        ("tile/0/001", None, "tile/0/001 is missing."),
        ("tile/1/000.p/2", None, "tile/1/000.p/2 is missing."),
    ],
)
def test_15_a_missing_file_is_named(folder: Path, path: str, index: int | None, problem: str) -> None:
    (folder / path).unlink()
    assert wrong(folder) == (path, index, problem)
    with served(folder) as url:
        assert wrong(url) == (path, index, problem)


def test_13_an_entry_that_is_not_the_one_of_its_tile_is_named_by_its_index(folder: Path) -> None:
    leaves = LEAVES.copy()
    leaves[300] = leaves[300].replace(b"kominfo>telegram", b"kominfo>facebook")
    (folder / "tile/entries/001").write_bytes(encode_bundle(leaves[256:512]))
    assert wrong(folder) == (
        "tile/0/001",
        300,
        "Entry 300 in tile/entries/001 is not the one that tile/0/001 stands for.",
    )


def test_14_an_altered_tile_of_level_1_is_found_while_the_tiles_below_are_fine(folder: Path) -> None:
    content = bytearray(FILES["tile/1/000.p/2"])
    content[40] ^= 1
    (folder / "tile/1/000.p/2").write_bytes(content)
    assert wrong(folder) == (
        "tile/1/000.p/2",
        256,
        "tile/1/000.p/2 is not the one that the tiles below it make: hash 1, over leaves from 256.",
    )


def test_entries_and_tiles_that_agree_with_each_other_and_not_with_the_signed_root_are_found(folder: Path) -> None:
    leaves = LEAVES.copy()
    leaves[300] = leaves[300].replace(b"kominfo>telegram", b"kominfo>facebook")
    head = (folder / "checkpoint").read_bytes()
    Published(leaves).write(folder)
    (folder / "checkpoint").write_bytes(head)
    path, index, problem = wrong(folder)
    assert (path, index) == ("checkpoint", None)
    assert "root" in problem


@pytest.mark.parametrize(("keep", "given"), [(8000, 8000), (0, 0)])
def test_18_a_truncated_tile_is_named(folder: Path, keep: int, given: int) -> None:
    (folder / "tile/0/000").write_bytes(FILES["tile/0/000"][:keep])
    path, _, problem = wrong(folder)
    assert path == "tile/0/000"
    assert str(given) in problem
    assert "8192" in problem


def test_19_a_tile_that_is_too_long_is_named(folder: Path) -> None:
    (folder / "tile/0/000").write_bytes(FILES["tile/0/000"] + b"\0")
    assert wrong(folder) == ("tile/0/000", None, "tile/0/000 is longer than the 8192 bytes that it may have.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FILES["tile/entries/001"] + b"\0", "bytes after its last entry"),
        (FILES["tile/entries/001"][:-1], "an entry that ends beyond it"),
        (encode_bundle(LEAVES[256:511]), "fewer entries than its width"),
        (b"", "fewer entries than its width"),
    ],
)
def test_20_a_bundle_that_does_not_have_its_entries_is_named(folder: Path, content: bytes, said: str) -> None:
    (folder / "tile/entries/001").write_bytes(content)
    path, index, problem = wrong(folder)
    assert (path, index) == ("tile/entries/001", None)
    assert problem.startswith("tile/entries/001: ")
    assert said in problem


@pytest.mark.parametrize(
    "entry", [b"", b"{}", b"x" * 4_000, LEAVES[300] + b" ", LEAVES[300].replace(b'"v":1', b'"v":1,"text":"typed"')]
)
def test_17_an_entry_that_is_no_leaf_is_named_although_tiles_and_root_are_made_of_it(
    tmp_path: Path, entry: bytes
) -> None:
    leaves = [*LEAVES[:300], entry, *LEAVES[301:]]
    path, index, problem = wrong(Published(leaves).write(tmp_path))
    assert (path, index) == ("tile/entries/001", 300)
    assert "entry 300 is no leaf" in problem


def test_a_bundle_that_never_ends_is_not_read_to_its_end(folder: Path) -> None:
    (folder / "tile/entries/000").unlink()
    (folder / "tile/entries/000").symlink_to("/dev/zero")
    assert wrong(folder) == ("tile/entries/000", None, "tile/entries/000 is no file.")
    (folder / "tile/entries/000").unlink()
    with (folder / "tile/entries/000").open("wb") as file:
        file.truncate(2**31)
    path, _, problem = wrong(folder)
    assert (path, "is longer than" in problem) == ("tile/entries/000", True)


def test_a_pipe_in_the_place_of_a_file_holds_nobody(folder: Path) -> None:
    (folder / "checkpoint").unlink()
    os.mkfifo(folder / "checkpoint")
    assert wrong(folder) == ("checkpoint", None, "checkpoint is no file.")


@pytest.mark.parametrize(
    "head", [b"", b"no note", checkpoint.sign(KEY, size=1, root=bytes(32)).encode().replace(b"\n1\n", b"\n2\n")]
)
def test_22_a_checkpoint_that_is_no_signed_note_is_said(folder: Path, head: bytes) -> None:
    (folder / "checkpoint").write_bytes(head)
    assert wrong(folder)[0] == "checkpoint"


def test_a_size_that_no_log_reaches_asks_for_one_file_and_no_more(folder: Path) -> None:
    (folder / "checkpoint").write_bytes(checkpoint.sign(KEY, size=2**62, root=bytes(32)).encode())
    assert wrong(folder)[0] == "tile/entries/002"


def test_what_is_found_is_json_too(folder: Path) -> None:
    assert checked(folder).as_json()["good"] is True
    (folder / "tile/0/001").unlink()
    found = checked(folder).as_json()
    assert (found["good"], found["size"], found["path"]) == (False, SIZE, "tile/0/001")
    assert id_of("evt", 1).encode() in LEAVES[0]
