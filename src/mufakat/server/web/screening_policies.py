"""Policies at the desk: proposed by their text, tried, run in shadow, promoted by a second person, taken back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules.errors import NotFoundError
from mufakat.rules.fault import FaultCode
from mufakat.rules.filtering import FRESH, PolicyState
from mufakat.rules.permissions import Deed
from mufakat.server.filters import holdings, operations, policy_faces, policy_queries as queries, trying
from mufakat.server.web import screening_policy_faces as faces, screening_words, seat
from mufakat.server.web.draft_form import OURS
from mufakat.server.web.screening_desk import WordsForm, key_for, narrowed, said, shown, taken
from mufakat.server.web.screening_policy_forms import EndForm, PromotionForm, ProposalForm, TryForm
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse
    from django.utils.functional import Promise

    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.agreement_forms import Judged
    from mufakat.server.web.seat import Visit

DEEDS = ("shadow", "decline", "end")
DONE: Mapping[str, Promise] = {
    "shadow": gettext_lazy("It runs in shadow now. It does nothing; what it would have done is counted here."),
    "decline": gettext_lazy("Declined. Nobody was ever judged by it."),
    "end": gettext_lazy("Taken back. Nothing is screened until another version is live."),
}
HELP: Mapping[str, Promise] = {
    "shadow": gettext_lazy("Optional. It stays with the version."),
    "decline": gettext_lazy("Why not. It stays with the version."),
    "end": gettext_lazy("Why. It stays with the version, and with everything that is restored."),
}


class Proposed(msgspec.Struct):
    """How a version stands, and who proposed it first: the same text of the same version is the same proposal."""

    state: str
    proposer: str


@require_safe
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """The versions of our policies, newest first."""
    state, after = narrowed(request, PolicyState, "pol")
    page = queries.page(caller, state=state, after=after or None)
    context = {
        "rows": [faces.RowFace.of(one) for one in page.items],
        "next": page.next,
        "after": after,
        "state": state or "",
        "states": [coded(screening_words.POLICY_STATES, one) for one in PolicyState],
        "proposes": seat.may(caller, Deed.PROPOSE_POLICY),
    }
    return shown(request, "web/screening_policies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def new(request: Visit, caller: Caller) -> HttpResponse:
    """The form, filled with the version named by ``like``; a POST proposes."""
    holdings.require(caller, Deed.PROPOSE_POLICY)
    if request.method != "POST":
        like = request.GET.get("like", "")
        begin = queries.whole_for(caller, like).row.text if like else ""
        return _proposing(request, ProposalForm(begin=begin))
    form = ProposalForm(request.POST)
    text = form.text_typed()
    if not text.strip():
        form.add_error("text", OURS[FaultCode.MISSING])
        return _proposing(request, form, status=422)

    def do() -> Answer:
        note = said(form.typed("note"))
        return operations.propose(text, note=note, by=caller, key=key_for(request, caller, [text, note]))

    status, answer = taken(form, do)
    if answer is None:
        return _proposing(request, form, status=status)
    told = msgspec.json.decode(answer.body, type=Proposed)
    if (told.state, told.proposer) == (PolicyState.PROPOSED.value, policy_faces.seat(caller)):
        messages.success(request, _("Proposed. Nobody is judged by it yet: try it, and let it run in shadow."))
    else:
        messages.warning(
            request, _("This very text was proposed before, and nothing was changed. This is how it stands.")
        )
    return redirect("screening-policy", answer.subject)


@require_safe
@seat.seated
def one(request: Visit, caller: Caller, policy: str) -> HttpResponse:
    """One version."""
    return _page(request, caller, policy)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def act(request: Visit, caller: Caller, policy: str, deed: str) -> HttpResponse:
    """Begin the shadow run, decline, or end. Whoever only opens the address is led to the version."""
    if request.method != "POST":
        return redirect("screening-policy", policy)
    queries.whole_for(caller, policy)
    form = _form(deed, request.POST)
    status, answer = taken(form, lambda: _done(request, caller, policy, form))
    if answer is None:
        return _page(request, caller, policy, form=form, status=status)
    messages.success(request, str(DONE[deed]))
    return redirect("screening-policy", policy)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def try_on(request: Visit, caller: Caller, policy: str) -> HttpResponse:
    """Try it on samples; takes as long as they are, and leads to the table."""
    if request.method != "POST":
        return redirect("screening-policy", policy)
    queries.whole_for(caller, policy)
    form = TryForm(request.POST, offers=_offered(caller))
    chosen, live = form.chosen("samples"), bool(form.typed("live"))
    key = key_for(request, caller, [chosen, live])
    status, answer = taken(
        form, lambda: operations.try_on(policy, chosen, live=live, by=caller, at=request.at, key=key)
    )
    if answer is None:
        return _page(request, caller, policy, form=form, status=status)
    messages.success(request, _("Tried. This is what would change."))
    return redirect("screening-backtest", policy, answer.subject)


@require_safe
@seat.seated
def backtest(request: Visit, caller: Caller, policy: str, backtest: str) -> HttpResponse:
    """A table of differences."""
    return _table(request, caller, policy, backtest)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def promote(request: Visit, caller: Caller, policy: str, backtest: str) -> HttpResponse:
    """Let it go live on these figures, which stand above the button."""
    if request.method != "POST":
        return redirect("screening-backtest", policy, backtest)
    queries.backtest_for(caller, policy, backtest)
    form = PromotionForm(request.POST, of="promote")
    if not form.typed("sure"):
        form.add_error("sure", _("Tick it: a version goes live only by somebody who read its figures."))
        return _table(request, caller, policy, backtest, form=form, status=422)

    def do() -> Answer:
        note = form.said()
        key = key_for(request, caller, [backtest, note])
        return operations.promote(policy, backtest=backtest, note=note, by=caller, key=key)

    status, answer = taken(form, do)
    if answer is None:
        return _table(request, caller, policy, backtest, form=form, status=status)
    messages.success(request, _("Promoted. From now on every item is judged by it."))
    return redirect("screening-policy", policy)


def _done(request: Visit, caller: Caller, policy: str, form: WordsForm) -> Answer:
    if form.of == "shadow":
        note = form.said()
        return operations.begin_shadow(policy, note=note, by=caller, key=key_for(request, caller, note))
    reason = form.said(needed=True)
    if form.of == "decline":
        return operations.decline(policy, reason=reason, by=caller, key=key_for(request, caller, reason))
    restore = form.typed("restore") == "restore"
    key = key_for(request, caller, [reason, restore])
    return operations.end(policy, reason=reason, restore=restore, by=caller, key=key)


def _form(deed: str, data: Any = None) -> WordsForm:
    if deed == "end":
        return EndForm(data, of=deed, label=_("Why it is taken back"), help_text=HELP[deed])
    label = _("Why it is declined") if deed == "decline" else _("What you say with it")
    return WordsForm(data, of=deed, label=label, help_text=HELP[deed])


def _offered(caller: Caller) -> list[tuple[str, str]]:
    kept = queries.samples(caller, kept=True).items
    return [(one.pk, f"{one.name} ({one.items:,})") for one in kept]


def _before(request: Visit) -> date | None:
    text = request.GET.get("before", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NotFoundError("page of the counts") from None


def _page(
    request: Visit, caller: Caller, policy: str, *, form: Judged | None = None, status: int = 200
) -> HttpResponse:
    whole = queries.whole_for(caller, policy)
    face = faces.face_of(whole, caller)
    counted = queries.counts(caller, whole.row.pk, before=_before(request))
    offers = {"shadow": face.offers.shadow, "decline": face.offers.decline, "end": face.offers.end}
    forms: dict[str, Judged] = {deed: _form(deed) for deed, is_open in offers.items() if is_open}
    offered = _offered(caller) if face.offers.tries else []
    if face.offers.tries:
        forms["try"] = TryForm(offers=offered)
    if form is not None:
        forms[str(getattr(form, "of", ""))] = form
    context = {
        "policy": face,
        "forms": forms,
        "offered": offered,
        "days": faces.days_of(counted),
        "before": request.GET.get("before", ""),
        "earlier": counted.next,
        "running": trying.running(whole.row.pk),
        "proposes": seat.may(caller, Deed.PROPOSE_POLICY),
        "own": whole.row.proposer_id == caller.person_id,
    }
    return shown(request, "web/screening_policy.html", context, form=form, status=status)


def _table(  # noqa: PLR0913 - a page, whose it is, and what was refused on it.
    request: Visit,
    caller: Caller,
    policy: str,
    backtest: str,
    *,
    form: PromotionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    tried = queries.backtest_for(caller, policy, backtest)
    table = faces.table_of(tried)
    why_not = faces.why_not(tried, tried.policy, caller, live=faces.live_of(caller), at=request.at)
    fresh = form or PromotionForm(of="promote", help_text=_("Optional. It stays with the version."))
    context = {
        "tried": tried,
        "by": policy_faces.seat(tried.made_by),
        "name": f"{tried.policy.name}/{tried.policy.version}",
        "against": f"{tried.against.name}/{tried.against.version}" if tried.against is not None else "",
        "table": table,
        "rows": faces.rows_of(table),
        "would": list(table.shadow.items()),  # Not by the template: a rule may be called "items".
        "samples": list(tried.samples.all()),
        "erased": any(one.erased_at is not None for one in tried.samples.all()),
        "why_not": why_not,
        "banks_changed": queries.banks_changed(caller.party_id, table.banks) if not why_not else [],
        "form": fresh if not why_not or form is not None else None,
        "days": FRESH.days,
    }
    return shown(request, "web/screening_backtest.html", context, form=form, status=status)


def _proposing(request: Visit, form: ProposalForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "beside": form.beside() if status >= 400 else []}
    response = shown(request, "web/screening_policy_new.html", context, form=form, status=status)
    # No "no-store" here: a browser that steps back must find what was typed.
    response["Cache-Control"] = "private, no-cache"
    return response
