"""Binding: a word that binds one account to one person, once, soon; its end; what is personal in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.connectors.government_bot.chatting import (
    LINK,
    NAME,
    Person,
    bound,
    hear,
    update,
    word_of,
)

from mufakat.rules import chats as rules
from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.retention import RETENTION, Erasable
from mufakat.server.connectors.government_bot import chats, keeping
from mufakat.server.connectors.government_bot.models import Button, Chat, Heard, Talk, Ticket
from mufakat.server.journal.models import Event, Opening
from mufakat.server.parties import operations
from mufakat.server.runtime import reactions

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House


def told(one: Any) -> bytes:
    return str(one.pk).encode()


def start(user: int, word: str, *, at: datetime | None = None) -> str:
    [reply] = hear(update(user, text=f"/start {word}"), at=at)
    return str(reply["text"])


def test_a_word_fits_into_a_link_and_is_stored_as_its_digest(channel: House) -> None:
    word = word_of(channel, "kominfo", "officer")
    assert len(chats.link_of(word).partition("?start=")[2]) <= 64
    assert bytes(Ticket.objects.get().digest) == rules.digest_of(word)


def test_a_word_binds_one_account_once(channel: House) -> None:
    word = word_of(channel, "kominfo", "officer")
    assert "kominfo/officer" in start(1001, word)
    assert "was used" in start(1002, word)
    assert Chat.objects.get().user == 1001


def test_the_same_message_again_says_the_same(channel: House) -> None:
    word = word_of(channel, "kominfo", "officer")
    assert start(1001, word) == start(1001, word)
    assert Event.objects.filter(type="chat.bound").count() == 1


def test_a_word_is_good_for_a_quarter_of_an_hour(channel: House) -> None:
    word = word_of(channel, "kominfo", "officer")
    ticket = Ticket.objects.get()
    assert ticket.expires_at - ticket.made_at == timedelta(minutes=15)
    from mufakat.server.journal import door

    door.commit(lambda _: Ticket.objects.update(expires_at=ticket.made_at + timedelta(milliseconds=1)))
    assert "too old" in start(1001, word)


def test_a_newer_word_ends_an_older_one(channel: House) -> None:
    older = word_of(channel, "kominfo", "officer")
    word_of(channel, "kominfo", "officer")
    assert "newer one" in start(1001, older)


def test_an_account_is_one_persons(channel: House) -> None:
    bound(channel, "kominfo", "officer", 1001)
    word = word_of(channel, "bnpt", "officer")
    assert "another person" in start(1001, word)
    assert "bnpt/officer" in start(1002, word)  # The word is still good.


def test_a_person_who_binds_another_account_leaves_the_former_one(channel: House) -> None:
    bound(channel, "kominfo", "officer", 1001)
    bound(channel, "kominfo", "officer", 1002)
    ended, standing = Chat.objects.order_by("bound_at")
    assert (ended.because, standing.user, standing.ended_at) == ("replaced", 1002, None)


@pytest.mark.parametrize(
    "seat", [("kominfo", "approver"), ("isp-a", "engineer"), ("auditor", "auditor"), ("mufakat", "admin")]
)
def test_other_seats_have_no_chat(channel: House, seat: tuple[str, str]) -> None:
    with pytest.raises(NotPermittedError):
        word_of(channel, *seat)


def test_the_number_of_an_account_never_reaches_a_leaf(channel: House) -> None:
    bound(channel, "kominfo", "officer", 987_654_321)
    leaves = b"".join(bytes(one.leaf) for one in Event.objects.all())
    assert (b"987654321" in leaves, Opening.objects.filter(field="chat").count()) == (False, 1)


def test_stop_unbinds(channel: House, officer: Person) -> None:
    officer.write(LINK)
    officer.write("/stop")
    assert Chat.objects.get().because == "by_person"
    assert Talk.objects.get().said is None
    assert "bound to nobody" in officer.write(LINK)


def test_who_has_no_access_any_more_has_no_chat(channel: House, officer: Person) -> None:
    operations.end_person("officer@kominfo.example")
    assert "bound to nobody" in officer.write(LINK)
    reactions.run(at=datetime.now(UTC) + timedelta(seconds=1))
    assert Chat.objects.get().because == "person_ended"


def test_a_chat_is_seen_and_ended_by_its_person_and_by_who_looks_after_people(channel: House, officer: Person) -> None:
    chat = Chat.objects.get()
    with pytest.raises(NotFoundError):
        chats.get_for(channel.caller("bnpt", "officer"), chat.pk)
    assert chats.list_for(channel.caller("kominfo", "officer")) == [chat]
    chats.revoke(chat.pk, by=channel.caller("kominfo", "officer"), key=None, told=told)
    chats.revoke(chat.pk, by=channel.caller("kominfo", "officer"), key=None, told=told)
    assert Event.objects.filter(type="chat.unbound").count() == 1


def test_an_account_that_blocks_the_bot_is_marked_until_it_writes_again(channel: House, officer: Person) -> None:
    officer.took(update(1001, kind="member", inside=False))
    assert Chat.objects.get().unreachable_since is not None
    officer.write("/help")
    assert Chat.objects.get().unreachable_since is None
    assert [one.type for one in Event.objects.filter(type__startswith="chat.").order_by("position")] == [
        "chat.bound",
        "chat.unreachable",
        "chat.reachable",
    ]


@pytest.mark.invariant("I-09")
def test_the_number_is_erased_a_year_after_the_end_and_not_before(channel: House, officer: Person) -> None:
    officer.write("/stop")
    ended = Chat.objects.get().ended_at
    assert ended is not None
    period = RETENTION[Erasable.CONTACTS].period
    keeping.sweep(at=ended + period - timedelta(seconds=1))
    assert Chat.objects.get().user == 1001
    keeping.sweep(at=ended + period)
    assert (Chat.objects.get().user, Opening.objects.get(field="chat").value) == (None, None)
    assert Event.objects.filter(type="chat.erased").count() == 1


def test_what_nobody_went_on_with_is_erased_after_a_day_and_the_rest_after_its_time(
    channel: House, officer: Person
) -> None:
    officer.write(LINK)
    keeping.forget(at=datetime.now(UTC) + rules.STALE + timedelta(minutes=1))
    assert Talk.objects.get().said is None
    keeping.forget(at=datetime.now(UTC) + rules.BUTTONS + timedelta(minutes=1))
    assert [rows.objects.count() for rows in (Heard, Button, Talk, Ticket)] == [0, 0, 0, 0]


def test_somebody_who_writes_too_fast_is_told_once_and_then_not_heard(channel: House) -> None:
    at = datetime.now(UTC)
    said = [hear(update(9, text="hello"), at=at) for _ in range(8)]
    texts = [one[0]["text"][:20] if one else "" for one in said]
    assert texts == ["This Telegram accoun"] * 5 + ["Too many messages at", "", ""]


def test_a_group_is_left_and_nothing_in_it_is_heard(channel: House, officer: Person) -> None:
    told_ = update(1001, text=LINK, private=False, chat=-100)
    assert hear(told_) == [{"do": "leave", "chat": -100}]
    joined = update(1001, kind="member", private=False, chat=-100, inside=True)
    assert hear(joined) == [{"do": "leave", "chat": -100}]
    gone = update(1001, kind="member", private=False, chat=-100, inside=False)
    assert (hear(gone), Talk.objects.count()) == ([], 0)


def test_the_page_shows_the_link_once(channel: House, browser_of: Callable[[str, str], Client]) -> None:
    browser = browser_of("kominfo", "officer")
    page = browser.post("/desk/telegram/", {"key": "page-" + "a" * 32}).content.decode()
    word = page.partition(f"https://t.me/{NAME}?start=")[2][:43]
    assert "kominfo/officer" in start(1001, word)
    again = browser.post("/desk/telegram/", {"key": "page-" + "a" * 32})
    assert again.status_code == 302
    listed = browser.get("/desk/telegram/").content.decode()
    assert (word in listed, "1001" in listed, "Unbind" in listed) == (False, False, True)
    chat = Chat.objects.get()
    browser.post(f"/desk/telegram/{chat.pk}/end")
    assert Chat.objects.get().because == "by_person"


@pytest.mark.parametrize("seat", [("kominfo", "approver"), ("isp-a", "engineer")])
def test_the_page_is_for_those_who_have_chats(
    channel: House, browser_of: Callable[[str, str], Client], seat: tuple[str, str]
) -> None:
    assert browser_of(*seat).get("/desk/telegram/").status_code == 403
