"""Power cuts while a log grows: whatever is published then can be proved from its files, and the log goes on."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import recorder
from compiler import built
from crashdisk import Variant
from crashstates import State, differences, materialise, states
from published import key_of, proved, signed
from recorder import Kind, Record, Recording
from tests.houses import move_to

from mufakat.proof.errors import ProofError
from mufakat.server.journal import standing, tiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mufakat.proof.key import VerifyKey

pytestmark = [pytest.mark.fault, pytest.mark.embedded, pytest.mark.invariant("I-09")]

STATES = 120
DOCTORED = 40
ROUNDS = 5
LIFE = """
import json, os, sys
import django
django.setup()
from datetime import UTC, datetime
from pathlib import Path
from tests.houses import House
from mufakat.server.journal import door, exporting, sequencer
log, told, data = map(Path, sys.argv[1:])
with door.open_house() as writer:
    house = House(data, writer)
    for number in range(ROUNDS):
        for place in range(60):
            house.submit(key=f"{number} {place}")
        sequencer.part(at=datetime.now(UTC))
        exporting.part(at=datetime.now(UTC))
        with told.open("a") as file:
            print(json.dumps([exporting.published("1"), log.stat().st_size]), file=file)
"""


@dataclasses.dataclass(frozen=True)
class Grown:
    """A life in which a log grew: all file operations, and how far was published when the call returned."""

    recording: Recording
    key: VerifyKey
    published: dict[str, int]


@pytest.fixture(scope="module")
def grown(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    """A process that takes notices, sequences and publishes, some times one after the other."""
    library = built("recorder", tmp_path_factory)
    folder = tmp_path_factory.mktemp("growing")
    data, log, told = folder / "data", folder / "log", folder / "told"
    shutil.copytree(prepared, data)
    known = recorder.photograph(data)
    environ = {**os.environ, "MUFAKAT_DATA": str(data), **recorder.environment(library, root=data, log=log)}
    words = [sys.executable, "-c", LIFE.replace("ROUNDS", str(ROUNDS)), str(log), str(told), str(data)]
    subprocess.run(words, env=environ, check=True, timeout=120)
    rows = [json.loads(line) for line in told.read_text().splitlines()]
    marks = {str(size): mark for size, mark in rows}
    recording = Recording(known, recorder.read(log), marks)
    assert differences(recording, data) == []
    return Grown(recording, key_of(data), {str(size): size for size, _ in rows})


def losses(life: Grown, target: Path, *, count: int, variants: tuple[Variant, ...] = tuple(Variant)) -> list[str]:
    """What power cuts take of it, in words."""
    found = []
    for state in states(life.recording, seed=2017, count=count, variants=variants):
        materialise(state, target)
        found += [f"{state}: {words}" for words in wrong(life, state, target)]
        shutil.rmtree(target)
    return found


def wrong(life: Grown, state: State, target: Path) -> list[str]:
    """What of one state cannot be proved, is gone, or keeps the log from going on."""
    owed = max((life.published[name] for name in state.owed(life.recording.marks)), default=0)
    try:
        head = proved(target, life.key)
        last = signed(target, life.key)
    except (ProofError, OSError) as error:
        return [f"what is published cannot be proved: {error}"]
    size = 0 if head is None else head.size
    if size < owed:
        return [f"published was {owed}, and now {size}"]
    if size > (0 if last is None else last.size):
        return ["more is published than the notary knows of"]
    move_to(target)
    found = standing.look("1")
    ours = tiles.head_of("1")
    kept = 0 if ours is None else ours.size
    return [*([found.wrong] if found.wrong else []), *(["more is published than stored"] if size > kept else [])]


def test_no_power_cut_leaves_a_published_checkpoint_that_cannot_be_proved(grown: Grown, tmp_path: Path) -> None:
    assert len(grown.published) == ROUNDS
    assert max(grown.published.values()) > 256  # New folders and full tiles are among what was written.
    assert losses(grown, tmp_path / "state", count=STATES) == []


# ---- The same eyes see what a worse export loses.


def without(life: Grown, drop: Callable[[Record], bool]) -> Grown:
    records = [one for one in life.recording.records if one.kind is not Kind.SYNC or not drop(one)]
    return dataclasses.replace(life, recording=dataclasses.replace(life.recording, records=records))


def test_an_export_that_does_not_sync_its_folders_is_seen(grown: Grown, tmp_path: Path) -> None:
    worse = without(grown, lambda one: one.path.startswith("log") and ".p/." not in one.path and "/." not in one.path)
    assert any("cannot be proved" in words for words in losses(worse, tmp_path / "state", count=DOCTORED))


def test_an_export_that_does_not_sync_its_files_is_seen(grown: Grown, tmp_path: Path) -> None:
    worse = without(grown, lambda one: one.path.startswith("log/1/tile") and "/." in one.path)
    assert any("cannot be proved" in words for words in losses(worse, tmp_path / "state", count=DOCTORED))


def test_a_notary_that_does_not_sync_what_it_signed_is_seen(grown: Grown, tmp_path: Path) -> None:
    worse = without(grown, lambda one: one.path.startswith("heads"))
    found = losses(worse, tmp_path / "state", count=DOCTORED, variants=(Variant.STRICT,))
    assert any("more is published than the notary knows of" in words for words in found)
