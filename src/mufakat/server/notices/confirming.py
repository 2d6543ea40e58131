"""The recipient's signature: that a notice arrived, and that the party has it.

Both name the leaf by which the notice came, and by it the body. A delivery is said by the recipient's own key alone:
without one it is a carrier's word (`passages.delivered`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules.errors import BadSignatureError
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.permissions import Deed
from mufakat.server.journal import answers, door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.notices import clocks, passages, queries, sides
from mufakat.server.notices.faces import NoticeOut, encode
from mufakat.server.notices.models import Notice
from mufakat.server.parties import queries as parties, signing

if TYPE_CHECKING:
    from mufakat.proof.signed import Given
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller
    from mufakat.server.parties.signing import Signed


def signed(  # noqa: PLR0913 - what is said of which notice by whom, each by name.
    notice: Notice, type_: EventType, signature: Given | None, *, by: Caller, key: Key | None, note: bytes = b""
) -> Signed | None:
    """What the recipient signed, verified; what was answered before gets its answer. Raises BadSignatureError."""
    if signature is None and not by.must_sign:
        return None
    try:
        if signature is None:
            raise signing.unsigned()
        return signing.of_receipt(
            signature,
            type_.value,
            by=by,
            sender=parties.handles()[notice.sender_id],
            notice=notice.id,
            leaf_hash=bytes(notice.leaf_hash),
            shard=queries.first_event(notice.id).shard,
            note=note,
        )
    except BadSignatureError:
        if key is None or not answers.was_given(key):
            raise
    return None


@dataclass(slots=True)
class Arriving:
    """A system of the recipient says that the notice is there, and signs it."""

    notice: str
    by: Caller
    key: Key | None
    signed: Signed | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        notice = queries.get_for(self.by, self.notice, deed=Deed.ACKNOWLEDGE)
        # What it said before it need not say again; the same answer comes, and no second event.
        if self.signed is not None and not signing.was_said(self.signed.mark):
            self._arrive(notice, self.signed, moment)
        return Answer(200, encode(NoticeOut.of(queries.whole(notice, viewer=self.by), at=moment.at)), notice.id)

    def _arrive(self, notice: Notice, statement: Signed, moment: Moment) -> None:
        begun = queries.first_event(notice.id)
        if lapsed := signing.lapsed({0: statement}, shard=begun.shard):
            raise lapsed[0]
        sender = parties.handles()[notice.sender_id]
        happening = journal.Happening(
            type=EventType.NOTICE_DELIVERED,
            sender=self.by.handle,
            recipient=sender,
            case=notice.id,
            actor=self.by.handle,
            committed={"received": bytes(notice.leaf_hash)},
            ref=(begun.id,),
            to=(f"party:{sender}",),
            receipt=True,
            salts=statement.salts,
            sig=statement.sig,
        )
        # A carrier may have said so before: then the time stands, and so do the clocks.
        new = passages.times_after(notice, EventType.NOTICE_DELIVERED, at=moment.at)
        happenings = [happening]
        if new:
            state = NoticeState(notice.state)
            turned = clocks.moved(notice, EventType.NOTICE_DELIVERED, after=state, ref=begun.id, moment=moment)
            happenings += turned.happenings
            Notice.objects.filter(pk=notice.pk).update(**new, due_at=turned.due_at)
        signing.note([(journal.append(happenings, moment)[0].id, statement)])


def arrive(notice: str, *, by: Caller, signature: Given | None, key: Key | None = None) -> Answer:
    """The notice is there: the recipient's key says so. Saying it again changes nothing. Raises BadSignatureError."""
    found = queries.get_for(by, notice, deed=Deed.ACKNOWLEDGE)
    if not queries.to_acknowledge(by, found):
        raise sides.WrongSideError(Deed.ACKNOWLEDGE, by.role)
    statement = signed(found, EventType.NOTICE_DELIVERED, signature, by=by, key=key)
    if statement is None and (key is None or not answers.was_given(key)):
        raise signing.unsigned()
    answer: Answer = door.writer().commit(Arriving(notice, by, key, statement))
    return answer
