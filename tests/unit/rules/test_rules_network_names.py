"""Names that the network may be asked to close: what is taken, in which form, and why all else is refused."""

from __future__ import annotations

import pytest

from mufakat.rules import network_names
from mufakat.rules.network_names import SENTENCES, NameReason, Refusal

LONG_LABEL = f"{'a' * 64}.example"
NAME_OF_253 = ".".join(["a" * 49] * 4 + ["b" * 45, "example"])
NAME_OF_254 = f"a{NAME_OF_253}"

TAKEN = {
    "web.telegram.org": "web.telegram.org",
    "Web.Telegram.ORG": "web.telegram.org",
    "b\xfccher.example": "xn--bcher-kva.example",
    "B\xdcCHER.example": "xn--bcher-kva.example",
    "xn--bcher-kva.example": "xn--bcher-kva.example",
    "XN--BCHER-KVA.example": "xn--bcher-kva.example",
    "a\u3002b.example": "a.b.example",  # An ideographic full stop parts labels.
    "fa\xdf.example": "xn--fa-hia.example",
    "_dmarc.situs.example": "_dmarc.situs.example",
    "situs.co.id": "situs.co.id",
    "foo.github.io": "foo.github.io",
    "1.situs.example": "1.situs.example",
    NAME_OF_253: NAME_OF_253,
}

REFUSED = [
    # The list of bad input that started this.
    ("go.id", NameReason.PUBLIC_SUFFIX),
    ("co.id", NameReason.PUBLIC_SUFFIX),
    ("com", NameReason.PUBLIC_SUFFIX),
    (".", NameReason.ROOT),
    ("*", NameReason.WILDCARD),
    ("*.cloudfront.net", NameReason.WILDCARD),
    ("cloudfront.net", NameReason.PUBLIC_SUFFIX),
    ("192.0.2.0/24", NameReason.RANGE),
    ("192.0.2.1-192.0.2.9", NameReason.RANGE),
    ("2001:db8::/32", NameReason.RANGE),
    ("192.0.2.1", NameReason.ADDRESS),
    ("2001:db8::1", NameReason.ADDRESS),
    ("[2001:db8::1]", NameReason.ADDRESS),
    ("web.telegram.org.", NameReason.LAST_DOT),
    ("web.telegram.org..", NameReason.EMPTY_LABEL),
    ("web..telegram.org", NameReason.EMPTY_LABEL),
    (".telegram.org", NameReason.EMPTY_LABEL),
    ("..", NameReason.EMPTY_LABEL),
    (NAME_OF_254, NameReason.TOO_LONG),
    ("a" * 2_000, NameReason.TOO_LONG),
    (LONG_LABEL, NameReason.LONG_LABEL),
    # Triggers of the resolver.
    ("24.0.2.0.192.rpz-ip", NameReason.TRIGGER_LABEL),
    ("128.1.zz.db8.2001.rpz-ip", NameReason.TRIGGER_LABEL),
    ("32.1.2.0.192.rpz-client-ip", NameReason.TRIGGER_LABEL),
    ("ns1.situs.example.rpz-nsdname", NameReason.TRIGGER_LABEL),
    ("24.0.2.0.192.rpz-nsip", NameReason.TRIGGER_LABEL),
    ("rpz-passthru", NameReason.TRIGGER_LABEL),
    ("situs.example.RPZ-DROP", NameReason.TRIGGER_LABEL),
    ("rpz-tcp-only.situs.example", NameReason.TRIGGER_LABEL),
    # Characters that mean something in the file of a zone.
    ("situs;.example", NameReason.BAD_CHARACTER),
    ('"situs".example', NameReason.BAD_CHARACTER),
    ("si\\116us.example", NameReason.BAD_CHARACTER),
    ("(situs).example", NameReason.BAD_CHARACTER),
    ("$ORIGIN", NameReason.BAD_CHARACTER),
    ("$INCLUDE /etc/passwd", NameReason.BAD_CHARACTER),
    ("@", NameReason.NOT_A_NAME),
    ("a.example CNAME .", NameReason.BAD_CHARACTER),
    ("a.example\nb.example", NameReason.BAD_CHARACTER),
    ("a.example\x00", NameReason.BAD_CHARACTER),
    ("\ud800.example", NameReason.BAD_CHARACTER),
    # Invisible ones.
    ("si\u200btus.example", NameReason.BAD_CHARACTER),
    ("si\xadtus.example", NameReason.BAD_CHARACTER),
    ("\u202esutis.example", NameReason.BAD_CHARACTER),
    (" situs.example", NameReason.BAD_CHARACTER),
    # Punycode that is none, or is written for another name than it says.
    ("xn--.example", NameReason.BAD_PUNYCODE),
    ("xn--a.example", NameReason.BAD_PUNYCODE),
    ("xn--situs-.example", NameReason.BAD_PUNYCODE),
    ("xn--0.example", NameReason.BAD_PUNYCODE),
    ("xn--xn---epa.example", NameReason.BAD_PUNYCODE),
    # Addresses in disguise.
    ("127.1", NameReason.ADDRESS),
    ("0x7f.1", NameReason.ADDRESS),
    ("2130706433", NameReason.ADDRESS),
    ("\uff11\uff19\uff12.0.2.1", NameReason.ADDRESS),
    ("situs.example.80", NameReason.ADDRESS),
    # More than a name, and less than one.
    ("https://situs.example/", NameReason.NOT_A_NAME),
    ("situs.example:443", NameReason.NOT_A_NAME),
    ("situs.example/jalan", NameReason.NOT_A_NAME),
    ("orang@situs.example", NameReason.NOT_A_NAME),
    ("", NameReason.EMPTY),
    ("  ", NameReason.EMPTY),
    ("telegram", NameReason.SINGLE_LABEL),
    ("localhost", NameReason.NOT_ASKED),
    ("printer.local", NameReason.NOT_ASKED),
    ("1.2.0.192.in-addr.arpa", NameReason.NOT_ASKED),
    ("situs.onion", NameReason.NOT_ASKED),
    ("-situs.example", NameReason.BAD_LABEL),
    ("situs-.example", NameReason.BAD_LABEL),
]


@pytest.mark.parametrize(("text", "name"), TAKEN.items(), ids=ascii)
def test_a_name_is_taken_in_its_one_form(text: str, name: str) -> None:
    assert network_names.read(text) == name


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[ascii(text[:30]) for text, _ in REFUSED])
def test_what_is_no_name_is_refused_with_its_reason(text: str, reason: NameReason) -> None:
    assert network_names.read(text) == Refusal(reason)


def test_the_longest_name_has_253_characters() -> None:
    assert (len(NAME_OF_253), len(NAME_OF_254)) == (253, 254)


def test_punycode_twins_are_one_name() -> None:
    texts = ("b\xfccher.example", "situs.example", "XN--bcher-kva.example")
    assert [getattr(one, "reason", one) for one in network_names.read_all(texts)] == [
        "xn--bcher-kva.example",
        "situs.example",
        NameReason.REPEATED,
    ]


def test_whoever_looks_up_a_name_is_forgiven_blanks_and_a_last_dot() -> None:
    assert network_names.sought(" Web.Telegram.org. ") == "web.telegram.org"


@pytest.mark.parametrize("text", [".", "go.id", "*.telegram.org", "192.0.2.1", "", "web.telegram.org.."])
def test_what_is_no_name_cannot_be_looked_up(text: str) -> None:
    assert network_names.sought(text) is None


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(NameReason)


def test_the_names_above_a_name_come_nearest_first() -> None:
    assert list(network_names.above("a.b.example")) == ["b.example", "example"]
