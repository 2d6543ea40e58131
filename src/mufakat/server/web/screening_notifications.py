"""Notifications: what a platform may tell an authority of a hit, in codes, and what an authority was told (I-14)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules.filtering import LEAST, NotificationState
from mufakat.rules.notifying import AUTHORITIES
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.server.filters import notification_choices, notification_faces, notification_queries, operations, queries
from mufakat.server.filters.notification_faces import NotificationOut, WeekOut
from mufakat.server.web import screening_words, seat, words
from mufakat.server.web.agreement_forms import Judged
from mufakat.server.web.register_values import moment_of
from mufakat.server.web.screening_desk import WordsForm, json_of, key_for, narrowed, shown, taken
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from django.http import HttpResponse
    from django.utils.functional import Promise

    from mufakat.server.filters.notification_choices import Choice
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

DEEDS = ("release", "decline")
DONE: Mapping[str, Promise] = {
    "release": gettext_lazy("Released. The authority was told exactly what stands here, and nothing else."),
    "decline": gettext_lazy("Declined. Nobody was told."),
}
WEEKS = 8  # Weeks that the page shows.


class ChoiceForm(Judged):
    """Whom it is released to, and on which ground: one of what the agreements in force list."""

    PLACES: ClassVar = {"/to": "choice", "/legal_ground": "choice"}

    choice = forms.ChoiceField(label=_("Who is told, on which ground"), required=False, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, offers: Sequence[Choice]) -> None:
        super().__init__(data, auto_id="release-%s", label_suffix="")
        self.of = "release"
        self.offers = {_code(one): one for one in offers}
        found: Any = self.fields
        found["choice"].choices = [(code, _words(one)) for code, one in self.offers.items()]

    def body(self) -> bytes:
        """As the API takes it."""
        chosen = self.offers.get(self.typed("choice"))
        if chosen is None:
            return json_of({})
        return json_of({"to": chosen.to, "legal_ground": msgspec.to_builtins(chosen.ground)})


@dataclass(frozen=True, slots=True)
class Face:
    """A notification as this viewer sees it, with the words of its codes."""

    told: NotificationOut
    state: Coded
    category: Coded
    action: Coded
    kind: Coded | None
    proposed_at: datetime | None
    due_at: datetime | None
    decided_at: datetime | None
    withdrawn_at: datetime | None
    policy: str

    @property
    def id(self) -> str:
        """The name that the viewer knows it by."""
        return self.told.id


@dataclass(frozen=True, slots=True)
class WeekFace:
    """The counts of a week; what is None was below ten, and is not told."""

    told: WeekOut
    first: date
    cells: Sequence[tuple[Coded, int | None]]


@require_safe
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """A platform's own, or those that were released to an authority; and the counts of the last weeks."""
    state, after = narrowed(request, NotificationState, "ntf")
    page = queries.notifications(caller, state=state, after=after or None)
    inside = caller.kind is PartyKind.PLATFORM
    told = queries.weeks_told(caller).items if not after and not state else ()
    newest = sorted({row.week for row in told}, reverse=True)[:WEEKS]
    context = {
        "rows": [_face(one, NotificationOut.of(one, viewer=caller)) for one in page.items],
        "next": page.next,
        "after": after,
        "state": state or "",
        "states": [coded(screening_words.NOTIFICATION_STATES, one) for one in NotificationState] if inside else [],
        "inside": inside,
        "authority": caller.kind in AUTHORITIES,
        "weeks": [_week(one) for one in told if one.week in newest],  # Of each week what all told, or were told.
        "least": LEAST,
    }
    return shown(request, "web/screening_notifications.html", context)


@require_safe
@seat.seated
def one(request: Visit, caller: Caller, notification: str) -> HttpResponse:
    """One notification."""
    return _page(request, caller, notification)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def act(request: Visit, caller: Caller, notification: str, deed: str) -> HttpResponse:
    """Tell an authority, or nobody. Whoever only opens the address is led to the notification."""
    if request.method != "POST":
        return redirect("screening-notification", notification)
    whole = queries.notification(caller, notification)
    form: ChoiceForm | WordsForm
    if deed == "release":
        offers = notification_choices.choices(caller, whole.codes.category, at=request.at)
        form = ChoiceForm(request.POST, offers=offers)
        raw, operation = form.body(), operations.release_notification
        if not form.typed("choice"):
            form.add_error("choice", _("Choose who is told, and on which ground."))
            return _page(request, caller, notification, form=form, status=422)
    else:
        form = _declining(request.POST)
        raw, operation = json_of({"reason": form.typed("words")}), operations.decline_notification
    key = key_for(request, caller, raw)
    status, answer = taken(form, lambda: operation(notification, raw, by=caller, key=key))
    if answer is None:
        return _page(request, caller, notification, form=form, status=status)
    messages.success(request, str(DONE[deed]))
    return redirect("screening-notification", notification)


def _declining(data: Any = None) -> WordsForm:
    help_text = _("It stays with the notification; nobody outside reads it.")
    return WordsForm(data, of="decline", label=_("Why nobody is told"), help_text=help_text)


def _page(
    request: Visit,
    caller: Caller,
    notification: str,
    *,
    form: ChoiceForm | WordsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    whole = queries.notification(caller, notification)
    inside = notification_queries.is_inside(caller)
    told = NotificationOut.single(whole, viewer=caller)
    decides = inside and whole.row.state == NotificationState.WAITING and seat.may(caller, Deed.RELEASE_NOTIFICATION)
    found: dict[str, Any] = {}
    offers: Sequence[Choice] = ()
    if decides:
        offers = notification_choices.choices(caller, whole.codes.category, at=request.at)
        found = {"release": ChoiceForm(offers=offers), "decline": _declining()}
    if form is not None:
        found[form.of] = form
    context = {
        "one": _face(whole, told),
        "codes": msgspec.json.format(notification_faces.encode(whole.codes), indent=2).decode(),
        "inside": inside,
        "forms": found,
        "offers": offers,
        "decides": decides,
    }
    return shown(request, "web/screening_notification.html", context, form=form, status=status)


def _face(whole: Any, told: NotificationOut) -> Face:
    codes = told.codes
    return Face(
        told,
        coded(screening_words.NOTIFICATION_STATES, told.state),
        coded(words.CATEGORIES, codes.category),
        coded(screening_words.ACTIONS, codes.action),
        coded(screening_words.ITEM_KINDS, codes.kind) if codes.kind is not None else None,
        _at(told.proposed_at),
        _at(told.due_at),
        _at(told.decided_at or told.released_at),
        _at(told.withdrawn_at),
        f"{whole.row.hit.policy.name}/{whole.row.hit.policy.version}" if told.hit else "",  # Its name is not told.
    )


def _week(row: Any) -> WeekFace:
    told = WeekOut.of(row)
    return WeekFace(
        told, row.week, [(coded(words.CATEGORIES, category), many) for category, many in told.counts.cells.items()]
    )


def _at(text: str | None) -> datetime | None:
    return moment_of(text) if text is not None else None


def _code(one: Choice) -> str:
    raw = msgspec.json.encode([one.to, one.ground])
    return f"{one.to}-{hashlib.sha256(raw).hexdigest()[:16]}"


def _words(one: Choice) -> str:
    ground = one.ground
    return f"{one.name} ({one.to}): {ground.instrument}, {ground.provision} ({ground.system})"
