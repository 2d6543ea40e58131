"""Receiving webhooks with the client."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mufakat.client.webhooks import Receiver
from mufakat.formats import webhook
from mufakat.formats.webhook import Refusal, Secret, WebhookRefusedError

AT = datetime(2026, 1, 1, tzinfo=UTC)
NEW, FORMER = Secret(bytes(32)), Secret(bytes(range(32)))


def take(body: bytes, *, signed: Secret = NEW, known: tuple[Secret, ...] = (NEW,)) -> object:
    headers = webhook.headers("dlv_1", body, keys=[signed], at=AT)
    return Receiver(*(one.text() for one in known), clock=lambda: AT).take(headers, body)


def test_a_genuine_event_is_read() -> None:
    event = Receiver(NEW.text(), clock=lambda: AT).take(
        webhook.headers("dlv_1", (raw := webhook.payload("notice.received", AT, {"case": "ntc_1"})), keys=[NEW], at=AT),
        raw,
    )
    assert (event.delivery, event.type, event.data) == ("dlv_1", "notice.received", {"case": "ntc_1"})


def test_both_secrets_hold_while_they_are_changed() -> None:
    raw = webhook.payload("notice.received", AT, {})
    assert take(raw, signed=FORMER, known=(NEW, FORMER))


def test_what_another_signed_is_refused() -> None:
    with pytest.raises(WebhookRefusedError):
        take(webhook.payload("notice.received", AT, {}), signed=FORMER)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b'{"type": 1, "timestamp": "x", "data": {}}', b"[" * 10_000])
def test_a_signed_body_that_is_no_event_is_refused_as_everything_else(raw: bytes) -> None:
    with pytest.raises(WebhookRefusedError) as refused:
        take(raw)
    assert refused.value.reason is Refusal.BODY_MALFORMED
