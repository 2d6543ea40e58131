"""Who is told of a hit: an authority, by a person's release, in codes, and nobody else (I-14)."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError
from tests.server.agreements.talking import end
from tests.server.filters.notified import (
    GROUND,
    ITEM,
    MINISTRY,
    OTHER_GROUND,
    REPRESENTATIVE,
    REVIEWER,
    Desk,
    agree,
    desk,
    told_to,
)
from tests.server.filters.screened import NOTIFY, item, screen

from mufakat.proof import leaf
from mufakat.rules.errors import BadScreeningError, NotFoundError, NotPermittedError, ScreeningStandsError
from mufakat.rules.events import EventType
from mufakat.server.connectors import bodies
from mufakat.server.connectors.bodies import Told
from mufakat.server.filters import notification_queries as queries, operations
from mufakat.server.filters.models import Notification
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Opening
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.work import Moment

pytestmark = pytest.mark.invariant("I-14")

CODES = {
    "platform": "telegram",
    "category": "narcotics",
    "action": "propose_notification",
    "version": 1,
    "kind": "message",
    "day": "2040-01-04",
    "count": 1,
}


@pytest.fixture
def at_desk(house: House) -> Desk:
    return desk(house)


def events(case: str) -> list[Event]:
    return list(Event.objects.filter(case=case).order_by("position").prefetch_related("openings"))


def refused(at_desk: Desk, pk: str, **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadScreeningError) as caught:
        at_desk.release(pk, **changes)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


# -- Released --


def test_a_named_person_releases_codes_under_a_ground_that_the_agreement_lists(at_desk: Desk) -> None:
    made = at_desk.release(at_desk.hit(), by=REPRESENTATIVE)
    assert (made["state"], made["to"], made["legal_ground"], made["by"]) == (
        "released",
        "kominfo",
        GROUND,
        "representative",
    )
    assert {**CODES, "policy": at_desk.seeded.policy} == made["codes"]


def test_the_authority_sees_what_it_was_told_and_nothing_else(at_desk: Desk) -> None:
    made = at_desk.release(at_desk.hit())
    (seen,) = at_desk.seen(MINISTRY)
    assert set(seen) == {"id", "state", "codes", "links", "to", "legal_ground", "agreement", "released_at", "receipt"}
    assert (seen["id"], seen["codes"], seen["receipt"]) == (made["told"], made["codes"], made["receipt"])


def test_nothing_of_the_item_is_in_anything_that_leaves(at_desk: Desk) -> None:
    pk = at_desk.hit()
    made = at_desk.release(pk)
    at_desk.restore()
    (seen,) = at_desk.seen(MINISTRY)
    leaving = json.dumps(seen)
    for event in events(made["told"]):
        leaving += bytes(event.leaf).decode() + "".join(
            bytes(one.value or b"").decode() for one in event.openings.all()
        )
        told = Told(event.id, event.type, event.at, event.case, event.sender, event.recipient, bytes(event.leaf_hash))
        leaving += bodies.body(told).decode()
    row = Notification.objects.get(pk=pk)
    inside = [*(str(value) for name, value in ITEM.items() if name not in {"kind", "urls"}), *ITEM["urls"]]
    for secret in (*inside, pk, row.hit_id, row.event, row.hit.event, row.hit.rule, bytes(row.hit.item).hex()):
        assert secret not in leaving


def test_no_time_of_the_item_can_be_read_out_of_what_is_told(at_desk: Desk) -> None:
    pk = at_desk.hit()
    at_desk.wait(days=2)
    made = at_desk.release(pk)
    (seen,) = at_desk.seen(MINISTRY)
    # The first 48 bits of an id are the millisecond at which it was made.
    assert seen["id"][4:13] != pk[4:13]
    assert seen["released_at"].startswith("2040-01-06T02:00")
    assert (seen["codes"]["day"], made["proposed_at"][:10]) == ("2040-01-04", "2040-01-04")


def test_the_event_goes_from_the_platform_to_the_authority_and_to_its_systems(at_desk: Desk) -> None:
    made = at_desk.release(at_desk.hit())
    (event,) = events(made["told"])
    found = leaf.decode(bytes(event.leaf))
    assert (found.type, found.chan, found.actor) == ("notification.released", "telegram>kominfo", "telegram")
    assert (found.law, found.ref) == ("id", ())
    assert set(found.c) == {"codes", "ground"}
    assert told_to("kominfo") == [("notification.released", made["told"])]


def test_whatever_happens_before_a_release_stays_between_the_platform_and_the_house(at_desk: Desk) -> None:
    at_desk.decline(at_desk.hit())
    at_desk.hit()
    at_desk.wait(days=14)
    at_desk.work()
    types = (EventType.NOTIFICATION_PROPOSED, EventType.NOTIFICATION_DECLINED, EventType.NOTIFICATION_LAPSED)
    found = Event.objects.filter(type__in=[one.value for one in types])
    assert {frozenset(pair) for pair in found.values_list("sender", "recipient")} == {
        frozenset({"telegram", "mufakat"})
    }
    assert told_to("kominfo") == []
    assert at_desk.seen(MINISTRY) == []


# -- To nobody else --


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"to": "bnpt"}, [("/to", "wrong_recipient")]),
        ({"to": "isp-a"}, [("/to", "wrong_recipient")]),
        ({"to": "telegram"}, [("/to", "wrong_recipient")]),
        ({"to": "nobody"}, [("/to", "unknown_party")]),
        ({"ground": OTHER_GROUND}, [("/legal_ground", "not_agreed")]),
        ({"ground": {**GROUND, "provision": "Pasal 112"}}, [("/legal_ground", "not_agreed")]),
    ],
)
def test_it_is_released_to_nobody_else_and_on_no_other_ground(
    at_desk: Desk, changes: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    pk = at_desk.hit()
    assert refused(at_desk, pk, **changes) == found
    assert Notification.objects.get(pk=pk).state == "waiting"


def test_without_an_agreement_nobody_is_told(at_desk: Desk) -> None:
    pk = at_desk.hit()
    end(_agreement())
    assert refused(at_desk, pk) == [("/to", "not_agreed")]


def _agreement() -> str:
    from mufakat.server.agreements.models import Agreement

    return Agreement.objects.get().id


def test_an_agreement_that_lists_no_ground_lets_nothing_out(house: House) -> None:
    at_desk = desk(house, grounds=())
    assert refused(at_desk, at_desk.hit()) == [("/legal_ground", "not_agreed")]


def test_an_agreement_that_is_over_by_its_own_words_lets_nothing_out(house: House) -> None:
    at_desk = desk(house, ends_at="2040-01-10T00:00:00+07:00")
    pk = at_desk.hit()
    at_desk.wait(days=7)
    assert refused(at_desk, pk) == [("/to", "not_agreed")]


def test_what_the_agreement_is_not_about_is_not_told(at_desk: Desk) -> None:
    assert refused(at_desk, at_desk.hit(category="gambling")) == [("/to", "not_agreed")]


def test_an_agreement_may_be_about_less_than_its_profile(house: House) -> None:
    at_desk = desk(house, categories=["terrorism"])
    assert refused(at_desk, at_desk.hit()) == [("/to", "not_agreed")]


@pytest.mark.parametrize("seat", ["officer", "approver"])
def test_the_authority_cannot_release_to_itself(at_desk: Desk, seat: str) -> None:
    with pytest.raises(NotPermittedError):
        at_desk.release(at_desk.hit(), by=("kominfo", seat))


def test_another_platform_finds_nothing(at_desk: Desk) -> None:
    from mufakat.rules.parties import PartyKind
    from mufakat.rules.permissions import Role
    from mufakat.server.parties import operations as enrolling

    other = enrolling.register_party("other", kind=PartyKind.PLATFORM, name="Other", country="ID")
    enrolling.enrol_person(other, role=Role.REVIEWER, ordinal=1, name="Made Up", email="reviewer@other.example")
    pk = at_desk.hit()
    assert at_desk.seen(("other", "reviewer")) == []
    with pytest.raises(NotFoundError):
        at_desk.release(pk, by=("other", "reviewer"))


def test_the_authority_finds_it_by_no_name_of_the_platform(at_desk: Desk) -> None:
    pk = at_desk.hit()
    made = at_desk.release(pk)
    ministry = parties.caller_by_seat(*MINISTRY)
    assert queries.get_for(ministry, made["told"]).row.id == pk
    with pytest.raises(NotFoundError):
        queries.get_for(ministry, pk)


def test_the_platform_finds_it_by_its_own_name(at_desk: Desk) -> None:
    pk = at_desk.hit()
    made = at_desk.release(pk)
    service = parties.caller_by_seat(*REVIEWER)
    assert queries.get_for(service, pk).row.told == made["told"]
    with pytest.raises(NotFoundError):
        queries.get_for(service, made["told"])


# -- Declined, lapsed, once --


def test_a_no_says_why_to_the_platform_alone(at_desk: Desk) -> None:
    pk = at_desk.hit()
    made = at_desk.decline(pk, reason="Fruit, not what the rule means.")
    assert (made["state"], made["reason"], made["by"]) == ("declined", "Fruit, not what the rule means.", "reviewer")
    assert [event.type for event in events(pk)] == ["notification.proposed", "notification.declined"]


def test_what_nobody_decides_lapses_and_nobody_was_told(at_desk: Desk) -> None:
    pk = at_desk.hit()
    at_desk.wait(days=13, hours=23)
    at_desk.work()
    assert Notification.objects.get(pk=pk).state == "waiting"
    at_desk.wait(hours=1)
    at_desk.work()
    assert Notification.objects.get(pk=pk).state == "lapsed"
    assert [event.type for event in events(pk)] == ["notification.proposed", "notification.lapsed"]


def test_whose_time_is_over_cannot_be_released_before_the_sweep_comes_by(at_desk: Desk) -> None:
    pk = at_desk.hit()
    at_desk.wait(days=14)
    with pytest.raises(ScreeningStandsError):
        at_desk.release(pk)


def test_it_is_decided_once(at_desk: Desk) -> None:
    one, other = at_desk.hit(), at_desk.hit()
    at_desk.release(one)
    at_desk.decline(other)
    for again in (lambda: at_desk.release(one), lambda: at_desk.decline(one), lambda: at_desk.release(other)):
        with pytest.raises(ScreeningStandsError):
            again()


def test_lapsing_goes_on_portion_by_portion(at_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.server.filters import notifying

    monkeypatch.setattr(notifying, "PORTION", 2)
    for _ in range(3):
        at_desk.hit()
    at_desk.wait(days=15)
    assert [tuple(operations.lapse_notifications(at=at_desk.at)) for _ in range(3)] == [
        (2, True),
        (1, False),
        (0, False),
    ]


# -- Restored --


def test_who_was_told_is_told_that_it_was_restored(at_desk: Desk) -> None:
    pk = at_desk.hit()
    made = at_desk.release(pk)
    at_desk.restore()
    assert told_to("kominfo") == [("notification.released", made["told"]), ("notification.withdrawn", made["told"])]
    (seen,) = at_desk.seen(MINISTRY)
    assert (seen["state"], "withdrawn_at" in seen) == ("released", True)
    released, withdrawn = events(made["told"])
    assert leaf.decode(bytes(withdrawn.leaf)).actor == "mufakat"
    (codes,) = [one for one in released.openings.all() if one.field == "codes"]
    assert [one.value for one in withdrawn.openings.all()] == [codes.value]


def test_it_is_told_once_that_it_was_restored(at_desk: Desk) -> None:
    pk = at_desk.hit()
    at_desk.release(pk)
    at_desk.restore()
    at_desk.work()
    assert [type_ for type_, _ in told_to("kominfo")] == ["notification.released", "notification.withdrawn"]


def test_what_is_restored_before_anybody_was_told_is_told_to_nobody(at_desk: Desk) -> None:
    pk = at_desk.hit()
    at_desk.restore()
    assert Notification.objects.get(pk=pk).state == "lapsed"
    with pytest.raises(ScreeningStandsError):
        at_desk.release(pk)
    assert told_to("kominfo") == []


# -- By rows --


def emptied(pk: str, column: str, moment: Moment) -> None:
    del moment
    Notification.objects.filter(pk=pk).update(**{column: None})


def test_the_row_is_not_released_without_person_ground_and_name(at_desk: Desk) -> None:
    pk = at_desk.hit()
    at_desk.release(pk)
    for missing in ("decided_by", "ground", "authority", "version", "told"):
        with pytest.raises(IntegrityError):
            door.commit(partial(emptied, pk, missing))


def test_a_page_costs_as_many_queries_as_one(at_desk: Desk) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counted = []
    for many in (1, 4):
        for _ in range(many):
            at_desk.release(at_desk.hit())
            at_desk.hit()
        with CaptureQueriesContext(connection) as asked:
            queries.page(parties.caller_by_seat(*REVIEWER))
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_two_agreements_are_asked_for_the_one_that_lists_the_ground(house: House) -> None:
    at_desk = desk(house, grounds=(OTHER_GROUND,))
    pk = at_desk.hit()
    assert refused(at_desk, pk) == [("/legal_ground", "not_agreed")]
    end(_agreement())
    agree()
    assert at_desk.release(pk)["legal_ground"] == GROUND


# -- From an item to an authority --


def test_an_item_that_a_rule_would_tell_of_is_told_by_a_person_alone(house: House) -> None:
    at_desk = desk(house, at=None)
    verdict = screen(item(NOTIFY, name=ITEM["item"], author=ITEM["author"], channel=ITEM["channel"]))
    assert (verdict["action"], told_to("kominfo")) == ("propose_notification", [])
    (waiting,) = at_desk.seen(REVIEWER)
    assert (waiting["state"], waiting["codes"]["kind"]) == ("waiting", "post")
    made = at_desk.release(waiting["id"])
    (seen,) = at_desk.seen(MINISTRY)
    assert (seen["codes"], seen["codes"]["category"]) == (made["codes"], "narcotics")
    assert not any(word in json.dumps(seen) for word in (NOTIFY, ITEM["item"], ITEM["author"], ITEM["channel"]))


def test_what_was_said_may_be_erased_before_it_is_told(at_desk: Desk) -> None:
    pk = at_desk.hit()
    hit = Notification.objects.get(pk=pk).hit
    door.commit(
        lambda moment: Opening.objects.filter(event=hit.event).update(value=None, salt=None, erased_at=moment.at)
    )
    assert at_desk.release(pk)["codes"]["kind"] is None
