"""The shapes of chats with the Government Channel bot, beyond what the structs say by themselves."""

from __future__ import annotations

from typing import Any

from mufakat.rules.chats import Because
from mufakat.server.api.shapes import INSTANT, ONE_PAGE, Schema, an_id, one_of, or_null

LINKS: Schema = {
    "additionalProperties": {"type": "string", "format": "uri-reference"},
    "description": "Where the rest is.",
}
TELEGRAM_SHAPES: dict[str, dict[str, Schema]] = {
    "BindingOut": {
        "id": an_id("tkt"),
        "bot": {"description": "The bot's username.", "pattern": "^[A-Za-z][A-Za-z0-9_]*$"},
        "expires_at": INSTANT,
        "links": LINKS,
        "link": or_null({"type": "string", "format": "uri", "description": "Shown once; opened on the phone."}),
    },
    "ChatOut": {
        "id": an_id("cht"),
        "seat": {"description": "Who acts there: party and seat.", "pattern": "^[a-z0-9-]+/[a-z0-9-]+$"},
        "state": one_of(("bound", "ended"), "Whether anything is told and done there."),
        "bound_at": INSTANT,
        "ended_at": or_null(INSTANT),
        "because": or_null(one_of(Because, "Why it ended.")),
        "unreachable_since": or_null({**INSTANT, "description": "Since when the person has blocked the bot."}),
        "links": LINKS,
    },
    "ChatList": {"next": ONE_PAGE},
}
PARAMETERS: dict[str, Schema] = {
    "chat": {
        "description": "The id of a chat of yours, or of your party's where you look after its people.",
        "schema": an_id("cht"),
        "example": "cht_01m8a8pb2jegd8cnwh8p119ex2",
    },
}
_CHAT = {
    "id": "cht_01m8a8pb2jegd8cnwh8p119ex2",
    "seat": "kominfo/officer",
    "state": "bound",
    "bound_at": "2026-11-26T19:09:54.898Z",
    "ended_at": None,
    "because": None,
    "unreachable_since": None,
    "links": {"self": "/api/v1/telegram/bindings/cht_01m8a8pb2jegd8cnwh8p119ex2", "page": "/desk/telegram/"},
}
EXAMPLES: dict[str, Any] = {
    "BindingOut": {
        "id": "tkt_01m8a8pb2jegd8cnwh8p119ex1",
        "bot": "mufakat_channel_bot",
        "expires_at": "2026-11-26T19:24:54.898Z",
        "links": {"page": "/desk/telegram/"},
        "link": "https://t.me/mufakat_channel_bot?start=Zm9yLXRoaXMtZXhhbXBsZS1vbmx5LWFuZC1ub3RoaW5nLWU",
    },
    "ChatOut": _CHAT,
    "ChatList": {"items": [_CHAT], "next": None},
}
