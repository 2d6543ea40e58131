"""What the bot may and may not do in each chat, asked of Telegram now, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiogram.methods import GetChat, GetChatMember, GetMe, GetWebhookInfo

from mufakat.rules.measures_planning import TABLE, VERBS, Way
from mufakat.server.connectors.platform.errors import ConnectorError
from mufakat.server.connectors.telegram import places, rights
from mufakat.server.connectors.telegram.account import Account
from mufakat.server.connectors.telegram.answers import AlreadyError, MovedError, RefusedError
from mufakat.server.connectors.telegram.asking import Engine
from mufakat.server.connectors.telegram.books import Books
from mufakat.server.connectors.telegram.connector import TelegramConnector
from mufakat.server.connectors.telegram.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.measures_planning import Verb
    from mufakat.server.connectors.telegram.running import Settings


@dataclass(frozen=True, slots=True)
class ChatFound:
    """One chat. `problem` says why nothing there is screened, or nothing can be done."""

    chat: str
    status: str
    may: list[str]
    may_not: dict[str, str]  # Why not, by verb.
    problem: str | None


@dataclass(slots=True)
class Found:
    """All of it."""

    bot: str = ""
    problems: list[str] = field(default_factory=list)
    chats: list[ChatFound] = field(default_factory=list)
    waiting: list[dict[str, str]] = field(default_factory=list)  # Acts that a person has to look at.

    @property
    def good(self) -> bool:
        return not self.problems and not self.waiting and all(one.problem is None for one in self.chats)


async def check(settings: Settings, named: Sequence[str]) -> Found:
    """Look at these chats, and at those in the journal."""
    found = Found()
    account = Account(settings.bot_token_file, settings.telegram)
    engine = Engine(settings.url, settings.token_file, settings.context)
    connector = TelegramConnector(account.bot)
    try:
        try:
            await engine.events(None)
        except ConnectorError as error:
            found.problems.append(str(error))
        known = await _of_the_journal(settings, found)
        try:
            me = await connector.ask(GetMe())
            found.bot = f"@{me.username}"
            await _hook(connector, settings, found)
            wanted: list[str | int] = [*named, *known]
            for chat in dict.fromkeys(wanted):
                found.chats.append(await _look(connector, me, chat))
        except ConnectorError as error:
            found.problems.append(str(error))
    finally:
        await engine.close()
        await account.close()
    return found


async def _of_the_journal(settings: Settings, found: Found) -> list[int]:
    if not settings.journal.exists():
        return []
    journal = Journal(settings.journal, reading=True)
    try:
        books = Books(journal)
        for name, act, state in await books.undone():
            found.waiting.append({"item": name, "act": act, "state": state})
        return [one.number for one in await books.chats()]
    finally:
        journal.close()


async def _hook(connector: TelegramConnector, settings: Settings, found: Found) -> None:
    info = await connector.ask(GetWebhookInfo())
    if settings.webhook is None and info.url:
        found.problems.append("this bot has a webhook, which takes its updates: --drop-webhook removes it")
    if info.last_error_message:
        found.problems.append(f"Telegram says of the webhook: {info.last_error_message}")


async def _look(connector: TelegramConnector, me: Any, named: str | int) -> ChatFound:
    try:
        chat = await connector.ask(GetChat(chat_id=named))
        member = await connector.ask(GetChatMember(chat_id=chat.id, user_id=me.id))
    except (RefusedError, AlreadyError, MovedError) as error:
        return ChatFound(str(named), "unknown", [], {}, str(error))
    shown = f"@{chat.username}" if chat.username else str(chat.id)
    if not places.is_public(chat):
        problem = f"a {chat.type} without a public name: nothing in it is screened (I-13)"
        return ChatFound(shown, member.status, [], {}, problem)
    able = rights.able(member, chat.type)
    deaf = None if able else "the bot is no administrator there, so it hears nothing"
    may_not = {_shown(verb): _why(verb) for verb in VERBS if verb not in able}
    return ChatFound(shown, member.status, [_shown(verb) for verb in VERBS if verb in able], may_not, deaf)


def _why(verb: Verb) -> str:
    cell = TABLE[Way.TELEGRAM_BOT][verb]
    if cell.level is None:
        return cell.how
    return f"the chat did not give {rights.NEEDS[verb]}" if verb in rights.NEEDS else "not in this chat"


def _shown(verb: Verb) -> str:
    return f"{verb[0].value} {verb[1].value}"
