"""Mails on the desk: who sees which, and what a signed-in person makes of them.

Nobody is asked because of a mail, and nothing runs on it: it is a word of somebody unknown. Two kinds of people see it:
officers of the party whose domain it names, who alone can say whether it is theirs, and officers of the house. A mail
into the thread of a notice is seen by those of that party who may write messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from mufakat.rules import retention
from mufakat.rules.errors import NotFoundError, NotPermittedError, RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.notice import Category
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.connectors.mail import keeping
from mufakat.server.connectors.mail.models import Intake, IntakeState
from mufakat.server.journal import door, ids, operations as journal
from mufakat.server.notices import heads, talk
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

PAGE = 50


class EndedMailError(RefusedError):
    """Somebody made a notice of it already, or set it aside."""

    def __init__(self) -> None:
        super().__init__("This mail was dealt with already.")


def is_open_to(viewer: Caller) -> bool:
    """Whether the seat sees any mails at all."""
    return _may(viewer, Deed.SUBMIT) or _may(viewer, Deed.MESSAGE)


def list_for(viewer: Caller, *, state: IntakeState = IntakeState.WAITING, after: str = "") -> Sequence[Intake]:
    """The mails in this state, newest first; a page, and one more where there is another."""
    found = Intake.objects.filter(_seen_by(viewer), state=state.value).defer("raw", "links", "dkim_key")
    if after:
        found = found.filter(pk__lt=after)
    return list(found.order_by("-pk")[: PAGE + 1])


def get_for(viewer: Caller, pk: str) -> Intake:
    """One mail. Raises NotFoundError where there is none that the viewer may see."""
    found = Intake.objects.filter(_seen_by(viewer), pk=pk).first() if ids.is_id(pk, "mai") else None
    if found is None:
        raise NotFoundError("mail")
    return found


def take_up(pk: str, *, notice: str, by: Caller) -> None:
    """Note that this notice, which the caller's party sent, was made of the mail. Doing it again changes nothing."""
    head = heads.head_of(notice)
    if head is None or head.sender != by.handle:
        raise NotFoundError("notice")

    def run(moment: Moment) -> None:
        row = get_for(by, pk)
        if row.notice == notice:
            return
        _end(row, IntakeState.TAKEN_UP, EventType.MAIL_TAKEN_UP, by, moment, notice=notice)
        _keep_no_bytes(row, moment)

    door.commit(run)


def say(pk: str, *, text: str, by: Caller) -> None:
    """Write this message on the notice whose thread the mail answers: the person's own word, and in one commit."""

    def run(moment: Moment) -> None:
        row = get_for(by, pk)
        if not row.case:
            raise NotFoundError("notice")
        if row.ended_at is not None:
            raise EndedMailError
        talk.Saying(row.case, by, text, key=None).run(moment)
        _end(row, IntakeState.TAKEN_UP, EventType.MAIL_TAKEN_UP, by, moment, notice=row.case)
        _keep_no_bytes(row, moment)

    door.commit(run)


def set_aside(pk: str, *, reason: str, by: Caller) -> None:
    """Say that nothing comes of it, and why."""
    said = retention.read_reason(reason)

    def run(moment: Moment) -> None:
        row = get_for(by, pk)
        _end(row, IntakeState.SET_ASIDE, EventType.MAIL_SET_ASIDE, by, moment, reason=said)
        _keep_no_bytes(row, moment)

    door.commit(run)


def _keep_no_bytes(row: Intake, moment: Moment) -> None:
    """Erase the mail where its notice, or the one it answers, is of the category of which no bytes are kept (I-15)."""
    heads_of = [heads.head_of(notice) for notice in {row.notice, row.case} if notice]
    if any(head is not None and head.category == Category.CHILD_SEXUAL_ABUSE.value for head in heads_of):
        keeping.erase([row], reason="No bytes of this category are kept.", moment=moment)


def _end(  # noqa: PLR0913 - what an end is, each by name.
    row: Intake,
    state: IntakeState,
    type_: EventType,
    by: Caller,
    moment: Moment,
    *,
    notice: str = "",
    reason: str = "",
) -> None:
    if row.ended_at is not None:
        raise EndedMailError
    row.state, row.notice, row.ended_at, row.ended_by = state.value, notice, moment.at, by.seat
    row.save(update_fields=["state", "notice", "ended_at", "ended_by"])
    happening = journal.Happening(
        type=type_,
        sender=by.handle,
        recipient=HOUSE,
        case=row.id,
        actor=by.handle,
        ref=(notice,) if notice else (),
        committed={"reason": reason.encode()} if reason else {},
    )
    journal.append([happening], moment)


def _seen_by(viewer: Caller) -> Q:
    """The wall (I-10): what a mail claims decides who may look at it, never whether it is true."""
    submits, messages = _may(viewer, Deed.SUBMIT), _may(viewer, Deed.MESSAGE)
    if viewer.kind is PartyKind.HOUSE:
        return Q() if submits else Q(pk__in=[])
    if not submits and not messages:
        return Q(pk__in=[])
    mine = Q(claims=viewer.handle)
    if submits and messages:
        return mine
    return mine & (Q(case="") if submits else ~Q(case=""))


def _may(viewer: Caller, deed: Deed) -> bool:
    try:
        viewer.require(deed)
    except NotPermittedError:
        return False
    return True
