"""People with telephones: what they write and tap reaches the local server as Telegram would bring it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.server.connectors.government_bot.chatting import LINK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.telegram.botapi import BotAPI
    from tests.telegram.botapi.world import Bot, User

PATIENCE = 120.0  # Seconds until a test gives up; nothing is measured here.


class Somebody:
    """A person with a telephone."""

    def __init__(self, api: BotAPI, bot: Bot, user: User) -> None:
        self.api, self.bot, self.user = api, bot, user

    @classmethod
    def of(cls, api: BotAPI, bot: Bot, name: str) -> Somebody:
        """Somebody new, who began to speak with the bot."""
        user = api.do(lambda world: world.user(name))
        api.do(lambda world: world.private(user, bot))
        return cls(api, bot, user)

    @property
    def chat(self) -> Any:
        return self.api.world.chats[self.user.id]

    def said(self) -> list[Any]:
        """What the bot wrote here."""
        account = self.bot.account.id
        return self.api.do(
            lambda _: [one for one in self.chat.messages.values() if one.sender and one.sender.id == account]
        )

    def write(self, text: str, *, expects: str) -> str:
        before = len(self.said())
        self.api.do(lambda world: world.say(self.chat, self.user, text))
        return self.waits(expects, before)

    def tap(self, label: str, *, expects: str) -> str:
        before = len(self.said())
        message, data = self.button(label)
        self.api.do(lambda world: world.press(self.user, message, data, self.bot))
        return self.waits(expects, before)

    def button(self, label: str) -> tuple[Any, str]:
        for one in reversed(self.said()):
            for row in (one.markup or {}).get("inline_keyboard", ()):
                for face in row:
                    if face["text"].startswith(label):
                        return one, face["callback_data"]
        raise AssertionError(f"no button {label}")

    def waits(self, expects: str, before: int = 0) -> str:
        until_true(lambda: any(expects in (one.text or "") for one in self.said()[before:]))
        return "\n".join(one.text or "" for one in self.said()[before:])


def until_true(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)


def sends(officer: Somebody) -> str:
    officer.write(LINK, expects="To whom")
    officer.tap("Telegram", expects="What is it about")
    officer.tap("Terrorism", expects="What kind")
    officer.tap("Trusted flag", expects="How urgent")
    officer.tap("Urgent", expects="On which ground")
    officer.tap("Another law", expects="Write the ground")
    officer.write("UU 11/2008; Pasal 40 ayat (2a)", expects="Explain")
    officer.write("A made-up placeholder, for a test.", expects="Nothing was sent yet")
    return officer.tap("Send", expects="Taken and recorded")
