"""Which carriers this instance has, by name. What waits for a way out that is not configured waits on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from mufakat.server.connectors.government_bot.carrier import telegram
from mufakat.server.connectors.mail.carrier import mail
from mufakat.server.connectors.webhook.carrier import WebhookCarrier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mufakat.server.connectors.carriers import Carrier

MAIL = "mail"
TELEGRAM = "telegram"
WEBHOOK = "webhook"


def webhook() -> Carrier | None:
    """To a party's own address."""
    return WebhookCarrier(settings.MUFAKAT_WEBHOOK_POLICY)


MAKERS: list[Callable[[], Carrier | None]] = [webhook, mail, telegram]
"""Each makes a carrier, or none where the operator configured none. A connector adds its own."""


def has_mail() -> bool:
    """Whether anything goes by mail here."""
    return any(carrier.name == MAIL for make in MAKERS if (carrier := make()) is not None)


def configured() -> Mapping[str, Carrier]:
    """The carriers of this instance, made anew: they live in the event loop of whoever uses them."""
    made = [make() for make in MAKERS]
    return {carrier.name: carrier for carrier in made if carrier is not None}
