"""What others see of a restriction: the JSON of the API, made in one place for the writer's answers and every read.

The authority and the platform see all of it. An operator sees what it has to carry out, why, and until when: neither
who else carries it out, nor what the two said to each other. Nobody's name stands here, seats do (I-18).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence  # noqa: TC003 - msgspec evaluates the annotations of a struct.
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules import restriction_checks as rules
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Role, seat_name
from mufakat.rules.restriction import RestrictionState
from mufakat.server.journal import queries as journal
from mufakat.server.notices.faces import encode as encode, instant, or_none  # noqa: PLC0414 - given on.
from mufakat.server.restrictions import queries

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller
    from mufakat.server.restrictions.models import Carrying, Restriction
    from mufakat.server.restrictions.queries import Whole


class ApprovalOut(msgspec.Struct, frozen=True):
    """An approval: whose seat it was, when, and what was said with it."""

    seat: str
    at: str
    note: str | None


class AnswerOut(msgspec.Struct, frozen=True):
    """What the platform said, and when."""

    at: str
    text: str | None


class CarryingOut(msgspec.Struct, frozen=True):
    """How it stands at one operator; `due_at` is when it has to have opened."""

    operator: str
    state: str
    since: str
    applied_at: str | None
    due_at: str | None
    overdue_at: str | None
    opened_at: str | None


class FindingOut(msgspec.Struct, frozen=True):
    """What the guard found that asks for reasons; an empty name is the order as a whole."""

    name: str
    code: str
    detail: str


class RestrictionOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A restriction as the API shows it to its parties. In a list names and texts are left out.

    `missing` says what it still needs before it is published.
    """

    id: str
    state: str
    receipt: str
    list: str
    match: str
    layer: str
    authority: str
    platform: str | None
    operators: Sequence[CarryingOut]
    count: int
    emergency: bool
    shadow: bool
    weighty: bool
    proposed_at: str
    review_at: str
    sunset_at: str
    since: str
    leaf: str
    links: dict[str, str]
    published_at: str | None = None
    ended_at: str | None = None
    told_at: str | None = None
    answer_until: str | None = None
    answered_at: str | None = None
    missing: Sequence[str] | None = None
    renews: str | None = None
    profile: str | None = None
    names: Sequence[str] | None = None
    lifted: Sequence[str] | None = None
    legal_ground: msgspec.Raw | None = None
    reopening: dict[str, Any] | None = None
    notices: Sequence[str] | None = None
    dated: str | None = None
    reason: str | None = None
    proportionality: str | None = None
    approvals: Sequence[ApprovalOut] | None = None
    answers: Sequence[AnswerOut] | None = None
    warnings: Sequence[FindingOut] | None = None
    refused: str | None = None

    @classmethod
    def of(cls, whole: Whole, *, viewer: Caller, at: datetime, brief: bool = False) -> RestrictionOut:
        """All of it for a viewer; `brief` as it stands in a list."""
        row = whole.row
        inside = queries.is_inside(row, viewer)
        carried = [one for one in whole.carried if inside or one.operator_id == viewer.party_id]
        made = cls(
            row.id,
            row.state,
            journal.custody(whole.first),
            row.list,
            row.match,
            row.layer,
            row.authority.handle,
            row.platform.handle if row.platform is not None else None,
            [carrying(one) for one in carried],
            row.names,
            row.emergency,
            row.shadow,
            row.weighty,
            instant(row.proposed_at),
            instant(row.review_at),
            instant(row.sunset_at),
            instant(row.since),
            base64.b64encode(bytes(whole.first.leaf_hash)).decode(),
            links(row.id),
            published_at=or_none(row.published_at),
            ended_at=or_none(row.ended_at),
        )
        if inside:
            made = msgspec.structs.replace(
                made,
                told_at=or_none(row.told_at),
                answer_until=or_none(row.wait_until),
                answered_at=or_none(row.answered_at),
                missing=missing(row, at=at),
                renews=row.renews_id,
                profile=row.profile,
            )
        return made if brief else _with_words(made, whole, inside=inside)


class RestrictionList(msgspec.Struct, frozen=True):
    """A page of restrictions; ``next`` goes back as ``after``."""

    items: Sequence[RestrictionOut]
    next: str | None


def _with_words(made: RestrictionOut, whole: Whole, *, inside: bool) -> RestrictionOut:
    ground = opened(whole.first, "legal_ground")
    words: dict[str, Any] = {
        "names": [one.name for one in whole.closed if one.lifted_at is None],
        "lifted": [one.name for one in whole.closed if one.lifted_at is not None],
        "legal_ground": msgspec.Raw(ground) if ground is not None else None,
        "reason": said(whole.first, "reason"),
        "proportionality": said(whole.first, "proportionality"),
        "reopening": {name: whole.row.reopening.get(name) for name in ("agreement", "all_of", "any_of")},
    }
    if inside:
        order = plain(whole.first, "order") or {}
        refused = whole.of_type(EventType.RESTRICTION_REFUSED)
        words |= {
            "notices": order.get("notices") or [],
            "dated": order.get("dated"),
            "approvals": approvals(whole),
            "answers": [
                AnswerOut(instant(one.at), said(one, "answer")) for one in whole.of_type(EventType.RESTRICTION_ANSWERED)
            ],
            "warnings": warnings(whole),
            "refused": said(refused[-1], "reason") if refused else None,
        }
    return msgspec.structs.replace(made, **words)


def approvals(whole: Whole) -> list[ApprovalOut]:
    """Both approvals, in the order in which they were given."""
    row = whole.row
    given = [(row.first_approved_at, row.first_approver), (row.second_approved_at, row.second_approver)]
    known = sorted(
        ((at, person) for at, person in given if at is not None and person is not None), key=lambda one: one[0]
    )
    events = whole.of_type(EventType.RESTRICTION_APPROVED)
    return [
        ApprovalOut(seat(person), instant(at), said(event, "note"))
        for (at, person), event in zip(known, events, strict=False)
    ]


def warnings(whole: Whole) -> list[FindingOut]:
    """What the guard found the last time that it looked before somebody decided."""
    looked = [whole.first, *whole.of_type(EventType.RESTRICTION_APPROVED)]
    found = next((plain(one, "warnings") for one in reversed(looked) if plain(one, "warnings")), None)
    return [FindingOut(one["name"], one["code"], one["detail"]) for one in found or ()]


def missing(row: Restriction, *, at: datetime) -> list[str] | None:
    """What it still needs; None once it is published or refused."""
    if row.state not in {RestrictionState.PROPOSED, RestrictionState.APPROVED}:
        return None
    return [lack.value for lack in rules.missing(stand(row), at=at)]


def stand(row: Restriction) -> rules.Stand:
    """How far it is, as the rules ask."""
    return rules.Stand(
        made=rules.Made(row.proposer_id, row.first_approver_id, row.second_approver_id),
        emergency=row.emergency,
        platform=row.platform_id is not None,
        answered_at=row.answered_at,
        wait_until=row.wait_until,
        proposed_at=row.proposed_at,
        sunset_at=row.sunset_at,
    )


def carrying(one: Carrying) -> CarryingOut:
    """How it stands at an operator."""
    return CarryingOut(
        one.operator.handle,
        one.state,
        instant(one.since),
        or_none(one.applied_at),
        or_none(one.due_at),
        or_none(one.late_since),
        or_none(one.opened_at),
    )


def seat(person: Any) -> str:
    """``approver-2``, of a person's row."""
    return seat_name(Role(person.role), person.ordinal)


def opened(event: Event, field: str) -> bytes | None:
    """What the event committed to under this name, while that is not erased."""
    return next(
        (bytes(one.value) for one in event.openings.all() if one.field == field and one.value is not None), None
    )


def said(event: Event, field: str) -> str | None:
    """The same as text."""
    value = opened(event, field)
    return value.decode() if value is not None else None


def plain(event: Event, field: str) -> Any:
    """The same as plain values."""
    value = opened(event, field)
    return msgspec.json.decode(value) if value is not None else None


def links(restriction: str) -> dict[str, str]:
    """Where the rest of it is."""
    place = f"/api/v1/restrictions/{restriction}"
    return {"self": place, "matrix": f"{place}/matrix", "page": f"/desk/restrictions/{restriction}"}
