"""The decision on the page of its notice, for both sides: the statement of reasons, the measures, and how to appeal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules import statement_text
from mufakat.rules.decision import DecisionState
from mufakat.rules.errors import NotFoundError, NotNowError
from mufakat.rules.permissions import Deed
from mufakat.rules.statement import GivenHow
from mufakat.server.decisions import faces as out, operations, queries, wording
from mufakat.server.notices import queries as notices
from mufakat.server.web import decision_words, faces, inert, measure_faces, seat, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.rules.statement_text import Statement, Told
    from mufakat.server.decisions.faces import AppealOut
    from mufakat.server.decisions.queries import Decision, Statement as StatementRow, Whole
    from mufakat.server.notices.queries import Notice
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.faces import LinkFace
    from mufakat.server.web.measure_faces import Group, MeasureFace, Sent
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded


@dataclass(frozen=True, slots=True)
class Face:
    """One decision, or question, as the page lays it out.

    `appeal` and `decider` are the platform's alone; `ways` are offered where the statement is still to be given, `sees`
    where whoever asked has not said yet that it came back.
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
    groups: Sequence[Group]
    appeal: AppealOut | None
    appeal_at: str
    decider: str | None
    ways: Sequence[Coded]
    sees: bool


def part(
    request: Visit, caller: Caller, found: Notice, links: Sequence[LinkFace], *, sent: Sent | None = None
) -> dict[str, Any]:
    """What the page of a notice shows of this: the newest decision, and those before it in short."""
    wholes = queries.of_notice(caller, found.id)
    if not wholes:
        return {}
    shown = [one.shown for one in links]
    newest, *former = [face(request, caller, found, whole, shown, sent=sent) for whole in wholes]
    return {
        "decision": newest,
        "former_decisions": former,
        "measure_names": names_of(wholes),
        "barred": any(is_barred(caller, whole.decision) for whole in wholes),
    }


def is_barred(caller: Caller, row: Decision) -> bool:
    """Whether this person decided so and was reversed: then somebody else decides anew (I-08)."""
    reversed_ = row.state in {DecisionState.REVERSED, DecisionState.PARTLY_REVERSED}
    return reversed_ and row.person_id == caller.person_id


def face(  # noqa: PLR0913 - the decision, who looks at it, and the form as it was sent.
    request: Visit,
    caller: Caller,
    found: Notice,
    whole: Whole,
    shown: Sequence[str | None],
    *,
    sent: Sent | None = None,
) -> Face:
    """One decision, as far as this viewer may see it."""
    row = whole.decision
    appeal = out.appeal_of(row, caller)
    url = request.build_absolute_uri(appeal.url) if appeal else ""
    told = wording.told(whole, found, shown=shown, appeal_at=url) if whole.statement else None
    gives = whole.statement is not None and whole.statement.given_at is None and bool(whole.measures)
    given = whole.statement
    pairs = [(one, shown[one.position]) for one in whole.measures]
    return Face(
        row,
        words.coded(decision_words.DECIDED, row.outcome),
        words.coded(decision_words.DECISION_STATES, queries.state_of(row)),
        words.coded(decision_words.REFUSALS, row.refusal) if row.refusal else None,
        _asked(whole) if told is None else None,
        told is None,
        written(told, at=request.at) if told else None,
        given,
        words.coded(decision_words.GIVEN, given.given_how) if given and given.given_how else None,
        [measure_faces.face_of(each, locator) for each, locator in pairs],
        measure_faces.groups_of(caller, pairs, sent=sent),
        appeal,
        url,
        out.decider_of(row, caller),
        words_for_giving() if gives and out.hands_out(row, caller) else [],
        sees=told is not None and row.informed_at is None and asked(caller, found),
    )


def written(told: Told, *, at: datetime) -> Statement:
    """The statement of reasons in the language of the page."""
    spoken = statement_text.tongue_of(get_language() or "en")
    return statement_text.statement(told, zone=timezone.get_current_timezone(), at=at, tongue=spoken)


def asked(caller: Caller, found: Notice) -> bool:
    """Whether this seat may say that the decision came back to whoever asked."""
    return found.sender_id == caller.party_id and seat.may(caller, Deed.MESSAGE)


def words_for_giving() -> Sequence[Coded]:
    """The ways by which a statement reaches whoever is affected, as a person chooses among them."""
    return [words.coded(decision_words.GIVEN, one) for one in GivenHow if one is not GivenHow.CONNECTOR]


def names_of(wholes: Sequence[Whole]) -> Mapping[str, Coded]:
    """What each measure is, by its id: for the timeline."""
    return {one.id: words.coded(words.MEASURES, one.name) for whole in wholes for one in whole.measures}


def _asked(whole: Whole) -> str | None:
    """What was asked, while that is not erased."""
    texts = (one.value for one in whole.event.openings.all() if one.field == "text")
    return next((bytes(value).decode() for value in texts if value is not None), None)


@require_safe
@seat.seated
def statement(request: Visit, caller: Caller, decision: str) -> HttpResponse:
    """The statement of reasons as plain text, to be passed on; with the link to appeal for those who hand it out."""
    whole = queries.whole(queries.get_for(caller, decision))
    if whole.statement is None:
        raise NotFoundError("statement")
    found = notices.get_for(caller, whole.decision.notice_id)
    appeal = out.appeal_of(whole.decision, caller)
    shown = [one.shown for one in faces.link_faces(notices.pointers(found))]
    url = request.build_absolute_uri(appeal.url) if appeal else ""
    text = inert.visible(written(wording.told(whole, found, shown=shown, appeal_at=url), at=request.at).text)
    headers = {"Content-Disposition": f'attachment; filename="{whole.statement.id}.txt"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def give(request: Visit, caller: Caller, decision: str) -> HttpResponse:
    """Say that whoever is affected has the statement, and by which way. Only opening the address changes nothing."""
    caller.require(Deed.GIVE_REASONS)
    whole = queries.whole(queries.get_for(caller, decision, deed=Deed.GIVE_REASONS))
    back = redirect(reverse("notice", args=[whole.decision.notice_id]) + "#decision")
    if request.method != "POST" or whole.statement is None:
        return back
    how = request.POST.get("how", "")
    if how not in set(GivenHow):
        messages.error(request, _("Choose the way by which it was given."))
        return back
    try:
        operations.give_reasons(whole.statement.id, GivenHow(how), by=caller)
    except NotNowError:
        messages.error(request, _("Nothing was done to anybody by this decision: there is nobody to give it to."))
    else:
        messages.success(request, _("Noted: whoever is affected has the statement."))
    return back


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def see(request: Visit, caller: Caller, decision: str) -> HttpResponse:
    """Say that our party, which asked, has the decision. Only opening the address changes nothing."""
    row = queries.get_for(caller, decision, deed=Deed.MESSAGE)
    if request.method == "POST":
        operations.inform(row.id, by=caller)
        messages.success(request, _("Noted: your party has the decision."))
    return redirect(reverse("notice", args=[row.notice_id]) + "#decision")
