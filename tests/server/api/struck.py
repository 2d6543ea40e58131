"""Screening over HTTP, as tests of the API make it: items are screened, hits are held, let go and blocked."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from django.test import Client
from tests.server.api.doors import Reply, named, put
from tests.server.filters.screened import HOLD, PLACE, item
from tests.server.filters.seeding import seed

from mufakat.server.filters.models import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

ONE, MANY, HITS = "/api/v1/screen", "/api/v1/screen/batch", "/api/v1/hits"
_numbers = count(1)


def reviewer(house: House) -> str:
    return house.token("telegram", "reviewer")


def view(path: str, raw: bytes, token: str, *, key: str | None = None) -> Reply:
    """Through Django; the answer may come in pieces."""
    answer: Any = Client().generic(
        "POST", path, raw, content_type="application/x-ndjson", headers=named(token, key, None)
    )
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    return Reply(answer.status_code, {name.lower(): value for name, value in answer.items()}, content)


def held(house: House) -> str:
    """A hit that waits for a reviewer."""
    if not Policy.objects.filter(state="live").exists():
        seed()
    return str(view(ONE, item(HOLD, name=f"{PLACE}{next(_numbers)}"), reviewer(house)).json()["hit"])


def on_a_hit(deed: str) -> Callable[[House, bytes], Reply]:
    """A deed on a hit that waits for it."""
    return lambda house, raw: put(f"{HITS}/{held(house)}/{deed}", raw, reviewer(house))


SENT: dict[str, Callable[[House, bytes], Reply]] = {
    f"post {ONE}": lambda house, raw: view(ONE, raw, reviewer(house)),
    f"post {MANY}": lambda house, raw: view(MANY, raw, reviewer(house)),
    **{f"post {HITS}/{{hit}}/{deed}": on_a_hit(deed) for deed in ("release", "block")},
}
"""How each example is sent."""
