"""How updates reach a bot: fetched by getUpdates, or posted to its webhook."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
from tests.telegram.botapi.problems import conflict

if TYPE_CHECKING:
    from tests.telegram.botapi.service import BotAPI
    from tests.telegram.botapi.world import Bot

LONGEST_WAIT = 50.0
FIRST_PAUSE = 0.05  # Seconds after a webhook that failed; Telegram's is longer.
LONGEST_PAUSE = 2.0


async def get(server: BotAPI, bot: Bot, call: Any) -> list[dict[str, Any]]:
    """Confirm what lies before the offset, and give what waits."""
    _refuse_beside_a_webhook(bot)
    if call.allowed_updates is not None:
        bot.allowed = frozenset(call.allowed_updates) or None
    bot.asking += 1
    mine = bot.asking
    async with server.news:
        server.news.notify_all()  # An older one ends now.
    _confirm(server, bot, call.offset)
    until = asyncio.get_running_loop().time() + min(float(call.timeout or 0), LONGEST_WAIT)
    while not bot.updates and (left := until - asyncio.get_running_loop().time()) > 0:
        async with server.news:
            try:
                async with asyncio.timeout(left):
                    await server.news.wait()
            except TimeoutError:
                break
        _refuse_beside_a_webhook(bot)
        if bot.asking != mine:
            told = "terminated by other getUpdates request; make sure that only one bot instance is running"
            raise conflict(told)
    most = min(max(call.limit or 100, 1), 100)
    found = [update for _, update in list(bot.updates)[:most]]
    bot.handed += len(found)
    return found


def _refuse_beside_a_webhook(bot: Bot) -> None:
    if bot.webhook is not None:
        told = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        raise conflict(told)


def _confirm(server: BotAPI, bot: Bot, offset: int | None) -> None:
    server.world.forget_old(bot)
    if offset is None:
        return
    if offset < 0:
        while len(bot.updates) > -offset:
            bot.updates.popleft()
        return
    kept = [(at, update) for at, update in bot.updates if update["update_id"] >= offset]
    bot.updates.clear()
    bot.updates.extend(kept)


async def post(server: BotAPI) -> None:
    """Post what waits to the webhooks that there are, several at once, until each was taken."""
    async with aiohttp.ClientSession() as session:
        lanes: dict[int, asyncio.Task[None]] = {}
        try:
            while True:
                for bot in list(server.world.bots.values()):
                    lane = lanes.get(bot.account.id)
                    if bot.webhook is not None and (lane is None or lane.done()):
                        lanes[bot.account.id] = asyncio.create_task(_lane(server, bot, session))
                async with server.news:
                    await server.news.wait()
        finally:
            for lane in lanes.values():
                lane.cancel()
            await asyncio.gather(*lanes.values(), return_exceptions=True)


async def _lane(server: BotAPI, bot: Bot, session: aiohttp.ClientSession) -> None:
    under_way: set[asyncio.Task[None]] = set()
    pause = FIRST_PAUSE
    failed: list[dict[str, Any]] = []
    try:
        while bot.webhook is not None:
            if failed:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            again, failed[:] = list(failed), []
            while bot.webhook is not None and (again or bot.updates) and len(under_way) < bot.webhook.most:
                update = again.pop(0) if again else bot.updates.popleft()[1]
                bot.handed += 1
                task = asyncio.create_task(_post(bot, session, update, failed))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            failed.extend(again)
            if under_way:
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            elif failed:
                continue
            else:
                pause = FIRST_PAUSE
                async with server.news:
                    if not bot.updates:
                        await server.news.wait()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        bot.updates.extendleft((server.world.now(), update) for update in reversed(failed))


async def _post(bot: Bot, session: aiohttp.ClientSession, update: dict[str, Any], failed: list[dict[str, Any]]) -> None:
    hook = bot.webhook
    if hook is None:
        failed.append(update)
        return
    headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
    try:
        async with session.post(
            hook.url, json=update, headers=headers, timeout=aiohttp.ClientTimeout(20), allow_redirects=False
        ) as answer:
            good = 200 <= answer.status < 300
            hook.last_error = None if good else f"Wrong response from the webhook: {answer.status}"
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        good = False
        hook.last_error = f"Connection failed: {type(error).__name__}"
    if not good:
        failed.append(update)
