"""Telegram or the platform fails, refuses, repeats or forgets: nothing is lost, nothing done twice, a person told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from typing import Any, cast

import msgspec
import pytest
from aiogram.types import Update
from tests.telegram.botapi.faults import Kind
from tests.telegram.botapi.world import ADMINISTRATOR, Member, Webhook
from tests.telegram.bots import until
from tests.telegram.engine import Engine

from mufakat.rules.measures_planning import Capability, Subject
from mufakat.server.connectors.platform.errors import LockedOutError
from mufakat.server.connectors.platform.orders import Order, Target
from mufakat.server.connectors.telegram import acting, polling
from mufakat.server.connectors.telegram.account import Account
from mufakat.server.connectors.telegram.books import Books
from mufakat.server.connectors.telegram.chats import Chats
from mufakat.server.connectors.telegram.connector import TelegramConnector
from mufakat.server.connectors.telegram.following import Conduct
from mufakat.server.connectors.telegram.journal import Journal, JournalError

ONCE_FAILING: list[tuple[Kind, dict[str, Any]]] = [
    (Kind.STATUS, {"status": 500}),
    (Kind.STATUS, {"status": 502}),
    (Kind.STATUS, {"status": 504}),
    (Kind.FLOOD, {"seconds": 1}),
    (Kind.DROP_BEFORE, {}),
    (Kind.DROP_AFTER, {}),
    (Kind.CUT, {}),
    (Kind.GARBAGE, {}),
    (Kind.LATENCY, {"seconds": 0.2}),
]
NAMES = [f"{kind.value} {more.get('status', '')}".strip() for kind, more in ONCE_FAILING]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(acting, "FIRST_PAUSE", 0.01)


@pytest.mark.parametrize(("kind", "more"), ONCE_FAILING, ids=NAMES)
def test_a_deletion_that_fails_is_done_and_told_once(scene, kind, more):
    scene.api.fail(kind, "deleteMessage", **more)
    scene.start()
    message = scene.say("pisang")
    until(lambda: "https://t.me" in scene.notes())
    assert not scene.is_there(message)
    assert scene.notes().count("https://t.me") == 1


@pytest.mark.parametrize(("kind", "more"), ONCE_FAILING, ids=NAMES)
def test_updates_that_cannot_be_fetched_are_fetched_later(scene, kind, more):
    scene.api.fail(kind, "getUpdates", times=2, **more)
    scene.start()
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))


@pytest.mark.parametrize(
    ("kind", "more"),
    [(Kind.STATUS, {"status": 502}), (Kind.FLOOD, {"seconds": 1}), (Kind.LATENCY, {"seconds": 0.2})],
    ids=["502", "flood", "latency"],
)
def test_a_warning_that_was_surely_not_given_is_given(scene, kind, more):
    scene.api.fail(kind, "sendMessage", **more)
    scene.start()
    scene.say("jeruk")
    until(lambda: "warned" in scene.notes())
    assert len(scene.texts(scene.group)) == 2


@pytest.mark.parametrize("kind", [Kind.DROP_BEFORE, Kind.DROP_AFTER, Kind.CUT, Kind.GARBAGE])
def test_a_warning_that_may_have_been_given_is_not_given_twice_and_a_person_looks(scene, kind):
    scene.api.fail(kind, "sendMessage")
    scene.start()
    scene.say("jeruk")
    until(lambda: "may have been done or not" in scene.notes())
    assert len(scene.texts(scene.group)) == (1 if kind is Kind.DROP_BEFORE else 2)


def test_one_chat_that_has_to_wait_holds_up_no_other(scene):
    scene.api.fail(Kind.FLOOD, "deleteMessage", seconds=3)
    scene.start()
    first = scene.say("pisang")
    until(lambda: scene.api.do(lambda _: not scene.api.weather.waiting))
    second = scene.say("pisang", scene.channel)
    until(lambda: not scene.is_there(second))
    assert scene.is_there(first)
    until(lambda: not scene.is_there(first))


def test_what_is_gone_already_is_not_needed_any_more(scene):
    scene.engine.delay = 0.3
    scene.start()
    message = scene.say("pisang")
    scene.api.do(lambda _: message.chat.messages.pop(message.id))
    until(lambda: "was not needed" in scene.notes())


def test_nothing_is_said_under_a_message_that_is_gone(scene):
    scene.engine.delay = 0.3
    scene.start()
    message = scene.say("jeruk")
    scene.api.do(lambda _: message.chat.messages.pop(message.id))
    until(lambda: "message to be replied not found" in scene.notes())
    assert scene.texts(scene.group) == []


def test_a_message_of_more_than_two_days_is_a_persons_task(scene):
    old = scene.api.do(lambda world: world.now()) - 3 * 86_400
    message = scene.say("pagi", date=old)
    scene.start()
    scene.api.do(lambda world: world.edit(message, "pisang", at=world.now()))
    until(lambda: "message can't be deleted for everyone" in scene.notes())
    assert scene.is_there(message)


def test_a_right_that_was_taken_away_is_said_and_asked_for_anew(scene):
    scene.start()
    first = scene.say("pisang")
    until(lambda: not scene.is_there(first))
    less = Member("administrator", frozenset(ADMINISTRATOR) - {"can_delete_messages"})
    scene.api.do(lambda world: world.set_member(scene.group, scene.bot.account, less))
    until(lambda: "can no more: remove" in scene.notes())
    scene.say("pisang")
    until(lambda: "NOT DONE: remove: the chat did not give the bot the right" in scene.notes())


def test_a_right_that_is_taken_away_unseen_is_refused_and_then_known(scene):
    scene.start()
    first = scene.say("pisang")
    until(lambda: not scene.is_there(first))

    def take_unseen(_):
        scene.group.members[scene.bot.account.id] = Member(
            "administrator", frozenset(ADMINISTRATOR) - {"can_delete_messages"}
        )

    scene.api.do(take_unseen)
    scene.say("pisang")
    until(lambda: "NOT DONE: remove of the message; please do it by hand" in scene.notes())
    scene.say("pisang")
    until(lambda: "NOT DONE: remove: the chat did not give the bot the right" in scene.notes())


def test_an_older_change_of_rights_that_comes_after_a_newer_one_is_passed_over(scene, tmp_path):
    for rights in ((), ADMINISTRATOR):
        less_or_all = Member("administrator", frozenset(rights))
        scene.api.do(lambda world, new=less_or_all: world.set_member(scene.group, scene.bot.account, new))
    older, newer = (Update.model_validate(told) for _, told in list(scene.bot.updates)[-2:])
    journal = Journal(tmp_path / "books")

    async def learnt():
        chats = Chats(Books(journal), cast("TelegramConnector", None))  # Nothing is asked.
        for update in (newer, older):
            assert update.my_chat_member is not None
            await chats.learn(update.update_id, update.my_chat_member)
        return await chats.able(scene.group.id, "contohgrup", "supergroup")

    found = asyncio.run(learnt())
    journal.close()
    assert (Capability.REMOVE, Subject.CONTENT) in found


def test_the_number_of_a_private_group_is_in_the_log_when_the_bot_is_added(scene, caplog):
    caplog.set_level("INFO")
    scene.start()
    group = scene.api.do(lambda world: world.chat("group", "Tim lain"))
    scene.api.do(lambda world: world.join(group, scene.bot.account))
    until(lambda: any(getattr(record, "chat", None) == group.id for record in caplog.records))


def test_a_bot_that_was_removed_says_so(scene):
    scene.start()
    until(scene.confirmed)
    scene.api.do(lambda world: world.set_member(scene.group, scene.bot.account, Member("kicked")))
    until(lambda: "the bot is kicked there now" in scene.notes())


def test_a_bot_that_was_removed_before_it_acted_is_told_by_telegram(scene):
    scene.api.fail(Kind.FLOOD, "deleteMessage", seconds=1)
    scene.start()
    scene.say("pisang")
    until(lambda: scene.api.do(lambda _: not scene.api.weather.waiting))
    scene.api.do(lambda _: scene.group.members.update({scene.bot.account.id: Member("kicked")}))
    until(lambda: "bot was kicked from the supergroup chat" in scene.notes())


def test_a_token_that_was_rotated_is_read_anew(scene):
    scene.start()
    first = scene.say("pisang")
    until(lambda: not scene.is_there(first))
    scene.api.do(lambda world: (scene.folder / "bot").write_text(world.rotate(scene.bot)))
    second = scene.say("pisang")
    until(lambda: not scene.is_there(second))


def test_a_token_that_was_rotated_is_read_anew_for_a_question_too(scene):
    account = Account(scene.settings.bot_token_file, scene.settings.telegram)
    connector = TelegramConnector(account.bot, renewed=account.renewed)

    async def asked():
        try:
            return await connector.able(Target("tg:channel:1", {"chat": scene.group.id}))
        finally:
            await account.close()

    scene.api.do(lambda world: (scene.folder / "bot").write_text(world.rotate(scene.bot)))
    assert asyncio.run(asked()) != frozenset()


def test_a_line_that_is_cut_while_rights_are_asked_for_ends_nothing(scene):
    scene.start()
    message = scene.say("durian")
    until(lambda: "held for a reviewer" in scene.notes())
    scene.api.fail(Kind.STATUS, "deleteMessage", status=400)
    scene.say("pisang")
    until(lambda: "NOT DONE" in scene.notes())
    scene.api.fail(Kind.DROP_BEFORE, "getMe")
    hit = scene.engine.hits[f"tg:channel:{-scene.group.id - 10**12}/message/{message.id}", "durian"]
    scene.engine.decide(hit["hit"], "blocked")
    until(lambda: not scene.is_there(message))
    assert scene.api.do(lambda _: not scene.api.weather.waiting)


def test_a_token_that_was_revoked_ends_it_with_a_reason(scene):
    bot = scene.start()
    until(scene.confirmed)
    scene.api.do(lambda world: world.rotate(scene.bot))
    scene.say("pisang")
    error = bot.ended()
    assert isinstance(error, LockedOutError)
    assert "revoked" in str(error)


def test_the_platforms_token_is_read_anew(scene):
    scene.start()
    until(scene.confirmed)
    (scene.folder / "api").write_text("another-token")
    scene.engine.token = "another-token"
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))


def test_a_token_that_the_platform_refuses_ends_it_and_confirms_nothing(scene):
    scene.engine.token = "another-token"
    scene.say("pisang")
    error = scene.start().ended()
    assert isinstance(error, LockedOutError)
    assert "the platform's server refuses the token (401)" in str(error)
    assert not scene.confirmed()


@pytest.mark.parametrize("status", [500, 503, 429, 502])
def test_while_the_platform_is_away_nothing_is_confirmed_and_then_all_is_screened(scene, status):
    scene.engine.failing += [status] * 3
    scene.start()
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))
    assert scene.engine.failing == []


def test_people_are_told_when_the_platform_stays_away(scene, monkeypatch):
    monkeypatch.setattr(polling, "DOWN", 0.0)
    scene.engine.failing += [503] * 3
    scene.start()
    message = scene.say("pisang")
    until(lambda: "nothing is screened for the moment" in scene.notes())
    until(lambda: not scene.is_there(message))


def test_an_item_that_the_engine_refuses_holds_up_no_other(scene):
    scene.start()
    scene.say("rambutan")
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))
    until(lambda: "not screened: The engine does not take this one." in scene.notes())


def test_an_update_that_comes_again_changes_nothing(scene):
    scene.start()
    scene.say("jeruk")
    until(lambda: "warned" in scene.notes())
    [item] = scene.engine.items
    update = {"update_id": 1_003, "message": {}}

    def repeat(world):
        from tests.telegram.botapi import shown

        first = min(scene.group.messages)
        update["message"] = shown.message(scene.group.messages[first], world)
        update["update_id"] = next(scene.bot.numbers) - 1
        world.repeat(scene.bot, dict(update))

    scene.api.do(repeat)
    until(scene.confirmed)
    last = scene.say("pisang")
    until(lambda: not scene.is_there(last))
    assert [one.item for one in scene.engine.items].count(item.item) == 1
    assert len(scene.texts(scene.group)) == 2


def test_an_older_version_that_comes_after_a_newer_one_is_passed_over(scene):
    scene.start()
    until(scene.confirmed)

    def disorder(world):
        message = world.put(scene.group, scene.author, "pisang")
        world.tell(message, "message")
        at, old = scene.bot.updates.pop()
        world.edit(message, "pagi")
        scene.bot.updates.append((at, {**old, "update_id": next(scene.bot.numbers)}))
        return message

    message = scene.api.do(disorder)
    until(scene.confirmed)
    last = scene.say("pisang")
    until(lambda: not scene.is_there(last))
    assert scene.is_there(message)
    assert [one.text for one in scene.engine.items] == ["pagi", "pisang"]


def test_an_update_that_no_release_can_read_holds_up_no_other(scene):
    scene.start()
    until(scene.confirmed)
    broken = {"update_id": 0, "message": {"message_id": "none"}}

    def insert(world):
        broken["update_id"] = next(scene.bot.numbers)
        world.repeat(scene.bot, dict(broken))

    scene.api.do(insert)
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))
    until(lambda: "cannot be read by this release" in scene.notes())


def hook(world, bot):
    """Somebody sets a webhook elsewhere."""
    bot.webhook = Webhook("http://127.0.0.1:1/hook", None)
    world.changed()


def test_a_webhook_that_is_set_is_not_removed_unasked(scene):
    scene.api.do(lambda world: hook(world, scene.bot))
    error = scene.start().ended()
    assert isinstance(error, LockedOutError)
    assert "--drop-webhook" in str(error)
    scene.start(drop_webhook=True)
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))


def test_a_webhook_that_somebody_sets_meanwhile_ends_it_with_a_reason(scene):
    bot = scene.start()
    until(scene.confirmed)
    scene.api.do(lambda world: hook(world, scene.bot))
    error = bot.ended()
    assert isinstance(error, LockedOutError)
    assert "somebody else takes this bot's updates" in str(error)


def test_two_bots_do_not_share_a_journal(scene):
    scene.start()
    until(scene.confirmed)
    error = scene.start().ended()
    assert isinstance(error, JournalError)


def test_a_journal_of_another_bot_is_refused(scene):
    first = scene.start()
    until(scene.confirmed)
    first.stop()
    other = scene.api.do(lambda world: world.bot("otherbot"))
    (scene.folder / "bot").write_text(other.token)
    error = scene.start().ended()
    assert isinstance(error, JournalError)
    assert "belongs to another bot" in str(error)


def test_the_chat_of_those_who_watch_may_become_a_supergroup(scene):
    scene.start()
    until(scene.confirmed)
    moved = scene.api.do(lambda world: world.migrate(scene.team))
    scene.say("pisang")
    until(lambda: any("deleted" in text for text in scene.texts(moved)))


def test_a_chat_that_cannot_be_told_is_said_in_the_log_and_stops_nothing(scene, caplog):
    scene.api.do(lambda world: world.set_member(scene.team, scene.bot.account, Member("kicked")))
    scene.start()
    first = scene.say("pisang")
    until(lambda: not scene.is_there(first))
    until(lambda: any("nobody can be told" in record.message for record in caplog.records))
    second = scene.say("pisang")
    until(lambda: not scene.is_there(second))


def test_many_notes_become_few_messages(scene):
    scene.api.fail(Kind.FLOOD, "sendMessage", seconds=2)
    messages = [scene.say("pisang") for _ in range(30)]
    scene.start()
    until(lambda: scene.notes().count("deleted;") == len(messages))
    assert len(scene.texts()) < len(messages) / 2


def test_what_is_owed_at_the_end_is_done_after_the_next_start(scene):
    scene.api.fail(Kind.FLOOD, "deleteMessage", seconds=600)
    first = scene.start()
    message = scene.say("pisang")
    until(scene.confirmed)
    until(lambda: scene.api.do(lambda _: not scene.api.weather.waiting))
    first.stop()
    assert scene.is_there(message)
    scene.start()
    until(lambda: not scene.is_there(message))


def test_a_restriction_whose_time_has_passed_meanwhile_is_not_made_for_ever(scene):
    scene.api.fail(Kind.FLOOD, "restrictChatMember", seconds=600)
    conduct = Conduct(may_delete=True, suspend_days=1)
    first = scene.start(conduct=conduct)
    scene.say("pisang")
    until(lambda: scene.api.do(lambda _: not scene.api.weather.waiting))
    first.stop()
    with contextlib.closing(sqlite3.connect(scene.settings.journal, isolation_level=None)) as books:
        [(told,)] = books.execute("SELECT told FROM act WHERE act = 'hide'")
        order = msgspec.structs.replace(msgspec.json.decode(told, type=Order), until=int(time.time()) - 5)
        books.execute(
            "UPDATE act SET told = ?, digest = ? WHERE act = 'hide'",
            (msgspec.json.encode(order).decode(), order.digest),
        )
    scene.start()
    until(lambda: "its time had ended" in scene.notes())
    assert scene.api.do(lambda _: scene.group.member(scene.author.id).status) == "member"


@pytest.mark.parametrize(("method", "word"), [("deleteMessage", "pisang"), ("sendMessage", "jeruk")])
def test_what_is_restored_before_it_was_done_is_not_done_any_more(scene, method, word):
    scene.api.fail(Kind.FLOOD, method, seconds=3)
    scene.start()
    message = scene.say(word)
    until(lambda: scene.api.do(lambda _: not scene.api.weather.waiting))
    [hit] = scene.engine.hits.values()
    scene.engine.decide(hit["hit"], "restored")
    until(lambda: "it was restored before it was done" in scene.notes())
    assert scene.is_there(message)
    assert scene.texts(scene.group) == [word]


def test_what_is_done_while_it_is_restored_is_undone(scene):
    scene.api.fail(Kind.FLOOD, "restrictChatMember", seconds=3)
    scene.start(conduct=Conduct(may_delete=True, suspend_days=3))
    scene.say("pisang")
    until(lambda: scene.api.do(lambda _: not scene.api.weather.waiting))
    [hit] = scene.engine.hits.values()
    scene.engine.decide(hit["hit"], "restored")
    until(lambda: ": undone" in scene.notes())
    assert scene.api.do(lambda _: scene.group.member(scene.author.id).status) == "member"


def test_what_was_done_just_before_the_power_failed_and_is_restored_is_undone_at_the_next_start(scene):
    first = scene.start(conduct=Conduct(may_delete=True, suspend_days=3))
    scene.say("pisang")
    until(lambda: "writes no more" in scene.notes())
    first.stop()
    with contextlib.closing(sqlite3.connect(scene.settings.journal, isolation_level=None)) as books:
        books.execute("UPDATE hit SET state = 'restored'")
    scene.start()
    until(lambda: ": undone" in scene.notes())
    assert scene.api.do(lambda _: scene.group.member(scene.author.id).status) == "member"


def test_a_bot_is_stopped_while_telegram_is_away_at_its_start(scene):
    scene.api.fail(Kind.FLOOD, "getWebhookInfo", seconds=600)
    bot = scene.start()
    until(lambda: scene.api.do(lambda _: not scene.api.weather.waiting))
    bot.stop()
    assert bot.problem is None


def test_a_hostile_platform_is_no_reason_to_lose_anything(scene, monkeypatch):
    answers = iter([b"x" * 2_000_000, b"{}", b"[1]", b'{"item": 1}'])
    answered = Engine._verdict

    def hostile(self, item):
        body = next(answers, None)
        return answered(self, item) if body is None else {"item": item.item, "action": body.decode()}

    monkeypatch.setattr(Engine, "_verdict", hostile)
    scene.start()
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))


def test_no_line_of_the_log_holds_a_token(scene, caplog):
    scene.api.fail(Kind.DROP_BEFORE, times=5)
    bot = scene.start()
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))
    bot.stop()
    lines = [json.dumps(vars(record), default=str) for record in caplog.records]
    assert [line for line in lines if scene.bot.token in line or scene.engine.token in line] == []
