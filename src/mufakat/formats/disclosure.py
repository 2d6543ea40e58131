"""What everybody may read of the committed fields of one event: ``/log/<shard>/disclosure/<event>.json``.

The document is signed by nobody, and need not be: the leaf is in the log, and whoever has it recomputes each commitment
from salt and value. Every field that the leaf commits to is named once, as opened, erased or withheld.

    {"event": "evt_…", "origin": "…", "index": 17, "leaf": "<base64 of the leaf's hash>",
     "fields": {"outcome": {"salt": "<base64>", "value": "<base64>"}},
     "erased": {"reasons": "<id of the event that erased it>"},
     "withheld": ["facts"]}
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from mufakat.proof import canonical, commitment
from mufakat.proof.commitment import SALT_LENGTH
from mufakat.proof.leaf import Leaf


class Opening(Struct, frozen=True, forbid_unknown_fields=True):
    """Salt (32 bytes) and value of a field, in base64."""

    salt: str
    value: str

    @classmethod
    def of(cls, salt: bytes, value: bytes) -> "Opening":
        """The opening of these bytes."""
        return cls(canonical.to_base64(salt), canonical.to_base64(value))


class Disclosure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document. `index` is the leaf's place in the log, `leaf` its hash in base64."""

    event: str
    origin: str
    index: int
    leaf: str
    fields: dict[str, Opening]
    erased: dict[str, str]
    withheld: tuple[str, ...]


class NotADisclosureError(ValueError):
    """The bytes are no such document; the sentence says why."""


_decoder = msgspec.json.Decoder(Disclosure)
_encoder = msgspec.json.Encoder(order="deterministic")


def encode(found: Disclosure) -> bytes:
    """The document's bytes; the same facts give the same bytes."""
    return _encoder.encode(found)


def read(raw: bytes) -> Disclosure:
    """Read a document, strictly. Raises NotADisclosureError."""
    try:
        return _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NotADisclosureError("it is not a disclosure as it is written") from None


def faults(found: Disclosure, *, leaf: Leaf, leaf_hash: bytes, index: int, origin: str) -> list[str]:
    """What of a document is not so, by the leaf that the log holds at `index`: sentences, none where all is."""
    told = (found.event, found.origin, found.index, found.leaf)
    if told != (leaf.id, origin, index, canonical.to_base64(leaf_hash)):
        return ["it is about another leaf"]
    wrong = []
    named = [*found.fields, *found.erased, *found.withheld]
    if sorted(named) != sorted(leaf.c):
        wrong.append("it does not name every field of the leaf once")
    salts: set[str] = set()
    for name, opening in found.fields.items():
        if opening.salt in salts:
            wrong.append(f"`{name}` has the salt of another field")
        salts.add(opening.salt)
        if not _opens(leaf.c, name, opening):
            wrong.append(f"`{name}` is not what the leaf commits to")
    return wrong


def value_of(opening: Opening) -> bytes | None:
    """The value's bytes; None where they are no base64."""
    return canonical.from_base64(opening.value)


def _opens(commitments: Mapping[str, str], name: str, opening: Opening) -> bool:
    committed = canonical.from_base64(commitments.get(name, ""))
    salt, value = canonical.from_base64(opening.salt, length=SALT_LENGTH), value_of(opening)
    if committed is None or salt is None or value is None:
        return False
    return commitment.opens(committed, name, salt, value)
