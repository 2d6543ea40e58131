"""``receipt.verify``: a custody receipt, checked offline."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bench.contest import Contest, Target, WrongError
from bench.loops import Loop
from mufakat.proof import receipt, verify
from mufakat.proof.errors import ProofError
from mufakat.proof.key import SigningKey, VerifyKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNT = 256
ORIGIN = "localhost/log/1"
SEED = bytes(range(32))


def made(number: int) -> bytes:
    """A receipt as the server signs it."""
    notice = f"ntc_{number:026d}"
    key = SigningKey.generate(ORIGIN, seed=SEED)
    leaf_hash = number.to_bytes(32)
    return receipt.sign_custody(key, notice=notice, leaf_hash=leaf_hash, at="2017-07-14T08:30:00.000Z").encode()


def by_hand(note: bytes, public_key: bytes) -> str:
    """What one writes in an hour: split, decode, check the signature; without the strictness of ``verify``."""
    text, _, signatures = note.decode().partition("\n\n")
    _, name, encoded = signatures.split("\n")[0].split(" ")
    message = f"{text}\n".encode()
    Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(encoded)[4:], message)
    header, origin, notice, _, _, _ = text.split("\n")
    if header != receipt.Custody.HEADER or origin != name:
        raise ValueError(header)
    return notice


@contextmanager
def contest(_work: Path) -> Iterator[Contest]:
    """The floor is one Ed25519 verification with a key that was loaded before."""
    key = SigningKey.generate(ORIGIN, seed=SEED).verify_key
    notes = [made(number) for number in range(COUNT)]
    _require_strictness(notes, [key])
    private = Ed25519PrivateKey.from_private_bytes(SEED)
    public = private.public_key()
    messages = [note.partition(b"\n\n")[0] + b"\n" for note in notes]
    signed = [(private.sign(message), message) for message in messages]
    keys = [key]
    yield Contest(
        "receipt.verify",
        "receipts/s of one core",
        Loop("mufakat.proof.verify", lambda note: verify.verify(note, keys=keys), notes),
        Loop("parser by hand + cryptography", lambda note: by_hand(note, key.public_key), notes),
        Loop("cryptography Ed25519 verify alone", lambda pair: public.verify(*pair), signed),
        targets=[Target("ours", 4_000)],
    )


def _require_strictness(notes: list[bytes], keys: list[VerifyKey]) -> None:
    """What is measured accepts these receipts, and none with another notice in it."""
    for note in notes:
        verify.verify(note, keys=keys)
        try:
            verify.verify(note.replace(b"ntc_0", b"ntc_1"), keys=keys)
        except ProofError:
            continue
        raise WrongError("mufakat.proof.verify accepted a changed receipt")
