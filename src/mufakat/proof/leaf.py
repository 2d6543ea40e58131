"""Leaves: one event each, as the log keeps it for ever (INTERFACE: "Events, leaves, receipts", v1).

RFC 8785 JSON of at most 4 KiB with always the same members. Every member is an enum code, id, number, time, digest or
handle: no string that a user typed fits into the patterns below, so nothing in a leaf ever needs to be erased.
"""

import functools
import hashlib
import re
from collections.abc import Callable
from typing import Final

import msgspec

from mufakat.proof import canonical, commitment
from mufakat.proof.errors import LeafError

MAX_LENGTH: Final = 4096  # Bytes.
MAX_COMMITMENTS: Final = 32
MAX_REFERENCES: Final = 32
MAX_SIGNATURES: Final = 4

SIGNING_DOMAIN: Final = b"mufakat/leaf/v1\n"

_LEAF: Final = b"\x00"  # Nodes start with 0x01 (`tree.node_hash`): RFC 6962, section 2.1.
_MAX_SEQ: Final = 2**53 - 1  # The largest integer that every JSON reader keeps.
# Crockford's alphabet has no i, l, o, u. 26 signs are 130 bits, a UUID has 128: the first sign is at most 7.
_ID: Final = r"[0-7][0-9a-hjkmnp-tv-z]{25}"
_HANDLE: Final = r"[a-z0-9][a-z0-9-]{0,62}"


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A party's Ed25519 signature of `signed.statement_of`: `k` is `VerifyKey.label`, `s` base64 of 64 bytes."""

    k: str
    s: str


class Leaf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event. Making one checks nothing; `encode` and `decode` check everything.

    `actor` is the handle of the party that acted, `at` the time (`canonical.timestamp`), `c` the commitments in base64
    by field name, `case` the id of what it is about, `chan` `<sender>><recipient>`, `due` the time until which the next
    step is due, `id` `evt_…`, `law` the code of the legal basis, `prev` the base64 hash of the channel's previous leaf
    (None exactly where `seq` is 1), `ref` ids of other events and things, `seq` the gap-free number in the channel,
    `sig` the parties' signatures, `type` dotted past tense.
    """

    actor: str
    at: str
    c: dict[str, str]
    case: str | None
    chan: str
    due: str | None
    id: str
    law: str | None
    prev: str | None
    ref: tuple[str, ...]
    seq: int
    sig: tuple[Signature, ...]
    type: str
    v: int


_KIND: Final = "(?:ntc|dec|sor|apl|rst|agr|pty|mnd|evt|ctc|drl|mai|bnk|pol|smp|bkt|hit|ntf|wkc)"
_LAW: Final = "[a-z][a-z0-9-]{0,31}"
_TYPE: Final = r"[a-z][a-z_]*(?:\.[a-z][a-z_]*)+"
# The last sign before the padding has unused bits, which canonical base64 leaves zero.
DIGEST: Final = "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="

_event_id = re.compile(rf"evt_{_ID}").fullmatch
_any_id = re.compile(rf"{_KIND}_{_ID}").fullmatch
# What is the same in many leaves is looked at once: a batch of a thousand has one time, and few of everything else.
_seen = functools.lru_cache(maxsize=512)
_type = _seen(re.compile(rf"(?=.{{1,40}}\Z){_TYPE}").fullmatch)
_handle = _seen(re.compile(_HANDLE).fullmatch)
_channel = _seen(re.compile(rf"{_HANDLE}>{_HANDLE}").fullmatch)
_law = _seen(re.compile(_LAW).fullmatch)
_field = _seen(commitment.FIELD.fullmatch)
_time = _seen(canonical.is_timestamp)
SIGNATURE: Final = "[A-Za-z0-9+/]{85}[AQgw]=="
LABEL: Final = r"[a-z0-9.:/_-]{1,255}\+[0-9a-f]{8}"
_digest = re.compile(DIGEST).fullmatch
_signature = re.compile(SIGNATURE).fullmatch
_key_label = re.compile(LABEL).fullmatch


def _listed(item: str, most: int) -> str:
    return f"(?:{item}(?:,{item}){{0,{most - 1}}})?"


_COMMITMENTS: Final = _listed(f'"{commitment.FIELD.pattern}":"{DIGEST}"', MAX_COMMITMENTS)
_REFERENCES: Final = _listed(f'"{_KIND}_{_ID}"', MAX_REFERENCES)
# All of a leaf that no party signed, but its times and numbers: one look at the bytes takes less than half of what
# twenty looks at members take, and this is on the hot path of intake.
_whole = re.compile(
    (
        rf'\{{"actor":"{_HANDLE}","at":"[^"\\]*","c":\{{{_COMMITMENTS}\}},"case":(?:null|"{_KIND}_{_ID}"),'
        rf'"chan":"{_HANDLE}>{_HANDLE}","due":(?:null|"[^"\\]*"),"id":"evt_{_ID}","law":(?:null|"{_LAW}"),'
        rf'"prev":(?:null|"{DIGEST}"),"ref":\[{_REFERENCES}\],"seq":[1-9][0-9]{{0,15}},"sig":\[\],'
        rf'"type":"(?=[a-z_.]{{1,40}}"){_TYPE}","v":1\}}'
    ).encode()
).fullmatch

# Sorted members are RFC 8785 here: every name is ASCII and no value is a float (a property test compares the two).
_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Leaf)
_members: Final = frozenset(Leaf.__struct_fields__)
_named_member = re.compile(r"(?:`\$\.|field `)([a-z]+)[`.\[]").search


def encode(leaf: Leaf) -> bytes:
    """Give the canonical bytes. Raises LeafError, which names the member."""
    try:
        data = _encoder.encode(leaf)
    except (TypeError, ValueError, RecursionError):  # What JSON cannot say is refused by its member below.
        data = b""
    # Whatever this does not know is looked at member by member, which also names what is wrong.
    if not (_whole(data) and _fits(leaf)):
        _check(leaf)
    if len(data) > MAX_LENGTH:
        raise LeafError("leaf", "is longer than 4 KiB")
    return data


def decode(data: bytes) -> Leaf:
    """Read canonical bytes, strictly: an unknown, missing or twice named member is refused. Raises LeafError."""
    if len(data) > MAX_LENGTH:
        raise LeafError("leaf", "is longer than 4 KiB")
    try:
        leaf = _decoder.decode(data)
    except msgspec.ValidationError as error:
        named = _named_member(str(error))
        # The decoder repeats names it does not know; we do not.
        member = named[1] if named is not None and named[1] in _members else "leaf"
        raise LeafError(member, "is missing, unknown or of another type") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise LeafError("leaf", "is not JSON") from None
    if encode(leaf) != data:
        raise LeafError("leaf", "is not in its canonical form")
    return leaf


def leaf_hash(data: bytes) -> bytes:
    """Give the 32-byte hash under which the log keeps a leaf's bytes (RFC 6962, section 2.1)."""
    return hashlib.sha256(_LEAF + data).digest()


def signing_bytes(leaf: Leaf) -> bytes:
    """Give a whole leaf to be signed: `mufakat/leaf/v1`, a newline, and its canonical JSON without the member `sig`.

    For whoever has the leaf already. A party signs before there is one: what it signs is in `signed`. The first line
    keeps the signature from serving as one of a note. Raises LeafError.
    """
    members = msgspec.json.decode(encode(leaf))
    del members["sig"]
    return SIGNING_DOMAIN + canonical.encode(members)


def _fits(leaf: Leaf) -> bool:
    """Ask what the pattern of the whole leaves open: that numbers and times are some, and what JSON writes alike."""
    return (
        type(leaf.ref) is tuple
        and type(leaf.sig) is tuple
        and leaf.seq <= _MAX_SEQ
        and (leaf.prev is None) == (leaf.seq == 1)
        and isinstance(leaf.at, str)
        and _time(leaf.at)
        and (leaf.due is None or (isinstance(leaf.due, str) and _time(leaf.due)))
    )


def _check(leaf: Leaf) -> None:
    """Refuse whatever the schema does not name, by its member."""
    if type(leaf.v) is not int or leaf.v != 1:
        raise LeafError("v", "is not 1")
    if type(leaf.seq) is not int or not 1 <= leaf.seq <= _MAX_SEQ:
        raise LeafError("seq", "is not a whole number from 1 to 2^53-1")
    if (leaf.prev is None) != (leaf.seq == 1):
        raise LeafError("prev", "must be null exactly where seq is 1")
    _fit("id", _event_id, leaf.id)
    _fit("type", _type, leaf.type)
    _fit("at", _time, leaf.at)
    _fit("chan", _channel, leaf.chan)
    _fit("actor", _handle, leaf.actor)
    if leaf.prev is not None:
        _fit("prev", _digest, leaf.prev)
    if leaf.case is not None:
        _fit("case", _any_id, leaf.case)
    if leaf.due is not None:
        _fit("due", _time, leaf.due)
    if leaf.law is not None:
        _fit("law", _law, leaf.law)
    _check_lists(leaf)


def _check_lists(leaf: Leaf) -> None:
    if not isinstance(leaf.c, dict) or len(leaf.c) > MAX_COMMITMENTS:
        raise LeafError("c", "is not an object of at most 32 commitments")
    for field, digest in leaf.c.items():
        _fit("c", _field, field)
        _fit("c", _digest, digest)
    if not isinstance(leaf.ref, tuple) or len(leaf.ref) > MAX_REFERENCES:
        raise LeafError("ref", "is not a list of at most 32 ids")
    for reference in leaf.ref:
        _fit("ref", _any_id, reference)
    if not isinstance(leaf.sig, tuple) or len(leaf.sig) > MAX_SIGNATURES:
        raise LeafError("sig", "is not a list of at most 4 signatures")
    for signature in leaf.sig:
        if type(signature) is not Signature:
            raise LeafError("sig", "does not have its form")
        _fit("sig", _key_label, signature.k)
        _fit("sig", _signature, signature.s)


def _fit(member: str, matches: Callable[[str], object], value: object) -> None:
    if not isinstance(value, str) or not matches(value):
        raise LeafError(member, "does not have its form")
