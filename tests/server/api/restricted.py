"""Restrictions over HTTP, as tests of the API make them: the examples are proposed, approved, published and lifted."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import override_settings
from tests.server.api.doors import Reply, put

from mufakat.server.api import components
from mufakat.server.restrictions import operations

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

RESTRICTIONS = "/api/v1/restrictions"
ONE = f"{RESTRICTIONS}/{{restriction}}"
PROTECTED = "/api/v1/protected-names"
RESOLVERS = "/api/v1/resolvers"
# No resolver stands at the addresses of documentation; the house of these tests may ask them.
ASKED = ipaddress.ip_network("192.0.2.0/24")
KEYS = count()


def officer(house: House) -> str:
    return house.token("kominfo", "officer")


def service(house: House) -> str:
    return house.token("telegram", "representative")


def engineer(house: House, handle: str = "isp-a") -> str:
    return house.token(handle, "engineer")


def key() -> str:
    return f"restriction-{next(KEYS)}"


def order(raw: bytes | None = None, **changes: Any) -> bytes:
    """The order of the example with some members changed. Its times are of today: an order ends soon."""
    now = datetime.now(UTC)
    times = {"review_at": (now + timedelta(days=20)).isoformat(), "sunset_at": (now + timedelta(days=60)).isoformat()}
    made = components.examples()["RestrictionIn"] if raw is None else json.loads(raw)
    return json.dumps({**made, **times, **changes}).encode()


def proposed(house: House, raw: bytes | None = None) -> Reply:
    return put(RESTRICTIONS, order(raw), officer(house), key())


def approved(house: House, **changes: Any) -> str:
    """An order with both approvals; its id."""
    answer = put(RESTRICTIONS, order(**changes), officer(house), key())
    assert answer.status == 201, answer.says
    made: str = answer.json()["id"]
    for seat in ("approver", "approver-2"):
        answer = put(f"{RESTRICTIONS}/{made}/approval", {"note": "Read."}, house.token("kominfo", seat))
        assert answer.status == 200, answer.says
    return made


def published(house: House, **changes: Any) -> str:
    """One that is on the lists of its operators."""
    made = approved(house, **changes)
    answer = put(f"{RESTRICTIONS}/{made}/objection", {"note": "We removed the channels."}, service(house))
    assert answer.status == 200, answer.says
    publish()
    return made


def publish() -> None:
    """What is ready goes on the lists."""
    operations.publish_due(at=datetime.now(UTC) + timedelta(seconds=2))


def on_one(deed: str, made: Callable[[House], str], token: Callable[[House], str]) -> Callable[[House, bytes], Reply]:
    """A deed on a restriction that is made for it."""

    def sent(house: House, raw: bytes) -> Reply:
        return put(f"{RESTRICTIONS}/{made(house)}/{deed}", raw, token(house))

    return sent


def fresh(house: House) -> str:
    made: str = proposed(house).json()["id"]
    return made


def protected(house: House, raw: bytes) -> Reply:
    return put(PROTECTED, raw, house.token("mufakat", "admin"), key())


def released(house: House, raw: bytes) -> Reply:
    told = components.examples()["ProtectedIn"]
    protected(house, json.dumps(told).encode())
    return put(f"{PROTECTED}/{told['name']}/release", raw, house.token("mufakat", "admin"))


def resolver_networks() -> Any:
    """Settings of the probes under which the addresses of documentation may be asked."""
    return replace(settings.MUFAKAT_PROBES, networks=(ASKED,))


def resolver_set(house: House, raw: bytes) -> Reply:
    with override_settings(MUFAKAT_PROBES=resolver_networks()):
        return put(RESOLVERS, raw, engineer(house), key())


def resolver_removed(house: House, raw: bytes) -> Reply:
    made = resolver_set(house, json.dumps(components.examples()["ResolverIn"]).encode()).json()["id"]
    return put(f"{RESOLVERS}/{made}/removal", raw, engineer(house))


SENT: dict[str, Callable[[House, bytes], Reply]] = {
    f"post {RESTRICTIONS}": proposed,
    f"post {ONE}/approval": on_one("approval", fresh, lambda house: house.token("kominfo", "approver")),
    f"post {ONE}/objection": on_one("objection", fresh, service),
    f"post {ONE}/lifting": on_one("lifting", published, officer),
    f"post {ONE}/confirmation": on_one("confirmation", published, engineer),
    f"post {PROTECTED}": protected,
    f"post {PROTECTED}/{{name}}/release": released,
    f"post {RESOLVERS}": resolver_set,
    f"post {RESOLVERS}/{{resolver}}/removal": resolver_removed,
}
"""How each example is sent."""
MADE = frozenset({f"post {RESTRICTIONS}", f"post {PROTECTED}", f"post {RESOLVERS}"})
"""What makes something."""
