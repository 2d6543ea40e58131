"""What a retracted entry or an ended policy had hit is restored: once, all of it, however often it is begun."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from django.db.models import F
from tests.server.filters.screened import BLOCK, HOLD, NOTIFY, WARN, agreed, item, screen, screen_many, written
from tests.server.filters.seeding import Seeded, seed, seed_hits

from mufakat.rules.filtering import EntryState, HitState
from mufakat.server.appeals import operations as appeals
from mufakat.server.decisions import operations as measures
from mufakat.server.decisions.models import Decision, Measure
from mufakat.server.filters import restoring
from mufakat.server.filters.models import Bank, Entry, Hit, Notification, Policy, Restoring
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Opening
from mufakat.server.notices.models import Notice
from mufakat.server.register import following
from mufakat.server.register.models import Entry as Shown
from mufakat.server.runtime import reactions

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.work import Moment


def now() -> datetime:
    return datetime.now(UTC)


def retract(seeded: Seeded, *which: tuple[str, str]) -> None:
    """Retract entries, as the deed of banks does it."""

    def run(moment: Moment) -> None:
        for each in which:
            row = Entry.objects.get(pk=seeded.entries[each])
            row.state, row.retracted_at = EntryState.RETRACTED.value, moment.at
            row.save()
            Bank.objects.filter(pk=row.bank_id).update(changes=F("changes") + 1)
            Restoring.objects.create(entry=row, state="running", because=moment.id("evt"), begun_at=moment.at)

    door.commit(run)


def run_all() -> int:
    """Until nothing is left; how much was looked at."""
    looked = 0
    while True:
        done, more = restoring.sweep(at=now())
        looked += done
        if not more:
            return looked


def said(case: str, type_: str, field: str) -> Any:
    event = Event.objects.get(case=case, type=type_)
    return bytes(Opening.objects.get(event=event, field=field).value or b"").decode()


def test_what_a_retracted_entry_hit_is_restored_with_an_event_each(house: House) -> None:
    del house
    seeded = seed()
    hits = [screen(item(WARN, name=name))["hit"] for name in "abc"]
    other = screen(item(HOLD))["hit"]
    retract(seeded, ("phrases", "salak masam"))
    run_all()
    assert set(Hit.objects.filter(state="restored").values_list("pk", flat=True)) == set(hits)
    assert Hit.objects.get(pk=other).state == "held"
    going = Restoring.objects.get()
    assert (going.state, going.restored) == ("done", 3)
    assert {said(hit, "hit.restored", "because") for hit in hits} == {going.because}
    bank = Entry.objects.get(pk=seeded.entries["phrases", "salak masam"]).bank_id
    assert said(bank, "restoring.done", "restored") == "3"


def test_doing_it_again_restores_nothing_again(house: House) -> None:
    del house
    seeded = seed()
    screen(item(WARN))
    retract(seeded, ("phrases", "salak masam"))
    run_all()
    written(lambda: Restoring.objects.update(state="running", ended_at=None, after=""))
    run_all()
    assert Event.objects.filter(type="hit.restored").count() == 1


def test_what_another_entry_justifies_stays_until_that_goes_too(house: House) -> None:
    del house
    seeded = seed(entries={"phrases": [("salak masam", "other"), ("mangga kecut", "other")], "hosts": []})
    hit = screen(item("salak masam, mangga kecut"))["hit"]
    retract(seeded, ("phrases", "salak masam"))
    run_all()
    assert Hit.objects.get(pk=hit).state == "told"
    retract(seeded, ("phrases", "mangga kecut"))
    run_all()
    assert Hit.objects.get(pk=hit).state == "restored"


@pytest.mark.invariant("I-08")
def test_what_was_blocked_is_to_be_undone_and_the_decision_stands_no_more(house: House) -> None:
    seeded = seed()
    agreed("disable")
    screen(item(BLOCK))
    retract(seeded, ("phrases", "pisang hijau"))
    run_all()
    decision, measure = Decision.objects.get(), Measure.objects.get()
    assert (Hit.objects.get().state, decision.state, measure.state) == ("restored", "reversed", "reverting")
    reversed_ = Event.objects.get(type="decision.reversed")
    assert (reversed_.case, reversed_.recipient) == (decision.notice_id, "telegram")
    reactions.run(at=now() + timedelta(seconds=1))
    appeals.sweep(at=now() + timedelta(seconds=2))
    assert Notice.objects.get().state == "decided"  # It closes once the platform says that it is undone.
    measures.confirm_measure(measure.id, by=house.caller("telegram", "reviewer"), undone=True)
    while appeals.sweep(at=now() + timedelta(hours=2)).more:
        pass
    assert Notice.objects.get().state == "closed"


@pytest.mark.invariant("I-12")
def test_the_register_says_that_the_decision_stands_no_more(house: House) -> None:
    del house
    seeded = seed()
    agreed("disable")
    screen(item(BLOCK))
    retract(seeded, ("phrases", "pisang hijau"))
    run_all()
    while following.sweep(at=now()).more:
        pass
    decision = Decision.objects.get()
    entry = msgspec.json.decode(bytes(Shown.objects.get(id=decision.id).body))
    assert entry["state"] == "reversed"


def test_a_notification_that_waits_lapses_with_its_hit(house: House) -> None:
    del house
    seeded = seed()
    screen(item(NOTIFY))
    retract(seeded, ("phrases", "mangga muda"))
    run_all()
    row = Notification.objects.get()
    assert (row.state, row.due_at, row.authority_id) == ("lapsed", None, None)
    assert Event.objects.filter(case=row.id, type="notification.lapsed").count() == 1


def test_a_policy_that_was_ended_for_a_fault_restores_what_all_its_rules_hit(house: House) -> None:
    del house
    seeded = seed()
    screen_many(item(WARN, name="a"), item(HOLD, name="b"))

    def run(moment: Moment) -> None:
        Policy.objects.filter(pk=seeded.policy).update(state="ended", ended_at=moment.at)
        policy = Policy.objects.get(pk=seeded.policy)
        Restoring.objects.create(policy=policy, state="running", because=moment.id("evt"), begun_at=moment.at)

    door.commit(run)
    run_all()
    assert set(Hit.objects.values_list("state", "due_at")) == {("restored", None)}
    assert said(seeded.policy, "restoring.done", "restored") == "2"


def test_it_goes_on_where_it_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    del house
    monkeypatch.setattr(restoring, "PORTION", 7)
    monkeypatch.setattr(restoring, "SHARE", 7)
    seeded = seed()
    seed_hits(seeded, 20)
    seed_hits(seeded, 5, state=HitState.HELD, due_at=now())
    retract(seeded, ("phrases", "salak masam"))
    assert restoring.sweep(at=now()) == (7, True)
    assert Hit.objects.filter(state="restored").count() == 7
    going = Restoring.objects.get()
    assert (going.restored, going.after) == (7, Hit.objects.filter(state="restored").order_by("-pk")[0].pk)
    run_all()
    assert (Hit.objects.filter(state="restored").count(), Event.objects.filter(type="hit.restored").count()) == (25, 25)
