"""What an update says, as an item to screen; or why nothing of it is screened. Pure.

Only what anybody may read is screened (I-13): a supergroup or channel with a public name, asked of each update anew. Of
private chats and private groups nothing is looked at but that they are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from mufakat.screening.item import MAX_URLS, Item, ItemKind, Visibility

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiogram.types import Chat, Message, MessageEntity, Update

HEARD: Final = ("message", "edited_message", "channel_post", "edited_channel_post")
"""Types of updates that bring something to screen."""

ASKED: Final = (*HEARD, "my_chat_member")
"""What is asked of Telegram: what is not used is not taken."""

PUBLIC: Final = frozenset({"supergroup", "channel"})
_BOTS_OF_TELEGRAM: Final = frozenset({777_000, 1_087_968_824, 136_817_688})
"""Accounts that stand for somebody else: posts of a linked channel, anonymous administrators, channels that write."""


class Unheard(StrEnum):
    """Why an update is not screened."""

    NOT_PUBLIC = "not_public"
    NOTHING_SAID = "nothing_said"  # A service message, a sticker, a picture without words.
    OTHER_KIND = "other_kind"


class Author(NamedTuple):
    """Who wrote it. One of the two, or none: a channel's own post, an anonymous administrator."""

    user: int | None = None
    channel: int | None = None


class Heard(NamedTuple):
    """Something said in public. `version` is the time of its edit, 0 where it was not edited."""

    chat: int
    name: str
    message: int
    version: int
    locator: str
    link: str
    author: Author
    item: Item


def kind_of(update: Update) -> str:
    """The type of an update; `other` where this release of the library knows none."""
    return next((name for name in ASKED if getattr(update, name) is not None), "other")


def hear(update: Update) -> Heard | Unheard:
    """What an update says."""
    message: Message | None = next((found for name in HEARD if (found := getattr(update, name)) is not None), None)
    if message is None:
        return Unheard.OTHER_KIND
    chat = message.chat
    if not is_public(chat):
        return Unheard.NOT_PUBLIC
    text, urls = _words(message), tuple(dict.fromkeys(_urls(message)))[:MAX_URLS]
    if not text and not urls:
        return Unheard.NOTHING_SAID
    name = str(chat.username).lower()
    locator = f"tg:channel:{number_of(chat.id)}/message/{message.message_id}"
    edited = int(message.edit_date or 0)
    at = message.date if not edited else datetime.fromtimestamp(edited, UTC)
    item = Item(
        item=locator,
        at=at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        visibility=Visibility.PUBLIC,
        kind=ItemKind.POST if chat.type == "channel" else ItemKind.MESSAGE,
        author=_author_name(message),
        channel=f"tg:channel:{number_of(chat.id)}",
        text=text,
        urls=urls,
    )
    link = f"https://t.me/{chat.username}/{message.message_id}"
    return Heard(chat.id, name, message.message_id, edited, locator, link, author_of(message), item)


def is_public(chat: Chat) -> bool:
    """Whether anybody may read it: a supergroup or channel with a public name.

    What people write to a channel directly comes as of a supergroup, too, and only its administrators read that.
    """
    return chat.type in PUBLIC and bool(chat.username) and not getattr(chat, "is_direct_messages", None)


def number_of(chat: int) -> int:
    """A channel's or supergroup's number as links have it: the Bot API puts -100 before it."""
    return -chat - 10**12


def author_of(message: Message) -> Author:
    """Who wrote it, as far as something could be done about it in this chat."""
    if message.sender_chat is not None:
        own = message.sender_chat.id == message.chat.id or bool(message.is_automatic_forward)
        return Author() if own else Author(channel=message.sender_chat.id)
    user = message.from_user
    return Author() if user is None or user.id in _BOTS_OF_TELEGRAM else Author(user=user.id)


def _author_name(message: Message) -> str:
    author = author_of(message)
    if author.user is not None:
        return f"user:{author.user}"
    return "" if author.channel is None else f"tg:channel:{number_of(author.channel)}"


def _words(message: Message) -> str:
    """Everything that is to be read at once: text or caption, what it quotes, a poll's options, a list's points."""
    parts = [message.text or message.caption or "", message.quote.text if message.quote is not None else ""]
    if message.poll is not None:
        parts += [message.poll.question, *(option.text for option in message.poll.options)]
    if message.checklist is not None:
        parts += [message.checklist.title, *(task.text for task in message.checklist.tasks)]
    return "\n".join(part for part in parts if part)


def _urls(message: Message) -> Iterator[str]:
    """Addresses that do not stand in the words: behind linked text and buttons, and whence it or its quote comes."""
    entities: list[MessageEntity] = [*(message.entities or ()), *(message.caption_entities or ())]
    yield from (one.url for one in entities if one.url)
    if message.link_preview_options is not None and message.link_preview_options.url:
        yield message.link_preview_options.url
    if message.reply_markup is not None:
        yield from (button.url for row in message.reply_markup.inline_keyboard for button in row if button.url)
    for origin in (message.forward_origin, message.external_reply and message.external_reply.origin):
        if (channel := getattr(origin, "chat", None)) is not None and channel.username:
            number = getattr(origin, "message_id", None)
            yield f"https://t.me/{channel.username}" + (f"/{number}" if number else "")
