"""Telegram through a bot: the verbs of the Bot API, in chats where it is an administrator.

Whoever calls it keeps the books (`platform.performing`); here is only what is asked of Telegram, and what its answer
means.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from aiogram.methods import (
    BanChatMember,
    BanChatSenderChat,
    DeleteMessage,
    GetChat,
    GetChatMember,
    GetMe,
    RestrictChatMember,
    SendMessage,
    UnbanChatMember,
    UnbanChatSenderChat,
)
from aiogram.types import ChatPermissions, LinkPreviewOptions, ReplyParameters

from mufakat import locator as locators
from mufakat.rules.measures_planning import TABLE, Capability, Subject, Way
from mufakat.server.connectors.platform.errors import CannotError, LockedOutError
from mufakat.server.connectors.platform.interface import PlatformConnector
from mufakat.server.connectors.platform.orders import Outcome, Receipt, Snapshot, Target
from mufakat.server.connectors.telegram import places, rights
from mufakat.server.connectors.telegram.answers import LAST, AlreadyError, MovedError, RefusedError, meaning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiogram import Bot
    from aiogram.methods import TelegramMethod
    from aiogram.types import Update

    from mufakat.rules.measures_planning import Verb
    from mufakat.server.connectors.platform.orders import Order

SHORTEST: Final = 60.0
"""Seconds that a restriction has to last: with less than 30 it is for ever (restrictChatMember), and clocks differ."""

SILENT = ChatPermissions(
    can_send_messages=False,
    can_send_audios=False,
    can_send_documents=False,
    can_send_photos=False,
    can_send_videos=False,
    can_send_video_notes=False,
    can_send_voice_notes=False,
    can_send_polls=False,
    can_send_other_messages=False,
    can_add_web_page_previews=False,
    can_react_to_messages=False,
)


class TelegramConnector(PlatformConnector):
    """`bot` is asked anew for each call: its token may be rotated meanwhile.

    `renewed` is given a token that was refused, and says whether there is another one now.
    """

    way: ClassVar[Way] = Way.TELEGRAM_BOT

    def __init__(
        self,
        bot: Callable[[], Bot],
        updates: Callable[[], AsyncIterator[Update]] | None = None,
        *,
        renewed: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._bot = bot
        self._renewed = renewed
        self._updates = updates

    # -- Looking -------------------------------------------------------------------------------------------------------

    async def resolve(self, locator: str) -> Target | None:
        """A public chat by its name, or what lies in it."""
        read = locators.parse(locator)
        canonical = getattr(read, "canonical", None)
        if canonical is None or not canonical.startswith("tg:username:"):
            return None
        name, _, message = canonical.removeprefix("tg:username:").partition("/message/")
        try:
            chat = await self.ask(GetChat(chat_id=f"@{name}"))
        except RefusedError:
            return None
        if chat.type not in places.PUBLIC or not chat.username:
            return None
        numbers = {"chat": chat.id} | ({"message": int(message)} if message.isdecimal() else {})
        part = f"/message/{message}" if message.isdecimal() else ""
        return Target(f"tg:channel:{places.number_of(chat.id)}{part}", numbers)

    async def able(self, target: Target) -> frozenset[Verb]:
        """From the bot's own membership in the chat."""
        number = target.numbers["chat"]
        try:
            me = await self.ask(GetMe())
            chat = await self.ask(GetChat(chat_id=number))
            member = await self.ask(GetChatMember(chat_id=number, user_id=me.id))
        except (RefusedError, AlreadyError, MovedError):
            return frozenset()
        return rights.able(member, chat.type) if places.is_public(chat) else frozenset()

    async def snapshot(self, target: Target) -> Snapshot | None:  # noqa: ARG002 - nothing can be asked of it.
        """Nothing: a bot reads no history. The evidence is what the update brought, and comes with the order."""
        return None

    async def stream(self) -> AsyncIterator[Update]:
        """The updates of its chats."""
        if self._updates is None:
            raise CannotError("No way for updates was given.")
        async for update in self._updates():
            yield update

    # -- Acting --------------------------------------------------------------------------------------------------------

    async def warn(self, order: Order) -> Receipt:
        """A reply under the message; where that is gone meanwhile nobody is warned of it."""
        numbers = order.target.numbers
        reply = ReplyParameters(message_id=numbers["message"])
        return await self._receipt(
            order,
            SendMessage(
                chat_id=numbers["chat"],
                text=order.text,
                reply_parameters=reply,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            ),
        )

    async def remove(self, order: Order) -> Receipt:
        """Delete the message."""
        return await self._delete(order, order.target.numbers["message"])

    async def hide(self, order: Order) -> Receipt:
        """Let an author read and write no more."""
        numbers = order.target.numbers
        if order.subject is not Subject.AUTHOR or "user" not in numbers:
            raise self._cannot(order)
        if _is_over(order):
            return self._over()
        call = RestrictChatMember(
            chat_id=numbers["chat"], user_id=numbers["user"], permissions=SILENT, until_date=order.until
        )
        return await self._receipt(order, call)

    async def suspend(self, order: Order) -> Receipt:
        """Ban an author from this chat; what was written before stays."""
        numbers = order.target.numbers
        if "channel" in numbers:
            # A channel is banned until somebody lifts it: the Bot API has no end for it.
            call: TelegramMethod[bool] = BanChatSenderChat(chat_id=numbers["chat"], sender_chat_id=numbers["channel"])
            return await self._receipt(order, call)
        if _is_over(order):
            return self._over()
        call = BanChatMember(
            chat_id=numbers["chat"], user_id=numbers["user"], until_date=order.until, revoke_messages=False
        )
        return await self._receipt(order, call)

    async def restore(self, order: Order) -> Receipt:
        """Undo what was done to an author, or take a warning back."""
        numbers = order.target.numbers
        if order.subject is Subject.CONTENT:
            if "warning" not in numbers:
                raise CannotError("A deleted message cannot come back; its author may write it again.")
            return await self._delete(order, numbers["warning"])
        if "channel" in numbers:
            call: TelegramMethod[bool] = UnbanChatSenderChat(chat_id=numbers["chat"], sender_chat_id=numbers["channel"])
            return await self._receipt(order, call)
        if "banned" in numbers:
            call = UnbanChatMember(chat_id=numbers["chat"], user_id=numbers["user"], only_if_banned=True)
            return await self._receipt(order, call)
        chat = await self.ask(GetChat(chat_id=numbers["chat"]))
        given = chat.permissions or ChatPermissions(**dict.fromkeys(SILENT.model_dump(exclude_none=True), True))
        call = RestrictChatMember(chat_id=numbers["chat"], user_id=numbers["user"], permissions=given)
        return await self._receipt(order, call)

    async def tell(self, chat: int, text: str) -> Receipt:
        """A message to the people who watch over this."""
        preview = LinkPreviewOptions(is_disabled=True)
        return await self._receipt(None, SendMessage(chat_id=chat, text=text, link_preview_options=preview))

    # -- Asking --------------------------------------------------------------------------------------------------------

    async def ask(self, call: TelegramMethod[Any]) -> Any:
        """Ask Telegram; what goes wrong is one of our errors."""
        while True:
            bot = self._bot()
            try:
                return await bot(call)
            except Exception as error:  # noqa: BLE001 - `meaning` raises what it does not know.
                meant = meaning(error)
                if not (isinstance(meant, LockedOutError) and self._renewed(bot.token)):
                    raise meant from None

    @staticmethod
    def _over() -> Receipt:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        return Receipt(outcome=Outcome.ALREADY, at=at, says="its time had ended before it could be done")

    async def _delete(self, order: Order, message: int) -> Receipt:
        return await self._receipt(order, DeleteMessage(chat_id=order.target.numbers["chat"], message_id=message))

    async def _receipt(self, order: Order | None, call: TelegramMethod[Any]) -> Receipt:
        LAST.set(None)
        outcome, says, remote = Outcome.DONE, "", None
        try:
            answer = await self.ask(call)
            remote = getattr(answer, "message_id", None)
        except AlreadyError as error:
            outcome, says = Outcome.ALREADY, str(error)
        except MovedError as error:
            if order is None:
                raise  # A private group of people became a supergroup: they are told there.
            outcome, says = Outcome.REFUSED, str(error)
        except RefusedError as error:
            outcome, says = Outcome.REFUSED, str(error)
        heard = LAST.get()
        undone_by: Capability | None = None
        if order is not None and outcome is Outcome.DONE:
            undone_by = TABLE[self.way][order.verb, order.subject].undone_by
        return Receipt(
            outcome=outcome,
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            says=says,
            status=heard and heard.status,
            answer=heard.sha256 if heard else "",
            remote=remote,
            undone_by=undone_by,
        )


def _is_over(order: Order) -> bool:
    """Whether it would end at once. An end that near, or past, Telegram takes for none: it would hold for ever."""
    return order.until is not None and order.until - time.time() < SHORTEST
