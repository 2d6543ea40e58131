"""What our own letters may say of a notice: codes and times, nothing that anybody wrote (I-14, I-18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mufakat.server.notices.models import Notice

if TYPE_CHECKING:
    from datetime import datetime


class Head(NamedTuple):
    """A notice by its codes."""

    sender: str
    recipient: str
    kind: str
    category: str
    urgency: str
    state: str
    due_at: datetime | None


def head_of(notice: str) -> Head | None:
    """The head of a notice; None where there is no such notice. Not for people: nobody's right to see it is asked."""
    fields = ("sender__handle", "recipient__handle", "kind", "category", "urgency", "state", "due_at")
    found = Notice.objects.filter(pk=notice).values_list(*fields).first()
    return Head(*found) if found else None
