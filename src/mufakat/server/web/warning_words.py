"""The words of documents that people send on a ladder, and of an order as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from mufakat.rules.notice import NoticeKind
from mufakat.rules.profile import Confidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

# What a step proposes, as the title of its document.
TITLES: Mapping[str, Promise] = {
    "warning_letter": _("Letter of warning"),
    "notice_of_intended_block": _("Announcement of an intended block"),
}

# A notice as a document, by its kind.
ORDERS: Mapping[str, Promise] = {
    NoticeKind.ORDER: _("Order"),
    NoticeKind.REQUEST: _("Request"),
    NoticeKind.TRUSTED_FLAG: _("Notice by a trusted flagger"),
}
NOTICE = _("Notice")

# What a letter carries; no amount is ever set here.
CARRIES: Mapping[str, Promise] = {
    "administrative_fine": _("Administrative fine"),
}

CONFIDENCES: Mapping[Confidence, Promise] = {
    Confidence.HIGH: _("Well known"),
    Confidence.MEDIUM: _("Known in part"),
    Confidence.LOW: _("Hardly known: the press alone"),
}
