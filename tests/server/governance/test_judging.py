"""What follows for a mandate: less of its quota, never nothing; a proposal to people; and the way back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError
from tests.houses import body
from tests.server.governance.counted import count, happen
from tests.server.notices.test_notices_operations import at_once
from tests.server.parties.test_mandates import first, newest

from mufakat.rules import consequences
from mufakat.rules.consequences import MINIMUM, WHOLE
from mufakat.rules.errors import BadMandateError, NotFoundError
from mufakat.rules.events import EventType
from mufakat.rules.histories import Occurrence
from mufakat.server.governance import judging
from mufakat.server.governance.models import Review
from mufakat.server.journal import door, histories
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.parties import mandates, queries, quotas, shares
from mufakat.server.parties.models import Proposal, QuotaShare

if TYPE_CHECKING:
    from tests.houses import House

RIGHT = Occurrence(EventType.DECISION_MADE, outcome="act_full")
WRONG = Occurrence(EventType.DECISION_MADE, outcome="refuse", refusal="not_illegal")


def decided(house: House, right: int, wrong: int, *, prefix: str = "k") -> None:
    """So many notices of the ministry, decided, counted, and looked at."""
    for number in range(right + wrong):
        notice = house.submit(body(), key=f"{prefix}{number}").subject
        happen(notice, [RIGHT if number < right else WRONG])
    look()


def look() -> None:
    """Everything is counted, and whoever is due is looked at."""
    count()
    later = datetime.now(UTC) + timedelta(days=2)
    while judging.part(at=later).more:
        pass


def again() -> None:
    """Have everybody looked at once more."""
    door.commit(lambda _: Review.objects.update(due_at=datetime.now(UTC)))
    look()


def party() -> str:
    return queries.party_by_handle("kominfo").id


def measure() -> tuple[int, int]:
    found = quotas.bucket_of(party())
    assert found is not None
    return found.burst, found.per_minute


def test_nothing_follows_from_few_notices(house: House) -> None:
    before = Event.objects.filter(type__startswith="mandate.").count()
    decided(house, 0, MINIMUM - 1)
    assert Event.objects.filter(type__startswith="mandate.").count() == before
    assert measure() == (20_000, 1_000)


def test_who_is_mostly_wrong_has_less_and_is_told_why(house: House) -> None:
    decided(house, 0, MINIMUM)
    assert measure() == (2_000, 100)
    told = Event.objects.filter(case=first(), type=EventType.MANDATE_QUOTA_LOWERED).get()
    assert (told.sender, told.recipient) == ("mufakat", "kominfo")
    assert list(Outbox.objects.filter(event=told).values_list("to", flat=True)) == ["party:kominfo"]
    opened = histories.openings_of([told.id], fields=["quota", "evidence"])[told.id]
    evidence = consequences.from_json(opened["evidence"])
    assert (evidence.judged, evidence.right, evidence.percent) == (MINIMUM, 0, 10)
    assert [(one.platform, one.wrong) for one in evidence.platforms] == [("telegram", MINIMUM)]


def test_suspension_is_proposed_to_people_and_done_by_nobody(house: House) -> None:
    decided(house, 0, MINIMUM)
    found = Proposal.objects.get()
    assert (found.mandate_id, found.state) == (first(), "open")
    assert found.mandate.state == "in_force"
    told = Outbox.objects.filter(event=found.event).values_list("to", flat=True)
    assert sorted(told) == ["party:kominfo", "party:mufakat"]


def test_looking_again_changes_nothing(house: House) -> None:
    decided(house, 0, MINIMUM)
    before = Event.objects.count()
    again()
    assert (Event.objects.count(), Proposal.objects.count()) == (before, 1)


def test_half_a_measure_is_a_step_of_its_own(house: House) -> None:
    decided(house, MINIMUM // 2, MINIMUM // 2)
    assert (measure(), Proposal.objects.count()) == ((10_000, 500), 0)


def test_a_quota_is_given_back_where_the_notices_hold_again(house: House) -> None:
    decided(house, 0, MINIMUM)
    decided(house, 9 * MINIMUM, 0, prefix="better")
    assert measure() == (20_000, 1_000)
    told = Event.objects.filter(case=first(), type=EventType.MANDATE_QUOTA_RESTORED).get()
    assert histories.openings_of([told.id], fields=["reason"])[told.id] == {"reason": shares.ACCURACY}


def test_what_people_gave_back_stays_given_back(house: House) -> None:
    decided(house, 0, MINIMUM)
    shares.restore(first(), reason="One platform alone refused, and wrongly.")
    assert (measure(), newest().type) == ((20_000, 1_000), "mandate.quota_restored")
    again()
    assert measure() == (20_000, 1_000)
    with pytest.raises(shares.WholeAlreadyError):
        shares.restore(first(), reason="Twice.")


def test_a_proposal_is_declined_once_and_not_put_again_soon(house: House) -> None:
    decided(house, 0, MINIMUM)
    pk = Proposal.objects.get().id
    before = Event.objects.count()
    at_once(*[partial(shares.decline, pk, reason="The holder has changed its ways.")] * 6)
    again()
    assert (Event.objects.count() - before, newest().type) == (1, "mandate.suspension_declined")
    assert list(Proposal.objects.values_list("state", flat=True)) == ["declined"]


def test_a_suspension_settles_the_proposal(house: House) -> None:
    decided(house, 0, MINIMUM)
    mandates.suspend(first(), reason="Wrong in a row.")
    found = Proposal.objects.get()
    assert found.state == "suspended"
    with pytest.raises(shares.SettledError):
        shares.decline(found.id, reason="Too late.")


def test_the_holder_replies_to_what_followed(house: House) -> None:
    decided(house, 0, MINIMUM)
    mandates.reply(first(), by=house.caller("kominfo", "officer"), text="The platform misread the law.")
    assert newest().type == "mandate.replied"


def test_another_ones_notices_lower_nobodys_quota(house: House) -> None:
    decided(house, 0, MINIMUM)
    other = quotas.bucket_of(queries.party_by_handle("bnpt").id)
    assert other is not None
    assert other.burst == 20_000


def test_the_database_refuses_a_quota_of_nothing(house: House) -> None:
    del house
    with pytest.raises(IntegrityError):
        door.commit(
            lambda moment: QuotaShare.objects.create(mandate_id=first(), percent=0, since=moment.at, evidence="{}")
        )


def test_the_database_refuses_a_quota_that_is_lowered_without_evidence(house: House) -> None:
    del house
    with pytest.raises(IntegrityError):
        door.commit(lambda moment: QuotaShare.objects.create(mandate_id=first(), percent=50, since=moment.at))


@pytest.mark.parametrize("pk", ["mnd_00000000000000000000000000", "x"])
def test_an_unknown_mandate_has_nothing_to_give_back(house: House, pk: str) -> None:
    del house
    with pytest.raises(NotFoundError):
        shares.restore(pk, reason="Because.")


def test_nothing_is_given_back_without_a_reason(house: House) -> None:
    decided(house, 0, MINIMUM)
    with pytest.raises(BadMandateError):
        shares.restore(first(), reason=" ")
    assert QuotaShare.objects.get().percent < WHOLE
