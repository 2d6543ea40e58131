"""The Government Channel over Telegram with real processes: a server, the bot, a local server of the Bot API."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.connectors.government_bot.chatting import LINK, NAME
from tests.server.connectors.government_bot.telephone import Somebody, sends, until_true
from tests.telegram.botapi import BotAPI

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.houses import Server


@pytest.fixture
def api() -> Iterator[BotAPI]:
    with BotAPI() as made:
        yield made
        assert made.broken == []


@contextmanager
def governing(server: Server, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``mufakat telegram govern`` in a process of its own."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "mufakat.cli", "telegram", "govern"], env=server._environ(), stderr=out, stdout=out
        )
        try:
            until_true(lambda: b"is there" in log.read_bytes() or process.poll() is not None)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            finally:
                process.kill()


def test_a_link_goes_to_the_platform_and_its_answer_comes_back(
    stopped_server: Server, api: BotAPI, tmp_path: Path
) -> None:
    server, bot = stopped_server, api.do(lambda world: world.bot(NAME))
    token = tmp_path / "bot.token"
    token.write_text(bot.token)
    server.environ |= {
        "MUFAKAT_GOVERNMENT_BOT": NAME,
        "MUFAKAT_GOVERNMENT_BOT_TOKEN_FILE": str(token),
        "MUFAKAT_TELEGRAM_API": api.url,
        "MUFAKAT_URL": "https://notices.example.org",
    }
    server.start()
    officer, reviewer = Somebody.of(api, bot, "Ani"), Somebody.of(api, bot, "Budi")

    def bound(person: Somebody, handle: str, role: str) -> None:
        words = ("telegram", "bind", "--party", handle, "--role", role, "--json")
        link = json.loads(server.run(*words).stdout)["link"]
        person.write(f"/start {link.partition('start=')[2]}", expects=f"{handle}/{role}")
        person.write("/en", expects="/status")

    with governing(server, tmp_path / "bot.log") as process:
        bound(officer, "kominfo", "officer")
        bound(reviewer, "telegram", "reviewer")
        taken = sends(officer)
        came = reviewer.waits("A new notice to you.")
        notice = next(line for line in taken.splitlines() if line.startswith("ntc_"))
        assert (notice in came, LINK in came) == (True, False)
        # The token leaks, and its owner replaces it: neither process is started anew.
        token.write_text(api.do(lambda world: world.rotate(bot)))
        reviewer.tap("Acknowledge", expects="Acknowledged, by you.")
        officer.waits("The recipient acknowledged your notice.")
        # The server dies in the middle: what is tapped meanwhile waits for it.
        server.kill()
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    message, data = reviewer.button("Status")
    api.do(lambda world: world.press(reviewer.user, message, data, bot))
    server.start()
    with governing(server, tmp_path / "bot2.log"):
        reviewer.waits("Acknowledged; the recipient decides next")
    shown: dict[str, Any] = json.loads(
        server.run("notice", "show", notice, "--party", "kominfo", "--role", "officer", "--json").stdout
    )
    assert shown["state"] == "acknowledged"
    assert bot.token not in (tmp_path / "bot.log").read_text() + (tmp_path / "bot2.log").read_text()
