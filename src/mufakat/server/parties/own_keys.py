"""What a party's own admin does about its keys: enrol one, retire one, have everything refused that is not signed.

A stolen token of an admin is what these guard against. A party's first key is enrolled on the admin's word; each
further one bears the signature of a key in force besides, and where there is none any more, the operator asks the
party itself. So too for taking back that what the party sends must be signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import retention
from mufakat.rules.errors import BadSignatureError, NotFoundError, NotNowError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.server.journal import answers, door, ids, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.work import Deed as Writing
from mufakat.server.parties import key_faces, keys, news, signing
from mufakat.server.parties.models import Party, PartyKey
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.keys import Proof
    from mufakat.server.parties.queries import Caller


def enrol(party: Party, vkey: str, proof: Proof, *, by: Caller, key: Key | None = None) -> Answer:
    """Enrol a key with which the party signs events. Raises BadKeyLineError, BadSignatureError, NotNowError."""
    _require(party, by)
    line = keys.read_line(vkey)
    try:
        proved = keys.proved(party, line, proof, by=by)
    except BadSignatureError:
        if key is None or not answers.was_given(key):
            raise
        proved = None  # It was answered before, whatever became of the keys since: the writer gives that answer.

    def run(moment: Moment) -> Answer:
        if proved is None:
            raise signing.unsigned()
        known = PartyKey.objects.filter(party=party, label__isnull=False)
        # The new key is the one without an id: any other is one that was in force when this was looked at.
        if known.exists() and not any(proved.keys) and not known.filter(vkey=line).exists():
            raise NotNowError(
                "Your party had keys before: have a key in force sign this enrolment too, or ask the operator."
            )
        made = keys.enrolled(party, line, proved, moment, by=by)
        return Answer(201, msgspec.json.encode(key_faces.shown(made)), made.id)

    return _written(run, key)


def retire(party: Party, key_id: str, *, reason: str, by: Caller, key: Key | None = None) -> Answer:
    """From now on the key signs nothing. Raises NotFoundError, NotNowError, BadReasonError."""
    _require(party, by)
    said = retention.read_reason(reason)

    def run(moment: Moment) -> Answer:
        row = PartyKey.objects.select_related("party").filter(party=party, pk=key_id, label__isnull=False).first()
        if row is None or not ids.is_id(key_id, "key"):
            raise NotFoundError("key")
        done = keys.retired(row, said, moment, by=by)
        return Answer(200, msgspec.json.encode(key_faces.shown(done)), done.id)

    return _written(run, key)


def require_signatures(party: Party, *, by: Caller, key: Key | None = None) -> Answer:
    """From now on what the party sends and acknowledges is refused unsigned; saying it again changes nothing."""
    _require(party, by)

    def run(moment: Moment) -> Answer:
        if not signing.keys_of(party.id):
            raise NotNowError("No key of your party signs events: enrol one first.")
        _set(party, required=True, moment=moment, by=by)
        return Answer(200, msgspec.json.encode(key_faces.listed(Party.objects.get(pk=party.pk))), party.id)

    return _written(run, key)


def waive_signatures(party: Party) -> None:
    """What the party sends is taken unsigned again: by the operator alone, who has asked the party itself."""
    news.stored(lambda moment: _set(party, required=False, moment=moment, by=None))


def _set(party: Party, *, required: bool, moment: Moment, by: Caller | None) -> None:
    if not Party.objects.filter(pk=party.pk, must_sign=not required).update(must_sign=required):
        return
    happening = journal.Happening(
        type=EventType.SIGNING_REQUIRED if required else EventType.SIGNING_WAIVED,
        sender=HOUSE if by is None else party.handle,
        recipient=party.handle if by is None else HOUSE,
        case=party.id,
        actor=HOUSE if by is None else party.handle,
        to=(f"party:{party.handle}",),
    )
    journal.append_to(signing.log_of(moment), [happening], moment)  # Beside the keys and what they sign.
    news.tell(moment)


def _require(party: Party, by: Caller) -> None:
    by.require(Deed.MANAGE_PEOPLE_AND_KEYS)
    if by.party_id != party.id:
        raise NotFoundError("party")


def _written(run: Callable[[Moment], Answer], key: Key | None) -> Answer:
    answer: Answer = door.writer().commit(Writing(run, key=key))
    return answer
