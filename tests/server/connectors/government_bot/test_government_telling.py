"""What chats are told: each event of a notice once, by way of the outbox, besides every other way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import Chat as TelegramChat, Message
from tests.houses import body

from mufakat.rules import chats as rules
from mufakat.server.connectors import dispatch, expansion, registry
from mufakat.server.connectors.carriers import Fate
from mufakat.server.connectors.government_bot import carrier
from mufakat.server.connectors.government_bot.models import Chat
from mufakat.server.connectors.models import Delivery
from mufakat.server.notices import operations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiogram.methods import SendMessage
    from tests.houses import House
    from tests.server.connectors.government_bot.chatting import Person


class Stub(BaseSession):
    """A session that sends nothing: it keeps what was to be sent, and answers by a script."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[SendMessage] = []
        self.fails: list[Callable[[Any], Exception]] = []

    async def close(self) -> None:
        pass

    async def make_request(self, bot: Bot, method: Any, timeout: int | None = None) -> Any:  # noqa: ASYNC109 - aiogram's.
        del bot, timeout
        if self.fails:
            raise self.fails.pop(0)(method)
        self.sent.append(method)
        return Message(message_id=1, date=datetime.now(UTC), chat=TelegramChat(id=method.chat_id, type="private"))

    def stream_content(self, *told: Any, **named: Any) -> Any:
        raise NotImplementedError


@pytest.fixture
def stub(channel: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    made = Stub()
    makes = [lambda: carrier.TelegramCarrier(lambda: Bot("42:made-up", session=made))]
    monkeypatch.setattr(registry, "MAKERS", makes)
    yield made
    dispatch.close(at=datetime.now(UTC))


def work(*, after: timedelta = timedelta(0)) -> None:
    at = datetime.now(UTC) + timedelta(seconds=1) + after
    while any([part(at=at).more for part in (expansion.expand, dispatch.deliver)]):  # noqa: C419
        pass


def test_a_new_notice_comes_with_buttons_and_its_links_written_harmless(
    channel: House, stub: Stub, representative: Person
) -> None:
    notice = channel.submit().subject
    work()
    [sent] = stub.sent
    keyboard: Any = sent.reply_markup
    assert (sent.chat_id, notice in sent.text) == (2002, True)
    assert ("https://t.me" in sent.text, "examplechannel" in sent.text) == (False, True)
    assert "A made-up placeholder" not in sent.text
    assert [one.text for row in keyboard.inline_keyboard for one in row] == ["Acknowledge", "Ask", "Status"]
    [delivery] = Delivery.objects.filter(carrier="telegram")
    assert delivery.state == "accepted"  # That it was read is not said, and nothing counts as delivered by it.


@pytest.mark.invariant("I-15")
def test_of_child_sexual_abuse_comes_the_number_alone(channel: House, stub: Stub, representative: Person) -> None:
    notice = channel.submit(body(category="child_sexual_abuse")).subject
    work()
    [sent] = stub.sent
    assert (notice in sent.text, "examplechannel" in sent.text) == (True, False)


def test_states_come_to_the_sender_once_each(channel: House, stub: Stub, officer: Person) -> None:
    notice = channel.submit().subject
    operations.acknowledge(notice, by=channel.caller("telegram", "reviewer"))
    work()
    work()
    from mufakat.server.journal import door
    from mufakat.server.journal.models import Outbox

    # As if a process had died between the deliveries and the end of their rows.
    door.commit(lambda _: Outbox.objects.update(done_at=None))
    work()
    assert [one.text.partition("\n")[0] for one in stub.sent] == ["The recipient acknowledged your notice."]


def test_nobody_is_told_of_what_is_no_notice_nor_of_others_notices(channel: House, stub: Stub, officer: Person) -> None:
    channel.submit(by=("bnpt", "officer"), raw=body())
    work()
    assert stub.sent == []


def test_a_rest_that_is_asked_for_is_kept(channel: House, stub: Stub, representative: Person) -> None:
    stub.fails = [lambda method: TelegramRetryAfter(method=method, message="x", retry_after=700)]
    channel.submit()
    work()
    [delivery] = Delivery.objects.filter(carrier="telegram")
    assert (delivery.state, delivery.status, delivery.due_at > datetime.now(UTC) + timedelta(seconds=600)) == (
        "waiting",
        429,
        True,
    )
    work(after=timedelta(hours=1))
    assert len(stub.sent) == 1


def test_a_person_who_blocked_the_bot_is_marked_and_other_ways_go_on(
    channel: House, stub: Stub, representative: Person, reviewer: Person
) -> None:
    channel.submit()
    stub.fails = [lambda method: TelegramForbiddenError(method=method, message="bot was blocked by the user")]
    work()
    assert len(stub.sent) == 1  # The colleague.
    blocked = Chat.objects.get(unreachable_since__isnull=False)
    assert blocked.user not in {one.chat_id for one in stub.sent}
    channel.submit(key="k2")
    work()
    assert len(stub.sent) == 2


@pytest.mark.parametrize("error", [TelegramUnauthorizedError, TelegramNotFound])
def test_a_token_that_was_replaced_is_read_anew(
    channel: House, stub: Stub, representative: Person, error: type[TelegramAPIError]
) -> None:
    made: list[Bot] = []

    def make() -> Bot:
        made.append(Bot("42:made-up", session=stub))
        return made[-1]

    one = carrier.TelegramCarrier(make)
    stub.fails = [lambda method: error(method=method, message="x")]
    parcel = parcel_of(channel.submit().subject)
    first, second = asyncio.run(one.carry(parcel)), asyncio.run(one.carry(parcel))
    assert (first.fate, second.fate, len(made)) == (Fate.RETRY, Fate.ACCEPTED, 2)


def test_no_word_of_the_service_and_no_token_is_written_down(
    channel: House, stub: Stub, representative: Person
) -> None:
    stub.fails = [lambda method: TelegramNetworkError(method=method, message="https://api.telegram.org/bot42:made-up")]
    channel.submit()
    work()
    assert "made-up" not in Delivery.objects.get(carrier="telegram").detail


def test_a_flood_of_notices_is_told_up_to_its_measure_and_then_as_more(
    channel: House, stub: Stub, representative: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "TOLD_AN_HOUR", 3)
    for number in range(5):
        channel.submit(key=f"k{number}")
    work()
    assert (len(stub.sent), "no more news is sent here" in stub.sent[-1].text) == (3, True)
    work(after=timedelta(hours=1, minutes=1))
    channel.submit(key="later")
    work(after=timedelta(hours=1, minutes=1))
    assert len(stub.sent) == 4


def test_the_last_message_of_an_hour_says_so_though_nothing_else_waits(
    channel: House, stub: Stub, representative: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "TOLD_AN_HOUR", 2)
    for number in range(3):
        channel.submit(key=f"k{number}")
        work()
    assert ["no more news is sent here" in one.text for one in stub.sent] == [False, True]


def test_a_chat_that_ended_is_told_nothing_more(channel: House, stub: Stub, representative: Person) -> None:
    channel.submit()
    expansion.expand(at=datetime.now(UTC) + timedelta(seconds=1))
    representative.write("/stop")
    work()
    assert (stub.sent, Delivery.objects.get(carrier="telegram").state) == ([], "dead")


def parcel_of(notice: str) -> Any:
    from mufakat.server.connectors.carriers import Parcel
    from mufakat.server.journal.models import Event

    event = Event.objects.get(case=notice, type="notice.received")
    return Parcel(
        delivery="dlv_01jd8v9r1ze8k3n7p5s2a4b6d0",
        attempt=1,
        event=event.pk,
        type="notice.received",
        case=notice,
        party="telegram",
        address="",
        contact=Chat.objects.get().pk,
        body=b"{}",
        at=datetime.now(UTC),
    )
