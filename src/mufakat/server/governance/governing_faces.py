"""What objectives, reviews and yearly reports look like outside: one place for the writer's answers and every read."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.agreement import Title  # noqa: TC001 - msgspec evaluates the annotations.
from mufakat.rules.entry import instant, moment
from mufakat.rules.objective import FIGURES, Area, Figure, Reached, RecordedIn, Source
from mufakat.server.governance import governing
from mufakat.server.governance.faces import ShareOut

if TYPE_CHECKING:
    from mufakat.rules.accuracy import Share
    from mufakat.server.governance.figures import Month, Trend
    from mufakat.server.governance.governing import Aim, Doing, Followups, Held, Reviews
    from mufakat.server.journal.models import Event

API = "/api/v1/governance"


class MonthOut(msgspec.Struct, frozen=True):
    """So many of so many in a month (its first day, UTC); no value: nothing was counted."""

    month: str
    part: int
    whole: int
    value: float | None

    @classmethod
    def of(cls, one: Month) -> MonthOut:
        value = round(one.part / one.whole, 4) if one.whole else None
        return cls(one.first.isoformat(), one.part, one.whole, value)


class ObjectiveOut(msgspec.Struct, frozen=True, kw_only=True):
    """An objective: what it is to reach, what it reached over its last months, and month by month.

    `share` is null where no part of the program measures the figure yet; then nothing is said to be reached or missed.
    """

    id: str
    area: Area
    figure: Figure
    source: Source
    title: Title
    at_least: int
    owner: str
    every_days: int
    review_on: str
    evidence: list[str]
    agreement: str | None
    state: Reached
    share: ShareOut | None
    months: list[MonthOut]
    set_at: str
    ended_at: str | None
    event: str
    leaf: str
    links: dict[str, str]

    @classmethod
    def of(cls, aim: Aim) -> ObjectiveOut:
        terms, row = aim.terms, aim.row
        return cls(
            id=row.id,
            area=FIGURES[terms.figure].area,
            figure=terms.figure,
            source=FIGURES[terms.figure].source,
            title=terms.title,
            at_least=terms.at_least,
            owner=terms.owner,
            every_days=terms.every_days,
            review_on=row.review_on.isoformat(),
            evidence=list(terms.evidence),
            agreement=terms.agreement,
            state=aim.state,
            share=shared(aim.trend, aim.trend.now),
            months=[MonthOut.of(one) for one in aim.trend.months],
            set_at=instant(row.set_at),
            ended_at=moment(row.ended_at),
            event=row.event,
            leaf=leaf_of(aim.event),
            links={"self": f"{API}/objectives/{row.id}", "page": "/desk/governance/"},
        )


def shared(trend: Trend, share: Share) -> ShareOut | None:
    """The share of a figure, where any part of the program, or people, count it."""
    return None if trend.source is Source.NOT_YET else ShareOut.of(share)


def leaf_of(event: Event) -> str:
    """The leaf hash, as receipts and proofs write it."""
    return base64.b64encode(bytes(event.leaf_hash)).decode()


class ObjectiveList(msgspec.Struct, frozen=True):
    """The objectives of your party, by area."""

    items: list[ObjectiveOut]
    next: str | None = None


class FollowupOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a review decided: whose it is, until which day, and what was done about it."""

    id: str
    review: str
    number: int
    text: str | None
    owner: str
    due_on: str
    done_at: str | None
    note: str | None

    @classmethod
    def of(cls, one: Doing) -> FollowupOut:
        row = one.row
        return cls(
            id=row.id,
            review=row.review_id,
            number=row.number,
            text=one.text,
            owner=row.owner,
            due_on=row.due_on.isoformat(),
            done_at=moment(row.done_at),
            note=one.note,
        )


class FollowupList(msgspec.Struct, frozen=True):
    """What is to be followed up, what is due first at first; ``next`` goes back as ``after``."""

    items: list[FollowupOut]
    next: str | None

    @classmethod
    def of(cls, page: Followups) -> FollowupList:
        return cls([FollowupOut.of(one) for one in page.items], page.next)


class FoundOut(msgspec.Struct, frozen=True, kw_only=True):
    """How an objective stood when the review was held."""

    objective: str
    figure: Figure
    at_least: int
    state: Reached
    part: int
    whole: int
    lower: float
    upper: float


class SaidOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a review found and wrote down: who sat in it, the figures of its day, and what only people know."""

    present: list[str]
    found: list[FoundOut]
    recorded: list[RecordedIn]


class ReviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """A review that was held: its minutes, the figures as they stood that day, and what it decided."""

    id: str
    held_at: str
    objectives: list[str]
    minutes: str | None
    figures: SaidOut | None
    followups: list[FollowupOut]
    event: str
    leaf: str
    links: dict[str, str]

    @classmethod
    def of(cls, held: Held) -> ReviewOut:
        row = held.row
        minutes, said = governing.opened(held.event, "minutes"), governing.opened(held.event, "figures")
        return cls(
            id=row.id,
            held_at=instant(row.held_at),
            objectives=list(row.objectives),
            minutes=None if minutes is None else minutes.decode(),
            figures=None if said is None else msgspec.json.decode(said, type=SaidOut),
            followups=[FollowupOut.of(one) for one in held.followups],
            event=row.event,
            leaf=leaf_of(held.event),
            links={"self": f"{API}/reviews/{row.id}", "page": f"/desk/governance/reviews/{row.id}"},
        )


class ReviewList(msgspec.Struct, frozen=True):
    """The reviews of your party, newest first; ``next`` goes back as ``after``."""

    items: list[ReviewOut]
    next: str | None

    @classmethod
    def of(cls, page: Reviews) -> ReviewList:
        return cls([ReviewOut.of(one) for one in page.items], page.next)


def encode(value: Any) -> bytes:
    """The bytes of an answer."""
    return msgspec.json.encode(value)
