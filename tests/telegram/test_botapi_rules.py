"""The local server keeps Telegram's rules: rights by method, 48 hours, 20 MB, who may send where, who has moved."""

from __future__ import annotations

import pytest
from tests.telegram.botapi.world import ADMINISTRATOR, SENDING, Member


def give(place, chat, rights):
    member = Member("administrator", frozenset(rights))
    place.api.do(lambda world: world.set_member(chat, place.bot.account, member))


def set_status(place, chat, status):
    place.api.do(lambda world: world.set_member(chat, place.bot.account, Member(status)))


NEEDED = [
    ("deleteMessage", "can_delete_messages", "group", lambda place: {"message_id": place.say().id}),
    ("deleteMessages", "can_delete_messages", "group", lambda place: {"message_ids": [place.say().id]}),
    ("banChatMember", "can_restrict_members", "group", lambda place: {"user_id": place.author.id}),
    ("unbanChatMember", "can_restrict_members", "group", lambda place: {"user_id": place.author.id}),
    (
        "restrictChatMember",
        "can_restrict_members",
        "group",
        lambda place: {"user_id": place.author.id, "permissions": {"can_send_messages": False}},
    ),
    ("banChatSenderChat", "can_restrict_members", "group", lambda place: {"sender_chat_id": place.channel.id}),
    ("unbanChatSenderChat", "can_restrict_members", "group", lambda place: {"sender_chat_id": place.channel.id}),
    ("sendMessage", "can_post_messages", "channel", lambda _: {"text": "halo"}),
    ("deleteMessage", "can_delete_messages", "channel", lambda place: {"message_id": place.say("x", place.channel).id}),
]


@pytest.mark.parametrize(("method", "right", "where", "told"), NEEDED, ids=[f"{n[0]} {n[2]}" for n in NEEDED])
def test_a_right_is_needed_and_enough(place, method, right, where, told):
    chat = getattr(place, where)
    give(place, chat, set(ADMINISTRATOR) - {right})
    assert place.refused(method, chat_id=chat.id, **told(place))[0] == 400
    give(place, chat, {right})
    assert place.call(method, chat_id=chat.id, **told(place))["ok"]


@pytest.mark.parametrize("old", [48 * 3600 - 60, 48 * 3600 + 60])
def test_a_message_can_be_deleted_for_48_hours(place, old):
    date = place.api.do(lambda world: world.now()) - old
    message = place.say(date=date)
    answer = place.call("deleteMessage", chat_id=place.group.id, message_id=message.id)
    assert answer["ok"] is (old < 48 * 3600)


def test_the_clock_of_the_world_can_be_moved(place):
    message = place.say()
    place.api.do(lambda world: setattr(world, "ahead", 49 * 3600.0))
    refusal = place.refused("deleteMessage", chat_id=place.group.id, message_id=message.id)
    assert refusal == (400, "Bad Request: message can't be deleted for everyone")


def test_a_message_is_deleted_once(place):
    message = place.say()
    assert place.call("deleteMessage", chat_id=place.group.id, message_id=message.id)["ok"]
    refusal = place.refused("deleteMessage", chat_id=place.group.id, message_id=message.id)
    assert refusal == (400, "Bad Request: message to delete not found")


def test_at_most_a_hundred_messages_are_deleted_at_once(place):
    assert place.refused("deleteMessages", chat_id=place.group.id, message_ids=list(range(1, 102)))[0] == 400


def test_a_service_message_stays(place):
    message = place.api.do(lambda world: world.put(place.group, place.author, None, service=True))
    assert place.refused("deleteMessage", chat_id=place.group.id, message_id=message.id)[0] == 400


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("kicked", "Forbidden: bot was kicked from the supergroup chat"),
        ("left", "Forbidden: bot is not a member of the supergroup chat"),
    ],
)
def test_a_bot_that_is_not_there_is_forbidden(place, status, words):
    set_status(place, place.group, status)
    assert place.refused("sendMessage", chat_id=place.group.id, text="halo") == (403, words)


def test_a_public_chat_can_be_looked_up_from_outside(place):
    set_status(place, place.group, "left")
    assert place.call("getChat", chat_id="@ContohGrup")["result"]["id"] == place.group.id


def test_a_person_is_not_written_to_first(place):
    place.api.do(lambda world: world.chats.setdefault(place.author.id, type(place.group)(place.author.id, "private")))
    refusal = place.refused("sendMessage", chat_id=place.author.id, text="halo")
    assert refusal == (403, "Forbidden: bot can't initiate conversation with a user")
    place.api.do(lambda world: world.private(place.author, place.bot))
    assert place.call("sendMessage", chat_id=place.author.id, text="halo")["ok"]
    place.api.do(lambda _: place.author.blocked.add(place.bot.account.id))
    refusal = place.refused("sendMessage", chat_id=place.author.id, text="halo")
    assert refusal == (403, "Forbidden: bot was blocked by the user")


@pytest.mark.parametrize(("status", "words"), [("creator", "owner"), ("administrator", "administrator")])
def test_nobody_of_rank_is_banned(place, status, words):
    place.api.do(lambda world: world.set_member(place.group, place.author, Member(status)))
    refusal = place.refused("banChatMember", chat_id=place.group.id, user_id=place.author.id)
    assert words in refusal[1]


def test_who_is_restricted_is_restored_by_every_permission(place):
    told = {"chat_id": place.group.id, "user_id": place.author.id}
    place.call("restrictChatMember", **told, permissions={"can_send_messages": False})
    assert place.call("getChatMember", **told)["result"]["status"] == "restricted"
    place.call("restrictChatMember", **told, permissions=dict.fromkeys(SENDING, True))
    assert place.call("getChatMember", **told)["result"]["status"] == "member"


def test_only_who_is_banned_is_unbanned_where_that_is_asked(place):
    told = {"chat_id": place.group.id, "user_id": place.author.id}
    place.call("unbanChatMember", **told, only_if_banned=True)
    assert place.call("getChatMember", **told)["result"]["status"] == "member"
    place.call("unbanChatMember", **told)
    assert place.call("getChatMember", **told)["result"]["status"] == "left"


@pytest.mark.parametrize("after", [5, 400 * 86_400])
def test_a_ban_of_less_than_half_a_minute_or_more_than_a_year_is_for_ever(place, after):
    until = place.api.do(lambda world: world.now()) + after
    told = {"chat_id": place.group.id, "user_id": place.author.id}
    place.call("banChatMember", **told, until_date=until)
    assert place.call("getChatMember", **told)["result"]["until_date"] == 0


def test_a_group_that_moved_says_where_to(place):
    group = place.api.do(lambda world: world.chat("group", "Tim"))
    place.api.do(lambda world: world.join(group, place.bot.account))
    moved = place.api.do(lambda world: world.migrate(group))
    answer = place.call("sendMessage", chat_id=group.id, text="halo")
    assert answer["parameters"] == {"migrate_to_chat_id": moved.id}
    assert place.call("sendMessage", chat_id=moved.id, text="halo")["ok"]


@pytest.mark.parametrize(("size", "given"), [(20 * 1024 * 1024, True), (20 * 1024 * 1024 + 1, False)])
def test_a_file_is_given_up_to_20_mb(place, size, given):
    place.api.do(lambda world: world.files.update(file=(size, "besar.bin")))
    assert place.call("getFile", file_id="file")["ok"] is given


def test_a_text_is_neither_empty_nor_longer_than_4096(place):
    assert place.refused("sendMessage", chat_id=place.group.id, text=" ")[1] == "Bad Request: message text is empty"
    assert (
        place.refused("sendMessage", chat_id=place.group.id, text="x" * 4097)[1] == "Bad Request: message is too long"
    )
    assert place.call("sendMessage", chat_id=place.group.id, text="x" * 4096)["ok"]


def test_a_reply_needs_what_it_replies_to(place):
    told = {"chat_id": place.group.id, "text": "halo"}
    refusal = place.refused("sendMessage", **told, reply_parameters={"message_id": 99})
    assert refusal == (400, "Bad Request: message to be replied not found")
    more = {"message_id": 99, "allow_sending_without_reply": True}
    assert place.call("sendMessage", **told, reply_parameters=more)["ok"]


def test_a_button_carries_at_most_64_bytes(place):
    told = {"chat_id": place.group.id, "text": "halo"}
    keyboard = {"inline_keyboard": [[{"text": "ya", "callback_data": "x" * 65}]]}
    assert place.refused("sendMessage", **told, reply_markup=keyboard) == (400, "Bad Request: BUTTON_DATA_INVALID")


def test_a_bot_edits_its_own_messages_alone(place):
    sent = place.call("sendMessage", chat_id=place.group.id, text="halo")["result"]["message_id"]
    told = {"chat_id": place.group.id, "text": "baru"}
    assert place.call("editMessageText", **told, message_id=sent)["ok"]
    assert "message is not modified" in place.refused("editMessageText", **told, message_id=sent)[1]
    assert place.refused("editMessageText", **told, message_id=place.say().id)[1].endswith("can't be edited")


@pytest.mark.parametrize(("token", "code"), [("1:wrong", 401), ("wrong", 404)])
def test_a_wrong_token_opens_nothing(place, token, code):
    assert place.call("getMe", token=token)["error_code"] == code


def test_a_rotated_token_opens_nothing(place):
    old = place.bot.token
    place.api.do(lambda world: world.rotate(place.bot))
    assert place.call("getMe", token=old)["error_code"] == 401
    assert place.call("getMe")["ok"]


def test_a_method_that_does_not_exist_is_not_found(place):
    assert place.refused("closeEverything") == (404, "Not Found")


def test_what_a_call_needs_is_looked_at(place):
    assert place.refused("deleteMessage", chat_id=place.group.id)[0] == 400
    assert place.refused("deleteMessage", chat_id=place.group.id, message_id="none")[0] == 400


def test_a_method_that_is_only_validated_says_so_and_is_remembered(place):
    assert place.refused("sendDice", chat_id=place.group.id)[0] == 501
    assert place.api.do(lambda _: place.api.broken) == ["sendDice is validated and not modelled"]


def test_a_parameter_that_does_not_exist_is_remembered(place):
    assert place.refused("getMe", tokn=1)[0] == 501
    assert place.api.do(lambda _: place.api.broken) == ["getMe knows no tokn"]
