"""Documents that can be printed, in Indonesian and in English side by side: letters of a ladder, and the order itself.

Both sheets are made of the same facts; what a person wrote stands on both as it was written, marked with its language.
Each says how well the rule behind it is known, and carries its receipt.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.http import require_safe

from mufakat.rules import clock as clocks_of, warning
from mufakat.rules.permissions import MANDATED
from mufakat.rules.profile import Certainty
from mufakat.server.agreements import profiles
from mufakat.server.journal import queries as events
from mufakat.server.notices import queries, warning_faces
from mufakat.server.notices.warning_faces import WarningOut
from mufakat.server.web import faces, seat, warning_words, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from mufakat.rules.profile import Profile
    from mufakat.server.notices.queries import Notice
    from mufakat.server.notices.warning_faces import SentWarning
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.seat import Visit
    from mufakat.server.web.words import Coded

TONGUES = ("id", "en")
SURE = Certainty.PRIMARY_READ


@dataclass(frozen=True, slots=True)
class Following:
    """What the ladder puts to people next, and not before when."""

    title: Coded
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """By which rule, where it is written, and how well it is known; `sure` where we read the text itself."""

    profile: str
    title: str
    confidence: Coded
    certainty: Coded
    sure: bool
    article: str
    sources: Sequence[str]
    note: str


@require_safe
@seat.seated
def shown(request: Visit, caller: Caller, warning: str) -> HttpResponse:
    """One document of a ladder, in both languages."""
    row, event = warning_faces.get_for(caller, warning)
    out = WarningOut.of(row, event)
    notice = queries.get_for(caller, row.notice_id)
    rules_of = profiles.load(notice.profile)
    step = warning_faces.step_of(row)
    context = {
        **_about(request, caller, notice),
        "title": words.coded(warning_words.TITLES, out.proposes),
        "reference": f"{out.letter.code if out.letter else out.proposes}/{out.id}",
        "called": step.called if step is not None else None,
        "letter": out.letter,
        "carries": words.coded(warning_words.CARRIES, out.letter.carries)
        if out.letter and out.letter.carries
        else None,
        "sent_at": row.sent_at,
        "of_order": False,
        "ground": out.legal_ground,
        "text": out.text,
        "language": out.language,
        "weighed": out.reasons_weighed,
        "weighs": row.weighs or row.weighed,
        "known": _known(row, rules_of),
        "late": faces.clock_face(row.task.clock, rules_of.clock(row.task.clock.name), at=row.sent_at),
        "following": _following(row, rules_of),
        "receipt": out.receipt,
        "leaf": out.leaf,
        "file": f"{event.id}.receipt",
        "event": event.id,
        "keys_url": request.build_absolute_uri(f"/log/{event.shard}/keys.json"),
    }
    return _page(request, context)


@require_safe
@seat.seated
def order(request: Visit, caller: Caller, notice: str) -> HttpResponse:
    """The notice itself as a document: of an authority the order with which the ladder begins."""
    found = queries.get_for(caller, notice)
    whole = queries.whole(found)
    first = events.first_event_of(found.id)
    rules_of = profiles.load(found.profile)
    draft = faces.draft_of(queries.body(found))
    named = next((one for one in rules_of.kinds if one.kind == found.kind), None)
    title = warning_words.ORDERS.get(found.kind, warning_words.NOTICE)
    due = [faces.clock_face(one, rules_of.clock(one.name), at=request.at) for one in whole.clocks]
    began = [one for one, row in zip(due, whole.clocks, strict=True) if row.started_at == found.received_at]
    context = {
        **_about(request, caller, found),
        "title": words.Coded(found.kind, title),
        "called": named.called if named is not None else None,
        "code": named.code if named is not None else None,
        "named": words.coded(words.CERTAINTIES, named.certainty) if named is not None else None,
        "reference": f"{(named.code if named is not None else None) or found.kind}/{found.id}",
        "sent_at": found.received_at,
        "of_order": True,
        "with_authority": found.kind in MANDATED,
        "ground": draft.legal_ground if draft else None,
        "terms": draft.terms_ground if draft else None,
        "text": draft.explanation if draft else None,
        "language": found.language,
        "measures": faces.codes(words.MEASURES, draft.requested_measures) if draft else [],
        "clocks": began,
        "profile": rules_of,
        "confidence": words.coded(warning_words.CONFIDENCES, rules_of.certainty),
        "receipt": whole.custody,
        "leaf": base64.b64encode(bytes(found.leaf_hash)).decode(),
        "file": f"{found.id}.receipt",
        "event": first.id,
        "keys_url": request.build_absolute_uri(f"/log/{first.shard}/keys.json"),
    }
    return _page(request, context)


def _page(request: Visit, context: dict[str, Any]) -> HttpResponse:
    """Each sheet in its own language, whatever the language of the page around them."""
    sheets = []
    for tongue in TONGUES:
        with translation.override(tongue):
            sheets.append((tongue, render_to_string("web/sheet.html", {**context, "tongue": tongue})))
    return render(request, "web/sheets.html", {**context, "sheets": sheets})


def _about(request: Visit, caller: Caller, notice: Notice) -> dict[str, Any]:
    sender, recipient = notice.sender, notice.recipient
    return {
        "notice": notice,
        "sender": sender,
        "recipient": recipient,
        "sent": notice.sender_id == caller.party_id,
        "kind": words.coded(words.KINDS, notice.kind),
        "category": words.coded(words.CATEGORIES, notice.category),
        "urgency": words.coded(words.URGENCIES, notice.urgency),
        "links": faces.link_faces(queries.pointers(notice)),
        "at": request.at,
        "page_url": request.build_absolute_uri(request.path),
        "notice_url": request.build_absolute_uri(f"/desk/notices/{notice.id}"),
    }


def _known(row: SentWarning, rules_of: Profile) -> Known:
    rule = warning_faces.rule_of(row)
    certainty = Certainty(rule.certainty)
    named = {source.id: source.ref for source in rules_of.sources}
    return Known(
        rule.profile,
        rules_of.title,
        words.coded(warning_words.CONFIDENCES, rules_of.certainty),
        words.coded(words.CERTAINTIES, certainty),
        certainty is SURE,
        rule.article or "",
        [named.get(one, one) for one in rule.sources],
        rule.note or "",
    )


def _following(row: SentWarning, rules_of: Profile) -> Following | None:
    """The step after this one that people send; its time is counted from when this one was sent."""
    ladder = rules_of.ladder_of(row.task.clock.name)
    if ladder is None:
        return None
    steps = warning.documents(ladder)
    place = next((number for number, step in enumerate(steps) if step.name == row.step), len(steps))
    if place + 1 >= len(steps):
        return None
    step = steps[place + 1]
    counts = step.counted_from == row.step
    at = clocks_of.due_at(step.after, at=row.sent_at, calendars=rules_of.calendars) if counts else None
    title = words.coded(warning_words.TITLES, step.proposes or step.name)
    return Following(title if step.letter is None else words.Coded(step.letter.code, title.word), at)
