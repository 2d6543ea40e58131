from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from tests.server.notices.test_lists import asked, plan

from mufakat.rules.events import EventType
from mufakat.server.journal import operations as journal, outbox, store
from mufakat.server.journal.models import Channel, Kind, Outbox
from mufakat.server.journal.operations import Happening
from mufakat.server.journal.work import Deed

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.work import Moment

KINDS = ("party:", "contact:", "reaction:")
ENDS = ("telegram", "con_x", "hasten_ladders")


def later() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=1)


def settle(moves: list[tuple[datetime | None, int]], _: Moment) -> int:
    return store.move(Outbox, ("done_at",), ("id",), moves)


def tell(house: House, *whom: str) -> None:
    """One event in a commit of its own, for these."""
    notice = house.submit(key=str(Outbox.objects.count())).subject

    def run(moment: Moment) -> None:
        told = Happening(
            type=EventType.NOTICE_DELIVERED,
            sender="mufakat",
            recipient="telegram",
            case=notice,
            actor="mufakat",
            to=whom,
        )
        journal.append([told], moment)

    house.writer.commit(Deed(run))


def test_what_waits_is_taken_oldest_first_whichever_kind_it_is(house: House) -> None:
    for _ in range(3):
        tell(house, *(kind + end for kind, end in zip(KINDS, ENDS, strict=True)))
    at = later()
    found = outbox.due(["contact:", "party:"], at=at, limit=4)
    wanted = Outbox.objects.exclude(to__startswith="reaction:").order_by("due_at", "pk")[:4]
    assert [one.pk for one in found] == [one.pk for one in wanted]
    assert {one.to.split(":")[0] for one in found} == {"contact", "party"}
    events = {one.event_id: one.event for one in wanted}
    assert [(one.type, one.case, one.recipient) for one in found] == [
        (events[one.event].type, events[one.event].case, events[one.event].recipient) for one in found
    ]


def test_what_is_due_later_done_or_given_up_is_not_taken(house: House) -> None:
    tell(house, "reaction:a", "reaction:b", "reaction:c", "reaction:d")
    at = later()
    due = outbox.due(["reaction:"], at=at, limit=9)

    def run(moment: Moment) -> None:
        outbox.done([due[0].pk], moment)
        Outbox.objects.filter(pk=due[1].pk).update(dead_at=moment.at)
        Outbox.objects.filter(pk=due[2].pk).update(due_at=at + timedelta(days=1))

    house.writer.commit(Deed(run))
    assert [one.pk for one in outbox.due(["reaction:"], at=at, limit=9)] == [due[3].pk]
    assert outbox.is_due(["reaction:"], at=at)
    assert not outbox.is_due(["contact:"], at=at)


@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_walks_along_what_is_open_of_its_kind_and_sorts_nothing(house: House, kind: str) -> None:
    tell(house, *(each + end for each, end in zip(KINDS, ENDS, strict=True)))
    with asked() as found:
        outbox.is_due([kind], at=later())
    assert outbox.due([kind], at=later(), limit=2)
    found = [*found, (outbox.WALK, [kind[: Kind.LENGTH], later(), 2])]  # It goes past the ORM, which would list it.
    steps = [step for sql, values in found if "due_at" in sql for step in plan(sql, values)]
    walks = [step for step in steps if "outbox_open" in step]
    assert len(walks) == 2
    if connection.vendor == "sqlite":
        assert all("<expr>=?" in step for step in walks)
        assert [step for step in steps if "TEMP B-TREE" in step] == []
    else:
        assert all("substr" in step.split("Index Cond")[1] for step in walks)
        assert [step for step in steps if "Sort" in step] == []


def test_rows_move_only_from_where_they_are_known_to_stand(house: House) -> None:
    columns = ("shard", "sender", "recipient", "seq", "head")
    rows = [("9", f"s{number}", "r", number + 1, b"\x00\xff") for number in range(5)]
    house.writer.commit(Deed(lambda _: store.insert(Channel, columns, rows)))
    moves = [(number + 10, b"new", f"s{number}", number + 1 + (number == 3)) for number in range(5)]
    known = ("sender", "seq")
    assert house.writer.commit(Deed(lambda _: store.move(Channel, ("seq", "head"), known, moves))) == 4
    assert house.writer.commit(Deed(lambda _: store.move(Channel, ("seq", "head"), known, []))) == 0
    stored = Channel.objects.filter(shard="9").order_by("sender").values_list("seq", "head")
    assert [(seq, bytes(head)) for seq, head in stored] == [
        (10, b"new"), (11, b"new"), (12, b"new"), (4, b"\x00\xff"), (14, b"new"),
    ]  # fmt: skip


def test_a_row_may_move_to_nothing(house: House) -> None:
    tell(house, "reaction:a", "reaction:b")
    pks = list(Outbox.objects.filter(to__startswith="reaction:").order_by("pk").values_list("pk", flat=True))
    at = datetime(2026, 1, 2, tzinfo=UTC)
    for wanted in ([at, None], [None, None]):
        moves = [(value, pk) for value, pk in zip(wanted, pks, strict=True)]
        house.writer.commit(Deed(partial(settle, moves)))
        stored = Outbox.objects.filter(pk__in=pks).order_by("pk").values_list("done_at", flat=True)
        assert list(stored) == wanted
