"""Policies go live and end in every interleaving; after each step I-06 is looked up in the rows and in the journal.

Hypothesis plays three reviewers, a stranger and time. However they propose, try, run in shadow, promote, decline and
end: one policy is live at most; whoever proposed it did not promote it; it ran in shadow before; and it was promoted on
a back-test of its own, beside what was live then, with its rules as they are, no older than a week.
"""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.houses import House, copied, dropped, move_to

if TYPE_CHECKING:
    from pathlib import Path

    from mufakat.server.journal.models import Event

START = datetime(2040, 1, 2, tzinfo=UTC)
REVIEWERS = ("reviewer", "reviewer-2", "reviewer-3")
STRANGERS = (("telegram", "representative"), ("kominfo", "officer"))
SEATS = st.sampled_from(
    [*(("telegram", seat) for seat in REVIEWERS), *(("telegram", seat) for seat in REVIEWERS), *STRANGERS]
)


class Promotions(RuleBasedStateMachine):
    """One platform, everybody who may meddle with its policies, and what must always hold."""

    prepared: Path
    folder: Path
    lives = 0
    versions: Bundle[str] = Bundle("versions")
    backtests: Bundle[tuple[str, str]] = Bundle("backtests")

    def __init__(self) -> None:
        super().__init__()
        Promotions.lives += 1
        self.data = self.folder / f"policies{Promotions.lives}"
        self.database = copied(self.prepared, self.data)
        self.at = START
        self.stack = ExitStack()
        from mufakat.server.journal import door

        move_to(self.data, self.database)
        self.house = House(self.data, self.stack.enter_context(door.open_house(clock=lambda: self.at)))
        from tests.server.filters.policing import Desk

        from mufakat.rules.permissions import Role
        from mufakat.server.parties import operations, queries

        operations.enrol_person(
            queries.party_by_handle("telegram"), role=Role.REVIEWER, ordinal=3, name="Made Up", email="3@example.org"
        )
        self.desk = Desk(self.house, at=self.at)
        self.sample = self.desk.sample()["id"]

    def teardown(self) -> None:
        from django.db import connections

        self.stack.close()
        connections.close_all()
        dropped(self.database)
        shutil.rmtree(self.data, ignore_errors=True)

    # -- Deeds --------------------------------------------------------------------------------------------------------

    @rule(target=versions, by=SEATS, version=st.integers(1, 4), milder=st.booleans())
    def propose(self, by: tuple[str, str], version: int, milder: bool) -> str:  # noqa: FBT001 - drawn by name.
        from tests.server.filters.policing import policy

        from mufakat.rules.errors import RefusedError
        from mufakat.server.filters import operations

        text = policy({"then: block": "then: hold"} if milder else {}, version=version)
        with suppress(RefusedError):
            return operations.propose(text, by=self.house.caller(*by)).subject
        return ""

    @rule(policy=versions, by=SEATS)
    def begin_shadow(self, policy: str, by: tuple[str, str]) -> None:
        from mufakat.rules.errors import RefusedError
        from mufakat.server.filters import operations

        with suppress(RefusedError):
            operations.begin_shadow(policy, by=self.house.caller(*by))

    @rule(target=backtests, policy=versions, by=SEATS, live=st.booleans())
    def try_on(self, policy: str, by: tuple[str, str], live: bool) -> tuple[str, str]:  # noqa: FBT001 - the same.
        from mufakat.rules.errors import RefusedError
        from mufakat.server.filters import operations

        with suppress(RefusedError):
            caller = self.house.caller(*by)
            return policy, operations.try_on(policy, [self.sample], live=live, by=caller, at=self.at).subject
        return policy, ""

    @rule(policy=versions, tried=backtests, by=SEATS)
    def promote_on_any(self, policy: str, tried: tuple[str, str], by: tuple[str, str]) -> None:
        self.promote(policy, tried[1], by)

    @rule(tried=backtests, by=SEATS)
    def promote_on_its_own(self, tried: tuple[str, str], by: tuple[str, str]) -> None:
        self.promote(*tried, by)

    def promote(self, policy: str, backtest: str, by: tuple[str, str]) -> None:
        from mufakat.rules.errors import RefusedError
        from mufakat.server.filters import operations

        with suppress(RefusedError):
            operations.promote(policy, backtest=backtest, by=self.house.caller(*by))

    @rule(policy=versions, by=SEATS, end=st.booleans(), restore=st.booleans())
    def stop(self, policy: str, by: tuple[str, str], end: bool, restore: bool) -> None:  # noqa: FBT001 - the same.
        from mufakat.rules.errors import RefusedError
        from mufakat.server.filters import operations

        caller = self.house.caller(*by)
        with suppress(RefusedError):
            if end:
                operations.end(policy, reason="It hit recipes.", restore=restore, by=caller)
            else:
                operations.decline(policy, reason="Too broad.", by=caller)

    @rule(hours=st.sampled_from((1, 24, 24 * 6, 24 * 8)))
    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)
        self.desk.at = self.at

    # -- What must always hold ----------------------------------------------------------------------------------------

    @invariant()
    def one_policy_is_live_at_most(self) -> None:
        from mufakat.server.filters.models import Policy

        assert Policy.objects.filter(state="live").count() <= 1

    @invariant()
    def what_went_live_was_looked_at_by_a_second_person_on_its_own_figures(self) -> None:
        from mufakat.rules.filtering import FRESH
        from mufakat.server.filters.models import Policy
        from mufakat.server.journal import queries as journal

        for row in Policy.objects.select_related("backtest"):
            told = journal.events_of(row.pk)
            types = [one.type for one in told]
            assert (row.state == "live") <= ("policy.promoted" in types)
            if "policy.promoted" not in types:
                continue
            promoted = told[types.index("policy.promoted")]
            tried = row.backtest
            assert row.promoter_id not in {None, row.proposer_id}
            assert types.index("policy.shadowed") < types.index("policy.promoted")
            assert tried is not None
            assert (tried.policy_id, tried.live, tried.against_id) == (row.pk, False, live_before(promoted))
            assert promoted.at - tried.made_at <= FRESH
            assert tried.pk in json.loads(bytes(promoted.leaf))["ref"]


def live_before(promoted: Event) -> str | None:
    """What was live when a version was promoted, as the journal has it up to the commit of that promotion.

    In that commit the former one ends just before, and its event names the version that came in its place.
    """
    from mufakat.server.journal.models import Event

    live: str | None = None
    told = Event.objects.filter(shard=promoted.shard, position__lt=promoted.position, case__startswith="pol_")
    for one in told.order_by("position"):
        if one.type == "policy.promoted":
            live = one.case
        elif one.type == "policy.ended" and one.case == live:
            replaced = one.position == promoted.position - 1 and len(json.loads(bytes(one.leaf))["ref"]) > 1
            live = live if replaced else None
    return live


@pytest.mark.invariant("I-06")
def test_policies_in_any_order(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Promotions, "prepared", prepared, raising=False)
    monkeypatch.setattr(Promotions, "folder", tmp_path, raising=False)
    run_state_machine_as_test(
        Promotions,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
