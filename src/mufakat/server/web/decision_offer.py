"""The decision form on the page of a notice, where this seat may decide in this state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from mufakat.rules import lifecycle
from mufakat.rules.errors import IllegalTransitionError
from mufakat.rules.lifecycle import NoticeDeed, NoticeState
from mufakat.rules.permissions import Deed
from mufakat.server.web import once, seat
from mufakat.server.web.decision_form import DecisionForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.notice import Draft
    from mufakat.server.notices.queries import Notice
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.faces import LinkFace


def form_of(draft: Draft | None, links: Sequence[LinkFace], data: Any = None) -> DecisionForm:
    """The form for one notice; its language is that of the notice by default."""
    language = draft.language if draft else (get_language() or "en")[:2]
    return DecisionForm(data, links=links, draft=draft, language=language)


def part(  # noqa: PLR0913 - the notice, what the page has read of it, and the form as it was sent.
    caller: Caller,
    found: Notice,
    draft: Draft | None,
    links: Sequence[LinkFace],
    *,
    barred: bool,
    sent: DecisionForm | None = None,
    key: str = "",
) -> dict[str, Any]:
    """What the page of a notice shows of this: the form, where this seat may decide in this state.

    `barred` says that a decision of this person on the notice was reversed: somebody else decides anew (I-08).
    """
    offered = may_decide(caller, found)
    if sent is None and (barred or not offered):
        return {"decides_anew": barred and offered}
    form = sent or form_of(draft, links)
    return {
        "decide": form,
        "decide_key": key or once.new_key(),
        "decide_summary": form.summary() if form.errors else [],
    }


def may_decide(caller: Caller, found: Notice) -> bool:
    """Whether the form stands there."""
    if found.recipient_id != caller.party_id or not seat.may(caller, Deed.DECIDE):
        return False
    try:
        lifecycle.advance(NoticeState(found.state), NoticeDeed.DECIDE)
    except IllegalTransitionError:
        return False
    return True
