"""Standard Webhooks: what is published is accepted, what is malformed is refused cleanly, ours holds for the others."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from hypothesis import given, strategies as st

from mufakat.formats import webhook
from mufakat.formats.webhook import BadSecretError, PrivateKey, PublicKey, Refusal, Secret, WebhookRefusedError

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "standard_webhooks.json").read_text())
AT = datetime.fromtimestamp(VECTORS["timestamp"], UTC)
SEED = bytes(range(32))


def verify(**changes: Any) -> webhook.Genuine:
    found = {**VECTORS, **changes}
    headers = {
        webhook.ID: found["id"],
        webhook.TIMESTAMP: str(found["timestamp"]),
        webhook.SIGNATURE: found["signature"],
    }
    return webhook.verify(headers, found["body"].encode(), keys=[Secret.parse(found["secret"])], at=AT)


@pytest.mark.parametrize("name", VECTORS["accepted"])
def test_what_is_published_is_accepted(name: str) -> None:
    assert verify(**VECTORS["accepted"][name]).id == VECTORS["id"]


@pytest.mark.parametrize("name", VECTORS["refused"])
def test_what_is_not_genuine_is_refused(name: str) -> None:
    with pytest.raises(WebhookRefusedError):
        verify(**VECTORS["refused"][name])


@pytest.mark.parametrize("text", VECTORS["bad_secrets"])
def test_a_bad_secret_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(BadSecretError):
        Secret.parse(text)


def test_a_secret_without_padding_is_taken() -> None:
    assert len(Secret.parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ").raw) == 23


@pytest.mark.parametrize("name", [webhook.ID, webhook.TIMESTAMP, webhook.SIGNATURE])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_header_is_refused(name: str, value: str | None) -> None:
    headers: dict[str, Any] = webhook.headers("m", b"x", keys=[Secret(SEED)], at=AT)
    headers[name] = value
    with pytest.raises(WebhookRefusedError) as refused:
        webhook.verify(headers, b"x", keys=[Secret(SEED)], at=AT)
    assert refused.value.reason is Refusal.HEADER_MISSING


@pytest.mark.parametrize(("seconds", "reason"), [(301, Refusal.TOO_OLD), (-301, Refusal.TOO_NEW)])
def test_what_was_signed_at_another_time_is_refused(seconds: int, reason: Refusal) -> None:
    headers = webhook.headers("m", b"x", keys=[Secret(SEED)], at=AT)
    with pytest.raises(WebhookRefusedError) as refused:
        webhook.verify(headers, b"x", keys=[Secret(SEED)], at=AT + timedelta(seconds=seconds))
    assert refused.value.reason is reason


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_clocks_may_differ_by_five_minutes(seconds: int) -> None:
    headers = webhook.headers("m", b"x", keys=[Secret(SEED)], at=AT)
    assert webhook.verify(headers, b"x", keys=[Secret(SEED)], at=AT + timedelta(seconds=seconds)).body == b"x"


def test_a_header_of_too_many_signatures_is_refused_unread() -> None:
    headers = webhook.headers("m", b"x", keys=[Secret(SEED)] * 33, at=AT)
    with pytest.raises(WebhookRefusedError) as refused:
        webhook.verify(headers, b"x", keys=[Secret(SEED)], at=AT)
    assert refused.value.reason is Refusal.HEADER_MALFORMED


def test_the_names_of_headers_may_be_written_in_any_case() -> None:
    headers = {name.upper(): value for name, value in webhook.headers("m", b"x", keys=[Secret(SEED)], at=AT).items()}
    assert webhook.verify(headers, b"x", keys=[Secret(SEED)], at=AT).id == "m"


def test_during_a_rotation_the_former_and_the_new_secret_both_hold() -> None:
    new, former = Secret(SEED), Secret(SEED[::-1])
    headers = webhook.headers("m", b"x", keys=[new, former], at=AT)
    assert {webhook.verify(headers, b"x", keys=[one], at=AT).id for one in (new, former)} == {"m"}


def test_the_asymmetric_form_holds_with_its_public_key_and_no_other() -> None:
    text = webhook.PRIVATE + base64.b64encode(SEED).decode()
    private = PrivateKey.parse(text)
    headers = webhook.headers("m", b"x", keys=[private], at=AT)
    public = PublicKey(private.key.public_key())
    assert webhook.verify(headers, b"x", keys=[public], at=AT).id == "m"
    other = PublicKey(PrivateKey.parse(webhook.PRIVATE + base64.b64encode(SEED[::-1]).decode()).key.public_key())
    with pytest.raises(WebhookRefusedError):
        webhook.verify(headers, b"x", keys=[other], at=AT)


@pytest.mark.parametrize("text", ["", "whsk_", "whsk_AAAA", "whsec_" + base64.b64encode(SEED).decode()])
def test_a_bad_private_key_is_refused(text: str) -> None:
    with pytest.raises(BadSecretError):
        PrivateKey.parse(text)


@given(id_=st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True), body=st.binary(max_size=500))
def test_the_public_package_accepts_what_we_sign(id_: str, body: bytes) -> None:
    text = body.hex()
    now = datetime.now(UTC)
    headers = webhook.headers(id_, f'{{"x":"{text}"}}'.encode(), keys=[Secret(SEED)], at=now)
    assert standardwebhooks.Webhook(Secret(SEED).text()).verify(f'{{"x":"{text}"}}', headers) == {"x": text}


HEADER = st.one_of(st.none(), st.text(max_size=80), st.binary(max_size=20), st.integers())


@given(
    told=st.dictionaries(
        st.one_of(st.sampled_from([webhook.ID, webhook.TIMESTAMP, webhook.SIGNATURE]), st.text()), HEADER
    )
)
def test_whatever_a_stranger_sends_is_refused_and_nothing_else(told: dict[str, Any]) -> None:
    with pytest.raises(WebhookRefusedError):
        webhook.verify(told, b"x", keys=[Secret(SEED)], at=AT)


@given(signature=st.text(alphabet="v1a,= +/AZaz09-_\t", max_size=120))
def test_whatever_stands_in_the_signature_is_refused_and_nothing_else(signature: str) -> None:
    headers = {webhook.ID: "m", webhook.TIMESTAMP: str(int(AT.timestamp())), webhook.SIGNATURE: signature}
    with pytest.raises(WebhookRefusedError):
        webhook.verify(headers, b"x", keys=[Secret(SEED)], at=AT)


def test_a_payload_that_carries_content_is_refused() -> None:
    with pytest.raises(webhook.TooLargeError):
        webhook.payload("notice.received", AT, {"x": "y" * webhook.BODY})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Thu, 25 Feb 2021 15:03:10 GMT", 60),
        ("Thu, 25 Feb 2021 15:00:10 GMT", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("Thu, 99 Feb 2021 15:03:10 GMT", None),
        ("Thu, 25 Feb 99999 15:03:10 GMT", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str | None, seconds: int | None) -> None:
    at = datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)
    found = webhook.retry_after(text, at=at)
    assert found == (None if seconds is None else timedelta(seconds=seconds))


@given(text=st.text(max_size=60))
def test_any_retry_after_is_read_or_ignored(text: str) -> None:
    found = webhook.retry_after(text, at=AT)
    assert found is None or found >= timedelta(0)
