"""Back-tests on the server: the table of the engine, beside the live policy, of several samples, with their ids."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.server.filters.policing import ITEMS, item, policy, said

from mufakat.rules.errors import BadScreeningError, NotFoundError, NotNowError
from mufakat.rules.filtering import EntryState
from mufakat.screening import backtest as engine
from mufakat.screening.item import Item
from mufakat.server.filters import engines, operations, policy_faces, policy_queries as queries, samples, texts, trying
from mufakat.server.filters.models import Backtest, Entry
from mufakat.server.filters.policy_faces import BacktestTableOut
from mufakat.server.journal import door, queries as journal
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import BusyError, ClosedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.filters.policing import Desk

    from mufakat.server.filters.models import Sample


def test_the_table_is_what_the_engine_says_of_the_same_items(desk: Desk) -> None:
    live = desk.live()["id"]
    pk = desk.propose(policy({"then: block": "then: hold"}, version=2))["id"]
    made = desk.tried(pk)
    items = [msgspec.json.decode(line, type=Item) for line in ITEMS.splitlines()]
    banks = engines.ready(desk.caller().party_id).shelved.values()
    asked = [one.bank for one in banks]
    table = engine.compare(texts.rules_of(live), texts.rules_of(pk), items, banks=asked, at=desk.at)
    assert made["table"] == msgspec.json.decode(
        msgspec.json.encode(BacktestTableOut.of(table, {"hosts": 1, "phrases": 1}))
    )
    assert (made["against"], made["items"], made["changed"]) == (live, 7, 3)


def test_a_back_test_names_items_the_banks_and_its_maker(desk: Desk) -> None:
    made = desk.tried(desk.propose()["id"])
    first = made["table"]["rows"][0]
    assert (first["before"]["action"], first["after"], first["count"]) == (
        "none",
        {"action": "block", "rule": "unripe-block"},
        3,
    )
    assert sorted(first["samples"]) == ["hit-0", "hit-1", "hit-2"]
    assert (made["table"]["banks"], made["made_by"], made["against"]) == ({"hosts": 1, "phrases": 1}, "reviewer", None)


def test_several_samples_are_one_table(desk: Desk) -> None:
    pk = desk.propose()["id"]
    named = [desk.sample()["id"], desk.sample(item("more"))["id"]]
    made = desk.tried(pk, *named)
    assert (made["items"], made["changed"], made["samples"]) == (8, 4, sorted(named))


def test_the_leaf_commits_to_the_counts_and_to_no_item(desk: Desk) -> None:
    pk = desk.propose()["id"]
    desk.tried(pk)
    (opening,) = journal.events_of(pk)[-1].openings.all()
    table = msgspec.json.decode(bytes(opening.value or b""), type=BacktestTableOut)
    assert ([row.count for row in table.rows], [row.samples for row in table.rows]) == ([3, 4], [None, None])


def test_as_if_every_rule_were_live_is_another_question(desk: Desk) -> None:
    text = policy().replace("mode: live", "mode: shadow", 1)
    pk = desk.propose(text)["id"]
    assert [desk.tried(pk, live=live)["changed"] for live in (False, True)] == [0, 3]


def test_what_nobody_reviewed_is_told_as_shadow_alone(desk: Desk) -> None:
    door.commit(lambda _: Entry.objects.update(state=EntryState.SHADOW.value, reviewed_by=None, reviewed_at=None))
    made = desk.tried(desk.propose()["id"])
    assert (made["changed"], made["table"]["shadow"]) == (0, {"unripe-block": 3, "unripe-label": 3})


def test_a_long_table_keeps_what_changes_most_and_counts_the_rest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_faces, "ROWS", 1)
    made = desk.tried(desk.propose()["id"])
    assert (len(made["table"]["rows"]), made["table"]["rest"]) == (1, {"rows": 1, "items": 4, "changed": 0})


@pytest.mark.parametrize("named", [[], ["twice", "twice"], ["gone"]])
def test_what_cannot_be_tried_on_is_refused(desk: Desk, named: list[str]) -> None:
    known = {"twice": desk.sample()["id"], "gone": desk.sample()["id"]}
    operations.erase_sample(known["gone"], by=desk.caller())
    pk = desk.propose()["id"]
    with pytest.raises(BadScreeningError) as refused:
        operations.try_on(pk, [known[one] for one in named], by=desk.caller(), at=desk.at)
    assert refused.value.faults[0].pointer.startswith("/samples")


def test_a_sample_that_is_not_there_is_not_found(desk: Desk) -> None:
    pk = desk.propose()["id"]
    with pytest.raises(NotFoundError):
        desk.tried(pk, "smp_01m89vygyhe4mtytf7q822wp85")


def test_more_items_than_one_answer_waits_for_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "MOST_ITEMS", 6)
    pk = desk.propose()["id"]
    with pytest.raises(BadScreeningError) as refused:
        desk.tried(pk)
    assert refused.value.faults[0].detail == "At most 6 items are tried at once; these samples hold 7."


def test_the_same_key_tries_once(desk: Desk) -> None:
    pk, sample = desk.propose()["id"], desk.sample()["id"]
    key = Key.of(desk.caller().party_id, "POST /x", "k", b"")
    first, again = (operations.try_on(pk, [sample], by=desk.caller(), at=desk.at, key=key) for _ in range(2))
    assert (first.body, again.replayed, Backtest.objects.count()) == (again.body, True, 1)


class Held:
    """The items of a sample, given one by one as the test lets them go."""

    def __init__(self, desk: Desk) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self._items = samples.items_of
        self._desk = desk

    def items_of(self, sample: Sample) -> Iterator[Item]:
        for one in self._items(sample):
            yield one
            self.begun.set()
            assert self.go.wait(60)


@pytest.fixture
def held(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    made = Held(desk)
    monkeypatch.setattr(samples, "items_of", made.items_of)
    yield made
    made.go.set()


class Aside(threading.Thread):
    """A back-test in another thread, and what came of it."""

    def __init__(self, desk: Desk, pk: str, sample: str) -> None:
        super().__init__()
        self._asked = desk, pk, sample
        self.found: object = None

    def run(self) -> None:
        from django.db import connections

        desk, pk, sample = self._asked
        try:
            self.found = said(operations.try_on(pk, [sample], by=desk.caller(), at=desk.at))
        except Exception as error:  # noqa: BLE001 - the test looks at it.
            self.found = error
        finally:
            connections.close_all()


def test_how_far_it_is_can_be_seen_meanwhile_and_a_platform_has_one(desk: Desk, held: Held) -> None:
    pk, sample = desk.propose()["id"], desk.sample()["id"]
    aside = Aside(desk, pk, sample)
    aside.start()
    assert held.begun.wait(60)
    running = trying.running(pk)
    assert running is not None
    assert (running.items, running.done >= 1) == (7, True)
    with pytest.raises(BusyError):
        operations.try_on(pk, [sample], by=desk.caller(), at=desk.at)
    held.go.set()
    aside.join()
    assert (trying.running(pk), isinstance(aside.found, dict)) == (None, True)


def test_a_sample_that_is_erased_meanwhile_leaves_no_table(desk: Desk, held: Held) -> None:
    pk, sample = desk.propose()["id"], desk.sample()["id"]
    aside = Aside(desk, pk, sample)
    aside.start()
    assert held.begun.wait(60)
    operations.erase_sample(sample, by=desk.caller())
    held.go.set()
    aside.join()
    assert isinstance(aside.found, NotNowError)
    assert Backtest.objects.count() == 0


def test_a_house_that_closes_ends_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pk, sample = desk.propose()["id"], desk.sample()["id"]
    monkeypatch.setattr(door, "_writer", None)
    with pytest.raises(ClosedError):
        operations.try_on(pk, [sample], by=desk.caller(), at=desk.at)


def test_the_tables_of_a_version_are_found_by_it_alone(desk: Desk) -> None:
    one, other = (desk.propose(policy(version=version))["id"] for version in (1, 2))
    tried = desk.tried(one)["id"]
    assert queries.backtest_for(desk.caller(), one, tried).pk == tried
    with pytest.raises(NotFoundError):
        queries.backtest_for(desk.caller(), other, tried)
