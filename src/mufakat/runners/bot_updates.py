"""What an update of Telegram's is to the house: who, where, what was typed or tapped, and nothing else.

Names, photographs, files and what others wrote stay here. An update of a kind that was not asked for is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update

ASKED_FOR = ["message", "callback_query", "my_chat_member"]
"""The kinds of updates that the bot wants. What is edited afterwards changes nothing, so it is not asked for."""

PRIVATE = "private"
GONE = frozenset({"left", "kicked"})
LONGEST = 4_096  # Characters of a text; the service sends no longer one.
FILES = (
    *("animation", "audio", "contact", "document", "location", "paid_media", "photo", "poll", "sticker", "story"),
    *("venue", "video", "video_note", "voice", "dice", "game", "invoice", "checklist"),
)


def told(update: Update, *, bot: int) -> dict[str, Any] | None:
    """The update as the house hears it; None where there is nothing to hear."""
    found: dict[str, Any] | None = None
    if update.message is not None:
        found = _message(update.message)
    elif update.callback_query is not None:
        found = _tap(update.callback_query)
    elif update.my_chat_member is not None:
        found = _member(update.my_chat_member)
    return {"bot": bot, "update": update.update_id, **found} if found is not None else None


def _message(message: Message) -> dict[str, Any] | None:
    if message.from_user is None and message.chat.type == PRIVATE:
        return None
    user = message.from_user
    return {
        "kind": "message",
        "user": user.id if user else 0,
        "chat": message.chat.id,
        "private": message.chat.type == PRIVATE,
        "message": message.message_id,
        "text": (message.text or "")[:LONGEST],
        "file": message.text is None and any(getattr(message, name, None) is not None for name in FILES),
        "forwarded": message.forward_origin is not None or message.via_bot is not None,
        "language": _language(user),
    }


def _tap(tap: CallbackQuery) -> dict[str, Any]:
    # Under a message that the service no longer shows us, or that was sent from elsewhere: that is no private chat.
    chat = tap.message.chat if tap.message is not None else None
    return {
        "kind": "tap",
        "user": tap.from_user.id,
        "chat": chat.id if chat else 0,
        "private": chat is not None and chat.type == PRIVATE,
        "message": tap.message.message_id if tap.message is not None else 0,
        "callback": tap.id[:64],
        "data": (tap.data or "")[:64],
        "language": _language(tap.from_user),
    }


def _member(change: ChatMemberUpdated) -> dict[str, Any]:
    return {
        "kind": "member",
        "user": change.from_user.id,
        "chat": change.chat.id,
        "private": change.chat.type == PRIVATE,
        "inside": str(change.new_chat_member.status).rpartition(".")[2].lower() not in GONE,
        "language": _language(change.from_user),
    }


def _language(user: Any) -> str:
    return (getattr(user, "language_code", None) or "")[:35]
