"""A file of two signed heads proves a fork to anybody, and nothing else proves one."""

from __future__ import annotations

import dataclasses

import pytest
from tests.logs import KEY, ORIGIN, Published, many

from mufakat.proof import fork
from mufakat.proof.errors import (
    BadSignatureError,
    ForkFileError,
    NoForkError,
    NoKnownSignatureError,
    ProofError,
    WrongOriginError,
)
from mufakat.proof.fork import Fork
from mufakat.proof.key import SigningKey

HONEST = many(40)
LIAR = [*HONEST[:5], HONEST[5].replace(b"kominfo>telegram", b"kominfo>facebook"), *HONEST[6:]]


def forked(old: int, new: int) -> Fork:
    """An honest head of `old` leaves, and a head of `new` in whose log leaf 5 is another one."""
    other = Published(LIAR)
    return Fork(
        older=Published(HONEST).head(old), newer=other.head(new), path=fork.path_of(other.reader(), old=old, new=new)
    )


@pytest.mark.parametrize(
    ("old", "new"), [(old, new) for old in range(6, 18) for new in (6, 8, 9, 16, 17, 31, 32, 33, 40) if old <= new]
)
def test_a_fork_is_proven_for_all_sizes(old: int, new: int) -> None:
    found = fork.verify(Fork.parse(forked(old, new).to_bytes()), [KEY.verify_key])
    assert (found.older.size, found.newer.size, found.newer.origin) == (old, new, ORIGIN)


@pytest.mark.parametrize(("old", "new"), [(1, 8), (4, 9), (5, 5), (5, 17), (3, 40)])
def test_a_log_that_only_grew_is_never_one(old: int, new: int) -> None:
    with pytest.raises(NoForkError):
        fork.verify(forked(old, new), [KEY.verify_key])


def test_a_way_of_another_tree_proves_nothing() -> None:
    honest = Published(HONEST)
    made = Fork(older=honest.head(8), newer=honest.head(20), path=fork.path_of(Published(LIAR).reader(), old=8, new=20))
    with pytest.raises(NoForkError):
        fork.verify(made, [KEY.verify_key])


def test_a_head_that_nobody_signed_proves_nothing() -> None:
    made = forked(8, 8)
    with pytest.raises(BadSignatureError):
        fork.verify(dataclasses.replace(made, older=made.older.replace(b"\n8\n", b"\n7\n")), [KEY.verify_key])
    with pytest.raises(NoKnownSignatureError):
        fork.verify(made, [SigningKey.generate(ORIGIN, seed=bytes(32)).verify_key])


def test_heads_of_two_logs_are_no_fork() -> None:
    other = SigningKey.generate("log.mufakat.example/2027a", seed=bytes(32))
    made = Fork(older=Published(HONEST).head(8), newer=Published(LIAR, other).head(8))
    with pytest.raises(WrongOriginError):
        fork.verify(made, [KEY.verify_key, other.verify_key])


def test_a_rotated_key_of_the_same_log_forks_too() -> None:
    other = SigningKey.generate(ORIGIN, seed=bytes(32))
    made = Fork(older=Published(HONEST).head(8), newer=Published(LIAR, other).head(8))
    assert fork.verify(made, [KEY.verify_key, other.verify_key]).newer.size == 8


GOOD = forked(6, 20).to_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD[:-1],
        GOOD + b"\n",
        b"\n" + GOOD,
        GOOD.replace(b"mufakat/fork/v1", b"mufakat/fork/v2"),
        GOOD.replace(b"older 5", b"older 05"),
        GOOD.replace(b"older 5", b"older 4"),
        GOOD.replace(b"older 5", b"older"),
        GOOD.replace(b"\nnewer", b"\nlater"),
        GOOD.replace(b"=\n\n", b"\n\n", 1),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"older", "öder".encode(), 1),
        GOOD + b"x" * fork.MAX_LENGTH,
    ],
)
def test_every_byte_of_the_file_counts(data: bytes) -> None:
    with pytest.raises(ProofError):
        fork.verify(Fork.parse(data), [KEY.verify_key])


def test_what_is_written_is_read_again() -> None:
    assert Fork.parse(GOOD).to_bytes() == GOOD


def test_a_file_of_too_much_is_refused() -> None:
    for wrong in ({"older": b"cut off"}, {"path": (b"short",)}, {"path": (bytes(32),) * 200}):
        with pytest.raises(ForkFileError):
            dataclasses.replace(Fork.parse(GOOD), **wrong)
