from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import House, body

from mufakat.proof import canonical, commitment, leaf
from mufakat.rules.events import COMMITTED, EventType
from mufakat.server.journal import door, operations as journal, signer, store
from mufakat.server.journal.models import Answer, Channel, Event, Opening, Outbox, Pending
from mufakat.server.journal.operations import Happening, UncommittedFieldError
from mufakat.server.journal.work import Deed
from mufakat.server.notices import operations
from mufakat.server.notices.models import Clock, Notice, Payload, Pointer

if TYPE_CHECKING:
    from pathlib import Path


def plain(value: Any) -> bytes:
    """A binary column's bytes; the ORM may give a view of them."""
    return bytes(value)


def leaves() -> list[leaf.Leaf]:
    return [leaf.decode(bytes(event.leaf)) for event in Event.objects.order_by("position")]


def test_every_channel_is_a_gap_free_chain(house):
    for number in range(6):
        house.submit(key=f"k{number}", by=("kominfo", "officer") if number % 2 else ("bnpt", "officer"))
    heads: dict[str, tuple[int, str | None]] = {}
    for one in leaves():
        seq, head = heads.get(one.chan, (0, None))
        assert (one.seq, one.prev) == (seq + 1, head)
        heads[one.chan] = (one.seq, canonical.to_base64(leaf.leaf_hash(leaf.encode(one))))
    stored = {f"{c.sender}>{c.recipient}": (c.seq, canonical.to_base64(bytes(c.head))) for c in Channel.objects.all()}
    assert stored == heads


def test_positions_are_the_commit_order_without_gaps(house):
    for number in range(5):
        house.submit(key=f"k{number}")
    positions = list(Event.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(len(positions)))


def test_every_event_waits_for_the_log(house):
    house.submit()
    assert set(Pending.objects.values_list("event_id", flat=True)) == set(Event.objects.values_list("id", flat=True))


def test_a_notice_leaves_one_outbox_row_for_its_recipient(house):
    house.submit()
    told = Outbox.objects.filter(event__type="notice.received")
    assert list(told.values_list("to", flat=True)) == ["party:telegram"]


def told_long_ago(data: Path, **changes: Any) -> str:
    """A notice of a story that is told of a day in 2017, in a shard of its own."""
    with door.open_house(clock=lambda: datetime(2017, 7, 1, tzinfo=UTC), shard="example") as writer:
        return str(House(data, writer).submit(body(content_date=None, **changes)).subject)


def test_a_story_is_told_in_its_own_time_and_shard(data):
    notice = told_long_ago(data)
    told = Event.objects.get(case=notice)
    assert (told.shard, told.position, told.at) == ("example", 0, datetime(2017, 7, 1, tzinfo=UTC))


def test_what_happens_to_a_notice_stands_in_the_shard_in_which_it_began(data):
    notice = told_long_ago(data)
    with door.open_house() as writer:
        house = House(data, writer)
        other = house.submit(key="k2").subject
        for one in (notice, other):
            operations.acknowledge(one, by=house.caller("telegram", "representative"))
    stand = {case: set(Event.objects.filter(case=case).values_list("shard", flat=True)) for case in (notice, other)}
    assert stand == {notice: {"example"}, other: {"1"}}


def test_events_of_two_shards_in_one_call_keep_their_order_in_each(data):
    cases = [told_long_ago(data), f"ntc_{26 * '0'}"]
    with door.open_house():
        made = door.commit(
            lambda moment: journal.append(
                [
                    Happening(EventType.NOTICE_WITHDRAWN, "kominfo", "telegram", cases[place % 2], "kominfo")
                    for place in range(4)
                ],
                moment,
            )
        )
    stored = [Event.objects.get(pk=one.id) for one in made]
    assert [(one.case, one.shard) for one in stored] == [(cases[0], "example"), (cases[1], "1")] * 2
    assert [one.seq for one in stored if one.shard == "example"] == [2, 3]


@pytest.mark.invariant("I-09")
def test_openings_open_their_commitments(house):
    house.submit()
    event = Event.objects.get(type="notice.received")
    committed = leaf.decode(bytes(event.leaf)).c
    opened = {
        one.field: commitment.opens(
            plain(canonical.from_base64(committed[one.field])), one.field, plain(one.salt), plain(one.value)
        )
        for one in event.openings.all()
    }
    assert opened == dict.fromkeys(["payload", "subject", "legal_ground", "locators", "explanation"], True)


@pytest.mark.invariant("I-09")
def test_no_salt_is_used_twice(house):
    for number in range(5):
        house.submit(key=f"k{number}")
    salts = [plain(salt) for salt in Opening.objects.values_list("salt", flat=True)]
    assert len(set(salts)) == len(salts)


@pytest.mark.invariant("I-09")
def test_no_word_that_a_user_typed_reaches_a_leaf(house):
    canary = "Kanari"
    house.submit(
        body(
            explanation=canary,
            locators=[f"https://situs.example/{canary}", f"https://t.me/{canary}"],
            legal_ground={"system": "id", "instrument": canary, "provision": canary},
            external={canary: canary},
            external_refs=[{"scheme": "kanari", "id": canary}],
        )
    )
    for event in Event.objects.all():
        assert re.search(rb"kanari", bytes(event.leaf), re.IGNORECASE) is None


def test_an_event_commits_only_to_listed_fields(house):
    happening = Happening(
        type=EventType.TOKEN_ISSUED, sender="a", recipient="b", case="pty_x", actor="a", committed={"name": b"x"}
    )
    with pytest.raises(UncommittedFieldError):
        house.writer.commit(Deed(lambda moment: journal.append([happening], moment)))


def test_every_type_of_event_lists_its_fields():
    assert set(COMMITTED) == set(EventType)


def test_raw_rows_read_back_through_the_orm_as_they_were_written(house):
    answer = house.submit(body(locators=["https://situs.example/a", "@contoh_kanal"]))
    notice = Notice.objects.get(pk=answer.subject)
    event = Event.objects.get(case=notice.id)
    stored = Answer.objects.get()
    assert event.at == notice.received_at == stored.at
    assert event.at.tzinfo is not None
    assert plain(stored.body) == answer.body
    assert plain(Payload.objects.get().raw) == body(locators=["https://situs.example/a", "@contoh_kanal"])
    assert [one.canonical for one in Pointer.objects.order_by("position")] == [
        "https://situs.example/a",
        "tg:username:contoh_kanal",
    ]
    assert {one.void for one in Clock.objects.all()} == {False}


def test_many_raw_rows_are_each_written_once_and_in_their_order(house):
    columns = ("sender", "shard", "recipient", "seq", "head")
    many = [(f"c{number}", "1", "d", number + 1, b"\x00\xff") for number in range(sum(store.TOGETHER) + 3)]
    house.writer.commit(Deed(lambda _: store.insert(Channel, columns, many)))
    rows = Channel.objects.filter(recipient="d").order_by("id").values_list(*columns)
    assert [(*row[:4], plain(row[4])) for row in rows] == many


@pytest.mark.parametrize("microsecond", [0, 1000, 123000])
def test_a_raw_time_is_found_by_the_orm(house, microsecond):
    at = datetime(2030, 1, 2, 3, 4, 5, microsecond, tzinfo=UTC)
    house.writer._clock = lambda: at
    house.submit()
    assert Notice.objects.filter(received_at=at).count() == 1


def test_an_unknown_column_is_our_own_fault():
    with pytest.raises(LookupError):
        store.statement(Channel, ("nonsense",))


@pytest.mark.invariant("I-01")
def test_the_key_file_is_private(house):
    assert signer.key_file("1").stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_refused(data):
    signer.key_file("1").chmod(0o644)
    with pytest.raises(signer.KeyFileError, match="read by others"):
        signer.signing_key("1")


def test_a_key_of_another_log_is_refused(data, settings_of):
    settings_of(MUFAKAT_ORIGIN="elsewhere.example/log/1")
    with pytest.raises(signer.KeyFileError, match="MUFAKAT_ORIGIN"):
        signer.signing_key("1")
