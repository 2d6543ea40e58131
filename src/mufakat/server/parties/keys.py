"""Keys of parties: with one a party signs what it agrees, beside the name of whoever signed for it.

The operator of this instance enrols a key on the party's word and retires it with a reason; both are events, told to
the party. What was signed while a key was in force stays signed. With a key that signed its own enrolment a party
signs events too (`signing`); such keys its own admin enrols and retires (`own_keys`).

A signature counts by its place between the two (docs/adr/0003), so they are in the log that takes what is signed: the
live one, wherever the party's own case began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mufakat.proof import signed
from mufakat.proof.errors import PrivateKeyGivenError, ProofError
from mufakat.proof.key import VerifyKey
from mufakat.proof.signed import Given
from mufakat.rules import retention
from mufakat.rules.errors import NotFoundError, NotNowError, RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.fault import FaultCode
from mufakat.server.journal import ids, operations as journal, signer
from mufakat.server.journal.models import Event
from mufakat.server.parties import news, signing
from mufakat.server.parties.models import (
    PartyKey as PartyKey,  # noqa: PLC0414 - given on, so that others can name its type.
)
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.proof.leaf import Signature
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.models import Party
    from mufakat.server.parties.queries import Caller
    from mufakat.server.parties.signing import Signed

MOST = 50  # Keys in force of one party.
LONGEST = 255  # Characters of a key's line.


class BadKeyLineError(RefusedError):
    """The line is no public key; nothing of it is repeated, for it might be a private one."""


def enrol(party: Party, vkey: str, *, proof: Proof | None = None) -> PartyKey:
    """Enrol a public key (C2SP vkey) of the party; one that is in force already stays as it is.

    With a `proof`, by whoever holds the private key, it signs events too. Raises BadKeyLineError, BadSignatureError,
    NotNowError where another party has it, or it was retired.
    """
    line = read_line(vkey)
    held = proved(party, line, proof, by=None) if proof is not None else None
    return news.stored(lambda moment: enrolled(party, line, held, moment, by=None))


class Proof(NamedTuple):
    """That a key is at hand: the salt of the commitment to it, in base64, and the signatures of its enrolment."""

    salt: str
    signatures: Sequence[Signature]


def proved(party: Party, line: str, proof: Proof, *, by: Caller | None) -> Signed:
    """The proof, verified: by the new key itself, and by one in force that may stand beside it.

    In whichever order they came, the new key's own comes first, as whoever reads the leaf takes it
    (`proof.party_keys`). Raises BadKeyLineError where the key does not bear the party's handle, BadSignatureError.
    """
    key = VerifyKey.parse(line)
    if key.name != party.handle:
        raise BadKeyLineError(f"A key that signs events bears its party's handle as its name: {party.handle}.")
    shard = signer.live_shard()
    given = [Given(k=one.k, s=one.s, salt=proof.salt) for one in proof.signatures]
    if key.label not in {one.k for one in given}:
        raise signing.bad("The key that is enrolled has to sign its enrolment.", FaultCode.MISSING)
    if len({one.k for one in given}) != len(given):
        raise signing.bad("One key signed twice.", FaultCode.REPEATED_ITEM)
    given.sort(key=lambda one: one.k != key.label)
    salt = signing.salt_of(given[0])
    sender, recipient = _ends(party, by)
    said = signed.statement(
        origin=signer.origin(shard),
        type_="key.enrolled",
        sender=sender,
        recipient=recipient,
        actor=sender,
        case=None,
        c=signed.of_key(line, salt=salt),
    )
    held = {**signing.keys_of(party.id, shard=shard), key.label: signing.Held("", key)}
    return signing.verified(given, said, origin=signer.origin(shard), salts={"key": salt}, held=held)


def enrolled(party: Party, line: str, proof: Signed | None, moment: Moment, *, by: Caller | None) -> PartyKey:
    """The key in force, enrolled now where it was not before. Called inside an operation of the writer."""
    known = PartyKey.objects.filter(vkey=line).first()
    if known is not None:
        if known.party_id != party.id:
            raise NotNowError("This key belongs to another party.")
        if known.retired_at is not None:
            raise NotNowError("This key was retired; a retired key signs nothing any more.")
        if known.label is not None and proof is not None and _shard_of(known) != signing.log_of(moment):
            raise NotNowError("This key was enrolled in a former log: make a new one for this log.")
        if known.label is not None or proof is None:
            return known
    elif PartyKey.objects.filter(party=party, retired_at=None).count() >= MOST:
        raise NotNowError(f"A party has at most {MOST} keys in force; retire one first.")
    label = VerifyKey.parse(line).label if proof is not None else None
    if label is not None and PartyKey.objects.filter(label=label).exists():
        raise NotNowError("Another key has the same label: make a new one.")
    if proof is not None and (gone := signing.retired_of(proof)):
        raise gone
    if proof is not None and proof.origin != signer.origin(signing.log_of(moment)):
        raise signing.bad("The log is another one now: sign for it.", FaultCode.CONTRADICTS)
    pk = known.id if known is not None else moment.id("key")
    event = _tell(party, EventType.KEY_ENROLLED, {"key": line.encode()}, moment, by=by, proof=proof)
    made = PartyKey(id=pk, party=party, vkey=line, enrolled_at=moment.at, event=event, label=label)
    made.save(force_insert=known is None)
    return made


def retire(party: Party, key: str, *, reason: str) -> PartyKey:
    """From now on it signs nothing. `key` is its id, or its line. Raises NotFoundError, NotNowError, BadReasonError."""
    said = retention.read_reason(reason)

    def run(moment: Moment) -> PartyKey:
        found = PartyKey.objects.select_related("party").filter(party=party)
        row = (found.filter(pk=key) if ids.is_id(key, "key") else found.filter(vkey=key)).first()
        if row is None:
            raise NotFoundError("key")
        return retired(row, said, moment, by=None)

    return news.stored(run)


def retired(row: PartyKey, said: str, moment: Moment, *, by: Caller | None) -> PartyKey:
    """The key, retired now. Called inside an operation of the writer. Raises NotNowError."""
    if row.retired_at is not None:
        raise NotNowError("This key was retired before.")
    committed = {"key": row.vkey.encode(), "reason": said.encode()}
    where = _shard_of(row)  # A key counts from the one place to the other in one log.
    row.retired_event = _tell(row.party, EventType.KEY_RETIRED, committed, moment, by=by, ref=(row.event,), shard=where)
    row.retired_at, row.reason = moment.at, said
    row.save(update_fields=["retired_at", "reason", "retired_event"])
    return row


def keys_of(party: Party) -> Sequence[PartyKey]:
    """Every key that the party ever enrolled, oldest first."""
    return list(PartyKey.objects.filter(party=party).order_by("id"))


def in_force(party_id: str, *, at: datetime) -> frozenset[str]:
    """The lines of the keys with which this party signs at `at`."""
    rows = PartyKey.objects.filter(party=party_id, enrolled_at__lte=at)
    return frozenset(row.vkey for row in rows if row.retired_at is None or at < row.retired_at)


def read_line(vkey: str) -> str:
    """The public line, as it is kept. Raises BadKeyLineError."""
    found = vkey.strip()
    try:
        if len(found) > LONGEST:
            raise BadKeyLineError(f"A key's line has at most {LONGEST} characters.")
        return VerifyKey.parse(found).vkey
    except PrivateKeyGivenError:
        raise BadKeyLineError(
            "This is a private key: keep it to yourself, replace it, and enrol its public line."
        ) from None
    except ProofError:
        raise BadKeyLineError("This is no public key: write <name>+<id>+<base64>, as signed notes have it.") from None


def _shard_of(row: PartyKey) -> str:
    """The shard in which a key was enrolled."""
    return Event.objects.values_list("shard", flat=True).get(pk=row.event)


def _ends(party: Party, by: Caller | None) -> tuple[str, str]:
    """Who tells whom: the party's own admin the operator, the operator the party."""
    return (HOUSE, party.handle) if by is None else (party.handle, HOUSE)


def _tell(  # noqa: PLR0913 - an event's parts, each by name.
    party: Party,
    type_: EventType,
    committed: dict[str, bytes],
    moment: Moment,
    *,
    by: Caller | None = None,
    proof: Signed | None = None,
    ref: tuple[str, ...] = (),
    shard: str = "",
) -> str:
    sender, recipient = _ends(party, by)
    happening = journal.Happening(
        type=type_,
        sender=sender,
        recipient=recipient,
        case=party.id,
        actor=sender,
        committed=committed,
        ref=ref,
        to=(f"party:{party.handle}",),
        salts=proof.salts if proof is not None else None,
        sig=proof.sig if proof is not None else (),
    )
    return journal.append_to(shard or signing.log_of(moment), [happening], moment)[0].id
