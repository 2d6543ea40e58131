"""Measures after the decision: approved by a second person, carried out, confirmed, ended, undone.

Each step is one event that both sides of the notice learn of. Nothing here reaches into a platform: its systems and its
people do it, and say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mufakat.rules import measure as rules
from mufakat.rules.errors import MeasureStandsError
from mufakat.rules.events import EventType
from mufakat.rules.measure import ENDABLE, MeasureDeed, MeasureState
from mufakat.rules.permissions import Deed
from mufakat.server.decisions import queries
from mufakat.server.decisions.errors import NeedsSecondPersonError, NotTheRecipientError
from mufakat.server.decisions.faces import MeasureOut, encode
from mufakat.server.decisions.models import Measure
from mufakat.server.decisions.telling import told, turned
from mufakat.server.journal import door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.notices import turning
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

PORTION = 100  # Measures of one commit.
SHARE = 10 * PORTION

EVENTS: Mapping[tuple[MeasureDeed, MeasureState], EventType] = {
    (MeasureDeed.APPROVE, MeasureState.ORDERED): EventType.MEASURE_APPROVED,
    (MeasureDeed.DECLINE, MeasureState.DECLINED): EventType.MEASURE_DECLINED,
    (MeasureDeed.CONFIRM, MeasureState.CONFIRMED): EventType.MEASURE_CONFIRMED,
    (MeasureDeed.CONFIRM, MeasureState.REVERTED): EventType.MEASURE_REVERTED,
    (MeasureDeed.FAIL, MeasureState.FAILED): EventType.MEASURE_FAILED,
    (MeasureDeed.FAIL, MeasureState.REVERTING): EventType.MEASURE_FAILED,
}
"""Deed and state after it → the event that says so."""

SAYS: Mapping[EventType, str] = {
    EventType.MEASURE_APPROVED: "note",
    EventType.MEASURE_DECLINED: "reason",
    EventType.MEASURE_CONFIRMED: "note",
    EventType.MEASURE_REVERTED: "note",
    EventType.MEASURE_FAILED: "reason",
}
"""The field that holds what was said with it."""

PERMITTED: Mapping[MeasureDeed, Deed] = {
    MeasureDeed.APPROVE: Deed.APPROVE_MEASURE,
    MeasureDeed.DECLINE: Deed.APPROVE_MEASURE,
    MeasureDeed.CONFIRM: Deed.CONFIRM_MEASURE,
    MeasureDeed.FAIL: Deed.CONFIRM_MEASURE,
}
SECOND = frozenset({MeasureDeed.APPROVE, MeasureDeed.DECLINE})
UNDONE = frozenset({MeasureState.REVERTING, MeasureState.REVERTED})


@dataclass(slots=True)
class Moving:
    """One deed on one measure, on its way to the writer. Confirming again what is confirmed changes nothing.

    `undone` says of which of the two the deed speaks, the measure or its inverse. A measure may end, or be reversed,
    while somebody still says that it is carried out: that must not be taken for its being undone (I-08).
    """

    measure: str
    deed: MeasureDeed
    by: Caller
    words: str
    key: Key | None
    undone: bool | None = None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        row = own(self.by, self.measure, self.deed)
        before = MeasureState(row.state)
        if self.undone is not None and self.undone is not (before in UNDONE):
            raise MeasureStandsError(before.value, self.deed.value)
        if self.deed is MeasureDeed.CONFIRM and before in {MeasureState.CONFIRMED, MeasureState.REVERTED}:
            return answered(row)
        after = rules.advance(before, self.deed)
        type_ = EVENTS[self.deed, after]
        notice = row.decision.notice
        committed = {"measure": row.id.encode()}
        if self.words:
            committed[SAYS[type_]] = self.words.encode()
            turning.look_again(notice)
        more = turned(notice, type_, moment=moment)
        happening = told(type_, row.decision, committed=committed, actor=self.by.handle)
        journal.append([happening, *more], moment)
        changes = changed(after, self.deed, by=self.by, at=moment.at)
        Measure.objects.filter(pk=row.pk, state=before.value).update(**changes)
        row.refresh_from_db()
        return answered(row)


def changed(after: MeasureState, deed: MeasureDeed, *, by: Caller, at: datetime) -> dict[str, object]:
    """The columns that a deed sets."""
    found: dict[str, object] = {"state": after.value}
    if deed is MeasureDeed.APPROVE:
        found |= {"approved_by_id": by.person_id, "ordered_at": at}
    if after is MeasureState.CONFIRMED:
        found["confirmed_at"] = at
    elif after is MeasureState.REVERTED:
        found["reverted_at"] = at
    return found


def own(by: Caller, measure: str, deed: MeasureDeed) -> Measure:
    """The measure, if it is the caller's party's own and the deed the caller's to do.

    Raises NotTheRecipientError, NeedsSecondPersonError, NotFoundError, NotPermittedError.
    """
    permitted = PERMITTED[deed]
    row = queries.measure_for(by, measure, deed=permitted)
    if row.party_id != by.party_id:
        raise NotTheRecipientError(permitted, by.role)
    if deed in SECOND and row.decided_by_id == by.person_id:
        raise NeedsSecondPersonError(permitted, by.role)
    return row


def answered(row: Measure) -> Answer:
    """The measure as it stands; about its notice, so that the answer goes with those about it."""
    notice = row.decision.notice_id
    return Answer(200, encode(MeasureOut.of(row, notice=notice)), notice)


def approve_measure(measure: str, *, by: Caller, note: str = "", key: Key | None = None) -> Answer:
    """A second person agrees to what cannot be undone; from now on it is to be carried out (I-06)."""
    return _move(measure, MeasureDeed.APPROVE, by=by, words=note, key=key)


def decline_measure(measure: str, *, by: Caller, reason: str, key: Key | None = None) -> Answer:
    """A second person does not agree: it is never put in hand."""
    return _move(measure, MeasureDeed.DECLINE, by=by, words=reason, key=key)


def confirm_measure(
    measure: str, *, by: Caller, note: str = "", undone: bool | None = None, key: Key | None = None
) -> Answer:
    """It is carried out; or, where it was to be undone, its inverse is. `undone` says which of the two is meant."""
    return _move(measure, MeasureDeed.CONFIRM, by=by, words=note, undone=undone, key=key)


def fail_measure(
    measure: str, *, by: Caller, reason: str, undone: bool | None = None, key: Key | None = None
) -> Answer:
    """It could not be carried out, or not undone; why. What is to be undone stays on the list."""
    return _move(measure, MeasureDeed.FAIL, by=by, words=reason, undone=undone, key=key)


def _move(  # noqa: PLR0913 - what the deed is made of, each by name.
    measure: str, deed: MeasureDeed, *, by: Caller, words: str, undone: bool | None = None, key: Key | None
) -> Answer:
    own(by, measure, deed)
    answer: Answer = door.writer().commit(Moving(measure, deed, by, words, key, undone))
    return answer


def order_inverse(measures: Collection[str], *, moment: Moment) -> list[str]:
    """The decision behind these measures was reversed: what is in hand is to be undone; gives those that are.

    Called inside an operation of the writer, which appends the event that says why (``appeal.reversed``) and tells the
    platform. What was never put in hand is declined; what is undone already stays so. Doing it again changes nothing.
    """
    undoing = []
    for row in Measure.objects.filter(pk__in=measures).order_by("id"):
        before = MeasureState(row.state)
        after = rules.after_reversal(before)
        if after is before:
            continue
        changes: dict[str, object] = {"state": after.value}
        if after is MeasureState.REVERTING:
            changes["ended_at"] = moment.at
            undoing.append(row.id)
        Measure.objects.filter(pk=row.pk, state=before.value).update(**changes)
    return undoing


# -- Measures whose time is over --


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Have every measure undone whose end has passed at `at`, each with one event, once."""
    done = 0
    while done < SHARE and not (stop and stop.is_set()):
        if not _due(at).exists():
            return Swept(done, more=False)
        done += alone(partial(_end, at=at))
    return Swept(done, more=_due(at).exists())


def next_due() -> datetime | None:
    """When the first measure ends."""
    return _ending().order_by("ends_at").values_list("ends_at", flat=True).first()


def _due(at: datetime) -> QuerySet[Measure]:
    return _ending().filter(ends_at__lte=at)


def _ending() -> QuerySet[Measure]:
    states = sorted(state.value for state in ENDABLE)
    return Measure.objects.filter(ends_at__isnull=False, state__in=states)


def _end(moment: Moment, *, at: datetime) -> int:
    """One portion. Inside the writer nobody else writes: what is read here is true until the commit."""
    rows = list(_due(at).select_related("decision__notice", "party").order_by("ends_at", "id")[:PORTION])
    for row in rows:
        more = turned(row.decision.notice, EventType.MEASURE_ENDED, moment=moment)
        committed = {"measure": row.id.encode()}
        happening = told(EventType.MEASURE_ENDED, row.decision, committed=committed, actor=HOUSE)
        journal.append([happening, *more], moment)
        found = Measure.objects.filter(pk=row.pk, state=row.state)
        found.update(state=MeasureState.REVERTING.value, ended_at=moment.at)
    return len(rows)
