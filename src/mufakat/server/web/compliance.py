"""What each side of an agreement owes and how it stands: the same table for either side, its evidence in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mufakat.rules import condition, obligation_judging as judging
from mufakat.rules.obligation import ObligationKind, ObligationState
from mufakat.server.agreements import compliance, queries
from mufakat.server.web import agreement_faces, agreement_words, seat, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpResponse

    from mufakat.rules.condition import Condition
    from mufakat.server.agreements.queries import Obligation, Whole
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

MARKS = {
    ObligationState.KEPT: "✓",
    ObligationState.DUE: "…",
    ObligationState.LATE: "!",
    ObligationState.BROKEN: "✗",
    ObligationState.NOT_MEASURED: "–",
}
"""Beside the word, so that nobody needs to tell colours apart."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A piece of evidence: a label, and a text, a time or a code."""

    label: str
    text: str = ""
    at: datetime | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """A row of the table."""

    point: Coded
    kind: Coded
    party: str
    state: Coded
    mark: str
    since: datetime
    due_at: datetime | None
    facts: Sequence[Fact]
    event: str

    @classmethod
    def of(cls, row: Obligation) -> Owed:
        return cls(
            words.coded(agreement_words.POINTS, row.point),
            words.coded(agreement_words.OBLIGATIONS, row.kind),
            row.party,
            words.coded(agreement_words.OBLIGATION_STATES, row.state),
            MARKS[ObligationState(row.state)],
            row.since,
            row.due_at,
            facts_of(ObligationKind(row.kind), row.evidence),
            row.event,
        )


@dataclass(frozen=True, slots=True)
class Side:
    """One side with its table."""

    handle: str
    name: str
    ours: bool
    counts: Sequence[tuple[Coded, str, int]]
    rows: Sequence[Owed]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the reopening condition, and whether it holds."""

    point: Coded
    asked: Coded | None
    holds: bool


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller, agreement: str) -> HttpResponse:
    """The page, for every side of the agreement."""
    whole = queries.get_for(caller, agreement)
    wanted = compliance.condition_of(whole)
    context = {
        "agreement": whole.row,
        "title": agreement_faces.in_ours(whole.row.title_id, whole.row.title_en),
        "sides": sides_of(whole, caller),
        "judged_at": min((row.judged_at for row in whole.obligations), default=None),
        "unwatched": [words.coded(agreement_words.POINTS, name) for name in compliance.unwatched(whole)],
        "begun": whole.version is not None,
        "reopening": whole.reopening,
        "all_of": terms_of(wanted, whole, "all_of"),
        "any_of": terms_of(wanted, whole, "any_of"),
        "usual": {"percent": judging.PERCENT, "days": judging.OVER_DAYS},
        "at": request.at,
    }
    return render(request, "web/compliance.html", context)


def sides_of(whole: Whole, caller: Caller) -> list[Side]:
    """Every side, in the agreement's order."""
    found = []
    for side in whole.sides:
        rows = [row for row in whole.obligations if row.owner_id == side.party_id]
        counts = [
            (
                words.coded(agreement_words.OBLIGATION_STATES, state.value),
                MARKS[state],
                sum(row.state == state.value for row in rows),
            )
            for state in ObligationState
        ]
        ours = side.party_id == caller.party_id
        found.append(Side(side.party.handle, side.party.name, ours, counts, [Owed.of(row) for row in rows]))
    return found


def terms_of(wanted: Condition | None, whole: Whole, member: str) -> list[Term]:
    """The terms of this member of the condition, each with whether it holds."""
    if wanted is None:
        return []
    held = set(whole.reopening.by) if whole.reopening is not None else set()
    found = []
    for term in getattr(wanted, member):
        name, asked = condition.parts(term)
        kept = words.coded(agreement_words.KEPT, asked) if asked else None
        found.append(Term(words.coded(agreement_words.POINTS, name), kept, term in held))
    return found


# -- Evidence in words --


def facts_of(kind: ObligationKind, told: Mapping[str, Any]) -> list[Fact]:
    """What was counted or found, as a reader understands it."""
    taken = judging.takes(kind)
    if taken is None or not told:
        return [Fact(_("Evidence"), _("No part of this program measures it yet; it counts for neither side."))]
    if taken is judging.Reach:
        return _of_reach(told)
    if taken is judging.Granted:
        return _of_mandate(told)
    if taken is judging.Counted:
        return _of_count(kind, told)
    return _of_deed(kind, told)


def _of_reach(told: Mapping[str, Any]) -> list[Fact]:
    return [
        Fact(_("Contacts in force"), str(told.get("contacts"))),
        Fact(_("Of these out of reach"), str(told.get("unreachable"))),
        _when(_("Test message answered"), told.get("answered_at"), _("Not yet")),
        *([_when(_("Test message missed"), told["missed_at"], "")] if told.get("missed_at") else []),
        Fact(_("To be answered again within"), days(told.get("every_days"))),
    ]


def _of_mandate(told: Mapping[str, Any]) -> list[Fact]:
    if told.get("mandate") is None:
        return [Fact(_("Mandate"), _("None was granted yet")), *_party(told)]
    review = told.get("review_on")
    return [
        *_party(told),
        Fact(_("Mandate"), code=str(told["mandate"])),
        _when(_("It stands so since"), told.get("since"), ""),
        *([Fact(_("To be reviewed on"), day(review))] if review else []),
    ]


def _party(told: Mapping[str, Any]) -> list[Fact]:
    return [Fact(_("Whose"), code=str(told["party"]))] if told.get("party") else []


def _of_count(kind: ObligationKind, told: Mapping[str, Any]) -> list[Fact]:
    labels = {
        ObligationKind.ACKNOWLEDGED_IN_TIME: _("Taken on in time"),
        ObligationKind.ANSWERED_IN_TIME: _("Answered in time, whatever was decided"),
        ObligationKind.WITHIN_SCOPE: _("About what the agreement lists"),
        ObligationKind.REASONS_GIVEN: _("Decisions that came back to whoever asked"),
    }
    part, whole, percent = told.get("part"), told.get("whole"), told.get("percent")
    if percent is None:
        counted = _("Nothing to count yet, so nothing was missed")
    else:
        share = formats.number_format(percent, 1)
        counted = _("%(part)s of %(whole)s, which is %(share)s %%") % {"part": part, "whole": whole, "share": share}
    return [
        Fact(labels[kind], counted),
        Fact(_("Agreed"), _("at least %(percent)s %%") % {"percent": told.get("at_least")}),
        Fact(_("Counted since"), day(told.get("since"))),
    ]


def _of_deed(kind: ObligationKind, told: Mapping[str, Any]) -> list[Fact]:
    labels = {
        ObligationKind.EVIDENCE_GIVEN: (_("Handed in"), _("Nothing yet")),
        ObligationKind.REVIEW_HELD: (_("Last review"), _("None yet")),
        ObligationKind.CONFIRMED: (_("Confirmed last"), _("Not yet")),
        ObligationKind.SCREENING_RUNNING: (_("Last day of screening"), _("Not yet")),
    }
    label, never = labels[kind]
    found = [_when(label, told.get("at"), never)]
    if told.get("every_days") is not None:
        found.append(Fact(_("To be done again within"), days(told["every_days"])))
    if told.get("asked"):
        found.append(Fact(_("Things asked for"), str(told["asked"])))
    return found


def _when(label: str, at: Any, never: str) -> Fact:
    return Fact(label, never) if at is None else Fact(label, at=datetime.fromisoformat(at))


def day(text: Any) -> str:
    """A day as people write it."""
    return formats.date_format(date.fromisoformat(text), "j M Y") if text else "–"


def days(many: Any) -> str:
    """So many days."""
    return _("%(count)s days") % {"count": many} if many else "–"
