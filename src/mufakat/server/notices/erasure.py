"""Erase what may be erased: by order of the operator, or because its period has passed.

What goes is values beside the leaves. Leaves, receipts and chains stay byte for byte, each erasure is an event of its
own that names the classes and the reason, and no string that anybody typed enters it but as a commitment (I-09).

Killed at any point a sweep has erased whole portions or nothing of them; the next begins where it stopped, because what
is erased is no longer found.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from mufakat.rules import retention
from mufakat.rules.errors import RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.retention import Erasable
from mufakat.server.journal import answers, door, durability, openings, operations as journal, queries as events
from mufakat.server.journal.work import Deed
from mufakat.server.journal.writer import GROUP
from mufakat.server.notices import batches, evidence, holds
from mufakat.server.notices.models import Hold, Notice, Payload, Pointer
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.journal.answers import Expired
    from mufakat.server.journal.work import Moment

T = TypeVar("T")

# One commit of a sweep: at most 5,000 locators (a notice has a hundred at most), a twentieth of a second.
PORTION = 50
ANSWERS = 500  # Stored answers of one commit.
WAIT = 30.0  # Seconds that a portion waits for its turn behind batches.
PASSED = "The period of the retention table has passed."  # The reason of a sweep.


class Alone(Deed):
    """An operation in the writer's second lane, which commits it alone.

    In one commit with an acknowledgement the answer to that would be written after the erasure, and stay. And single
    notices never wait for more than one portion.
    """

    weight = GROUP + 1


class NothingToEraseError(RefusedError):
    """An order that names no class of a notice's content."""

    def __init__(self) -> None:
        named = ", ".join(sorted(retention.OF_A_NOTICE))
        super().__init__(f"Say what to erase: one or more of {named}.")


@dataclass(frozen=True, slots=True)
class Erased:
    """What an order did: the classes it erased, none where nothing of them was left, and the event that says so.

    `overwritten` is False while a reader keeps the former pages in the write-ahead log; the next sweep cuts it.
    """

    notice: str
    classes: tuple[Erasable, ...]
    event: str | None
    at: datetime
    overwritten: bool


class Swept(NamedTuple):
    """How much a sweep erased, and whether it stopped at its limit with more to look at."""

    erased: int
    more: bool


def erase(
    notice: str, *, classes: Collection[Erasable] = retention.OF_A_NOTICE, reason: str, by: str = HOUSE
) -> Erased:
    """Erase these classes of a notice, and what repeats them, by order of the operator; an open notice too.

    Doing it again changes nothing. Raises NotFoundError, HeldError, BadReasonError, NothingToEraseError.
    """
    said = retention.read_reason(reason)
    if not classes or not retention.OF_A_NOTICE.issuperset(classes):
        raise NothingToEraseError
    wanted = retention.with_repetitions(classes)
    overwritten: list[bool] = []

    def run(moment: Moment) -> Erased:
        found = holds.known(notice)
        holds.require_none(notice)
        done = erase_rows([found], wanted, reason=said, by=by, moment=moment)
        _cut_afterwards(overwritten, moment)
        what, event = done.get(notice, (frozenset(), None))
        return Erased(notice, tuple(sorted(what)), event, moment.at, overwritten=False)

    done = _alone(run)
    return Erased(done.notice, done.classes, done.event, done.at, overwritten=all(overwritten))


def sweep(*, at: datetime, limit: int = 1_000, stop: threading.Event | None = None) -> Swept:
    """Erase the content of notices whose period has passed at `at`, looking at no more than `limit` notices."""
    erased, looked, after = 0, 0, None
    while looked < limit and not (stop and stop.is_set()):
        portion = ended_before(at, after=after, limit=min(PORTION, limit - looked))
        if not portion:
            break
        looked, after = looked + len(portion), portion[-1]
        erased += _alone(partial(_erase_due, [one.id for one in portion], at=at))
    if erased:
        cut_log()
    return Swept(erased, more=bool(after and ended_before(at, after=after, limit=1)))


def sweep_answers(*, at: datetime, limit: int = 5_000, stop: threading.Event | None = None) -> Swept:
    """Take the bodies out of stored answers whose period has passed at `at`; never of a notice under a hold.

    No event: an answer opens no leaf. Its key answers 410 from then on, and is never taken as new.
    """
    erased, looked, after = 0, 0, None
    while looked < limit and not (stop and stop.is_set()):
        portion = answers.expired(at=at, limit=min(ANSWERS, limit - looked), after=after)
        if not portion:
            break
        looked, after = looked + len(portion), portion[-1]
        erased += _alone(partial(_erase_answers, portion))
    if erased:
        cut_log()
    return Swept(erased, more=bool(after and answers.expired(at=at, limit=1, after=after)))


def cut_log() -> bool:
    """Have the writer move its log into the file and cut it, so that no former page is left anywhere."""
    done: list[bool] = []
    _alone(partial(_cut_afterwards, done))
    return all(done)


def ended_before(at: datetime, *, after: Notice | None, limit: int) -> Sequence[Notice]:
    """Notices under no hold that ended so long ago that something of them may be due, oldest end first; a read."""
    kept = Hold.objects.filter(notice=OuterRef("pk"), released_at=None)
    found = Notice.objects.filter(
        ~Exists(kept), ended_at__isnull=False, erased_at=None, ended_at__lte=retention.soonest_end(at=at)
    )
    if after is not None:
        found = found.filter(Q(ended_at__gt=after.ended_at) | Q(ended_at=after.ended_at, pk__gt=after.pk))
    return list(found.order_by("ended_at", "id")[:limit])


def erase_rows(
    notices: Sequence[Notice], classes: frozenset[Erasable], *, reason: str, by: str, moment: Moment
) -> dict[str, tuple[frozenset[Erasable], str]]:
    """Erase these classes of these notices; of each that had something of them, what it was and the event.

    Called inside an operation of the writer, which has asked for holds.
    """
    ids = [one.id for one in notices]
    found: defaultdict[str, set[Erasable]] = defaultdict(set)
    # (1) The rows of this room, the files, and the openings of the journal.
    if Erasable.PAYLOAD in classes:
        _note(found, Erasable.PAYLOAD, _erase_payloads(ids, moment))
    if Erasable.LOCATORS in classes:
        _note(found, Erasable.LOCATORS, _erase_pointers(ids, moment))
    if Erasable.EVIDENCE in classes:
        _note(found, Erasable.EVIDENCE, _destroy_evidence(ids, moment))
    chosen: dict[str, Any] = {"fields": retention.fields_of(classes), "staying": retention.STAYING}
    for case, field in openings.left(ids, **chosen):
        what = retention.OPENED_BY[field]
        if what is not None:
            found[case].add(what)
    openings.erase(moment, ids, **chosen)
    # (2) The stored answers, those of the batches too.
    if Erasable.ANSWERS in classes:
        _note(found, Erasable.ANSWERS, _erase_all_answers(notices, moment))
    # (3) One event for each notice of which something was left.
    events_of = _tell([one for one in notices if found[one.id]], found, reason=reason, by=by, moment=moment)
    # (4) Of what has ended nothing is left now, so that no sweep looks at it again.
    if classes >= retention.OF_A_NOTICE:
        Notice.objects.filter(pk__in=ids, ended_at__isnull=False, erased_at=None).update(erased_at=moment.at)
    return {notice: (frozenset(found[notice]), event) for notice, event in events_of.items()}


def _note(found: Mapping[str, set[Erasable]], what: Erasable, notices: Iterable[str]) -> None:
    for notice in notices:
        found[notice].add(what)


def _erase_payloads(ids: Collection[str], moment: Moment) -> set[str]:
    whole = Payload.objects.filter(notice__in=ids, erased_at=None)
    had = set(whole.values_list("notice_id", flat=True))
    whole.update(raw=None, erased_at=moment.at)
    return had


def _erase_pointers(ids: Collection[str], moment: Moment) -> set[str]:
    whole = Pointer.objects.filter(notice__in=ids, erased_at=None)
    had = set(whole.values_list("notice_id", flat=True))
    whole.update(canonical=None, input=None, digest=None, erased_at=moment.at)
    return had


def _destroy_evidence(ids: Collection[str], moment: Moment) -> set[str]:
    """Destroy the keys of the notices' evidence files here, and say of which notices there were any.

    Files are encrypted with a key of their case; without it they are noise, in every backup too.
    """
    return evidence.destroy_keys(ids, moment)


def _erase_all_answers(notices: Sequence[Notice], moment: Moment) -> set[str]:
    """The answers about the notices, and those of the batches they came in.

    A batch's answer is about many. Of what it took it holds ids and leaves, but the problems of its refused items may
    repeat what was sent, and who sends a thing twice in a batch sends it wrongly once. So the answer goes with the
    first of its notices; the sender learns of each item again by sending it (409, with the notice's id).
    """
    ids = [one.id for one in notices]
    had = answers.about(ids)
    of_batches = answers.of_the_same(ids, route=batches.ITEM, whole=batches.ROUTE)
    answers.erase(moment, rows=of_batches, subjects=ids)
    return had


def _tell(
    notices: Sequence[Notice], found: Mapping[str, Collection[Erasable]], *, reason: str, by: str, moment: Moment
) -> dict[str, str]:
    first = events.first_event_ids([one.id for one in notices])
    happenings = [
        journal.Happening(
            type=EventType.NOTICE_ERASED,
            sender=by,
            recipient=one.sender.handle,
            case=one.id,
            actor=by,
            committed={"classes": retention.encode_classes(found[one.id]), "reason": reason.encode()},
            ref=(first[one.id],),
            to=holds.both_parties(one),
        )
        for one in notices
    ]
    recorded = journal.append(happenings, moment)
    return {one.id: made.id for one, made in zip(notices, recorded, strict=True)}


def _erase_due(ids: Collection[str], moment: Moment, *, at: datetime) -> int:
    """One portion. A hold may have been placed since it was read; here, inside the writer, nobody places one."""
    kept = holds.held(ids)
    together: defaultdict[frozenset[Erasable], list[Notice]] = defaultdict(list)
    for one in Notice.objects.select_related("sender", "recipient").filter(pk__in=ids).order_by("id"):
        due = retention.due_of(received_at=one.received_at, ended_at=one.ended_at, held=one.id in kept, at=at)
        if due:
            together[due].append(one)
    return sum(
        len(erase_rows(notices, due, reason=PASSED, by=HOUSE, moment=moment)) for due, notices in together.items()
    )


def _erase_answers(rows: Collection[Expired], moment: Moment) -> int:
    kept = holds.held({one.subject for one in rows})
    return answers.erase(moment, rows=[one.pk for one in rows if one.subject not in kept])


def _alone(run: Callable[[Moment], T]) -> T:
    done: T = door.writer().commit(Alone(run), wait=WAIT)
    return done


def _cut_afterwards(done: list[bool], moment: Moment) -> None:
    """After the commit, in the writer's thread."""
    moment.after.append(lambda: done.append(durability.cut_log(connection)))
