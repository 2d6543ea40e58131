"""Chats with the Government Channel bot over HTTP, as tests of the API make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.test.utils import override_settings
from tests.server.api.doors import put
from tests.server.connectors.government_bot.chatting import CONFIGURED, bound

from mufakat.server.connectors.government_bot.models import Chat

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.api.doors import Reply

BINDINGS = "/api/v1/telegram/bindings"
MADE = {f"post {BINDINGS}"}


def linked(house: House, raw: bytes) -> Reply:
    with override_settings(MUFAKAT_GOVERNMENT_BOT=CONFIGURED):
        return put(BINDINGS, raw, house.token("kominfo", "officer"), "link")


def chat_of(house: House, handle: str = "telegram", seat: str = "reviewer", *, user: int = 77) -> str:
    """A chat of the person in this seat."""
    with override_settings(MUFAKAT_GOVERNMENT_BOT=CONFIGURED):
        bound(house, handle, seat, user)
    return Chat.objects.get(user=user).pk


def revoked(house: House, raw: bytes) -> Reply:
    return put(f"{BINDINGS}/{chat_of(house)}/revocation", raw, house.token("telegram", "reviewer"))


SENT = {f"post {BINDINGS}": linked, f"post {BINDINGS}/{{chat}}/revocation": revoked}
