"""What tests of the pages of screening share: addresses, seats, and how a form is sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.server.filters.policing import ITEMS, fill_banks, policy, said
from tests.server.filters.screened import HOLD, NOTIFY, item, screen
from tests.server.web.web_checks import html

from mufakat.server.filters import operations, samples
from mufakat.server.filters.models import Hit, Notification
from mufakat.server.journal.answers import Key

if TYPE_CHECKING:
    from django.test import Client
    from tests.houses import House

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


def one_of_each(house: House) -> dict[str, list[str]]:
    """A platform that screens: a bank, a policy that went all the way, its back-test and sample, and what it hit."""
    first, second, at = house.caller(*FIRST), house.caller(*SECOND), datetime.now(UTC)
    fill_banks(first, second, at)
    pk = said(operations.propose(policy(), by=first))["id"]
    with samples.Receiving(first) as receiving:
        receiving.write(ITEMS)
        key = Key.of(first.party_id, "POST /api/v1/samples", "a sample", b"")
        sample = said(operations.take_sample(receiving, name="last week", by=first, key=key))["id"]
    backtest = said(operations.try_on(pk, [sample], by=first, at=at))["id"]
    operations.begin_shadow(pk, by=first)
    operations.promote(pk, backtest=backtest, by=second)
    screen(item(HOLD))
    screen(item(NOTIFY, name="https://t.me/examplechannel/2"))
    return {
        "bank": ["phrases", "nonsense"],
        "policy": [pk],
        "backtest": [backtest],
        "sample": [sample],
        "hit": list(Hit.objects.values_list("pk", flat=True)),
        "notification": list(Notification.objects.values_list("pk", flat=True)),
    }
