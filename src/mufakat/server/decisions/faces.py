"""What others see of a decision: the JSON of the API, made in one place for the writer's answers and for every read."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules import appeal_code
from mufakat.rules.permissions import Deed, Reach, Role, reach, seat_name
from mufakat.server.decisions import codes, queries
from mufakat.server.journal import queries as journal
from mufakat.server.notices.faces import instant, or_none

if TYPE_CHECKING:
    from mufakat.server.decisions.models import Decision, Measure, Statement
    from mufakat.server.decisions.queries import Whole
    from mufakat.server.parties.queries import Caller


class MeasureOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A measure about one locator (its place in the notice): what undoes it, until when it stays, where it stands."""

    id: str
    decision: str
    notice: str
    locator: int
    measure: str
    inverse: str
    state: str
    territory: list[str]
    ends_at: str | None
    links: dict[str, str]
    needs_approval: bool = False
    ordered_at: str | None = None
    confirmed_at: str | None = None
    ended_at: str | None = None
    reverted_at: str | None = None

    @classmethod
    def of(cls, row: Measure, *, notice: str) -> MeasureOut:
        return cls(
            row.id,
            row.decision_id,
            notice,
            row.position,
            row.name,
            row.inverse,
            row.state,
            list(row.territory),
            or_none(row.ends_at),
            {"decision": place(row.decision_id), "notice": f"/api/v1/notices/{notice}"},
            row.state == "proposed",
            or_none(row.ordered_at),
            or_none(row.confirmed_at),
            or_none(row.ended_at),
            or_none(row.reverted_at),
        )


class StatementOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """The statement of reasons: when it was made, and when and how it reached whoever is affected."""

    id: str
    decision: str
    language: str
    made_at: str
    given_at: str | None = None
    given_how: str | None = None
    submitted_at: str | None = None

    @classmethod
    def of(cls, row: Statement) -> StatementOut:
        known = (row.id, row.decision_id, row.language, instant(row.made_at))
        return cls(*known, or_none(row.given_at), row.given_how, or_none(row.submitted_at))


class AppealOut(msgspec.Struct, frozen=True):
    """What the platform hands to whoever is affected: a code that is enough to appeal, its address, until when."""

    code: str
    url: str
    until: str | None


class DecisionOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A decision as the API shows it to both sides of its notice.

    ``statement`` is null where information was asked. Ground, facts, reasons and what a machine did stand there while
    they are not erased. ``appeal`` is for the platform's own people, ``decided_by`` for the party that decided.
    """

    id: str
    state: str
    statement: str | None
    receipt: str
    appeal_until: str | None
    notice: str
    outcome: str
    decided_at: str
    language: str
    leaf: str
    measures: list[MeasureOut]
    links: dict[str, str]
    refusal: str | None = None
    ground: msgspec.Raw | None = None
    facts: str | None = None
    reasons: str | None = None
    automated: msgspec.Raw | None = None
    informed_at: str | None = None
    given: StatementOut | None = None
    decided_by: str | None = None
    appeal: AppealOut | None = None
    erased: bool = False

    @classmethod
    def of(cls, whole: Whole, *, viewer: Caller | None = None, shows_code: bool = False) -> DecisionOut:
        """From the rows; with the code only where it is asked for and the viewer may hand it out."""
        row, said = whole.decision, texts_of(whole)
        asks = whole.statement is None
        return cls(
            row.id,
            queries.state_of(row),
            whole.statement.id if whole.statement else None,
            journal.custody(whole.event),
            or_none(row.appeal_until),
            row.notice_id,
            row.outcome,
            instant(row.decided_at),
            row.language,
            base64.b64encode(bytes(whole.event.leaf_hash)).decode(),
            [MeasureOut.of(one, notice=row.notice_id) for one in whole.measures],
            links(row),
            row.refusal,
            _raw(said.get("ground")),
            _text(said.get("facts")),
            _text(said.get("text" if asks else "reasons")),
            _raw(said.get("automated")),
            or_none(row.informed_at),
            StatementOut.of(whole.statement) if whole.statement else None,
            decider_of(row, viewer),
            appeal_of(row, viewer) if shows_code else None,
            any(value is None for value in said.values()),
        )


class MeasureList(msgspec.Struct, frozen=True):
    """A page of measures; ``next`` goes back as ``after``."""

    items: list[MeasureOut]
    next: str | None


def texts_of(whole: Whole) -> dict[str, bytes | None]:
    """What the decision committed to, field by field; None where it was erased."""
    return {one.field: bytes(one.value) if one.value is not None else None for one in whole.event.openings.all()}


def decider_of(row: Decision, viewer: Caller | None) -> str | None:
    """The seat that decided, for the party's own people alone."""
    if viewer is None or viewer.party_id != row.party_id:
        return None
    return seat_name(Role(row.person.role), row.person.ordinal)


def hands_out(row: Decision, viewer: Caller) -> bool:
    """Whether the viewer is one of the platform's people who bring the statement to whoever is affected."""
    reaches = reach(viewer.role, Deed.GIVE_REASONS) is not Reach.NONE
    in_scope = viewer.scopes is None or Deed.GIVE_REASONS in viewer.scopes
    return viewer.party_id == row.party_id and reaches and in_scope


def appeal_of(row: Decision, viewer: Caller | None) -> AppealOut | None:
    """The code with its address, for those who hand it out; None where nothing was done, or the secret is another."""
    if viewer is None or row.code_digest is None or not hands_out(row, viewer):
        return None
    code = codes.of(row.id)
    if appeal_code.digest(code) != bytes(row.code_digest):
        return None  # The house's secret was changed since: the code that was handed out still works.
    return AppealOut(appeal_code.shown(code), codes.link(code), or_none(row.appeal_until))


def place(decision: str) -> str:
    """Where a decision is read."""
    return f"/api/v1/decisions/{decision}"


def links(row: Decision) -> dict[str, str]:
    """Where the rest of it is."""
    notice = f"/api/v1/notices/{row.notice_id}"
    return {"self": place(row.id), "notice": notice, "page": f"/desk/notices/{row.notice_id}"}


def _text(value: bytes | None) -> str | None:
    return value.decode() if value is not None else None


def _raw(value: bytes | None) -> msgspec.Raw | None:
    return msgspec.Raw(value) if value is not None else None


def encode(out: Any) -> bytes:
    """JSON bytes."""
    return msgspec.json.encode(out)
