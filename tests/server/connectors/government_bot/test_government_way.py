"""The whole way: people, a local server of the Bot API, the bot's process, and a house; by asking, and by webhook."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from tests.houses import free_port
from tests.server.connectors.government_bot.chatting import CONFIGURED, LINK, NAME, word_of
from tests.server.connectors.government_bot.telephone import PATIENCE, Somebody, sends, until_true
from tests.telegram.botapi import BotAPI
from tests.telegram.botapi.faults import Kind

from mufakat.runners import government_bot as runner
from mufakat.server.connectors import dispatch, expansion
from mufakat.server.connectors.government_bot import hearing
from mufakat.server.connectors.government_bot.models import Chat, Talk
from mufakat.server.journal.models import Event
from mufakat.server.notices.models import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.houses import House
    from tests.telegram.botapi.world import Bot


class Way:
    """A house, Telegram, and a process of the bot between them that can be stopped and started."""

    def __init__(self, house: House, api: BotAPI, bot: Bot) -> None:
        self.house, self.api, self.bot = house, api, bot
        self.away = False
        self.heard: list[dict[str, Any]] = []

    def hear(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        if self.away:
            raise runner.AwayError
        self.heard.append(told)
        return hearing.hear(hearing.encoded(told), at=datetime.now(UTC))

    def person(self, name: str) -> Somebody:
        return Somebody.of(self.api, self.bot, name)

    @contextmanager
    def running(self, **changes: Any) -> Iterator[None]:
        """The process, in a thread."""
        setting = runner.Setting(name=NAME, token=lambda: self.bot.token, api=self.api.url)
        loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()

        def live() -> None:
            asyncio.set_event_loop(loop)
            loop.run_until_complete(runner.run(replace(setting, **changes), self.hear, stop, ready=ready.set))
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

        thread = threading.Thread(target=live, daemon=True)
        thread.start()
        try:
            assert ready.wait(PATIENCE)
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()

    def work(self) -> None:
        at = datetime.now(UTC) + timedelta(seconds=1)
        while any([part(at=at).more for part in (expansion.expand, dispatch.deliver)]):  # noqa: C419
            pass


@pytest.fixture
def way(channel: House, settings_of: Callable[..., None]) -> Iterator[Way]:
    with BotAPI() as api:
        bot = api.do(lambda world: world.bot(NAME))
        settings_of(MUFAKAT_GOVERNMENT_BOT=replace(CONFIGURED, token=bot.token, api=api.url))
        made = Way(channel, api, bot)
        yield made
        dispatch.close(at=datetime.now(UTC))
        assert api.broken == []


def test_from_a_link_to_the_answer_of_the_platform(way: Way) -> None:
    officer, representative, stranger = way.person("Ani"), way.person("Budi"), way.person("Citra")
    with way.running():
        stranger.write(LINK, expects="bound to nobody")
        officer.write(f"/start {word_of(way.house, 'kominfo', 'officer')}", expects="kominfo/officer")
        officer.write("/en", expects="Send one link")
        representative.write(f"/start {word_of(way.house, 'telegram', 'reviewer')}", expects="telegram/reviewer")
        representative.write("/en", expects="New notices")
        taken = sends(officer)
        notice = Notice.objects.get()
        assert notice.pk in taken
        way.work()
        came = representative.waits("A new notice to you.")
        assert notice.pk in came
        # A tap of somebody else on the very same button.
        message, data = representative.button("Acknowledge")
        way.api.do(lambda world: world.press(stranger.user, message, data, way.bot))
        until_true(lambda: any("not for you" in (one.get("text") or "") for one in way.api.done("answerCallbackQuery")))
        assert Notice.objects.get().state == "received"
        representative.tap("Acknowledge", expects="Acknowledged, by you.")
        way.work()
        officer.waits("The recipient acknowledged your notice.")
        representative.tap("Refuse", expects="Why is")
        representative.tap("Not illegal", expects="The facts")
        representative.write("An old picture of a market stands there.", expects="The reasons")
        representative.write("It shows fruit for sale, which no law forbids.", expects="Nothing was sent yet")
        representative.tap("Send", expects="The refusal is recorded")
        way.work()
        officer.waits("This notice was decided")
    assert Notice.objects.get().state == "decided"
    events = [one.type for one in Event.objects.filter(case=notice.pk).order_by("position")]
    assert events == ["notice.received", "notice.acknowledged", "decision.made"]


def test_a_process_that_dies_loses_nothing_and_does_nothing_twice(way: Way) -> None:
    officer = way.person("Ani")
    with way.running():
        officer.write(f"/start {word_of(way.house, 'kominfo', 'officer')}", expects="kominfo/officer")
        officer.write("/en", expects="Send one link")
    # Nobody is there; the person writes on.
    way.api.do(lambda world: world.say(officer.chat, officer.user, LINK))
    assert Talk.objects.count() == 0
    with way.running():
        officer.waits("To whom")
        # The service brings the same update again, though it was confirmed.
        told = way.heard[-1]
        way.hear(told)
        # The house is away: what is written meanwhile waits.
        way.away = True
        way.api.do(lambda world: world.say(officer.chat, officer.user, "/cancel"))
        time.sleep(0.2)
        way.away = False
        officer.waits("Put aside")
    assert Talk.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (Kind.STATUS, {"status": 502}),
        (Kind.FLOOD, {"seconds": 1}),
        (Kind.DROP_BEFORE, {}),
        (Kind.GARBAGE, {}),
        (Kind.CUT, {}),
    ],
)
@pytest.mark.parametrize("method", ["getUpdates", "sendMessage"])
def test_bad_weather_costs_time_and_nothing_else(way: Way, kind: Kind, more: dict[str, Any], method: str) -> None:
    officer = way.person("Ani")
    word = word_of(way.house, "kominfo", "officer")
    with way.running():
        way.api.fail(kind, method, **more)
        officer.write(f"/start {word}", expects="kominfo/officer")
    assert Chat.objects.count() == 1


def test_a_token_that_leaked_is_replaced_while_the_process_runs(way: Way, settings_of: Callable[..., None]) -> None:
    officer = way.person("Ani")
    with way.running():
        officer.write(f"/start {word_of(way.house, 'kominfo', 'officer')}", expects="kominfo/officer")
        way.api.do(lambda world: world.rotate(way.bot))
        officer.write("/en", expects="Send one link")
    assert Chat.objects.get().ended_at is None


def test_a_file_that_holds_no_token_for_a_while_ends_nothing(way: Way) -> None:
    officer = way.person("Ani")
    tokens = iter(["half of a", "42:of-nobody"])
    with way.running(token=lambda: next(tokens, way.bot.token)):
        officer.write(f"/start {word_of(way.house, 'kominfo', 'officer')}", expects="kominfo/officer")


def test_a_group_is_left(way: Way) -> None:
    somebody = way.person("Dedi")
    group = way.api.do(lambda world: world.chat("supergroup", "Pasar"))
    with way.running():
        way.api.do(lambda world: world.join(group, somebody.user))
        way.api.do(lambda world: world.join(group, way.bot.account, status="member"))
        until_true(lambda: bool(way.api.done("leaveChat")))


def test_a_posted_update_that_cannot_be_dealt_with_stands_before_no_other(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, secret = free_port(), "a-secret-for-tests-only"
    address = f"http://127.0.0.1:{port}/telegram"

    def breaks(told: dict[str, Any]) -> list[dict[str, Any]]:
        raise runner.BrokenError(told["kind"])

    monkeypatch.setattr(way, "hear", breaks)
    chat = {"id": 7, "type": "private", "first_name": "x"}
    sound = {"message_id": 1, "date": 1, "chat": chat, "from": {**chat, "is_bot": False}, "text": "x"}
    updates = [{"update_id": 7, "message": {}}, *[{"update_id": 8, "message": sound}] * runner.TRIES]

    async def posted() -> list[int]:
        async with aiohttp.ClientSession(headers={runner.SECRET: secret}) as session:
            return [(await session.post(address, json=one)).status for one in updates]

    with way.running(webhook=address, listen=("127.0.0.1", port), secret=secret):
        until_true(lambda: bool(way.api.done("setWebhook")))
        assert asyncio.run(posted()) == [200, *[503] * (runner.TRIES - 1), 200]


def test_a_webhook_is_taken_with_its_secret_alone(way: Way) -> None:
    officer, port = way.person("Ani"), free_port()
    hook = {
        "webhook": f"http://127.0.0.1:{port}/telegram",
        "listen": ("127.0.0.1", port),
        "secret": "a-secret-for-tests-only",
    }
    word = word_of(way.house, "kominfo", "officer")

    async def forged() -> list[int]:
        update = {"update_id": 1, "message": {"text": f"/start {word}"}}
        async with aiohttp.ClientSession() as session:
            statuses = []
            tries: list[tuple[dict[str, str], Any]] = [
                ({}, update),
                ({runner.SECRET: "another"}, update),
                ({runner.SECRET: str(hook["secret"])}, {"update_id": "x"}),
            ]
            for headers, raw in tries:
                async with session.post(str(hook["webhook"]), json=raw, headers=headers) as answer:
                    statuses.append(answer.status)
            return statuses

    with way.running(**hook):
        until_true(lambda: bool(way.api.done("setWebhook")))
        assert asyncio.run(forged()) == [403, 403, 400]
        officer.write(f"/start {word}", expects="kominfo/officer")
        way.away = True
        way.api.do(lambda world: world.say(officer.chat, officer.user, "/en"))
        time.sleep(0.2)
        way.away = False
        officer.waits("Send one link")
