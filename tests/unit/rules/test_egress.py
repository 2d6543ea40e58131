"""To which addresses nothing is ever sent."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import egress
from mufakat.rules.egress import BadAddressError, Policy

CLOSED = Policy()
INSIDE = [
    "0.0.0.0",  # noqa: S104 - nothing binds to it.
    *("10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::"),
    *("2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1"),
    *("2620:4f:8000::1", "2a00:1450:4001:800:0:5efe:7f00:1", "2a00:1450:4001:800:200:5efe:7f00:1"),
]
OUTSIDE = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1"]
OUTSIDE += ["198.17.255.255", "198.20.0.1", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001:800::200e"]


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_is_sent_inside(address: str) -> None:
    assert egress.refusal(address, scheme="https", port=443, policy=CLOSED) is not None


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_public_is_sent_to(address: str) -> None:
    assert egress.refusal(address, scheme="https", port=443, policy=CLOSED) is None


@pytest.mark.parametrize(
    "text", ["fe80::1%eth0", "0x7f.1", "127.1", "2130706433", "017700000001", "localhost", "", "8.8.8.8/32", " 8.8.8.8"]
)
def test_what_is_not_written_as_an_address_is_none(text: str) -> None:
    assert egress.refusal(text, scheme="https", port=443, policy=CLOSED) is not None


@given(st.ip_addresses(v=4))
def test_whatever_the_library_calls_special_is_refused(address: ipaddress.IPv4Address) -> None:
    special = not address.is_global or address.is_multicast or address.is_reserved
    assert not special or egress.why_not_public(address) is not None


@given(st.ip_addresses(v=6))
def test_whatever_the_library_calls_special_is_refused_in_v6_too(address: ipaddress.IPv6Address) -> None:
    carries = address.ipv4_mapped or address.sixtofour or address.teredo
    special = not address.is_global or address.is_multicast or address.is_reserved or address.is_site_local or carries
    assert not special or egress.why_not_public(address) is not None


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "64:ff9b::", "::"]))
def test_no_address_hides_another(inner: ipaddress.IPv4Address, prefix: str) -> None:
    outer = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | int(inner))
    assert egress.why_not_public(outer) is not None


@given(st.ip_addresses(v=4))
def test_no_6to4_address_hides_another(inner: ipaddress.IPv4Address) -> None:
    assert egress.why_not_public(ipaddress.IPv6Address(0x2002 << 112 | int(inner) << 80)) is not None


@pytest.mark.parametrize(("scheme", "port"), [("https", 80), ("https", 8443), ("http", 443), ("http", 80), ("ftp", 21)])
def test_only_tls_on_its_port_goes_out(scheme: str, port: int) -> None:
    assert egress.refusal("8.8.8.8", scheme=scheme, port=port, policy=CLOSED) is not None


def test_the_operator_may_allow_plain_http_and_a_network() -> None:
    policy = egress.read_policy(["127.0.0.0/8", "http"])
    assert egress.refusal("8.8.8.8", scheme="http", port=80, policy=policy) is None
    assert egress.refusal("127.0.0.1", scheme="http", port=9999, policy=policy) is None
    assert egress.refusal("8.8.8.8", scheme="http", port=8080, policy=policy) is not None
    assert egress.refusal("10.0.0.1", scheme="https", port=443, policy=policy) is not None
    # The same addresses in other clothes are not the network that was allowed.
    assert egress.refusal("::ffff:127.0.0.1", scheme="https", port=443, policy=policy) is not None


@pytest.mark.parametrize("text", ["10.0.0.1/8", "localhost", "https", "256.0.0.0/8", "10.0.0.0/33"])
def test_a_policy_that_cannot_be_read_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of the address library, or ours.
        egress.read_policy([text])


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://hooks.example.org/x?y=1", "hooks.example.org"),
        ("HTTPS://Hooks.Example.org:443/", "hooks.example.org"),
        ("https://8.8.8.8/", "8.8.8.8"),
        ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111"),
        ("https://134744072/", "8.8.8.8"),
    ],
)
def test_a_url_is_read_as_browsers_read_it(text: str, host: str) -> None:
    found = egress.read_url(text, policy=CLOSED)
    assert (found.host, found.scheme, found.port) == (host, "https", 443)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "hooks.example.org", "ftp://hooks.example.org/", "file:///etc/passwd", "https://", "https:///x"),
        *("http://hooks.example.org/", "https://hooks.example.org:8443/", "https://u@hooks.example.org/"),
        *("https://u:p@hooks.example.org/", "https://hooks.example.org/#x", "https://hooks.example.org/#"),
        *("https://127.0.0.1/", "https://127.1/", "https://0x7f.1/", "https://2130706433/", "https://017700000001/"),
        *("https://0/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/"),
        *(
            "https://localhost/",
            "https://localhost./",
            "https://x.localhost/",
            "https://intranet/",
            "https://10.0.0.1/",
        ),
        *("https://\u2460\u2461\u2466.0.0.1/", "https://hooks.example.org/\n", "https://hooks.example.org/ x"),
        "https://hooks.example.org/" + "x" * 2_000,
    ],
)
def test_a_url_that_leads_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(BadAddressError):
        egress.read_url(text, policy=CLOSED)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"https://{text}"):
        try:
            found = egress.read_url(candidate, policy=CLOSED)
        except BadAddressError:
            continue
        address = egress.parse_address(found.host)
        assert (found.scheme, found.port) == ("https", 443)
        assert address is None or egress.why_not_public(address) is None
