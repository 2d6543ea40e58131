"""The variables about the probes: read whole, or refused in one line."""

from __future__ import annotations

import ipaddress

import pytest

from mufakat.rules.probing import Reach
from mufakat.server.runtime import probe_environment
from mufakat.server.runtime.environment import EnvironmentValueError


def test_nothing_is_allowed_by_itself() -> None:
    assert probe_environment.read({}) == Reach()


def test_everything_is_read() -> None:
    told = {"MUFAKAT_RESOLVER_ALLOW": "127.0.0.0/8, 2001:db8::/32", "MUFAKAT_PROBE_REFERENCE": "9.9.9.9"}
    networks = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("2001:db8::/32"))
    assert probe_environment.read(told) == Reach(networks, ("9.9.9.9", 53))


def test_a_reference_may_have_a_port() -> None:
    assert probe_environment.read({"MUFAKAT_PROBE_REFERENCE": "::1#5353"}).reference == ("::1", 5353)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MUFAKAT_RESOLVER_ALLOW", "127.0.0.1/8"),
        ("MUFAKAT_RESOLVER_ALLOW", "localhost"),
        ("MUFAKAT_RESOLVER_ALLOW", "10.0.0.0/33"),
        ("MUFAKAT_PROBE_REFERENCE", "dns.example.net"),
        ("MUFAKAT_PROBE_REFERENCE", "9.9.9.9#"),
        ("MUFAKAT_PROBE_REFERENCE", "9.9.9.9#0"),
        ("MUFAKAT_PROBE_REFERENCE", "9.9.9.9#65536"),
        ("MUFAKAT_PROBE_REFERENCE", "9.9.9.9#99999999999"),
        ("MUFAKAT_PROBE_REFERENCE", "9.9.9.9#²"),
        ("MUFAKAT_PROBE_REFERENCE", "9.9.9.9:53"),
    ],
)
def test_a_bad_value_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(EnvironmentValueError, match=name):
        probe_environment.read({name: value})
