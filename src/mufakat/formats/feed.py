"""The signed list of an operator, `domains.json`: what it has to close, until when, and the proof of every entry. Pure.

The document is canonical JSON (RFC 8785) and its last member is `signature`, a signed note (C2SP) whose text is

    mufakat/feed/v1
    origin of the log
    name of the zone
    serial of the zone
    position in the journal
    RFC 3339 time with milliseconds, at which the list was written
    base64 of the SHA-256 over the document without `signature`

`domains` has an entry for each name and restriction: closed until then, unless a newer list leaves it out.
`restrictions` has the proof of each: the leaf of `restriction.published`, its custody receipt, and the opening of its
commitment to the names. Members that are not named here may be added; a reader passes them over, signed as they are.

How the proofs are checked is in `feed_chain`.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from mufakat.proof import canonical, note
from mufakat.proof.errors import ProofError
from mufakat.rules.errors import RefusedError
from mufakat.rules.restriction import Match  # noqa: TC001  msgspec evaluates a struct's annotations.

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mufakat.proof.key import SigningKey, VerifyKey

FORMAT: Final = "mufakat/feed/v1"
SIGNATURE: Final = b',"signature":'
PORTION: Final = 64 * 1024  # Bytes that are given on at once.
MAX_SERIAL: Final = 2**32 - 1

_number = re.compile(r"0|[1-9][0-9]{0,15}").fullmatch
_apex = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*").fullmatch
_name = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*").fullmatch


class Refusal(StrEnum):
    """Why a list, or an entry of it, is not loaded."""

    NOT_A_LIST = "not_a_list"  # The bytes do not have the form.
    NOT_SIGNED = "not_signed"  # By no key that is trusted.
    CHANGED = "changed"  # The digest is another one, or the document contradicts what was signed.
    OTHER_LIST = "other_list"  # Signed, and not the one that was asked for.
    OLDER = "older"  # Than the one that was loaded before.
    NO_RECEIPT = "no_receipt"  # The receipt does not prove the restriction.
    NO_NAMES = "no_names"  # The names are not those that were committed to.
    UNKNOWN_RESTRICTION = "unknown_restriction"  # The entry's restriction is not proven.
    UNKNOWN_NAME = "unknown_name"  # The name is not among its names.
    OTHER_END = "other_end"  # The entry's end or match is not the restriction's.


class FeedRefusedError(RefusedError):
    """The list, or what it is taken for, is refused."""

    def __init__(self, reason: Refusal, sentence: str) -> None:
        self.reason = reason
        super().__init__(sentence)


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the note signs besides the digest: whose list, which one, how new, and when it was written."""

    origin: str
    apex: str
    serial: int
    position: int
    at: str

    def text(self, digest: bytes) -> str:
        """The text that is signed."""
        told = (FORMAT, self.origin, self.apex, self.serial, self.position, self.at, canonical.to_base64(digest))
        return "".join(f"{line}\n" for line in told)

    def is_older_than(self, other: Head) -> bool:
        """Whether `other` is the newer one: by the serial (RFC 1982), then by the position, then by the time."""
        if self.serial != other.serial:
            return (self.serial - other.serial) % 2**32 >= 2**31
        return (self.position, self.at) < (other.position, other.at)


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """The law that a restriction stands on, in the words of its order."""

    system: str
    instrument: str
    provision: str


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What opens a commitment of a leaf: the salt in base64, and the value, which is text."""

    salt: str
    value: str


class Proof(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from"}):
    """A restriction of the list: who ordered it on which ground, from when until when, and what proves it.

    `leaf` is base64 of the leaf's bytes, `receipt` the custody receipt for it, `opening` that of its names. `ground`,
    `authority` (a handle), `issuer` (its name) and `layer` are for people and block pages.
    """

    authority: str
    ground: Ground
    id: str
    issuer: str
    layer: str
    leaf: str
    match: Match
    opening: Opening
    receipt: str
    since: str
    until: str


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """An entry: this name is closed until then, by this restriction. The members are in their canonical order."""

    match: Match
    name: str
    restriction: str
    until: str


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A whole list. `expire` is how many seconds a copy may outlive its source; `look_up` is the page for people."""

    apex: str
    at: str
    domains: tuple[Domain, ...]
    expire: int
    format: str
    list: str
    look_up: str
    operator: str
    origin: str
    position: int
    restrictions: tuple[Proof, ...]
    serial: int
    shadow: bool

    @property
    def head(self) -> Head:
        """What has to agree with the note."""
        return Head(origin=self.origin, apex=self.apex, serial=self.serial, position=self.position, at=self.at)


def write(feed: Feed, domains: Iterable[Domain], proofs: Iterable[Proof], *, key: SigningKey) -> Iterator[bytes]:
    """Write the list piece by piece, signed with the key of its origin.

    `domains` and `restrictions` of `feed` are not looked at: a million entries need not be in memory. The entries are
    read before the proofs.
    """
    told = {name: getattr(feed, name) for name in Feed.__struct_fields__ if name not in {"domains", "restrictions"}}
    before = {name: value for name, value in told.items() if name < "domains"}
    between = {name: value for name, value in told.items() if "domains" < name < "restrictions"}
    after = {name: value for name, value in told.items() if name > "restrictions"}
    digest = hashlib.sha256()
    for piece in portions(
        (canonical.encode(before)[:-1] + b',"domains":[',),
        _joined(msgspec.json.encode(one) for one in domains),
        (b"]," + canonical.encode(between)[1:-1] + b',"restrictions":[',),
        _joined(canonical.encode(msgspec.to_builtins(one)) for one in proofs),
        (b"]," + canonical.encode(after)[1:-1],),
    ):
        digest.update(piece)
        yield piece
    digest.update(b"}")
    signed = note.sign(feed.head.text(digest.digest()), key)
    yield SIGNATURE + canonical.encode(signed) + b"}"


def read(raw: bytes, *, keys: Sequence[VerifyKey]) -> Feed:
    """Read a list, steps (1) and (2). Raises FeedRefusedError. The caller limits the length."""
    place = raw.rfind(SIGNATURE)
    if place < 0 or not raw.endswith(b"}"):
        raise FeedRefusedError(Refusal.NOT_A_LIST, "These bytes are not a signed list.")
    # (1) A trusted key signed the note, and the note is that of a list.
    head, digest = opened(_signature(raw[place + len(SIGNATURE) : -1]), keys)
    # (2) The document is the one that was signed, and says the same.
    if hashlib.sha256(raw[:place] + b"}").digest() != digest:
        raise FeedRefusedError(Refusal.CHANGED, "The list was changed after it was signed.")
    try:
        feed = msgspec.json.decode(raw, type=Feed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise FeedRefusedError(Refusal.NOT_A_LIST, "The list does not have the form of its version.") from None
    if feed.format != FORMAT or feed.head != head or not _apex(feed.apex):
        raise FeedRefusedError(Refusal.CHANGED, "The list does not say what was signed.")
    return feed


def is_name(name: str) -> bool:
    """Whether this can stand in a list: lower-case A-labels, no final dot, nothing that a file would read otherwise."""
    return _name(name) is not None and not name.rpartition(".")[2].startswith("rpz-")


def opened(signed: bytes, keys: Sequence[VerifyKey]) -> tuple[Head, bytes]:
    """What a note says of a list, and the digest it signs. Raises FeedRefusedError."""
    try:
        found = note.open(signed, keys)
    except ProofError as error:
        raise FeedRefusedError(Refusal.NOT_SIGNED, f"The list is not signed by a key that you trust. {error}") from None
    match found.text.split("\n"):
        case [form, origin, apex, serial, position, at, encoded, ""] if form == FORMAT:
            digest = canonical.from_base64(encoded, length=hashlib.sha256().digest_size)
        case _:
            raise FeedRefusedError(Refusal.NOT_SIGNED, "What was signed is not a list.")
    if digest is None or not _number(serial) or not _number(position) or not canonical.is_timestamp(at):
        raise FeedRefusedError(Refusal.NOT_SIGNED, "What was signed is not a list.")
    if all(key.name != origin for key in found.signed_by):
        raise FeedRefusedError(Refusal.NOT_SIGNED, "The list speaks for another log than the key that signed it.")
    return Head(origin=origin, apex=apex, serial=int(serial), position=int(position), at=at), digest


def _signature(raw: bytes) -> bytes:
    try:
        text = canonical.decode(raw)
    except ProofError:
        text = None
    if not isinstance(text, str):
        raise FeedRefusedError(Refusal.NOT_A_LIST, "These bytes are not a signed list.")
    return text.encode()


def _joined(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The items of a list, with the commas between them."""
    first = True
    for piece in pieces:
        yield piece if first else b"," + piece
        first = False


def portions(*parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in larger pieces: an entry has a hundred."""
    held, size = [], 0
    for part in parts:
        for piece in part:
            held.append(piece)
            size += len(piece)
            if size >= PORTION:
                yield b"".join(held)
                held, size = [], 0
    if held:
        yield b"".join(held)
