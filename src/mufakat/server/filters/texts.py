"""What a version of a policy says: its text never changes, so what was read of it is kept."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from mufakat.formats import policies as format_
from mufakat.server.filters.models import Policy

if TYPE_CHECKING:
    from mufakat.screening.policy import Policy as Rules

KEPT = 64  # Versions that are kept as they were read: the largest takes seconds to read.


@lru_cache(maxsize=KEPT)
def rules_of(policy: str) -> Rules:
    """The rules of a version (its id). Its banks and tests were looked at when it was proposed."""
    text = Policy.objects.values_list("text", flat=True).get(pk=policy)
    return format_.parse(text.encode(), tests=False)
