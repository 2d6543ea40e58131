"""The variables about the lists in the DNS: read whole, or refused in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mufakat.formats import rpz
from mufakat.server.connectors.dns.configuration import DNS
from mufakat.server.runtime import dns_environment
from mufakat.server.runtime.environment import EnvironmentValueError

if TYPE_CHECKING:
    from pathlib import Path

KEY = 'key "publisher" {\n\talgorithm hmac-sha256;\n\tsecret "c2l4dGVlbiBieXRlcyEhIQ==";\n};\n'


@pytest.fixture
def key(tmp_path: Path) -> str:
    path = tmp_path / "publisher.key"
    path.write_text(KEY)
    return str(path)


def test_without_a_primary_nothing_is_sent() -> None:
    assert dns_environment.read({}) == DNS()
    assert DNS().timers.expire == 86_400  # The longest that a list outlives us.


def test_everything_is_read(key: str) -> None:
    found = dns_environment.read(
        {
            "MUFAKAT_DNS_PRIMARY": "192.0.2.10, ns.example.org:5353,[2001:db8::1]:53",
            "MUFAKAT_DNS_KEY_FILE": key,
            "MUFAKAT_DNS_ZONE": "Lists.Example.Org.",
            "MUFAKAT_DNS_EXPIRE": "40",
        }
    )
    assert found.primaries == (("192.0.2.10", 53), ("ns.example.org", 5353), ("2001:db8::1", 53))
    assert found.key is not None
    assert (found.suffix, found.key.name) == ("lists.example.org", "publisher")
    assert found.timers == rpz.Timers(refresh=10, retry=10, expire=40)


@pytest.mark.parametrize(
    "told",
    [
        {"MUFAKAT_DNS_PRIMARY": "192.0.2.10"},
        {"MUFAKAT_DNS_KEY_FILE": "KEY"},
        {"MUFAKAT_DNS_PRIMARY": "192.0.2.10:0", "MUFAKAT_DNS_KEY_FILE": "KEY"},
        {"MUFAKAT_DNS_PRIMARY": "192.0.2.10:99999", "MUFAKAT_DNS_KEY_FILE": "KEY"},
        {"MUFAKAT_DNS_PRIMARY": "dns://192.0.2.10", "MUFAKAT_DNS_KEY_FILE": "KEY"},
        {"MUFAKAT_DNS_PRIMARY": "192.0.2.10", "MUFAKAT_DNS_KEY_FILE": "/nowhere/at/all"},
        {"MUFAKAT_DNS_PRIMARY": "192.0.2.10", "MUFAKAT_DNS_KEY_FILE": "/proc/self/status"},
        {"MUFAKAT_DNS_ZONE": "two..dots"},
        {"MUFAKAT_DNS_ZONE": "x" * 64},
        {"MUFAKAT_DNS_ZONE": ".".join(["x" * 60] * 2)},
        {"MUFAKAT_DNS_EXPIRE": "86401"},
        {"MUFAKAT_DNS_EXPIRE": "1"},
        {"MUFAKAT_DNS_EXPIRE": "a day"},
    ],
)
def test_a_value_that_cannot_be_used_is_named(told: dict[str, str], key: str) -> None:
    environ = {name: value.replace("KEY", key) for name, value in told.items()}
    with pytest.raises(EnvironmentValueError, match="MUFAKAT_DNS_"):
        dns_environment.read(environ)
