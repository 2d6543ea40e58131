"""Agreements at the desk: those of our party, one of them with its points, talks to open, and the sheet for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules import agreement_checks
from mufakat.rules.agreement import AgreementState
from mufakat.rules.errors import BadAgreementError, IdempotencyKeyError, NotFoundError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import operations, profiles, queries, waiting
from mufakat.server.journal import ids, queries as journal
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import WriteError
from mufakat.server.parties import queries as parties
from mufakat.server.web import agreement_laying as laying, agreement_words, errors, once, receipts, seat, words
from mufakat.server.web.agreement_forms import NoteForm, OpenForm
from mufakat.server.web.draft_form import english

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.http import HttpResponse

    from mufakat.rules.profile import Profile
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

SIDES = agreement_checks.ASKING | agreement_checks.ASKED


@require_safe
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """Our agreements: those in which something waits for us first, then newest first."""
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    if (state and state not in set(AgreementState)) or (after and not ids.is_id(after, "agr")):
        raise NotFoundError("page of the list")
    page = queries.listed(caller, state=state or None, after=after or None)
    ours = waiting.by_agreement(caller.party_id)
    found = [laying.agreement_face(whole, caller, at=request.at) for whole in page.items]
    context = {
        "rows": sorted(((face, ours[face.id]) for face in found), key=lambda row: -min(row[1], 1)),
        "next": page.next,
        "after": after,
        "state": state,
        "states": [words.coded(agreement_words.STATES, one) for one in AgreementState],
        "opens": may_open(caller),
        "at": request.at,
    }
    return render(request, "web/agreements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def new(request: Visit, caller: Caller) -> HttpResponse:
    """Open talks: first a profile is chosen, then its points stand there in both languages, with the form."""
    caller.require(Deed.PROPOSE_POINT)
    told = request.POST if request.method == "POST" else request.GET
    like = told.get("profile", "")
    if not like:
        return render(request, "web/agreement_profiles.html", {"profiles": offered()})
    profile = chosen(like)
    form = OpenForm(request.POST if request.method == "POST" else None, others=others_of(caller), like=like)
    if request.method == "POST":
        raw = form.body(caller.handle)
        key = Key.of(caller.party_id, "POST /desk/agreements/new", once.key_of(request), raw)
        made: list[str] = []

        def do() -> None:
            made.append(once.done(lambda: operations.open_talks(raw, by=caller, at=request.at, key=key)).subject)

        status = taken(form, do)
        if status is None:
            messages.success(request, _("Talks are open. Everybody named there is told, and reads what you proposed."))
            return redirect("agreement", made[0])
    else:
        status = 200
    context = {
        "form": form,
        "profile": profile,
        "like": like,
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        "summary": form.summary() if status >= 400 else [],
    }
    return failed_or(render(request, "web/agreement_new.html", context, status=status))


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller, agreement: str) -> HttpResponse:
    """One agreement of ours."""
    return page(request, caller, agreement)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def end(request: Visit, caller: Caller, agreement: str) -> HttpResponse:
    """End it, or its talks. Whoever only opens the address is led to the agreement and changes nothing."""
    if request.method != "POST":
        return redirect("agreement", agreement)
    queries.agreement_for(caller, agreement, deed=Deed.AGREE_POINT)
    form = NoteForm(request.POST, of="end")
    raw = form.ending()
    key = Key.of(caller.party_id, f"POST /desk/agreements/{agreement}/end", once.key_of(request), raw)
    status = taken(form, lambda: once.done(lambda: operations.end(agreement, raw, by=caller, at=request.at, key=key)))
    if status is not None:
        return page(request, caller, agreement, ending=form, status=status)
    messages.success(request, _("Ended. Notices that came before keep the rules under which they came."))
    return redirect("agreement", agreement)


@require_safe
@seat.seated
def sheet(request: Visit, caller: Caller, agreement: str) -> HttpResponse:
    """The agreement on paper, Indonesian and English side by side: a version of it, or what is on the table."""
    whole = queries.get_for(caller, agreement)
    face = laying.agreement_face(whole, caller, at=request.at)
    asked = request.GET.get("version", "")
    current = next((one.number for one in face.versions if one.from_at <= request.at), None)
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else current
    points = laying.versioned(face, whole, number) if number is not None else None
    if asked and points is None:
        raise NotFoundError("version")
    context = {
        "agreement": face,
        "edition": next((one for one in face.versions if one.number == number), None) if points is not None else None,
        "points": points if points is not None else [topic.current for topic in face.topics],
        "draft": points is None,
        "at": request.at,
    }
    return render(request, "web/agreement_sheet.html", context)


@require_safe
@seat.seated
def receipt(request: Visit, caller: Caller, agreement: str, event: str) -> HttpResponse:
    """The receipt of one event as a file, for ``mufakat verify``."""
    queries.get_for(caller, agreement)
    one = journal.by_id([event]).get(event)
    if one is None or one.case != agreement:
        raise NotFoundError("event")
    return receipts.download(request, one)


def page(
    request: Visit, caller: Caller, agreement: str, *, ending: NoteForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of an agreement."""
    face = laying.agreement_face(queries.get_for(caller, agreement), caller, at=request.at)
    ends = face.ended_at is None and seat.may(caller, Deed.AGREE_POINT)
    context = {
        "agreement": face,
        "proposes": face.ended_at is None and seat.may(caller, Deed.PROPOSE_POINT),
        "ending": ending or (NoteForm(of="end") if ends else None),
        "key": once.new_key(),
        "at": request.at,
        "summary": ending.summary() if ending is not None else [],
    }
    return failed_or(render(request, "web/agreement.html", context, status=status))


def taken(form: forms.Form, do: Callable[[], Any]) -> int | None:
    """Do it; None where it was done, else the status with which the form is shown again, the faults in it."""
    place: Any = form
    try:
        do()
    except BadAgreementError as error:
        place.place(error.faults)
        return 422
    except IdempotencyKeyError as error:
        form.add_error(None, english(str(error)))
        return 409
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
        return status
    return None


def failed_or(response: HttpResponse) -> HttpResponse:
    """The response; where the machine stood in the way it says when to come again."""
    if response.status_code >= 500:
        response["Retry-After"] = errors.RETRY
    return response


def may_open(caller: Caller) -> bool:
    """Whether this seat can open talks at all."""
    return caller.kind in SIDES and seat.may(caller, Deed.PROPOSE_POINT)


def offered() -> list[Profile]:
    """The profiles with which talks can begin, those with points of their own first."""
    found = [profiles.load(name) for name in profiles.refs() if "@" not in name]
    return sorted(found, key=lambda one: not one.points)


def chosen(name: str) -> Profile:
    """The profile of this name. Raises NotFoundError."""
    if name not in profiles.refs():
        raise NotFoundError("profile")
    return profiles.load(name)


def others_of(caller: Caller) -> list[tuple[str, str]]:
    """With whom one can agree."""
    return [
        (party.handle, f"{party.name} · {party.handle}")
        for party in parties.parties()
        if PartyKind(party.kind) in SIDES and party.handle != caller.handle
    ]
