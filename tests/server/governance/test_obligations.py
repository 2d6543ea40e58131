"""What is owed under agreements: judged from what this house itself knows, recorded where it changed, as events."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.houses import body
from tests.server.agreements.talking import frame, in_force, settle, terms
from tests.server.filters.counted import count
from tests.server.filters.seeding import Seeded, seed
from tests.server.governance.agreed import agree, look, owed, show
from tests.server.governance.counted import happen
from tests.server.parties.test_mandates import first

from mufakat.rules.events import EventType
from mufakat.rules.histories import Occurrence
from mufakat.server.agreements import owed as agreed
from mufakat.server.agreements.models import Obligation, Version
from mufakat.server.decisions.models import Decision
from mufakat.server.filters.models import Policy
from mufakat.server.governance import obligations
from mufakat.server.governance.models import AgreedAnswering
from mufakat.server.journal import door, histories
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.notices.models import Notice
from mufakat.server.parties import drills, mandates, queries as parties
from mufakat.server.parties.models import ContactVersion, Drill

if TYPE_CHECKING:
    from tests.houses import House

DAY = timedelta(days=1)
ACKNOWLEDGED = Occurrence(EventType.NOTICE_ACKNOWLEDGED)
ACTED = Occurrence(EventType.DECISION_MADE, outcome="act_full")
REFUSED = Occurrence(EventType.DECISION_MADE, outcome="refuse", refusal="not_authorised")
LATE = Occurrence(EventType.CLOCK_BREACHED, clock="takedown_same_day")


def now() -> datetime:
    return datetime.now(UTC)


def standing() -> dict[str, str]:
    """Kind → state of everything that was recorded."""
    return dict(Obligation.objects.values_list("kind", "state"))


def evidence(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = Obligation.objects.get(kind=kind).evidence
    return found


def changes() -> list[dict[str, Any]]:
    """What the events of obligations say, oldest first."""
    found = Event.objects.filter(type=EventType.OBLIGATION_CHANGED).order_by("position").values_list("id", flat=True)
    opened = histories.openings_of(list(found), fields=["obligation"])
    return [msgspec.json.decode(opened[pk]["obligation"]) for pk in found]


# -- Events


def test_a_change_of_state_is_one_event_to_every_side(house: House) -> None:
    agreement = agree({"evidence": ("telegram", [owed("evidence_given")])})
    assert look(at=now()) == 1
    event = Event.objects.get(type=EventType.OBLIGATION_CHANGED)
    assert (event.case, event.sender, event.recipient) == (agreement, "mufakat", "telegram")
    assert set(Outbox.objects.filter(event=event).values_list("to", flat=True)) >= {"party:kominfo", "party:telegram"}
    assert [(one["point"], one["kind"], one["state"], one["owner"]) for one in changes()] == [
        ("evidence", "evidence_given", "due", "telegram")
    ]
    assert Obligation.objects.get().event == event.id


def test_judging_again_writes_nothing(house: House) -> None:
    agree({"evidence": ("telegram", [owed("evidence_given"), owed("confirmed")])})
    look(at=now())
    before = Event.objects.count()
    assert (look(at=now()), Event.objects.count()) == (0, before)


def test_after_a_day_it_is_recorded_that_nothing_changed(house: House) -> None:
    agree({"evidence": ("telegram", [owed("evidence_given")])})
    look(at=now())
    before, later = Event.objects.count(), now() + 2 * DAY
    assert (look(at=later), look(at=later)) == (1, 0)
    assert Event.objects.count() == before
    assert Obligation.objects.get().judged_at == later


def test_what_a_newer_version_no_longer_asks_is_owed_no_longer(house: House) -> None:
    agree({"evidence": ("telegram", [owed("evidence_given")])})
    look(at=now())
    door.commit(lambda _: Version.objects.update(points={"terms": 1}))
    assert (look(at=now()), Obligation.objects.count()) == (1, 0)


def test_what_is_not_in_force_yet_owes_nothing(house: House) -> None:
    agree({"evidence": ("telegram", [owed("evidence_given")])}, since=-DAY)
    assert (look(at=now()), Obligation.objects.count()) == (0, 0)


# -- Sort by sort


def test_evidence_is_due_and_kept_once_it_is_there(house: House) -> None:
    agreement = agree({"evidence": ("telegram", [owed("evidence_given")])}, due=60 * DAY)
    look(at=now())
    assert (standing(), evidence("evidence_given")["asked"]) == ({"evidence_given": "due"}, 1)
    show(agreement, "evidence", "kominfo")  # Not the owner's.
    look(at=now())
    assert standing() == {"evidence_given": "due"}
    event = show(agreement, "evidence", "telegram")
    look(at=now())
    assert (standing(), evidence("evidence_given")["event"]) == ({"evidence_given": "kept"}, event)


def test_nobody_confirms_what_they_owe_themselves(house: House) -> None:
    agreement = agree({"channel": ("telegram", [owed("confirmed", every_days=90)])})
    show(agreement, "channel", "telegram", confirms=True)
    look(at=now())
    assert standing() == {"confirmed": "due"}
    show(agreement, "channel", "kominfo", confirms=True)
    look(at=now())
    assert standing() == {"confirmed": "kept"}


def test_a_mandate_in_force_keeps_what_was_promised_and_a_suspended_one_breaks_it(house: House) -> None:
    agree({"flagger": ("telegram", [owed("mandate_granted", party="kominfo")])})
    look(at=now())
    assert (standing(), evidence("mandate_granted")["mandate"]) == ({"mandate_granted": "kept"}, first())
    mandates.suspend(first(), reason="Looked into.")
    look(at=now())
    assert [one["state"] for one in changes()] == ["kept", "broken"]


def test_without_a_name_a_mandate_of_the_other_side_is_meant(house: House) -> None:
    agree({"flagger": ("telegram", [owed("mandate_granted")])})
    look(at=now())
    assert (standing(), evidence("mandate_granted")["party"]) == ({"mandate_granted": "kept"}, "kominfo")


def test_a_representative_is_reachable_while_it_answers(house: House) -> None:
    agree({"representative": ("telegram", [owed("representative_reachable")])})
    telegram = parties.party_by_handle("telegram")
    look(at=now())
    assert standing() == {"representative_reachable": "due"}
    contacts = set(ContactVersion.objects.filter(party=telegram).values_list("contact_id", flat=True))
    for contact in contacts:
        drills.send(contact, by=None)
    for row in Drill.objects.filter(answered_at=None):
        drills.answer(row.code)
    look(at=now())
    assert standing() == {"representative_reachable": "kept"}
    door.commit(lambda moment: ContactVersion.objects.update(unreachable_since=moment.at))
    look(at=now())
    assert standing() == {"representative_reachable": "broken"}
    assert evidence("representative_reachable")["unreachable"] > 0


def test_who_has_no_contact_is_late(house: House) -> None:
    agree({"representative": ("isp-a", [owed("representative_reachable")])}, parties_of=("kominfo", "isp-a"))
    look(at=now())
    assert (standing(), evidence("representative_reachable")["contacts"]) == ({"representative_reachable": "late"}, 0)


CHANNEL = {
    "channel": ("telegram", [owed("acknowledged_in_time"), owed("answered_in_time"), owed("reasons_given")]),
    "flagger": ("kominfo", [owed("within_scope")]),
}


def test_the_channel_is_judged_by_what_came_under_the_agreement(house: House) -> None:
    other = house.submit(key="before").subject
    happen(other, [LATE])
    agree(CHANNEL)
    made = [house.submit(key=f"k{number}").subject for number in range(20)]
    for notice in made:
        happen(notice, [ACKNOWLEDGED, ACTED])
    look(at=now())
    assert (standing()["answered_in_time"], evidence("answered_in_time")["whole"]) == ("kept", 20)
    for number in range(2):
        happen(house.submit(key=f"late{number}").subject, [LATE, ACKNOWLEDGED, ACTED])
    look(at=now())
    assert (standing()["answered_in_time"], standing()["acknowledged_in_time"]) == ("broken", "kept")
    assert evidence("answered_in_time") == {
        "part": 20,
        "whole": 22,
        "percent": 90.9,
        "at_least": 95,
        "since": evidence("answered_in_time")["since"],
    }


def test_a_point_binds_nobody_before_it_is_in_force(house: House) -> None:
    found = in_force()
    happen(house.submit(key="before").subject, [LATE])
    settle(found["id"], "government_channel", terms(obligations=[{"kind": "answered_in_time"}]))
    happen(house.submit(key="after").subject, [ACKNOWLEDGED, ACTED])
    look(at=now())
    assert (standing()["answered_in_time"], evidence("answered_in_time")["whole"]) == ("kept", 1)
    settle(found["id"], "terms", frame())  # A newer frame leaves what was counted under the point.
    happen(house.submit(key="later").subject, [ACKNOWLEDGED, REFUSED])
    look(at=now())
    assert (evidence("answered_in_time")["part"], evidence("answered_in_time")["whole"]) == (2, 2)


def test_what_still_waits_in_time_says_nothing(house: House) -> None:
    agree(CHANNEL)
    house.submit()
    look(at=now())
    assert (standing()["answered_in_time"], evidence("answered_in_time")["whole"]) == ("kept", 0)


def test_what_somebody_else_sent_is_none_of_the_two_sides_affair(house: House) -> None:
    agree(CHANNEL)
    happen(house.submit(by=("bnpt", "officer")).subject, [LATE], sender="bnpt")
    look(at=now())
    assert (evidence("answered_in_time")["whole"], AgreedAnswering.objects.count()) == (0, 0)


@pytest.mark.invariant("I-05")
def test_who_refuses_in_time_keeps_everything_that_who_acts_in_time_keeps(house: House) -> None:
    agree(CHANNEL)
    agree(CHANNEL, parties_of=("bnpt", "telegram"))
    for sender, decided in (("kominfo", ACTED), ("bnpt", REFUSED)):
        for number in range(5):
            notice = house.submit(key=f"{sender}{number}", by=(sender, "officer")).subject
            happen(notice, [ACKNOWLEDGED, decided], sender=sender)
    look(at=now())
    found = Obligation.objects.exclude(kind="within_scope").order_by("agreement_id", "kind")
    rows = [(row.agreement_id, row.kind, row.state, row.evidence) for row in found]
    assert [row[1:] for row in rows[:3]] == [row[1:] for row in rows[3:]]
    assert {row[2] for row in rows} == {"kept"}
    assert len(rows) == 6


def test_what_is_asked_beside_the_list_of_the_agreement_is_outside_its_scope(house: House) -> None:
    agree(CHANNEL, categories=["terrorism"])
    house.submit(key="a")
    house.submit(body(category="fraud"), key="b")
    look(at=now())
    assert standing()["within_scope"] == "broken"
    assert (evidence("within_scope")["part"], evidence("within_scope")["whole"]) == (1, 2)


def test_an_agreement_that_lists_nothing_is_about_everything(house: House) -> None:
    agree(CHANNEL)
    house.submit(body(category="fraud"))
    look(at=now())
    assert (standing()["within_scope"], evidence("within_scope")["whole"]) == ("kept", 1)


def test_a_decision_that_did_not_come_back_within_a_day_counts(house: House) -> None:
    agree(CHANNEL)
    notice = Notice.objects.get(pk=house.submit().subject)

    def decided(moment: Any) -> None:
        Decision.objects.create(
            id=moment.id("dec"),
            notice=notice,
            party_id=notice.recipient_id,
            person=parties.people_of(parties.party_by_handle("telegram"))[0],
            outcome="refuse",
            refusal="not_illegal",
            language="en",
            detection=False,
            automation="none",
            decided_at=moment.at,
            event=moment.id("evt"),
            state="standing",
        )

    door.commit(decided)
    look(at=now())
    assert (standing()["reasons_given"], evidence("reasons_given")["whole"]) == ("kept", 0)
    look(at=now() + 2 * DAY)
    assert (standing()["reasons_given"], evidence("reasons_given")["part"]) == ("broken", 0)
    door.commit(lambda moment: Decision.objects.update(informed_at=moment.at))
    look(at=now() + 2 * DAY)
    assert standing()["reasons_given"] == "kept"


def screened(day: date, many: int, *, shadow: bool = False) -> None:
    """So many items screened on a day by the policy that is live."""
    if not Policy.objects.exists():
        seed()
    count(Seeded(Policy.objects.get().id, {}), day, screened=many, shadow=shadow)


def test_screening_is_kept_while_it_goes_on(house: House) -> None:
    agree({"screening": ("telegram", [owed("screening_running")])}, since=timedelta(days=30))
    today = now().date()
    screened(today, 10)
    look(at=now())
    told = evidence("screening_running")
    assert standing()["screening_running"] == "kept"
    assert told == {"at": f"{today}T00:00:00.000Z", "event": Policy.objects.get().event, "every_days": 3}
    states = []
    for days in (2, 3, 6):
        look(at=datetime.combine(today, datetime.min.time(), UTC) + days * DAY)
        states.append(standing()["screening_running"])
    assert states == ["kept", "late", "broken"]


def test_whoever_agreed_to_screen_has_some_days_to_begin(house: House) -> None:
    agree({"screening": ("telegram", [owed("screening_running", every_days=5)])}, since=timedelta(days=1))
    look(at=now())
    assert standing()["screening_running"] == "due"
    look(at=now() + 4 * DAY)
    assert standing()["screening_running"] == "late"


@pytest.mark.invariant("I-14")
def test_a_day_of_fewer_than_ten_items_is_not_told(house: House) -> None:
    agree({"screening": ("telegram", [owed("screening_running")])}, since=timedelta(days=30))
    screened(now().date(), 9)
    screened(now().date() - 3 * DAY, 10, shadow=True)
    look(at=now())
    assert (standing()["screening_running"], evidence("screening_running")["at"]) == ("broken", None)


def test_what_others_screened_keeps_nothing(house: House) -> None:
    agree({"screening": ("telegram", [owed("screening_running")])}, since=timedelta(days=30))
    look(at=now())
    assert standing()["screening_running"] == "broken"


def test_what_a_later_part_measures_says_so(house: House) -> None:
    agree({"block": ("telegram", [owed("list_synchronised")])})
    look(at=now())
    assert set(standing().values()) == {"not_measured"}


def test_both_sides_are_judged_alike(house: House) -> None:
    same = [owed("review_held", every_days=7), owed("confirmed", every_days=7), owed("evidence_given")]
    agreement = agree({"ours": ("kominfo", same), "theirs": ("telegram", same)}, due=DAY)
    show(agreement, "ours", "kominfo")
    show(agreement, "theirs", "telegram")
    look(at=now())
    rows = list(Obligation.objects.order_by("kind", "point").values_list("kind", "point", "state"))
    assert [row[2] for row in rows if row[1] == "ours"] == [row[2] for row in rows if row[1] == "theirs"]


# -- How much is asked


def test_more_agreements_are_judged_by_as_many_queries_as_one(house: House) -> None:
    every = {
        **CHANNEL,
        "representative": ("telegram", [owed("representative_reachable"), owed("review_held")]),
        "granted": ("telegram", [owed("mandate_granted"), owed("evidence_given"), owed("confirmed")]),
    }
    agree(every)
    with CaptureQueriesContext(connection) as one:
        obligations.judged(agreed.in_force(at=now()), at=now())
    agree(every, parties_of=("bnpt", "telegram"))
    with CaptureQueriesContext(connection) as more:
        found = obligations.judged(agreed.in_force(at=now()), at=now())
    assert (len(found), len(more)) == (2, len(one))
