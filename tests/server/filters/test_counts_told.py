"""What an authority is told of a week by itself: once, the same as everybody, and nothing that is below ten (I-14)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.server.agreements.talking import act, body, end, frame, opened
from tests.server.filters.counted import count
from tests.server.filters.notified import Desk, desk, told_to

from mufakat.proof import leaf
from mufakat.server.filters import notification_queries as queries, operations
from mufakat.server.filters.models import Count, WeeklyCounts
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Opening
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from tests.houses import House

pytestmark = pytest.mark.invariant("I-14")

WEEK = date(2040, 1, 9)  # The agreement is in force from the Wednesday before.
OVER = datetime(2040, 1, 16, tzinfo=UTC)


@pytest.fixture
def at_desk(house: House) -> Desk:
    return desk(house)


def at(at_desk: Desk, when: datetime) -> None:
    at_desk.set_to = when
    at_desk.work()


def told() -> list[dict[str, Any]]:
    return [row.counts for row in WeeklyCounts.objects.order_by("pk")]


def cells(counts: dict[str, Any]) -> dict[str, int]:
    return {category: many for category, many in counts["cells"].items() if many is not None}


def test_the_counts_of_a_week_are_told_once_it_is_over(at_desk: Desk) -> None:
    count(at_desk.seeded, WEEK, screened=1_000, terrorism=40, narcotics=9)
    count(at_desk.seeded, WEEK + timedelta(days=6), screened=500, terrorism=2, narcotics=9)
    at(at_desk, OVER - timedelta(milliseconds=1))
    assert told() == []
    at(at_desk, OVER)
    (counts,) = told()
    assert cells(counts) == {"terrorism": 42, "narcotics": 18}
    assert (counts["hits"], counts["screened"]) == (None, 1_500)


def test_what_is_below_ten_is_not_told(at_desk: Desk) -> None:
    count(at_desk.seeded, WEEK, screened=80, terrorism=10, narcotics=9, other=1)
    at(at_desk, OVER)
    (counts,) = told()
    assert (cells(counts), counts["hits"], counts["screened"]) == ({"terrorism": 10}, 20, None)


def test_the_authority_is_told_on_its_channel_and_the_platform_sees_what_is_told(at_desk: Desk) -> None:
    count(at_desk.seeded, WEEK, terrorism=40)
    at(at_desk, OVER)
    row = WeeklyCounts.objects.get()
    found = leaf.decode(bytes(Event.objects.get(pk=row.event).leaf))
    assert (found.type, found.chan, found.actor) == ("counts.told", "telegram>kominfo", "mufakat")
    assert (found.case, found.ref) == (row.id, ())
    opened = Opening.objects.get(event=row.event, field="counts")
    assert msgspec.json.decode(bytes(opened.value or b"")) == row.counts
    assert told_to("kominfo") == told_to("telegram") == [("counts.told", row.id)]


def test_it_is_told_once(at_desk: Desk) -> None:
    count(at_desk.seeded, WEEK, terrorism=40)
    for later in range(3):
        at(at_desk, OVER + timedelta(hours=later))
    assert len(told()) == 1


def test_a_week_in_which_nothing_may_be_told_is_not_told(at_desk: Desk) -> None:
    count(at_desk.seeded, WEEK, screened=9, terrorism=9)
    at(at_desk, OVER)
    assert told() == []


def test_what_only_would_have_acted_is_not_told(at_desk: Desk) -> None:
    count(at_desk.seeded, WEEK, shadow=True, terrorism=40)
    at(at_desk, OVER)
    assert told() == []


def test_a_week_that_began_before_the_agreement_is_not_told(at_desk: Desk) -> None:
    count(at_desk.seeded, WEEK - timedelta(days=2), terrorism=40)
    at(at_desk, OVER)
    assert told() == []


def test_nobody_is_told_after_the_agreement_ended(at_desk: Desk) -> None:
    from mufakat.server.agreements.models import Agreement

    count(at_desk.seeded, WEEK, terrorism=40)
    end(Agreement.objects.get().id)
    at(at_desk, OVER)
    assert told() == []


def test_without_an_agreement_nobody_is_told(house: House) -> None:
    from tests.server.filters.seeding import seed

    count(seed(), WEEK, terrorism=40)
    assert tuple(operations.tell_counts(at=OVER)) == (0, False)


def test_weeks_that_were_missed_are_made_up_for(at_desk: Desk) -> None:
    for week in range(3):
        count(at_desk.seeded, WEEK + timedelta(weeks=week), terrorism=10 + week)
    at(at_desk, OVER + timedelta(weeks=2))
    assert [cells(counts) for counts in told()] == [{"terrorism": 10}, {"terrorism": 11}, {"terrorism": 12}]


def test_portions_tell_everything_in_the_end(at_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.server.filters import counting

    monkeypatch.setattr(counting, "PORTION", 1)
    for week in range(2):
        count(at_desk.seeded, WEEK + timedelta(weeks=week), terrorism=10)
    at_desk.set_to = OVER + timedelta(weeks=1)
    assert [tuple(operations.tell_counts(at=at_desk.at)) for _ in range(3)] == [(1, True), (1, False), (0, False)]


def test_everybody_is_told_the_same_though_it_were_counted_otherwise_meanwhile(at_desk: Desk) -> None:
    from mufakat.rules.parties import PartyKind
    from mufakat.rules.permissions import Role
    from mufakat.server.parties import operations as enrolling

    count(at_desk.seeded, WEEK, terrorism=40)
    at(at_desk, OVER)
    court = enrolling.register_party("court", kind=PartyKind.COURT, name="Court", country="ID")
    enrolling.enrol_person(court, role=Role.APPROVER, ordinal=1, name="Made Up", email="approver@court.example")
    points = [{"name": "terms", **frame(owner="court")}]
    talks = opened(body(parties=["court", "telegram"], points=points), by=("court", "approver"))["id"]
    act(talks, "terms", "agree", proposal=1)
    at_desk.agreed_for(weeks=3)
    count(at_desk.seeded, WEEK + timedelta(days=1), terrorism=7)
    at(at_desk, OVER + timedelta(hours=1))
    assert [cells(counts) for counts in told()] == [{"terrorism": 40}, {"terrorism": 40}]
    assert {row.authority.handle for row in WeeklyCounts.objects.all()} == {"kominfo", "court"}


def test_each_side_sees_its_own(at_desk: Desk) -> None:
    count(at_desk.seeded, WEEK, terrorism=40)
    at(at_desk, OVER)
    seats = (("telegram", "reviewer"), ("kominfo", "officer"), ("bnpt", "officer"), ("auditor", "auditor"))
    assert [len(queries.weeks(parties.caller_by_seat(*seat)).items) for seat in seats] == [1, 1, 0, 0]


def test_an_exception_of_the_policy_is_no_hit(at_desk: Desk) -> None:
    count(at_desk.seeded, WEEK, terrorism=40)
    door.commit(
        lambda _: Count.objects.create(
            policy_id=at_desk.seeded.policy, day=WEEK, rule="ripe-none", shadow=False, category="", count=500
        )
    )
    at(at_desk, OVER)
    assert [cells(counts) for counts in told()] == [{"terrorism": 40}]
