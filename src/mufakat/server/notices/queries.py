"""Read notices: every row reaches a view through a query that takes the viewer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.events import INTERNAL
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.notice import NoticeKind
from mufakat.rules.permissions import Deed, Reach, Role, seat_name
from mufakat.server.journal import ids, queries as journal
from mufakat.server.notices import clocks, walks
from mufakat.server.notices.models import (
    Clock as Clock,  # noqa: PLC0414 - given on, so that others can name its type.
    Notice as Notice,  # noqa: PLC0414 - the same.
    Pointer as Pointer,  # noqa: PLC0414 - the same.
    Step as Step,  # noqa: PLC0414 - the same.
)
from mufakat.server.notices.waiting import Hands, Place
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller

PAGE = 50
JOINED = ("sender", "recipient", "sender_person", "recipient_person", "version")
COUNTED = 1_000  # Waiting notices that are counted one by one: nobody's day depends on the number beyond.


@dataclass(frozen=True, slots=True)
class Whole:
    """A notice with what its face needs: clocks, the custody receipt of its first event, and the steps if asked for."""

    notice: Notice
    clocks: Sequence[Clock]
    custody: str
    hands: str | None = None  # The seat of the viewer's colleague who has it.
    steps: Sequence[Step] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list and where the next begins."""

    items: Sequence[Whole]
    next: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notices: by state, by recipient, older than `after`, not newer than `upto`, received `since`."""

    state: NoticeState | None = None
    to: str | None = None
    after: str | None = None
    upto: str | None = None
    since: datetime | None = None


def seen_by(viewer: Caller, *, deed: Deed = Deed.READ) -> QuerySet[Notice]:
    """The notices of the viewer's party, as sender or recipient; nobody else's.

    People and keys are all that an admin reads. A token for another deed alone reaches the notices for that deed.
    """
    if viewer.require(deed) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(deed, viewer.role)
    return Notice.objects.filter(Q(sender_id=viewer.party_id) | Q(recipient_id=viewer.party_id))


def get_for(viewer: Caller, notice: str, *, deed: Deed = Deed.READ) -> Notice:
    """The notice, if the viewer may see it; a stranger's and an unknown one are the same to the viewer."""
    seen = seen_by(viewer, deed=deed)  # Who may see nothing is told so first.
    found = seen.filter(pk=notice).first() if ids.is_id(notice, "ntc") else None
    if found is None:
        raise NotFoundError("notice")
    return found


def to_acknowledge(viewer: Caller, notice: Notice) -> bool:
    """Whether it is for this seat to acknowledge: addressed to its party, and for an engineer an order."""
    if viewer.require(Deed.ACKNOWLEDGE) is Reach.OWN_ORDERS and notice.kind != NoticeKind.ORDER:
        return False
    return notice.recipient_id == viewer.party_id


def whole(notice: Notice, *, viewer: Caller | None = None) -> Whole:
    """The notice with its clocks and its receipt; for a viewer, with the colleague who has it in hand."""
    clocks = list(Clock.objects.filter(notice=notice).order_by("due_at"))
    return Whole(notice, clocks, receipt(notice), hands_of(viewer, notice) if viewer else None)


def hands_of(viewer: Caller, notice: Notice) -> str | None:
    """The seat of the viewer's colleague who has the notice in hand; whoever left has nothing in hand any more."""
    received = notice.recipient_id == viewer.party_id
    person = notice.recipient_person if received else notice.sender_person
    return seat_name(Role(person.role), person.ordinal) if person is not None and person.is_active else None


def events_for(viewer: Caller, notice: Notice) -> Sequence[Event]:
    """What happened to a notice that the viewer may see. What the other party said to itself is its own affair."""
    return [
        event
        for event in journal.events_of(notice.id)
        if event.type not in INTERNAL or event.recipient == viewer.handle
    ]


def with_steps(whole: Whole) -> Whole:
    """The same with what its clocks did by themselves, in that order: they ran out, and climbed their ladders."""
    found = Step.objects.filter(clock__in=[one.pk for one in whole.clocks]).select_related("clock").order_by("pk")
    return replace(whole, steps=list(found))


def receipt(notice: Notice) -> str:
    """The custody receipt of a notice."""
    return journal.custody(journal.first_event_of(notice.id))


def event_for(viewer: Caller, notice: Notice, event: str | None) -> Event:
    """An event of a notice that the viewer may see; the one by which it came in where none is named.

    Raises NotFoundError, also for what the other party said to itself.
    """
    if event is None:
        return journal.first_event_of(notice.id)
    found = journal.by_id([event]).get(event) if ids.is_id(event, "evt") else None
    if found is None or found.case != notice.id or (found.type in INTERNAL and found.recipient != viewer.handle):
        raise NotFoundError("event")
    return found


def first_event(notice: str) -> Event:
    """The event by which the notice came in."""
    return journal.first_event_of(notice)


def leaves_of(notices: Sequence[str]) -> dict[str, bytes]:
    """The hash of the leaf by which each of these notices came in."""
    return {pk: bytes(leaf) for pk, leaf in Notice.objects.filter(pk__in=notices).values_list("pk", "leaf_hash")}


def body(notice: Notice) -> bytes | None:
    """The body as it was sent, while it is not erased."""
    raw = notice.payload.raw
    return bytes(raw) if raw is not None else None


def erased_at(notice: Notice) -> datetime | None:
    """When the body was erased; None while it is not."""
    return notice.payload.erased_at


def pointers(notice: Notice) -> Sequence[Pointer]:
    """What the notice points at, in its order."""
    return list(notice.pointers.order_by("position"))


def pointed_at(places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What stands at these places of these notices, in one query; an erased one is left out.

    The caller has asked whether the viewer may see the notices.
    """
    found = Pointer.objects.filter(notice__in={one for one, _ in places}, position__in={one for _, one in places})
    rows = found.filter(canonical__isnull=False).values_list("notice_id", "position", "canonical")
    return {(notice, position): text for notice, position, text in rows if text is not None}


def things_of(notices: Collection[str], *, sender: str | None = None) -> list[tuple[str, str]]:
    """The kinds and canonical forms of what these notices point at, as far as it is not erased; of one sender's alone.

    The caller has asked whether the viewer may see the notices, or names the viewer's party as their sender.
    """
    found = Pointer.objects.filter(notice__in=set(notices), canonical__isnull=False)
    if sender is not None:
        found = found.filter(sender=sender)
    rows = found.order_by("notice", "position").values_list("kind", "canonical")
    return [(kind, text) for kind, text in rows if text is not None]


def digest(canonical: str) -> bytes:
    """By what notices about the same thing are found."""
    return hashlib.sha256(canonical.encode()).digest()[:16]


def standing() -> list[tuple[str, int]]:
    """How many notices of the whole instance stand in each state: figures for who runs it, no party's rows."""
    return list(Notice.objects.values_list("state").annotate(many=Count("id")).order_by("state"))


def overdue(*, at: datetime) -> int:
    """How many clocks of the whole instance run past their time; counted in indexes of open clocks alone."""
    return clocks.overdue(at=at)


def related(viewer: Caller, notice: Notice) -> Sequence[Notice]:
    """Other open notices that point at the same thing, oldest first, among those the viewer may see; at most a page.

    They are shown beside each other and never merged: each sender has asked for itself, and each gets an answer.
    """
    seen_by(viewer)
    found = Pointer.objects.filter(notice=notice, digest__isnull=False).values_list("digest", flat=True)
    digests = {bytes(one) for one in found if one is not None}
    linked = Pointer.objects.filter(linked=True).exclude(notice=notice).distinct()
    parts = [linked.filter(**side, digest=one) for one in digests for side in sides(viewer)]
    ids = walks.merged(parts, column="notice_id", newest=False, size=PAGE)
    return list(Notice.objects.filter(pk__in=ids).select_related("sender", "recipient").order_by("id"))


def list_for(
    viewer: Caller,
    *,
    state: NoticeState | None = None,
    to: str | None = None,
    after: str | None = None,
    receipts: bool = True,
) -> Page:
    """Newest first, a page at a time, in a constant number of queries.

    Ids sort by commit, so the last id is where the next page begins. A page that shows no receipts need not have
    fifty of them signed.
    """
    ids = newest(viewer, Wanted(state, to, after), size=PAGE + 1)
    rows = Notice.objects.filter(pk__in=ids[:PAGE]).select_related(*JOINED).order_by("-id")
    shown = list(rows)
    custody = journal.custody_of([row.id for row in shown]) if receipts else {}
    clocks = clocks_of(shown)
    items = [Whole(row, clocks[row.id], custody.get(row.id, ""), hands_of(viewer, row)) for row in shown]
    return Page(items, shown[-1].id if len(ids) > PAGE else None)


def newest(viewer: Caller, wanted: Wanted, *, size: int) -> list[str]:
    """The ids of the newest wanted notices, newest first."""
    seen_by(viewer)
    found = Notice.objects.all()
    if wanted.after is not None:
        found = found.filter(id__lt=wanted.after)
    if wanted.upto is not None:
        found = found.filter(id__lte=wanted.upto)
    if wanted.since is not None:
        found = found.filter(id__gte=ids.lowest("ntc", wanted.since))
    states = list(NoticeState) if wanted.state is None else [wanted.state]
    parts = [found.filter(**side, state=one.value) for side in sides(viewer, to=wanted.to) for one in states]
    return walks.merged(parts, column="id", newest=True, size=size)


def sides(viewer: Caller, *, to: str | None = None) -> list[dict[str, str]]:
    """The sides of a notice on which the viewer's party may stand, in parts of `seen_by`; `to` names an addressee."""
    sent, received = {"sender_id": viewer.party_id}, {"recipient_id": viewer.party_id}
    if to is None:
        return [sent, received]
    if to == viewer.handle:
        return [received]
    known = parties.directory().get(to)
    return [{**sent, "recipient_id": known[0]}] if known else []


def waiting_for(
    viewer: Caller, *, size: int, hands: Hands = Hands.ALL, after: Place | None = None
) -> tuple[Sequence[Whole], int]:
    """The notices in which it is the turn of the viewer's party, due soonest first, at most so many; and their number.

    `hands` narrows them to the viewer's own or nobody's; `after` goes on behind a former page. The number is of all in
    those hands, exact up to COUNTED; beyond it is one more than that. Of two that are due at the same time the one
    under a mandate comes first: read sooner, and decided no otherwise.
    """
    seen_by(viewer)
    found = Notice.objects.filter(hands.narrowed(viewer), waits_for=viewer.party_id)
    # Two walks of the index of what waits, so that what has no clock comes last and no page sorts anything.
    due = found.filter(after.behind if after else Q(due_at__isnull=False)).order_by("due_at", "rank", "id")
    others = found.filter(after.behind_without_clock if after else Q(due_at=None)).order_by("due_at", "rank", "id")
    shown = [*due.select_related(*JOINED)[:size], *others.select_related(*JOINED)[:size]][:size]
    clocks = clocks_of(shown)
    count = found.values("pk")[: COUNTED + 1].count()
    return [Whole(row, clocks[row.id], "", hands_of(viewer, row)) for row in shown], count


def clocks_of(notices: Sequence[Notice]) -> dict[str, list[Clock]]:
    """The clocks of these notices, due soonest first."""
    clocks: dict[str, list[Clock]] = {row.id: [] for row in notices}
    for clock in Clock.objects.filter(notice__in=notices).order_by("due_at"):
        clocks[clock.notice_id].append(clock)
    return clocks
