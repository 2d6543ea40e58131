import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests import receipt_corpus as corpus

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "receipts.md").read_text(encoding="utf-8")
VECTORS = json.loads((ROOT / "tests" / "vectors" / "receipts.json").read_text(encoding="utf-8"))
BY_HAND = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)[0]
IN_PYTHON, INCLUSION = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None or shutil.which("bash") is None, reason="openssl or bash is not installed"
)


def check_by_hand(folder: Path, receipt: str) -> int:
    (folder / "receipt.txt").write_text(receipt, encoding="utf-8", newline="")
    command = ["bash", "-e", "-o", "pipefail", "-c", BY_HAND]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_the_page_shows_the_golden_receipt() -> None:
    assert VECTORS["custody_mmd_60"] in PAGE


@needs_openssl
def test_the_commands_of_the_page_accept_the_golden_receipt(tmp_path: Path) -> None:
    assert check_by_hand(tmp_path, VECTORS["custody_mmd_60"]) == 0


@needs_openssl
@pytest.mark.parametrize(
    ("old", "new"), [("ntc_0", "ntc_1"), ("03.456Z", "03.457Z"), ("mmd 60", "mmd 61"), ("aGRf", "aGRx")]
)
def test_the_commands_of_the_page_refuse_a_changed_receipt(tmp_path: Path, old: str, new: str) -> None:
    assert check_by_hand(tmp_path, VECTORS["custody_mmd_60"].replace(old, new)) != 0


def test_the_lines_of_python_on_the_page_give_the_leaf_hash(tmp_path: Path) -> None:
    (tmp_path / "leaf").write_text(VECTORS["leaf"], encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", IN_PYTHON], cwd=tmp_path, capture_output=True, check=True, text=True)
    assert done.stdout.strip() == VECTORS["leaf_hash"]


def included(folder: Path, proof: bytes, vkey: str) -> subprocess.CompletedProcess[str]:
    (folder / "proof").write_bytes(proof)
    command = [sys.executable, "-c", INCLUSION, "proof", vkey]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)


@pytest.mark.parametrize("size", [1, 5, 257])
def test_the_twenty_lines_of_the_page_accept_an_inclusion_receipt(tmp_path: Path, size: int) -> None:
    assert included(tmp_path, corpus.proof(size), corpus.LOG.vkey).stdout == corpus.LEAF.decode() + "\n"


@pytest.mark.parametrize(
    "spoilt",
    [
        corpus.proof(index=3),
        corpus.proof(extra=b"x"),
        corpus.proof(5, corpus.OTHER),
        corpus.proof(hashes=()),
        corpus.proof().replace(b"\n5\n", b"\n4\n"),
    ],
    ids=["place", "leaf", "signature", "hashes", "size"],
)
def test_the_twenty_lines_of_the_page_refuse_any_other(tmp_path: Path, spoilt: bytes) -> None:
    done = included(tmp_path, spoilt, corpus.LOG.vkey)
    assert (done.returncode, done.stdout) == (1, "")
