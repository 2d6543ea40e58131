"""Mails that came in: the list, one as plain text, set aside; a notice is made of one in the form for sending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.formats import eml, mail
from mufakat.rules.errors import BadReasonError, EndedError, NotFoundError, NotPermittedError, TooManyMessagesError
from mufakat.rules.permissions import Deed
from mufakat.rules.retention import REASON
from mufakat.rules.talk import LONGEST
from mufakat.server.connectors.mail import desk
from mufakat.server.connectors.mail.models import IntakeState
from mufakat.server.journal import ids, queries as journal
from mufakat.server.journal.errors import WriteError
from mufakat.server.web import errors, inert, seat, talk_forms, words
from mufakat.server.web.draft_form import english

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from mufakat.formats.mail import Attachment
    from mufakat.server.connectors.mail.models import Intake
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded


@dataclass(frozen=True, slots=True)
class Row:
    """A mail in the list; nothing of it can be followed."""

    id: str
    author: str
    subject: str
    received_at: datetime
    verdict: Coded
    domain: str
    case: str
    erased: bool

    @classmethod
    def of(cls, row: Intake) -> Row:
        return cls(
            row.pk,
            inert.visible(row.author or ""),
            inert.visible(row.subject or ""),
            row.received_at,
            words.coded(words.VERDICTS, row.verdict),
            inert.defanged(row.dkim_domain),
            row.case,
            row.erased_at is not None,
        )


class AsideForm(forms.Form):
    """Why nothing comes of a mail."""

    text = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say why nothing comes of it.")},
    )


@require_safe
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """The mails that wait, newest first; ``state`` shows the others, ``after`` goes on."""
    require_open(caller)
    state, after = request.GET.get("state", "") or IntakeState.WAITING.value, request.GET.get("after", "")
    if state not in set(IntakeState) or (after and not ids.is_id(after, "mai")):
        raise NotFoundError("page of the list")
    found = desk.list_for(caller, state=IntakeState(state), after=after)
    context = {
        "rows": [Row.of(one) for one in found[: desk.PAGE]],
        "next": found[desk.PAGE - 1].pk if len(found) > desk.PAGE else "",
        "after": after,
        "state": state,
        "states": [words.coded(words.MAIL_STATES, one) for one in IntakeState],
        "at": request.at,
    }
    return render(request, "web/intake.html", context)


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller, found: str) -> HttpResponse:
    """One mail as plain text."""
    return page(request, caller, found)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def say(request: Visit, caller: Caller, found: str) -> HttpResponse:
    """Send what the mail says as a message of ours. Whoever only opens the address is led to the mail."""
    require_open(caller)
    if request.method != "POST":
        return redirect("intake-shown", found)
    form = talk_forms.SayForm(request.POST, prefix="say", auto_id="%s", label_suffix="")
    if not form.is_valid():
        return page(request, caller, found, say=form, status=422)
    try:
        desk.say(found, text=form.cleaned_data["text"], by=caller)
    except (EndedError, TooManyMessagesError) as error:
        form.add_error(None, talk_forms.refusal(error))
        return page(request, caller, found, say=form, status=409)
    except desk.EndedMailError:
        messages.error(request, _("Somebody of your party dealt with this mail already."))
    except WriteError as error:
        return not_now(request, caller, found, error, say=form)
    else:
        messages.success(request, _("Sent. The other side is told; the receipt stands beside the message."))
    return redirect("notice", desk.get_for(caller, found).case)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def set_aside(request: Visit, caller: Caller, found: str) -> HttpResponse:
    """Say that nothing comes of it. Whoever only opens the address is led to the mail and changes nothing."""
    require_open(caller)
    if request.method != "POST":
        return redirect("intake-shown", found)
    form = AsideForm(request.POST, prefix="aside", auto_id="%s", label_suffix="")
    if not form.is_valid():
        return page(request, caller, found, aside=form, status=422)
    try:
        desk.set_aside(found, reason=form.cleaned_data["text"].replace("\r\n", "\n"), by=caller)
    except BadReasonError as error:
        form.add_error("text", english(str(error)))
        return page(request, caller, found, aside=form, status=422)
    except desk.EndedMailError:
        messages.error(request, _("Somebody of your party dealt with this mail already."))
    except WriteError as error:
        return not_now(request, caller, found, error, aside=form)
    else:
        messages.success(request, _("Set aside. The mail and your reason stay here until their period has passed."))
    return redirect("intake")


def not_now(request: Visit, caller: Caller, found: str, error: WriteError, **sent: forms.Form) -> HttpResponse:
    """The page with what was typed, and why the machine could not write it."""
    status, title, says = errors.told(error)
    messages.error(request, f"{title}. {says}")
    response = page(request, caller, found, status=status, **sent)
    response["Retry-After"] = errors.RETRY
    return response


def page(  # noqa: PLR0913 - the mail, and the forms as they were sent.
    request: Visit,
    caller: Caller,
    found: str,
    *,
    aside: forms.Form | None = None,
    say: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a mail."""
    require_open(caller)
    row = desk.get_for(caller, found)
    context: dict[str, Any] = {
        "row": Row.of(row),
        "state": words.coded(words.MAIL_STATES, row.state),
        "automatic": words.coded(words.AUTOMATIC, row.automatic) if row.automatic else None,
        "why": row.verdict_why,
        "selector": inert.visible(row.dkim_selector),
        "key": inert.visible(row.dkim_key),
        "links": [inert.defanged(one) for one in row.links or ()],
        "notice": row.notice,
        "receipt": journal.custody_of([row.pk])[row.pk],
        "at": request.at,
        "erased_at": row.erased_at,
        "sends": seat.may(caller, Deed.SUBMIT),
    }
    if row.raw is not None:
        read = mail.read_mail(bytes(row.raw))
        context |= {"text": inert.visible(read.text), "files": [file_face(one) for one in read.attachments]}
    if row.ended_at is None:
        context["aside"] = aside or AsideForm(prefix="aside", auto_id="%s", label_suffix="")
        context["aside_open"] = aside is not None
    if row.ended_at is None and row.case:
        said = {"text": own_words(str(context.get("text", "")))}
        context["say"] = say or talk_forms.SayForm(initial=said, prefix="say", auto_id="%s", label_suffix="")
    return render(request, "web/intake_shown.html", context, status=status)


def own_words(text: str) -> str:
    """What was written anew: without the lines that quote what was answered."""
    said = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">")).strip()
    return said[:LONGEST]


def file_face(one: Attachment) -> dict[str, Any]:
    """A file by its digest: nothing here opens it, and nothing gives it out."""
    return {"name": inert.visible(one.name), "media_type": one.media_type, "size": one.size, "sha256": one.sha256}


def filling(caller: Caller, found: str) -> dict[str, Any]:
    """The fields of the form for sending that a mail fills; empty where there is no such mail, or nothing of it."""
    try:
        row = desk.get_for(caller, found)
    except NotFoundError:
        return {}
    if row.raw is None or row.ended_at is not None:
        return {}
    members, _remarks = eml.members_of(mail.read_mail(bytes(row.raw)))
    filled = {
        "locators": "\n".join(members.get("locators", ())),
        "explanation": members.get("explanation", ""),
        "language": members.get("language", "")[:2],
        "to": row.to,
    }
    return {name: value for name, value in filled.items() if value}


def require_open(caller: Caller) -> None:
    """Raise for a seat to which no mail is ever shown."""
    if not desk.is_open_to(caller):
        raise NotPermittedError(Deed.SUBMIT, caller.role)
