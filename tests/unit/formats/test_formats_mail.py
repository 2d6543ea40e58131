"""A mail in plain values: by table, and whatever its bytes are."""

import email.message
import hashlib

import pytest
from hypothesis import example, given, strategies as st

from mufakat import locator
from mufakat.formats import mail, mail_text
from mufakat.formats.mail import Automatic, Oddity, read_mail

PLAIN = b"""Message-ID: <a1@kominfo.example>\r
From: "Officer, first" <officer@KOMINFO.example>\r
To: notices+telegram@mufakat.example\r
Subject: =?utf-8?b?S2FuYWwgdGVybGFyYW5n?=\r
Content-Language: id\r
Content-Type: text/plain; charset=utf-8\r
\r
Please look at https://t.me/s/examplechannel/12, and at\r
hxxps://situs[.]example/a.\r
\r
situs2.example\r
"""


def with_fields(*fields: str, body: str = "Hello.\n") -> bytes:
    return "\n".join(["From: officer@kominfo.example", "Subject: Example", *fields, "", body]).encode()


def test_a_plain_mail_is_read_into_its_values():
    found = read_mail(PLAIN, sender="officer@kominfo.example")
    assert (found.message_id, found.author, found.domain) == (
        "a1@kominfo.example",
        "officer@kominfo.example",
        "kominfo.example",
    )
    assert (found.to, found.subject, found.language) == (("notices+telegram@mufakat.example",), "Kanal terlarang", "id")
    assert (found.automatic, found.oddities) == (None, frozenset())


def test_links_of_a_mail_are_locators_each_once_in_their_order():
    first = locator.parse("https://t.me/s/examplechannel/12")
    assert isinstance(first, locator.Locator)
    assert read_mail(PLAIN).links == (first.canonical, "https://situs.example/a", "situs2.example")


def test_words_of_prose_are_no_hosts():
    assert mail_text.links_of("Mohon dicek.Terima kasih, e.g. the file a.txt or kami.Salam to you") == ()


def test_two_from_fields_name_nobody():
    found = read_mail(with_fields("From: other@elsewhere.example"))
    assert (found.author, Oddity.TWO_FROM in found.oddities) == ("", True)


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("officer@kominfo.example", "officer@kominfo.example"),
        ("A <officer@kominfo.example>", "officer@kominfo.example"),
        ('"a@b.example, <x@y.example>" <officer@kominfo.example>', "officer@kominfo.example"),
        ("(comment <a@b.example>) officer@kominfo.example", "officer@kominfo.example"),
        ("a@b.example, officer@kominfo.example", ""),
        ("a@b.example <officer@kominfo.example>", ""),
        ("<a@b.example> <officer@kominfo.example>", ""),
        ('"unclosed <officer@kominfo.example>', ""),
        ("officer@kominfo..example", ""),
        ("officer", ""),
        ("", ""),
    ],
)
def test_an_address_is_one_plain_address_or_none(field, address):
    assert mail_text.address_of(field) == address


@pytest.mark.parametrize(
    ("fields", "sender", "automatic"),
    [
        ((), "officer@kominfo.example", None),
        (("Auto-Submitted: no",), "officer@kominfo.example", None),
        (("Auto-Submitted: auto-replied",), "officer@kominfo.example", Automatic.REPLY),
        (("Auto-Submitted: auto-replied",), "", Automatic.REPLY),
        (("Auto-Submitted: auto-generated (cron)",), "officer@kominfo.example", Automatic.GENERATED),
        (("Precedence: bulk",), "officer@kominfo.example", Automatic.LIST),
        (("Precedence: auto_reply",), "officer@kominfo.example", Automatic.REPLY),
        (("List-Id: <list.example>",), "officer@kominfo.example", Automatic.LIST),
        (("X-Auto-Response-Suppress: All",), "officer@kominfo.example", Automatic.REPLY),
        ((), "", Automatic.BOUNCE),
        (("Return-Path: <>",), None, Automatic.BOUNCE),
        (("Content-Type: multipart/report; report-type=delivery-status; boundary=x",), "a@b.example", Automatic.BOUNCE),
        (
            ("Content-Type: multipart/report; report-type=disposition-notification; boundary=x",),
            "a@b.example",
            Automatic.REPLY,
        ),
    ],
)
def test_what_a_machine_sent_is_recognised(fields, sender, automatic):
    assert read_mail(with_fields(*fields), sender=sender).automatic is automatic


@pytest.mark.parametrize("subject", ["Automatic reply: Example", "Re: Out of office", "Balasan otomatis: cuti"])
def test_an_answer_of_absence_is_recognised_by_its_subject(subject):
    raw = f"From: a@b.example\nSubject: {subject}\n\nI am away.".encode()
    assert read_mail(raw, sender="a@b.example").automatic is Automatic.REPLY


def test_files_are_named_by_their_digests_and_the_plain_text_is_preferred():
    raw = (
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
        b"Content-Type: multipart/alternative; boundary=y\n\n--y\nContent-Type: text/plain\n\nplain\n"
        b"--y\nContent-Type: text/html\n\n<p>html</p>\n--y--\n--x\n"
        b'Content-Type: image/png\nContent-Disposition: attachment; filename="a.png"\n'
        b"Content-Transfer-Encoding: base64\n\naGVsbG8=\n--x--\n"
    )
    found = read_mail(raw)
    assert found.text.strip() == "plain"
    assert [(one.name, one.media_type, one.sha256) for one in found.attachments] == [
        ("a.png", "image/png", hashlib.sha256(b"hello").hexdigest())
    ]


def test_the_links_of_html_are_found_where_there_is_no_other_text():
    raw = (
        b"From: a@b.example\nContent-Type: text/html\n\n<style>https://no.example/</style>"
        b'<p>See <a href="https://situs.example/a?b=1&amp;c=2">this</a></p><script>x("https://no.example")</script>'
    )
    assert read_mail(raw).links == ("https://situs.example/a?b=1&c=2",)


def test_the_same_mail_by_another_way_has_the_same_fingerprint_and_another_mail_has_not():
    again = b"Received: from elsewhere.example\r\n" + PLAIN.replace(b"\r\n", b"\n")
    other = PLAIN.replace(b"situs2", b"situs3")
    assert read_mail(again).fingerprint == read_mail(PLAIN).fingerprint
    assert read_mail(other).fingerprint != read_mail(PLAIN).fingerprint


BOMBS = {
    "fields": b"From: a@b.example\n" + b"X: y\n" * 200_000 + b"\nbody",
    "a field of one mebibyte": b"From: a@b.example\nSubject: " + b"=?utf-8?q?a?= " * 80_000 + b"\n\nbody",
    "an address of one mebibyte": b"From: " + b'"\\' * 500_000 + b"\n\nbody",
    "a thousand parts in parts": b"From: a@b.example\n"
    + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1_000)),
    "a thousand mails in mails": b"From: a@b.example\n" + b"Content-Type: message/rfc822\n\n" * 1_000,
    "lines": b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n" + b"\n" * 5_000_000,
    "one line": b"From: a@b.example\n\n" + b"a" * 9_000_000,
    "tags": b"From: a@b.example\nContent-Type: text/html\n\n" + b"<" * 2_000_000,
    "scripts": b"From: a@b.example\nContent-Type: text/html\n\n" + b"<script>" * 200_000,
    "targets": b"From: a@b.example\nContent-Type: text/html\n\n" + b"href=" * 400_000,
    "links": b"From: a@b.example\n\n" + b"https://a.example/%20 " * 100_000,
    "punycode": b"From: a@b.example\nContent-Type: text/plain; charset=punycode\n\n\xff" + b"-a" * 500_000,
    "charset": b"From: a@b.example\nContent-Type: text/plain; charset=\x00\xff\n\n\xff\xfe",
    "base64": b"From: a@b.example\nContent-Transfer-Encoding: base64\n\n!!!" + b"=" * 1_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_no_more_than_a_mail_of_its_size(name):
    # Where anything grew with the square of the size this would not end.
    found = read_mail(BOMBS[name])
    assert (len(found.text) <= mail_text.MAX_TEXT, len(found.links) <= 100) == (True, True)


QUOTED = 'text/plain; x="' + ";" * 160_000


@pytest.mark.parametrize("field", ["Content-Type", "Content-Disposition"])
@pytest.mark.parametrize("inside", [False, True])
def test_no_parameters_longer_than_people_write_are_taken_apart(field, inside, monkeypatch):
    asked: list[int] = []
    real = email.message._parseparam  # type: ignore[attr-defined]

    def taken_apart(value):
        asked.append(len(str(value)))
        return real(value)

    monkeypatch.setattr(email.message, "_parseparam", taken_apart)
    fields = f"{field}: {QUOTED}\n\nHello.\n"
    if inside:
        fields = f"Content-Type: multipart/mixed; boundary=x\n\n--x\n{fields}--x--\n"
    found = read_mail(f"From: a@b.example\n{fields}".encode())
    assert (found.text.strip(), max(asked, default=0) <= mail.MAX_PARAMS) == ("Hello.", True)


@pytest.mark.parametrize("field", ["Content-Type: text/plain", "Content-Disposition: inline"])
def test_a_parameter_with_a_number_of_any_length_is_read(field):
    for digits in (1_900, 4_400, 5_000):
        assert read_mail(with_fields(f"{field}; x*{'9' * digits}=v")).text.strip() == "Hello."


pieces = st.sampled_from(
    [
        *(b"From: a@b.example\n", b"Content-Type: multipart/mixed; boundary=x\n", b"\n", b"--x\n", b"--x--\n", b"\xff"),
        *(b"Content-Type: message/rfc822\n", b"Content-Type: message/delivery-status\n", b"\r", b"=?utf-8?b?//8=?="),
        *(b"Content-Transfer-Encoding: base64\n", b"Content-Type: text/html; charset=hex\n", b"<a href='x'>", b"a"),
        *(b"Content-Disposition: attachment; filename*=utf-8''%ff\n", b"Content-Type: ;;==\n", b"Subject: x\n", b"\0"),
        *(b"Content-Transfer-Encoding: x-uuencode\n", b"begin 666 a\n", b"Message-ID: <a@b>\n", b"Status: 5.1.1\n"),
    ]
)


@given(st.lists(pieces, max_size=25).map(b"".join) | st.binary(max_size=200))
@example(b"Content-Type: message/delivery-status\n\n\n\n")
@example(b"Content-Type: text/plain; x*" + b"9" * 5_000 + b"=v\n\n")
@example(b"Content-Type: text/plain; x*1=v; x=w; x*=y\n\n")
@example(b"From: =?utf-8?q?=ed=a0=80?= <a@b.example>\n\n")
def test_whatever_the_bytes_are_a_mail_is_read(raw):
    found = mail.read_mail(raw)
    assert not set(found.text + found.subject) & {"\x00", "\u202e"}
    assert (found.text + found.subject + found.author + found.message_id).encode() is not None
