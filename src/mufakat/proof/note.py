"""Signed notes (C2SP signed-note): a text, a blank line, and lines `— <key name> <base64(key id ‖ signature)>`.

Stricter than the specification where it leaves a choice: a known key with a bad signature rejects the whole note, and
no key signs twice. Every byte of an accepted note is either signed or the one way to write a signature line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mufakat.proof import canonical
from mufakat.proof.errors import (
    BadSignatureError,
    ControlCharacterError,
    DuplicateSignatureError,
    MalformedSignatureError,
    MissingBlankLineError,
    MissingFinalNewlineError,
    NoKnownSignatureError,
    NoteTooLongError,
    NotUTF8Error,
    TooManySignaturesError,
)
from mufakat.proof.key import SigningKey, VerifyKey, by_name_and_id, is_name

MAX_LENGTH: Final = 2**20  # Bytes; ours have a few hundred.
MAX_SIGNATURES: Final = 16  # What the specification asks every verifier to accept at least.

_KEY_ID_LENGTH: Final = 4
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]").search


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A signature line: the key's name, its 4-byte id, and the signature."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A verified note: its text with the last newline, who signed (one at least), and the lines nobody here knows."""

    text: str
    signed_by: tuple[VerifyKey, ...]
    unknown: tuple[SignatureLine, ...]


def sign(text: str, *signers: SigningKey) -> str:
    """Give the note: `text`, which ends in a newline, and one signature line per signer.

    Raises the NoteError that `open` would raise for it.
    """
    message = _encode(text)
    if not text.endswith("\n"):
        raise MissingFinalNewlineError
    if not signers:
        raise NoKnownSignatureError
    if len(signers) > MAX_SIGNATURES:
        raise TooManySignaturesError
    if len({(signer.name, signer.key_id) for signer in signers}) != len(signers):
        raise DuplicateSignatureError
    lines = [f"— {key.name} {canonical.to_base64(key.key_id + key.sign(message))}\n" for key in signers]
    note = f"{text}\n{''.join(lines)}"
    if len(note.encode()) > MAX_LENGTH:
        raise NoteTooLongError
    return note


def open(note: bytes, known: Sequence[VerifyKey]) -> Opened:  # noqa: A001  Read as `note.open`, its name elsewhere.
    """Verify a note against the keys that the reader trusts.

    A line whose name and id are not both those of a known key is unknown and decides nothing. Raises NoteError's
    children and AmbiguousKeyError.
    """
    # (1) The bytes are a note.
    text, lines = _parse(note)
    # (2) Each line of a known key holds that key's signature of the text.
    keys = by_name_and_id(known)
    message = text.encode()
    signed_by, unknown = [], []
    for line in lines:
        key = keys.get((line.name, line.key_id))
        if key is None:
            unknown.append(line)
        elif key.verifies(line.signature, message):
            signed_by.append(key)
        else:
            raise BadSignatureError(key.name)
    # (3) There is one at least.
    if not signed_by:
        raise NoKnownSignatureError
    return Opened(text, tuple(signed_by), tuple(unknown))


def _parse(note: bytes) -> tuple[str, list[SignatureLine]]:
    if len(note) > MAX_LENGTH:
        raise NoteTooLongError
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise NotUTF8Error from None
    if _CONTROL(whole) is not None:
        raise ControlCharacterError
    if not whole.endswith("\n"):
        raise MissingFinalNewlineError
    # The last blank line separates: a text may hold blank lines itself.
    end = whole.rfind("\n\n")
    if end < 0:
        raise MissingBlankLineError
    text, signatures = whole[: end + 1], whole[end + 2 :]
    if signatures.count("\n") > MAX_SIGNATURES:
        raise TooManySignaturesError
    lines = [_parse_line(line) for line in signatures.split("\n")[:-1]]
    if not lines:
        raise MalformedSignatureError
    if len({(line.name, line.key_id) for line in lines}) != len(lines):
        raise DuplicateSignatureError
    return text, lines


def _parse_line(line: str) -> SignatureLine:
    match line.split(" "):
        case ["—", name, encoded] if is_name(name):
            data = canonical.from_base64(encoded)
        case _:
            raise MalformedSignatureError
    if data is None or len(data) <= _KEY_ID_LENGTH:
        raise MalformedSignatureError
    return SignatureLine(name, data[:_KEY_ID_LENGTH], data[_KEY_ID_LENGTH:])


def _encode(text: str) -> bytes:
    if _CONTROL(text) is not None:
        raise ControlCharacterError
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NotUTF8Error from None
