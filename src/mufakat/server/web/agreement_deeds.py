"""A point of an agreement: its thread of proposals, and every deed on it. What is answered is named by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules.agreement import Act
from mufakat.rules.errors import NotFoundError, NotNowError, NotPermittedError, PointStandsError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import operations, profiles, queries
from mufakat.server.journal.answers import Key
from mufakat.server.web import agreement_laying as laying, agreement_terms, agreements, once, seat
from mufakat.server.web.agreement_forms import NoteForm, ShowForm
from mufakat.server.web.agreement_terms_form import TermsForm
from mufakat.server.web.draft_form import english

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpResponse
    from django.utils.functional import Promise

    from mufakat.rules.agreement import PointTerms
    from mufakat.server.agreements.queries import Whole
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.agreement_faces import AgreementFace, Topic
    from mufakat.server.web.agreement_forms import Judged
    from mufakat.server.web.seat import Visit

WITH_TERMS = frozenset({Act.PROPOSE, Act.COUNTER})
DONE: Mapping[Act, Promise] = {
    Act.PROPOSE: gettext_lazy("Proposed. The other sides are told, and answer next."),
    Act.COUNTER: gettext_lazy("Your proposal is on the table now. The other sides are told, and answer next."),
    Act.AGREE: gettext_lazy("Signed for your party. The receipt stands beside the signature."),
    Act.DECLINE: gettext_lazy("Declined. The other sides read why."),
    Act.WITHDRAW: gettext_lazy("Taken back. It can be proposed anew."),
}


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller, agreement: str, point: str) -> HttpResponse:
    """One point, whole."""
    return page(request, caller, agreement, point)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def act(request: Visit, caller: Caller, agreement: str, point: str, act: str) -> HttpResponse:
    """Answer what is on the table. Whoever only opens the address is led to the point and changes nothing."""
    if request.method != "POST":
        return redirect("agreement-point", agreement, point)
    whole = queries.get_for(caller, agreement)
    deed = Act(act)
    form: Judged = (
        terms_form(whole, point, request.POST) if deed in WITH_TERMS else NoteForm(request.POST, of=deed.value)
    )
    raw = body(form, deed, number_of(request))
    key = Key.of(caller.party_id, f"POST /desk/agreements/{agreement}/{point}/{act}", once.key_of(request), raw)
    status = done(
        form, lambda: once.done(lambda: operations.act(agreement, point, raw, by=caller, at=request.at, key=key))
    )
    if status is not None:
        return page(request, caller, agreement, point, forms={deed.value: form}, status=status)
    messages.success(request, str(DONE[deed]))
    return redirect("agreement-point", agreement, point)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def propose(request: Visit, caller: Caller, agreement: str) -> HttpResponse:
    """Put a point of one's own on the table."""
    caller.require(Deed.PROPOSE_POINT)
    whole = queries.get_for(caller, agreement)
    form = terms_form(whole, "", request.POST if request.method == "POST" else None)
    status: int | None = 200
    if request.method == "POST":
        name = form.typed("name")
        raw = form.body(Act.PROPOSE.value, proposal=None)
        key = Key.of(caller.party_id, f"POST /desk/agreements/{agreement}/propose/{name}", once.key_of(request), raw)
        try:
            status = done(
                form, lambda: once.done(lambda: operations.act(agreement, name, raw, by=caller, at=request.at, key=key))
            )
        except NotFoundError:
            form.add_error("name", _("A point is called by small letters, digits and _, beginning with a letter."))
            status = 422
        if status is None:
            messages.success(request, str(DONE[Act.PROPOSE]))
            return redirect("agreement-point", agreement, name)
    context = {
        "agreement": laying.agreement_face(whole, caller, at=request.at),
        "form": form,
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        "summary": form.summary() if request.method == "POST" else [],
    }
    return agreements.failed_or(render(request, "web/agreement_propose.html", context, status=status))


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def show(request: Visit, caller: Caller, agreement: str, point: str) -> HttpResponse:
    """Show that a point is kept: its owner by evidence, another side by its word."""
    if request.method != "POST":
        return redirect("agreement-point", agreement, point)
    form = ShowForm(request.POST, of="show")
    confirms = request.POST.get("confirms") == "yes"
    raw = form.showing(confirms=confirms)
    key = Key.of(caller.party_id, f"POST /desk/agreements/{agreement}/{point}/evidence", once.key_of(request), raw)
    status = done(
        form, lambda: once.done(lambda: operations.show(agreement, point, raw, by=caller, at=request.at, key=key))
    )
    if status is not None:
        return page(request, caller, agreement, point, forms={"show": form}, status=status)
    said = _("Confirmed. The owner of the point is told.") if confirms else _("Shown. The other sides are told.")
    messages.success(request, said)
    return redirect("agreement-point", agreement, point)


def done(form: Judged, do: Any) -> int | None:
    """Do it; None where it was done, else the status with which the page is shown again, and why in the form."""
    try:
        return agreements.taken(form, do)
    except (PointStandsError, NotNowError) as error:
        form.add_error(None, english(str(error)))
        return 409
    except NotPermittedError as error:
        if type(error) is NotPermittedError:
            raise
        form.add_error(None, english(str(error)))  # A deed of this seat, and not on this proposal.
        return 403


def body(form: Any, deed: Act, proposal: int | None) -> bytes:
    """The deed as the API takes it."""
    number = None if deed is Act.PROPOSE else proposal
    found: bytes = (
        form.body(deed.value, proposal=number) if deed in WITH_TERMS else form.act(deed.value, proposal=number)
    )
    return found


def number_of(request: Visit) -> int | None:
    """The number of the proposal that the person had before them."""
    text = request.POST.get("proposal", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def page(  # noqa: PLR0913 - what the page is of, each by name.
    request: Visit,
    caller: Caller,
    agreement: str,
    point: str,
    *,
    forms: Mapping[str, Judged] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a point, with the forms that this seat may use."""
    whole = queries.get_for(caller, agreement)
    face = laying.agreement_face(whole, caller, at=request.at)
    topic = face.topic(point)
    if topic is None:
        raise NotFoundError("point")
    sent = forms or {}
    context = {
        "agreement": face,
        "topic": topic,
        "forms": {**forms_of(whole, face, topic), **sent},
        "sent": next(iter(sent), ""),
        "key": once.new_key(),
        "summary": next((form.summary() for form in sent.values()), []),
        "at": request.at,
    }
    return agreements.failed_or(render(request, "web/agreement_point.html", context, status=status))


def forms_of(whole: Whole, face: AgreementFace, topic: Topic) -> dict[str, Judged]:
    """An empty form for each deed that is open."""
    del face
    found: dict[str, Judged] = {
        act: terms_form(whole, topic.name.code) if Act(act) in WITH_TERMS else NoteForm(of=act) for act in topic.acts
    }
    return {**found, "show": ShowForm(of="show")} if topic.shows else found


def terms_form(whole: Whole, point: str, data: Any = None) -> TermsForm:
    """The form of a proposal; it begins with what is on the table, or was last."""
    return TermsForm(
        data,
        point=point,
        terms=newest_of(whole, point),
        sides=sides_of(whole),
        kinds={side.party.handle: PartyKind(side.party.kind) for side in whole.sides},
        profiles=profiles.refs() if point == "terms" else (),
    )


def newest_of(whole: Whole, point: str) -> PointTerms | None:
    """The terms that were proposed last for a point."""
    rows = [row for row in whole.points if row.name == point]
    if not rows:
        return None
    return agreement_terms.read(list(rows[-1].proposed.all())[-1].terms)


def sides_of(whole: Whole) -> Sequence[agreement_terms.Who]:
    """The parties, in the agreement's order."""
    return [agreement_terms.Who(side.party.handle, side.party.name) for side in whole.sides]
