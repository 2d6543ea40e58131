"""The decision on the page of its notice, for both sides: the statement of reasons, the measures, and how to appeal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import get_language

from mufakat.rules import statement_text
from mufakat.rules.statement import GivenHow
from mufakat.server.decisions import faces as out, queries, wording
from mufakat.server.web import decision_words, measures, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.rules.statement_text import Statement
    from mufakat.server.decisions.faces import AppealOut
    from mufakat.server.decisions.queries import Decision, Statement as StatementRow, Whole
    from mufakat.server.notices.queries import Notice
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.faces import LinkFace
    from mufakat.server.web.measures import MeasureFace
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded


@dataclass(frozen=True, slots=True)
class Face:
    """One decision, or question, as the page lays it out.

    `appeal` and `decider` are the platform's alone; `ways` are offered where the statement is still to be given.
    """

    row: Decision
    outcome: Coded
    state: Coded
    refusal: Coded | None
    asked: str | None
    asks: bool
    statement: Statement | None
    given: StatementRow | None
    given_how: Coded | None
    measures: Sequence[MeasureFace]
    tasks: Sequence[measures.Task]
    appeal: AppealOut | None
    appeal_at: str
    decider: str | None
    ways: Sequence[Coded]


def part(request: Visit, caller: Caller, found: Notice, links: Sequence[LinkFace]) -> dict[str, Any]:
    """What the page of a notice shows of this: the newest decision, and those before it in short."""
    wholes = queries.of_notice(caller, found.id)
    if not wholes:
        return {}
    shown = [one.shown for one in links]
    newest, *former = [face(request, caller, found, whole, shown) for whole in wholes]
    return {"decision": newest, "former_decisions": former, "measure_names": names_of(wholes)}


def face(request: Visit, caller: Caller, found: Notice, whole: Whole, shown: Sequence[str | None]) -> Face:
    """One decision, as far as this viewer may see it."""
    row = whole.decision
    appeal = out.appeal_of(row, caller)
    url = request.build_absolute_uri(appeal.url) if appeal else ""
    spoken = statement_text.tongue_of(get_language() or "en")
    told = wording.told(whole, found, shown=shown, appeal_at=url) if whole.statement else None
    gives = whole.statement is not None and whole.statement.given_at is None and bool(whole.measures)
    given = whole.statement
    return Face(
        row,
        words.coded(decision_words.DECIDED, row.outcome),
        words.coded(decision_words.DECISION_STATES, queries.state_of(row)),
        words.coded(decision_words.REFUSALS, row.refusal) if row.refusal else None,
        _asked(whole) if told is None else None,
        told is None,
        statement_text.statement(told, zone=timezone.get_current_timezone(), at=request.at, tongue=spoken)
        if told
        else None,
        given,
        words.coded(decision_words.GIVEN, given.given_how) if given and given.given_how else None,
        [measures.face_of(one, shown) for one in whole.measures],
        measures.tasks_of(caller, found, whole.measures, shown),
        appeal,
        url,
        out.decider_of(row, caller),
        words_for_giving() if gives and out.hands_out(row, caller) else [],
    )


def words_for_giving() -> Sequence[Coded]:
    """The ways by which a statement reaches whoever is affected, as a person chooses among them."""
    return [words.coded(decision_words.GIVEN, one) for one in GivenHow if one is not GivenHow.CONNECTOR]


def names_of(wholes: Sequence[Whole]) -> Mapping[str, Coded]:
    """What each measure is, by its id: for the timeline."""
    return {one.id: words.coded(words.MEASURES, one.name) for whole in wholes for one in whole.measures}


def _asked(whole: Whole) -> str | None:
    """What was asked, while that is not erased."""
    return next(
        (bytes(one.value).decode() for one in whole.event.openings.all() if one.value is not None), None
    )


