"""A decision comes back to whoever asked, the statement reaches whoever is affected: each once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.connectors.conftest import post as post, receiver as receiver  # noqa: PLC0414 - fixtures.
from tests.server.decisions.deciding import (
    ACTING,
    OFFICER,
    REFUSING,
    REPRESENTATIVE,
    REVIEWER,
    acted,
    decide,
    taken,
)
from tests.server.notices import erasing

from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.statement import GivenHow
from mufakat.server.decisions import errors, informing, operations
from mufakat.server.decisions.models import Decision, Statement
from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.notices.faces import instant
from mufakat.server.notices.models import Notice

if TYPE_CHECKING:
    from tests.houses import House
    from tests.server.connectors.conftest import Post

    from mufakat.server.journal.work import Moment


def informed(notice: str) -> list[Event]:
    return list(Event.objects.filter(case=notice, type="decision.informed"))


@pytest.mark.parametrize("made", [ACTING, REFUSING], ids=["acting", "refusing"])
def test_somebody_of_the_sender_says_that_it_was_seen_and_the_first_time_counts(
    house: House, made: dict[str, Any]
) -> None:
    notice = taken(house)
    said = decide(house, notice, made)
    for _ in range(2):
        shown = json.loads(operations.inform(said["id"], by=house.caller(*OFFICER)).body)
    (event,) = informed(notice)
    assert (event.sender, event.recipient) == ("kominfo", "telegram")
    assert Outbox.objects.filter(event=event).count() == 0
    assert shown["informed_at"] == instant(event.at)


@pytest.mark.parametrize("by", [REVIEWER, REPRESENTATIVE, ("bnpt", "officer"), ("kominfo", "approver")], ids="/".join)
def test_nobody_else_says_that_it_came_back(house: House, by: tuple[str, str]) -> None:
    said = decide(house, taken(house), REFUSING)
    with pytest.raises((NotPermittedError, NotFoundError)):
        operations.inform(said["id"], by=house.caller(*by))


def test_the_senders_own_endpoint_took_it_and_that_counts_once(post: Post) -> None:
    post.endpoint("/asked", party="kominfo", seat="officer")
    notice = taken(post.house)
    decide(post.house, notice, REFUSING)
    for _ in range(3):
        post.work()
    (event,) = informed(notice)
    assert (event.sender, event.recipient) == ("mufakat", "telegram")


def test_a_delivery_to_the_platforms_own_systems_informs_nobody(post: Post) -> None:
    post.endpoint()
    notice = taken(post.house)
    decide(post.house, notice)
    for _ in range(3):
        post.work()
    assert informed(notice) == []


def test_hearing_of_it_moves_the_window_later_and_never_earlier(house: House) -> None:
    said = decide(house, taken(house), REFUSING)
    row = Decision.objects.get(pk=said["id"])
    # The law of the Union counts from hearing of it.
    door.commit(lambda _: Notice.objects.filter(pk=row.notice_id).update(profile="eu-dsa"))
    early = row.decided_at - timedelta(days=400)
    door.commit(lambda _: Decision.objects.filter(pk=row.pk).update(decided_at=early, appeal_until=early))

    def take(moment: Moment) -> list[str]:
        return informing.taken([row.event], moment=moment)

    assert (door.commit(take), door.commit(take)) == ([row.id], [])
    found = Decision.objects.get(pk=row.pk)
    assert found.informed_at is not None
    assert found.appeal_until is not None
    assert found.appeal_until > found.informed_at + timedelta(days=150)


# -- The statement of reasons --


@pytest.mark.parametrize("how", GivenHow)
def test_the_statement_reached_whoever_is_affected_and_the_first_time_counts(house: House, how: GivenHow) -> None:
    whole = acted(house)
    assert whole.statement is not None
    for _ in range(2):
        operations.give_reasons(whole.statement.id, how, by=house.caller(*REPRESENTATIVE))
    (event,) = Event.objects.filter(case=whole.decision.notice_id, type="reasons.given")
    assert erasing.opened(event) == {"how": how.value.encode()}
    found = Statement.objects.get(pk=whole.statement.id)
    assert (found.given_how, found.given_at) == (how.value, event.at)


def test_where_nothing_was_done_nobody_is_affected(house: House) -> None:
    said = decide(house, taken(house), REFUSING)
    with pytest.raises(errors.NothingDoneError):
        operations.give_reasons(said["statement"], GivenHow.MAIL, by=house.caller(*REVIEWER))


@pytest.mark.parametrize("by", [OFFICER, ("bnpt", "officer"), ("isp-a", "engineer")], ids="/".join)
def test_nobody_else_gives_reasons(house: House, by: tuple[str, str]) -> None:
    whole = acted(house)
    assert whole.statement is not None
    with pytest.raises((NotPermittedError, NotFoundError)):
        operations.give_reasons(whole.statement.id, GivenHow.MAIL, by=house.caller(*by))
