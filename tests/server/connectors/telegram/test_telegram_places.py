"""What of an update is screened, as whose, and where it is: without any network."""

from __future__ import annotations

from typing import Any, cast

import pytest
from aiogram.types import Update

from mufakat import locator
from mufakat.screening.item import ItemKind, Visibility
from mufakat.server.connectors.telegram import places
from mufakat.server.connectors.telegram.places import Author, Heard, Unheard

GROUP = {"id": -1_001_234_567_890, "type": "supergroup", "title": "Contoh", "username": "ContohGrup"}
CHANNEL = {"id": -1_009_876_543_210, "type": "channel", "title": "Kanal", "username": "contohkanal"}
AUTHOR = {"id": 7, "is_bot": False, "first_name": "Penulis"}
AT = 1_767_225_600


def update(kind: str = "message", chat: dict[str, Any] | None = None, **told: Any) -> Update:
    message = {"message_id": 5, "date": AT, "chat": chat or GROUP, **told}
    return Update.model_validate({"update_id": 1, kind: message})


def heard(kind: str = "message", chat: dict[str, Any] | None = None, **told: Any) -> Heard:
    found = places.hear(update(kind, chat, **told))
    assert isinstance(found, Heard)
    return found


def test_an_item_names_place_and_author_by_number():
    named: dict[str, Any] = {"from": AUTHOR}
    found = heard(text="pagi", **named)
    item = found.item
    assert (item.item, item.channel, item.author) == (
        "tg:channel:1234567890/message/5",
        "tg:channel:1234567890",
        "user:7",
    )
    assert (item.at, item.kind, item.visibility) == ("2026-01-01T00:00:00.000Z", ItemKind.MESSAGE, Visibility.PUBLIC)
    assert (found.link, found.version) == ("https://t.me/ContohGrup/5", 0)


def test_its_name_is_a_locator_that_a_notice_can_point_at():
    item = heard(text="pagi").item.item
    assert getattr(locator.parse(item), "canonical", None) == item


def test_a_post_is_a_post_and_has_no_author():
    found = heard("channel_post", CHANNEL, text="kabar", sender_chat=CHANNEL)
    assert (found.item.kind, found.author, found.item.author) == (ItemKind.POST, Author(), "")


@pytest.mark.invariant("I-13")
def test_what_is_written_to_a_channel_directly_is_not_public():
    direct = {**GROUP, "is_direct_messages": True}
    assert places.hear(update(chat=direct, text="pisang")) is Unheard.NOT_PUBLIC


def test_an_edit_is_of_its_own_time():
    found = heard("edited_message", text="lain", edit_date=AT + 60)
    assert (found.version, found.item.at) == (AT + 60, "2026-01-01T00:01:00.000Z")


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"caption": "judul"}, "judul"),
        ({"text": "ya", "quote": {"text": "pisang", "position": 0}}, "ya\npisang"),
        ({"checklist": {"title": "daftar", "tasks": [{"id": 1, "text": "pisang"}]}}, "daftar\npisang"),
    ],
    ids=["caption", "quote", "list"],
)
def test_whatever_is_read_at_once_is_the_text(told, text):
    assert heard(**told).item.text == text


def test_a_poll_is_read():
    from aiogram.types import Poll, PollOption

    required = {name: _value(field.annotation) for name, field in Poll.model_fields.items() if field.is_required()}
    option = {name: _value(field.annotation) for name, field in PollOption.model_fields.items() if field.is_required()}
    poll = {**required, "question": "mana?", "options": [{**option, "text": "pisang"}]}
    assert heard(poll=poll).item.text == "mana?\npisang"


def _value(kind: Any) -> Any:
    return {str: "x", int: 0, bool: False}.get(kind, [])


@pytest.mark.parametrize(
    ("told", "url"),
    [
        (
            {"entities": [{"type": "text_link", "offset": 0, "length": 4, "url": "https://a.example/"}]},
            "https://a.example/",
        ),
        ({"link_preview_options": {"url": "https://a.example/"}}, "https://a.example/"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "x", "url": "https://a.example/"}]]}}, "https://a.example/"),
        (
            {"forward_origin": {"type": "channel", "date": AT, "chat": CHANNEL, "message_id": 9}},
            "https://t.me/contohkanal/9",
        ),
        (
            {"external_reply": {"origin": {"type": "channel", "date": AT, "chat": CHANNEL, "message_id": 9}}},
            "https://t.me/contohkanal/9",
        ),
    ],
    ids=["linked words", "preview", "button", "forward", "quoted elsewhere"],
)
def test_addresses_that_are_not_in_the_words_are_screened_too(told, url):
    assert heard(text="pagi", **told).item.urls == (url,)


@pytest.mark.parametrize(
    ("told", "author"),
    [
        ({"from": AUTHOR}, Author(user=7)),
        ({"from": {**AUTHOR, "id": 1_087_968_824}, "sender_chat": GROUP}, Author()),
        ({"from": {**AUTHOR, "id": 136_817_688}, "sender_chat": CHANNEL}, Author(channel=cast("int", CHANNEL["id"]))),
        ({"from": {**AUTHOR, "id": 777_000}, "sender_chat": CHANNEL, "is_automatic_forward": True}, Author()),
        ({}, Author()),
    ],
    ids=["a person", "an anonymous administrator", "a channel", "the linked channel", "nobody"],
)
def test_only_who_could_be_answered_here_is_the_author(told, author):
    assert heard(text="pagi", **told).author == author


@pytest.mark.invariant("I-13")
@pytest.mark.parametrize(
    "chat",
    [
        {"id": 7, "type": "private", "first_name": "Penulis", "username": "penulis"},
        {"id": -7, "type": "group", "title": "Tim"},
        {**GROUP, "username": None},
        {**CHANNEL, "username": None},
    ],
    ids=["a person", "a group", "a private supergroup", "a private channel"],
)
def test_what_not_anybody_may_read_is_not_heard(chat):
    assert places.hear(update(chat=chat, text="pisang")) is Unheard.NOT_PUBLIC


def test_what_says_nothing_is_not_asked_about():
    assert places.hear(update(new_chat_title="Baru")) is Unheard.NOTHING_SAID


def test_what_was_not_asked_for_is_another_kind():
    assert places.hear(Update.model_validate({"update_id": 1})) is Unheard.OTHER_KIND
