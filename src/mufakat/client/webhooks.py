"""Take webhooks of an instance: what is genuine is read, everything else is refused in one way.

    receiver = Receiver(os.environ["MUFAKAT_WEBHOOK_SECRET"])
    event = receiver.take(request.headers, request.body)   # raises WebhookRefusedError: answer 401

Answer 2xx once the event is safe with you, and keep ``event.delivery``: the same one may come again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mufakat.formats import webhook
from mufakat.formats.webhook import PublicKey, Refusal, Secret, WebhookRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """An event that an instance told of: its type, when it happened, its ids and links."""

    delivery: str
    type: str
    timestamp: str
    data: Mapping[str, Any]


class Receiver:
    """Knows the secrets of an endpoint: the one, or two while it is changed."""

    def __init__(self, *secrets: str, clock: Callable[[], datetime] | None = None) -> None:
        self._keys = [
            PublicKey.parse(text) if text.startswith(webhook.PUBLIC) else Secret.parse(text) for text in secrets
        ]
        self._clock = clock or (lambda: datetime.now(UTC))

    def take(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """The event, where it is genuine and of the last five minutes. Raises WebhookRefusedError."""
        genuine = webhook.verify(headers, body, keys=self._keys, at=self._clock())
        try:
            found = json.loads(genuine.body)
            type_, timestamp, data = found["type"], found["timestamp"], found["data"]
        except (ValueError, KeyError, TypeError, RecursionError):
            type_ = timestamp = data = None
        if not isinstance(type_, str) or not isinstance(timestamp, str) or not isinstance(data, dict):
            raise WebhookRefusedError(Refusal.BODY_MALFORMED, "The body is no event.")
        return WebhookEvent(genuine.id, type_, timestamp, data)
