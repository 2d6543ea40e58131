"""What tests of the pages of screening share: addresses, seats, and how a form is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.server.web.web_checks import html

if TYPE_CHECKING:
    from django.test import Client

DESK = "/desk/screening/"
PARTS = ["", "banks", "policies", "policies/new", "samples", "hits", "notifications"]
FIRST, SECOND, REPRESENTATIVE = ("telegram", "reviewer"), ("telegram", "reviewer-2"), ("telegram", "representative")


def key_of(response: Any) -> str:
    match = re.search(r'name="key" value="([^"]+)"', html(response))
    assert match is not None
    return match[1]


def post(client: Client, page: str, to: str | None = None, **told: Any) -> Any:
    """Send a form as it stands on a page of screening; `to` is where it goes, if elsewhere."""
    key = key_of(client.get(f"{DESK}{page}"))
    return client.post(f"{DESK}{page if to is None else to}", {"key": key, **told})


def last(response: Any) -> str:
    """Where a deed led: the last part of the address."""
    assert response.status_code == 302, html(response)
    return str(response["Location"].rpartition("/")[2])
