"""What is said in public is screened, and what follows is done once: warn, delete, restrict, ban, restore, tell."""

from __future__ import annotations

import asyncio

import pytest
from tests.telegram.botapi.faults import Kind
from tests.telegram.botapi.world import ADMINISTRATOR, Member
from tests.telegram.bots import until

from mufakat.server.connectors.telegram import asking
from mufakat.server.connectors.telegram.following import Conduct

HIDDEN = "https://pisang.example/"
LINK = {"type": "text_link", "offset": 0, "length": 5, "url": HIDDEN}


def test_a_blocked_message_is_deleted_and_people_are_told(scene):
    scene.start()
    message = scene.say("ini pisang hijau")
    until(lambda: "deleted" in scene.notes())
    assert not scene.is_there(message)


def test_what_is_clean_stays_and_nobody_is_told(scene):
    scene.start()
    message = scene.say("selamat pagi")
    until(scene.confirmed)
    assert (scene.is_there(message), scene.texts()) == (True, [])


def test_a_warning_is_a_reply_under_the_message_and_says_where_to_object(scene):
    scene.start()
    message = scene.say("jeruk")
    until(lambda: "warned" in scene.notes())
    [said] = [told for told in scene.api.done("sendMessage") if told["chat_id"] == str(scene.group.id)]
    assert f'"message_id": {message.id}' in said["reply_parameters"]
    assert "https://keberatan.example" in said["text"]
    assert scene.is_there(message)


@pytest.mark.parametrize(
    "say",
    [
        lambda scene: scene.say("pisang"),
        lambda scene: scene.say("pisang", scene.channel),
        lambda scene: scene.say(None, caption="pisang"),
        lambda scene: scene.say(None, scene.channel, caption="pisang"),
        lambda scene: scene.say("lihat", entities=[LINK]),
        lambda scene: scene.say(None, scene.channel, caption="lihat", entities=[LINK]),
        lambda scene: scene.say("lihat", markup={"inline_keyboard": [[{"text": "di sini", "url": HIDDEN}]]}),
    ],
    ids=["message", "post", "caption", "caption of a post", "hidden link", "hidden link of a caption", "button"],
)
def test_whatever_is_shown_is_screened(scene, say):
    scene.start()
    message = say(scene)
    until(lambda: not scene.is_there(message))
    until(lambda: "deleted" in scene.notes())


@pytest.mark.parametrize("of_channel", [False, True], ids=["message", "post"])
@pytest.mark.parametrize("caption", [False, True], ids=["text", "caption"])
def test_what_an_edit_says_is_screened(scene, of_channel, caption):
    scene.start()
    place = scene.channel if of_channel else scene.group
    message = scene.say(None, place, caption="pagi") if caption else scene.say("pagi", place)
    until(scene.confirmed)
    scene.api.do(lambda world: world.edit(message, "pisang"))
    until(lambda: not scene.is_there(message))


def test_what_is_held_waits_for_a_reviewer(scene):
    scene.start()
    message = scene.say("durian")
    until(lambda: "held for a reviewer" in scene.notes())
    assert scene.is_there(message)
    assert scene.api.done("deleteMessage") == []


def test_what_a_reviewer_blocks_later_is_deleted_then(scene):
    scene.start()
    message = scene.say("durian")
    until(lambda: "held for a reviewer" in scene.notes())
    [hit] = scene.engine.hits.values()
    scene.engine.decide(hit["hit"], "blocked")
    until(lambda: not scene.is_there(message))
    until(lambda: "deleted" in scene.notes())


def test_what_a_reviewer_blocks_before_the_bot_has_written_it_down_is_deleted_too(scene, monkeypatch):
    screen = asking.Engine.screen

    async def slow(engine, item):
        answer = await screen(engine, item)
        scene.engine.decide(answer.hit, "blocked")
        await asyncio.sleep(1)  # The bot looks at events every twentieth of a second meanwhile.
        return answer

    monkeypatch.setattr(asking.Engine, "screen", slow)
    scene.start()
    message = scene.say("durian")
    until(lambda: not scene.is_there(message))


def test_what_a_reviewer_releases_is_left_alone(scene):
    scene.start()
    first, second = scene.say("durian"), scene.say("durian lagi")
    until(lambda: len(scene.engine.hits) == 2)
    one, two = scene.engine.hits.values()
    scene.engine.decide(one["hit"], "released")
    scene.engine.decide(two["hit"], "blocked")
    until(lambda: not scene.is_there(second) or not scene.is_there(first))
    until(lambda: "deleted" in scene.notes())
    assert len(scene.api.done("deleteMessage")) == 1


def test_a_label_is_no_pretence_but_a_persons_task(scene):
    scene.start()
    message = scene.say("salak")
    until(lambda: "NOT DONE: label" in scene.notes())
    assert scene.is_there(message)
    assert [told["chat_id"] for told in scene.api.done("sendMessage")] == [str(scene.team.id)]


@pytest.mark.invariant("I-06")
def test_without_consent_nothing_is_deleted(scene):
    scene.start(conduct=Conduct(may_delete=False))
    message = scene.say("pisang")
    until(lambda: "NOT DONE: remove: it cannot be undone" in scene.notes())
    assert scene.is_there(message)


def test_a_right_that_the_chat_did_not_give_is_a_persons_task(scene):
    less = Member("administrator", frozenset(ADMINISTRATOR) - {"can_delete_messages"})
    scene.api.do(lambda world: world.set_member(scene.group, scene.bot.account, less))
    scene.start()
    scene.say("pisang")
    until(lambda: "NOT DONE: remove: the chat did not give the bot the right" in scene.notes())
    assert scene.api.done("deleteMessage") == []


@pytest.mark.invariant("I-13")
def test_of_a_private_chat_or_group_nothing_is_screened(scene):
    closed = scene.api.do(lambda world: world.chat("supergroup", "Tertutup"))
    scene.api.do(lambda world: world.join(closed, scene.bot.account, status="administrator"))
    scene.api.do(lambda world: world.join(scene.team, scene.bot.account, status="administrator"))
    person = scene.api.do(lambda world: world.private(scene.author, scene.bot))
    scene.start()
    private = [scene.say("pisang", place) for place in (closed, scene.team, person)]
    last = scene.say("pisang")
    until(lambda: not scene.is_there(last))
    assert [scene.is_there(message) for message in private] == [True, True, True]
    assert [item.channel for item in scene.engine.items] == [f"tg:channel:{-scene.group.id - 10**12}"]


def test_an_author_is_restricted_for_so_long_where_that_was_agreed(scene):
    scene.start(conduct=Conduct(may_delete=True, suspend_days=3))
    scene.say("pisang")
    until(lambda: "writes no more" in scene.notes())
    member = scene.api.do(lambda _: scene.group.member(scene.author.id))
    days = (member.until - scene.api.do(lambda world: world.now())) / 86_400
    assert (member.status, "can_send_messages" in member.rights, round(days)) == ("restricted", False, 3)


def test_a_channel_that_writes_in_a_group_is_banned_there(scene):
    other = scene.api.do(lambda world: world.chat("channel", "Lain", "kanallain"))
    scene.start(conduct=Conduct(may_delete=True, suspend_days=3))
    scene.say("pisang", sender_chat=other)
    until(lambda: "is banned from this chat" in scene.notes())
    assert scene.api.do(lambda _: scene.group.banned_chats) == {other.id}


def test_an_administrator_is_not_restricted_and_people_are_asked(scene):
    scene.api.do(lambda world: world.join(scene.group, scene.author, status="administrator"))
    scene.start(conduct=Conduct(may_delete=True, suspend_days=3))
    scene.say("pisang")
    until(lambda: "user is an administrator of the chat" in scene.notes())
    assert "please do it by hand" in scene.notes()


def test_an_author_is_restored_and_a_deleted_message_is_said_to_stay_away(scene):
    scene.start(conduct=Conduct(may_delete=True, suspend_days=3))
    scene.say("pisang")
    until(lambda: "writes no more" in scene.notes() and "deleted" in scene.notes())
    [hit] = scene.engine.hits.values()
    scene.engine.decide(hit["hit"], "restored")
    until(lambda: ": undone" in scene.notes() and "its author may write it again" in scene.notes())
    assert scene.api.do(lambda _: scene.group.member(scene.author.id).status) == "member"


def test_what_another_hit_of_the_same_message_asks_for_stays(scene):
    scene.start(conduct=Conduct(may_delete=True, suspend_days=3))
    message = scene.say("jeruk")
    until(lambda: "warned" in scene.notes())
    scene.api.do(lambda world: world.edit(message, "pisang"))
    until(lambda: "writes no more" in scene.notes())
    warned, _ = scene.engine.hits.values()
    scene.engine.decide(warned["hit"], "restored")
    until(lambda: ": undone" in scene.notes())
    assert scene.api.do(lambda _: scene.group.member(scene.author.id).status) == "restricted"
    assert scene.texts(scene.group) == []


def test_a_banned_channel_is_restored(scene):
    other = scene.api.do(lambda world: world.chat("channel", "Lain", "kanallain"))
    scene.start(conduct=Conduct(may_delete=True, suspend_days=3))
    scene.say("pisang", sender_chat=other)
    until(lambda: "is banned from this chat" in scene.notes())
    [hit] = scene.engine.hits.values()
    scene.engine.decide(hit["hit"], "restored")
    until(lambda: ": undone" in scene.notes())
    assert scene.api.do(lambda _: scene.group.banned_chats) == set()


def test_a_warning_is_taken_back(scene):
    scene.start()
    scene.say("jeruk")
    until(lambda: "warned" in scene.notes())
    [hit] = scene.engine.hits.values()
    scene.engine.decide(hit["hit"], "restored")
    until(lambda: ": undone" in scene.notes())
    assert scene.texts(scene.group) == ["jeruk"]


def test_an_edit_that_is_hit_again_is_not_warned_about_twice(scene):
    scene.start()
    message = scene.say("jeruk")
    until(lambda: "warned" in scene.notes())
    scene.api.do(lambda world: world.edit(message, "jeruk manis"))
    until(lambda: len(scene.engine.items) == 2)
    last = scene.say("pisang")
    until(lambda: not scene.is_there(last))
    assert [text for text in scene.texts(scene.group) if "aturan" in text] != []
    assert len(scene.texts(scene.group)) == 2


def test_a_dry_run_says_what_it_would_do_and_does_nothing(scene):
    scene.start(conduct=Conduct(may_delete=True, suspend_days=1, dry_run=True))
    scene.say("pisang")
    scene.say("jeruk")
    until(lambda: all(f"would {verb}" in scene.notes() for verb in ("remove", "hide", "warn")))
    assert {told["chat_id"] for told in scene.api.done("sendMessage")} == {str(scene.team.id)}
    assert (scene.api.done("deleteMessage"), scene.api.done("restrictChatMember")) == ([], [])


def test_a_dry_run_does_nothing_of_what_is_owed_from_before_either(scene):
    scene.api.fail(Kind.FLOOD, "deleteMessage", seconds=600)
    first = scene.start()
    message = scene.say("pisang")
    until(lambda: scene.api.do(lambda _: not scene.api.weather.waiting))
    first.stop()
    asked = len(scene.api.done("deleteMessage"))
    second = scene.start(conduct=Conduct(may_delete=True, dry_run=True))
    scene.say("pisang")
    until(lambda: "would remove" in scene.notes())
    second.stop()
    assert (scene.is_there(message), len(scene.api.done("deleteMessage"))) == (True, asked)
    scene.start(conduct=Conduct(may_delete=True))
    until(lambda: not scene.is_there(message))


def test_a_dry_run_undoes_nothing_and_the_next_start_does(scene):
    first = scene.start(conduct=Conduct(may_delete=True, suspend_days=3))
    scene.say("pisang")
    until(lambda: "writes no more" in scene.notes())
    first.stop()
    [hit] = scene.engine.hits.values()
    scene.engine.decide(hit["hit"], "restored")
    second = scene.start(conduct=Conduct(dry_run=True))
    until(lambda: "its author may write it again" in scene.notes())
    second.stop()
    assert scene.api.do(lambda _: scene.group.member(scene.author.id).status) == "restricted"
    scene.start(conduct=Conduct())
    until(lambda: ": undone" in scene.notes())


def test_a_proposed_notification_is_only_told(scene):
    scene.start()
    message = scene.say("mangga")
    until(lambda: "nothing was done to it" in scene.notes())
    assert scene.is_there(message)


def test_notes_hold_a_link_and_codes_and_nothing_that_was_written(scene):
    scene.start(conduct=Conduct(may_delete=True, suspend_days=1))
    message = scene.say("pisang rahasia sekali")
    until(lambda: "deleted" in scene.notes() and "writes no more" in scene.notes())
    assert "rahasia" not in scene.notes()
    assert f"https://t.me/contohgrup/{message.id}" in scene.notes()
    assert str(scene.author.id) not in scene.notes()


def test_the_journal_holds_no_text_of_anybody(scene):
    bot = scene.start()
    scene.say("pisang rahasia sekali")
    scene.say("jeruk rahasia sekali")
    until(lambda: "deleted" in scene.notes() and "warned" in scene.notes())
    bot.stop()
    files = b"".join(path.read_bytes() for path in scene.folder.glob("journal*"))
    assert b"contohgrup" in files
    assert b"rahasia" not in files


def test_what_is_said_names_the_message_by_number_and_not_by_a_name_that_changes(scene):
    scene.start()
    message = scene.say("pagi")
    until(scene.confirmed)
    [item] = until(lambda: scene.engine.items)
    assert item.item == f"tg:channel:{-scene.group.id - 10**12}/message/{message.id}"
