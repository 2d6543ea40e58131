"""What DKIM may say of a mail: a domain at most, and nothing where anything is left open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import dkim
import pytest
from tests.server.connectors.mailing import configured, letter
from tests.server.connectors.test_mail_letters import key_of

from mufakat.server.connectors.mail import intake, verdicts
from mufakat.server.connectors.mail.addresses import Address, Kind
from mufakat.server.connectors.mail.models import Intake, Verdict
from mufakat.server.connectors.mail.verdicts import SilentError
from mufakat.server.journal import door

NAME = "s1._domainkey.kominfo.example"
NOTHING: dict[str, bytes] = {}
FIELDS = [b"from", b"to", b"subject", b"date", b"message-id"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    found = {}
    for bits in (2048, 1024):
        found[bits] = key_of(tmp_path_factory.mktemp(str(bits)), bits)
    return found


def sign(raw: bytes, key, *, domain: str = "kominfo.example", fields=None, **more) -> bytes:
    made = dkim.sign(raw, b"s1", domain.encode(), key[0].read_bytes(), include_headers=fields or FIELDS, **more)
    return bytes(made) + raw


def test_a_signature_of_the_domain_passes_and_the_key_is_kept(keys) -> None:
    found = verdicts.judge(sign(letter(), keys[2048]), {NAME: keys[2048][1]}.get)
    assert (found.verdict, found.domain, found.selector) == (Verdict.PASS, "kominfo.example", "s1")
    assert found.key == keys[2048][1].decode()


def test_nobody_signed_is_none(keys) -> None:
    assert verdicts.judge(letter(), {NAME: keys[2048][1]}.get).verdict is Verdict.NONE


def test_a_mail_that_was_changed_fails(keys) -> None:
    raw = sign(letter(), keys[2048]).replace(b"Please", b"Please do not")
    assert verdicts.judge(raw, {NAME: keys[2048][1]}.get).verdict is Verdict.FAIL


def test_a_signature_of_a_part_of_the_body_fails_even_where_nothing_was_appended(keys) -> None:
    raw = sign(letter(), keys[2048], length=True)
    assert verdicts.judge(raw, {NAME: keys[2048][1]}.get).verdict is Verdict.FAIL
    assert verdicts.judge(raw + b"More.\r\n", {NAME: keys[2048][1]}.get).verdict is Verdict.FAIL


def test_a_second_from_fails(keys) -> None:
    raw = b"From: minister@elsewhere.example\r\n" + sign(letter(), keys[2048])
    assert verdicts.judge(raw, {NAME: keys[2048][1]}.get).verdict is Verdict.FAIL


def test_a_key_below_the_bound_fails(keys, monkeypatch) -> None:
    raw = sign(letter(), keys[1024])
    assert (verdicts.LEAST_BITS, verdicts.judge(raw, {NAME: keys[1024][1]}.get).verdict) == (1024, Verdict.PASS)
    monkeypatch.setattr(verdicts, "LEAST_BITS", 1025)  # No shorter key can be made here any more.
    assert verdicts.judge(raw, {NAME: keys[1024][1]}.get).verdict is Verdict.FAIL


def test_no_key_in_the_dns_fails_and_a_silent_dns_is_unknown(keys) -> None:
    def silent(name: str) -> bytes | None:
        raise SilentError

    raw = sign(letter(), keys[2048])
    assert verdicts.judge(raw, NOTHING.get).verdict is Verdict.FAIL
    assert verdicts.judge(raw, silent).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("record", [b"", b"v=DKIM1; p=", b"v=DKIM1; p=!!!!", b"\xff\xfe", b"k=rsa; p=AAAA" * 500])
def test_a_senseless_key_fails(keys, record) -> None:
    assert verdicts.judge(sign(letter(), keys[2048]), {NAME: record}.get).verdict is Verdict.FAIL


@pytest.mark.parametrize("field", ["", "a=b", "v=1; d=;", "v=1; h=from; d=x.example; s=1; b=!!; bh=??", ";" * 5_000])
def test_a_senseless_signature_fails(field) -> None:
    raw = f"DKIM-Signature: {field}\r\n".encode() + letter()
    assert verdicts.judge(raw, NOTHING.get).verdict is Verdict.FAIL


THEIRS = "s1._domainkey.elsewhere.example"


def test_a_signature_that_one_reader_alone_sees_passes_for_nobody(keys) -> None:
    # After a lone CR one reader sees a field of its own, and counts one signature more than the other.
    named = b"DKIM-Signature: v=1; a=rsa-sha256; d=kominfo.example; s=s1; h=from:to:subject; bh=AAAA; b=AAAA"
    raw = b"X-A: a\r" + named + b"\r\n" + sign(letter(), keys[2048], domain="elsewhere.example")
    assert verdicts.judge(raw, {THEIRS: keys[2048][1]}.get).verdict is Verdict.FAIL


def test_a_head_that_ends_earlier_for_one_reader_passes_for_nobody(keys) -> None:
    signature, _, rest = sign(letter(), keys[2048]).partition(b"Message-ID:")
    ahead = b"From: minister@kominfo.example\r\nX-A: a\r\r"
    raw = signature + ahead + b"\r\nMessage-ID:" + rest
    assert verdicts.judge(raw, {NAME: keys[2048][1]}.get).verdict is Verdict.FAIL


def test_what_the_library_read_otherwise_passes_for_nobody(keys) -> None:
    class Other:
        signature_fields: ClassVar = {b"d": b"elsewhere.example", b"s": b"s1"}
        include_headers = (b"from",)

    assert not verdicts._is_read_alike(Other(), "kominfo.example", "s1")
    assert verdicts._is_read_alike(Other(), "elsewhere.example", "s1")


def test_a_mail_of_blanks_is_judged_without_being_canonicalized(keys, monkeypatch) -> None:
    checked: list[int] = []
    real = dkim.DKIM.verify

    def verify(*told, **more) -> bool:
        checked.append(1)
        return bool(real(*told, **more))

    monkeypatch.setattr(dkim.DKIM, "verify", verify)
    raw = sign(letter(), keys[2048])
    for body in (b" " * 8_000 + b"a", (b"\t " * 1_500 + b"a\r\n") * 6):
        found = verdicts.judge(raw + body, {NAME: keys[2048][1]}.get)
        assert (found.verdict, "blanks" in found.why, checked) == (Verdict.FAIL, True, [])
    assert verdicts.judge(raw + b" " * 500 + b"a", {NAME: keys[2048][1]}.get).verdict is Verdict.FAIL
    assert checked == [1]


@pytest.mark.parametrize("more", ["b=" + "\r\n " * 4_000, "x=" + "a" * 9_000])
def test_a_signature_longer_than_any_is_not_looked_at(keys, more, monkeypatch) -> None:
    checked = []
    monkeypatch.setattr(dkim.DKIM, "verify", lambda *_, **__: checked.append(1))
    raw = f"DKIM-Signature: v=1; d=kominfo.example; s=s1; h=from; {more}\r\n".encode() + letter()
    assert (verdicts.judge(raw, NOTHING.get).verdict, checked) == (Verdict.FAIL, [])


def test_the_verdict_of_a_mail_is_asked_after_it_was_taken_and_again_where_the_dns_was_silent(house, keys) -> None:
    def silent(name: str) -> bytes | None:
        raise SilentError

    raw, at = sign(letter(), keys[2048]), datetime.now(UTC) + timedelta(seconds=1)
    door.writer().commit(intake.deed(raw, sender="officer@kominfo.example", to=Address(Kind.NOTICES, "")))
    with configured():
        assert verdicts.sweep(at=at, ask=silent).done == 1
        assert (Intake.objects.get().verdict, verdicts.sweep(at=at, ask=silent).done) == ("pending", 0)
        verdicts.sweep(at=at + verdicts.AGAIN, ask={NAME: keys[2048][1]}.get)
    row = Intake.objects.get()
    assert (row.verdict, row.dkim_domain, row.dkim_key) == ("pass", "kominfo.example", keys[2048][1].decode())


def test_what_stands_in_a_signature_or_key_can_be_written_down(keys) -> None:
    raw = sign(letter(), keys[2048])
    odd = raw.replace(b"s=s1;", b"s=s\x001;").replace(b"d=kominfo", b"d=kom\x00info")
    assert (odd.count(b"\x00"), raw.count(b"\x00")) == (2, 0)
    record = keys[2048][1].replace(b"p=", b"n=\x00; p=")
    for mail, key in ((odd, keys[2048][1]), (raw, record)):
        found = verdicts.judge(mail, {NAME: key}.get)
        assert "\x00" not in found.domain + found.selector + found.key + found.why
        assert (found.verdict is Verdict.PASS, bool(found.key)) == (mail is raw, mail is raw)


def test_a_verdict_on_a_signature_of_nul_is_written_down(house, keys) -> None:
    # One of the two databases takes no NUL.
    raw = sign(letter(), keys[2048]).replace(b"s=s1;", b"s=s\x001;").replace(b"d=kominfo", b"d=kom\x00info")
    door.writer().commit(intake.deed(raw, sender="officer@kominfo.example", to=Address(Kind.NOTICES, "")))
    with configured():
        verdicts.sweep(at=datetime.now(UTC) + timedelta(seconds=1), ask=NOTHING.get)
    row = Intake.objects.get()
    assert (row.verdict, row.dkim_selector, row.dkim_domain) == ("fail", "s 1", "kom info.example")


def test_a_verdict_that_cannot_be_written_down_holds_up_no_other(house, keys, monkeypatch) -> None:
    for number in range(3):
        raw = sign(letter(Message_ID=f"<{number}@kominfo.example>"), keys[2048])
        door.writer().commit(intake.deed(raw, sender="officer@kominfo.example", to=Address(Kind.NOTICES, "")))
    real = verdicts.judge

    def judge(raw: bytes, ask):
        # A pass of nobody, which the database does not take.
        return verdicts.Found(Verdict.PASS, "") if b"<0@" in raw else real(raw, ask)

    monkeypatch.setattr(verdicts, "judge", judge)
    with configured():
        verdicts.sweep(at=datetime.now(UTC) + timedelta(seconds=1), ask={NAME: keys[2048][1]}.get)
    assert sorted(Intake.objects.values_list("verdict", flat=True)) == ["fail", "pass", "pass"]


def test_a_mail_has_at_most_two_signatures_looked_at(keys) -> None:
    asked: list[str] = []
    raw = letter()
    for number in range(5):
        raw = sign(raw, keys[2048], domain=f"d{number}.example")
    found = verdicts.judge(raw, asked.append)
    assert (found.verdict, len(asked)) == (Verdict.FAIL, 2)


def test_a_silent_dns_is_asked_ever_more_seldom(house, keys) -> None:
    def silent(name: str) -> bytes | None:
        raise SilentError

    raw, at = sign(letter(), keys[2048]), datetime.now(UTC) + timedelta(seconds=1)
    door.writer().commit(intake.deed(raw, sender="officer@kominfo.example", to=Address(Kind.NOTICES, "")))
    minutes = []
    with configured():
        for _ in range(4):
            verdicts.sweep(at=at, ask=silent)
            due = Intake.objects.get().verdict_due_at
            assert due is not None
            minutes.append(round((due - at) / timedelta(minutes=1)))
            at = due
    assert minutes == [10, 10, 20, 40]


def test_a_dns_that_stays_silent_for_a_day_leaves_it_unknown(house, keys) -> None:
    def silent(name: str) -> bytes | None:
        raise SilentError

    raw = sign(letter(), keys[2048])
    door.writer().commit(intake.deed(raw, sender="officer@kominfo.example", to=Address(Kind.NOTICES, "")))
    with configured():
        verdicts.sweep(at=datetime.now(UTC) + timedelta(days=2), ask=silent)
    assert Intake.objects.get().verdict == "unknown"
