"""The small forms of a notice's page by which the two sides talk, and which of them a seat is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from mufakat.rules import talk as rules
from mufakat.rules.errors import EndedError, KeyReusedError, RefusedError, TooManyMessagesError
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.permissions import Deed, seat_name
from mufakat.server.notices import hands, queries, sides
from mufakat.server.web import fields, once, seat

if TYPE_CHECKING:
    from mufakat.server.notices.queries import Notice
    from mufakat.server.parties.queries import Caller


class SayForm(forms.Form):
    """A message to the other side."""

    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=rules.LONGEST,
        validators=[fields.PLAIN],
        widget=forms.Textarea(attrs={"rows": 3, "required": False}),
        error_messages={"required": gettext_lazy("Write something first.")},
    )

    def clean_text(self) -> str:
        return fields.lines(self.cleaned_data["text"])


class HandForm(forms.Form):
    """To which colleague, and a word with it."""

    to = forms.ChoiceField(label=gettext_lazy("In the hands of"), required=False)
    text = forms.CharField(
        label=gettext_lazy("Note (optional)"),
        required=False,
        max_length=fields.NOTE,
        validators=[fields.PLAIN],
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Your party reads it, the other side does not."),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].choices = choices  # type: ignore[attr-defined]  # A ChoiceField has them.

    def clean_text(self) -> str:
        return fields.lines(self.cleaned_data["text"])


def part(
    caller: Caller, found: Notice, *, say: forms.Form | None = None, hand: forms.Form | None = None
) -> dict[str, Any]:
    """What the page of a notice shows of this: the forms that this seat may use in this state."""
    side = sides.side_of(caller, found)
    in_hand = queries.hands_of(caller, found)
    context: dict[str, Any] = {
        "in_hand": in_hand,
        "own_seat": seat_name(caller.role, caller.ordinal),
        "sees": found.seen_at is None and found.state == NoticeState.RECEIVED and may_see(caller, found),
        "other": found.sender if side is rules.Side.RECIPIENT else found.recipient,
        "ended": has_ended(found),
    }
    if seat.may(caller, Deed.MESSAGE) and rules.answers_for(caller.role, side) and not context["ended"]:
        context["say"] = say or SayForm(prefix="say", auto_id="%s", label_suffix="")
        context["hand"] = hand or hand_form(caller, side, None, now=in_hand or hands.NOBODY)
        context["hand_open"] = hand is not None
        context["key"] = once.new_key()
    return context


def hand_form(caller: Caller, side: rules.Side, sent: Any, *, now: str = hands.NOBODY) -> HandForm:
    """The form with the colleagues that there are."""
    found = [(one.seat, f"{one.seat} · {one.name}" if one.name else one.seat) for one in hands.colleagues(caller, side)]
    choices = [(hands.NOBODY, _("nobody: it is everybody's")), *found]
    return HandForm(sent, choices=choices, prefix="hand", auto_id="%s", label_suffix="", initial={"to": now})


def may_see(caller: Caller, found: Notice) -> bool:
    """Whether it is for this seat to say that it was seen."""
    return seat.may(caller, Deed.ACKNOWLEDGE) and queries.to_acknowledge(caller, found)


def has_ended(found: Notice) -> bool:
    """Whether nothing more is said about it."""
    try:
        rules.require_open(NoticeState(found.state))
    except EndedError:
        return True
    return False


def refusal(error: RefusedError) -> str:
    """Why not, in the language of the page."""
    if isinstance(error, EndedError):
        return _("The notice has ended. What there is still to say needs a new notice.")
    if isinstance(error, TooManyMessagesError):
        return _("Your side has written so many messages about this notice that it takes no more.")
    if isinstance(error, KeyReusedError):
        return _("This message was sent already, and what you changed since was not. Send again to send a new one.")
    return _("That person cannot have it in hand. Choose one of those that the form names.")
