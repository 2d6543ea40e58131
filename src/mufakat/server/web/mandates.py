"""Mandates: what a party may send, how much of its quota is left, why one does not count, and the reply to that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules import accuracy
from mufakat.rules.consequences import WHOLE, ProposalState
from mufakat.rules.errors import NotFoundError, RefusedError
from mufakat.rules.mandate import MAX_WORDS, MandateState, is_due_for_review
from mufakat.rules.permissions import Deed
from mufakat.server.journal import ids
from mufakat.server.journal.errors import WriteError
from mufakat.server.parties import mandate_queries as queries, mandates as operations, share_faces, shares
from mufakat.server.parties.share_faces import NOTHING
from mufakat.server.web import errors, seat, words
from mufakat.server.web.accuracy import Percent
from mufakat.server.web.fields import PLAIN, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from mufakat.rules.consequences import Evidence
    from mufakat.server.parties.mandate_queries import Use
    from mufakat.server.parties.queries import Caller, Mandate
    from mufakat.server.parties.share_faces import Followed, ProposalOut, ShareLeftOut
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

DEEDS: dict[str, Callable[..., Mandate]] = {
    "suspend": operations.suspend,
    "resume": operations.resume,
    "revoke": operations.revoke,
    "restore": shares.restore,
    "decline": shares.decline_of,
}


class WordsForm(forms.Form):
    """A reason, or the reply to one."""

    text = forms.CharField(
        label=gettext_lazy("What you say"),
        max_length=MAX_WORDS,
        validators=[PLAIN],
        widget=forms.Textarea(attrs={"rows": 3, "required": False}),
        help_text=gettext_lazy("The other side reads it, and it stays."),
        error_messages={"required": gettext_lazy("Say it in words: the other side reads this.")},
    )

    def clean_text(self) -> str:
        return lines(self.cleaned_data["text"])


class Shown(NamedTuple):
    """What was counted, and the share that it makes."""

    share: Percent
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Face:
    """A mandate as the page lays it out; `use` and what follows are its holder's and the operator's alone."""

    mandate: Mandate
    state: Coded
    kinds: Sequence[Coded]
    categories: Sequence[Coded]
    surfaces: Sequence[Coded]
    whole: bool
    use: Use | None
    due_for_review: bool
    reply: forms.Form | None
    deeds: Sequence[str]
    followed: Followed = NOTHING

    @property
    def lowered(self) -> ShareLeftOut | None:
        """How much of the quota is left, where that is not all."""
        share = self.followed.share
        return share if share is not None and share.evidence is not None else None

    @property
    def given_back(self) -> str:
        """Why people gave the quota back, while nothing followed since."""
        share = self.followed.share
        return share.reason if share is not None else ""

    @property
    def proposed(self) -> ProposalOut | None:
        """The proposal that waits for the operator."""
        found = self.followed.proposal
        return found if found is not None and found.state == ProposalState.OPEN else None

    @property
    def declined(self) -> ProposalOut | None:
        """The last proposal, where people declined it."""
        found = self.followed.proposal
        return found if found is not None and found.state == ProposalState.DECLINED else None

    @property
    def shown(self) -> list[Shown]:
        """What is left of the quota and what is proposed, each with its evidence."""
        return [
            Shown(Percent.of(accuracy.share(told.evidence.right, told.evidence.judged)), told.evidence)
            for told in (self.lowered or self.proposed,)
            if told is not None and told.evidence is not None
        ]

    @property
    def ended(self) -> bool:
        """Whether it does not count now."""
        return self.mandate.state != MandateState.IN_FORCE

    @property
    def used(self) -> int:
        """What of the burst is used up."""
        return self.use.burst - self.use.left if self.use else 0


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller) -> HttpResponse:
    """Every mandate that the viewer may see, newest first."""
    return page(request, caller)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def reply(request: Visit, caller: Caller, mandate: str) -> HttpResponse:
    """Say something to why our mandate stands as it does."""
    if request.method != "POST":
        return redirect("mandates")
    caller.require(Deed.MESSAGE)
    done = _("Sent. The operator of this instance reads it.")
    return said(request, caller, mandate, lambda text: operations.reply(mandate, by=caller, text=text), done=done)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def move(request: Visit, caller: Caller, mandate: str, deed: str) -> HttpResponse:
    """Suspend, resume or revoke: the admin of the operator alone."""
    if request.method != "POST":
        return redirect("mandates")
    operations.require_keeper(caller)
    done = _("Done. The holder of the mandate is told, with your reason.")
    return said(request, caller, mandate, lambda text: DEEDS[deed](mandate, reason=text), done=done)


def said(request: Visit, caller: Caller, mandate: str, do: Callable[[str], object], *, done: str) -> HttpResponse:
    """Do it with the words of the form, and come back; what the machine refuses keeps what was typed."""
    form = form_of(mandate, request.POST)
    if not form.is_valid():
        return page(request, caller, typed={mandate: form}, status=422)
    try:
        do(form.cleaned_data["text"])
    except NotFoundError:
        raise
    except RefusedError as error:
        form.add_error("text", str(error))
        return page(request, caller, typed={mandate: form}, status=409)
    except WriteError as error:
        status, title, says = errors.told(error)
        messages.error(request, f"{title}. {says}")
        response = page(request, caller, typed={mandate: form}, status=status)
        response["Retry-After"] = errors.RETRY
        return response
    messages.success(request, done)
    return redirect("mandates")


def form_of(mandate: str, data: Any = None) -> WordsForm:
    """The form of one mandate; there are several on a page."""
    return WordsForm(data, prefix=mandate, auto_id="%s", label_suffix="")


def page(
    request: Visit, caller: Caller, *, typed: dict[str, WordsForm] | None = None, status: int = 200
) -> HttpResponse:
    """The page, with the forms as they were sent."""
    after = request.GET.get("after", "")
    if after and not ids.is_id(after, "mnd"):
        raise NotFoundError("page of the list")
    found = queries.listed(caller, after=after or None)
    whole = [row.party_id for row in found.items if queries.sees_all_of(caller, row)]
    uses = queries.use_of(whole, at=request.at)
    followed = share_faces.followed([row for row in found.items if queries.sees_all_of(caller, row)])
    faces = [
        face(row, caller, uses.get(row.party_id), typed or {}, followed.get(row.id, NOTHING), at=request.at)
        for row in found.items
    ]
    context = {
        "own": [each for each in faces if each.whole],
        "others": [each for each in faces if not each.whole],
        "keeps": operations.keeps(caller),
        "next": found.next,
        "at": request.at,
    }
    return render(request, "web/mandates.html", context, status=status)


def face(  # noqa: PLR0913 - what a face is made of, each by name.
    row: Mandate,
    caller: Caller,
    use: Use | None,
    typed: dict[str, WordsForm],
    followed: Followed,
    *,
    at: datetime,
) -> Face:
    """One mandate, with the forms that this seat may use."""
    whole = queries.sees_all_of(caller, row)
    said = bool(row.reason) or followed != NOTHING
    replies = row.party_id == caller.party_id and said and seat.may(caller, Deed.MESSAGE)
    deeds = [*operations.open_deeds(MandateState(row.state)), *open_deeds(followed)] if operations.keeps(caller) else []
    return Face(
        row,
        words.coded(words.MANDATE_STATES, row.state),
        [words.coded(words.KINDS, each) for each in row.kinds],
        [words.coded(words.CATEGORIES, each) for each in row.categories],
        [words.coded(words.SURFACES, each) for each in row.surfaces],
        whole,
        use,
        is_due_for_review(row.review_on, at=at),
        typed.get(row.id, form_of(row.id)) if replies or deeds else None,
        deeds,
        followed,
    )


def open_deeds(followed: Followed) -> list[str]:
    """What the operator can do about what followed."""
    share, proposal = followed.share, followed.proposal
    found = ["restore"] if share is not None and share.percent < WHOLE else []
    return [*found, "decline"] if proposal is not None and proposal.state == ProposalState.OPEN else found
