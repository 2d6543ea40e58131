"""`mufakat verify --party-key`: whose signatures a leaf carries, offline."""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from mufakat.cli.verify import verify
from mufakat.proof import checkpoint, leaf, receipt, signed, tree
from mufakat.proof.key import SigningKey
from mufakat.proof.tlog_proof import TlogProof

RECEIPTS = json.loads((Path(__file__).parents[2] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
LOG = SigningKey.parse(RECEIPTS["key"]["private_text"])
KOMINFO = SigningKey("kominfo", bytes(range(1, 33)))
OTHER = SigningKey("kominfo", bytes(range(2, 34)))
SALT = bytes(range(32))


def files(folder: Path, **changes: Any) -> list[str]:
    """The leaf of a signed notice, its custody receipt, and the arguments that name them."""
    given = signed.receive(KOMINFO, b"{}", origin=LOG.name, recipient="telegram", salt=SALT)
    c = signed.of_body(hashlib.sha256(b"{}").digest(), salt=SALT)
    golden = leaf.decode(RECEIPTS["leaf"].encode())
    made = msgspec.structs.replace(golden, **{"c": c, "sig": (given.signature,), **changes})
    data = leaf.encode(made)
    note = receipt.sign_custody(LOG, notice=made.case or "", leaf_hash=leaf.leaf_hash(data), at=made.at, mmd=60)
    (folder / "leaf").write_bytes(data)
    (folder / "receipt").write_text(note, encoding="utf-8")
    return [str(folder / "receipt"), "--leaf", str(folder / "leaf"), "--key", LOG.vkey]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(verify, list(arguments))


def test_it_is_said_who_signed(tmp_path: Path) -> None:
    done = run(*files(tmp_path), "--party-key", KOMINFO.vkey)
    assert (done.exit_code, "signed by kominfo+bfdc5983" in done.output) == (0, True)


def test_the_downloaded_list_of_a_party_is_taken(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(json.dumps({"items": [{"vkey": KOMINFO.vkey}]}), encoding="utf-8")
    done = run(*files(tmp_path), "--party-key", str(tmp_path / "keys"), "--json")
    assert json.loads(done.output)[0]["signatures"] == [
        {"key": "kominfo+bfdc5983", "party": "kominfo", "outcome": "good"}
    ]


def test_a_leaf_whose_signature_does_not_hold_is_bad(tmp_path: Path) -> None:
    c = signed.of_body(bytes(32), salt=SALT)
    done = run(*files(tmp_path, c=c), "--party-key", KOMINFO.vkey)
    assert (done.exit_code, "NOT signed by kominfo+bfdc5983" in done.output) == (1, True)


def test_a_key_that_was_not_given_is_told_apart_and_shows_nothing(tmp_path: Path) -> None:
    done = run(*files(tmp_path), "--party-key", OTHER.vkey)
    assert (done.exit_code, "no such key was given" in done.output) == (1, True)


def test_a_leaf_without_signatures_says_so_and_is_not_what_was_asked_for(tmp_path: Path) -> None:
    done = run(*files(tmp_path, sig=()), "--party-key", KOMINFO.vkey)
    assert (done.exit_code, "signed by no party" in done.output) == (1, True)


def test_without_the_leaf_nobody_is_said_to_have_signed(tmp_path: Path) -> None:
    receipt_file, _, _, *trusted = files(tmp_path)
    assert run(receipt_file, *trusted).exit_code == 0
    done = run(receipt_file, *trusted, "--party-key", KOMINFO.vkey)
    assert (done.exit_code, "give --leaf" in done.output) == (1, True)


@pytest.mark.parametrize(
    ("index", "retired", "outcome"),
    [(0, None, "good"), (0, 3, "good"), (0, 2, "retired"), (3, None, "not_enrolled")],
)
def test_39_a_key_counts_from_its_enrolment_to_its_retirement(
    tmp_path: Path, index: int, retired: int | None, outcome: str
) -> None:
    files(tmp_path)
    data = (tmp_path / "leaf").read_bytes()
    others = [leaf.leaf_hash(bytes([number])) for number in range(2)]
    head = checkpoint.sign(LOG, size=3, root=tree.root([*others, leaf.leaf_hash(data)]))
    proof = TlogProof(index=2, hashes=(tree.root(others),), checkpoint=head.encode(), extra=data)
    (tmp_path / "receipt").write_bytes(proof.to_bytes())
    listed = {"vkey": KOMINFO.vkey, "origin": LOG.name, "index": index, "retired_index": retired}
    (tmp_path / "keys").write_text(json.dumps({"items": [listed]}), encoding="utf-8")
    done = run(str(tmp_path / "receipt"), "--key", LOG.vkey, "--party-key", str(tmp_path / "keys"), "--json")
    (row,) = json.loads(done.output)
    assert (row["index"], row["signatures"][0]["outcome"], row["good"]) == (2, outcome, outcome == "good")
    assert done.exit_code == (0 if outcome == "good" else 1)


def test_without_a_partys_key_nothing_is_said_of_it(tmp_path: Path) -> None:
    done = run(*files(tmp_path))
    assert (done.exit_code, "signed" in done.output) == (0, False)


@pytest.mark.parametrize("text", ["", "/nowhere/at/all", "kominfo+00000000+AAAA"])
def test_what_is_no_key_is_wrong_use(tmp_path: Path, text: str) -> None:
    assert run(*files(tmp_path), "--party-key", text).exit_code == 2


def test_a_private_key_is_not_repeated(tmp_path: Path) -> None:
    done = run(*files(tmp_path), "--party-key", KOMINFO.private_text())
    assert (done.exit_code, KOMINFO.private_text() in done.output) == (2, False)
