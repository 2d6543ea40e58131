"""A list as one writes it first: one filter for both sides, Django's Paginator, which counts and skips."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from bench.peer import views
from mufakat.server.api import auth
from mufakat.server.api.answers import NoticeList, reply
from mufakat.server.journal import queries as journal
from mufakat.server.notices.faces import NoticeOut
from mufakat.server.notices.models import Notice
from mufakat.server.notices.queries import Whole

if TYPE_CHECKING:
    from django.http import HttpRequest

PAGE = 50


@csrf_exempt
def collection(request: HttpRequest) -> HttpResponse:
    """Notices are listed or taken."""
    return views.submit(request) if request.method == "POST" else listed(request)


def listed(request: HttpRequest) -> HttpResponse:
    """A page of the party's notices, newest first."""
    at = datetime.now(UTC)
    caller = auth.caller(request.headers.get("Authorization", ""), at=at)
    found = Notice.objects.filter(Q(sender_id=caller.party_id) | Q(recipient_id=caller.party_id))
    if state := request.GET.get("state"):
        found = found.filter(state=state)
    if to := request.GET.get("to"):
        found = found.filter(recipient__handle=to)
    rows = found.select_related("sender", "recipient").prefetch_related("clocks").order_by("-id")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page", "1"))
    custody = journal.custody_of([row.id for row in page])
    items = [NoticeOut.of(Whole(row, list(row.clocks.all()), custody[row.id]), at=at) for row in page]
    following = str(page.next_page_number()) if page.has_next() else None
    return reply(NoticeList(items, following))
