"""Mandates for tests of the rules: one that covers everything, and such with terms of their own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from mufakat.locator.kinds import Surface
from mufakat.rules.mandate import Mandate, MandateState, Quota, Terms
from mufakat.rules.notice import Category, NoticeKind
from mufakat.rules.permissions import MANDATED

SINCE = datetime(2017, 7, 1, tzinfo=UTC)


def terms(**changes: Any) -> Terms:
    """Terms that cover everything, with some changed."""
    made: dict[str, Any] = {
        "kinds": tuple(sorted(MANDATED)),
        "categories": tuple(Category),
        "surfaces": tuple(Surface),
        "granted_by": "Republic of Indonesia (example)",
        "legal_source": "UU 11/2008",
        "quota": Quota(20_000, 1_000),
        "review_on": date(2018, 7, 1),
        **changes,
    }
    for name, words in (("kinds", NoticeKind), ("categories", Category), ("surfaces", Surface)):
        made[name] = tuple(map(words, made[name]))
    return Terms(**made)


def mandate(number: int = 1, state: MandateState = MandateState.IN_FORCE, **changes: Any) -> Mandate:
    """A mandate with such terms."""
    return Mandate(f"mnd_{number:026d}", terms(**changes), state, SINCE)


EVERYTHING = (mandate(),)
