"""What of an update reaches the house: who, where, what was typed or tapped; no name, no file, nothing forwarded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiogram.types import Update

from mufakat.runners import bot_updates

USER = {"id": 7, "is_bot": False, "first_name": "Ani", "last_name": "Wijaya", "username": "ani", "language_code": "id"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ani", "username": "ani"}
GROUP = {"id": -100, "type": "supergroup", "title": "Pasar"}
BASE = {"message_id": 3, "date": 1_500_000_000, "chat": PRIVATE, "from": USER}


def heard(**told: Any) -> dict[str, Any] | None:
    return bot_updates.told(Update.model_validate({"update_id": 5, **told}), bot=42)


def message(**told: Any) -> dict[str, Any]:
    found = heard(message={**BASE, **told})
    assert found is not None
    return found


def test_a_message_is_its_numbers_and_its_text():
    assert message(text="https://t.me/x/1") == {
        "bot": 42,
        "update": 5,
        "kind": "message",
        "user": 7,
        "chat": 7,
        "private": True,
        "message": 3,
        "text": "https://t.me/x/1",
        "file": False,
        "forwarded": False,
        "language": "id",
    }


@pytest.mark.parametrize(
    "file",
    [
        {"document": {"file_id": "f", "file_unique_id": "u"}},
        {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}], "caption": "https://t.me/x/1"},
        {"voice": {"file_id": "f", "file_unique_id": "u", "duration": 1}},
        {"contact": {"phone_number": "+62", "first_name": "Budi"}},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
    ],
)
def test_of_a_file_nothing_but_that_it_is_one(file):
    found = message(**file)
    assert (found["file"], found["text"]) == (True, "")
    assert not {"f", "u", "+62", "Budi"} & set(json.dumps(found).split('"'))


@pytest.mark.parametrize(
    "told",
    [
        {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Budi"}},
        {"via_bot": {"id": 9, "is_bot": True, "first_name": "x"}},
    ],
)
def test_words_of_somebody_else_are_marked(told):
    assert message(text="https://t.me/x/1", **told)["forwarded"] is True


def test_no_name_reaches_the_house():
    assert not [name for name in ("Ani", "Wijaya", "ani") if name in json.dumps(message(text="x"))]


def test_a_tap_is_whose_and_what_it_carries():
    tap = {"id": "9", "from": USER, "chat_instance": "1", "data": "abc.0", "message": {**BASE, "text": "x"}}
    found = heard(callback_query=tap)
    assert found is not None
    assert (found["kind"], found["user"], found["private"], found["data"], found["callback"]) == (
        "tap",
        7,
        True,
        "abc.0",
        "9",
    )


def test_a_tap_on_what_was_sent_from_elsewhere_is_in_no_private_chat():
    found = heard(callback_query={"id": "9", "from": USER, "chat_instance": "1", "inline_message_id": "z", "data": "a"})
    assert found is not None
    assert (found["private"], found["chat"]) == (False, 0)


@pytest.mark.parametrize(("status", "inside"), [("member", True), ("left", False), ("kicked", False)])
def test_whether_the_bot_is_in_a_chat(status, inside):
    bot = {"id": 42, "is_bot": True, "first_name": "x"}
    more = {"until_date": 0} if status == "kicked" else {}
    found = heard(
        my_chat_member={
            "chat": GROUP,
            "from": USER,
            "date": 1,
            "old_chat_member": {"status": "left", "user": bot},
            "new_chat_member": {"status": status, "user": bot, **more},
        }
    )
    assert found is not None
    assert (found["kind"], found["private"], found["inside"]) == ("member", False, inside)


def test_what_was_not_asked_for_is_nothing():
    assert heard(edited_message={**BASE, "text": "x", "edit_date": 2}) is None
    assert heard(channel_post={"message_id": 1, "date": 1, "chat": {"id": -1, "type": "channel", "title": "x"}}) is None
