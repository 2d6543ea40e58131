"""What was agreed comes into force at its time, and an agreement ends at its own: exactly then, whoever looks when.

The worker sweeps; and whoever writes notices settles first what is due (`settle`), in the same transaction. So a notice
cites the version in force at its own moment, also in the millisecond of midnight, after a pause of the worker, and when
the clock jumps over several changes: those are made in their order, each with its version and its event. A clock that
goes back moves nobody back (`journal/writer.py`).

A point binds inside a frame: what is agreed before the point `terms` is in force waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules import agreement as rules
from mufakat.rules.admissibility import moment_of
from mufakat.rules.agreement import FRAME, PointDeed, PointState
from mufakat.rules.events import EventType
from mufakat.server.agreements import ending, pairing, standing, tables, telling
from mufakat.server.agreements.models import Agreement, Governing, Point, Proposal, Version
from mufakat.server.journal import operations as journal
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.parties import news

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.rules.agreement import Frame
    from mufakat.server.journal.work import Moment

PORTION = 50  # Changes of one commit.


def next_due() -> datetime | None:
    """When the next of what was agreed begins or ends by itself."""
    return standing.next_due()


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Begin and end what is due at `at`."""
    del stop
    if not Agreement.objects.filter(next_at__lte=at).exists():
        return Swept(0, more=False)
    done = alone(lambda moment: settle(moment, limit=PORTION))
    return Swept(done, more=done == PORTION)


def settle(moment: Moment, *, limit: int | None = None) -> int:
    """Begin and end what is due at this moment, in the order in which it falls due; how many changes that were."""
    done = 0
    while limit is None or done < limit:
        row = _next(moment.at)
        if row is None or row.next_at is None:
            break
        _step(row, row.next_at, moment)
        done += 1
    return done


def settle_due(moment: Moment) -> None:
    """The same before something is written that hangs on it; asked in every turn, so it costs nothing where none is."""
    due = standing.next_due_in(moment)
    if due is not None and due <= moment.at:
        settle(moment)


def plan(agreement: Agreement) -> None:
    """Work out when something of it falls due next."""
    frame = frame_of(agreement)
    agreed = list(Point.objects.filter(agreement=agreement, state=PointState.AGREED.value))
    times = [] if frame is None else [frame[1], *(point.from_at for point in agreed)]
    if frame is None:
        times = [point.from_at for point in agreed if point.name == FRAME]
    agreement.next_at = min((time for time in times if time is not None), default=None)


def frame_of(agreement: Agreement) -> tuple[Frame, datetime | None] | None:
    """The frame in force and its end; None while there is none."""
    point = Point.objects.filter(agreement=agreement, name=FRAME, state=PointState.IN_FORCE.value).first()
    if point is None:
        return None
    frame = newest(point).frame
    return (frame, moment_of(frame.ends_at or "")) if frame is not None else None


def newest(point: Point) -> rules.PointTerms:
    """The newest terms of a version of a point."""
    return rules.from_json(Proposal.objects.filter(point=point).order_by("-number").values_list("terms", flat=True)[0])


def _next(at: datetime) -> Agreement | None:
    """What is due first. At the same moment what ends makes room for what begins."""
    due = list(Agreement.objects.filter(next_at__lte=at).order_by("next_at", "id")[:1])
    if not due:
        return None
    together = list(Agreement.objects.filter(next_at=due[0].next_at).order_by("id"))
    return next((row for row in together if _ends(row)), together[0])


def _ends(row: Agreement) -> bool:
    frame = frame_of(row)
    return frame is not None and frame[1] is not None and row.next_at is not None and frame[1] <= row.next_at


def _step(row: Agreement, at: datetime, moment: Moment) -> None:
    if _ends(row):
        ending.end(row, at=at, moment=moment)
    else:
        begin(row, at=at, moment=moment)


def begin(row: Agreement, *, at: datetime, moment: Moment) -> None:
    """Bring into force what is due at `at`: a new version of the agreement, by one event."""
    points = list(Point.objects.filter(agreement=row).order_by("name", "version"))
    due = [one for one in points if one.state == PointState.AGREED.value and one.from_at and one.from_at <= at]
    now = {one.name: one for one in points if one.state == PointState.IN_FORCE.value}
    for point in due:
        former = now.get(point.name)
        if former is not None:
            _move(former, PointDeed.SUPERSEDE, moment)
        point.from_at = at
        _move(point, PointDeed.BEGIN, moment)
        now[point.name] = point
    _version(row, [now[name] for name in sorted(now)], at=at, moment=moment)
    plan(row)
    row.save(update_fields=["next_at"])
    news.tell(moment)


def _move(point: Point, deed: PointDeed, moment: Moment) -> None:
    point.state = rules.advance(PointState(point.state), deed).value
    point.since = moment.at
    point.save(update_fields=["state", "since", "from_at"])


def _version(row: Agreement, points: Sequence[Point], *, at: datetime, moment: Moment) -> None:
    """The version's event and rows; the one before ends in the moment in which it begins."""
    terms = {point.name: newest(point) for point in points}
    frame = terms[FRAME].frame
    if frame is None:
        raise LookupError(f"{row.id} has a point {FRAME} without a frame")
    number = Version.objects.filter(agreement=row).count() + 1
    told = [{"name": point.name, "version": point.version, "sha256": _digest(point)} for point in points]
    kinds = tables.kinds_of(row)
    plain: dict[str, Any] = msgspec.to_builtins(frame)
    happening = telling.happening(
        EventType.AGREEMENT_IN_FORCE,
        row,
        list(kinds),
        committed={
            "version": telling.encoded(
                {"number": number, "from_at": telling.instant(at), "frame": plain, "points": told}
            )
        },
        ref=(row.event,),
        due=at,
    )
    event = journal.append([happening], moment)[0]
    Version.objects.filter(agreement=row, until=None).update(until=at)
    Governing.objects.filter(version__agreement=row, until=None).update(until=at)
    version = Version.objects.create(
        agreement=row,
        number=number,
        from_at=at,
        profile=frame.profile,
        frame=plain,
        points={point.name: point.version for point in points},
        event=event.id,
    )
    Governing.objects.bulk_create(
        Governing(version=version, sender_id=sender, recipient_id=recipient, from_at=at)
        for sender, recipient in pairing.ids_of(kinds)
    )


def _digest(point: Point) -> str:
    return Proposal.objects.filter(point=point).order_by("-number").values_list("sha256", flat=True)[0]
