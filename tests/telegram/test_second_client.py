"""A second library speaks with the server: what it models by itself, it finds as it should."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter
from telegram.request import HTTPXRequest
from tests.telegram.botapi.faults import Kind
from tests.telegram.botapi.world import SENDING, Member

import telegram

ALLOWED: dict[str, Any] = dict.fromkeys(SENDING[:-1], True)
ALL_BUT_ONE = telegram.ChatPermissions(**ALLOWED)


def ask(place, deed, token=None):
    """Do this with a bot of python-telegram-bot."""

    async def run():
        address = f"{place.api.url}/bot"
        bot = telegram.Bot(token or place.bot.token, base_url=address, base_file_url=f"{place.api.url}/file/bot")
        one, two = (HTTPXRequest(connection_pool_size=4, httpx_kwargs={"trust_env": False}) for _ in range(2))
        bot._request = (one, two)
        try:
            return await deed(bot)
        finally:
            for each in (one, two):
                await each.shutdown()

    return asyncio.run(run())


def test_it_knows_itself(place):
    me = ask(place, lambda bot: bot.get_me())
    assert (me.id, me.is_bot, me.username) == (place.bot.account.id, True, "examplebot")


def test_it_reads_updates_of_every_kind_we_take(place):
    message = place.say("pagi", entities=[{"type": "bold", "offset": 0, "length": 4}])
    post = place.say("kabar", place.channel)
    captioned = place.api.do(lambda world: world.say(place.group, place.author, None, caption="judul", file=put(world)))
    for one in (message, post, captioned):
        place.api.do(lambda world, one=one: world.edit(one, "baru"))
    found = ask(place, lambda bot: bot.get_updates())
    assert [one.my_chat_member.new_chat_member.status for one in found[:2]] == ["administrator", "administrator"]
    assert [one.effective_message.text or one.effective_message.caption for one in found[2:]] == [
        *("pagi", "kabar", "judul", "baru", "baru", "baru")
    ]
    assert [bool(one.edited_message or one.edited_channel_post) for one in found[2:]] == [False] * 3 + [True] * 3


def put(world):
    world.files["file"] = (b"isi", "berkas.txt")
    return "file"


def test_it_sends_replies_and_deletes(place):
    message = place.say()
    parameters = telegram.ReplyParameters(message.id)
    sent = ask(place, lambda bot: bot.send_message(place.group.id, "halo", reply_parameters=parameters))
    assert (sent.text, sent.reply_to_message.message_id) == ("halo", message.id)
    assert ask(place, lambda bot: bot.delete_messages(place.group.id, [message.id, sent.message_id]))


def test_it_bans_restricts_and_restores(place):
    group, author = place.group.id, place.author.id

    async def deed(bot):
        silent = telegram.ChatPermissions(can_send_messages=False)
        seen = []
        for step in (
            lambda: bot.restrict_chat_member(group, author, silent),
            lambda: bot.restrict_chat_member(group, author, ALL_BUT_ONE),
            lambda: bot.ban_chat_member(group, author),
            lambda: bot.unban_chat_member(group, author, only_if_banned=True),
        ):
            assert await step()
            seen.append((await bot.get_chat_member(group, author)).status)
        return seen

    assert ask(place, deed) == ["restricted", "restricted", "kicked", "left"]


def test_it_reads_a_chat_and_its_administrators(place):
    chat = ask(place, lambda bot: bot.get_chat("@contohgrup"))
    assert (chat.id, chat.type, chat.permissions.can_send_messages) == (place.group.id, "supergroup", True)
    [one] = ask(place, lambda bot: bot.get_chat_administrators(place.group.id))
    assert one.can_delete_messages


def test_it_sends_and_fetches_a_file(place):
    sent = ask(place, lambda bot: bot.send_document(place.group.id, b"isi berkas", filename="berkas.txt"))

    async def fetch(bot):
        return bytes(await (await bot.get_file(sent.document.file_id)).download_as_bytearray())

    assert ask(place, fetch) == b"isi berkas"


def test_it_presses_and_answers_buttons(place):
    person = place.api.do(lambda world: world.private(place.author, place.bot))
    keyboard = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("ya", callback_data="ya")]])
    sent = ask(place, lambda bot: bot.send_message(person.id, "setuju?", reply_markup=keyboard))
    place.api.do(lambda world: world.press(place.author, person.messages[sent.message_id], "ya", place.bot))
    query = ask(place, lambda bot: bot.get_updates())[-1].callback_query
    assert (query.data, query.message.message_id) == ("ya", sent.message_id)
    assert ask(place, lambda bot: bot.answer_callback_query(query.id, "dicatat"))
    assert ask(place, lambda bot: bot.edit_message_text("ya", person.id, sent.message_id)).text == "ya"


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        (lambda bot, place: bot.delete_message(place.group.id, 999), BadRequest),
        (lambda bot, _: bot.send_message(-1, "halo"), BadRequest),
        (lambda bot, place: bot.send_message(place.left.id, "halo"), Forbidden),
        (lambda bot, place: bot.send_message(place.moved.id, "halo"), ChatMigrated),
    ],
    ids=["not found", "no chat", "kicked", "moved"],
)
def test_it_reads_the_errors(place, deed, error):
    place.left = place.api.do(lambda world: world.chat("supergroup", "Lain", "lain"))
    place.api.do(lambda world: world.set_member(place.left, place.bot.account, Member("kicked")))
    place.moved = place.api.do(lambda world: world.chat("group", "Tim"))
    place.api.do(lambda world: world.join(place.moved, place.bot.account))
    place.api.do(lambda world: world.migrate(place.moved))
    with pytest.raises(error):
        ask(place, lambda bot: deed(bot, place))


def test_it_reads_how_long_to_wait(place, monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # Else it warns that it will be so.
    place.api.fail(Kind.FLOOD, "sendMessage", seconds=7)
    with pytest.raises(RetryAfter) as caught:
        ask(place, lambda bot: bot.send_message(place.group.id, "halo"))
    waits: Any = caught.value.retry_after
    assert getattr(waits, "total_seconds", lambda: waits)() == 7


def test_it_reads_a_conflict_and_a_wrong_token(place):
    ask(place, lambda bot: bot.set_webhook("http://127.0.0.1:1/", secret_token="rahasia"))
    with pytest.raises(Conflict):
        ask(place, lambda bot: bot.get_updates())
    with pytest.raises(InvalidToken):
        ask(place, lambda bot: bot.get_me(), token="1:wrong")
