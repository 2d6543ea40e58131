"""Names are closed and opened in every interleaving; after each step I-07 is looked up in the rows and in the journal.

Hypothesis plays the ministry's seats, the platform, the operators, strangers, time and the worker. What is on the lists
was ordered, approved by two others, and waited for; whoever lifts it opens it; what is past its end is off the lists at
the worker's next turn; and where everything stands is what the journal, replayed from its beginning, gives.
"""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.houses import House, copied, dropped, move_to

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mufakat.server.journal.models import Event
    from mufakat.server.restrictions.models import Restriction

OFFICER, APPROVER, LAWYER, THIRD = (("kominfo", seat) for seat in ("officer", "approver", "approver-2", "approver-3"))
SERVICE = ("telegram", "representative")
ISPS = ("isp-a", "isp-b", "isp-c")
ENGINEERS = [(handle, "engineer") for handle in ISPS]
SEATS = (OFFICER, APPROVER, APPROVER, LAWYER, LAWYER, THIRD, SERVICE, ENGINEERS[0], ("bnpt", "officer"))
NAMES = ("web.example.net", "app.example.net", "example.com", "a.b.example.com")
START = datetime(2040, 1, 2, tzinfo=UTC)
SOUND = {
    "list": "terrorism",
    "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
    "reason": "A made-up placeholder.",
    "proportionality": "Nothing milder was left.",
}
LIVE = ("publishing", "applied", "partly_lifted")
LEAD = {
    "restriction.refused": "refused",
    "restriction.published": "publishing",
    "restriction.expired": "expired",
}


class Orders(RuleBasedStateMachine):
    """One house, everybody in it, and what must always hold."""

    prepared: Path
    folder: Path
    lives = 0
    orders: Bundle[str] = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        Orders.lives += 1
        self.data = self.folder / f"orders{Orders.lives}"
        self.database = copied(self.prepared, self.data)
        self.at = START
        self.made: list[str] = []
        self.stack = ExitStack()
        self.open()
        from mufakat.rules.permissions import Role
        from mufakat.server.parties import operations, queries

        operations.enrol_person(
            queries.party_by_handle("kominfo"), role=Role.APPROVER, ordinal=3, name="Made Up", email="third@example.org"
        )

    def open(self) -> None:
        from mufakat.server.journal import door

        move_to(self.data, self.database)
        self.house = House(self.data, self.stack.enter_context(door.open_house(clock=lambda: self.at)))

    def teardown(self) -> None:
        from django.db import connections

        self.stack.close()
        connections.close_all()
        dropped(self.database)
        shutil.rmtree(self.data, ignore_errors=True)

    # -- Deeds --------------------------------------------------------------------------------------------------------

    @rule(
        target=orders,
        by=st.sampled_from((OFFICER, OFFICER, OFFICER, APPROVER, SERVICE)),
        members=st.fixed_dictionaries(
            {
                "names": st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
                "operators": st.lists(st.sampled_from(ISPS), min_size=1, max_size=3, unique=True),
                "match": st.sampled_from(("exact", "subtree")),
                "emergency": st.booleans(),
                "platform": st.sampled_from(("telegram", "telegram", None)),
            }
        ),
        hours=st.sampled_from((20, 60, 72, 73, 24 * 30, 24 * 90, 24 * 91)),
    )
    def propose(self, by: Any, members: dict[str, Any], hours: int) -> str:
        from mufakat.rules.errors import RefusedError
        from mufakat.server.restrictions import operations

        raw = json.dumps(
            {
                **SOUND,
                **members,
                "review_at": (self.at + timedelta(hours=min(hours, 24 * 20))).isoformat(),
                "sunset_at": (self.at + timedelta(hours=hours)).isoformat(),
            }
        ).encode()
        with suppress(RefusedError):
            pk = operations.propose(raw, by=self.house.caller(*by), at=self.at).subject
            self.made.append(pk)
            return pk
        return ""

    @rule(order=orders, by=st.sampled_from(SEATS), note=st.sampled_from(("", "It is needed.")), no=st.integers(0, 9))
    def approve(self, order: str, by: Any, note: str, no: int) -> None:
        from mufakat.rules.errors import RefusedError
        from mufakat.server.restrictions import operations

        raw = json.dumps({"note": note, "refuse": no == 0}).encode()
        with suppress(RefusedError):
            operations.approve(order, raw, by=self.house.caller(*by), at=self.at)

    @rule(order=orders, note=st.sampled_from(("", "Because.")))
    def approve_as_it_is_meant(self, order: str, note: str) -> None:
        for by in (APPROVER, LAWYER):
            self.approve(order, by, note or "Weighed.", 1)

    @rule(order=orders, by=st.sampled_from((SERVICE, SERVICE, OFFICER)))
    def answer(self, order: str, by: Any) -> None:
        from mufakat.rules.errors import RefusedError
        from mufakat.server.restrictions import operations

        with suppress(RefusedError):
            operations.object_to(order, b'{"note": "No."}', by=self.house.caller(*by))

    @rule(order=orders)
    def told(self, order: str) -> None:
        from mufakat.server.journal import door
        from mufakat.server.restrictions import operations

        door.commit(lambda moment: operations.told([order], moment=moment))

    @rule(order=orders, by=st.sampled_from((*ENGINEERS, OFFICER)))
    def confirm(self, order: str, by: Any) -> None:
        from mufakat.rules.errors import RefusedError
        from mufakat.server.restrictions import operations

        with suppress(RefusedError):
            operations.confirm(order, b"", by=self.house.caller(*by))

    @rule(
        order=orders, by=st.sampled_from((OFFICER, APPROVER, THIRD)), names=st.sampled_from(((), NAMES[:1], NAMES[2:3]))
    )
    def lift(self, order: str, by: Any, names: tuple[str, ...]) -> None:
        """One act of one person, and what it names is open."""
        from mufakat.rules.errors import RefusedError
        from mufakat.server.restrictions import operations, queries

        row = queries.Restriction.objects.filter(pk=order).first()
        standing = row is not None and row.state in LIVE
        known = not names or (row is not None and set(names) <= set(queries.names_of(row)))
        raw = json.dumps({"names": names}).encode()
        try:
            found = json.loads(operations.lift(order, raw, by=self.house.caller(*by)).body)
        except RefusedError:
            assert not (standing and known)
        else:
            assert found["state"] in {"lifted", "partly_lifted", "refused"}
            assert not set(names) & set(found["names"]) or found["state"] == "refused"

    @rule(order=orders, by=st.sampled_from((SERVICE, ("bnpt", "officer"), ENGINEERS[1])))
    def lift_what_is_not_theirs(self, order: str, by: Any) -> None:
        from mufakat.rules.errors import RefusedError
        from mufakat.server.restrictions import operations

        with pytest.raises(RefusedError):
            operations.lift(order, b"", by=self.house.caller(*by))

    @rule(hours=st.sampled_from((1, 10, 24, 72, 24 * 25, 24 * 60)))
    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @rule()
    def work(self) -> None:
        """The worker takes its turns; then nothing is on the lists that is past its end."""
        from mufakat.server.restrictions import operations, queries
        from mufakat.server.runtime import reactions

        while any(part(at=self.at).done for part in (operations.publish_due, operations.end_due, reactions.run)):
            pass
        late = queries.Restriction.objects.filter(state__in=LIVE, sunset_at__lte=self.at)
        assert not late.exists()
        ready = queries.Restriction.objects.filter(state="approved", answered_at__isnull=False)
        assert not ready.exists()

    @rule()
    def die(self) -> None:
        """The process ends, and another begins."""
        self.stack.close()
        self.stack = ExitStack()
        self.open()

    # -- What always holds --------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_on_the_lists_that_lacks_anything(self) -> None:
        from mufakat.server.restrictions.models import Restriction

        for row in Restriction.objects.filter(published_at__isnull=False).select_related("second_approver"):
            persons = {row.proposer_id, row.first_approver_id, row.second_approver_id}
            assert len(persons) == 3
            assert None not in persons
            assert row.second_approver is not None
            assert (row.second_approver.role, row.second_approver.ordinal) == ("approver", 2)
            assert row.published_at is not None
            assert row.published_at < row.sunset_at <= row.proposed_at + timedelta(days=90)
            assert row.proposed_at < row.review_at <= row.sunset_at
            assert row.reopening["all_of"]
            if row.emergency:
                assert row.sunset_at - row.proposed_at <= timedelta(hours=72)
            elif row.platform_id is not None:
                heard = [time for time in (row.answered_at, row.wait_until) if time is not None]
                assert heard
                assert min(heard) <= row.published_at

    @invariant()
    def the_journal_says_the_same(self) -> None:
        from mufakat.proof import leaf
        from mufakat.server.journal.queries import events_of_cases

        rows = rows_by_id()
        assert set(rows) == set(self.made)
        for pk, events in events_of_cases(self.made).items():
            row = rows[pk]
            assert replayed(events, set(operators_of(row))) == row.state
            published = [event for event in events if event.type == "restriction.published"]
            assert len(published) == (row.published_at is not None)
            for event in published:
                found = leaf.decode(bytes(event.leaf))
                approvals = [one.id for one in events if one.type == "restriction.approved"]
                assert found.ref[:3] == (row.event, *approvals)
                assert found.due is not None
                assert event.custody
                assert opened(event, "names")["names"] == sorted(opened(events[0], "names")["names"])

    @invariant()
    def everybody_who_has_to_open_knows_until_when(self) -> None:
        from mufakat.server.restrictions.models import Carrying

        for one in Carrying.objects.select_related("restriction"):
            live, ended = one.restriction.state in LIVE, one.restriction.state in {"lifted", "expired"}
            assert (one.state == "waiting") == (not live and not ended)
            assert one.state != "open" or ended
            assert not ended or one.state in {"opening", "open"}
            assert (one.state == "opening") == (one.due_at is not None)

    @invariant()
    def a_name_is_closed_by_what_stands_and_by_nothing_else(self) -> None:
        from mufakat.server.restrictions import queries
        from mufakat.server.restrictions.models import ClosedName

        standing = ClosedName.objects.filter(
            lifted_at=None, restriction__state__in=LIVE, restriction__sunset_at__gt=self.at
        ).values_list("restriction", "restriction__match", "name")
        for name in NAMES:
            closing = {
                pk
                for pk, match, closed in standing
                if closed == name or (match == "subtree" and name.endswith(f".{closed}"))
            }
            assert {one.whole.row.id for one in queries.named(name, at=self.at)} == closing


def rows_by_id() -> dict[str, Restriction]:
    from mufakat.server.restrictions.models import Restriction

    return {row.id: row for row in Restriction.objects.all()}


def operators_of(row: Restriction) -> Iterable[str]:
    from mufakat.server.restrictions.models import Carrying

    return list(Carrying.objects.filter(restriction=row).values_list("operator__handle", flat=True))


def opened(event: Event, field: str) -> Any:
    return next(json.loads(bytes(one.value or b"")) for one in event.openings.all() if one.field == field)


def replayed(events: list[Event], operators: set[str]) -> str:
    """The state that the events, one after the other, lead to."""
    state, approvals, applied = "", 0, set()
    names: set[str] = set()
    for event in events:
        if event.type == "restriction.proposed":
            state, names = "proposed", set(opened(event, "names")["names"])
        elif event.type == "restriction.approved":
            approvals += 1
            state = "approved" if approvals == 2 else state
        elif event.type == "restriction.applied":
            applied.add(event.sender)
            state = "applied" if state == "publishing" and applied == operators else state
        elif event.type == "restriction.lifted":
            names -= set(opened(event, "names")["names"])
            state = "partly_lifted" if names else "lifted"
        else:
            state = LEAD.get(event.type, state)
    return state


@pytest.mark.invariant("I-07")
@pytest.mark.invariant("I-03")
def test_orders_in_any_order(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Orders, "prepared", prepared, raising=False)
    monkeypatch.setattr(Orders, "folder", tmp_path, raising=False)
    run_state_machine_as_test(
        Orders,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
