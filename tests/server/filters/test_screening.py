"""Screening at work: verdicts, hits in the books before the answer, what follows from each, what is only counted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from django.db.models import F
from tests.server.filters.screened import (
    BLOCK,
    HOLD,
    LABEL,
    NOTIFY,
    PLACE,
    WARN,
    agreed,
    item,
    screen,
    screen_many,
    written,
)
from tests.server.filters.seeding import POLICY, seed

from mufakat.rules.errors import BadScreeningError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.filtering import EntryState, HitState
from mufakat.server.decisions.models import Decision, Measure
from mufakat.server.filters import engines, verdicts
from mufakat.server.filters.models import Bank, Count, Entry, Hit, HitEntry, Notification, Policy
from mufakat.server.journal.models import Event, Opening
from mufakat.server.notices.models import Notice

if TYPE_CHECKING:
    from tests.houses import House


def opened(event: str, field: str) -> Any:
    value = Opening.objects.get(event=event, field=field).value
    return msgspec.json.decode(bytes(value)) if value is not None else None


def test_without_a_live_policy_nothing_follows(house: House) -> None:
    del house
    found = screen(item(BLOCK))
    assert (found["action"], found["policy"], found["matches"], Hit.objects.count()) == ("none", None, [], 0)


def test_what_is_clean_is_counted_and_leaves_nothing_else(house: House) -> None:
    del house
    seed()
    found = screen(item(LABEL))
    assert found == {
        "item": f"{PLACE}1",
        "action": "none",
        "rule": None,
        "policy": "orchard/1",
        "matches": [],
        "shadow": [],
    }
    counted = list(Count.objects.values_list("rule", "shadow", "count"))
    assert (Hit.objects.count(), counted) == (0, [("", False, 1)])


@pytest.mark.parametrize(
    ("text", "action", "state"),
    [(WARN, "warn", "told"), (HOLD, "hold", "held"), (NOTIFY, "propose_notification", "told")],
)
def test_a_hit_stands_in_the_books_before_it_is_answered(house: House, text: str, action: str, state: str) -> None:
    del house
    seed()
    found = screen(item(text))
    row = Hit.objects.get()
    assert (found["action"], found["hit"], found["state"], row.state) == (action, row.id, state, state)
    assert (row.due_at is not None) is (state == "held")
    assert Event.objects.get(pk=row.event).type == EventType.FILTER_HIT.value


def test_a_rule_that_proposes_a_notification_tells_nobody(house: House) -> None:
    del house
    seed()
    screen(item(NOTIFY))
    row = Notification.objects.get()
    event = Event.objects.get(pk=row.event)
    assert (row.state, row.authority_id, event.recipient, event.sender) == ("waiting", None, "mufakat", "telegram")
    told = {"category": "narcotics", "kind": "post", "policy": "orchard/1", "rule": "unripe-notify"}
    assert opened(row.event, "codes") == told


@pytest.mark.invariant("I-06")
def test_a_block_that_no_agreement_leaves_to_a_machine_waits_for_a_person(house: House) -> None:
    del house
    seed()
    found = screen(item(BLOCK))
    assert (found["action"], found["state"], Decision.objects.count()) == ("block", "held", 0)


@pytest.mark.invariant("I-05")
@pytest.mark.invariant("I-06")
def test_under_an_agreement_that_lists_it_a_machine_blocks_with_complete_reasons(house: House) -> None:
    del house
    seed()
    agreed("disable")
    found = screen(item(BLOCK))
    row = Hit.objects.get()
    decision, notice, measure = Decision.objects.get(), Notice.objects.get(), Measure.objects.get()
    assert (found["state"], row.state, row.decision, row.notice) == ("blocked", "blocked", decision.id, notice.id)
    assert (notice.kind, notice.state, notice.sender_id == notice.recipient_id) == ("own_detection", "decided", True)
    assert (decision.detection, decision.automation, decision.code_digest is not None) == (True, "full", True)
    assert (measure.name, measure.state) == ("disable", "ordered")
    assert opened(decision.event, "ground") == {
        "terms_ground": {"document": "orchard/1: unripe-block", "clause": "terms 4.2", "url": None}
    }


@pytest.mark.invariant("I-06")
@pytest.mark.parametrize("automatic", ["label", "suspend_account"])
def test_an_agreement_that_lists_another_measure_lets_no_machine_block(house: House, automatic: str) -> None:
    del house
    seed()
    agreed(automatic)
    assert screen(item(BLOCK))["state"] == "held"


@pytest.mark.invariant("I-06")
def test_what_points_at_nothing_is_held_not_blocked(house: House) -> None:
    del house
    seed()
    agreed("disable")
    found = screen(item(BLOCK, name="message 17"))
    by_channel = screen(item(BLOCK, name="message 18", channel="https://t.me/examplechannel"))
    assert (found["state"], by_channel["state"]) == ("held", "blocked")


def test_asking_again_writes_nothing_again(house: House) -> None:
    del house
    seed()
    first, again = screen(item(WARN)), screen(item(WARN))
    assert (first, Hit.objects.count(), Event.objects.filter(type="filter.hit").count()) == (again, 1, 1)


def test_what_was_edited_is_another_item(house: House) -> None:
    del house
    seed()
    first, edited = screen(item(WARN)), screen(item(f"{WARN}!"))
    assert first["hit"] != edited["hit"]


def test_what_was_let_go_is_not_acted_upon_again(house: House) -> None:
    del house
    seed()
    screen(item(WARN))
    written(lambda: Hit.objects.update(state=HitState.RESTORED.value, restored_at=datetime.now(UTC)))
    found = screen(item(WARN))
    assert (found["action"], found["state"], Hit.objects.count()) == ("none", "restored", 1)


def test_many_are_answered_in_their_order_with_one_commit(house: House) -> None:
    seed()
    before = house.writer.commits
    found = screen_many(item(WARN, name="a"), item(LABEL, name="b"), item(HOLD, name="c"), item(WARN, name="d"))
    assert [(one.line, one.out.action) for one in found if not isinstance(one.out, BadScreeningError)] == [
        *((1, "warn"), (2, "none"), (3, "hold"), (4, "warn"))
    ]
    assert (house.writer.commits - before, Hit.objects.count()) == (1, 3)


@pytest.mark.invariant("I-13")
def test_a_private_item_is_refused_and_leaves_no_trace(house: House) -> None:
    del house
    seed()
    with pytest.raises(BadScreeningError) as caught:
        screen(item(BLOCK, visibility="private"))
    assert (caught.value.faults[0].pointer, Hit.objects.count(), Count.objects.count()) == ("/visibility", 0, 0)


@pytest.mark.invariant("I-17")
def test_what_nobody_reviewed_is_told_as_shadow_and_does_nothing(house: House) -> None:
    del house
    seed()
    written(lambda: Entry.objects.filter(value="salak masam").update(state=EntryState.SHADOW.value))
    written(lambda: Bank.objects.update(changes=F("changes") + 1))
    found = screen(item(WARN))
    assert (found["action"], found["shadow"], Hit.objects.count()) == ("none", ["unripe-warn", "unripe-label"], 0)
    assert Count.objects.filter(rule="unripe-warn", shadow=True).values_list("count", "category").get() == (1, "other")


@pytest.mark.invariant("I-15")
def test_of_child_abuse_no_text_is_kept(house: House) -> None:
    del house
    seed(entries={"phrases": [("pisang hijau", "child_sexual_abuse"), ("salak masam", "other")]})
    screen(item(f"{WARN}, {BLOCK}", author="somebody", channel="a channel"))
    row = Hit.objects.get()
    assert row.category == "child_sexual_abuse"
    told = opened(row.event, "item")
    assert set(told) == {"item_sha256", "kind", "locator", "sha256"}
    values = [bytes(one.value or b"") for one in Opening.objects.filter(event=row.event)]
    assert not any(b"pisang" in value or b"salak" in value or b"somebody" in value for value in values)


def test_a_version_in_shadow_leaves_counts_alone(house: House) -> None:
    del house
    seeded = seed()
    text = POLICY.replace("version: 1", "version: 2")
    live = Policy.objects.get(pk=seeded.policy)
    shared = ("platform_id", "name", "sha256", "proposer_id", "proposed_at", "shadow_at")
    other = Policy(
        **{name: getattr(live, name) for name in shared},
        id=f"{live.id[:-1]}{'0' if live.id[-1] != '0' else '1'}",
        version=2,
        text=text,
        state="shadow",
        event=f"{live.event[:-1]}{'0' if live.event[-1] != '0' else '1'}",
    )
    written(other.save)
    screen(item(WARN))
    assert Hit.objects.count() == 1
    counted = Count.objects.filter(policy__version=2).order_by("rule").values_list("rule", "shadow", "count")
    assert list(counted) == [("", True, 1), ("unripe-warn", True, 1)]


def test_only_a_reviewer_of_a_platform_screens(house: House) -> None:
    del house
    for seat in (("telegram", "representative"), ("kominfo", "officer")):
        with pytest.raises(NotPermittedError):
            screen(item(), by=seat)


# -- The engine follows the rows --


def retract() -> None:
    rows = Entry.objects.filter(value="salak masam", state=EntryState.LIVE.value)
    if rows.update(state=EntryState.RETRACTED.value, retracted_at=datetime.now(UTC)):
        Bank.objects.filter(name="phrases").update(changes=F("changes") + 1)


def test_the_engine_is_made_anew_when_and_only_when_something_changed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    del house
    seed()
    loaded: list[str] = []
    load = engines.load

    def noted(row: Any, changes: int) -> Any:
        loaded.append(row.name)
        return load(row, changes)

    monkeypatch.setattr(engines, "load", noted)
    screen(item(WARN))
    screen(item(WARN))
    written(retract)
    found = screen(item(WARN, name="another"))
    assert (loaded, found["action"]) == (["hosts", "phrases", "phrases"], "none")


@pytest.mark.invariant("I-17")
def test_an_entry_that_was_retracted_meanwhile_hits_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    del house
    seed()
    screen(item(LABEL))
    judge = verdicts.judge
    judged: list[int] = []

    def late(*told: Any, **more: Any) -> Any:
        found = judge(*told, **more)
        judged.append(len(found.struck))
        written(retract)
        return found

    # The retraction comes after the engine answered, and before its answer is written.
    monkeypatch.setattr(verdicts, "judge", late)
    found = screen(item(WARN))
    assert judged == [1, 0]
    assert (found["action"], Hit.objects.count(), HitEntry.objects.count()) == ("none", 0, 0)


def test_the_shelf_forgets_the_platform_that_was_not_asked_for_longest(house: House) -> None:
    caller = house.caller("telegram", "reviewer")
    seed()
    shelf = engines.Shelf(platforms=1)
    first = shelf.get(caller.party_id)
    assert (shelf.get(caller.party_id) is first, first.entries) == (True, 4)
    shelf.get("pty_00000000000000000000000000")
    assert (len(shelf), shelf.get(caller.party_id) is first) == (1, False)
