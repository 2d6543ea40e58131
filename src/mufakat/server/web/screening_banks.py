"""Banks at the desk: opened, filled by hand or by a file, looked at by a second person, retracted, handed out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mufakat.rules.errors import DocumentRefusedError, NotFoundError, NotNowError
from mufakat.rules.filtering import EntryState
from mufakat.rules.permissions import Deed
from mufakat.server.filters import bank_faces, holdings, operations, queries
from mufakat.server.journal.errors import WriteError
from mufakat.server.web import errors, importing, once, screening_files, screening_words, seat
from mufakat.server.web.draft_form import english
from mufakat.server.web.screening_bank_forms import BankForm, EntriesForm, EntryForm, ImportForm
from mufakat.server.web.screening_desk import key_for, shown, taken
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    import io
    from collections.abc import Mapping
    from datetime import datetime

    from django.http import HttpResponse, StreamingHttpResponse
    from django.utils.functional import Promise

    from mufakat.rules.fault import Fault
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.agreement_forms import Judged
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

MOVED: Mapping[str, Promise] = {
    "accept": gettext_lazy("Entries that act from now on: %d."),
    "decline": gettext_lazy("Entries that were declined: %d."),
    "retract": gettext_lazy("Entries that act no more: %d. What they hit is restored by and by."),
}
ACCEPT, DECLINE, RETRACT = "accept", "decline", "retract"
FAULTS = 50  # Lines that are named after an import.
STANDING = frozenset({EntryState.SHADOW, EntryState.LIVE})


class Added(msgspec.Struct):
    """What an answer says came in; what stood there already is not in it."""

    taken: list[str]


class Moved(msgspec.Struct):
    """What an answer says was changed; what stood so already is not in it."""

    changed: list[str]


@dataclass(frozen=True, slots=True)
class EntryFace:
    """An entry on the page."""

    name: str
    value: str
    category: str
    ground: str
    source: str
    author: str
    state: Coded
    origin: Coded
    notice: str
    added_by: str
    added_at: datetime
    own: bool
    reviewed_by: str
    reviewed_at: datetime | None
    note: str
    retracted_by: str
    retracted_at: datetime | None
    reason: str
    review_at: datetime | None
    expires_at: datetime | None
    standing: bool

    @classmethod
    def of(cls, row: Any, said: Mapping[str, str], viewer: Caller) -> EntryFace:
        """The face of a row; `said` is what events say in words."""
        return cls(
            row.name,
            row.value,
            row.category,
            row.ground,
            row.source,
            row.author,
            coded(screening_words.ENTRY_STATES, row.state),
            coded(screening_words.ORIGINS, row.origin),
            row.notice,
            bank_faces.seat(row.added_by) or "",
            row.added_at,
            row.added_by_id == viewer.person_id,
            bank_faces.seat(row.reviewed_by) or "",
            row.reviewed_at,
            said.get(row.reviewed_event, ""),
            bank_faces.seat(row.retracted_by) or "",
            row.retracted_at,
            said.get(row.retracted_event, ""),
            row.review_at,
            row.expires_at,
            EntryState(row.state) in STANDING,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def listed(request: Visit, caller: Caller) -> HttpResponse:
    """Our banks, by name; a POST opens one."""
    if request.method != "POST":
        return _list(request, caller, BankForm())
    holdings.require(caller, Deed.MANAGE_BANKS)
    form = BankForm(request.POST)
    raw = form.body()
    status, answer = taken(form, lambda: operations.open_bank(raw, by=caller, key=key_for(request, caller, raw)))
    if answer is None:
        return _list(request, caller, form, status=status)
    messages.success(request, _("Opened. Put something in; nothing acts before a second person looked at it."))
    return redirect("screening-bank", form.typed("name"))


@require_safe
@seat.seated
def one(request: Visit, caller: Caller, bank: str) -> HttpResponse:
    """A bank with its entries, a page at a time."""
    return _page(request, caller, bank)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def add(request: Visit, caller: Caller, bank: str) -> HttpResponse:
    """Put one entry in by hand."""
    if request.method != "POST":
        return _adding(request, caller, bank, EntryForm())
    operations.own_bank(caller, bank)
    form = EntryForm(request.POST)
    raw = form.body()
    status, answer = taken(
        form, lambda: operations.add_entries(bank, raw, by=caller, key=key_for(request, caller, raw))
    )
    if answer is None:
        return _adding(request, caller, bank, form, status=status)
    if msgspec.json.decode(answer.body, type=Added).taken:
        messages.success(request, _("Put in, in shadow. Another reviewer has to look at it before it acts."))
    else:
        messages.warning(
            request, _("The bank has this entry already, and nothing was changed: it stands as it was put in.")
        )
    return redirect("screening-bank", bank)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def import_(request: Visit, caller: Caller, bank: str) -> HttpResponse:
    """Import a file: all of it, or with `partial` its sound lines. Doing it again doubles nothing."""
    if request.method != "POST":
        return _adding(request, caller, bank, ImportForm())
    operations.own_bank(caller, bank)
    form = ImportForm(request.POST)
    stream, status = screening_files.bank_of(request, form)
    if stream is None:
        return _adding(request, caller, bank, form, status=status)
    status, took = _imported(caller, bank, stream, form)
    if took is None:
        return _adding(request, caller, bank, form, status=status)
    if took.faults:
        # Not by a message behind a redirect: messages travel in a cookie, and there may be many lines.
        told = {"told": took.said(), "faults": took.faults, "key": once.new_key()}
        return _adding(request, caller, bank, ImportForm(), told=told)
    messages.success(request, took.said())
    return redirect("screening-bank", bank)


@require_http_methods(["GET", "HEAD", "POST"])
@seat.seated
def move(request: Visit, caller: Caller, bank: str) -> HttpResponse:
    """Review or retract what is ticked, or what the page showed. Whoever only opens the address is led to the bank."""
    if request.method != "POST":
        return redirect("screening-bank", bank)
    queries.bank(caller, bank)
    form = _words(request.POST)
    deed, _slash, which = request.POST.get("deed", "").partition("-")
    entries = form.chosen("shown" if which == "shown" else "entry")
    if deed not in {ACCEPT, DECLINE, RETRACT}:
        raise NotFoundError("deed")
    if not entries:
        form.add_error(None, _("Tick the entries that you mean."))
        return _page(request, caller, bank, form=form, status=422)
    raw = form.body(entries, accept=None if deed == RETRACT else deed == ACCEPT)
    operation = operations.retract_entries if deed == RETRACT else operations.review_entries
    status, answer = taken(form, lambda: operation(bank, raw, by=caller, key=key_for(request, caller, raw)))
    if answer is None:
        return _page(request, caller, bank, form=form, status=status)
    messages.success(request, str(MOVED[deed]) % len(msgspec.json.decode(answer.body, type=Moved).changed))
    # Whoever looks through what waits goes on there, and not at the beginning of everything.
    state, page = request.GET.get("state", ""), reverse("screening-bank", args=[bank])
    return redirect(f"{page}?state={state}" if state in set(EntryState) else page)


@require_safe
@seat.seated
def file(request: Visit, caller: Caller, bank: str) -> StreamingHttpResponse:
    """What stands in the bank, as a file that can be imported again."""
    del request
    return importing.download(queries.export(caller, bank), f"{bank}.ndjson", "application/x-ndjson")


@dataclass
class Took:
    """What became of the lines of a file, and the first of those of which something should be known."""

    taken: int = 0
    repeated: int = 0
    refused: int = 0
    faults: list[Fault] = field(default_factory=list)

    def said(self) -> str:
        """In a sentence."""
        counted = {name: f"{getattr(self, name):,}" for name in ("taken", "repeated", "refused")}
        return (
            _("Imported, in shadow: %(taken)s entries. There already: %(repeated)s. Not taken: %(refused)s.") % counted
        )


def _imported(caller: Caller, bank: str, stream: io.BytesIO, form: ImportForm) -> tuple[int, Took | None]:
    """Judge the file, then take it; else the status, with every fault in the form."""
    partial = bool(form.typed("partial"))
    made = Took()
    try:
        operations.check_import(stream, bank, by=caller, partial=partial)
        stream.seek(0)
        for step in operations.import_entries(stream, bank, by=caller, partial=partial):
            made.taken, made.repeated = made.taken + step.taken, made.repeated + step.repeated
            made.refused += len({one.line for one in step.refused})  # A line may have several faults.
            made.faults = [*made.faults, *step.refused, *step.noted][:FAULTS]
    except DocumentRefusedError as error:
        form.place(error.faults)
        return 422, None
    except NotNowError as error:
        form.add_error(None, english(str(error)))
        return 409, None
    except WriteError as error:
        status, title, says = errors.told(error)
        form.add_error(None, f"{title}. {says}")
        return status, None
    return 200, made


def _list(request: Visit, caller: Caller, form: BankForm, *, status: int = 200) -> HttpResponse:
    context = {
        "rows": [
            {
                "row": each.row,
                "kind": coded(screening_words.BANK_KINDS, each.row.kind),
                "live": each.counts.get(EntryState.LIVE.value, 0),
                "shadow": each.counts.get(EntryState.SHADOW.value, 0),
            }
            for each in queries.banks(caller)
        ],
        "form": form if seat.may(caller, Deed.MANAGE_BANKS) else None,
    }
    return shown(request, "web/screening_banks.html", context, form=form, status=status)


def _page(request: Visit, caller: Caller, bank: str, *, form: Judged | None = None, status: int = 200) -> HttpResponse:
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    if (state and state not in set(EntryState)) or (after and not _is_place(after)):
        raise NotFoundError("page of the entries")
    whole = queries.bank(caller, bank)
    page = queries.entries(caller, bank, state=EntryState(state) if state else None, after=after or None)
    rows = [EntryFace.of(row, page.said, caller) for row in page.items]
    manages = seat.may(caller, Deed.MANAGE_BANKS)
    context = {
        "bank": whole.row,
        "by": bank_faces.seat(whole.row.made_by),
        "kind": coded(screening_words.BANK_KINDS, whole.row.kind),
        "counts": [(coded(screening_words.ENTRY_STATES, one), whole.counts.get(one.value, 0)) for one in EntryState],
        "stats": queries.stats(caller, bank, at=request.at),
        "rows": rows,
        "others": [row.name for row in rows if row.state.code == EntryState.SHADOW and not row.own],
        "next": page.next,
        "after": after,
        "state": state,
        "ticked": set(request.POST.getlist("entry")),
        "manages": manages,
        "moves": manages and any(row.standing for row in rows),
        "form": form
        or EntriesForm(of="entries", label=_("Note or reason"), help_text=_("A retraction needs a reason.")),
    }
    return shown(request, "web/screening_bank.html", context, form=form, status=status)


def _adding(  # noqa: PLR0913 - a form, whose it is, and what was refused or taken.
    request: Visit,
    caller: Caller,
    bank: str,
    form: EntryForm | ImportForm,
    *,
    status: int = 200,
    told: Mapping[str, Any] | None = None,
) -> HttpResponse:
    row = operations.own_bank(caller, bank)
    template = "web/screening_entry_new.html" if isinstance(form, EntryForm) else "web/screening_bank_import.html"
    context = {"bank": row, "kind": coded(screening_words.BANK_KINDS, row.kind), "form": form, **(told or {})}
    return shown(request, template, context, form=form, status=status)


def _words(data: Any = None) -> EntriesForm:
    return EntriesForm(data, of="entries", label=_("Note or reason"), help_text=_("A retraction needs a reason."))


def _is_place(after: str) -> bool:
    return after.isascii() and after.isdigit() and len(after) < 19
