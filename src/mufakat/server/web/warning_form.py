"""Write a letter of a ladder: the form on a page of its own, and what the notice's page shows of letters.

Nothing is judged here: a page takes what the API takes, and the rules name every fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from mufakat.rules import warning as rules
from mufakat.rules.errors import IdempotencyKeyError, NotNowError
from mufakat.rules.permissions import Deed
from mufakat.rules.places import LEGAL_SYSTEMS
from mufakat.rules.warning import BadWarningError
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import WriteError
from mufakat.server.notices import queries, talk, warning_faces, warnings
from mufakat.server.notices.tasks import TaskOverError
from mufakat.server.web import errors, fields, once, seat, warning_words, words
from mufakat.server.web.draft_form import FIRST_SYSTEMS, SYSTEMS, english

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from mufakat.rules.fault import Fault
    from mufakat.rules.notice import LegalGround
    from mufakat.server.notices.queries import Notice
    from mufakat.server.notices.warnings import Offer
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

PLACES = {
    "/legal_ground": "system",
    "/legal_ground/system": "system",
    "/legal_ground/instrument": "instrument",
    "/legal_ground/provision": "provision",
    "/reasons_weighed": "weighed",
    "/text": "text",
}


class WarningForm(forms.Form):
    """What a person adds to the form's own sentences."""

    text = forms.CharField(
        label=gettext_lazy("What your party says"),
        max_length=rules.LONGEST,
        validators=[fields.PLAIN],
        widget=forms.Textarea(attrs={"rows": 6, "required": False}),
        help_text=gettext_lazy("It stands on both sheets as you write it. Number, dates, links and rule are added."),
        error_messages={"required": gettext_lazy("Write something first.")},
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of your text"),
        choices=[("id", gettext_lazy("Indonesian")), ("en", gettext_lazy("English"))],
    )
    system = forms.ChoiceField(label=gettext_lazy("Whose law"))
    instrument = forms.CharField(label=gettext_lazy("Law"), max_length=255, required=False)
    provision = forms.CharField(label=gettext_lazy("Article"), max_length=255, required=False)
    weighed = forms.CharField(
        label=gettext_lazy("How the reasons of the other side were weighed"),
        max_length=rules.LONGEST,
        required=False,
        validators=[fields.PLAIN],
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, weighs: bool, ground: LegalGround | None, language: str, **options: Any) -> None:
        super().__init__(*args, **options)
        systems = [*FIRST_SYSTEMS, *sorted(LEGAL_SYSTEMS - set(FIRST_SYSTEMS))]
        self.fields["system"].choices = [(one, SYSTEMS.get(one, one)) for one in systems]  # type: ignore[attr-defined]  # A ChoiceField has them.
        if weighs:
            self.fields["weighed"].help_text = _(
                "Needed here: the rules want them weighed first. Where none came, say so."
            )
        else:
            del self.fields["weighed"]
        self.initial = {"language": language if language in {"id", "en"} else "en"}
        if ground is not None:
            named = {"system": ground.system, "instrument": ground.instrument, "provision": ground.provision}
            self.initial.update(named)

    def body(self, step: str) -> bytes:
        """The body as the API takes it."""
        said = self.cleaned_data
        law = {name: said[name] for name in ("system", "instrument", "provision")}
        made: dict[str, Any] = {
            "step": step,
            "text": fields.lines(said["text"]),
            "language": said["language"],
            "legal_ground": law if law["instrument"] or law["provision"] else None,
        }
        if said.get("weighed"):
            made["reasons_weighed"] = fields.lines(said["weighed"])
        return msgspec.json.encode(made)

    def place(self, faults: Sequence[Fault]) -> None:
        """Say each fault beside the field that it is in."""
        for fault in faults:
            name = PLACES.get(fault.pointer)
            self.add_error(name if name in self.fields else None, english(fault.detail))


@dataclass(frozen=True, slots=True)
class SentFace:
    """A document that was sent, in the list on its notice's page."""

    id: str
    title: Coded
    number: int | None
    most: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferFace:
    """What may be sent next: now, or not before when."""

    step: str
    title: Coded
    came: bool
    opens_at: datetime | None
    open_now: bool


def part(caller: Caller, found: Notice, *, at: datetime) -> dict[str, Any]:
    """What the page of a notice shows of this: what was sent, and to its sender what may be sent next."""
    sent = [
        SentFace(
            row.pk,
            words.Coded(row.code or row.proposes, warning_words.TITLES.get(row.proposes, row.proposes)),
            row.number,
            row.most,
            row.sent_at,
        )
        for row in warning_faces.rows_of(caller, found.id)
    ]
    ours = found.sender_id == caller.party_id and seat.may(caller, Deed.SEND_WARNING)
    next_ones = [_offer_face(one) for one in warnings.offers(found, at=at)] if ours else []
    return {"letters": sent, "letter_offers": next_ones}


def _offer_face(one: Offer) -> OfferFace:
    proposes = one.step.proposes or one.step.name
    code = one.step.letter.code if one.step.letter else proposes
    title = words.Coded(code, warning_words.TITLES.get(proposes, proposes))
    return OfferFace(one.step.name, title, one.came, one.opens_at, one.open_now)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def write(request: Visit, caller: Caller, notice: str, step: str) -> HttpResponse:
    """The form of the next step; a POST sends it, once, however often its button is clicked."""
    caller.require(Deed.SEND_WARNING)
    found = queries.get_for(caller, notice, deed=Deed.SEND_WARNING)
    offer = next((one for one in warnings.offers(found, at=request.at) if one.step.name == step), None)
    ours = found.sender_id == caller.party_id
    if request.method != "POST":
        if offer is None or not offer.open_now or not ours:
            messages.error(request, _("This cannot be sent now: see below what was sent, and what comes next."))
            return redirect("notice", notice)
        return _page(request, caller, found, offer, form=_form(found, offer), key=once.new_key())
    form = _form(found, offer, request.POST)
    key = once.key_of(request)
    status = 422
    if form.is_valid():
        raw = form.body(step)
        named = Key.of(caller.party_id, f"POST /desk/notices/{notice}/warnings", key, raw)
        sent: list[str] = []
        status = _taken(request, form, lambda: sent.append(_send(notice, raw, caller, named)))
        if sent:
            messages.success(request, _("Sent. Both sides are told; the receipt stands on the sheet."))
            return redirect("warning-shown", sent[0])
    if offer is None:
        return redirect("notice", notice)
    response = _page(request, caller, found, offer, form=form, key=key, status=status)
    if status >= 500:
        response["Retry-After"] = errors.RETRY
    return response


def _send(notice: str, raw: bytes, caller: Caller, key: Key) -> str:
    answer = once.done(lambda: warnings.send(notice, rules.read(raw), by=caller, key=key))
    return str(msgspec.json.decode(answer.body)["id"])


def _taken(request: Visit, form: WarningForm, do: Callable[[], object]) -> int:
    """Do it; what the rules refuse stands in the form, with the status of the answer."""
    try:
        do()
    except BadWarningError as error:
        form.place(error.faults)
        return 422
    except (NotNowError, TaskOverError, IdempotencyKeyError) as error:
        says = english(str(error))
        form.add_error(None, says)
        messages.error(request, says)
        return 409
    except WriteError as error:
        status, title, says_ = errors.told(error)
        form.add_error(None, f"{title}. {says_}")
        return status
    return 201


def _form(found: Notice, offer: Offer | None, data: Any = None) -> WarningForm:
    return WarningForm(
        data,
        weighs=offer is not None and offer.step.weighs_reasons,
        ground=warnings.ground_of(found),
        language=found.language,
        auto_id="warn-%s",
        label_suffix="",
    )


def _page(  # noqa: PLR0913 - the notice, what is offered, and the form as it was sent.
    request: Visit,
    caller: Caller,
    found: Notice,
    offer: Offer,
    *,
    form: WarningForm,
    key: str,
    status: int = 200,
) -> HttpResponse:
    said = [one for one in talk.list_for(caller, found.id).items if one.from_ != caller.handle]
    context = {
        "notice": found,
        "recipient": found.recipient,
        "offer": _offer_face(offer),
        "letter": offer.step.letter,
        "most": offer.most,
        "weighs": offer.step.weighs_reasons,
        "article": offer.step.article,
        "certainty": words.coded(words.CERTAINTIES, offer.step.certainty),
        "answers": said,
        "form": form,
        "key": key,
        "at": request.at,
    }
    return render(request, "web/warning_form.html", context, status=status)
