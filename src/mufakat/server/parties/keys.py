"""Keys of parties: with one a party signs what it agrees, beside the name of whoever signed for it.

The operator of this instance enrols a key on the party's word and retires it with a reason; both are events, told to
the party. What was signed while a key was in force stays signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.proof.errors import PrivateKeyGivenError, ProofError
from mufakat.proof.key import VerifyKey
from mufakat.rules import retention
from mufakat.rules.errors import NotFoundError, NotNowError, RefusedError
from mufakat.rules.events import EventType
from mufakat.server.journal import ids, operations as journal
from mufakat.server.parties import news
from mufakat.server.parties.models import (
    PartyKey as PartyKey,  # noqa: PLC0414 - given on, so that others can name its type.
)
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.models import Party

MOST = 50  # Keys in force of one party.
LONGEST = 255  # Characters of a key's line.


class BadKeyLineError(RefusedError):
    """The line is no public key; nothing of it is repeated, for it might be a private one."""


def enrol(party: Party, vkey: str) -> PartyKey:
    """Enrol a public key (C2SP vkey) of the party; one that is in force already stays as it is.

    Raises BadKeyLineError, NotNowError where another party has it, or it was retired.
    """
    line = _line(vkey)

    def run(moment: Moment) -> PartyKey:
        known = PartyKey.objects.filter(vkey=line).first()
        if known is not None:
            if known.party_id != party.id:
                raise NotNowError("This key belongs to another party.")
            if known.retired_at is not None:
                raise NotNowError("This key was retired; a retired key signs nothing any more.")
            return known
        if PartyKey.objects.filter(party=party, retired_at=None).count() >= MOST:
            raise NotNowError(f"A party has at most {MOST} keys in force; retire one first.")
        pk = moment.id("key")
        event = _tell(party, EventType.KEY_ENROLLED, {"key": line.encode()}, moment)
        return PartyKey.objects.create(id=pk, party=party, vkey=line, enrolled_at=moment.at, event=event)

    return news.stored(run)


def retire(party: Party, key: str, *, reason: str) -> PartyKey:
    """From now on it signs nothing. `key` is its id, or its line. Raises NotFoundError, NotNowError, BadReasonError."""
    said = retention.read_reason(reason)

    def run(moment: Moment) -> PartyKey:
        found = PartyKey.objects.filter(party=party)
        row = (found.filter(pk=key) if ids.is_id(key, "key") else found.filter(vkey=key)).first()
        if row is None:
            raise NotFoundError("key")
        if row.retired_at is not None:
            raise NotNowError("This key was retired before.")
        row.retired_at, row.reason = moment.at, said
        row.save(update_fields=["retired_at", "reason"])
        _tell(party, EventType.KEY_RETIRED, {"key": row.vkey.encode(), "reason": said.encode()}, moment)
        return row

    return news.stored(run)


def keys_of(party: Party) -> Sequence[PartyKey]:
    """Every key that the party ever enrolled, oldest first."""
    return list(PartyKey.objects.filter(party=party).order_by("id"))


def in_force(party_id: str, *, at: datetime) -> frozenset[str]:
    """The lines of the keys with which this party signs at `at`."""
    rows = PartyKey.objects.filter(party=party_id, enrolled_at__lte=at)
    return frozenset(row.vkey for row in rows if row.retired_at is None or at < row.retired_at)


def _line(vkey: str) -> str:
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


def _tell(party: Party, type_: EventType, committed: dict[str, bytes], moment: Moment) -> str:
    happening = journal.Happening(
        type=type_,
        sender=HOUSE,
        recipient=party.handle,
        case=party.id,
        actor=HOUSE,
        committed=committed,
        to=(f"party:{party.handle}",),
    )
    return journal.append([happening], moment)[0].id
