"""What a notice leaves in the database, and what two deeds at the same moment do."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connections
from tests.houses import NOTICE, body
from tests.server.api.doors import encoded, rows

from mufakat import locator
from mufakat.rules.errors import IllegalTransitionError, NotAdmissibleError, NotFoundError, NotPermittedError
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Opening, Outbox, Pending
from mufakat.server.notices import operations, queries
from mufakat.server.notices.models import Clock, Notice, Payload, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

AT_ONCE = 12


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Run the deeds in a thread each, all let go at one moment; what each returned or raised."""
    outcomes: list[Any] = []
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> None:
        start.wait()
        try:
            outcomes.append(deed())
        except Exception as error:  # noqa: BLE001 - the error is the outcome.
            outcomes.append(error)
        connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.invariant("I-01")
def test_the_body_is_kept_byte_for_byte_with_its_digest(house: House) -> None:
    raw = json.dumps(NOTICE, indent=3, ensure_ascii=False).encode() + b"\n \t"
    notice = house.submit(raw).subject
    kept = Payload.objects.get(notice=notice)
    assert (bytes(kept.raw or b""), bytes(kept.sha256)) == (raw, hashlib.sha256(raw).digest())


def parsed(text: str) -> locator.Locator:
    found = locator.parse(text)
    assert isinstance(found, locator.Locator)
    return found


def test_every_locator_is_kept_as_it_was_given_and_in_its_one_form(house: House) -> None:
    given = ["hxxps://t[.]me/s/ExampleChannel/12", "EXAMPLE.com", "@examplechannel"]
    notice = house.submit(body(locators=given)).subject
    kept = Pointer.objects.filter(notice=notice).order_by("position")
    assert [one.input for one in kept] == given
    assert [(one.position, one.kind, one.canonical) for one in kept] == [
        (place, found.kind.value, found.canonical) for place, found in enumerate(map(parsed, given))
    ]


def test_what_opens_an_account_is_never_stored(house: House) -> None:
    secret = "98765"
    with pytest.raises(NotAdmissibleError):
        house.submit(body(locators=[f"https://t.me/login/{secret}"]))
    assert not any(secret.encode() in path.read_bytes() for path in house.data.glob("mufakat.sqlite3*"))


@pytest.mark.invariant("I-15")
def test_no_file_of_child_abuse_is_taken_or_stored(house: House) -> None:
    before = rows()
    with pytest.raises(NotAdmissibleError):
        house.submit(encoded(category="child_sexual_abuse"))
    assert rows() == before


@pytest.mark.invariant("I-15")
def test_a_notice_about_child_abuse_is_taken_with_digests_alone(house: House) -> None:
    evidence = [{"name": "x.png", "media_type": "image/png", "sha256": "0" * 64}]
    assert house.submit(body(category="child_sexual_abuse", evidence=evidence)).status == 201


def test_the_clocks_of_the_profile_run_from_the_moment_of_the_commit(house: House) -> None:
    notice = Notice.objects.get(pk=house.submit().subject)
    clocks = {one.name: one for one in Clock.objects.filter(notice=notice)}
    day = notice.received_at.astimezone(ZoneInfo("Asia/Jakarta")).replace(
        hour=23, minute=59, second=59, microsecond=999_000
    )
    assert {one.started_at for one in clocks.values()} == {notice.received_at}
    assert {name: one.due_at for name, one in clocks.items()} == {
        "acknowledge_within": notice.received_at + timedelta(hours=4),
        "takedown_same_day": day,
    }


def test_a_notice_without_urgency_is_normal(house: House) -> None:
    assert Notice.objects.get(pk=house.submit(body(urgency=None)).subject).urgency == "normal"


@pytest.mark.invariant("I-03")
def test_a_notice_is_one_event_one_leaf_in_the_queue_and_one_word_to_the_recipient(house: House) -> None:
    before = rows()
    notice = house.submit().subject
    after = rows()
    grown = {table: after[table] - before[table] for table in after if after[table] != before[table]}
    assert grown == {
        "journal_answer": 1,
        "journal_channel": 1,
        "journal_event": 1,
        "journal_opening": 5,
        "journal_outbox": 1,
        "journal_pending": 1,
        "notices_clock": 2,
        "notices_notice": 1,
        "notices_payload": 1,
        "notices_pointer": 1,
    }
    event = Event.objects.get(case=notice)
    assert Pending.objects.filter(event=event).exists()
    assert Outbox.objects.get(event=event).to == "party:telegram"
    assert set(Opening.objects.filter(event=event).values_list("field", flat=True)) == {
        *("payload", "locators", "explanation", "legal_ground", "subject")
    }


def test_taking_a_notice_is_one_commit(house: House) -> None:
    before = house.writer.commits
    house.submit()
    assert house.writer.commits == before + 1


def test_notices_that_come_together_share_a_commit(house: House) -> None:
    caller = house.caller("kominfo", "officer")
    at = datetime.now(UTC)
    prepared = [operations.prepare(body(), by=caller, at=at, key=f"k{number}") for number in range(40)]
    before = house.writer.commits
    outcomes = at_once(*(partial(house.writer.commit, each) for each in prepared))
    assert len({one.subject for one in outcomes}) == 40
    assert house.writer.commits - before < 40


def test_the_ids_and_times_follow_the_commits(house: House) -> None:
    made = [house.submit(key=f"k{number}").subject for number in range(20)]
    stored = list(Notice.objects.order_by("id").values_list("id", "received_at"))
    assert ([pk for pk, _ in stored], sorted(at for _, at in stored)) == (made, [at for _, at in stored])


@pytest.mark.invariant("I-03")
def test_many_who_acknowledge_at_once_make_one_event(house: House) -> None:
    notice = house.submit().subject
    callers = [house.caller("telegram", seat) for seat in ("representative", "reviewer", "reviewer-2")] * 4
    outcomes = at_once(*(partial(operations.acknowledge, notice, by=by) for by in callers))
    assert {json.loads(one.body)["state"] for one in outcomes} == {"acknowledged"}
    assert Event.objects.filter(case=notice, type="notice.acknowledged").count() == 1


@pytest.mark.invariant("I-03")
def test_many_who_withdraw_at_once_make_one_event(house: House) -> None:
    notice = house.submit().subject
    by = house.caller("kominfo", "officer")
    outcomes = at_once(*[partial(operations.withdraw, notice, by=by, reason="A slip.")] * AT_ONCE)
    refused = [one for one in outcomes if isinstance(one, IllegalTransitionError)]
    assert (len(refused), Event.objects.filter(case=notice, type="notice.withdrawn").count()) == (AT_ONCE - 1, 1)


@pytest.mark.invariant("I-03")
def test_acknowledging_and_withdrawing_at_once_leave_a_history_that_can_be(house: House) -> None:
    histories = set()
    officer, reviewer = house.caller("kominfo", "officer"), house.caller("telegram", "reviewer")
    for number in range(10):
        notice = house.submit(key=f"k{number}").subject
        at_once(
            partial(operations.acknowledge, notice, by=reviewer),
            partial(operations.withdraw, notice, by=officer, reason="A slip."),
        )
        types = Event.objects.filter(case=notice).order_by("position").values_list("type", flat=True)
        histories.add((tuple(types), Notice.objects.get(pk=notice).state))
    assert histories <= {
        (("notice.received", "notice.acknowledged", "notice.withdrawn"), "withdrawn"),
        (("notice.received", "notice.withdrawn"), "withdrawn"),
    }


@pytest.mark.parametrize(
    ("handle", "seat", "error"),
    [
        ("kominfo", "officer", NotPermittedError),
        ("isp-a", "engineer", NotFoundError),
        ("mufakat", "admin", NotPermittedError),
    ],
)
def test_who_may_not_acknowledge_changes_nothing(house: House, handle: str, seat: str, error: type[Exception]) -> None:
    notice = house.submit().subject
    before = rows()
    with pytest.raises(error):
        operations.acknowledge(notice, by=house.caller(handle, seat))
    assert (rows(), Notice.objects.get(pk=notice).state) == (before, "received")


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("handle", ["bnpt", "isp-a", "isp-b", "auditor"])
def test_nobody_but_the_two_parties_sees_a_notice(house: House, handle: str) -> None:
    notice = house.submit().subject
    seat = {"bnpt": "officer", "auditor": "auditor"}.get(handle, "engineer")
    caller = house.caller(handle, seat)
    assert list(queries.seen_by(caller)) == []
    with pytest.raises(NotFoundError):
        queries.get_for(caller, notice)


@pytest.mark.invariant("I-11")
@pytest.mark.parametrize(
    "change",
    [{"state": "lost"}, {"kind": "takedown"}, {"category": "spam"}, {"urgency": "soon"}],
    ids=["state", "kind", "category", "urgency"],
)
def test_the_database_itself_refuses_what_no_table_lists(house: House, change: dict[str, str]) -> None:
    notice = house.submit().subject
    with pytest.raises(IntegrityError):
        door.commit(lambda _: Notice.objects.filter(pk=notice).update(**change))


def test_a_payload_is_whole_or_erased(house: House) -> None:
    notice = house.submit().subject
    with pytest.raises(IntegrityError):
        door.commit(lambda _: Payload.objects.filter(notice=notice).update(raw=None))


def test_an_erased_body_is_no_longer_shown_and_the_rest_is(house: House) -> None:
    from mufakat.server.notices.faces import NoticeOut

    notice = Notice.objects.get(pk=house.submit().subject)
    now = datetime.now(UTC)
    door.commit(lambda _: Payload.objects.filter(notice=notice).update(raw=None, erased_at=now))
    shown = NoticeOut.of(queries.whole(notice), at=now, body=queries.body(Notice.objects.get(pk=notice.pk)))
    assert (shown.notice, shown.state, shown.receipt[:18]) == (None, "received", "mufakat/custody/v1")


@pytest.mark.parametrize(
    ("after", "state"), [(timedelta(0), "running"), (timedelta(hours=4), "running"), (timedelta(hours=5), "overdue")]
)
def test_a_clock_is_shown_as_it_stands_at_the_time_of_looking(house: House, after: timedelta, state: str) -> None:
    from mufakat.server.notices.faces import NoticeOut

    notice = Notice.objects.get(pk=house.submit().subject)
    shown = NoticeOut.of(queries.whole(notice), at=notice.received_at + after)
    assert {clock.name: clock.state for clock in shown.clocks}["acknowledge_within"] == state
