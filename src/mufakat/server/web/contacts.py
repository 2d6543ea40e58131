"""Contacts at the desk: who can be reached for us, and at another party; and the page of a drill, open to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mufakat.rules.contact import BadContactError, DrillState
from mufakat.rules.errors import BadReasonError, IdempotencyKeyError, NotFoundError, NotNowError, UnknownPartyError
from mufakat.rules.permissions import Deed
from mufakat.server.connectors import registry
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import WriteError
from mufakat.server.parties import contact_lists, drills, queries, representatives
from mufakat.server.web import errors, once, reached, seat, words
from mufakat.server.web.contact_form import ContactForm
from mufakat.server.web.draft_form import english
from mufakat.server.web.notice import ReasonForm
from mufakat.server.web.once import key_of, new_key
from mufakat.server.web.reached import instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.contact_faces import CardOut, DrillOut, OwnContactOut
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

ROUTE = "PAGE /desk/contacts"


@require_safe
@seat.seated
def contacts(request: Visit, caller: Caller) -> HttpResponse:
    """Our contacts, in the order in which they are turned to, each with its state and its last drill."""
    caller.require(Deed.READ)
    found = [face(one) for one in contact_lists.own(caller.party_id, at=request.at)]
    reachable = [
        one for one in found if one["card"] and not one["waits_whole"] and not one["card"]["unreachable_since"]
    ]
    context = {
        "rows": found,
        "reachable": bool(reachable),
        "every": drills.terms_of(caller.party_id).every.days,
        "mails": registry.has_mail(),
        "manages": seat.may(caller, Deed.MANAGE_CONTACTS),
        "answers": seat.may(caller, Deed.ANSWER_DRILL),
        "at": request.at,
    }
    return render(request, "web/contacts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def add(request: Visit, caller: Caller) -> HttpResponse:
    """Add a contact."""
    caller.require(Deed.MANAGE_CONTACTS)
    form = ContactForm(request.POST if request.method == "POST" else None, new=True)
    if request.method != "POST":
        return show(request, form, None, key=new_key())
    party = queries.party_by_handle(caller.handle)
    raw, key = form.body(), key_of(request)
    named = Key.of(caller.party_id, ROUTE, key, raw)
    return saved(
        request, form, None, lambda: representatives.add(party, raw, by=caller, at=request.at, key=named), key=key
    )


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def change(request: Visit, caller: Caller, contact: str) -> HttpResponse:
    """Change a contact: what is in force holds until the change has waited."""
    caller.require(Deed.MANAGE_CONTACTS)
    one = contact_lists.whole(contact_lists.point_for(caller, contact), at=request.at)
    if one.removed_at is not None:
        raise NotFoundError("contact")
    form = ContactForm(request.POST if request.method == "POST" else None, card=one.in_force or one.waiting, new=False)
    if request.method != "POST":
        return show(request, form, one, key=new_key())
    raw, key = form.body(), key_of(request)
    named = Key.of(caller.party_id, f"{ROUTE}/{contact}", key, raw)
    return saved(
        request, form, one, lambda: representatives.change(contact, raw, by=caller, at=request.at, key=named), key=key
    )


def saved(
    request: Visit, form: ContactForm, one: OwnContactOut | None, do: Callable[[], Answer], *, key: str
) -> HttpResponse:
    """Do it and come back to the list; what was refused keeps the words that were typed."""
    status = 422
    try:
        once.done(do)
    except BadContactError as error:
        form.place(error.faults)
    except (NotNowError, IdempotencyKeyError) as error:
        form.add_error(None, english(str(error)))
        key, status = new_key(), 409
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
    else:
        messages.success(request, _("Saved. Below stands from when it is in force; the other contacts are told."))
        return redirect("contacts")
    response = show(request, form, one, key=key, status=status)
    if status >= 500:
        response["Retry-After"] = errors.RETRY
    return response


def show(request: Visit, form: ContactForm, one: OwnContactOut | None, *, key: str, status: int = 200) -> HttpResponse:
    """The form with whatever was typed."""
    context = {
        "form": form,
        "one": face(one) if one else None,
        "key": key,
        "summary": form.summary() if status >= 400 else [],
    }
    return render(request, "web/contact_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def remove(request: Visit, caller: Caller, contact: str) -> HttpResponse:
    """Ask whether it is meant, and why; a POST removes."""
    caller.require(Deed.MANAGE_CONTACTS)
    one = contact_lists.whole(contact_lists.point_for(caller, contact), at=request.at)
    form = ReasonForm(request.POST if request.method == "POST" else None, auto_id="%s", label_suffix="")
    form.fields["text"].help_text = _("It is written down with the removal. A removed contact does not come back.")
    form.fields["text"].error_messages["required"] = _("Say why it is removed.")
    if request.method == "POST" and form.is_valid():
        try:
            representatives.remove(contact, reason=form.cleaned_data["text"], by=caller)
        except BadReasonError as error:
            form.add_error("text", english(str(error)))
        else:
            messages.success(request, _("Removed. The other contacts are told, and the removed one too."))
            return redirect("contacts")
    others = [other for other in contact_lists.own(caller.party_id, at=request.at) if other.id != contact]
    context = {"one": face(one), "form": form, "last": not any(other.in_force for other in others)}
    return render(request, "web/contact_remove.html", context, status=422 if form.errors else 200)


@require_POST
@seat.seated
def withdraw(request: Visit, caller: Caller, contact: str) -> HttpResponse:
    """Take back a change that waits."""
    return turned(
        request,
        lambda: representatives.withdraw(contact, by=caller),
        _("Taken back. What was in force stays, and all contacts are told."),
    )


@require_POST
@seat.seated
def drill(request: Visit, caller: Caller, contact: str) -> HttpResponse:
    """Send a test message now."""
    done = _("The test message is on its way. Somebody has a day to answer it.")
    if not registry.has_mail():
        done = _("No letter goes out: nothing goes by mail here. Somebody has a day to answer here at the desk.")
    return turned(request, lambda: drills.send(contact, by=caller), done)


@require_POST
@seat.seated
def plan(request: Visit, caller: Caller) -> HttpResponse:
    """Choose how often the contacts are tried."""
    days = request.POST.get("days", "")
    chosen = int(days) if days.isascii() and days.isdigit() and len(days) < 9 else 0
    party = queries.party_by_handle(caller.handle)
    return turned(
        request, lambda: drills.plan(party, chosen, by=caller), _("Saved. It holds from each next message on.")
    )


@require_POST
@seat.seated
def answer(request: Visit, caller: Caller, drill: str) -> HttpResponse:
    """Say at the desk that the test message arrived."""
    return turned(
        request,
        lambda: drills.answer_at_desk(drill, by=caller),
        _("Answered. The other side sees that this contact is read."),
    )


def turned(request: Visit, do: Callable[[], object], done: str) -> HttpResponse:
    """Do it and come back to the list, with a sentence of how it went."""
    try:
        do()
    except (NotNowError, drills.BadPlanError) as error:
        messages.error(request, english(str(error)))
    else:
        messages.success(request, done)
    return redirect("contacts")


@require_safe
@seat.seated
def party(request: Visit, caller: Caller, handle: str) -> HttpResponse:
    """Another party, and who can be reached there, as far as we may know (I-18)."""
    try:
        found = queries.party_by_handle(handle)
    except UnknownPartyError:
        raise NotFoundError("party") from None
    context = {"party": found, "kind": words.coded(words.PARTY_KINDS, found.kind), "at": request.at}
    return render(request, "web/party.html", context | reached.reached(caller, found, at=request.at))


@require_http_methods(["GET", "HEAD", "POST"])
def drill_page(request: HttpRequest, code: str) -> HttpResponse:
    """The test message's address: whoever only opens it changes nothing; the button answers."""
    over = False
    try:
        asked = drills.asked(code)
        if request.method == "POST":
            drills.answer(code)
            return redirect("drill", code)
    except NotFoundError as error:
        return errors.not_found(request, error)
    except drills.DrillOverError:
        over = True  # A drill that was missed and followed by another is found out by the button alone.
    except WriteError as error:
        return errors.not_written(request, error)
    at = request.at  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    late = asked.answered_at is None and asked.due_at <= at
    context = {"asked": asked, "over": over or asked.over, "late": late, "at": at}
    response = render(request, "web/drill.html", context, status=409 if over else 200)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def face(one: OwnContactOut) -> dict[str, Any]:
    """A contact of ours, for the page."""
    card = one.in_force or one.waiting
    return {
        "id": one.id,
        "role": words.coded(words.CONTACT_ROLES, one.role),
        "state": words.coded(words.CONTACT_STATES, one.state),
        "card": card_face(card) if card else None,
        "waits": card_face(one.waiting) if one.waiting and one.in_force else None,
        "waits_whole": one.in_force is None,
        "drill": drill_face(one.drill) if one.drill else None,
    }


def card_face(card: CardOut) -> dict[str, Any]:
    """What a version says, its times as times."""
    times = ("set_at", "valid_from", "valid_to", "verified_at", "unreachable_since", "erased_at")
    plain = {name: getattr(card, name) for name in card.__struct_fields__ if name not in times}
    return {**plain, **{name: instant(getattr(card, name)) for name in times}}


def drill_face(one: DrillOut) -> dict[str, Any]:
    """A drill, for the page."""
    return {
        "id": one.id,
        "state": words.coded(words.DRILL_STATES, one.state),
        "because": words.DRILL_CAUSES.get(one.because, one.because),
        "sent_at": instant(one.sent_at),
        "due_at": instant(one.due_at),
        "answered_at": instant(one.answered_at),
        "open": one.state == DrillState.OPEN,
        "missed": one.state == DrillState.MISSED,
    }
