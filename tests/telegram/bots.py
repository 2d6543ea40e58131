"""The screening bot beside a local Bot API server and an engine: in a thread of this process, or as a program."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tests.telegram.botapi import BotAPI, World

from mufakat.server.connectors.telegram import polling, running, watching
from mufakat.server.connectors.telegram.following import Conduct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.telegram.botapi import Bot, Chat, User
    from tests.telegram.engine import Engine

PATIENCE = 180.0  # Seconds after which something is taken not to come; far more than it takes.


def until(holds: Callable[[], Any], what: str = "it") -> Any:
    """Wait until this holds, and give it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come")


@dataclass
class Running:
    """The bot in a thread."""

    settings: running.Settings
    problem: BaseException | None = None

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._live, name="bot", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        try:
            self._loop.run_until_complete(running.screen(self.settings, stop=self._stop))
        except BaseException as error:  # noqa: BLE001 - it is looked at by the test.
            self.problem = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def ended(self) -> BaseException | None:
        """Why it ended by itself."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return self.problem


@dataclass
class Scene:
    """A public group with a bot in it, people who watch, and an engine."""

    api: BotAPI
    engine: Engine
    folder: Path
    bot: Bot = field(init=False)
    group: Chat = field(init=False)
    channel: Chat = field(init=False)
    team: Chat = field(init=False)
    author: User = field(init=False)
    settings: running.Settings = field(init=False)
    live: list[Running] = field(default_factory=list)
    programs: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bot = self.api.do(World.bot)
        self.group = self.api.do(lambda world: world.chat("supergroup", "Contoh", "contohgrup"))
        self.channel = self.api.do(lambda world: world.chat("channel", "Kanal", "contohkanal"))
        self.team = self.api.do(lambda world: world.chat("group", "Tim"))
        self.author = self.api.do(World.user)
        self.api.do(self._populate)
        (self.folder / "bot").write_text(self.bot.token)
        (self.folder / "api").write_text(self.engine.token)
        self.settings = running.Settings(
            url=self.engine.url,
            token_file=self.folder / "api",
            bot_token_file=self.folder / "bot",
            journal=self.folder / "journal.sqlite3",
            telegram=self.api.url,
            tell=self.team.id,
            conduct=Conduct(may_delete=True, contact="https://keberatan.example"),
        )

    def _populate(self, world: World) -> None:
        for chat in (self.group, self.channel, self.team):
            status = "member" if chat is self.team else "administrator"
            world.join(chat, self.bot.account, status=status)
        world.join(self.group, self.author)

    def start(self, **changes: Any) -> Running:
        """Start the bot here."""
        self.settings = replace(self.settings, **changes)
        made = Running(self.settings)
        self.live.append(made)
        return made

    def program(self, *options: str) -> subprocess.Popen[str]:
        """Start the bot as a program of its own."""
        command = [
            *(sys.executable, "-m", "mufakat.cli", "telegram", "screen", self.engine.url),
            *("--token-file", str(self.folder / "api"), "--bot-token-file", str(self.folder / "bot")),
            *("--journal", str(self.settings.journal), "--telegram", self.api.url, "--tell", str(self.team.id)),
            *options,
        ]
        environ = {**os.environ, "COVERAGE_PROCESS_START": ""}
        made = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)
        self.programs.append(made)
        return made

    def say(self, text: str | None, chat: Chat | None = None, **more: Any) -> Any:
        place = chat or self.group
        sender = None if place is self.channel else self.author
        return self.api.do(lambda world: world.say(place, sender, text, **more))

    def is_there(self, message: Any) -> bool:
        return self.api.do(lambda _: message.id in message.chat.messages)

    def texts(self, chat: Chat | None = None) -> list[str]:
        """What stands in a chat, the team's by default."""
        place = chat or self.team
        return self.api.do(lambda _: [one.text or "" for one in place.messages.values()])

    def notes(self) -> str:
        return "\n".join(self.texts())

    def confirmed(self) -> bool:
        """Whether nothing waits for the bot any more."""
        return self.api.do(lambda _: not self.bot.updates)

    def close(self) -> None:
        for one in self.live:
            one.stop()
        for program in self.programs:
            if program.poll() is None:
                program.kill()
            program.communicate()


def hurry(monkeypatch: Any) -> None:
    """Let what waits between two questions wait less."""
    monkeypatch.setattr(polling, "WAIT", 2)
    monkeypatch.setattr(watching, "LOOK", 0.05)
    monkeypatch.setattr(watching, "SLOW", 0.05)
