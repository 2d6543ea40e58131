"""Taps: who may do what by a button, and that nobody else's tap, and no older one, ever changes anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.server.connectors.government_bot.chatting import LINK, Person, bound, hear, update

from mufakat.rules import chats as rules
from mufakat.server.connectors.government_bot import hearing, replies
from mufakat.server.connectors.government_bot.models import Button, Chat, Talk
from mufakat.server.journal import door
from mufakat.server.journal.models import Event
from mufakat.server.notices import talk as messages
from mufakat.server.notices.models import Notice

if TYPE_CHECKING:
    from tests.houses import House


def status(person: Person, notice: str) -> str:
    return person.write(f"/status {notice}")


def state() -> str:
    return Notice.objects.get().state


def test_a_representative_acknowledges_by_a_tap_and_it_is_a_persons_act(channel: House, representative: Person) -> None:
    notice = channel.submit().subject
    assert "Received" in status(representative, notice)
    assert representative.labels() == ["Acknowledge", "Ask", "Status"]
    assert "Acknowledged, by you." in representative.tap("Acknowledge")
    assert state() == "acknowledged"
    event = Event.objects.get(type="notice.acknowledged")
    assert (event.sender, event.case) == ("telegram", notice)
    acknowledge = representative.heard[-1]["data"]
    representative.took(update(2002, kind="tap", callback="c", data=acknowledge))
    assert Event.objects.filter(type="notice.acknowledged").count() == 1


def test_a_representative_is_offered_no_refusal_and_writes_instead(channel: House, representative: Person) -> None:
    notice = channel.submit().subject
    status(representative, notice)
    representative.tap("Ask")
    representative.write("Which part is meant?")
    assert "Your message is recorded." in representative.tap("Send")
    [said] = messages.list_for(channel.caller("kominfo", "officer"), notice).items
    assert (said.text, said.from_) == ("Which part is meant?", "telegram")


def test_a_reviewer_asks_and_the_officer_answers(channel: House, reviewer: Person, officer: Person) -> None:
    notice = channel.submit().subject
    status(reviewer, notice)
    reviewer.tap("Acknowledge")
    reviewer.tap("Ask")
    reviewer.write("Which of the pictures is meant here?")
    reviewer.tap("Send")
    assert state() == "needs_information"
    status(officer, notice)
    assert officer.labels() == ["Answer", "Withdraw", "Status"]
    officer.tap("Answer")
    officer.write("The second one of them.")
    officer.tap("Send")
    assert state() == "acknowledged"


def test_a_reviewer_refuses_with_complete_reasons(channel: House, reviewer: Person) -> None:
    notice = channel.submit().subject
    status(reviewer, notice)
    reviewer.tap("Acknowledge")
    reviewer.tap("Refuse")
    reviewer.tap("Not illegal")
    reviewer.write("An old picture of a market stands there.")
    reviewer.write("It shows fruit for sale, which no law forbids.")
    assert "recorded" in reviewer.tap("Send")
    assert (state(), Talk.objects.get().said) == ("decided", None)


def test_a_refusal_before_the_acknowledgement_is_refused_as_at_the_desk(channel: House, reviewer: Person) -> None:
    notice = channel.submit().subject
    status(reviewer, notice)
    reviewer.tap("Refuse")
    reviewer.tap("Unclear")
    reviewer.write("An old picture of a market stands there.")
    reviewer.write("It shows fruit for sale, which no law forbids.")
    assert "cannot be done" in reviewer.tap("Send")
    assert state() == "received"


def test_a_sender_withdraws_with_a_reason(channel: House, officer: Person) -> None:
    notice = channel.submit().subject
    status(officer, notice)
    officer.tap("Withdraw")
    officer.write("A slip.")
    officer.tap("Send")
    assert state() == "withdrawn"


def test_a_notice_of_others_is_none(channel: House, officer: Person) -> None:
    other = bound(channel, "bnpt", "officer", 3001)
    notice = channel.submit().subject
    assert "no such notice" in status(other, notice)
    assert other.labels() == []


@pytest.mark.parametrize("tapped", ["", "x", "A" * 22, "A" * 22 + ".0", "A" * 22 + ".99", "../../x", "' OR 1=1 --"])
def test_data_that_nobody_made_does_nothing(channel: House, officer: Person, tapped: str) -> None:
    assert "of the past" in officer.took(update(1001, kind="tap", callback="c", data=tapped))


def test_a_button_of_long_ago_leads_to_the_desk(channel: House, representative: Person) -> None:
    status(representative, channel.submit().subject)
    told = update(2002, kind="tap", callback="c", data=representative.button("Acknowledge"))
    late = datetime.now(UTC) + rules.BUTTONS + timedelta(minutes=1)
    assert "of the past" in representative.took(told, at=late)
    assert state() == "received"


def test_a_button_of_an_earlier_step_does_nothing(channel: House, officer: Person) -> None:
    officer.write(LINK)
    former = officer.button("Telegram")
    officer.tap("Telegram")
    said = Talk.objects.get().said
    assert "answered already" in officer.took(update(1001, kind="tap", callback="c", data=former))
    assert Talk.objects.get().said == said


def test_whoever_left_does_nothing_by_an_old_button(channel: House, representative: Person) -> None:
    from mufakat.server.parties import operations

    status(representative, channel.submit().subject)
    operations.end_person("representative@telegram.example")
    [reply] = hear(update(2002, kind="tap", callback="c", data=representative.button("Acknowledge")))
    assert (reply["text"], state()) == ("This button is not for you.", "received")


@pytest.mark.invariant("I-10")
def test_no_tap_of_another_account_ever_changes_anything(
    channel: House, officer: Person, reviewer: Person, representative: Person
) -> None:
    """Every button that was ever made, tapped by everybody whose it is not, in private and from groups."""
    notice = channel.submit().subject
    for person in (officer, reviewer, representative):
        status(person, notice)
    officer.write(LINK)
    reviewer.tap("Ask")
    owners = {one.pk: one.chat.user for one in Button.objects.select_related("chat")}
    taps = [f"{pk}.{place}" for pk, user in owners.items() for place in range(6)]
    before = rows()

    @settings(max_examples=60)
    @given(
        data=st.sampled_from(taps),
        user=st.sampled_from([1001, 2001, 2002, 77, 2**60]),
        where=st.sampled_from(["own chat", "group", "somebody's chat"]),
    )
    def tapped(data: str, user: int, where: str) -> None:
        hearing.forget()
        if owners[data.partition(".")[0]] == user and where == "own chat":
            return
        chat = {"own chat": user, "group": -5, "somebody's chat": 1002}[where]
        told = update(user, kind="tap", callback="c", data=data, private=where != "group", chat=chat)
        said = hear(told)
        assert [one["do"] for one in said] == ["answer"]
        assert rows() == before

    tapped()


def rows() -> dict[str, Any]:
    """All that a tap could change."""
    return {
        "notices": list(Notice.objects.values_list("pk", "state")),
        "events": Event.objects.count(),
        "talks": list(Talk.objects.values_list("pk", "said", "ended_at")),
        "buttons": Button.objects.count(),
        "chats": list(Chat.objects.values_list("pk", "ended_at", "language")),
    }


def test_what_the_service_carries_is_no_more_than_it_takes(channel: House, officer: Person) -> None:
    def run(moment: Any) -> Any:
        chat = Chat.objects.get()
        return replies.buttons(chat, "ntc_x", [("x" * 500, ["status"])] * 100, moment=moment)

    made = door.commit(run)
    faces = [face for row in made for face in row]
    assert max(len(face["data"].encode()) for face in faces) <= 64
    assert max(len(face["text"]) for face in faces) <= 64
