"""What a party signs of an event: a statement of all that it knows before the leaf is made (docs/adr/0003).

A leaf's id, time, number and predecessor are the server's, given at the commit; so nobody can sign a leaf beforehand.
A party signs `mufakat/party/v1`, a newline, and the RFC 8785 JSON of `actor`, `c`, `case`, `chan`, `origin`, `type`
and `v`, as the leaf will have them: of `c` the commitments that `COVERED` names, which the party makes itself, with a
salt of its own; `case` where it exists already, else null; `origin` is the log's. Whoever has the leaf can write the
statement down again, and learns nothing from it that the leaf does not say.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, Self

import msgspec

from mufakat.proof import canonical, commitment, leaf
from mufakat.proof.errors import NotSignableError, SignatureTextError
from mufakat.proof.key import SigningKey, VerifyKey
from mufakat.proof.leaf import Leaf, Signature

DOMAIN: Final = b"mufakat/party/v1\n"

PUBLIC_SALT: Final = bytes(32)
"""The salt of `received`: the hash of a leaf is public, so nothing is hidden, and anybody may check what was named."""


class Covered(NamedTuple):
    """What a statement of one type speaks of: the commitment it must have, others it may have, and whether a case."""

    field: str
    others: tuple[str, ...] = ()
    case: bool = False


COVERED: Final[Mapping[str, Covered]] = MappingProxyType(
    {
        # Before its first event a case has no id. `payload` is the body as it was sent.
        "notice.received": Covered("payload"),
        # `received` is the hash of the leaf by which the notice came: so the recipient's key also speaks of the body.
        "notice.delivered": Covered("received", case=True),
        "notice.acknowledged": Covered("received", ("note",), case=True),
        # By the new key, which shows that somebody has it; and by one in force, which shows that it is the party's.
        "key.enrolled": Covered("key"),
    }
)

_HEADER = re.compile(rf"k=({leaf.LABEL}); (?:salt=({leaf.DIGEST}); )?s=({leaf.SIGNATURE})").fullmatch


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signature on its way: `k` and `s` as the leaf will have them, `salt` the base64 of what the party drew.

    There is no salt where the party commits to nothing but what is public.
    """

    k: str
    s: str
    salt: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `k=<label>; salt=<base64>; s=<base64>`, strictly. Raises SignatureTextError."""
        found = _HEADER(text)
        if found is None:
            raise SignatureTextError
        return cls(k=found[1], salt=found[2], s=found[3])

    def require_form(self) -> None:
        """Refuse what `parse` could not have read: one that came as an object. Raises SignatureTextError."""
        self.parse(self.text())

    def text(self) -> str:
        """The text that `parse` reads."""
        salt = "" if self.salt is None else f"salt={self.salt}; "
        return f"k={self.k}; {salt}s={self.s}"

    @property
    def signature(self) -> Signature:
        """As the leaf has it."""
        return Signature(k=self.k, s=self.s)

    @property
    def salt_bytes(self) -> bytes | None:
        """The salt. Raises SignatureTextError."""
        if self.salt is None:
            return None
        salt = canonical.from_base64(self.salt)
        if salt is None or len(salt) != commitment.SALT_LENGTH:
            raise SignatureTextError
        return salt


def statement(  # noqa: PLR0913 - what it says, each by name.
    *, origin: str, type_: str, sender: str, recipient: str, actor: str, case: str | None, c: Mapping[str, str]
) -> bytes:
    """Give the bytes to sign. Raises NotSignableError where nothing of this type, or with these fields, is signed."""
    covered = COVERED.get(type_)
    if covered is None or covered.field not in c:
        raise NotSignableError
    members = {
        "actor": actor,
        "c": {name: c[name] for name in (covered.field, *covered.others) if name in c},
        "case": case if covered.case else None,
        "chan": f"{sender}>{recipient}",
        "origin": origin,
        "type": type_,
        "v": 1,
    }
    return DOMAIN + canonical.encode(members)


def statement_of(found: Leaf, *, origin: str) -> bytes:
    """Write down again what was signed of a leaf of this log. Raises NotSignableError."""
    sender, _, recipient = found.chan.partition(">")
    return statement(
        origin=origin,
        type_=found.type,
        sender=sender,
        recipient=recipient,
        actor=found.actor,
        case=found.case,
        c=found.c,
    )


def mark(signed: bytes) -> bytes:
    """Give the 32 bytes by which a statement is known: what was said once must not be taken for said twice."""
    return hashlib.sha256(signed).digest()


# -- What a party commits to ------------------------------------------------------------------------------------------


def of_body(sha256: bytes, *, salt: bytes) -> dict[str, str]:
    """The commitment to the body of a notice, by its digest."""
    return {"payload": canonical.to_base64(commitment.commit("payload", salt, sha256))}


def of_receipt(leaf_hash: bytes, *, note: bytes = b"", salt: bytes | None = None) -> dict[str, str]:
    """The commitments of a delivery or an acknowledgement; with a `note`, which needs a salt."""
    found = {"received": canonical.to_base64(commitment.commit("received", PUBLIC_SALT, leaf_hash))}
    if note:
        found["note"] = canonical.to_base64(commitment.commit("note", salt or b"", note))
    return found


def of_key(vkey: str, *, salt: bytes) -> dict[str, str]:
    """The commitment to a public key, by its line."""
    return {"key": canonical.to_base64(commitment.commit("key", salt, vkey.encode()))}


# -- Signing: a party's key bears the party's handle as its name -------------------------------------------------------


def receive(key: SigningKey, body: bytes, *, origin: str, recipient: str, salt: bytes) -> Given:
    """Sign, as its sender, that these bytes are a notice to the recipient."""
    sha256 = hashlib.sha256(body).digest()
    said = statement(
        origin=origin,
        type_="notice.received",
        sender=key.name,
        recipient=recipient,
        actor=key.name,
        case=None,
        c=of_body(sha256, salt=salt),
    )
    return _given(key, said, salt)


def deliver(key: SigningKey, notice: str, leaf_hash: bytes, *, origin: str, sender: str) -> Given:
    """Sign, as its recipient, that the notice with this leaf has arrived."""
    said = statement(
        origin=origin,
        type_="notice.delivered",
        sender=key.name,
        recipient=sender,
        actor=key.name,
        case=notice,
        c=of_receipt(leaf_hash),
    )
    return _given(key, said, None)


def acknowledge(  # noqa: PLR0913 - what is acknowledged, where, and with which word; each by name.
    key: SigningKey,
    notice: str,
    leaf_hash: bytes,
    *,
    origin: str,
    sender: str,
    note: str = "",
    salt: bytes | None = None,
) -> Given:
    """Sign, as its recipient, that the party has the notice with this leaf; a `note` needs a salt."""
    drawn = salt if note else None
    said = statement(
        origin=origin,
        type_="notice.acknowledged",
        sender=key.name,
        recipient=sender,
        actor=key.name,
        case=notice,
        c=of_receipt(leaf_hash, note=note.encode(), salt=drawn),
    )
    return _given(key, said, drawn)


def enrol(  # noqa: PLR0913 - which key, by whom, in which log; each by name.
    key: SigningKey, vkey: str, *, origin: str, sender: str, recipient: str, salt: bytes
) -> Given:
    """Sign that a key is its party's: with that key itself, and with one that is in force.

    `sender` is who enrols it: the party, or the operator at its word; `recipient` the other of the two.
    """
    c = of_key(vkey, salt=salt)
    said = statement(
        origin=origin, type_="key.enrolled", sender=sender, recipient=recipient, actor=sender, case=None, c=c
    )
    return _given(key, said, salt)


def _given(key: SigningKey, said: bytes, salt: bytes | None) -> Given:
    drawn = None if salt is None else canonical.to_base64(salt)
    return Given(k=key.verify_key.label, s=canonical.to_base64(key.sign(said)), salt=drawn)


# -- Verifying ---------------------------------------------------------------------------------------------------------


class Outcome(StrEnum):
    """What is known of a leaf's signature."""

    GOOD = "good"
    BAD = "bad"  # The key is known, and did not sign this.
    UNKNOWN = "unknown"  # By a key that is not among the given ones.
    FOREIGN = "foreign"  # By somebody whose word it is not.
    # `check` knows no places; these are given by `party_keys.check`.
    NOT_ENROLLED = "not_enrolled"  # Good, but by a key that was not enrolled yet.
    RETIRED = "retired"  # Good, but by a key that was retired before.


@dataclass(frozen=True, slots=True)
class Checked:
    """A signature of a leaf: `k` names its key, `party` is the handle before the plus."""

    k: str
    outcome: Outcome

    @property
    def party(self) -> str:
        """Whose key it says it is."""
        return self.k.partition("+")[0]


def verifies(label: str, signature: str, said: bytes, *, keys: Sequence[VerifyKey]) -> Outcome:
    """Ask whether this is a signature of the statement by one of the keys; a label may be that of several."""
    candidates = [key for key in keys if key.label == label]
    if not candidates:
        return Outcome.UNKNOWN
    decoded = canonical.from_base64(signature)
    good = decoded is not None and any(key.verifies(decoded, said) for key in candidates)
    return Outcome.GOOD if good else Outcome.BAD


def check(found: Leaf, *, origin: str, keys: Sequence[VerifyKey]) -> tuple[Checked, ...]:
    """Give each signature of a leaf of this log, in their order, and what is known of it with these keys.

    That the leaf is in the log, and that a key was in force where it stands, are other questions (`party_keys`).
    """
    try:
        said = statement_of(found, origin=origin)
    except NotSignableError:
        said = None
    checked: list[Checked] = []
    for one in found.sig:
        if said is not None:
            outcome = verifies(one.k, one.s, said, keys=keys)
        else:  # What nobody signs: whatever a known key signed there is bad.
            outcome = Outcome.BAD if any(key.label == one.k for key in keys) else Outcome.UNKNOWN
        if one.k.partition("+")[0] not in _parties(found):
            outcome = Outcome.FOREIGN
        elif any(other.k == one.k for other in checked):
            outcome = Outcome.BAD  # A key signs once.
        checked.append(Checked(one.k, outcome))
    return tuple(checked)


def _parties(found: Leaf) -> Sequence[str]:
    """Whose word the event is: the one who acted; of a key, either side, for the operator enrols at a party's word."""
    return found.chan.split(">") if found.type == "key.enrolled" else (found.actor,)
