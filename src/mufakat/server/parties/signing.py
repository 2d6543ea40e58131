"""What parties sign of events (`proof.signed`): verified before the writer's turn, and once more looked at in it.

Verifying takes a fifth of a millisecond and needs the party's keys; that a key is in force still, and that a statement
was not made before, only the writer can say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from mufakat.proof import signed
from mufakat.proof.errors import ProofError, SignatureTextError
from mufakat.proof.key import VerifyKey
from mufakat.proof.signed import Given, Outcome
from mufakat.rules.errors import BadSignatureError, UnsignedError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.journal import signer, store
from mufakat.server.journal.models import Event
from mufakat.server.parties import turns
from mufakat.server.parties.models import Party, PartyKey, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.proof.leaf import Signature
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

HEADER = "Mufakat-Signature"
PLACE = "/signature"  # The pointer of what is wrong with one, whichever way it came.


@dataclass(frozen=True, slots=True)
class Held:
    """A key of a party that is in force and signs events."""

    id: str
    key: VerifyKey


HeldKeys = dict[str, Held]
"""By their labels."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a party signed, verified: how the leaf names it, the salts that it drew, and by what it is known."""

    origin: str
    mark: bytes
    keys: tuple[str, ...]
    sig: tuple[Signature, ...]
    salts: Mapping[str, bytes] = field(repr=False)


def read(header: str | None) -> Given | None:
    """The signature of a header; none where there is no header. Raises BadSignatureError."""
    if header is None:
        return None
    try:
        return Given.parse(header.strip())
    except SignatureTextError as error:
        raise bad(str(error), FaultCode.BAD_FORM) from None


def keys_of(party_id: str, *, shard: str = "") -> HeldKeys:
    """The keys in force with which the party signs events of this shard (the live one), by their labels.

    A key counts from its enrolment on, which is in one log: whoever reads another one would find a key of nobody.
    """
    here = Event.objects.filter(pk=OuterRef("event"), shard=shard or signer.live_shard())
    rows = PartyKey.objects.filter(Exists(here), party=party_id, retired_at=None, label__isnull=False)
    return {row.label: Held(row.id, VerifyKey.parse(row.vkey)) for row in rows if row.label is not None}


def of_notice(given: Given, sha256: bytes, *, by: Caller, recipient: str, held: HeldKeys | None = None) -> Signed:
    """What a sender signed of a notice with this body, for the live shard. Raises BadSignatureError."""
    origin = signer.origin(signer.live_shard())
    salt = salt_of(given)
    c = signed.of_body(sha256, salt=salt)
    said = signed.statement(
        origin=origin,
        type_="notice.received",
        sender=by.handle,
        recipient=recipient,
        actor=by.handle,
        case=None,
        c=c,
    )
    keys = keys_of(by.party_id) if held is None else held
    return verified([given], said, origin=origin, salts={"payload": salt}, held=keys)


def of_receipt(  # noqa: PLR0913 - what was received, by whom, and what is said of it; each by name.
    given: Given, type_: str, *, by: Caller, sender: str, notice: str, leaf_hash: bytes, shard: str, note: bytes = b""
) -> Signed:
    """What a recipient signed of a notice that it has, for the shard of its first event. Raises BadSignatureError."""
    origin = signer.origin(shard)
    salts = {"received": signed.PUBLIC_SALT}
    if note:
        salts["note"] = salt_of(given)
    elif given.salt is not None:
        raise bad("There is no note, so nothing is hidden: sign without a salt.", FaultCode.CONTRADICTS)
    said = signed.statement(
        origin=origin,
        type_=type_,
        sender=by.handle,
        recipient=sender,
        actor=by.handle,
        case=notice,
        c=signed.of_receipt(leaf_hash, note=note, salt=salts.get("note")),
    )
    return verified([given], said, origin=origin, salts=salts, held=keys_of(by.party_id, shard=shard))


def verified(given: Sequence[Given], said: bytes, *, origin: str, salts: Mapping[str, bytes], held: HeldKeys) -> Signed:
    """The statement with the signatures that came with it, each by one of these keys. Raises BadSignatureError."""
    for one in given:
        _require_form(one)
        if one.k not in held:
            detail = f"This is no key in force with which your party signs events of the log {origin}."
            raise bad(detail, FaultCode.NOT_ENTITLED)
        if signed.verifies(one.k, one.s, said, keys=[held[one.k].key]) is not Outcome.GOOD:
            detail = f"The key did not sign this very content, party and log: the log is {origin}, see docs/keys.md."
            raise bad(detail, FaultCode.BAD_FORM)
    keys = tuple(held[one.k].id for one in given)
    return Signed(origin, signed.mark(said), keys, tuple(one.signature for one in given), salts)


def unsigned() -> UnsignedError:
    """Why what came without a signature is refused."""
    detail = f"Your party has what it sends refused without a signature of one of its keys: send {HEADER}."
    return UnsignedError([Fault(PLACE, FaultCode.MISSING, detail)])


def bad(detail: str, code: FaultCode) -> BadSignatureError:
    """One fault of a signature."""
    return BadSignatureError([Fault(PLACE, code, detail)])


# -- In the writer's turn ----------------------------------------------------------------------------------------------


def log_of(moment: Moment) -> str:
    """The shard to which goes what begins now: a notice, a key."""
    return moment.shard if moment.shard is not None else signer.live_shard()


_signers = turns.Kept(lambda: frozenset(Party.objects.filter(must_sign=True).values_list("pk", flat=True)))


def must_sign(moment: Moment) -> frozenset[str]:
    """The parties that have what they send refused unsigned: as it stands in this turn, whatever a caller remembers.

    Nothing is refused for it that was answered before.
    """
    return _signers.of(moment)


def require(party_id: str, one: Signed | None, moment: Moment) -> None:
    """Raise UnsignedError where the party signs what it sends and this is not signed; in the writer's turn too."""
    if one is None and party_id in must_sign(moment):
        raise unsigned()


def lapsed(statements: Mapping[int, Signed], *, shard: str) -> dict[int, BadSignatureError]:
    """The places of those that do not count any more, and why: a key that was retired since, a statement made before.

    Called inside an operation of the writer, whose word is the last: what it finds here stays so until the commit.
    """
    if not statements:
        return {}
    named = {key for one in statements.values() for key in one.keys}
    in_force = set(PartyKey.objects.filter(pk__in=named, retired_at=None).values_list("pk", flat=True))
    marks = [one.mark for one in statements.values()]
    made = {bytes(mark) for mark in Statement.objects.filter(mark__in=marks).values_list("mark", flat=True)}
    origin = signer.origin(shard)
    found: dict[int, BadSignatureError] = {}
    for place, one in statements.items():
        if not in_force.issuperset(one.keys):
            found[place] = bad("The key was retired meanwhile; it signs nothing any more.", FaultCode.NOT_ENTITLED)
        elif one.mark in made:
            found[place] = bad("This was signed and sent before: sign anew, with a new salt.", FaultCode.REPEATED_ITEM)
        elif one.origin != origin:
            found[place] = bad(f"The log is {origin} now: sign for it.", FaultCode.CONTRADICTS)
        else:
            made.add(one.mark)
    return found


def retired_of(one: Signed) -> BadSignatureError | None:
    """Why a signature of an enrolment does not count any more; inside an operation of the writer."""
    named = {key for key in one.keys if key}
    if PartyKey.objects.filter(pk__in=named, retired_at=None).count() == len(named):
        return None
    return bad("A key that signed was retired meanwhile; it signs nothing any more.", FaultCode.NOT_ENTITLED)


def note(pairs: Sequence[tuple[str, Signed]]) -> None:
    """Keep what was said, so that it is not said twice: event by event, inside an operation of the writer."""
    rows = [(key, one.mark, event) for event, one in pairs for key in one.keys]
    store.insert(Statement, ("key_id", "mark", "event"), rows)


def was_said(mark: bytes) -> bool:
    """Whether this very statement was taken before."""
    return Statement.objects.filter(mark=mark).exists()


def salt_of(given: Given) -> bytes:
    """The salt that the party drew. Raises BadSignatureError."""
    _require_form(given)
    salt = given.salt_bytes
    if salt is None:
        raise bad("What is signed here needs the salt that you drew: 32 bytes in base64.", FaultCode.MISSING)
    return salt


def _require_form(given: Given) -> None:
    try:
        given.require_form()
        _ = given.salt_bytes
    except ProofError as error:
        raise bad(str(error), FaultCode.BAD_FORM) from None
