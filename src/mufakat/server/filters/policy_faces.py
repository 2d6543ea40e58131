"""What the people of a platform see of its policies, back-tests and samples: the JSON of the API, made in one place.

Nobody's name stands here, seats do (I-18).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence  # noqa: TC003 - msgspec evaluates the annotations of a struct.
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.events import EventType
from mufakat.rules.permissions import Role, seat_name
from mufakat.screening.policy import When  # noqa: TC001 - the same.
from mufakat.server.notices.faces import instant, or_none

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.screening.backtest import Said, Table
    from mufakat.screening.policy import Policy as Rules
    from mufakat.server.filters.models import Backtest, Policy, Restoring, Sample
    from mufakat.server.filters.policy_queries import Counted, Counts, Whole
    from mufakat.server.filters.trying import Running
    from mufakat.server.journal.models import Event

ROWS = 200  # Rows of a table that are kept; of two large policies there could be tens of thousands.


class PolicyRuleOut(msgspec.Struct, frozen=True):
    """A rule as it is asked: in this order."""

    name: str
    priority: int
    mode: str
    percent: int | None
    then: str
    when: When
    reason: dict[str, str]


class FollowsOut(msgspec.Struct, frozen=True):
    """What a policy says of an item: the action, and the rule that decided."""

    action: str
    rule: str | None


class BacktestRowOut(msgspec.Struct, frozen=True):
    """So many items for which both said this; ``samples`` are some of their ids, null once a sample was erased."""

    before: FollowsOut
    after: FollowsOut
    changes: bool
    count: int
    samples: Sequence[str] | None = None


class RestOfTableOut(msgspec.Struct, frozen=True):
    """The differences that are not shown each by itself."""

    rows: int
    items: int
    changed: int


class BacktestTableOut(msgspec.Struct, frozen=True):
    """A table of differences. ``shadow`` says how often a rule only would have decided.

    ``banks`` says how often each bank had been changed when it was asked.
    """

    before: str | None
    after: str
    items: int
    changed: int
    refused: int
    rows: Sequence[BacktestRowOut]
    rest: RestOfTableOut
    shadow: dict[str, int]
    banks: dict[str, int]

    @classmethod
    def of(cls, table: Table, banks: Mapping[str, int]) -> BacktestTableOut:
        """What is kept of a table: what changes, and the most frequent, come first in it."""
        shown, rest = table.rows[:ROWS], table.rows[ROWS:]
        rows = [
            BacktestRowOut(_said(row.before), _said(row.after), row.changes, row.count, row.samples) for row in shown
        ]
        left = RestOfTableOut(len(rest), sum(row.count for row in rest), sum(row.count for row in rest if row.changes))
        return cls(
            table.before, table.after, table.items, table.changed, table.refused, rows, left, table.would, dict(banks)
        )

    def without_items(self) -> BacktestTableOut:
        """The same counts, naming no item."""
        rows = [msgspec.structs.replace(row, samples=None) for row in self.rows]
        return msgspec.structs.replace(self, rows=rows)


class BacktestOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A back-test: which version, beside which one, on which samples; in a list its table is left out."""

    id: str
    policy: str
    against: str | None
    samples: Sequence[str]
    live: bool
    items: int
    changed: int
    made_by: str
    made_at: str
    links: dict[str, str]
    table: BacktestTableOut | None = None

    @classmethod
    def of(cls, row: Backtest, *, brief: bool = False) -> BacktestOut:
        place = f"/api/v1/policies/{row.policy_id}"
        return cls(
            row.pk,
            row.policy_id,
            row.against_id,
            sorted(one.pk for one in row.samples.all()),
            row.live,
            row.items,
            row.changed,
            seat(row.made_by),
            instant(row.made_at),
            {"self": f"{place}/backtests/{row.pk}", "policy": place},
            None if brief else msgspec.convert(row.table, BacktestTableOut),
        )


class BacktestRunningOut(msgspec.Struct, frozen=True):
    """A back-test that runs at this moment: items judged so far, of so many."""

    done: int
    items: int


class PolicyRestoringOut(msgspec.Struct, frozen=True):
    """How the undoing of what it hit stands."""

    state: str
    restored: int
    begun_at: str
    ended_at: str | None

    @classmethod
    def of(cls, row: Restoring) -> PolicyRestoringOut:
        return cls(row.state, row.restored, instant(row.begun_at), or_none(row.ended_at))


class PolicyOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A version of a policy. In a list its text, its rules, what was said and its back-tests are left out.

    ``banks_changed`` names the banks that were changed since the back-test on which it was promoted.
    """

    id: str
    policy: str
    version: int
    state: str
    sha256: str
    proposer: str
    proposed_at: str
    links: dict[str, str]
    shadow_at: str | None = None
    promoter: str | None = None
    promoted_at: str | None = None
    backtest: str | None = None
    ended_by: str | None = None
    ended_at: str | None = None
    leaf: str | None = None
    text: str | None = None
    rules: Sequence[PolicyRuleOut] | None = None
    tests: int | None = None
    note: str | None = None
    reason: str | None = None
    backtests: Sequence[BacktestOut] | None = None
    running: BacktestRunningOut | None = None
    restoring: PolicyRestoringOut | None = None
    banks_changed: Sequence[str] | None = None

    @classmethod
    def brief(cls, row: Policy) -> PolicyOut:
        """As it stands in a list."""
        return cls(
            row.pk,
            row.name,
            row.version,
            row.state,
            bytes(row.sha256).hex(),
            seat(row.proposer),
            instant(row.proposed_at),
            links(row.pk),
            shadow_at=or_none(row.shadow_at),
            promoter=seat(row.promoter) if row.promoter is not None else None,
            promoted_at=or_none(row.promoted_at),
            backtest=row.backtest_id,
            ended_by=seat(row.ended_by) if row.ended_by is not None else None,
            ended_at=or_none(row.ended_at),
        )

    @classmethod
    def of(
        cls,
        whole: Whole,
        read: Rules,
        *,
        running: Running | None = None,
        banks_changed: Sequence[str] | None = None,
    ) -> PolicyOut:
        """All of it; `read` is what its text says."""
        row = whole.row
        rules = sorted(read.rules, key=lambda rule: -rule.priority)  # As the engine asks them: then as written.
        ends = _of(whole.events, EventType.POLICY_ENDED, EventType.POLICY_DECLINED)
        return msgspec.structs.replace(
            cls.brief(row),
            leaf=base64.b64encode(bytes(whole.events[0].leaf_hash)).decode(),
            text=row.text,
            rules=[
                PolicyRuleOut(
                    rule.name,
                    rule.priority,
                    rule.mode.value,
                    rule.percent,
                    rule.then.value,
                    rule.when,
                    {"id": rule.reason.id, "en": rule.reason.en},
                )
                for rule in rules
            ],
            tests=len(read.tests),
            note=said(whole.events[0], "note"),
            reason=said(ends[-1], "reason") if ends else None,
            backtests=[BacktestOut.of(one, brief=True) for one in whole.backtests],
            running=BacktestRunningOut(running.done, running.items) if running is not None else None,
            restoring=PolicyRestoringOut.of(whole.restoring) if whole.restoring is not None else None,
            banks_changed=banks_changed,
        )


class PolicyList(msgspec.Struct, frozen=True):
    """A page of versions, newest first; ``next`` goes back as ``after``."""

    items: Sequence[PolicyOut]
    next: str | None


class PolicyCountOut(msgspec.Struct, frozen=True):
    """Items of one day that a rule hit, or, in shadow, would have hit; rule null: all that were screened."""

    day: str
    rule: str | None
    shadow: bool
    count: int

    @classmethod
    def of(cls, one: Counted) -> PolicyCountOut:
        return cls(one.day.isoformat(), one.rule or None, one.shadow, one.count)


class PolicyCountList(msgspec.Struct, frozen=True):
    """The counts of some days, newest first; ``next`` goes back as ``after``."""

    items: Sequence[PolicyCountOut]
    next: str | None

    @classmethod
    def of(cls, found: Counts) -> PolicyCountList:
        return cls([PolicyCountOut.of(one) for one in found.items], found.next.isoformat() if found.next else None)


class SampleLineOut(msgspec.Struct, frozen=True):
    """A line that was not taken, and the first reason."""

    line: int
    pointer: str
    detail: str


class SampleOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """Items of the past that policies are tried on. ``private`` and ``refused`` lines were not taken.

    ``faults`` are the first of those that are no items, where it was just handed in.
    """

    id: str
    name: str
    items: int
    private: int
    refused: int
    sha256: str
    added_by: str
    added_at: str
    erase_at: str
    erased_at: str | None
    faults: Sequence[SampleLineOut] | None = None

    @classmethod
    def of(cls, row: Sample, faults: Sequence[SampleLineOut] | None = None) -> SampleOut:
        return cls(
            row.pk,
            row.name,
            row.items,
            row.private,
            row.refused,
            bytes(row.sha256).hex(),
            seat(row.added_by),
            instant(row.added_at),
            instant(row.erase_at),
            or_none(row.erased_at),
            faults,
        )


class SampleList(msgspec.Struct, frozen=True):
    """A page of samples, newest first; ``next`` goes back as ``after``."""

    items: Sequence[SampleOut]
    next: str | None


def seat(person: Any) -> str:
    """``reviewer-2``, of a person's row."""
    return seat_name(Role(person.role), person.ordinal)


def said(event: Event, field: str) -> str | None:
    """What an event committed to under this name, while that is not erased."""
    found = (bytes(one.value) for one in event.openings.all() if one.field == field and one.value is not None)
    value = next(found, None)
    return value.decode() if value is not None else None


def links(policy: str) -> dict[str, str]:
    """Where the rest of it is."""
    place = f"/api/v1/policies/{policy}"
    return {"self": place, "counts": f"{place}/counts"}


def _of(events: Sequence[Event], *types: EventType) -> list[Event]:
    return [event for event in events if event.type in {type_.value for type_ in types}]


def _said(told: Said) -> FollowsOut:
    return FollowsOut(told[0].value, told[1])
