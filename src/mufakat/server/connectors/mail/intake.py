"""Take a mail: durable before anybody says so, once however often it comes, receipted, and never authority."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import close_old_connections

from mufakat.formats import mail
from mufakat.rules.events import EventType
from mufakat.server.connectors.mail.addresses import Address, Kind
from mufakat.server.connectors.mail.models import Intake, IntakeState, Reply, Source, Verdict
from mufakat.server.journal import operations as journal, queries as events, store
from mufakat.server.journal.database import is_embedded
from mufakat.server.journal.work import Deed
from mufakat.server.parties import addresses as owners, queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from mufakat.formats.mail import Mail
    from mufakat.server.journal.work import Moment

ANSWERS_AN_HOUR = 20  # Receipts to one address: whoever forges it must not have us flood it.


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that is durable: its id, its custody receipt, and whether it was taken before."""

    id: str
    receipt: str
    repeated: bool


def deed(raw: bytes, *, sender: str, to: Address, source: Source = Source.LMTP) -> Deed:
    """The operation that takes a mail and gives a Taken; what costs time is done here, outside the writer."""
    raw = raw[: mail.MAX_MAIL]
    found = mail.read_mail(raw, sender=sender)
    # Outside the writer: whose domain it names is no more than a hint of who should look at it.
    close_old_connections()
    claims = owners.party_of(found.author) if found.author else ""
    fingerprint = hashlib.sha256(f"{to.kind.value}\x00{to.subject}\x00".encode() + found.fingerprint).digest()

    def run(moment: Moment) -> Taken:
        # Two at once are one behind the other here: the second finds the first.
        known = store.fetch("SELECT id FROM mail_intake WHERE fingerprint = %s", [fingerprint])
        if known:
            return Taken(known[0][0], events.custody(events.first_event_of(known[0][0])), repeated=True)
        return _store(raw, found, fingerprint, claims, sender=sender, to=to, source=source, moment=moment)

    return Deed(run)


def _store(  # noqa: PLR0913 - what a row is made of, each by name.
    raw: bytes,
    found: Mail,
    fingerprint: bytes,
    claims: str,
    *,
    sender: str,
    to: Address,
    source: Source,
    moment: Moment,
) -> Taken:
    case, handle = (to.subject, "") if to.kind is Kind.THREAD else ("", to.subject)
    handle = handle if handle in parties.directory() else ""
    pk = moment.id("mai")
    happening = journal.Happening(
        type=EventType.MAIL_RECEIVED,
        sender=HOUSE,
        recipient=handle or HOUSE,
        case=pk,
        actor=HOUSE,
        committed={"payload": hashlib.sha256(raw).digest()},
        receipt=True,
    )
    [recorded] = journal.append([happening], moment)
    signed = b"dkim-signature:" in raw[: mail.MAX_HEADERS].lower()
    row = Intake.objects.create(
        id=pk,
        fingerprint=fingerprint,
        event=recorded.id,
        source=source.value,
        received_at=moment.at,
        size=len(raw),
        state=(IntakeState.AUTOMATIC if found.automatic else IntakeState.WAITING).value,
        automatic=found.automatic.value if found.automatic else "",
        to=handle,
        claims=claims,
        case=case,
        envelope=sender[:320],
        author=found.author,
        subject=found.subject,
        links=list(found.links),
        raw=raw,
        verdict=(Verdict.PENDING if signed else Verdict.NONE).value,
        verdict_due_at=moment.at if signed else None,
    )
    if _is_answered(found, sender, moment):
        Reply.objects.create(intake=row, address=sender.lower(), made_at=moment.at, due_at=moment.at)
    return Taken(pk, recorded.custody, repeated=False)


def _is_answered(found: Mail, sender: str, moment: Moment) -> bool:
    """Whether a receipt goes back: to a person, at the address that the envelope names too (RFC 3834)."""
    if found.automatic or not sender or sender.lower() != found.author.lower():
        return False
    since = moment.at - timedelta(hours=1)
    sql = "SELECT count(*) FROM mail_reply WHERE address = %s AND made_at > %s"
    # Kept in lower case: capitals make no other address, and no way around the bound.
    [(many,)] = store.fetch(sql, [sender.lower(), store.stamp(since) if is_embedded() else since])
    return bool(many < ANSWERS_AN_HOUR)
