"""Read what a party says of its own governance: objectives with their figures, reviews, what is to be followed up.

A party's own affair: nobody of another party reads it here. What the year comes to is published as a report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from django.db.models import Count, F, Q

from mufakat.rules import objective as rules
from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.objective import Figure
from mufakat.rules.permissions import Deed, Reach, Role, seat_name
from mufakat.server.governance import figures
from mufakat.server.governance.models import (
    Followup as Followup,  # noqa: PLC0414 - given on, so that others can name its type.
    HeldReview as HeldReview,  # noqa: PLC0414 - the same.
    Objective as Objective,  # noqa: PLC0414 - the same.
)
from mufakat.server.journal import ids, queries as journal
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from mufakat.rules.objective import Reached
    from mufakat.server.governance.figures import Trend
    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller

PAGE = 50
TERMS = msgspec.json.Decoder(rules.Objective)


@dataclass(frozen=True, slots=True)
class Aim:
    """An objective with what it says, its figure month by month, and how it stands."""

    row: Objective
    terms: rules.Objective
    event: Event
    trend: Trend
    state: Reached

    @property
    def figure(self) -> Figure:
        """What it is measured by."""
        return self.terms.figure


@dataclass(frozen=True, slots=True)
class Held:
    """A review with its event, whose openings say what was said and found, and what it decided."""

    row: HeldReview
    event: Event
    followups: Sequence[Doing]


@dataclass(frozen=True, slots=True)
class Doing:
    """What a review decided, in its words, and what was done about it."""

    row: Followup
    text: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Reviews:
    """One page of reviews, newest first, and where the next begins."""

    items: Sequence[Held]
    next: str | None


@dataclass(frozen=True, slots=True)
class Followups:
    """One page of what is to be followed up, what is due first at first, and where the next begins."""

    items: Sequence[Doing]
    next: str | None


def require_reader(viewer: Caller, *, deed: Deed = Deed.READ) -> None:
    """Who reads a party's own affairs; people and keys are all that an admin reads."""
    if viewer.require(deed) is Reach.PEOPLE_AND_KEYS:
        raise NotPermittedError(deed, viewer.role)


def objective_for(viewer: Caller, pk: str, *, deed: Deed = Deed.READ) -> Objective:
    """The objective, if it is the viewer's party's; a stranger's and an unknown one are the same to the viewer."""
    require_reader(viewer, deed=deed)
    found = Objective.objects.filter(pk=pk, party=viewer.party_id).first() if ids.is_id(pk, "obj") else None
    if found is None:
        raise NotFoundError("objective")
    return found


def review_for(viewer: Caller, pk: str) -> HeldReview:
    """The review, if it is the viewer's party's."""
    require_reader(viewer)
    found = HeldReview.objects.filter(pk=pk, party=viewer.party_id).first() if ids.is_id(pk, "rev") else None
    if found is None:
        raise NotFoundError("review")
    return found


def followup_for(viewer: Caller, pk: str, *, deed: Deed = Deed.READ) -> Followup:
    """The follow-up, if it is the viewer's party's."""
    require_reader(viewer, deed=deed)
    known = Followup.objects.select_related("review").filter(pk=pk, party=viewer.party_id)
    found = known.first() if ids.is_id(pk, "fup") else None
    if found is None:
        raise NotFoundError("follow-up")
    return found


def aims_of(viewer: Caller, *, at: datetime, ended: bool = False) -> list[Aim]:
    """The objectives of the viewer's party that stand, in the order of their areas; those that ended too if asked."""
    require_reader(viewer)
    rows = Objective.objects.filter(party=viewer.party_id)
    return of_rows(list(rows if ended else rows.filter(ended_at=None)), viewer.party_id, today=at.date())


def of_rows(rows: Sequence[Objective], party: str, *, today: date) -> list[Aim]:
    """These objectives of one party with their figures, in a constant number of queries."""
    if not rows:
        return []
    found = figures.trends(party, last=today)
    said = journal.by_id([row.event for row in rows])
    aims = []
    for row in rows:
        terms = TERMS.decode(row.terms)
        trend = found[terms.figure]
        state = rules.judged(terms.figure, trend.now, at_least=terms.at_least)
        aims.append(Aim(row, terms, said[row.event], trend, state))
    order = list(Figure)
    return sorted(aims, key=lambda aim: (aim.row.ended_at is not None, order.index(aim.figure), aim.row.id))


def aim_of(row: Objective, *, at: datetime) -> Aim:
    """One objective with its figures. The caller has asked who may see it."""
    return of_rows([row], row.party_id, today=at.date())[0]


def reviews_for(viewer: Caller, *, after: str | None = None, size: int = PAGE) -> Reviews:
    """The reviews of the viewer's party, newest first, a page at a time, in a constant number of queries."""
    require_reader(viewer)
    rows = HeldReview.objects.filter(party=viewer.party_id)
    if after is not None:
        rows = rows.filter(id__lt=after)
    page = list(rows.order_by("-id")[: size + 1])
    return Reviews(held_of(page[:size]), page[size - 1].id if len(page) > size else None)


def held_of(rows: Sequence[HeldReview]) -> list[Held]:
    """These reviews with what they decided. The caller has asked who may see them."""
    decided: dict[str, list[Doing]] = {row.id: [] for row in rows}
    followups = Followup.objects.filter(review__in=decided).select_related("review").order_by("review_id", "number")
    said = journal.by_id([row.event for row in rows])
    for one in _doings(list(followups), said):
        decided[one.row.review_id].append(one)
    return [Held(row, said[row.event], decided[row.id]) for row in rows]


def followups_for(viewer: Caller, *, waiting: bool = True, after: str | None = None, size: int = PAGE) -> Followups:
    """What the reviews of the viewer's party decided: what waits by its day, or everything, newest first."""
    require_reader(viewer)
    rows = Followup.objects.filter(party=viewer.party_id).select_related("review")
    if not waiting:
        rows = rows.filter(id__lt=after) if after is not None else rows
        page = list(rows.order_by("-id")[: size + 1])
    else:
        rows = rows.filter(done_at=None)
        before = rows.filter(pk=after).first() if after is not None else None
        if before is not None:
            rows = rows.filter(Q(due_on__gt=before.due_on) | Q(due_on=before.due_on, id__gt=before.id))
        page = list(rows.order_by("due_on", "id")[: size + 1])
    shown = page[:size]
    return Followups(
        _doings(shown, journal.by_id({row.review.event for row in shown})),
        shown[-1].id if len(page) > size else None,
    )


def due(viewer: Caller, *, today: date) -> int:
    """How much waits for the viewer's party that is due: reviews of objectives, and what is to be followed up."""
    require_reader(viewer)
    own = {"party": viewer.party_id}
    reviews = Objective.objects.filter(**own, ended_at=None, review_on__lte=today).count()
    return reviews + Followup.objects.filter(**own, done_at=None, due_on__lte=today).count()


def doing_of(row: Followup) -> Doing:
    """One follow-up in its words. Its review must come with it."""
    return _doings([row], journal.by_id([row.review.event]))[0]


def _doings(rows: Sequence[Followup], said: dict[str, Event]) -> list[Doing]:
    """The follow-ups in their words: what was decided is an opening of the review, what was done one of its own."""
    done = journal.by_id([row.done_event for row in rows if row.done_event])
    texts = {event: decided(found) for event, found in said.items()}
    made = []
    for row in rows:
        words = texts[row.review.event]
        text = words[row.number - 1].text if row.number <= len(words) else None
        note = opened(done[row.done_event], "note") if row.done_event else None
        made.append(Doing(row, text, None if note is None else note.decode()))
    return made


def decided(review: Event) -> list[rules.Followup]:
    """What a review decided, from its opening."""
    raw = opened(review, "followups")
    return [] if raw is None else msgspec.json.decode(raw, type=list[rules.Followup])


def opened(event: Event, field: str) -> bytes | None:
    """The value of a field of an event, while it is not erased."""
    found = next((one.value for one in event.openings.all() if one.field == field), None)
    return None if found is None else bytes(found)


def seats_of(viewer: Caller) -> list[str]:
    """The seats of the viewer's party in which somebody sits."""
    return [seat_name(Role(one.role), one.ordinal) for one in parties.colleagues_of(viewer)]


def counts_of(reviews: Collection[str]) -> dict[str, tuple[int, int]]:
    """By review, how much it decided and how much of that is done."""
    rows = Followup.objects.filter(review__in=reviews).order_by().values_list("review_id")
    counted = rows.annotate(many=Count("pk"), done=Count(F("done_at")))
    return {review: (many, done) for review, many, done in counted}
