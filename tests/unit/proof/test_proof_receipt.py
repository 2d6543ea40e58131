import json
from pathlib import Path
from typing import Any

import pytest

from mufakat.proof import canonical, receipt
from mufakat.proof.errors import ReceiptError, ReceiptKindError, ReceiptLineError
from mufakat.proof.key import SigningKey
from mufakat.proof.receipt import Custody, CustodyBatch

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
LOG = SigningKey.parse(VECTORS["key"]["private_text"])
NOTICE = "ntc_01jd8v9r1ze8k3n7p5s2a4b6d9"
AT = "2026-11-22T01:02:03.456Z"
ZERO = "A" * 43 + "="
TEXT = f"mufakat/custody/v1\nlocalhost/log/1\n{NOTICE}\n{ZERO}\n{AT}\nmmd none\n"
BATCH_TEXT = f"mufakat/custody-batch/v1\nlocalhost/log/1\n12\n{ZERO}\n{AT}\nmmd 60\n"


def custody(**changes: Any) -> Custody:
    return Custody(**{"origin": "localhost/log/1", "notice": NOTICE, "leaf_hash": bytes(32), "at": AT, **changes})


def batch(**changes: Any) -> CustodyBatch:
    return CustodyBatch(**{"origin": "localhost/log/1", "count": 12, "root": bytes(32), "at": AT, "mmd": 60, **changes})


def test_a_custody_text_has_exactly_these_lines() -> None:
    assert custody().text() == TEXT


def test_a_batch_text_has_exactly_these_lines() -> None:
    assert batch().text() == BATCH_TEXT


def test_a_custody_text_is_read_back() -> None:
    assert receipt.parse(TEXT) == custody()


def test_a_batch_text_is_read_back() -> None:
    assert receipt.parse(BATCH_TEXT) == batch()


@pytest.mark.parametrize(("name", "mmd"), [("custody", None), ("custody_mmd_60", 60)])
def test_the_golden_custody_receipt_comes_out(name: str, mmd: int | None) -> None:
    digest = canonical.from_base64(VECTORS["leaf_hash"]) or b""
    assert receipt.sign_custody(LOG, notice=NOTICE, leaf_hash=digest, at=AT, mmd=mmd) == VECTORS[name]


def test_the_golden_batch_receipt_comes_out() -> None:
    root = canonical.from_base64(VECTORS["batch"]["root"]) or b""
    assert receipt.sign_custody_batch(LOG, count=3, root=root, at=AT) == VECTORS["batch"]["receipt"]


@pytest.mark.parametrize("mmd", [None, 1, 60, 86_400])
def test_a_merge_delay_of_up_to_a_day_is_read_back(mmd: int | None) -> None:
    assert Custody.parse(custody(mmd=mmd).text()).mmd == mmd


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": ""},
        {"origin": "a b"},
        {"origin": "a\nb"},
        {"notice": NOTICE.replace("ntc", "dec")},
        {"notice": NOTICE + "\n"},
        {"leaf_hash": bytes(31)},
        {"leaf_hash": bytes(33)},
        {"at": "2026-11-22T01:02:03Z"},
        {"mmd": 0},
        {"mmd": 86_401},
        {"mmd": True},
        {"mmd": 1.5},
    ],
    ids=str,
)
def test_a_custody_that_cannot_be_written_cannot_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ReceiptLineError):
        custody(**changes)


@pytest.mark.parametrize("changes", [{"count": 0}, {"count": 2**53}, {"count": True}, {"root": b""}], ids=str)
def test_a_batch_that_cannot_be_written_cannot_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ReceiptLineError):
        batch(**changes)


@pytest.mark.parametrize(
    "first", ["", "mufakat/custody/v2", "Mufakat/custody/v1", "mufakat/custody/v1 ", "localhost/log/1"]
)
def test_a_text_of_another_kind_is_refused(first: str) -> None:
    with pytest.raises(ReceiptKindError):
        receipt.parse(TEXT.replace("mufakat/custody/v1", first))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("localhost/log/1", "local host"),
        (NOTICE, NOTICE.upper()),
        (NOTICE, NOTICE[:-1]),
        (NOTICE, "apl" + NOTICE[3:]),
        (ZERO, ZERO[:-1]),
        (ZERO, "A" * 42 + "B="),
        (ZERO, "AAAA"),
        (AT, "2026-11-22T01:02:03Z"),
        (AT, "2026-11-22T01:02:03.456+00:00"),
        (AT, "2026-02-30T01:02:03.456Z"),
        ("mmd none", "mmd None"),
        ("mmd none", "mmd"),
        ("mmd none", "none"),
        ("mmd none", "60"),
        ("mmd none", "mmd  60"),
        ("mmd none", "mmd 060"),
        ("mmd none", "mmd 0"),
        ("mmd none", "mmd -1"),
        ("mmd none", "mmd +60"),
        ("mmd none", "mmd 6_0"),
        ("mmd none", "mmd 60.0"),
        ("mmd none", "mmd ٦٠"),
        ("mmd none", "mmd 86401"),
        ("mmd none", "mmd " + "9" * 5000),
        ("mmd none\n", "mmd none\n\n"),
        ("mmd none\n", "mmd none"),
        ("mmd none\n", "mmd none\nextra\n"),
        ("mmd none\n", ""),
        ("localhost/log/1\n", "localhost/log/1\n\n"),
        ("localhost/log/1\n", "localhost/log/1\u2028"),
        ("mufakat/custody/v1", "mufakat/custody-batch/v1"),
    ],
    ids=lambda text: ascii(text)[:40],
)
def test_a_line_that_is_not_to_the_byte_is_refused(old: str, new: str) -> None:
    with pytest.raises(ReceiptError):
        receipt.parse(TEXT.replace(old, new))


@pytest.mark.parametrize("count", ["0", "01", "-1", "+1", "1.0", "1e2", "", " 1", "٣", str(2**53), "9" * 5000])
def test_a_count_with_a_second_spelling_is_refused(count: str) -> None:
    with pytest.raises(ReceiptLineError):
        receipt.parse(BATCH_TEXT.replace("\n12\n", f"\n{count}\n"))
