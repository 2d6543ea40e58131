"""Events become leaves of the log: once, in their order, and nothing of it is ever signed twice in another way."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mufakat.proof import checkpoint, leaf, merkle, tile as paths
from mufakat.proof.edge import Edge
from mufakat.proof.reader import TileReader
from mufakat.server.journal import door, notary, parts, sequencer, signer, standing, store, tiles
from mufakat.server.journal.models import Event, Head, Pending, Tile
from mufakat.server.journal.parts import Swept
from mufakat.server.runtime import worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    from mufakat.server.journal.work import Moment

SHARD = "1"


def sequenced() -> Swept:
    return sequencer.part(at=datetime.now(UTC))


def signed() -> checkpoint.Checkpoint:
    """The head as anybody reads it."""
    answer = Client().get(f"/log/{SHARD}/checkpoint")
    assert answer.status_code == 200
    return checkpoint.open(answer.content, [signer.signing_key(SHARD).verify_key]).checkpoint


def fetched(one: paths.Tile | paths.Bundle) -> bytes:
    answer = Client().get(f"/log/{SHARD}/{one.path}")
    assert answer.status_code == 200, one.path
    return answer.content


def leaves() -> list[bytes]:
    return [bytes(one) for one in Event.objects.order_by("position").values_list("leaf", flat=True)]


def written(run: Callable[[], object]) -> None:
    def act(moment: Moment) -> None:
        del moment
        run()

    door.commit(act)


def test_every_event_is_a_leaf_in_its_place_and_anybody_can_prove_it(house: House) -> None:
    for number in range(3):
        house.submit(key=f"k{number}")
    assert Pending.objects.count() == Event.objects.count()
    assert sequenced() == Swept(Event.objects.count(), more=False)
    head, reader = signed(), TileReader(fetched)
    assert (head.size, Pending.objects.count()) == (Event.objects.count(), 0)
    assert reader.root(head.size) == head.root
    for index, raw in enumerate(leaves()):
        proof = reader.inclusion(index, head.size)
        digest = leaf.leaf_hash(raw)
        merkle.verify_inclusion(proof, index=index, size=head.size, leaf_hash=digest, root=head.root)
    entries = [
        one for bundle in paths.bundles_of(head.size) for one in paths.decode_bundle(fetched(bundle), bundle.width)
    ]
    assert entries == leaves()


def test_the_log_only_grows_and_nothing_to_do_is_nothing_done(house: House) -> None:
    house.submit(key="one")
    sequenced()
    before = signed()
    assert sequenced() == Swept(0, more=False)
    house.submit(key="two")
    sequenced()
    after = signed()
    proof = TileReader(fetched).consistency(before.size, after.size)
    merkle.verify_growth(proof, old=before.size, old_root=before.root, new=after.size, new_root=after.root)
    assert after.size > before.size


def test_a_portion_is_bounded_and_says_that_more_is_left(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.submit()
    monkeypatch.setattr(sequencer, "BATCH", 2)
    total = Event.objects.count()
    assert sequenced() == Swept(2, more=True)
    while sequenced().more:
        pass
    assert signed().size == total


def test_a_tile_is_given_in_every_width_that_it_had(house: House) -> None:
    house.submit()
    sequenced()
    size = signed().size
    whole = fetched(paths.Tile(0, 0, size))
    assert whole == b"".join(leaf.leaf_hash(raw) for raw in leaves())
    for width in range(1, size):
        assert fetched(paths.Tile(0, 0, width)) == whole[: width * 32]
        assert paths.decode_bundle(fetched(paths.Bundle(0, width)), width) == leaves()[:width]
    answer = Client().get(f"/log/{SHARD}/{paths.Tile(0, 0, size).path}")
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        *("tile/0/000", "tile/0/000.p/200", "tile/0/001.p/1", "tile/9/000.p/1", "tile/entries/000.p/200"),
        *("tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/64/000", "tile/0/0", "tile/0/x000/000"),
        *("tile/0/000.p/1/", "tile/", "tile/0", "tile/entries/../checkpoint", "tile/0/000.p/1%0a"),
    ],
)
def test_what_is_no_tile_or_not_there_yet_is_not_found(house: House, path: str) -> None:
    house.submit()
    sequenced()
    answer = Client().get(f"/log/{SHARD}/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_who_dies_between_the_signature_and_the_commit_has_lost_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.submit(key="one")

    def died(run: object, *, rows: int) -> None:
        del run, rows
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(parts, "along", died)
        patched.setattr(sequencer, "BATCH", 3)
        with pytest.raises(KeyboardInterrupt):
            sequenced()
    assert (Head.objects.count(), Tile.objects.count()) == (0, 0)
    last = notary.Notary(SHARD).last()
    assert last is not None
    house.submit(key="two")
    # It reaches at least as far as what was signed, however small a step is.
    monkeypatch.setattr(sequencer, "BATCH", 1)
    sequenced()
    assert signed() == last
    while sequenced().more:
        pass
    assert signed().size == Event.objects.count()


def test_a_database_that_was_put_back_is_never_signed(house: House) -> None:
    house.submit(key="one")
    sequenced()
    ours, key = signed(), signer.signing_key(SHARD)
    # Somebody signed more with this database, and then an older copy of it was put back.
    path = notary.folder() / f"{SHARD}.note"
    path.write_text(checkpoint.sign(key, size=ours.size + 50, root=bytes(32)), encoding="utf-8")
    house.submit(key="two")
    sequencer.forget()
    with pytest.raises(notary.ForkError, match="an older database was put back"):
        sequenced()
    assert signed() == ours


def test_other_leaves_in_the_same_number_are_never_signed(house: House) -> None:
    house.submit(key="one")
    count = Event.objects.count()
    path = notary.folder() / f"{SHARD}.note"
    path.parent.mkdir(mode=0o700)
    key = signer.signing_key(SHARD)
    path.write_text(checkpoint.sign(key, size=count - 1, root=bytes(range(32))), encoding="utf-8")
    with pytest.raises(notary.ForkError, match="does not begin with"):
        sequenced()
    assert Head.objects.count() == 0


def test_tiles_that_are_not_those_of_the_head_stop_the_log(house: House) -> None:
    house.submit(key="one")
    sequenced()
    head = Head.objects.get()
    other = Edge().grow([bytes(32)] * (head.size + 1))
    wrong = checkpoint.sign(signer.signing_key(SHARD), size=other.size, root=other.root())
    written(lambda: Head.objects.update(size=other.size, root=other.root(), note=wrong))
    house.submit(key="two")
    sequencer.forget()
    with pytest.raises((tiles.BrokenLogError, tiles.MissingTileError)):
        sequenced()


def test_of_two_that_do_a_step_at_once_one_finds_the_head_moved(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.submit(key="one")
    real = parts.along

    def late(run: Callable[[Moment], object], *, rows: int) -> object:
        monkeypatch.setattr(parts, "along", real)
        sequenced()  # The other one, of another process: it has another lock.
        return real(run, rows=rows)

    monkeypatch.setattr(sequencer, "_lock", threading.RLock())
    monkeypatch.setattr(parts, "along", late)
    assert sequenced().done == 0
    assert signed().size == Event.objects.count()


def test_two_processes_that_take_turns_look_at_the_whole_log_once_each(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, reads, last = 0, 0, notary.Notary.last
    edge_of = standing.edge_of

    def looking(shard: str, head: Head | None) -> Edge:
        nonlocal looks
        looks += 1
        return edge_of(shard, head)

    def reading(self: notary.Notary) -> checkpoint.Checkpoint | None:
        nonlocal reads
        reads += 1
        return last(self)

    def step_of(process: dict[str, Edge]) -> int:
        monkeypatch.setattr(sequencer, "_edges", process)
        return sequencer.step(SHARD, at=datetime.now(UTC))

    processes: list[dict[str, Edge]] = [{}, {}]
    monkeypatch.setattr(standing, "edge_of", looking)
    for number in range(6):
        if number == len(processes):
            monkeypatch.setattr(notary.Notary, "last", reading)
        house.submit(key=f"{number}")
        assert step_of(processes[number % 2]) > 0
    assert (looks, reads) == (2, 4)  # And what was signed is read once a step.
    assert signed().size == Event.objects.count()
    # The first one looked whether something waits before the other took it in.
    monkeypatch.setattr(sequencer, "_edges", processes[0])
    monkeypatch.setattr(notary.Notary, "sign", lambda *_: pytest.fail("it signed"))
    assert (sequencer._step(SHARD, at=datetime.now(UTC)), looks) == (0, 2)


@pytest.mark.invariant("I-09")
@pytest.mark.parametrize(
    "deed",
    [
        lambda: Head.objects.update(size=1),
        lambda: Head.objects.update(root=bytes(32)),
        lambda: Head.objects.all().delete(),
        lambda: Tile.objects.update(hashes=bytes(32)),
        lambda: Tile.objects.update(hashes=bytes(64 * 32)),
        lambda: Tile.objects.all().delete(),
        lambda: Tile.objects.create(shard=SHARD, level=0, number=9, hashes=bytes(33)),
        lambda: Tile.objects.create(shard=SHARD, level=0, number=9, hashes=b""),
        lambda: Tile.objects.create(shard=SHARD, level=0, number=9, hashes=bytes(257 * 32)),
    ],
)
def test_the_database_refuses_to_shorten_or_change_the_log(house: House, deed: Callable[[], object]) -> None:
    house.submit()
    sequenced()
    before = signed()

    def tried() -> None:
        with transaction.atomic():
            deed()

    with pytest.raises(IntegrityError):
        written(tried)
    assert signed() == before
    assert TileReader(fetched).root(before.size) == before.root


def test_what_was_signed_lies_beside_the_database_for_its_owner_alone(house: House) -> None:
    house.submit()
    sequenced()
    path = Path(settings.MUFAKAT_DATA, "heads", f"{SHARD}.note")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8") == Head.objects.get().note


def test_a_step_asks_and_syncs_the_same_however_many_leaves_it_takes_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted() -> tuple[int, int, int]:
        """Questions that read, statements in the writer's hands, and syncs beside the database's own."""
        inside, synced = 0, 0
        along, fsync = parts.along, os.fsync

        def count(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
            nonlocal inside
            inside += 1
            return execute(sql, params, many, context)

        def direct(deed: Callable[..., Any]) -> Callable[..., Any]:
            def counted(*words: Any) -> Any:
                nonlocal inside
                inside += 1
                return deed(*words)

            return counted

        def counting(run: Callable[[Moment], object], *, rows: int) -> object:
            def watched(moment: Moment) -> object:
                with connection.execute_wrapper(count), monkeypatch.context() as written:
                    written.setattr(store, "fetch", direct(store.fetch))
                    written.setattr(store, "tell", direct(store.tell))
                    return run(moment)

            return along(watched, rows=rows)

        def syncing(descriptor: int) -> None:
            nonlocal synced
            synced += 1
            fsync(descriptor)

        with monkeypatch.context() as patched, CaptureQueriesContext(connection) as reading:
            patched.setattr(parts, "along", counting)
            patched.setattr(os, "fsync", syncing)
            sequencer.step(SHARD, at=datetime.now(UTC))
        return len(reading), inside, synced

    house.submit(key="first")
    sequenced()
    house.submit(key="one")
    few = counted()
    house.submit(key="before many")
    for number in range(40):
        house.submit(key=f"many {number}")
    many = counted()
    # Whether something waits, the head, the leaves, and the tiles of the notary's proof, of which a small log has one.
    assert few[0] <= 5
    assert many[0] <= few[0] + 2
    assert (few[1], few[2]) == (many[1], many[2]) == (3, 2)  # The head, the tiles, what waits; the notary's file.


def test_the_sequencer_wakes_when_an_event_is_committed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (work,) = [one for one in worker.PARTS if one.name == "log_sequenced"]
    monkeypatch.setattr(worker, "PARTS", [dataclasses.replace(work, every=3600.0)])  # It would sleep for an hour.
    with worker.working():
        for number in range(3):
            house.submit(key=f"k{number}")
            until = time.monotonic() + 60
            while Pending.objects.exists() and time.monotonic() < until:
                time.sleep(0.01)
            assert not Pending.objects.exists()


def test_a_failure_that_is_the_same_again_is_logged_once(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    del house
    monkeypatch.setattr(worker, "_failures", {})

    def refused(*, at: datetime, stop: threading.Event | None = None) -> Swept:
        del stop
        raise notary.ForkError(f"made up at {at.day}")

    (work,) = [one for one in worker.PARTS if one.name == "log_sequenced"]
    broken = dataclasses.replace(work, part=refused)
    days = [datetime(2027, 7, day, tzinfo=UTC) for day in (1, 1, 1, 2)]
    assert all(worker._share(broken, at=at, stop=None).failed for at in days)
    assert len([one for one in caplog.records if one.message == "work failed"]) == 2
