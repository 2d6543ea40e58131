"""The Telegram suite: the screening bot as it is run, against the local Bot API server and an engine that answers.

`telegram.delete`: from an update to "deleted, and people told", ten a second. `telegram.updates`: a backlog of updates,
screened and confirmed, one in a hundred of them deleted and told. The floor is the same library, which does the same,
keeps nothing and asks nobody.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psutil
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from tests.telegram.botapi import BotAPI, World
from tests.telegram.engine import Engine

from bench import suite
from bench.contest import Contest, Sample, Target, WrongError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bench.contest import Maker

DELETIONS = 60
EVERY = 0.1  # Seconds between two of them.
UPDATES = 4_000
SUSTAINED = 500  # Updates a second that are offered, and have to be through as they come.
SECONDS = 6
GROUPS = 5
ONE_IN = 100  # Updates that are hit.
PATIENCE = 300.0
LINK = re.compile(r"https://t\.me/(\w+)/(\d+): deleted")


@dataclass
class Town:
    """The server with groups, and when what happened in it."""

    api: BotAPI
    groups: list[Any] = field(default_factory=list)
    said: dict[tuple[str, int], float] = field(default_factory=dict)
    gone: dict[tuple[str, int], float] = field(default_factory=dict)
    told: dict[tuple[str, int], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bot = self.api.do(World.bot)
        self.api.do(self._populate)
        self.api.watch = self._watch

    def _populate(self, world: World) -> None:
        world.checks = False  # What is measured is the bot.
        self.author = world.user()
        self.team = world.chat("group", "Tim")
        world.join(self.team, self.bot.account)
        for number in range(GROUPS):
            group = world.chat("supergroup", f"Contoh {number}", f"contohgrup{number}")
            world.join(group, self.bot.account, status="administrator")
            world.join(group, self.author)
            self.groups.append(group)

    def _watch(self, method: str, told: dict[str, Any]) -> None:
        at = time.monotonic()
        if method == "deleteMessage":
            names = {str(group.id): group.username for group in self.groups}
            self.gone[names[told["chat_id"]], int(told["message_id"])] = at
        elif method == "sendMessage":
            for name, number in LINK.findall(told["text"]):
                self.told[name, int(number)] = at

    def say(self, number: int, text: str) -> None:
        """In one group after the other."""

        def deed(world: World) -> None:
            group = self.groups[number % GROUPS]
            message = world.put(group, self.author, text)
            self.said[group.username, message.id] = time.monotonic()
            world.tell(message, "message")

        self.api.do(deed)

    def left(self) -> int:
        return self.api.do(lambda _: len(self.bot.updates))


@contextmanager
def program(town: Town, engine: Engine, folder: Path) -> Iterator[psutil.Process]:
    """`mufakat telegram screen` with a journal on a real disk."""
    folder.mkdir(parents=True)
    (folder / "bot").write_text(town.bot.token)
    (folder / "api").write_text(engine.token)
    command = [
        *(sys.executable, "-m", "mufakat.cli", "telegram", "screen", engine.url, "--may-delete"),
        *("--token-file", str(folder / "api"), "--bot-token-file", str(folder / "bot")),
        *("--journal", str(folder / "journal.sqlite3"), "--telegram", town.api.url, "--tell", str(town.team.id)),
    ]
    with (folder / "log").open("ab") as log, subprocess.Popen(command, stdout=log, stderr=log) as running:
        try:
            wait(lambda: town.left() == 0, "the bot did not begin")
            yield psutil.Process(running.pid)
        finally:
            running.terminate()
            running.wait(60)
    if running.returncode != 0:
        raise WrongError(f"the bot ended with {running.returncode}: {(folder / 'log').read_text()[-500:]}")


def wait(holds: Any, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise WrongError(what)
        time.sleep(0.005)


def busy(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


@dataclass
class Deleting:
    """Ours: from an update to deleted and told."""

    work: Path
    name: str = "mufakat telegram screen"
    turn: int = 0

    def run(self) -> Sample:
        self.turn += 1
        with BotAPI() as api, Engine() as engine:
            town = Town(api)
            with program(town, engine, self.work / f"{self.turn}") as process:
                before = busy(process)
                offer(town)
                cpu = busy(process) - before
        return delays(town, cpu)


@dataclass
class DeletingBare:
    """The floor: the library alone, in this process; no engine, no books."""

    name: str = "aiogram alone: no engine, nothing kept"

    def run(self) -> Sample:
        with BotAPI() as api:
            town = Town(api)
            with bare(town):
                offer(town)
        return delays(town, None)


def offer(town: Town) -> None:
    """Hits, ten a second, until the last is deleted and told."""
    for number in range(DELETIONS):
        town.say(number, f"pisang {number}")
        time.sleep(EVERY)
    wait(lambda: len(town.told) == DELETIONS, f"{len(town.told)} of {DELETIONS} were told")
    if set(town.gone) != set(town.said):
        raise WrongError("what was said is not what was deleted")


def delays(town: Town, cpu: float | None) -> Sample:
    """How long each took, to the later of the two."""
    waits = sorted(max(town.gone[one], town.told[one]) - at for one, at in town.said.items())
    middle, late, latest = (waits[min(len(waits) - 1, len(waits) * part // 100)] for part in (50, 95, 99))
    each = None if cpu is None else 1000 * cpu / DELETIONS
    return Sample(1 / middle, each, 1000 * middle, 1000 * latest, 1000 * late)


@dataclass
class Screening:
    """Ours: a steady stream that has to be through as it comes, then a backlog as fast as it goes."""

    work: Path
    name: str = "mufakat telegram screen"
    turn: int = 0

    def run(self) -> Sample:
        self.turn += 1
        with BotAPI() as api, Engine() as engine:
            town = Town(api)
            with program(town, engine, self.work / f"{self.turn}") as process:
                late = stream(town)
                offered = len(town.said)
                before = busy(process)
                took = backlog(town)
                cpu = busy(process) - before
                recount(town, engine, offered + UPDATES)
        return Sample(UPDATES / took, 1000 * cpu / UPDATES, p95_ms=1000 * late)


@dataclass
class ScreeningBare:
    """The floor."""

    name: str = "aiogram alone: no engine, nothing kept"

    def run(self) -> Sample:
        with BotAPI() as api:
            town = Town(api)
            with bare(town):
                took = backlog(town)
        return Sample(UPDATES / took)


def stream(town: Town) -> float:
    """Offer so many a second; how far behind the end the bot was, in seconds."""
    began = time.monotonic()
    for number in range(SUSTAINED * SECONDS):
        town.say(number, "pisang" if number % ONE_IN == 0 else f"selamat pagi {number}")
        ahead = began + number / SUSTAINED - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    ended = time.monotonic()
    if ended - began > 1.2 * SECONDS:
        raise WrongError(f"only {SUSTAINED * SECONDS / (ended - began):.0f} updates a second could be offered")
    wait(lambda: town.left() == 0, "updates were left")
    return time.monotonic() - ended


def backlog(town: Town) -> float:
    """So many at once; seconds until the last is confirmed."""

    def deed(world: World) -> None:
        for number in range(UPDATES):
            group = town.groups[number % GROUPS]
            message = world.put(group, town.author, "pisang" if number % ONE_IN == 0 else f"selamat pagi {number}")
            town.said[group.username, message.id] = time.monotonic()
            world.tell(message, "message")

    began = time.monotonic()
    town.api.do(deed)
    wait(lambda: town.left() == 0, "updates were left")
    return time.monotonic() - began


def recount(town: Town, engine: Engine, wanted: int) -> None:
    """Every update was screened, none twice, and every hit deleted and told."""
    hits = sum(1 for word in engine.hits.values() if word)
    wait(lambda: len(town.told) == hits == len(town.gone), "hits were not deleted, or nobody was told")
    asked = [item.item for item in engine.items]
    if not len(asked) == len(set(asked)) == wanted:
        raise WrongError(f"{wanted} were said, {len(asked)} screened, {len(set(asked))} different ones")


@contextmanager
def bare(town: Town) -> Iterator[None]:
    """The library in a thread: what holds the word is deleted and told, and nothing is kept."""
    import threading

    stopping = threading.Event()

    async def live() -> None:
        session = AiohttpSession(api=TelegramAPIServer.from_base(town.api.url))
        async with Bot(town.bot.token, session=session) as bot:
            offset = None
            while not stopping.is_set():
                for update in await bot.get_updates(offset=offset, timeout=1):
                    offset = update.update_id + 1
                    message = update.message
                    if message is not None and "pisang" in (message.text or ""):
                        await bot.delete_message(message.chat.id, message.message_id)
                        link = f"https://t.me/{message.chat.username}/{message.message_id}"
                        await bot.send_message(town.team.id, f"{link}: deleted")

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    wait(lambda: town.left() == 0, "the library did not begin")
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@contextmanager
def delete(work: Path) -> Iterator[Contest]:
    """From an update to deleted and told."""
    targets = (Target("p95_ms", 300, at_most=True),)
    yield Contest("telegram.delete", "1/median s", Deleting(work), floor=DeletingBare(), targets=targets)


@contextmanager
def updates(work: Path) -> Iterator[Contest]:
    """Updates a second, without loss."""
    remarks = (f"p95 ms: how long after the last of {SUSTAINED} a second, {SECONDS} s long, all were confirmed",)
    targets = (Target("ours", SUSTAINED), Target("p95_ms", 1000, at_most=True))
    yield Contest(
        "telegram.updates", "updates/s", Screening(work), floor=ScreeningBare(), targets=targets, remarks=remarks
    )


MAKERS: Mapping[str, Maker] = {"telegram.delete": delete, "telegram.updates": updates}

if __name__ == "__main__":
    raise SystemExit(suite.main("telegram", MAKERS))
