"""What a platform found itself: a notice from it to itself, taken inside an operation of another room.

It is judged like any other notice (I-04), goes the same way into the books, and is acknowledged by whoever of the
platform stands behind the finding: nobody else has to be told of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules import admissibility
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeDeed
from mufakat.server.journal.answers import Key
from mufakat.server.notices import operations

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.parties import PartyKind
    from mufakat.server.journal.work import Moment
    from mufakat.server.notices.operations import Submission
    from mufakat.server.parties.queries import Caller

ROUTE = "own detection"


def prepare(raw: bytes, *, by: Caller, at: datetime) -> Submission:
    """The notice, if it can be taken. Raises NotAdmissibleError with every fault.

    No mandate is asked for, and no file is looked up: a finding names none.
    """

    def kind_of(handle: str) -> PartyKind | None:
        return by.kind if handle == by.handle else None

    admitted = admissibility.admit(
        raw,
        sender=by.handle,
        sender_kind=by.kind,
        mandates=(),
        recipient=kind_of,
        evidence_stored=lambda _: False,
        at=at,
    )
    key = Key.of(by.party_id, ROUTE, admitted.sha256.hex(), raw)
    return operations.Submission(raw, admitted, by.party_id, by.handle, by.party_id, key)


def take(submission: Submission, *, by: Caller, moment: Moment) -> str:
    """Take it and acknowledge it, in the open transaction; its id."""
    taken = operations.take([submission], moment)[0]
    operations.Turn(taken.id, by, NoticeDeed.ACKNOWLEDGE, EventType.NOTICE_ACKNOWLEDGED, {}, None).run(moment)
    return taken.id
