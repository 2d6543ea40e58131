"""What the local server knows: bots, people, chats, messages, rights, and the updates that wait for each bot."""

from __future__ import annotations

import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.telegram.botapi import calls, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ADMINISTRATOR = (
    *("can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members"),
    *("can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories"),
    *("can_delete_stories", "can_send_welcome_messages", "can_post_messages", "can_edit_messages", "can_pin_messages"),
)
SENDING = (
    *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
    *("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages"),
    *("can_add_web_page_previews", "can_react_to_messages"),
)
# Updates of these types come only where they were asked for (getUpdates, "allowed_updates").
ASKED_FOR = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
FORGOTTEN = 24 * 3600  # Seconds that an update waits for its bot.


@dataclass
class User:
    """A person, or the account of a bot."""

    id: int
    first_name: str
    username: str | None = None
    is_bot: bool = False
    started: set[int] = field(default_factory=set)  # Bots that this person began to speak with.
    blocked: set[int] = field(default_factory=set)


@dataclass
class Member:
    """How somebody stands in a chat."""

    status: str = "member"  # creator, administrator, member, restricted, left, kicked
    rights: frozenset[str] = frozenset()  # Of an administrator; of somebody restricted what is still allowed.
    until: int = 0

    @property
    def is_there(self) -> bool:
        return self.status in {"creator", "administrator", "member", "restricted"}


@dataclass
class Message:
    """One message."""

    id: int
    chat: Chat
    date: int
    sender: User | None  # None: the chat itself wrote it.
    sender_chat: Chat | None = None
    text: str | None = None
    caption: str | None = None
    file: str | None = None
    reply_to: int | None = None
    edited: int | None = None
    service: bool = False
    markup: dict[str, Any] | None = None
    entities: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Chat:
    """A private chat, group, supergroup or channel."""

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    members: dict[int, Member] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    permissions: frozenset[str] = frozenset(SENDING)
    banned_chats: set[int] = field(default_factory=set)
    migrated_to: int | None = None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def member(self, user: int) -> Member:
        return self.members.get(user, Member("left"))


@dataclass
class Webhook:
    """Where a bot's updates are posted to."""

    url: str
    secret: str | None
    most: int = 40
    last_error: str | None = None


@dataclass
class Bot:
    """A bot with its token and what waits for it."""

    account: User
    token: str
    updates: deque[tuple[int, dict[str, Any]]] = field(default_factory=deque)  # When it came, and the update.
    numbers: Iterator[int] = field(default_factory=lambda: count(1001))
    allowed: frozenset[str] | None = None
    webhook: Webhook | None = None
    asking: int = 0  # The number of the newest getUpdates: an older one is ended.
    handed: int = 0  # How often an update was handed out.

    def takes(self, kind: str) -> bool:
        return kind not in ASKED_FOR if self.allowed is None else kind in self.allowed


class World:
    """All of it. Only the server's thread touches it; others go through `BotAPI.do`."""

    def __init__(self) -> None:
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.bots: dict[str, Bot] = {}
        self.files: dict[str, tuple[bytes | int, str]] = {}  # Content, or how many bytes it would have.
        self.ahead = 0.0  # Seconds that this world's clock is ahead.
        self.checks = True  # Whether answers and updates are validated too; a bench lets it be.
        self.changed: Callable[[], None] = lambda: None  # Rings when an update came.
        self._numbers = count(10_000_001)

    def now(self) -> int:
        return int(time.time() + self.ahead)

    # -- Who there is --------------------------------------------------------------------------------------------------

    def bot(self, username: str = "examplebot") -> Bot:
        account = User(next(self._numbers), username, username, is_bot=True)
        self.users[account.id] = account
        made = Bot(account, self._token(account.id))
        self.bots[made.token] = made
        return made

    def rotate(self, bot: Bot) -> str:
        """Its token leaked, and its owner revoked it: the old one opens nothing any more."""
        del self.bots[bot.token]
        bot.token = self._token(bot.account.id)
        self.bots[bot.token] = bot
        return bot.token

    def user(self, name: str = "Penulis", username: str | None = None) -> User:
        made = User(next(self._numbers), name, username)
        self.users[made.id] = made
        return made

    def chat(self, kind: str, title: str, username: str | None = None) -> Chat:
        number = next(self._numbers)
        made = Chat(-(10**12 + number) if kind in {"supergroup", "channel"} else -number, kind, title, username)
        self.chats[made.id] = made
        return made

    def private(self, user: User, bot: Bot) -> Chat:
        """The chat of a person with a bot, which the person began."""
        user.started.add(bot.account.id)
        made = self.chats.setdefault(user.id, Chat(user.id, "private", None, user.username))
        made.members[user.id] = Member()
        return made

    def join(self, chat: Chat, user: User, *, status: str = "member", rights: frozenset[str] | None = None) -> None:
        """Put somebody into a chat; a bot is told of its own membership."""
        given = frozenset(ADMINISTRATOR) if rights is None and status == "administrator" else rights or frozenset()
        self.set_member(chat, user, Member(status, given))

    def set_member(self, chat: Chat, user: User, new: Member, *, by: User | None = None) -> None:
        old = chat.member(user.id)
        chat.members[user.id] = new
        told = {
            "chat": shown.chat(chat),
            "from": shown.user(by or user),
            "date": self.now(),
            "old_chat_member": shown.member(user, old),
            "new_chat_member": shown.member(user, new),
        }
        for bot in self.bots.values():
            if bot.account.id == user.id:
                self.queue(bot, "my_chat_member", told)
            elif chat.member(bot.account.id).status == "administrator":
                self.queue(bot, "chat_member", told)

    # -- What is said --------------------------------------------------------------------------------------------------

    def say(self, chat: Chat, sender: User | None, text: str | None, **more: Any) -> Message:
        """Somebody writes; every bot that may read it is told."""
        made = self.put(chat, sender, text, **more)
        self.tell(made, "channel_post" if chat.type == "channel" else "message")
        return made

    def put(self, chat: Chat, sender: User | None, text: str | None, **more: Any) -> Message:
        made = Message(next(chat.numbers), chat, more.pop("date", None) or self.now(), sender, text=text, **more)
        chat.messages[made.id] = made
        return made

    def edit(self, message: Message, text: str, *, at: int | None = None) -> None:
        if message.caption is not None:
            message.caption = text
        else:
            message.text = text
        message.edited = at or max(self.now(), message.date + 1, (message.edited or 0) + 1)
        self.tell(message, "edited_channel_post" if message.chat.type == "channel" else "edited_message")

    def press(self, user: User, message: Message, data: str, bot: Bot) -> None:
        """Somebody presses a button under a bot's message."""
        told = {
            "id": secrets.token_hex(8),
            "from": shown.user(user),
            "message": shown.message(message, self),
            "chat_instance": str(message.chat.id),
            "data": data,
        }
        self.queue(bot, "callback_query", told)

    def tell(self, message: Message, kind: str) -> None:
        told = shown.message(message, self)
        for bot in self.bots.values():
            if self._reads(bot, message):
                self.queue(bot, kind, told)

    def _reads(self, bot: Bot, message: Message) -> bool:
        if message.sender is not None and message.sender.id == bot.account.id:
            return False
        if message.chat.type == "private":
            return bot.account.id in self.users[message.chat.id].started
        # As in privacy mode: of a group a bot reads everything only as an administrator.
        return message.chat.member(bot.account.id).status == "administrator"

    def queue(self, bot: Bot, kind: str, told: dict[str, Any]) -> None:
        if not bot.takes(kind):
            return
        update = {"update_id": next(bot.numbers), kind: told}
        bot.updates.append((self.now(), calls.sound_update(update) if self.checks else update))
        self.changed()

    def repeat(self, bot: Bot, update: dict[str, Any]) -> None:
        """Hand an update out once more, though it was confirmed."""
        bot.updates.append((self.now(), update))
        self.changed()

    def forget_old(self, bot: Bot) -> None:
        while bot.updates and bot.updates[0][0] < self.now() - FORGOTTEN:
            bot.updates.popleft()

    # -- What becomes of chats -----------------------------------------------------------------------------------------

    def migrate(self, chat: Chat) -> Chat:
        """A group becomes a supergroup with another id; what was written in it stays under the old numbers."""
        made = self.chat("supergroup", chat.title or "", None)
        made.members = dict(chat.members)
        chat.migrated_to = made.id
        return made

    @staticmethod
    def _token(number: int) -> str:
        return f"{number}:{secrets.token_urlsafe(26)}"
