"""The register as an Atom feed: any search of it, newest first, with a link to the next page."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_safe

from mufakat.formats import atom
from mufakat.formats.atom import Feed, Item, Link
from mufakat.server.journal import signer
from mufakat.server.register import doors, queries
from mufakat.server.web import inert, paced, register_faces, register_values
from mufakat.server.web.register_form import SearchForm, query_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mufakat.rules.entries import Entry
    from mufakat.server.web.register_values import Line, Part
    from mufakat.server.web.seat import Visit

URN = "urn:mufakat:register"
LONGEST = 1_000  # Characters of a text that people wrote; the page has it whole.


@require_safe
@paced.through(doors.READING)
def feed(request: Visit) -> HttpResponse:
    """The entries of a search; what cannot be read of the search is refused in one line."""
    told = request.GET.dict()
    form, after = SearchForm(told), told.get("after", "")
    if not form.is_valid():
        wrong = "\n".join(f"{name}: {'; '.join(map(str, says))}" for name, says in form.errors.items())
        return HttpResponse(f"{wrong}\n", status=422, content_type="text/plain; charset=utf-8")
    page = queries.search(form.cleaned_data["q"], form.filters(), after=after or None)
    base = request.build_absolute_uri("/").rstrip("/")
    query, own = query_of(told), base + reverse("register-feed")
    links = [
        Link("self", asked(own, query_of(told, after=after)), "application/atom+xml"),
        Link("alternate", asked(base + reverse("register"), query), "text/html"),
    ]
    if page.next:
        links.append(Link("next", asked(own, query_of(told, after=page.next)), "application/atom+xml"))
    items = [_item(entry, base) for entry in page.items]
    head = Feed(
        id=f"{URN}:{signer.origin(signer.live_shard())}" + (f":{_digest(query)}" if query else ""),
        title=f"Mufakat: {_('Register')}",
        subtitle=query,
        updated=max((item.updated for item in items), default=request.at),
        author="Mufakat",
        language=get_language() or "en",
        links=links,
    )
    return HttpResponse(atom.write(head, items), content_type=atom.MEDIA_TYPE)


def asked(address: str, query: str) -> str:
    """An address with its query, where there is one."""
    return f"{address}?{query}" if query else address


def _digest(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:16]


def _item(entry: Entry, base: str) -> Item:
    row = register_faces.row_of(entry)
    title = ", ".join([str(row.kind.word), *(_words(part) for part in row.title)])
    by = entry.fields.get("recipient" if entry.kind in {"decision", "statement"} else "sender")
    place = reverse("register-entry", args=[row.path, entry.id])
    return Item(
        id=f"{URN}:{entry.id}",
        title=title,
        updated=register_values.moment_of(entry.steps[-1].at if entry.steps else entry.at),
        published=row.at,
        author=by if isinstance(by, str) else "Mufakat",
        summary="\n".join(_summary(entry)),
        links=[Link("alternate", base + place, "text/html")],
        categories=[(f"{URN}:kind", entry.kind), (f"{URN}:state", entry.state)],
    )


def _summary(entry: Entry) -> Iterable[str]:
    for field in register_faces.fields_of(entry):
        if field.because is not None:
            yield f"{field.name.word}: {_('Not shown')} ({field.because.word})"
        else:
            yield f"{field.name.word}: {'; '.join(map(_line, field.lines))}"


def _line(line: Line) -> str:
    return ", ".join(map(_words, line))


def _words(part: Part) -> str:
    """A part as text: foreign words made visible, addresses taken apart, as on the page."""
    label = f"{part.label}: " if part.label else ""
    if part.code is not None:
        return f"{label}{part.code.word} ({part.code.code})"
    if part.at is not None:
        return f"{label}{date_format(part.at, 'c')}"
    if part.address:
        return label + inert.defanged(part.address)
    text = inert.visible(part.handle or part.said or part.plain)
    return label + (text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
