"""What decided notices propose, what takes it out again, and what is forgotten with them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.appeals.contesting import DECIDER, OFFICER, OTHER, Contest, decision, said
from tests.server.filters.banking import FRUIT, Platform

from mufakat.rules.retention import Erasable
from mufakat.server.decisions import measures, operations as decisions, queries as parts
from mufakat.server.filters import proposing
from mufakat.server.filters.models import Bank, Entry, Restoring
from mufakat.server.filters.reviewing import OwnEntryError
from mufakat.server.journal import door, outbox, queries as events
from mufakat.server.journal.models import Outbox
from mufakat.server.notices import erasure, operations as notices

if TYPE_CHECKING:
    from tests.houses import House

LOCATORS = "from-notices-locators"
DIGESTS = "from-notices-digests"
CHANNEL = "tg:username:examplechannel/message/12"
SHA = "a" * 63 + "b"
TWO = ["https://t.me/s/examplechannel/12", "https://files.example.net/pisang"]
ITEMS = [{"locator": 0, "measure": "remove"}, {"locator": 1, "measure": "remove"}]


@pytest.fixture
def contest(house: House) -> Contest:
    return Contest(house)


@pytest.fixture
def platform(contest: Contest) -> Platform:
    return Platform(contest.house)


def entries(bank: str = LOCATORS) -> list[tuple[str, str]]:
    return list(Entry.objects.filter(bank__name=bank).order_by("id").values_list("value", "state"))


def accept(platform: Platform, bank: str = LOCATORS, *, by: tuple[str, str] = OTHER) -> list[str]:
    names = list(Entry.objects.filter(bank__name=bank, state="shadow").values_list("name", flat=True))
    return list(platform.review(*names, bank=bank, by=by)["changed"])


# -- Proposed --


@pytest.mark.invariant("I-17")
def test_what_was_acted_upon_is_proposed_in_shadow(contest: Contest) -> None:
    made = contest.decided(notice=contest.notice(locators=TWO), items=ITEMS)
    row = Entry.objects.order_by("id")[0]
    assert entries() == [(CHANNEL, "shadow"), ("https://files.example.net/pisang", "shadow")]
    assert (row.origin, row.category, row.ground, row.bank.kind, row.bank.allow) == (
        *("notice", "terrorism", f"decision {made['id']}"),
        *("locator", False),
    )


def test_a_digest_goes_into_the_bank_of_digests(contest: Contest) -> None:
    notice = contest.notice(locators=[f"sha256:{SHA}", "https://files.example.net/pisang"])
    contest.decided(notice=notice, items=ITEMS)
    assert entries(DIGESTS) == [(SHA, "shadow")]
    assert [value for value, _ in entries()] == ["https://files.example.net/pisang"]


def test_only_what_is_acted_upon_is_proposed(contest: Contest) -> None:
    notice = contest.notice(locators=TWO)
    contest.decided("act_partial", notice=notice, items=[{"locator": 1, "measure": "disable"}])
    assert [value for value, _ in entries()] == ["https://files.example.net/pisang"]


@pytest.mark.parametrize(
    ("outcome", "told", "decided"),
    [
        ("refuse", {}, {}),
        ("act_full", {"category": "privacy"}, {}),
        ("act_full", {}, {"items": [{"locator": 0, "measure": "preserve"}]}),
        ("act_full", {"locators": ["amazonaws.com"]}, {}),
    ],
)
def test_what_is_not_looked_for_is_not_proposed(
    contest: Contest, outcome: str, told: dict[str, Any], decided: dict[str, Any]
) -> None:
    contest.decided(outcome, notice=contest.notice(**told), **decided)
    assert not Entry.objects.exists()


@pytest.mark.invariant("I-17")
def test_who_decided_is_not_who_accepts(contest: Contest, platform: Platform) -> None:
    contest.decided()
    with pytest.raises(OwnEntryError):
        accept(platform, by=DECIDER)
    assert len(accept(platform, by=OTHER)) == 1


def test_a_reaction_done_again_changes_nothing(contest: Contest) -> None:
    made = contest.decided()
    before = (entries(), Bank.objects.get().changes)
    again("decision.made", made["notice"], proposing.propose)
    assert (entries(), Bank.objects.get().changes) == before


def again(type_: str, notice: str, reaction: Any) -> None:
    """The reaction to the newest event of this type once more."""
    event = [one for one in events.events_of(notice) if one.type == type_][-1]
    told = (1, "reaction:x", 0, event.id, event.type, event.at, event.case, event.sender, event.recipient)
    door.commit(lambda moment: reaction(outbox.Row(*told), moment))


def test_what_stands_in_the_bank_already_is_not_proposed_twice(contest: Contest) -> None:
    contest.decided()
    contest.decided(notice=contest.notice())
    assert len(entries()) == 1


@pytest.mark.invariant("I-10")
def test_the_sender_is_not_told(contest: Contest) -> None:
    contest.decided()
    told = events.events_of(Bank.objects.get().pk)
    assert [event.type for event in told] == ["bank.opened", "entries.added"]
    assert {event.recipient for event in told} == {"telegram"}
    for event in told:
        assert list(Outbox.objects.filter(event=event, to__startswith="party:").values_list("to", flat=True)) == [
            "party:telegram"
        ]


# -- Taken out --


def test_a_reversed_decision_takes_its_entries_out_whoever_accepted_them(contest: Contest, platform: Platform) -> None:
    made = contest.decided()
    names = accept(platform)
    appeal = said(contest.lodge_by_code(made))
    contest.resolve(appeal)
    contest.work()
    assert entries() == [(CHANNEL, "retracted")]
    row = Restoring.objects.get()
    assert (row.entry is not None and row.entry.name, row.state) == (names[0], "running")
    assert Entry.objects.get().retracted_by is None


def test_an_appeal_that_is_upheld_takes_nothing_out(contest: Contest, platform: Platform) -> None:
    made = contest.decided()
    accept(platform)
    contest.resolve(said(contest.lodge_by_code(made)), "upheld")
    contest.work()
    assert [state for _, state in entries()] == ["live"]


def test_what_stands_stays_though_its_locators_are_erased(contest: Contest, platform: Platform) -> None:
    made = contest.decided()
    accept(platform)
    erasure.erase(made["notice"], classes=[Erasable.LOCATORS], reason="A made-up order.")
    contest.work()
    again("decision.made", made["notice"], proposing.retract)
    assert [state for _, state in entries()] == ["live"]
    contest.resolve(said(contest.lodge_by_code(made)))
    contest.work()
    assert [state for _, state in entries()] == ["retracted"]


def test_a_reversal_in_part_takes_out_what_it_undid(contest: Contest, platform: Platform) -> None:
    made = contest.decided(notice=contest.notice(locators=TWO), items=ITEMS)
    accept(platform)
    measure = next(one for one in decided_measures(made) if one.position == 1)
    contest.resolve(said(contest.lodge_by_code(made)), "partly", measures=[measure.id])
    contest.work()
    assert entries() == [
        (CHANNEL, "live"),
        ("https://files.example.net/pisang", "retracted"),
    ]
    assert Restoring.objects.count() == 1


def decided_measures(made: dict[str, Any]) -> Any:
    return parts.whole(parts.known(made["id"])).measures


def test_a_measure_whose_time_is_over_takes_nothing_out(contest: Contest) -> None:
    ends = (contest.at + timedelta(days=1)).isoformat()
    made = contest.decided(items=[{"locator": 0, "measure": "remove", "ends_at": ends}])
    contest.wait(days=2)
    measures.sweep(at=contest.at)
    assert [one.state for one in decided_measures(made)] == ["reverting"]
    assert proposing.positions(made["notice"]) == frozenset({0})


def test_a_decision_anew_proposes_anew(contest: Contest, platform: Platform) -> None:
    made = contest.decided()
    accept(platform)
    contest.resolve(said(contest.lodge_by_code(made)))
    contest.work()
    contest.decided(notice=contest.notice())
    assert [state for _, state in entries()] == ["retracted", "shadow"]


def test_what_was_reversed_meanwhile_is_not_proposed(contest: Contest) -> None:
    notice = contest.notice()
    made = json.loads(decisions.decide(notice, decision(), by=contest.house.caller(*DECIDER)).body)
    contest.resolve(said(contest.lodge_by_code(made)))
    contest.work()
    assert not Entry.objects.exists()


def test_a_notice_that_is_decided_anew_keeps_its_entries_until_it_is_withdrawn(
    contest: Contest, platform: Platform
) -> None:
    notice = contest.notice(locators=TWO)
    made = contest.decided("act_partial", notice=notice, items=ITEMS[:1])
    accept(platform)
    contest.resolve(contest.lodge(made))
    contest.work()
    assert [state for _, state in entries()] == ["live"]
    notices.withdraw(notice, by=contest.house.caller(*OFFICER), reason="A slip.")
    contest.work()
    assert [state for _, state in entries()] == ["retracted"]


def test_what_people_put_in_themselves_stays(contest: Contest, platform: Platform) -> None:
    platform.open("hosts", "locator")
    platform.add({**FRUIT, "value": TWO[1]}, bank="hosts")
    made = contest.decided(notice=contest.notice(locators=[TWO[1]]))
    contest.resolve(said(contest.lodge_by_code(made)))
    contest.work()
    assert (entries("hosts"), entries()) == ([(TWO[1], "shadow")], [(TWO[1], "retracted")])


# -- Forgotten --


@pytest.mark.invariant("I-09")
def test_with_the_locators_of_a_notice_what_nobody_accepted_goes(contest: Contest, platform: Platform) -> None:
    kept = contest.decided(notice=contest.notice(locators=[TWO[1]]))
    accept(platform)
    made = contest.decided()
    for notice in (kept["notice"], made["notice"]):
        erasure.erase(notice, classes=[Erasable.LOCATORS], reason="A made-up order.")
    contest.work()
    assert entries() == [(TWO[1], "live"), ("", "declined")]
    row = Entry.objects.get(value="")
    assert (row.digest, row.erased_at, row.notice) == (None, contest.at, made["notice"])
    assert "examplechannel" not in everything_said()


def test_another_class_forgets_nothing(contest: Contest) -> None:
    made = contest.decided()
    erasure.erase(made["notice"], classes=[Erasable.MESSAGES], reason="A made-up order.")
    contest.work()
    assert entries() == [(CHANNEL, "shadow")]


def everything_said() -> str:
    """What the events of all banks open."""
    cases = [one.pk for one in Bank.objects.all()]
    found = [opening for case in cases for event in events.events_of(case) for opening in event.openings.all()]
    return "\n".join(bytes(one.value).decode() for one in found if one.value is not None)
