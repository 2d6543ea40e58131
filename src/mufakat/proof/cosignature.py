"""Cosignatures: a witness saw the log only grow, up to this checkpoint (C2SP tlog-cosignature, Ed25519, type 0x04).

A cosignature is a signature line of the checkpoint's note: id, u64 time (POSIX seconds, big-endian), and the Ed25519
signature of a line `cosignature/v1`, a line `time <seconds>`, and the checkpoint's text. Keys of witnesses and logs are
different classes: the ids contain the type, the signatures differ in length, and neither can be given for the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mufakat.proof import canonical
from mufakat.proof.checkpoint import Checkpoint, Signed
from mufakat.proof.errors import (
    AmbiguousKeyError,
    BadSignatureError,
    CosignatureTimeError,
    KeyIDError,
    KeyNameError,
    KeyTextError,
    NaiveTimeError,
    PrivateKeyGivenError,
)
from mufakat.proof.key import (
    KEY_LENGTH,
    PRIVATE,
    SIGNATURE_LENGTH,
    by_name_and_id,
    is_name,
    key_id_of,
    require_strong,
    split,
)
from mufakat.proof.note import SignatureLine

MAX_TIME: Final = 2**63 - 1  # POSIX seconds.
TOLERANCE: Final = timedelta(minutes=5)  # A witness's clock may be this much ahead of the reader's.

_COSIGNATURE: Final = b"\x04"
_TIME_LENGTH: Final = 8  # Bytes of the u64.


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's public key: its name, its 32 bytes, and the 4-byte id that follows from both and the type 0x04.

    Raises KeyNameError, KeyTextError (length) or WeakKeyError.
    """

    name: str
    public_key: bytes
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise KeyNameError
        require_strong(self.public_key)
        object.__setattr__(self, "key_id", key_id_of(self.name, _COSIGNATURE, self.public_key))

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read a vkey of type 0x04, strictly. Raises KeyTextError and its children."""
        if vkey.startswith(PRIVATE):
            raise PrivateKeyGivenError
        name, key_id, public_key = split(vkey, _COSIGNATURE)
        key = cls(name, public_key)
        if key.key_id.hex() != key_id:
            raise KeyIDError
        return key

    @property
    def vkey(self) -> str:
        """The public text."""
        return f"{self.name}+{self.key_id.hex()}+{canonical.to_base64(_COSIGNATURE + self.public_key)}"

    def time_of(self, timestamped: bytes, text: str) -> int | None:
        """Give the time at which this witness cosigned the checkpoint's text; None where it did not.

        `timestamped` is what stands behind the id: 8 bytes of time and 64 of signature.
        """
        if len(timestamped) != _TIME_LENGTH + SIGNATURE_LENGTH:
            return None
        time = int.from_bytes(timestamped[:_TIME_LENGTH])
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public_key)
            key.verify(timestamped[_TIME_LENGTH:], _message(text, time))
        except InvalidSignature:
            return None
        return time


class CosigningKey:
    """A witness's private key: a name and a 32-byte seed, which no `repr` shows.

    Raises KeyNameError or KeyTextError (length).
    """

    __slots__ = ("_private", "_seed", "verify_key")

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != KEY_LENGTH:
            raise KeyTextError
        self._seed = bytes(seed)
        self._private = Ed25519PrivateKey.from_private_bytes(self._seed)
        self.verify_key: Final = WitnessKey(name, self._private.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the private text, strictly. Raises KeyTextError and its children; none of them repeats the text."""
        if not text.startswith(PRIVATE):
            raise KeyTextError
        name, key_id, seed = split(text.removeprefix(PRIVATE), _COSIGNATURE)
        key = cls(name, seed)
        if key.verify_key.key_id.hex() != key_id:
            raise KeyIDError
        return key

    def private_text(self) -> str:
        """Give the private text, for the key file and for nothing else."""
        key = self.verify_key
        return f"{PRIVATE}{key.name}+{key.key_id.hex()}+{canonical.to_base64(_COSIGNATURE + self._seed)}"

    def cosign(self, checkpoint: Checkpoint, *, at: datetime) -> str:
        """Give the signature line to append to the checkpoint's note, with its newline.

        That the log only grew is for the witness to check first (`merkle.verify_growth`). Raises NaiveTimeError, and
        CosignatureTimeError for a time before 1970.
        """
        key, time = self.verify_key, _seconds(at)
        if not 0 < time <= MAX_TIME:
            raise CosignatureTimeError(key.name)
        signature = self._private.sign(_message(checkpoint.text(), time))
        return f"— {key.name} {canonical.to_base64(key.key_id + time.to_bytes(_TIME_LENGTH) + signature)}\n"

    def __repr__(self) -> str:
        return f"<CosigningKey {self.verify_key.name}+{self.verify_key.key_id.hex()}>"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified cosignature: whose, and when by the witness's clock, in POSIX seconds."""

    key: WitnessKey
    time: int


def check(signed: Signed, witnesses: Sequence[WitnessKey], *, at: datetime | None = None) -> tuple[Cosignature, ...]:
    """Verify the cosignatures of the witnesses that the reader knows, in the order of their lines.

    `at` is the reader's time, None where it has none: a cosignature from the future is refused. Lines of others decide
    nothing. Raises BadSignatureError and CosignatureTimeError for a known witness, AmbiguousKeyError, NaiveTimeError.
    """
    text = signed.checkpoint.text()
    latest = MAX_TIME if at is None else _seconds(at + TOLERANCE)
    keys = _by_name_and_id(signed, witnesses)
    found = []
    for line in signed.unknown:
        key = keys.get((line.name, line.key_id))
        if key is not None:
            found.append(_checked(key, line, text, latest))
    return tuple(found)


def _checked(key: WitnessKey, line: SignatureLine, text: str, latest: int) -> Cosignature:
    time = key.time_of(line.signature, text)
    if time is None:
        raise BadSignatureError(key.name)
    # Zero is how other formats leave the time out; this one promises it.
    if not 0 < time <= min(latest, MAX_TIME):
        raise CosignatureTimeError(key.name)
    return Cosignature(key, time)


def _by_name_and_id(signed: Signed, witnesses: Sequence[WitnessKey]) -> dict[tuple[str, bytes], WitnessKey]:
    keys = by_name_and_id(witnesses)
    # 32 bits can be made to collide: the log's own line must not stand for a witness, nor hide one.
    if any((key.name, key.key_id) in keys for key in signed.signed_by):
        raise AmbiguousKeyError
    return keys


def _message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _seconds(at: datetime) -> int:
    if at.utcoffset() is None:
        raise NaiveTimeError
    return int(at.timestamp())
