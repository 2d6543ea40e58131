"""What the outbox holds reaches every active endpoint of its party, at least once; what does not is seen."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import standardwebhooks
from tests.server.connectors.conftest import reply
from tests.server.connectors.contacting import in_force
from tests.server.connectors.test_carrying import parcel
from tests.server.restrictions.ordering import Ministry

from mufakat.rules import retry
from mufakat.rules.contact import Unreachable
from mufakat.server.connectors import deliveries, dispatch, endpoints, expansion, letters, registry
from mufakat.server.connectors.carriers import Fate, Outcome
from mufakat.server.connectors.courier import Courier, Errand
from mufakat.server.connectors.models import Delivery, Endpoint
from mufakat.server.journal import door, outbox
from mufakat.server.journal.errors import DiskFullError
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.parties import contacts, queries
from mufakat.server.parties.models import ContactVersion
from mufakat.server.runtime import delivering

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.connectors.conftest import Post


def events(type_: str) -> int:
    return Event.objects.filter(type=type_).count()


def climb(post: Post) -> None:
    """The worker's rounds, one for each rung, at the latest that chance puts it."""
    for number, seconds in enumerate(retry.SINCE_START):
        post.work(after=timedelta(seconds=seconds * (1 + retry.JITTER) + 10 * number))


def test_a_notice_reaches_the_endpoint_of_its_recipient_signed_as_the_public_package_wants_it(post: Post) -> None:
    _, secret = post.endpoint()
    post.work()
    notice = post.house.submit().subject
    post.work()
    found = [standardwebhooks.Webhook(secret).verify(body, headers) for _, headers, body in post.receiver.taken]
    assert [one["type"] for one in found] == ["endpoint.set", "notice.received"]
    assert found[1]["data"]["links"]["self"] == f"/api/v1/notices/{notice}"


def test_a_body_holds_ids_and_links_and_nothing_that_was_typed(post: Post) -> None:
    post.endpoint()
    post.house.submit()
    post.work()
    body = json.loads(post.receiver.taken[-1][2])
    assert body.keys() == {"type", "timestamp", "data"}
    assert body["data"].keys() == {"event", "case", "sender", "recipient", "leaf", "links"}


@pytest.mark.invariant("I-07")
def test_a_platform_that_took_an_order_has_been_told_of_it(post: Post) -> None:
    post.endpoint()
    ministry = Ministry(post.house, at=datetime.now(UTC).replace(microsecond=0))
    pk = ministry.propose()["id"]
    before = ministry.row(pk).wait_until
    post.work()
    told = [json.loads(body)["data"]["links"] for _, _, body in post.receiver.taken]
    assert {"self": f"/api/v1/restrictions/{pk}", "page": f"/desk/restrictions/{pk}"} in told
    row = ministry.row(pk)
    assert row.told_at is not None
    assert (before, row.wait_until) == (None, row.told_at + timedelta(hours=24))


def test_a_delivered_one_is_not_sent_again(post: Post) -> None:
    post.endpoint()
    post.house.submit()
    post.work()
    post.work(after=timedelta(days=9))
    assert post.receiver.seen["/hook"] == 2
    assert {one.state for one in post.deliveries()} == {"delivered"}


def test_a_party_without_an_endpoint_leaves_no_delivery_and_no_open_row(post: Post) -> None:
    post.house.submit()
    post.work()
    assert (Delivery.objects.count(), Outbox.objects.filter(done_at=None).count()) == (0, 0)


def test_every_active_endpoint_is_told_and_a_disabled_one_is_not(post: Post) -> None:
    first, _ = post.endpoint("/a")
    post.endpoint("/b")
    post.endpoint("/c")
    endpoints.disable(first, by=post.house.caller("telegram", "representative"))
    post.work()
    before = post.receiver.seen.copy()
    post.house.submit()
    post.work()
    assert post.receiver.seen - before == {"/b": 1, "/c": 1}


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_any_other_status_than_2xx_is_tried_again_with_the_same_id(post: Post, status: int) -> None:
    post.endpoint()
    post.receiver.answers["/hook"] = lambda number, handler: reply(handler, status if number == 1 else 202)
    post.work()
    (waiting,) = post.deliveries()
    assert (waiting.state, waiting.attempts, waiting.status) == ("waiting", 1, status)
    post.work(after=timedelta(seconds=9))
    ids = post.receiver.ids()
    assert (len(ids), len(set(ids)), post.deliveries()[0].state) == (2, 1, "delivered")


def test_the_ladder_ends_in_a_dead_letter_with_one_event(post: Post) -> None:
    post.endpoint()
    post.receiver.answer("/hook", 500)
    climb(post)
    (dead,) = post.deliveries()
    assert (dead.state, dead.attempts, dead.detail) == ("dead", retry.ATTEMPTS, "it answered 500")
    assert (events("delivery.failed"), post.receiver.seen["/hook"]) == (1, retry.ATTEMPTS)


def test_a_dead_letter_is_replayed_with_the_same_id_and_an_event(post: Post) -> None:
    post.endpoint()
    post.receiver.answer("/hook", 500)
    climb(post)
    dead = post.deliveries()[0]
    post.receiver.answer("/hook", 200)
    letters.replay(dead.id, actor="mufakat")
    post.work(after=timedelta(days=30))
    (again,) = post.deliveries(pk=dead.id)
    assert (again.state, again.replays, events("delivery.replayed")) == ("delivered", 1, 1)
    assert set(post.receiver.ids()) >= {dead.id}


def test_410_closes_the_endpoint_and_what_waits_for_it_is_a_dead_letter(post: Post) -> None:
    endpoint, _ = post.endpoint()
    post.receiver.answer("/hook", 410)
    for number in range(3):
        post.house.submit(key=f"k{number}")
    post.work()
    found = Endpoint.objects.get(pk=endpoint)
    assert (found.state, found.ended, events("endpoint.disabled")) == ("disabled", "gone", 1)
    assert {one.state for one in post.deliveries()} == {"dead"}
    assert events("delivery.failed") == 4


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_and_bounded(post: Post, status: int) -> None:
    post.endpoint("/a")
    post.endpoint("/b", key="b")
    post.work()
    post.receiver.answer("/a", status, {"Retry-After": "3600"})
    post.receiver.answer("/b", status, {"Retry-After": "99999999"})
    post.house.submit()
    post.work()
    now = datetime.now(UTC)
    waits = sorted((one.due_at - now).total_seconds() for one in post.deliveries(state="waiting"))
    assert [waits[0], waits[-1]] == pytest.approx([3_600, 86_400], abs=60)


def test_a_dead_recipient_is_asked_one_at_a_time_after_a_pause(post: Post) -> None:
    endpoint, _ = post.endpoint()
    post.receiver.answer("/hook", 500)
    for number in range(30):
        post.house.submit(key=f"k{number}")
    post.work()
    asked = post.receiver.seen["/hook"]
    found = Endpoint.objects.get(pk=endpoint)
    assert (found.failures >= retry.SUSPECT, found.paused_until is not None) == (True, True)
    assert asked < 30  # The breaker opened before all were tried.
    post.work(after=timedelta(minutes=20))
    assert post.receiver.seen["/hook"] == asked + 1


def test_a_recipient_that_answers_again_is_told_everything(post: Post) -> None:
    post.endpoint()
    post.receiver.answer("/hook", 500)
    for number in range(30):
        post.house.submit(key=f"k{number}")
    post.work()
    post.receiver.answer("/hook", 200)
    for round_ in range(1, 5):
        post.work(after=timedelta(hours=round_))
    assert {one.state for one in post.deliveries()} == {"delivered"}


def test_a_claim_that_nobody_settles_is_claimed_again_when_its_lease_ends(post: Post) -> None:
    endpoint, _ = post.endpoint()
    now = datetime.now(UTC) + timedelta(seconds=1)
    expansion.expand(at=now)
    lane = deliveries.Lane("webhook", endpoint, 10)
    (first,) = deliveries.take_turn([], [lane], at=now)
    assert deliveries.take_turn([], [lane], at=now + timedelta(seconds=59)) == []
    (second,) = deliveries.take_turn([], [lane], at=now + timedelta(seconds=61))
    assert (first.id, first.attempt, second.id, second.attempt) == (second.id, 1, first.id, 2)


def test_what_comes_back_after_its_lease_went_to_another_changes_nothing(post: Post) -> None:
    endpoint, _ = post.endpoint()
    now = datetime.now(UTC) + timedelta(seconds=1)
    expansion.expand(at=now)
    lane = deliveries.Lane("webhook", endpoint, 10)
    (late,) = deliveries.take_turn([], [lane], at=now)
    deliveries.take_turn([], [lane], at=now + timedelta(seconds=61))
    gone = Outcome(Fate.DEAD, "late")
    deliveries.take_turn([deliveries.Settled(late, gone)], [], at=now + timedelta(seconds=62))
    assert (post.deliveries()[0].state, events("delivery.failed")) == ("waiting", 0)


def test_a_worker_that_stops_gives_back_what_it_had_in_hand(post: Post) -> None:
    post.endpoint()
    now = datetime.now(UTC) + timedelta(seconds=1)
    expansion.expand(at=now)
    hands = dispatch.courier()
    endpoint = Endpoint.objects.get()
    claimed = deliveries.take_turn([], [deliveries.Lane("webhook", endpoint.pk, 10)], at=now)
    # Its lease is over before it could be tried: it is given back unsent.
    hands.give(dispatch.errands(claimed, at=now, until=0.0))
    dispatch.close(at=now)
    (back,) = post.deliveries()
    assert (back.due_at <= now, back.attempts, back.leased, post.receiver.taken) == (True, 0, False, [])


def test_a_lease_begins_when_it_is_written_down(post: Post) -> None:
    """Or what a turn claimed that had waited for others would be claimed by another worker at once."""
    endpoint, _ = post.endpoint()
    now = datetime.now(UTC)
    expansion.expand(at=now + timedelta(seconds=1))
    asked = now - 2 * deliveries.LEASE
    door.commit(lambda _: Delivery.objects.update(due_at=asked))
    assert deliveries.take_turn([], [deliveries.Lane("webhook", endpoint, 10)], at=asked)
    assert deliveries.due_targets("webhook", at=now) == []


def test_what_was_carried_is_written_down_later_where_the_disk_was_full(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.endpoint()
    at = datetime.now(UTC) + timedelta(seconds=1)
    expansion.expand(at=at)
    dispatch.deliver(at=at)
    hands = dispatch.courier()
    assert hands.news.wait(30)

    def full(*told: Any, **more: Any) -> Any:
        raise DiskFullError

    with monkeypatch.context() as broken:
        broken.setattr(deliveries, "take_turn", full)
        with pytest.raises(DiskFullError):
            dispatch.deliver(at=at)
    while dispatch.deliver(at=at).more:
        pass
    assert (post.deliveries()[0].state, post.receiver.seen["/hook"], hands.is_busy) == ("delivered", 1, False)


def test_a_carrier_that_takes_longer_gets_no_parcel_whose_lease_ends_before() -> None:
    class Slow:
        name = "slow"
        longest = 45.0

        async def carry(self, parcel: Any) -> Outcome:
            del parcel
            return Outcome(Fate.ACCEPTED)

    hands = Courier(lambda: {"slow": Slow()})
    hands.start()
    now = time.monotonic()
    hands.give([Errand("slow", "soon", parcel(""), now + 30), Errand("slow", "late", parcel(""), now + 3_600)])
    assert hands.news.wait(30)
    hands.close()
    told = {one.errand.target: one.outcome for one in hands.take()}
    assert told == {"soon": None, "late": Outcome(Fate.ACCEPTED)}


def test_a_new_secret_signs_though_the_former_cannot_be_opened(post: Post, settings_of: Callable[..., None]) -> None:
    endpoint, _ = post.endpoint()
    settings_of(SECRET_KEY="another-made-up-key-of-this-instance")
    shown = endpoints.rotate(endpoint, by=post.house.caller("telegram", "representative"))
    assert shown.secret is not None
    post.work()
    _, headers, body = post.receiver.taken[-1]
    assert standardwebhooks.Webhook(shown.secret).verify(body, headers)


def test_a_party_that_the_remembered_directory_lacks_is_told_as_well(post: Post) -> None:
    """Another process may have made it a moment ago."""
    post.endpoint()
    at = datetime.now(UTC) + timedelta(seconds=1)
    queries.remembered.put(queries.DIRECTORY, {}, since=queries.remembered.changes)
    expansion.expand(at=at)
    queries.remembered.put(queries.DIRECTORY, {}, since=queries.remembered.changes)
    dispatch.deliver(at=at)
    while dispatch.deliver(at=at).more:
        pass
    assert [one.state for one in post.deliveries()] == ["delivered"]


def test_a_party_all_of_whose_contacts_are_marked_is_told_by_mail_nevertheless(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "has_mail", lambda: True)
    everybody = in_force("telegram", 2)

    def mark(moment: Any) -> None:
        for contact in everybody:
            contacts.mark_unreachable(contact, moment=moment, because=Unreachable.MAIL_BOUNCED)

    door.commit(mark)
    notice = post.house.submit().subject
    expansion.expand(at=datetime.now(UTC) + timedelta(seconds=1))
    (letter,) = post.deliveries(event__case=notice, carrier="mail")
    assert letter.target in everybody


def test_an_active_endpoint_is_listed_however_many_were_closed_since(post: Post) -> None:
    active, _ = post.endpoint()
    one = Endpoint.objects.get(pk=active)
    closed = {"state": "disabled", "ended": "by_party", "ended_at": one.made_at}

    def close_many(moment: Any) -> None:
        for _ in range(endpoints.SHOWN):
            one.pk = moment.id("end")
            for name, value in closed.items():
                setattr(one, name, value)
            one.save(force_insert=True)

    door.commit(close_many)
    listed = endpoints.list_for(post.house.caller("telegram", "representative"))
    assert (listed[0].pk, len(listed)) == (active, endpoints.SHOWN)


@pytest.mark.parametrize(("endpoint", "left"), [("end_00000000000000000000000000", 1), (None, 0)])
def test_a_replay_for_one_endpoint_leaves_what_the_outbox_gave_up(post: Post, endpoint: str | None, left: int) -> None:
    post.house.submit()
    (row,) = Outbox.objects.filter(done_at=None)
    door.commit(lambda moment: Outbox.objects.filter(pk=row.pk).update(dead_at=moment.at))
    said = delivering.delivery_replay(delivering.DeliveryReplay(endpoint=endpoint), datetime.now(UTC))
    assert (said, outbox.dead_count()) == ({"replayed": 1 - left}, left)


def test_an_outbox_row_that_names_nobody_is_done_with(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.house.submit()

    def change(moment: Any) -> None:
        del moment
        Outbox.objects.update(to="party:nobody-of-this-name")

    door.commit(change)
    post.work()
    assert (Outbox.objects.filter(done_at=None).count(), Delivery.objects.count()) == (0, 0)


@pytest.mark.parametrize("portion", [1, 500])
def test_a_contact_that_is_told_by_name_and_for_its_party_gets_one_letter(
    post: Post, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(registry, "has_mail", lambda: True)
    monkeypatch.setattr(expansion, "PORTION", portion)
    (contact,) = in_force("isp-a", 1)
    post.house.submit()
    event = Event.objects.latest("position")

    def tell(moment: Any) -> None:
        Outbox.objects.update(to="party:isp-a")
        Outbox.objects.create(event=event, to=f"contact:{contact}", due_at=moment.at)

    door.commit(tell)
    at = datetime.now(UTC) + timedelta(seconds=1)
    while expansion.expand(at=at).done:
        pass
    assert [one.target for one in post.deliveries(event=event)] == [contact]
    assert not Outbox.objects.filter(done_at=None).exists()


@pytest.mark.parametrize("many", [1, 2])
def test_the_first_letter_goes_to_whoever_is_there_for_users_only_where_nobody_else_is(
    post: Post, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    from mufakat.server.journal import door

    monkeypatch.setattr(registry, "has_mail", lambda: True)
    for_users, *others = in_force("isp-a", many)
    door.commit(lambda _: ContactVersion.objects.filter(contact=for_users).update(role="contact_for_users"))
    post.house.submit()
    door.commit(lambda _: Outbox.objects.update(to="party:isp-a"))
    expansion.expand(at=datetime.now(UTC) + timedelta(seconds=1))
    assert [one.target for one in post.deliveries()] == [*others, for_users][:1]


def test_an_endpoint_that_never_answers_is_closed_after_twice_the_ladder(post: Post) -> None:
    endpoint, _ = post.endpoint()
    post.receiver.answer("/hook", 500)
    for number in range(retry.SUSPECT + 1):
        post.house.submit(key=f"k{number}")
    post.work()
    post.work(after=retry.GIVEN_UP + timedelta(hours=1))
    found = Endpoint.objects.get(pk=endpoint)
    assert (found.state, found.ended, events("endpoint.disabled")) == ("disabled", "failing", 1)
    assert {one.state for one in post.deliveries()} == {"dead"}


def test_a_notice_is_delivered_once_when_its_recipient_s_own_system_has_it(post: Post) -> None:
    post.endpoint("/a")
    post.endpoint("/b")
    post.house.submit()
    post.work()
    assert events("notice.delivered") == 1


def test_a_notice_that_nobody_took_is_not_delivered(post: Post) -> None:
    post.endpoint()
    post.receiver.answer("/hook", 500)
    post.house.submit()
    post.work()
    assert events("notice.delivered") == 0
