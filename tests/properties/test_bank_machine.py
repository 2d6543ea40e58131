"""Entries come, are looked at and go in every interleaving; after each step I-17 is looked up in rows and journal.

Hypothesis plays both reviewers, the representative, files, decided notices and reversals. Whatever acts was accepted by
somebody else than who brought it; whatever was over is never back under its name; and how every entry stands is what
the events of its bank, replayed from the beginning, give.
"""

from __future__ import annotations

import io
import json
import shutil
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.houses import House, body, copied, dropped, move_to

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND, THIRD = ("telegram", "reviewer"), ("telegram", "reviewer-2"), ("telegram", "representative")
OFFICER = ("kominfo", "officer")
SEATS = st.sampled_from((FIRST, FIRST, SECOND, SECOND, THIRD, OFFICER))
VALUES = ("pisang hijau", "mangga muda", "salak masam", "https://files.example.net/pisang")
BANKS = st.sampled_from(("phrases", "from-notices-locators"))
PLACES = st.sets(st.integers(0, 5), min_size=1, max_size=3)
START = datetime(2040, 1, 2, tzinfo=UTC)
SAID = {"source": "us", "category": "other", "ground": "terms 4.2"}
DECISION = {
    "outcome": "act_full",
    "items": [{"locator": 0, "measure": "remove"}],
    "ground": {"terms_ground": {"document": "Terms of Service", "clause": "2.1", "url": None}},
    "facts": "A made-up placeholder.",
    "reasons": "A made-up placeholder of reasons.",
    "language": "en",
    "automated": {"detection": False, "decision": "none"},
}
OVER = frozenset({"declined", "retracted"})


class Entries(RuleBasedStateMachine):
    """One house, everybody in it, and what must always hold."""

    prepared: Path
    folder: Path
    lives = 0

    def __init__(self) -> None:
        super().__init__()
        Entries.lives += 1
        self.data = self.folder / f"entries{Entries.lives}"
        self.database = copied(self.prepared, self.data)
        self.at = START
        self.decided: list[str] = []
        self.over: set[tuple[str, str]] = set()
        self.number = 0
        self.stack = ExitStack()
        from mufakat.server.filters import operations
        from mufakat.server.journal import door

        move_to(self.data, self.database)
        self.house = House(self.data, self.stack.enter_context(door.open_house(clock=lambda: self.at)))
        told = json.dumps({"name": "phrases", "kind": "phrase"}).encode()
        operations.open_bank(told, by=self.house.caller(*FIRST))

    def teardown(self) -> None:
        from django.db import connections

        self.stack.close()
        connections.close_all()
        dropped(self.database)
        shutil.rmtree(self.data, ignore_errors=True)

    # -- Deeds --------------------------------------------------------------------------------------------------------

    @rule(by=SEATS, values=st.lists(st.sampled_from(VALUES[:3]), min_size=1, max_size=3), again=st.booleans())
    def add(self, by: Any, values: list[str], again: bool) -> None:  # noqa: FBT001 - hypothesis gives it by name.
        from mufakat.server.filters import operations

        self.number += 1
        ids = {"id": f"again-{self.number}"} if again and len(values) == 1 else {}
        raw = json.dumps({"entries": [{**SAID, **ids, "value": value} for value in values]}).encode()
        self._try(lambda caller: operations.add_entries("phrases", raw, by=caller), by)

    @rule(by=SEATS, values=st.lists(st.sampled_from((*VALUES[:3], "ab")), max_size=4), partial=st.booleans())
    def take(self, by: Any, values: list[str], partial: bool) -> None:  # noqa: FBT001 - the same.
        from mufakat.server.filters import operations

        head = {"bank": "phrases", "kind": "phrase", **SAID}
        lines = [json.dumps(head), *values]
        file = "\n".join(lines).encode()

        def run(caller: Any) -> None:
            operations.check_import(io.BytesIO(file), "phrases", by=caller, partial=partial)
            list(operations.import_entries(io.BytesIO(file), "phrases", by=caller, partial=partial))

        self._try(run, by)

    @rule(by=SEATS, bank=BANKS, places=PLACES, accept=st.booleans())
    def review(self, by: Any, bank: str, places: set[int], accept: bool) -> None:  # noqa: FBT001 - the same.
        from mufakat.server.filters import operations

        raw = json.dumps({"entries": self._named(bank, places), "accept": accept}).encode()
        self._try(lambda caller: operations.review_entries(bank, raw, by=caller), by)

    @rule(by=SEATS, bank=BANKS, places=PLACES)
    def retract(self, by: Any, bank: str, places: set[int]) -> None:
        from mufakat.server.filters import operations

        raw = json.dumps({"entries": self._named(bank, places), "reason": "Made up."}).encode()
        self._try(lambda caller: operations.retract_entries(bank, raw, by=caller), by)

    @rule(by=st.sampled_from((FIRST, SECOND)))
    def decide(self, by: Any) -> None:
        from mufakat.server.decisions import operations
        from mufakat.server.notices import operations as notices

        self.number += 1
        raw = body(locators=[VALUES[3]])
        sender = self.house.caller(*OFFICER)
        notice = notices.submit(raw, by=sender, at=self.at, key=f"k{self.number}").subject
        notices.acknowledge(notice, by=self.house.caller(*by))
        made = json.loads(operations.decide(notice, json.dumps(DECISION).encode(), by=self.house.caller(*by)).body)
        self.decided.append(made["id"])
        self._work()

    @rule(by=st.sampled_from((FIRST, SECOND)), place=st.integers(0, 5))
    def reverse(self, by: Any, place: int) -> None:
        from mufakat.rules import appeal_code
        from mufakat.server.appeals import operations
        from mufakat.server.decisions import codes

        if not self.decided:
            return
        made = self.decided[place % len(self.decided)]
        self.number += 1
        raw = json.dumps({"code": appeal_code.shown(codes.of(made)), "reasons": "A made-up placeholder."}).encode()

        def run(caller: Any) -> None:
            told = operations.read_by_code(raw)
            appeal = json.loads(operations.lodge_by_code(told, raw, at=self.at, key=f"a{self.number}").body)
            said = json.dumps({"outcome": "reversed", "reasons": "It was lawful."}).encode()
            operations.resolve(appeal["id"], said, by=caller)

        self._try(run, by)
        self._work()

    def _try(self, deed: Any, by: Any) -> None:
        from mufakat.rules.errors import RefusedError

        self.at += timedelta(seconds=1)
        with suppress(RefusedError):
            deed(self.house.caller(*by))

    def _work(self) -> None:
        from mufakat.server.runtime import reactions

        self.at += timedelta(seconds=1)
        while reactions.run(at=self.at).more:
            pass

    def _named(self, bank: str, places: set[int]) -> list[str]:
        from mufakat.server.filters.models import Entry

        names = list(Entry.objects.filter(bank__name=bank).order_by("id").values_list("name", flat=True))
        return [names[place] for place in sorted(places) if place < len(names)] or ["nobody"]

    # -- What must always hold ----------------------------------------------------------------------------------------

    @invariant()
    def nothing_acts_on_one_person(self) -> None:
        from mufakat.server.filters.models import Entry

        for row in Entry.objects.filter(state="live"):
            assert row.reviewed_by_id is not None
            assert row.reviewed_at is not None
            assert row.added_by_id is not None
            assert row.reviewed_by_id != row.added_by_id

    @invariant()
    def what_is_over_stays_over_and_a_value_stands_once(self) -> None:
        from mufakat.server.filters.models import Entry

        rows = list(Entry.objects.values_list("bank", "name", "state", "value"))
        over = {(bank, name) for bank, name, state, _ in rows if state in OVER}
        assert over >= self.over
        self.over = over
        standing = [(bank, value) for bank, _, state, value in rows if state not in OVER]
        assert len(standing) == len(set(standing))

    @invariant()
    def rows_are_what_the_events_say(self) -> None:
        from mufakat.server.filters.models import Bank, Entry, Restoring
        from mufakat.server.journal import queries as events

        for bank in Bank.objects.all():
            told: dict[str, str] = {}
            acted: set[str] = set()
            for event in events.events_of(bank.pk):
                opened = {one.field: bytes(one.value or b"") for one in event.openings.all()}
                found: dict[str, Any] = json.loads(opened.get("entries", b'{"entries": [], "state": ""}'))
                for name, _ in found["entries"]:
                    assert (name in told) is (event.type != "entries.added")
                    told[name] = found["state"]
                    if found["state"] == "live":
                        acted.add(name)
            rows = Entry.objects.filter(bank=bank)
            assert dict(rows.values_list("name", "state")) == told
            gone = {name for name in acted if told[name] == "retracted"}
            assert set(Restoring.objects.filter(entry__bank=bank).values_list("entry__name", flat=True)) == gone
            assert bank.held == len(told)


@pytest.mark.invariant("I-17")
def test_nothing_acts_before_a_second_person_looked_at_it(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Entries, "prepared", prepared, raising=False)
    monkeypatch.setattr(Entries, "folder", tmp_path, raising=False)
    run_state_machine_as_test(
        Entries,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
