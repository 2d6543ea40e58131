"""What the pages of screening share: a deed is done once, and what was refused stands in the form again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from django import forms
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from mufakat.rules import admissibility
from mufakat.rules.errors import (
    BadScreeningError,
    DocumentRefusedError,
    IdempotencyKeyError,
    NotFoundError,
    NotNowError,
    NotPermittedError,
    ScreeningStandsError,
)
from mufakat.rules.fault import FaultCode, Faults
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import WriteError
from mufakat.server.web import agreements, errors, once
from mufakat.server.web.agreement_forms import Judged, multiline
from mufakat.server.web.draft_form import english

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit

WORDS = 2_000
"""Characters of a note, and of a reason, as the API has it."""


class WordsForm(Judged):
    """A few words with a deed: a note, which may be left out, or a reason, which may not."""

    PLACES: ClassVar = {"/note": "words", "/reason": "words"}

    words = forms.CharField(label=_("What you say"), required=False, widget=multiline(3))

    def __init__(self, data: Any = None, *, of: str, label: Any = None, help_text: Any = "") -> None:
        super().__init__(data, auto_id=f"{of}-%s", label_suffix="")
        self.of = of
        self.fields["words"].help_text = help_text
        if label is not None:
            self.fields["words"].label = label

    def said(self, *, needed: bool = False) -> str:
        """The words. Raises BadScreeningError where they cannot be taken, or are missing and needed."""
        return said(self.typed("words"), needed=needed)


def said(text: str, *, needed: bool = False, pointer: str = "/note") -> str:
    """Words with a deed, judged as the API judges them. Raises BadScreeningError."""
    faults = Faults()
    if needed and not text:
        faults.add(pointer, FaultCode.MISSING, "This is needed.")
    if len(text) > WORDS:
        faults.add(pointer, FaultCode.TOO_LONG, f"At most {WORDS:,} characters are taken; these are {len(text):,}.")
    admissibility.judge_text(text, pointer, faults, refused=admissibility.CONTROL)
    if faults.found:
        raise BadScreeningError(faults.found)
    return text


def json_of(told: dict[str, Any]) -> bytes:
    """What a form says, as the API takes it: what is empty is left out."""
    return msgspec.json.encode({name: value for name, value in told.items() if value not in ("", None, {}, [])})


def key_for(request: Visit, caller: Caller, told: Any = b"") -> Key:
    """The key of the form that was sent, for this address: a second click is known by it."""
    raw = told if isinstance(told, bytes) else msgspec.json.encode(told)
    return Key.of(caller.party_id, f"POST {request.path}", once.key_of(request), raw)


def taken(form: Judged, do: Callable[[], Answer]) -> tuple[int, Answer | None]:
    """Do it, once: 200 and its answer; else the status with which the page is shown again, and why in the form."""
    try:
        return 200, once.done(do)
    except DocumentRefusedError as error:
        form.place(error.faults)
        return 422, None
    except (ScreeningStandsError, NotNowError, IdempotencyKeyError) as error:
        form.add_error(None, english(str(error)))
        return 409, None
    except NotPermittedError as error:
        if type(error) is NotPermittedError:
            raise
        form.add_error(None, english(str(error)))  # A deed of this seat, and not on this very thing.
        return 403, None
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
        return status, None


def shown(
    request: Visit, template: str, context: dict[str, Any], *, form: Judged | None = None, status: int = 200
) -> HttpResponse:
    """A page with its forms; `form` is the one that was refused, whose faults stand above."""
    context = {
        "sent": getattr(form, "of", "") if form is not None else "",
        "summary": form.summary() if form is not None and status >= 400 else [],
        "key": once.key_of(request) if request.method == "POST" else once.new_key(),
        "at": request.at,
        **context,
    }
    return agreements.failed_or(render(request, template, context, status=status))


def narrowed(request: Visit, states: Any, prefix: str) -> tuple[Any, str]:
    """`state` and `after` of a list's address. Raises NotFoundError where they are none."""
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    if (state and state not in set(states)) or (after and not ids.is_id(after, prefix)):
        raise NotFoundError("page of the list")
    return (states(state) if state else None), after
