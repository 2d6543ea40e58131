"""What others see of an appeal: the JSON of the API, made in one place for the writer's answers and for every read."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import appeal as rules
from mufakat.rules.permissions import Role, seat_name
from mufakat.server.appeals import queries
from mufakat.server.journal import queries as journal
from mufakat.server.notices.exhibits import ExhibitOut  # noqa: TC001 - the encoder's types are read when it runs.
from mufakat.server.notices.faces import instant, or_none

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.appeals.models import Appeal
    from mufakat.server.appeals.queries import Whole
    from mufakat.server.decisions.queries import Whole as WholeDecision
    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller


class ResolutionOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of an appeal: the outcome with its reasons while they are not erased, and the receipt."""

    outcome: str
    at: str
    reasons: str | None
    receipt: str
    measures: list[str] | None = None
    resolved_by: str | None = None


class LodgedAppealOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """An appeal as the API shows it to both sides of the notice.

    ``lodged_by`` is a party's handle, null for whoever came with the code. ``evidence`` is there for the party that
    judges it and for the one that sent it.
    """

    id: str
    state: str
    receipt: str
    decision: str
    notice: str
    standing: str
    level: str
    lodged_at: str
    lodged_by: str | None
    reasons: str | None
    leaf: str
    links: dict[str, str]
    body: str | None = None
    evidence: list[ExhibitOut] | None = None
    resolution: ResolutionOut | None = None

    @classmethod
    def of(
        cls, whole: Whole, *, viewer: Caller | None = None, files: Sequence[ExhibitOut] | None = None
    ) -> LodgedAppealOut:
        row = whole.appeal
        return cls(
            row.id,
            row.state,
            journal.custody(whole.lodged),
            row.decision_id,
            row.notice_id,
            row.standing,
            row.level,
            instant(row.lodged_at),
            row.lodged_by.handle if row.lodged_by is not None else None,
            said(whole.lodged, "note" if row.body else "reasons"),
            base64.b64encode(bytes(whole.lodged.leaf_hash)).decode(),
            links(row),
            row.body or None,
            list(files) if files else None,
            resolution_of(whole, viewer=viewer),
        )


class LodgedAppealList(msgspec.Struct, frozen=True):
    """A page of appeals; ``next`` goes back as ``after``."""

    items: list[LodgedAppealOut]
    next: str | None


class ContestedMeasureOut(msgspec.Struct, frozen=True):
    """A measure as whoever is affected sees it."""

    measure: str
    state: str
    territory: list[str]
    ends_at: str | None


class OwnAppealOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """An appeal as whoever lodged it by code sees it."""

    id: str
    state: str
    standing: str
    lodged_at: str
    receipt: str
    resolution: ResolutionOut | None = None


class ContestableOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the bearer of a code sees: the decision, until when it can be contested, and what became of their appeals.

    ``open`` says whether an appeal can be lodged now.
    """

    state: str
    outcome: str
    decided_at: str
    language: str
    until: str
    open: bool
    measures: list[ContestedMeasureOut]
    appeals: list[OwnAppealOut]
    facts: str | None = None
    reasons: str | None = None
    ground: msgspec.Raw | None = None

    @classmethod
    def of(cls, decision: WholeDecision, appeals: Sequence[Whole], *, at: datetime) -> ContestableOut:
        row, contested = decision.decision, queries.contested(decision)
        ground = opened(decision.event, "ground")
        return cls(
            row.state,
            row.outcome,
            instant(row.decided_at),
            row.language,
            instant(contested.until),
            contested.stands and rules.is_open(contested.until, at=at),
            [
                ContestedMeasureOut(one.name, one.state, list(one.territory), or_none(one.ends_at))
                for one in decision.measures
            ],
            [own_of(one) for one in appeals],
            said(decision.event, "facts"),
            said(decision.event, "reasons"),
            msgspec.Raw(ground) if ground is not None else None,
        )


def own_of(whole: Whole) -> OwnAppealOut:
    """The appeal for whoever lodged it by code."""
    row = whole.appeal
    receipt = journal.custody(whole.lodged)
    return OwnAppealOut(row.id, row.state, row.standing, instant(row.lodged_at), receipt, resolution_of(whole))


def resolution_of(whole: Whole, *, viewer: Caller | None = None) -> ResolutionOut | None:
    """What came of it; by which seat, for the party's own people alone."""
    row = whole.appeal
    if whole.resolved is None or row.resolved_at is None:
        return None
    items = opened(whole.resolved, "items")
    own = viewer is not None and viewer.party_id == row.party_id and row.resolved_by is not None
    return ResolutionOut(
        row.state,
        instant(row.resolved_at),
        said(whole.resolved, "note" if row.body else "reasons"),
        journal.custody(whole.resolved),
        msgspec.json.decode(items, type=list[str]) if items is not None else None,
        seat_name(Role(row.resolved_by.role), row.resolved_by.ordinal) if own and row.resolved_by else None,
    )


def opened(event: Event, field: str) -> bytes | None:
    """What the event committed to under this name, while that is not erased."""
    return next((bytes(one.value) for one in event.openings.all() if one.field == field and one.value), None)


def said(event: Event, field: str) -> str | None:
    """The same as text."""
    value = opened(event, field)
    return value.decode() if value is not None else None


def links(row: Appeal) -> dict[str, str]:
    """Where the rest of it is."""
    return {
        "self": place(row.id),
        "decision": f"/api/v1/decisions/{row.decision_id}",
        "notice": f"/api/v1/notices/{row.notice_id}",
        "page": f"/desk/appeals/{row.id}",
    }


def place(appeal: str) -> str:
    """Where an appeal is read."""
    return f"/api/v1/appeals/{appeal}"
