"""Banks: opened, filled by hand, reviewed by a second person, retracted, read. Nothing acts on one person's word."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.server.filters.banking import ADDER, FRUIT, REPRESENTATIVE, SECOND, fruits
from tests.server.filters.seeding import seed, seed_hits

from mufakat.formats.banks import read_bank
from mufakat.rules.errors import BadScreeningError, NotFoundError, NotPermittedError, ScreeningStandsError
from mufakat.rules.filtering import MAX_BANKS, EntryState
from mufakat.screening.bank import BankKind
from mufakat.screening.entries import id_of
from mufakat.server.filters import bank_queries, banks, entering, holdings, operations, queries
from mufakat.server.filters.holdings import NotAPlatformError
from mufakat.server.filters.models import Bank, Entry, Restoring
from mufakat.server.filters.reviewing import OwnEntryError
from mufakat.server.journal import door, queries as events
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from tests.server.filters.banking import Platform

    from mufakat.server.journal.work import Moment

SHADOW, LIVE, DECLINED, RETRACTED = (state.value for state in EntryState)
ANOTHER = {**FRUIT, "value": "mangga muda"}


def opened(bank: str, field: str) -> list[Any]:
    """What the events of a bank say in this field, in their order."""
    case = Bank.objects.get(name=bank).pk
    found = [one for event in events.events_of(case) for one in event.openings.all() if one.field == field]
    return [bytes(one.value) for one in found if one.value is not None]


def types(bank: str) -> list[str]:
    return [event.type for event in events.events_of(Bank.objects.get(name=bank).pk)]


def faults(caught: pytest.ExceptionInfo[BadScreeningError]) -> list[tuple[str, str]]:
    return [(one.pointer, one.code.value) for one in caught.value.faults]


# -- Opening --


def test_a_reviewer_opens_a_bank(platform: Platform) -> None:
    made = platform.open("phrases", "phrase")
    assert (made["name"], made["kind"], made["allow"], made["made_by"], made["entries"]) == (
        *("phrases", "phrase", False, "reviewer"),
        {"shadow": 0, "live": 0, "declined": 0, "retracted": 0},
    )
    assert types("phrases") == ["bank.opened"]


@pytest.mark.parametrize(
    ("name", "told", "pointer"),
    [
        ("Phrases", {}, "/name"),
        ("", {}, "/name"),
        ("phrases", {"kind": "words"}, "/kind"),
        ("phrases", {"allow": "no"}, "/allow"),
        ("phrases", {"shadow": False}, "/shadow"),
        ("from-notices-locators", {}, "/name"),
    ],
)
def test_what_no_bank_can_be_is_refused_with_its_place(
    platform: Platform, name: str, told: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(BadScreeningError) as caught:
        platform.open(name, **{"kind": "phrase", **told})
    assert [place for place, _ in faults(caught)] == [pointer]


def test_a_platform_has_one_bank_of_a_name_and_another_platform_its_own(platform: Platform) -> None:
    platform.open()
    with pytest.raises(BadScreeningError) as caught:
        platform.open()
    assert faults(caught) == [("/name", "repeated_item")]


def test_a_platform_has_two_hundred_banks_at_most(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_BANKS == 200
    monkeypatch.setattr(banks, "MAX_BANKS", 1)
    platform.open("one")
    with pytest.raises(BadScreeningError, match="at most 200"):
        platform.open("two")


@pytest.mark.parametrize("seat", [REPRESENTATIVE, ("kominfo", "officer")])
def test_reviewers_alone_open_banks(platform: Platform, seat: tuple[str, str]) -> None:
    with pytest.raises(NotPermittedError):
        platform.open(by=seat)


@pytest.mark.invariant("I-10")
def test_nobody_but_a_platform_has_banks(platform: Platform) -> None:
    platform.open()
    for seat in (("kominfo", "officer"), ("isp-a", "engineer"), ("auditor", "auditor")):
        caller = platform.house.caller(*seat)
        with pytest.raises(NotAPlatformError):
            queries.banks(caller)
        with pytest.raises(NotAPlatformError):
            queries.bank(caller, "phrases")


@pytest.mark.invariant("I-10")
def test_another_platform_finds_nothing(platform: Platform) -> None:
    names = (platform.open(), platform.phrases("pisang hijau"))[1]
    stranger = another_platform()
    for asked in (
        lambda: queries.bank(stranger, "phrases"),
        lambda: queries.entries(stranger, "phrases"),
        lambda: queries.entry(stranger, "phrases", names[0]),
        lambda: queries.stats(stranger, "phrases", at=Bank.objects.get().made_at),
        lambda: queries.export(stranger, "phrases"),
        lambda: holdings.bank_of(stranger, "phrases"),
    ):
        with pytest.raises(NotFoundError):
            asked()
    assert queries.banks(stranger) == []


def another_platform() -> Any:
    from mufakat.rules.parties import PartyKind
    from mufakat.rules.permissions import Role
    from mufakat.server.parties import operations

    party = operations.register_party("other-service", kind=PartyKind.PLATFORM, name="Other", country="ID")
    operations.enrol_person(party, role=Role.REVIEWER, ordinal=1, name="Made Up", email="other@example.org")
    return parties.caller_by_seat("other-service", "reviewer")


# -- Putting in --


@pytest.mark.invariant("I-17")
def test_what_is_put_in_is_in_shadow_whatever_it_says(platform: Platform) -> None:
    platform.open()
    made = platform.add({**FRUIT, "shadow": False})
    assert made == {"bank": "phrases", "taken": [id_of(BankKind.PHRASE, "pisang hijau")], "standing": []}
    assert platform.state(made["taken"][0]) == SHADOW
    assert (types("phrases"), opened("phrases", "origin")) == (["bank.opened", "entries.added"], [b"hand"])


def test_an_event_commits_to_names_and_digests_of_values(platform: Platform) -> None:
    platform.open()
    names = platform.phrases("pisang hijau", "mangga muda")
    told = json.loads(opened("phrases", "entries")[0])
    mark = entering.digest("phrase", "pisang hijau").hex()
    assert told["state"] == SHADOW
    assert [names[0], mark] in told["entries"]


def test_the_same_value_twice_is_the_same_entry_by_whatever_name(platform: Platform) -> None:
    platform.open()
    first = platform.add({**FRUIT, "id": "first"})["taken"]
    again = platform.add({**FRUIT, "id": "second"}, {**FRUIT, "value": "PISANG  Hijau"})
    assert (first, again["taken"], set(again["standing"])) == (["first"], [], {"first"})
    assert Entry.objects.count() == 1


def test_the_name_of_another_entry_is_refused_and_nothing_is_taken(platform: Platform) -> None:
    platform.open()
    platform.add({**FRUIT, "id": "first"})
    with pytest.raises(BadScreeningError) as caught:
        platform.add({**FRUIT, "value": "salak masam"}, {**ANOTHER, "id": "first"})
    assert faults(caught) == [("/entries/1", "repeated_item")]
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"value": "  "}, "/entries/0"),
        ({"value": "abc"}, "/entries/0"),
        ({"value": "dan yang"}, "/entries/0"),
        ({"value": "pisang\x00hijau"}, "/entries/0"),
        ({"expires_at": "2026-12-01"}, "/entries/0"),
        ({"source": "a\x1b[2Jb"}, "/entries/0/source"),
        ({"id": " e1"}, "/entries/0/id"),
        ({"ground": ""}, "/entries/0/ground"),
        ({"weight": 3}, "/entries/0/weight"),
    ],
)
def test_what_may_not_enter_is_refused_with_its_place(platform: Platform, told: dict[str, Any], place: str) -> None:
    platform.open()
    with pytest.raises(BadScreeningError) as caught:
        platform.add({**FRUIT, **told})
    assert [pointer for pointer, _ in faults(caught)] == [place]
    assert Entry.objects.count() == 0


def test_a_full_bank_takes_nothing_more(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "MAX_ENTRIES", 2)
    platform.open()
    platform.phrases("pisang hijau", "mangga muda")
    with pytest.raises(BadScreeningError, match="at most"):
        platform.phrases("salak masam")


# -- Reviewing --


@pytest.mark.invariant("I-17")
def test_a_second_person_has_it_act(platform: Platform) -> None:
    platform.open()
    name = platform.phrases("pisang hijau")[0]
    before = platform.changes()
    found = platform.review(name, note="Looked at.")
    assert (found["state"], found["changed"], platform.state(name)) == (LIVE, [name], LIVE)
    assert platform.changes() == before + 1
    assert json.loads(opened("phrases", "entries")[-1])["state"] == LIVE


@pytest.mark.invariant("I-17")
@pytest.mark.parametrize("accept", [True, False])
def test_who_put_it_in_does_not_review_it_nor_with_others_in_one_go(platform: Platform, *, accept: bool) -> None:
    platform.open()
    own = platform.phrases("pisang hijau")[0]
    other = platform.add(ANOTHER, by=SECOND)["taken"][0]
    with pytest.raises(OwnEntryError, match="1 came by you"):
        platform.review(other, own, accept=accept, by=ADDER)
    assert {platform.state(own), platform.state(other)} == {SHADOW}


@pytest.mark.invariant("I-17")
def test_the_database_itself_refuses_what_one_person_alone_put_in(platform: Platform) -> None:
    platform.open()
    platform.phrases("pisang hijau")
    row = Entry.objects.get()

    def forced(moment: Moment) -> None:
        with transaction.atomic():
            Entry.objects.update(state=LIVE, reviewed_by=row.added_by_id, reviewed_at=moment.at)

    def alone(moment: Moment) -> None:
        del moment
        with transaction.atomic():
            Entry.objects.update(state=LIVE)

    for change in (forced, alone):
        with pytest.raises(IntegrityError):
            door.commit(change)


def test_what_was_declined_never_acts(platform: Platform) -> None:
    platform.open()
    name = platform.phrases("pisang hijau")[0]
    assert platform.review(name, accept=False)["state"] == DECLINED
    with pytest.raises(ScreeningStandsError):
        platform.review(name)


def test_saying_it_again_changes_nothing(platform: Platform) -> None:
    platform.open()
    name = platform.phrases("pisang hijau")[0]
    platform.review(name)
    before = platform.changes()
    assert platform.review(name) == {"bank": "phrases", "state": LIVE, "changed": [], "standing": [name]}
    assert (platform.changes(), types("phrases").count("entries.reviewed")) == (before, 1)


def test_names_that_are_none_are_said_each(platform: Platform) -> None:
    platform.open()
    name = platform.phrases("pisang hijau")[0]
    with pytest.raises(BadScreeningError) as caught:
        platform.review("nobody", name, "nothing")
    assert faults(caught) == [("/entries/0", "not_in_list"), ("/entries/2", "not_in_list")]
    with pytest.raises(BadScreeningError) as caught:
        platform.review(name, name)
    assert faults(caught) == [("/entries/1", "repeated_item")]


# -- Retracting --


def test_what_acted_is_retracted_with_a_reason_and_what_it_hit_is_to_be_restored(platform: Platform) -> None:
    platform.open()
    live, shadow = platform.phrases("pisang hijau", "mangga muda")
    platform.review(live)
    before = platform.changes()
    found = platform.retract(live, shadow, reason="Both were mistakes.")
    assert (found["state"], set(found["changed"])) == (RETRACTED, {live, shadow})
    assert opened("phrases", "reason") == [b"Both were mistakes."]
    # What was in shadow hit nothing.
    row = Restoring.objects.get()
    assert (row.entry is not None and row.entry.name, row.state, row.because) == (
        *(live, "running"),
        events.events_of(Bank.objects.get().pk)[-1].id,
    )
    assert platform.changes() == before + 1


def test_a_retraction_says_why(platform: Platform) -> None:
    platform.open()
    name = platform.phrases("pisang hijau")[0]
    for reason in ("", "  "):
        with pytest.raises(BadScreeningError) as caught:
            platform.retract(name, reason=reason)
        assert [place for place, _ in faults(caught)] == ["/reason"]


def test_what_was_retracted_comes_back_by_hand_under_another_name_alone(platform: Platform) -> None:
    platform.open()
    name = platform.phrases("pisang hijau")[0]
    platform.retract(name)
    with pytest.raises(BadScreeningError) as caught:
        platform.phrases("pisang hijau")
    assert faults(caught) == [("/entries/0", "contradicts")]
    assert platform.add({**FRUIT, "id": "again"})["taken"] == ["again"]
    assert platform.state("again") == SHADOW


def test_nothing_is_retracted_twice(platform: Platform) -> None:
    platform.open()
    name = platform.phrases("pisang hijau")[0]
    platform.review(name)
    platform.retract(name)
    assert platform.retract(name)["standing"] == [name]
    assert Restoring.objects.count() == 1


# -- Reading --


def test_entries_are_read_page_by_page_and_by_state(platform: Platform) -> None:
    platform.open()
    names = platform.phrases(*fruits(bank_queries.PAGE + 3))
    platform.review(*names[:2])
    caller = platform.house.caller(*REPRESENTATIVE)
    first = queries.entries(caller, "phrases")
    assert [one.name for one in first.items] == names[: bank_queries.PAGE]
    second = queries.entries(caller, "phrases", after=first.next)
    assert ([one.name for one in second.items], second.next) == (names[bank_queries.PAGE :], None)
    assert [one.name for one in queries.entries(caller, "phrases", state=EntryState.LIVE).items] == names[:2]


def test_a_page_takes_as_many_queries_however_much_is_on_it(platform: Platform) -> None:
    platform.open()
    caller, made_at = platform.house.caller(*SECOND), Bank.objects.get().made_at

    def asked() -> list[int]:
        counts = []
        for read in (
            lambda: queries.entries(caller, "phrases"),
            lambda: queries.banks(caller),
            lambda: list(queries.export(caller, "phrases")),
            lambda: queries.stats(caller, "phrases", at=made_at),
        ):
            with CaptureQueriesContext(connection) as found:
                read()
            counts.append(len(found))
        return counts

    few = (platform.phrases("pisang hijau"), asked())[1]
    platform.open("others")
    platform.phrases(*fruits(40))
    assert asked() == few
    assert few[0] <= 2


def test_what_is_exported_is_read_again_alike(platform: Platform) -> None:
    platform.open()
    live, gone, _ = platform.phrases("pisang hijau", "mangga muda", "salak masam", author="somebody")
    platform.review(live)
    platform.retract(gone)
    found = read_bank(list(queries.export(platform.house.caller(*SECOND), "phrases")))
    assert (found.head.bank, found.head.kind) == ("phrases", "phrase")
    assert [(one.value, one.shadow) for one in found.entries] == [("pisang hijau", False), ("salak masam", True)]


def test_an_export_of_many_is_read_in_portions(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_queries, "PORTION", 3)
    platform.open()
    platform.phrases(*fruits(10))
    lines = list(queries.export(platform.house.caller(*SECOND), "phrases"))
    assert len(lines) == 11


def test_a_bank_can_be_looked_at_in_figures(platform: Platform) -> None:
    platform.open()
    names = platform.phrases("pisang hijau", "mangga muda", expires_at="2020-01-01T00:00:00Z")
    platform.phrases("salak masam", category="other", review_at="2020-01-01T00:00:00Z")
    platform.review(names[0])
    found = queries.stats(platform.house.caller(*SECOND), "phrases", at=Bank.objects.get().made_at)
    assert (found.states, found.origins, found.categories) == (
        {"live": 1, "shadow": 2},
        {"hand": 3},
        [("terrorism", 2), ("other", 1)],
    )
    assert (found.expired, found.to_review, found.hits) == (2, 1, 0)


def test_what_hit_most_is_told_and_what_of_it_was_restored(platform: Platform) -> None:
    seeded = seed()
    now = Bank.objects.order_by("id")[0].made_at
    seed_hits(seeded, 3)
    seed_hits(seeded, 2, entry=("phrases", "mangga muda"), rule="unripe-notify", category="narcotics")
    platform.retract("e-2", reason="It hit recipes.")
    while operations.restore_due(at=now).more:
        pass
    found = queries.stats(platform.house.caller(*SECOND), "phrases", at=now)
    assert (found.days, found.hits, found.restored) == (30, 5, 3)
    assert [tuple(one) for one in found.hitting] == [("e-2", "retracted", 3, 3), ("e-1", "live", 2, 0)]
    assert queries.stats(platform.house.caller(*SECOND), "phrases", at=now + timedelta(days=40)).hits == 0
