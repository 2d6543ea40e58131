"""Hosts: names, addresses, suffixes, and how people read them."""

from __future__ import annotations

import pytest

from mufakat.locator import Kind, Locator, Reason, Refusal, is_public_suffix, parse, registrable_domain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web.telegram.org", "web.telegram.org"),
        ("Situs.Example", "situs.example"),
        ("situs.example.", "situs.example"),
        ("situs.test", "situs.test"),
        ("situs.invalid", "situs.invalid"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--r8jz45g.xn--zckzah", "xn--r8jz45g.xn--zckzah"),
        ("situs%2Eexample", "situs.example"),
        ("blogspot.com", "blogspot.com"),
        ("github.io", "github.io"),
        ("www.ck", "www.ck"),
        ("8.8.8.8", "8.8.8.8"),
        ("2606:4700::1111", "[2606:4700::1111]"),
        ("[2606:4700::1111]", "[2606:4700::1111]"),
        ("2606:4700::", "[2606:4700::]"),
        ("64:ff9b::808:808", "[64:ff9b::808:808]"),
        ("2002:808:808::1", "[2002:808:808::1]"),
    ],
)
def test_a_bare_host_is_a_host_in_its_canonical_form(text: str, expected: str) -> None:
    found = parse(text)

    assert isinstance(found, Locator)
    assert (found.kind, found.canonical, found.host) == (Kind.HOST, expected, expected)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1.1.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse, not to listen at.
        "10.1.2.3",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "0x7f.1",
        "127.1",
        "2130706433",
        "017700000001",
        "①②⑦.0.0.1",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:8.8.8.8]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a00:1]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2002:a00:1::]",
        "[2001::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[fc00::1]",
        "[ff02::1]",
        "printer.local",
        "situs.localhost",
        "db.internal",
        "router.home.arpa",
    ],
)
def test_addresses_that_the_public_cannot_reach_are_refused(host: str) -> None:
    found = parse(f"https://{host}/")

    assert isinstance(found, Refusal)
    assert found.reason is Reason.PRIVATE_ADDRESS


@pytest.mark.parametrize("text", ["0x7f.1", "127.0.0.1", "::1", "fe80::1", "[::1]", "10.2"])
def test_private_addresses_without_scheme_are_refused_as_such(text: str) -> None:
    found = parse(text)

    assert isinstance(found, Refusal)
    assert found.reason is Reason.PRIVATE_ADDRESS


@pytest.mark.parametrize(
    "text",
    [
        "localhost",
        "https://localhost/",
        "localhost:8000",
        "intranet",
        "https://intranet/a",
        "example",
        "134744072",
        "8.2056",
        "a..b.example",
        "https://.situs.example/",
        "-a.example",
        "a-.example",
        "*.situs.example",
        "a,b.example",
        "xn--a.example",
        "https://xn--zz--.example/",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5) + ".example",
        "a/b",
    ],
)
def test_hosts_that_cannot_be_are_refused(text: str) -> None:
    found = parse(text)

    assert isinstance(found, Refusal)
    assert found.reason is Reason.BAD_HOST


@pytest.mark.parametrize(
    "text", ["com", "co.id", "CO.ID.", "https://co.id/", "https://go.id/a", "kawasaki.jp", "xn--p1ai"]
)
def test_suffixes_of_registries_are_refused(text: str) -> None:
    found = parse(text)

    assert isinstance(found, Refusal)
    assert found.reason is Reason.PUBLIC_SUFFIX


@pytest.mark.parametrize(
    ("text", "display"),
    [
        ("例え.テスト", "例え.テスト"),
        ("https://яндекс.рф/1", "https://яндекс.рф/1"),
        ("https://münchen.de:8443/", "https://münchen.de:8443/"),
        ("аррӏе.com", "xn--80ak6aa92e.com"),  # noqa: RUF001 - the classic deceit in Cyrillic letters.
        ("https://аррӏе.com/x", "https://xn--80ak6aa92e.com/x"),  # noqa: RUF001 - the same.
        ("t.me/contoh", "tg:username:contoh"),
        ("situs.example", "situs.example"),
    ],
)
def test_people_read_unicode_only_where_it_cannot_deceive(text: str, display: str) -> None:
    found = parse(text)

    assert isinstance(found, Locator)
    assert found.display == display


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://Situs.example:8443/a", "situs.example"),
        ("https://[2606:4700::1111]:8443/a", "[2606:4700::1111]"),
        ("ftp://situs.example/a", "situs.example"),
        ("sha256:" + "a" * 64, None),
        ("https://telegra.ph/Judul-07-14", "telegra.ph"),
    ],
)
def test_the_host_of_a_locator_is_without_port(text: str, host: str | None) -> None:
    found = parse(text)

    assert isinstance(found, Locator)
    assert found.host == host


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.situs.co.id", "situs.co.id"),
        ("WWW.Situs.CO.ID.", "situs.co.id"),
        ("situs.example", "situs.example"),
        ("a.b.situs.example", "situs.example"),
        ("nama.github.io", "nama.github.io"),
        ("x.nama.github.io", "nama.github.io"),
        ("a.例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("co.id", None),
        ("github.io", None),
        ("com", None),
        ("8.8.8.8", None),
        ("[2606:4700::1111]", None),
        ("", None),
        ("a b", None),
        ("situs.example/a", None),
        ("situs.example:80", None),
        ("\ud800.example", None),
    ],
)
def test_the_registrable_domain_is_the_name_below_the_suffix(host: str, domain: str | None) -> None:
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("com", True),
        ("co.id", True),
        ("Co.Id.", True),
        ("github.io", True),
        ("example", True),
        ("situs.example", False),
        ("situs.co.id", False),
        ("8.8.8.8", False),
        ("", False),
    ],
)
def test_public_suffixes_are_known(host: str, expected: bool) -> None:  # noqa: FBT001 - a column of a table.
    assert is_public_suffix(host) is expected
