"""Legal holds: while one is placed nothing of its notice is erased, neither by order nor by the passing of time.

The operator places and releases it, at its own console; both are events, and both parties see them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import retention
from mufakat.rules.errors import HeldError, NotFoundError, RefusedError
from mufakat.rules.events import EventType
from mufakat.server.journal import door, ids, operations as journal
from mufakat.server.notices import queries
from mufakat.server.notices.faces import instant
from mufakat.server.notices.models import Hold, Notice
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from mufakat.server.journal.work import Moment


class NotHeldError(RefusedError):
    """There is no hold to be released."""

    def __init__(self, notice: str) -> None:
        super().__init__(f"The notice {notice} is under no legal hold.")


@dataclass(frozen=True, slots=True)
class Placed:
    """A hold: the event that placed it, and from when until when it keeps the notice."""

    notice: str
    hold: str
    placed_by: str
    placed_at: datetime
    released_at: datetime | None

    @classmethod
    def of(cls, hold: Hold) -> Placed:
        return cls(hold.notice_id, hold.event, hold.placed_by, hold.placed_at, hold.released_at)


def place(notice: str, *, reason: str, by: str = HOUSE) -> Placed:
    """Keep the notice whole from now on. Raises HeldError where a hold is placed already."""
    said = retention.read_reason(reason)

    def run(moment: Moment) -> Placed:
        found = known(notice)
        require_none(notice)
        event = told(found, EventType.HOLD_PLACED, said, by=by, ref=queries.first_event(notice).id, moment=moment)
        hold = Hold.objects.create(notice=found, event=event, placed_by=by, placed_at=moment.at)
        return Placed.of(hold)

    return door.commit(run)


def release(notice: str, *, reason: str, by: str = HOUSE) -> Placed:
    """Let the periods count again. What passed its period meanwhile goes with the next sweep."""
    said = retention.read_reason(reason)

    def run(moment: Moment) -> Placed:
        found = known(notice)
        hold = of(notice)
        if hold is None:
            raise NotHeldError(notice)
        told(found, EventType.HOLD_RELEASED, said, by=by, ref=hold.event, moment=moment)
        hold.released_at = moment.at
        hold.save(update_fields=["released_at"])
        # The reasons of the hold are notes of the notice, and go as they do: the sweep looks at it once more.
        Notice.objects.filter(pk=notice).update(erased_at=None)
        return Placed.of(hold)

    return door.commit(run)


def of(notice: str) -> Hold | None:
    """The hold that keeps the notice, if there is one."""
    return Hold.objects.filter(notice=notice, released_at=None).first()


def held(notices: Collection[str]) -> set[str]:
    """Those of these notices that are under a hold."""
    return set(Hold.objects.filter(notice__in=notices, released_at=None).values_list("notice_id", flat=True))


def require_none(notice: str) -> None:
    """Raise HeldError, which names the hold, where the notice is under one."""
    hold = of(notice)
    if hold is not None:
        raise HeldError(notice, hold=hold.event, since=instant(hold.placed_at), by=hold.placed_by)


def known(notice: str) -> Notice:
    """The notice with its parties, for the operator, who sees that it exists and not what it says."""
    found = None
    if ids.is_id(notice, "ntc"):
        found = Notice.objects.select_related("sender", "recipient").filter(pk=notice).first()
    if found is None:
        raise NotFoundError("notice")
    return found


def told(notice: Notice, type_: EventType, reason: str, *, by: str, ref: str, moment: Moment) -> str:  # noqa: PLR0913 - an event's parts, each by name.
    """Write the event of a hold, which both parties learn of; its id."""
    happening = journal.Happening(
        type=type_,
        sender=by,
        recipient=notice.sender.handle,
        case=notice.id,
        actor=by,
        committed={"reason": reason.encode()},
        ref=(ref,),
        to=both_parties(notice),
    )
    return journal.append([happening], moment)[0].id


def both_parties(notice: Notice) -> tuple[str, ...]:
    """Where the outbox carries what both sides must learn; one place where a party wrote to itself."""
    return tuple(dict.fromkeys(f"party:{party.handle}" for party in (notice.sender, notice.recipient)))
