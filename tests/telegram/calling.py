"""A local Bot API server with a bot, a group and a channel, asked in plain HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.telegram.botapi import World

if TYPE_CHECKING:
    from tests.telegram.botapi import Bot, BotAPI, Chat, User


@dataclass
class Place:
    """Where the rules are tried."""

    api: BotAPI
    bot: Bot = field(init=False)
    group: Chat = field(init=False)
    channel: Chat = field(init=False)
    author: User = field(init=False)

    def __post_init__(self) -> None:
        self.bot = self.api.do(World.bot)
        self.group = self.api.do(lambda world: world.chat("supergroup", "Contoh", "contohgrup"))
        self.channel = self.api.do(lambda world: world.chat("channel", "Kanal", "contohkanal"))
        self.author = self.api.do(World.user)
        self.api.do(self._populate)

    def _populate(self, world: World) -> None:
        for chat in (self.group, self.channel):
            world.join(chat, self.bot.account, status="administrator")
        world.join(self.group, self.author)

    def say(self, text: str = "pagi", chat: Chat | None = None, **more: Any) -> Any:
        where = chat or self.group
        sender = None if where is self.channel else self.author
        return self.api.do(lambda world: world.say(where, sender, text, **more))

    def call(self, method: str, token: str | None = None, **told: Any) -> dict[str, Any]:
        """The whole answer, good or not."""
        address = f"{self.api.url}/bot{token or self.bot.token}/{method}"
        asked = urllib.request.Request(  # noqa: S310 - our own server.
            address, json.dumps(told).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - the same.
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                return dict(json.load(error))

    def refused(self, method: str, **told: Any) -> tuple[int, str]:
        """The code and the sentence of a refusal."""
        answer = self.call(method, **told)
        assert not answer["ok"], answer
        return answer["error_code"], answer["description"]

    def updates(self, **told: Any) -> list[dict[str, Any]]:
        return list(self.call("getUpdates", **told)["result"])
