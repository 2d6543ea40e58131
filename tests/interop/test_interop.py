"""Other people's verifiers accept the log that the product wrote, and nobody who tampered with it gets past them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.interop import logs, others

from mufakat.proof import canonical, checkpoint, tlog_proof
from mufakat.proof.key import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.interop.logs import Log, Written
    from tests.interop.others import Case, Npm, Verifier

pytestmark = [pytest.mark.interop, pytest.mark.embedded]

GOLDEN = SigningKey(logs.GOLDEN["origin"], bytes(range(32)))


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    return others.Verifier.build(tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="module")
def npm() -> Npm:
    return others.Npm.found()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    found = logs.write(tmp_path_factory.mktemp("written"))
    yield found
    found.server.kill()


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return logs.golden(tmp_path_factory.mktemp("golden") / "log")


@pytest.fixture(scope="module")
def cases(written: Written, golden: Log) -> list[Case]:
    """Inclusion proofs of both logs: made by our reader, and as receipts of the product."""
    receipts = [tlog_proof.TlogProof.parse(raw) for raw in written.receipts]
    heads = [checkpoint.open(one.checkpoint, [written.live.key]).checkpoint for one in receipts]
    given = [
        others.Case(
            *(one.index, head.size, head.root, one.extra or b"", one.hashes),
            note=one.checkpoint.decode(),
            key=written.live.key,
        )
        for one, head in zip(receipts, heads, strict=True)
    ]
    return [*given, *written.live.cases(), *written.story.cases(), *golden.cases()]


@pytest.fixture
def copy(golden: Log, tmp_path: Path) -> Log:
    """A copy of the golden log, to be tampered with."""
    shutil.copytree(golden.folder, tmp_path / "log")
    return logs.Log(tmp_path / "log", golden.key, golden.older)


# Go


def test_go_accepts_the_files_of_the_log_and_that_it_grew(go: Verifier, written: Written) -> None:
    log = written.live
    assert log.older is not None
    assert go.says("log", log.key.vkey, log.folder, log.older).startswith(f"OK {log.key.name} ")


def test_go_accepts_the_log_over_http(go: Verifier, written: Written) -> None:
    log = written.live
    assert log.older is not None
    said = go.says("log", log.key.vkey, written.address(log), log.older)
    assert said.startswith(f"OK {log.key.name} ")
    assert said.endswith(" 1 consistency proofs")


def test_go_accepts_the_story_of_2017(go: Verifier, written: Written) -> None:
    log = written.story
    for where in (log.folder, written.address(log)):
        assert go.says("log", log.key.vkey, where).startswith(f"OK {log.key.name} {log.head.size} entries, ")


def test_go_accepts_the_golden_log(go: Verifier, golden: Log) -> None:
    assert golden.older is not None
    said = go.says("log", golden.key.vkey, golden.folder, golden.older)
    assert said == f"OK {golden.key.name} 70000 entries, 12 inclusion proofs, 1 consistency proofs"


def test_go_accepts_every_inclusion_receipt(go: Verifier, written: Written, tmp_path: Path) -> None:
    for number, raw in enumerate(written.receipts):
        path = tmp_path / f"{number}.tlog-proof"
        path.write_bytes(raw)
        index = tlog_proof.TlogProof.parse(raw).index
        assert go.says("receipt", written.live.key.vkey, path).startswith(
            f"OK {written.live.key.name} leaf {index} of "
        )


def test_go_accepts_our_proof_that_the_log_grew(go: Verifier, written: Written, tmp_path: Path) -> None:
    log = written.live
    assert log.older is not None
    old = checkpoint.open(log.older.read_bytes(), [log.key]).checkpoint
    (tmp_path / "newer").write_bytes((log.folder / "checkpoint").read_bytes())
    new = checkpoint.open((tmp_path / "newer").read_bytes(), [log.key]).checkpoint
    proof = log.reader.consistency(old.size, new.size)
    (tmp_path / "proof").write_text("\n".join(map(canonical.to_base64, proof)), encoding="utf-8")
    words = ("growth", log.key.vkey, log.older, tmp_path / "newer", tmp_path / "proof")
    assert go.says(*words) == f"OK {log.key.name} grew from {old.size} to {new.size}"
    (tmp_path / "proof").write_text("\n".join(map(canonical.to_base64, reversed(proof))), encoding="utf-8")
    assert go.says(*words) == "no: invalid transparency proof"


def flipped(log: Log) -> None:
    path = log.folder / "tile/entries/100"
    path.write_bytes(path.read_bytes().replace(b'"i": 25600,', b'"i": 25601,'))


def truncated(log: Log) -> None:
    path = log.folder / "tile/0/100"
    path.write_bytes(path.read_bytes()[:8000])


def altered(log: Log) -> None:
    path = log.folder / "tile/1/000"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")


def withheld(log: Log) -> None:
    (log.folder / "tile/entries/007").unlink()


def edited(log: Log) -> None:
    path = log.folder / "checkpoint"
    path.write_text(path.read_text(encoding="utf-8").replace("\n70000\n", "\n69999\n"), encoding="utf-8")


def signed_again(log: Log) -> None:
    """By the log's own key, for a tree of other leaves: the entries are sound, and the root is not theirs."""
    note = checkpoint.sign(GOLDEN, size=log.head.size, root=bytes(range(32)))
    (log.folder / "checkpoint").write_text(note, encoding="utf-8")


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (flipped, "leaf 25600 mismatch"),
        (truncated, "bad result slice"),
        (altered, "downloaded inconsistent tile"),
        (withheld, "no such file"),
        (edited, "invalid signature"),
        (signed_again, "downloaded inconsistent tile"),
    ],
)
def test_go_refuses_a_log_that_was_tampered_with(
    go: Verifier, copy: Log, tamper: Callable[[Log], None], reason: str
) -> None:
    assert go.says("log", copy.key.vkey, copy.folder).startswith("OK ")
    tamper(copy)
    said = go.says("log", copy.key.vkey, copy.folder)
    assert said.startswith("no: ")
    assert reason in said


def test_attack_3_go_refuses_a_log_that_does_not_begin_with_the_one_that_was_signed(
    go: Verifier, golden: Log, tmp_path: Path
) -> None:
    fork = tmp_path / "fork"
    fork.write_text(checkpoint.sign(GOLDEN, size=logs.OLDER, root=bytes(range(32))), encoding="utf-8")
    assert go.says("log", golden.key.vkey, golden.folder, fork) == "no: fork: invalid transparency proof"


def test_go_refuses_a_receipt_of_another_leaf(go: Verifier, written: Written, tmp_path: Path) -> None:
    own, other = (canonical.to_base64(tlog_proof.TlogProof.parse(raw).extra or b"") for raw in written.receipts[:2])
    path = tmp_path / "spliced"
    path.write_bytes(written.receipts[0].replace(own.encode(), other.encode()))
    assert go.says("receipt", written.live.key.vkey, path) == "no: invalid transparency proof"


def test_go_refuses_the_key_of_another_log(go: Verifier, written: Written, golden: Log) -> None:
    assert go.says("log", golden.key.vkey, written.live.folder) == "no: note has no verifiable signatures"


# sigstore


def test_sigstore_accepts_every_proof(cases: list[Case]) -> None:
    assert {others.sigstore_says(case) for case in cases} == {None}


def test_sigstore_refuses_every_proof_that_was_tampered_with(cases: list[Case]) -> None:
    accepted = [
        (case.index, what)
        for case in cases
        for what, wrong in case.tampered().items()
        if others.sigstore_says(wrong) is None
    ]
    assert accepted == []


# npm


def test_npm_accepts_every_proof(npm: Npm, cases: list[Case]) -> None:
    assert npm.says(cases) == [None] * len(cases)


def test_npm_refuses_every_proof_that_was_tampered_with(npm: Npm, cases: list[Case]) -> None:
    wrong = [one for case in cases for one in case.tampered().values()]
    assert set(npm.says(wrong)) == {"TLOG_INCLUSION_PROOF_ERROR"}
