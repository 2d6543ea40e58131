"""Custody receipts: the operator's signed word that it took a notice, or a batch of them.

The text of the signed note, one value a line:

    mufakat/custody/v1                  mufakat/custody-batch/v1
    origin of the log                   origin of the log
    id of the notice                    count of leaves
    base64 of the leaf hash             base64 of the RFC 6962 root over their hashes, in order
    RFC 3339 time with milliseconds     RFC 3339 time with milliseconds
    mmd none                            mmd none

`mmd 60` (maximum merge delay, seconds) instead of `mmd none` promises that the log will hold the leaf within that time.
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from mufakat.proof import canonical, note
from mufakat.proof.errors import ReceiptKindError, ReceiptLineError
from mufakat.proof.key import SigningKey, is_name
from mufakat.proof.tree import HASH_LENGTH

MAX_MMD: Final = 86_400  # Seconds: a day.
MAX_COUNT: Final = 2**53 - 1  # The largest integer that every JSON reader keeps.

_notice_id = re.compile(r"(?:ntc|mai|agr|rst|ntf)_[0-7][0-9a-hjkmnp-tv-z]{25}").fullmatch
_number = re.compile(r"[1-9][0-9]{0,15}").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """A notice, a mail or a step of an agreement, taken: origin, id, 32-byte leaf hash, time, seconds of mmd or None.

    Raises ReceiptLineError, which names the line.
    """

    HEADER: ClassVar[str] = "mufakat/custody/v1"

    origin: str
    notice: str
    leaf_hash: bytes
    at: str
    mmd: int | None = None

    def __post_init__(self) -> None:
        if _notice_id(self.notice) is None:
            raise ReceiptLineError(
                "the third line is not the id of a notice, of a mail, of an agreement or of a restriction"
            )
        _check(self.origin, self.leaf_hash, self.at, self.mmd)

    def text(self) -> str:
        """Give the text that is signed."""
        return _text(self.HEADER, self.origin, self.notice, self.leaf_hash, self.at, self.mmd)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text, strict to the byte. Raises ReceiptKindError or ReceiptLineError."""
        origin, notice, leaf_hash, at, mmd = _lines(cls.HEADER, text)
        return cls(origin=origin, notice=notice, leaf_hash=_hash(leaf_hash), at=at, mmd=_mmd(mmd))


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyBatch:
    """Many notices taken at once: origin, count of leaves, 32-byte root over their hashes, time, mmd or None.

    Raises ReceiptLineError, which names the line.
    """

    HEADER: ClassVar[str] = "mufakat/custody-batch/v1"

    origin: str
    count: int
    root: bytes
    at: str
    mmd: int | None = None

    def __post_init__(self) -> None:
        if type(self.count) is not int or not 1 <= self.count <= MAX_COUNT:
            raise ReceiptLineError("the third line is not a count of leaves")
        _check(self.origin, self.root, self.at, self.mmd)

    def text(self) -> str:
        """Give the text that is signed."""
        return _text(self.HEADER, self.origin, str(self.count), self.root, self.at, self.mmd)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text, strict to the byte. Raises ReceiptKindError or ReceiptLineError."""
        origin, count, root, at, mmd = _lines(cls.HEADER, text)
        if _number(count) is None:
            raise ReceiptLineError("the third line is not a count of leaves")
        return cls(origin=origin, count=int(count), root=_hash(root), at=at, mmd=_mmd(mmd))


def parse(text: str) -> Custody | CustodyBatch:
    """Read either text, strict to the byte. Raises ReceiptKindError or ReceiptLineError."""
    if text.startswith(f"{CustodyBatch.HEADER}\n"):
        return CustodyBatch.parse(text)
    return Custody.parse(text)


def sign_custody(key: SigningKey, *, notice: str, leaf_hash: bytes, at: str, mmd: int | None = None) -> str:
    """Give the whole receipt for one notice, signed; the key's name is the origin. Raises ReceiptLineError."""
    custody = Custody(origin=key.name, notice=notice, leaf_hash=leaf_hash, at=at, mmd=mmd)
    return note.sign(custody.text(), key)


def sign_custody_batch(key: SigningKey, *, count: int, root: bytes, at: str, mmd: int | None = None) -> str:
    """Give the whole receipt for a batch, signed; the key's name is the origin. Raises ReceiptLineError."""
    batch = CustodyBatch(origin=key.name, count=count, root=root, at=at, mmd=mmd)
    return note.sign(batch.text(), key)


def _check(origin: str, digest: bytes, at: str, mmd: int | None) -> None:
    if not is_name(origin):
        raise ReceiptLineError("the second line is not the origin of a log")
    if len(digest) != HASH_LENGTH:
        raise ReceiptLineError("the fourth line is not a hash of 32 bytes in base64")
    if not canonical.is_timestamp(at):
        raise ReceiptLineError("the fifth line is not a time in UTC with milliseconds")
    if mmd is not None and (type(mmd) is not int or not 1 <= mmd <= MAX_MMD):
        raise ReceiptLineError("the sixth line is not a merge delay from 1 to 86400 seconds")


def _text(header: str, origin: str, what: str, digest: bytes, at: str, mmd: int | None) -> str:  # noqa: PLR0913, PLR0917  One per line.
    delay = "none" if mmd is None else mmd
    return f"{header}\n{origin}\n{what}\n{canonical.to_base64(digest)}\n{at}\nmmd {delay}\n"


def _lines(header: str, text: str) -> tuple[str, str, str, str, str]:
    """Give the five lines after the header. Only the newline ends a line, so `splitlines` would read too much."""
    first, *rest = text.split("\n")
    if first != header:
        raise ReceiptKindError
    match rest:
        case [origin, what, digest, at, mmd, ""]:
            return origin, what, digest, at, mmd
        case _:
            raise ReceiptLineError("it does not have six lines")


def _hash(line: str) -> bytes:
    digest = canonical.from_base64(line)
    if digest is None:
        raise ReceiptLineError("the fourth line is not a hash of 32 bytes in base64")
    return digest


def _mmd(line: str) -> int | None:
    if line == "mmd none":
        return None
    seconds = line.removeprefix("mmd ")
    if seconds == line or _number(seconds) is None:
        raise ReceiptLineError("the sixth line is not a merge delay from 1 to 86400 seconds")
    return int(seconds)
