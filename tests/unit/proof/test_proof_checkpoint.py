import json
from pathlib import Path
from typing import Any

import pytest

from mufakat.proof import canonical, checkpoint, note, tree
from mufakat.proof.checkpoint import Checkpoint
from mufakat.proof.errors import BadSignatureError, CheckpointError, NoKnownSignatureError, WrongOriginError
from mufakat.proof.key import SigningKey

GOLDEN = json.loads((Path(__file__).parents[2] / "vectors" / "ledger_golden.json").read_text(encoding="utf-8"))
LOG = SigningKey(GOLDEN["origin"], bytes(range(32)))
OTHER = SigningKey("other.example", bytes(32))
SIGNED: str = GOLDEN["checkpoint_70000"]
HEAD = Checkpoint(
    origin=GOLDEN["origin"], size=70_000, root=canonical.from_base64(GOLDEN["roots_base64"]["70000"]) or b""
)
TEXT = HEAD.text()
ROOT = GOLDEN["roots_base64"]["70000"]


def test_the_golden_checkpoint_is_opened() -> None:
    signed = checkpoint.open(SIGNED.encode(), [LOG.verify_key])
    assert (signed.checkpoint, signed.signed_by, signed.unknown) == (HEAD, (LOG.verify_key,), ())


def test_signing_the_golden_head_gives_its_bytes() -> None:
    assert checkpoint.sign(LOG, size=HEAD.size, root=HEAD.root) == SIGNED


def test_an_empty_log_has_a_checkpoint() -> None:
    signed = checkpoint.sign(LOG, size=0, root=tree.empty_root())
    assert checkpoint.open(signed.encode(), [LOG.verify_key]).checkpoint.size == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT + "extension\n",
        TEXT + "\nextension\n",
        "\n" + TEXT,
        TEXT.replace("70000", "070000"),
        TEXT.replace("70000", "+70000"),
        TEXT.replace("70000", "-1"),
        TEXT.replace("70000", " 70000"),
        TEXT.replace("70000", "70000 "),
        TEXT.replace("70000", "70_000"),
        TEXT.replace("70000", "7e4"),
        TEXT.replace("70000", "0x7"),
        TEXT.replace("70000", ""),
        TEXT.replace("70000", "\u0667"),
        TEXT.replace("70000", str(2**63)),
        TEXT.replace("70000", "9" * 5000),
        TEXT.replace("70000", "0"),
        TEXT.replace("70000", "00"),
        TEXT.replace(ROOT, ""),
        TEXT.replace(ROOT, ROOT[:-1]),
        TEXT.replace(ROOT, ROOT + "="),
        TEXT.replace(ROOT, ROOT.replace("s=", "t=")),
        TEXT.replace(ROOT, " " + ROOT),
        TEXT.replace(ROOT, canonical.to_base64(bytes(31))),
        TEXT.replace(ROOT, canonical.to_base64(bytes(33))),
        TEXT.replace(HEAD.origin, ""),
        TEXT.replace(HEAD.origin, "a b"),
        TEXT.replace(HEAD.origin, "a+b"),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\u2028"),
    ],
)
def test_attack_22_a_text_with_another_byte_is_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint.parse(text)


def test_attack_22_extension_lines_are_refused_though_they_are_signed() -> None:
    with pytest.raises(CheckpointError, match="three lines"):
        checkpoint.open(note.sign(TEXT + "extension\n", LOG).encode(), [LOG.verify_key])


def test_the_text_is_read_back() -> None:
    assert Checkpoint.parse(TEXT) == HEAD


@pytest.mark.parametrize(
    "changes", [{"size": -1}, {"size": 2**63}, {"size": True}, {"size": 0}, {"root": b""}, {"origin": ""}], ids=repr
)
def test_a_head_that_no_log_has_is_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint(**{"origin": "a", "size": 1, "root": bytes(32), **changes})


def test_an_edited_size_is_refused() -> None:
    with pytest.raises(BadSignatureError):
        checkpoint.open(SIGNED.replace("70000", "70001").encode(), [LOG.verify_key])


def test_the_word_of_one_trusted_log_is_not_that_of_another() -> None:
    signed = note.sign(TEXT, OTHER)
    with pytest.raises(WrongOriginError):
        checkpoint.open(signed.encode(), [LOG.verify_key, OTHER.verify_key])


def test_a_stranger_signs_nothing() -> None:
    with pytest.raises(NoKnownSignatureError):
        checkpoint.open(SIGNED.encode(), [OTHER.verify_key])


def test_the_old_and_the_new_key_of_a_log_sign_together() -> None:
    new = SigningKey(LOG.name, bytes(32))
    signed = checkpoint.sign(LOG, new, size=HEAD.size, root=HEAD.root)
    assert checkpoint.open(signed.encode(), [new.verify_key]).checkpoint == HEAD


def test_nobody_signs_no_checkpoint() -> None:
    with pytest.raises(CheckpointError):
        checkpoint.sign(size=1, root=bytes(32))
