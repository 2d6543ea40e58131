"""Messages on a notice: both ways, with receipts, bounded, erased with it."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.notices import erasing
from tests.server.notices.test_notices_operations import at_once

from mufakat.proof import verify
from mufakat.rules import talk as rules
from mufakat.rules.errors import EndedError, NotFoundError, NotPermittedError, TooManyMessagesError
from mufakat.rules.retention import Erasable
from mufakat.server.journal import door
from mufakat.server.journal.answers import Key
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.notices import erasure, queries, sides, talk
from mufakat.server.notices.models import Message, Notice

if TYPE_CHECKING:
    from tests.houses import House

OFFICER, REPRESENTATIVE, REVIEWER = ("kominfo", "officer"), ("telegram", "representative"), ("telegram", "reviewer")


def say(house: House, notice: str, text: str = "A made-up word.", by: tuple[str, str] = REVIEWER) -> dict[str, Any]:
    answer = talk.send(notice, by=house.caller(*by), text=text)
    said: dict[str, Any] = json.loads(answer.body)
    return said


def texts(house: House, notice: str, by: tuple[str, str] = OFFICER) -> list[str | None]:
    return [one.text for one in talk.list_for(house.caller(*by), notice).items]


def test_both_sides_read_what_both_wrote_in_its_order(house: House) -> None:
    notice = house.submit().subject
    for text, by in (("One?", REVIEWER), ("Two.", OFFICER), ("Three.", REPRESENTATIVE)):
        say(house, notice, text, by)
    assert texts(house, notice, OFFICER) == texts(house, notice, REVIEWER) == ["One?", "Two.", "Three."]
    assert [one.from_ for one in talk.list_for(house.caller(*OFFICER), notice).items] == [
        *("telegram", "kominfo", "telegram")
    ]


@pytest.mark.parametrize(("by", "to"), [(REVIEWER, "kominfo"), (OFFICER, "telegram")], ids=["reply", "sender"])
@pytest.mark.invariant("I-03")
def test_a_message_is_one_event_whose_text_is_committed_and_the_other_side_is_told(
    house: House, by: tuple[str, str], to: str
) -> None:
    notice = house.submit().subject
    say(house, notice, "A made-up word.", by)
    (event,) = Event.objects.filter(case=notice, type="message.sent")
    assert (event.sender, event.recipient) == (by[0], to)
    assert [one.to for one in Outbox.objects.filter(event=event)] == [f"party:{to}"]
    assert erasing.opened(event) == {"text": b"A made-up word."}
    assert b"made-up" not in bytes(event.leaf)


def test_the_receipt_verifies_and_speaks_of_the_messages_leaf(house: House) -> None:
    notice = house.submit().subject
    said = say(house, notice)
    found = verify.verify(said["receipt"].encode(), keys=[erasing.key()])
    assert (found.notice, found.leaf_hash) == (notice, base64.b64decode(said["leaf"]))
    assert talk.list_for(house.caller(*OFFICER), notice).items[0].receipt == said["receipt"]


@pytest.mark.parametrize(
    ("seat", "error"),
    [
        (("kominfo", "approver"), NotPermittedError),
        (("bnpt", "officer"), NotFoundError),
        (("isp-a", "engineer"), NotPermittedError),
        (("mufakat", "admin"), NotPermittedError),
    ],
    ids=lambda one: "/".join(one) if isinstance(one, tuple) else "",
)
def test_who_may_not_speak_says_nothing(house: House, seat: tuple[str, str], error: type[Exception]) -> None:
    notice = house.submit().subject
    with pytest.raises(error):
        say(house, notice, by=seat)
    assert Message.objects.count() == Event.objects.filter(type="message.sent").count() == 0


def test_who_only_replies_does_not_speak_for_the_sender(house: House) -> None:
    from tests.houses import body

    # Telegram's own officer sends to an operator; its reviewer replies only within what telegram received.
    enrolled(house)
    notice = house.submit(body(to="isp-a", kind="user_report"), by=("telegram", "officer")).subject
    with pytest.raises(sides.WrongSideError, match="officers speak for the sender"):
        say(house, notice, by=REVIEWER)
    assert say(house, notice, by=("telegram", "officer"))["from"] == "telegram"


def enrolled(house: House) -> None:
    from mufakat.rules.permissions import Role
    from mufakat.server.parties import operations as parties, queries as found

    del house
    party = found.party_by_handle("telegram")
    parties.enrol_person(party, role=Role.OFFICER, ordinal=1, email="officer@telegram.example", name="Somebody")


def test_a_message_after_the_end_is_refused_and_leaves_nothing(house: House) -> None:
    notice = house.submit().subject
    erasing.withdraw(house, notice)
    for by in (REVIEWER, OFFICER):
        with pytest.raises(EndedError):
            say(house, notice, by=by)
    assert Message.objects.count() == 0


@pytest.mark.parametrize(("by", "after"), [(OFFICER, "acknowledged"), (REVIEWER, "needs_information")])
def test_only_the_senders_word_is_the_awaited_answer(house: House, by: tuple[str, str], after: str) -> None:
    notice = house.submit().subject
    at = Notice.objects.get(pk=notice).received_at
    asked = {"state": "needs_information", "seen_at": at, "acknowledged_at": at}
    door.commit(lambda _: Notice.objects.filter(pk=notice).update(**asked))
    say(house, notice, by=by)
    assert Notice.objects.get(pk=notice).state == after


def test_each_side_has_its_own_bound(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST", 3)
    notice = house.submit().subject
    for number in range(3):
        say(house, notice, str(number))
    with pytest.raises(TooManyMessagesError):
        say(house, notice)
    say(house, notice, "Still open.", OFFICER)
    assert texts(house, notice) == ["0", "1", "2", "Still open."]


@pytest.mark.invariant("I-02")
def test_the_same_key_is_the_same_message(house: House) -> None:
    notice = house.submit().subject
    by = house.caller(*REVIEWER)
    key = Key.of(by.party_id, f"POST /api/v1/notices/{notice}/messages", "k", b"x")
    first, again = (talk.send(notice, by=by, text="Once.", key=key) for _ in range(2))
    assert (again.body, again.replayed, texts(house, notice)) == (first.body, True, ["Once."])


@pytest.mark.invariant("I-03")
def test_many_who_write_at_once_are_all_kept_in_one_chain(house: House) -> None:
    notice = house.submit().subject
    callers = [house.caller(*seat) for seat in (OFFICER, REVIEWER, REPRESENTATIVE)] * 4
    at_once(*(partial(talk.send, notice, by=by, text=str(number)) for number, by in enumerate(callers)))
    assert sorted(int(text or "") for text in texts(house, notice)) == list(range(12))
    chains = Event.objects.filter(sender="telegram", recipient="kominfo").order_by("seq").values_list("seq", flat=True)
    assert list(chains) == list(range(1, 9))


def test_a_long_conversation_comes_in_pages_that_neither_skip_nor_repeat(house: House) -> None:
    notice = house.submit().subject
    for number in range(talk.PAGE + 3):
        say(house, notice, str(number))
    viewer = house.caller(*OFFICER)
    first = talk.list_for(viewer, notice)
    say(house, notice, "late")
    second = talk.list_for(viewer, notice, after=first.next)
    found = [one.text for one in (*first.items, *second.items)]
    assert (found, second.next) == ([*map(str, range(talk.PAGE + 3)), "late"], None)


def test_a_page_costs_the_same_however_long(house: House) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    notice = house.submit().subject
    viewer = house.caller(*OFFICER)
    counts = []
    for number in (1, 20):
        for _ in range(number):
            say(house, notice)
        with CaptureQueriesContext(connection) as found:
            talk.list_for(viewer, notice)
        counts.append(len(found))
    assert counts[0] == counts[1]


# -- Erased with the notice


CANARY = "zq-made-up-canary"


@pytest.mark.invariant("I-09")
def test_an_order_erases_the_words_and_leaves_the_proofs(house: House) -> None:
    notice = house.submit().subject
    by = house.caller(*REVIEWER)
    key = Key.of(by.party_id, f"POST /api/v1/notices/{notice}/messages", "k", b"x")
    talk.send(notice, by=by, text=CANARY, key=key)
    assert erasing.found_on_disk(house.data, [CANARY])
    done = erasure.erase(notice, classes={Erasable.MESSAGES}, reason="An order.")
    assert {"messages", "answers"} <= set(done.classes)
    assert texts(house, notice) == [None]
    assert erasing.found_on_disk(house.data, [CANARY]) == []
    erasing.require_proofs([notice])


@pytest.mark.invariant("I-09")
def test_the_words_go_when_the_notices_period_has_passed(house: House) -> None:
    notice = house.submit().subject
    say(house, notice, CANARY)
    erasing.withdraw(house, notice)
    erasure.sweep(at=erasing.later())
    assert (texts(house, notice), erasing.found_on_disk(house.data, [CANARY])) == ([None], [])


def test_the_notes_of_a_notice_are_another_class(house: House) -> None:
    notice = house.submit().subject
    say(house, notice, CANARY)
    erasure.erase(notice, classes={Erasable.NOTES}, reason="An order.")
    assert texts(house, notice) == [CANARY]


def test_the_house_that_erases_reads_no_message(house: House) -> None:
    notice = house.submit().subject
    say(house, notice)
    with pytest.raises(NotPermittedError):
        talk.list_for(house.caller("mufakat", "admin"), notice)
    assert queries.get_for(house.caller(*OFFICER), notice).id == notice
