"""Cuts the power at many points of a recording, and says what the disk may hold then.

A *cut* is a number of records: the power fails after them. What the disk holds is then not one state but many; the
model that makes them is told in README.md and kept in crashdisk.py. States are plain values; only `materialise` and
`differences` touch files.
"""

import itertools
import sys
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from crashdisk import IGNORED, Disk, Image, Variant
from recorder import Kind, Recording

_END = sys.maxsize


@dataclass(frozen=True, slots=True)
class State:
    """What the disk may hold when the power fails after the first `cut` records."""

    variant: Variant
    cut: int
    turn: int  # Counts the random states of one cut, from 0.
    horizon: int  # Where the first record after the cut ends in the log, in bytes.
    folders: tuple[str, ...]  # Parents first.
    files: Mapping[str, Image]

    def owed(self, marks: Mapping[str, int]) -> set[str]:
        """Return the answers that were in somebody's hands when the power failed.

        An answer was, when every record wholly below its mark is before the cut: it can rest on no other.
        """
        return {answer for answer, mark in marks.items() if mark < self.horizon}

    def __str__(self) -> str:
        return f"{self.variant} state {self.turn} of a power cut after {self.cut} records"


def states(
    recording: Recording,
    *,
    seed: int,
    count: int,
    variants: Sequence[Variant] = tuple(Variant),
    directory_loss: bool = True,
) -> Iterator[State]:
    """Yield `count` states in the order of their cuts, the same ones for the same seed.

    Cuts around every sync and at every mark come first, then all others; when every cut has had every variant, the
    random ones go round again. Fewer states come out only where nothing is left to draw. Without `directory_loss`
    every name survives.
    """
    records = recording.records
    plan = itertools.islice(_plan(recording, variants, Random(seed)), count)  # noqa: S311  Reproducible, not secret.
    disk = Disk(recording.known)
    done = 0
    for cut, turn, variant in sorted(plan, key=lambda planned: planned[0]):
        for record in records[done:cut]:
            disk.do(record)
        done = cut
        rng = Random(f"{seed} {cut} {turn} {variant}")  # noqa: S311  Reproducible, not secret.
        folders, files = disk.after_power_cut(variant, rng, directory_loss=directory_loss)
        horizon = records[cut].end if cut < len(records) else _END
        yield State(variant, cut, turn, horizon, folders, files)


def _plan(recording: Recording, variants: Sequence[Variant], rng: Random) -> Iterator[tuple[int, int, Variant]]:
    ends = [record.end for record in recording.records]
    telling = {bisect_right(ends, mark) for mark in recording.marks.values()}
    for number, record in enumerate(recording.records):
        if record.kind is Kind.SYNC:
            telling |= {number, number + 1}
    others = sorted(set(range(len(ends) + 1)) - telling)
    cuts = rng.sample(sorted(telling), len(telling)) + rng.sample(others, len(others))
    distinct = [_distinct(variants, disk) for disk in _through(recording)]
    for cut in cuts:
        for variant in distinct[cut]:
            yield cut, 0, variant
    drawn = {cut: [one for one in distinct[cut] if one in (Variant.RANDOM, Variant.TORN)] for cut in cuts}
    for turn in itertools.count(1) if any(drawn.values()) else ():
        for cut in cuts:
            for variant in drawn[cut]:
                yield cut, turn, variant


def _through(recording: Recording) -> Iterator[Disk]:
    disk = Disk(recording.known)
    yield disk
    for record in recording.records:
        disk.do(record)
        yield disk


def _distinct(variants: Sequence[Variant], disk: Disk) -> Sequence[Variant]:
    """Return the variants that can differ; where all is synced there is one state, not five."""
    if not disk.has_pending_names and not disk.has_pending_content:
        return variants[:1]
    if not disk.has_pending_names and Variant.STRICT in variants:
        return [variant for variant in variants if variant is not Variant.NAMES]
    return variants


def materialise(state: State, target: Path) -> None:
    """Write the state into this folder, which must be empty or absent; everything is for its owner alone."""
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty")
    for folder in state.folders:
        (target / folder).mkdir(mode=0o700)
    for path, image in state.files.items():
        (target / path).touch(mode=0o600)
        (target / path).write_bytes(image.content())


def differences(recording: Recording, root: Path) -> list[str]:
    """Return the paths below the root that are not what the whole recording says: what the recorder did not see.

    To be asked when all recorded processes have ended. One process killed between a call and its record explains one
    difference; anything else means that states made from this recording prove nothing.
    """
    *_, disk = _through(recording)
    folders, images = disk.after_power_cut(Variant.ALL, Random(0), directory_loss=True)  # noqa: S311  Nothing is drawn.
    told = {path: image.content() for path, image in images.items()} | dict.fromkeys(folders)
    found = {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
        if (path.is_dir() or path.is_file()) and not path.name.endswith(IGNORED)
    }
    return sorted({path for path, _ in told.items() ^ found.items()})
