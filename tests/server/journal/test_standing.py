"""What was signed or published before is looked at before anything is signed, and what is wrong is said everywhere."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.houses import House
from tests.server.journal.test_exporting import exported, published
from tests.server.journal.test_sequencer import SHARD, sequenced, signed, written

from mufakat.proof import checkpoint
from mufakat.proof.edge import Edge
from mufakat.server.api import metrics
from mufakat.server.journal import custody, door, exporting, notary, publication, sequencer, signer, standing, tiles
from mufakat.server.journal.models import Event, Head, Pending
from mufakat.server.runtime import checkup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.houses import Server


def grown(house: House, key: str) -> None:
    """A notice comes in, its events are in the log, and published."""
    house.submit(key=key)
    sequenced()
    exported()


def as_signed(size: int, root: bytes) -> str:
    return checkpoint.sign(signer.signing_key(SHARD), size=size, root=root)


def notary_file() -> Path:
    return notary.folder() / f"{SHARD}.note"


def doctor() -> tuple[bool, str]:
    return next((one.good, one.says) for one in checkup.findings() if one.what == "log")


def warnings() -> list[str]:
    standing.remembered.forget()
    answer = Client().get("/health/ready")
    assert (answer.status_code, json.loads(answer.content)["wrong"]) == (200, [])  # Notices are taken all the same.
    found: list[str] = json.loads(answer.content)["warnings"]
    return found


def refused() -> float:
    """The figure, as a scrape reads it."""
    metrics.remembered.forget()
    standing.remembered.forget()
    text = Client().get("/metrics").content.decode()
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith("mufakat_log_refused{"))


def test_a_log_that_is_well_says_how_far_it_is(house: House) -> None:
    grown(house, "one")
    count = Event.objects.count()
    assert doctor() == (True, f"shard {SHARD}: {count} of {count} leaves, {count} published")
    assert (warnings(), refused()) == ([], 0)
    assert "Nothing is signed in this log" not in Client().get("/log/").content.decode()


def test_a_scrape_believes_the_look_that_everybody_believes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    grown(house, "one")
    monkeypatch.setattr(standing, "FRESH", 3_600.0)
    monkeypatch.setattr(standing, "remembered", standing.Remembered())
    assert warnings() == []  # It looked.
    metrics.remembered.forget()
    monkeypatch.setattr(standing, "look", lambda _: pytest.fail("it looked anew"))
    assert f'mufakat_log_refused{{shard="{SHARD}"}} 0.0' in Client().get("/metrics").content.decode()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda size: notary_file().write_text(as_signed(size + 5, bytes(32))), "an older database was put back"),
        (lambda size: notary_file().write_text(as_signed(size - 1, bytes(32))), "other events stand in their places"),
        (lambda _: notary_file().write_text("nothing"), "is not what was written there"),
        (
            lambda size: (publication.folder(SHARD) / "checkpoint").write_text(as_signed(size + 5, bytes(32))),
            "an older database was put back",
        ),
        (
            lambda size: (publication.folder(SHARD) / "checkpoint").write_text(as_signed(size, bytes(32))),
            "other events stand in their places",
        ),
        (lambda _: (publication.folder(SHARD) / "checkpoint").write_text("nothing"), "does not verify"),
    ],
    ids=[
        "notary ahead",
        "notary of another log",
        "notary's file spoilt",
        "published ahead",
        "other published",
        "spoilt",
    ],
)
def test_what_was_signed_or_published_before_and_is_not_here_stops_the_signature_and_nothing_else(
    house: House, spoil: Callable[[int], object], words: str
) -> None:
    grown(house, "one")
    before = signed()
    spoil(before.size)
    sequencer.forget()  # As a process that starts.
    house.submit(key="two")  # Notices are taken.
    with pytest.raises(standing.REFUSALS, match=words):
        sequenced()
    assert signed() == before
    assert Pending.objects.exists()
    good, says = doctor()
    assert (good, words in says) == (False, True)
    assert any(words in one for one in warnings())
    assert refused() == 1
    assert "Nothing is signed in this log now" in Client().get("/log/").content.decode()


def test_a_notarys_file_that_was_lost_or_is_older_is_made_up_for_by_what_is_published(house: House) -> None:
    grown(house, "one")
    older = notary_file().read_text()
    grown(house, "two")
    for spoil in (notary_file().unlink, lambda: notary_file().write_text(older)):
        spoil()
        sequencer.forget()
        grown(house, f"after {spoil}")
        assert published() == signed() == notary.Notary(SHARD).last()
    # Without it a database that was put back would be signed anew, were it not for what is published.
    notary_file().unlink()
    (publication.folder(SHARD) / "checkpoint").write_text(as_signed(signed().size + 9, bytes(32)))
    sequencer.forget()
    house.submit(key="three")
    with pytest.raises(notary.ForkError, match="is published with"):
        sequenced()


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("more", "words"), [(1, "an older database was put back"), (4, "other events stand in their places")]
)
def test_a_backup_that_was_put_back_and_went_on_is_never_signed(
    data: Path, tmp_path: Path, more: int, words: str
) -> None:
    with door.open_house() as writer:
        grown(House(data, writer), "one")
    connections.close_all()
    shutil.copy(data / "mufakat.sqlite3", tmp_path / "backup")
    with door.open_house() as writer:
        for number in range(3):
            grown(House(data, writer), f"two {number}")
    connections.close_all()
    shutil.copy(tmp_path / "backup", data / "mufakat.sqlite3")
    sequencer.forget()
    before = published()
    with door.open_house() as writer:
        for number in range(more):
            House(data, writer).submit(key=f"other {number}")
        with pytest.raises(notary.ForkError, match=words):
            sequenced()
        notary_file().unlink()  # What is published says the same.
        with pytest.raises(notary.ForkError, match=words):
            sequenced()
        assert exporting.catch_up(at=datetime.now(UTC)) != []
    assert published() == before


def test_a_leaf_that_waits_longer_than_receipts_promise_is_named(house: House) -> None:
    grown(house, "one")
    house.submit(key="two")
    (found,) = [one for one in map(standing.look, signer.shards()) if one.shard == SHARD]
    assert found.since is not None
    assert found.troubles(found.since + timedelta(seconds=custody.MMD)) == []
    (words,) = found.troubles(found.since + timedelta(seconds=75))
    assert "has waited for the log for 75 seconds, and receipts promise 60" in words


def test_a_clock_that_was_set_back_makes_no_head_older(house: House) -> None:
    grown(house, "one")
    before = Head.objects.get()
    house.submit(key="two")
    sequencer.part(at=before.at - timedelta(days=1))
    after = Head.objects.get()
    assert (after.at, after.size > before.size) == (before.at, True)


def test_events_that_are_not_those_of_the_tiles_stop_the_log(house: House) -> None:
    house.submit(key="one")
    growth = Edge().grow([bytes(32)] * (Event.objects.count() - 1))
    note = as_signed(growth.size, growth.root())

    def write() -> None:
        Head(SHARD, growth.size, growth.root(), note, datetime.now(UTC)).save(force_insert=True)
        tiles.write(SHARD, growth.tiles)

    written(write)
    with pytest.raises(tiles.BrokenLogError, match="are not those of its tiles"):
        sequenced()


def test_the_look_at_the_start_asks_the_same_few_questions_of_a_long_log(house: House) -> None:
    def asked() -> list[str]:
        sequencer.forget()
        with CaptureQueriesContext(connection) as found:
            assert standing.look(SHARD).wrong == ""
        return [one["sql"] for one in found.captured_queries]

    grown(house, "one")
    few = asked()
    house.submit(key="two")
    for number in range(20):
        house.submit(key=f"more {number}")
    sequenced()
    exported()
    many = asked()
    assert len(many) <= len(few) + 2  # A level of the tree more.
    assert len(few) <= 12
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for sql in many:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                assert not any("SCAN" in row[-1] for row in cursor.fetchall()), sql


@pytest.mark.usefixtures("house")
def test_a_command_without_a_server_leaves_a_log_that_is_up_to_date(stopped_server: Server) -> None:
    stopped_server.token("kominfo", "officer")
    told = json.loads(stopped_server.run("doctor", "--json").stdout)
    (says,) = [one["says"] for one in told if one["what"] == "log"]
    shard, _, rest = says.partition(": ")
    count = rest.split()[0]
    assert (shard, rest) == ("shard 1", f"{count} of {count} leaves, {count} published")
    assert int(count) > 0
