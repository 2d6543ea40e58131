"""Send a notice: the form, the look at the links, and the one call that sends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from mufakat import locator
from mufakat.rules import permissions
from mufakat.rules.errors import (
    IdempotencyKeyError,
    KeyReusedError,
    NotAdmissibleError,
    NotFoundError,
    QuotaSpentError,
    UnsignedError,
)
from mufakat.rules.mandate import kinds_in_force
from mufakat.rules.notice import MAX_LOCATORS, NoticeKind
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.connectors.mail import desk as mails
from mufakat.server.journal import ids
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import operations
from mufakat.server.parties import queries as parties
from mufakat.server.web import attachments, errors, inert, intake, once, seat, words
from mufakat.server.web.draft_form import DraftForm, english

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.attachments import Attached
    from mufakat.server.web.draft_form import Line
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

DECIDERS = {PartyKind.PLATFORM, PartyKind.OPERATOR}


@dataclass(frozen=True, slots=True)
class Found:
    """What one line of the links is: its kind and canonical form, or why it is refused."""

    number: int
    kind: Coded | None
    canonical: str
    refused: str
    same_as: int | None


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def send(request: Visit, caller: Caller) -> HttpResponse:
    """The form; a POST sends it."""
    caller.require(Deed.SUBMIT)
    if request.method != "POST":
        return show(request, form_for(request, caller), key=once.new_key())
    form = form_for(request, caller)
    key = once.key_of(request)
    if says := attachments.refusal(request):
        form.add_error("evidence", says)
        return show(request, form, key=key, status=422, kept=attachments.kept(request))
    status = 422
    kept = attachments.kept(request)
    try:
        kept = attachments.attach(request, caller)
        raw = form.body([one.reference for one in kept])
        answer = once.done(lambda: operations.submit(raw, by=caller, at=request.at, key=key))
    except (NotAdmissibleError, UnsignedError) as error:
        place(form, error)
    except QuotaSpentError as error:
        form.add_error(None, quota_spent(error))
        status = 429
    except KeyReusedError as error:
        form.add_error(None, sent_already(error.first))
        key = once.new_key()
    except IdempotencyKeyError as error:
        form.add_error(None, english(str(error)))
        key = once.new_key()
        status = 409
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
    else:
        messages.success(request, _("Sent. The receipt is below: keep it, it proves what was taken and when."))
        made_of_mail(request, caller, answer.subject)
        return redirect("notice", answer.subject)
    response = show(request, form, key=key, status=status, kept=kept)
    if status >= 500 or status == 429:
        response["Retry-After"] = errors.RETRY
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@seat.seated
def links(request: Visit, caller: Caller) -> HttpResponse:
    """Say what each line of the links is: a part of the page for htmx, the whole page without it. Nothing is stored."""
    caller.require(Deed.SUBMIT)
    if request.method != "POST":
        return redirect("send")
    form = form_for(request, caller)
    found = looked_at(form.lines())
    if request.headers.get("HX-Request") == "true":
        return render(request, "web/links.html", {"found": found, "limit": MAX_LOCATORS})
    return show(request, form, key=once.key_of(request), found=found, kept=attachments.kept(request))


def place(form: DraftForm, error: NotAdmissibleError | UnsignedError) -> None:
    """Say beside its field what is wrong; a signature is of no field."""
    if isinstance(error, UnsignedError):
        form.add_error(None, errors.signs())
    else:
        form.place(error.faults)


def mail_of(request: Visit) -> str:
    """The mail of which a notice is being made; empty where there is none."""
    told = request.POST if request.method == "POST" else request.GET
    found = told.get("mail", "")
    return found if ids.is_id(found, "mai") else ""


def made_of_mail(request: Visit, caller: Caller, notice: str) -> None:
    """Note that the mail became this notice. The notice stands, whatever happens here: it is the sender's own."""
    found = mail_of(request)
    if not found:
        return
    try:
        mails.take_up(found, notice=notice, by=caller)
    except (NotFoundError, mails.EndedMailError, WriteError):
        messages.warning(request, _("The notice was sent, but the mail still stands among those that wait."))


def form_for(request: Visit, caller: Caller) -> DraftForm:
    """The form with what this party may send, and to whom."""
    kinds = kinds_for(caller)
    recipients = recipients_for(caller)
    language = (get_language() or "en")[:2]
    return DraftForm(
        request.POST if request.method == "POST" else None,
        recipients=recipients,
        kinds=kinds,
        language=language,
        filled=intake.filling(caller, mail_of(request)) if request.method == "GET" and mail_of(request) else None,
    )


def kinds_for(caller: Caller) -> list[NoticeKind]:
    """What this party may send: what needs no mandate, and what its mandates in force are for."""
    found = permissions.kinds_open_to(caller.kind) | kinds_in_force(parties.mandates_of(caller.party_id))
    return [kind for kind in NoticeKind if kind in found]


def recipients_for(caller: Caller) -> list[tuple[str, str]]:
    """To whom this party may send, each with its name."""
    found = [party for party in parties.parties() if PartyKind(party.kind) in DECIDERS]
    if NoticeKind.OWN_DETECTION not in permissions.kinds_open_to(caller.kind):
        found = [party for party in found if party.handle != caller.handle]
    return [(party.handle, f"{party.name} · {party.handle}") for party in found]


def looked_at(lines: Sequence[Line]) -> list[Found]:
    """What the first hundred lines are."""
    seen: dict[str, int] = {}
    found = []
    for line in lines[:MAX_LOCATORS]:
        parsed = locator.parse(line.text)
        if isinstance(parsed, locator.Refusal):
            found.append(Found(line.number, None, "", parsed.sentence, None))
            continue
        kind = words.coded(words.LINKS, parsed.kind)
        found.append(Found(line.number, kind, inert.defanged(parsed.canonical), "", seen.get(parsed.canonical)))
        seen.setdefault(parsed.canonical, line.number)
    return found


def show(  # noqa: PLR0913 - what the page shows, each by name.
    request: Visit,
    form: DraftForm,
    *,
    key: str,
    status: int = 200,
    found: Sequence[Found] | None = None,
    kept: Sequence[Attached] = (),
) -> HttpResponse:
    """The page with whatever was typed."""
    context = {
        "form": form,
        "key": key,
        "mail": mail_of(request),
        "found": found,
        "kept": kept,
        "limit": MAX_LOCATORS,
        "summary": form.summary() if status >= 400 else [],
    }
    response = render(request, "web/send.html", context, status=status)
    # No "no-store" here: a browser that steps back must find what was typed.
    response["Cache-Control"] = "private, no-cache"
    return response


def quota_spent(error: QuotaSpentError) -> str:
    """How long until there is room again, in words."""
    says = _(
        "Your party has sent as many notices as its mandates allow for now. This one was not stored; everything you "
        "typed is still here. Send it again in %(seconds)d seconds."
    )
    return says % {"seconds": error.seconds}


def sent_already(notice: str) -> str:
    """The form was sent before, and changed since."""
    says = _(
        "This form was sent already, and what you changed since was not. Look at the notice that was sent: {link}. "
        "Send again to send a new one."
    )
    return format_html(says, link=format_html('<a href="/desk/notices/{}">{}</a>', notice, notice))
