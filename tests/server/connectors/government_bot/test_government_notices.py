"""An officer sends links to the bot: step by step, once, in the officer's own seat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.server.connectors.government_bot.chatting import LINK, Person, hear, summarised, update

from mufakat.server.connectors.government_bot.models import Heard, Talk
from mufakat.server.journal import door
from mufakat.server.notices import queries
from mufakat.server.notices.models import Notice

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.work import Moment


def body_of(house: House) -> dict[str, Any]:
    notice = Notice.objects.get()
    raw = queries.body(queries.get_for(house.caller("kominfo", "officer"), notice.pk))
    assert raw is not None
    found: dict[str, Any] = msgspec.json.decode(raw)
    return found


def test_a_link_becomes_a_notice_step_by_step(channel: House, officer: Person) -> None:
    summary = summarised(officer)
    assert "Nothing was sent yet" in summary
    taken = officer.tap("Send")
    notice = Notice.objects.get()
    assert notice.pk in taken
    assert bytes(notice.leaf_hash).hex() in taken
    assert f"https://notices.example.org/desk/notices/{notice.pk}/receipt" in taken
    assert body_of(channel) == {
        "to": "telegram",
        "kind": "trusted_flag",
        "category": "terrorism",
        "urgency": "urgent",
        "locators": [LINK],
        "explanation": "A made-up placeholder, for a test.",
        "language": "en",
        "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
    }
    assert officer.labels() == ["Withdraw", "Status"]


def test_the_tap_that_sends_counts_once_however_often_it_comes(channel: House, officer: Person) -> None:
    summarised(officer)
    first = officer.tap("Send")
    assert officer.took(officer.heard[-1]) == first  # The same update again.
    send = officer.heard[-1]["data"]
    again = officer.took(update(1001, kind="tap", callback="d", data=send))  # Another tap on the same button.
    assert (Notice.objects.count(), again) == (1, f"Sent already: {Notice.objects.get().pk}")


def test_a_house_that_died_after_it_took_the_notice_answers_the_same(channel: House, officer: Person) -> None:
    summarised(officer)
    said = Talk.objects.get().said
    first = officer.tap("Send")
    # As if the second commit had never been.

    def undone(moment: Moment) -> None:
        del moment
        Heard.objects.filter(update=officer.heard[-1]["update"]).delete()
        Talk.objects.update(ended_at=None, said=said, case="")

    door.commit(undone)
    assert officer.took(officer.heard[-1]) == first
    assert Notice.objects.count() == 1


def test_nothing_that_was_typed_stays_beside_the_notice(channel: House, officer: Person) -> None:
    summarised(officer)
    officer.tap("Send")
    assert Talk.objects.get().said is None


def test_what_is_put_aside_is_erased(channel: House, officer: Person) -> None:
    summarised(officer)
    assert "Put aside" in officer.write("/cancel")
    assert (Notice.objects.count(), Talk.objects.get().said) == (0, None)


def test_one_step_back_asks_the_step_before(channel: House, officer: Person) -> None:
    summarised(officer)
    assert "Explain" in officer.tap("Back")
    assert "Nothing was sent yet" in officer.write("Other made-up words.")
    officer.tap("Send")
    assert body_of(channel)["explanation"] == "Other made-up words."


def test_kinds_are_those_that_the_party_may_send(channel: House, officer: Person) -> None:
    officer.write(LINK)
    officer.tap("Telegram")
    officer.tap("Terrorism")
    assert officer.labels() == ["Report by a user", "Trusted flag", "Request", "Order", "Discard"]


def test_grounds_are_those_of_the_mandate_and_of_former_notices(channel: House, officer: Person) -> None:
    channel.submit()
    officer.write(LINK)
    officer.tap("Telegram")
    officer.tap("Terrorism")
    officer.tap("Order")
    officer.tap("Normal")
    assert officer.labels() == ["UU 11/2008, Pasal 40 ayat (2a)", "Another law…", "Discard"]
    officer.tap("UU 11/2008")
    officer.write("A made-up placeholder, for a test.")
    assert "Sent" not in officer.tap("Send")
    assert {one.kind for one in Notice.objects.all()} == {"order", "trusted_flag"}


def test_a_clause_of_terms_is_no_ground_of_an_order(channel: House, officer: Person) -> None:
    officer.write(LINK)
    for label in ("Telegram", "Terrorism", "Order", "Normal"):
        officer.tap(label)
    assert not [one for one in officer.labels() if one.startswith("Terms")]


def test_a_line_that_is_no_link_is_refused_with_its_number(channel: House, officer: Person) -> None:
    assert "Line 2" in officer.write(f"{LINK}\nhttp://")
    assert Talk.objects.count() == 0


@pytest.mark.invariant("I-15")
def test_of_child_sexual_abuse_no_locator_is_said_back(channel: House, officer: Person) -> None:
    summary = summarised(officer, category="Sexual abuse of children")
    taken = officer.tap("Send")
    status = officer.tap("Status")
    assert "examplechannel" not in summary + taken + status
    assert "made-up placeholder" not in summary
    assert Notice.objects.get().category == "child_sexual_abuse"


def test_a_text_while_a_button_is_waited_for_changes_nothing(channel: House, officer: Person) -> None:
    officer.write(LINK)
    assert "First finish what was begun" in officer.write("https://t.me/another/1")
    said: Any = Talk.objects.get().said
    assert said["locators"] == [LINK]


@pytest.mark.parametrize("told", [{"file": True}, {"file": True, "text": LINK}, {"forwarded": True, "text": LINK}])
def test_files_and_forwarded_messages_are_not_taken(channel: House, officer: Person, told: dict[str, Any]) -> None:
    says = officer.took(update(1001, **told))
    assert ("No files" in says or "not taken" in says, Talk.objects.count()) == (True, 0)


def test_a_stranger_changes_nothing_and_leaves_no_row(channel: House) -> None:
    [reply] = hear(update(9, text=LINK))
    assert "bound to nobody" in reply["text"]
    assert (Talk.objects.count(), Heard.objects.count()) == (0, 0)
