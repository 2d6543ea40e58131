"""Plans that are played: each in a process of its own, beside the server, so that nobody waits for it.

A plan gives the same result every time, so a run has no row and no event: it is a folder whose name is made of the
plan, the profile and the version of the player, in the folder of the party that plays it (I-10). Whoever plays a plan
again finds its result. If the process is killed, nothing is lost but its time: it is started again.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.conf import settings

from mufakat.rules import capacity as plans
from mufakat.rules.errors import NotFoundError, NotNowError
from mufakat.runners import playing
from mufakat.runners.playing import Failed, Progress, Result

if TYPE_CHECKING:
    from mufakat.rules.capacity import Plan

FOLDER = "capacity"
KEPT = 20  # Runs of a party; of more the oldest go.
AT_ONCE = 2  # Processes of this one; a machine has other things to do.
RUN = re.compile(r"[0-9a-f]{40}")

_players: dict[Path, subprocess.Popen[bytes]] = {}


class Run(NamedTuple):
    """A run: its plan, and one of how far it is, what came of it, and why nothing did; none of them: it was stopped."""

    id: str
    plan: Plan
    progress: Progress | None
    result: Result | None
    failed: Failed | None


def start(party: str, plan: bytes, profile: bytes) -> str:
    """Play the plan for a party (its id), unless it is played or was; the run's name.

    Raises BadPlanError with every fault, and NotNowError where too many are played.
    """
    plans.parse(plan)
    digest = hashlib.sha256(b"\0".join((str(playing.VERSION).encode(), profile, plan))).hexdigest()[:40]
    folder = _folder(party, digest)
    if (folder / playing.RESULT).exists() or _is_played(folder):
        return digest
    if sum(player.poll() is None for player in _players.values()) >= AT_ONCE:
        raise NotNowError("Other plans are being played. Try again when they are done, in a minute or two.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    (folder / playing.PLAN).write_bytes(plan)
    (folder / playing.PROFILE).write_bytes(profile)
    _clear(folder.parent)
    command = [sys.executable, "-m", "mufakat.runners.playing", str(folder)]
    nowhere = subprocess.DEVNULL
    _players[folder] = subprocess.Popen(  # noqa: S603 - a program of ours, on files of ours.
        command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
    )
    return digest


def found(party: str, run: str) -> Run:
    """A run of this party. Raises NotFoundError."""
    if not RUN.fullmatch(run):
        raise NotFoundError("run")
    folder = _folder(party, run)
    try:
        plan = plans.parse((folder / playing.PLAN).read_bytes())
    except OSError:
        raise NotFoundError("run") from None
    result: Result | None = _read(folder / playing.RESULT, Result)
    failed: Failed | None = _read(folder / playing.FAILED, Failed)
    progress = None
    if result is None and failed is None and _is_played(folder):
        progress = _read(folder / playing.PROGRESS, Progress) or Progress("playing", 0, plan.runs)
    return Run(run, plan, progress, result, failed)


def text_of(party: str, run: str) -> str:
    """The plan of a run as it was typed. Raises NotFoundError."""
    found(party, run)
    return (_folder(party, run) / playing.PLAN).read_text()


def _folder(party: str, run: str) -> Path:
    return Path(settings.MUFAKAT_DATA, FOLDER, party, run)


def _is_played(folder: Path) -> bool:
    """Whether a process plays it: one of ours, or one of another process of the server, by what it last wrote."""
    player = _players.get(folder)
    if player is not None:
        if player.poll() is None:
            return True
        del _players[folder]
        return False
    progress: Progress | None = _read(folder / playing.PROGRESS, Progress)
    if (
        progress is None
        or not progress.pid
        or any((folder / name).exists() for name in (playing.RESULT, playing.FAILED))
    ):
        return False
    try:
        os.kill(progress.pid, 0)
    except OSError:
        return False
    return True


def _clear(folder: Path) -> None:
    """Remove the oldest runs of a party."""
    runs = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in runs[KEPT:]:
        if not _is_played(old):
            shutil.rmtree(old, ignore_errors=True)


def _read(path: Path, form: type[Any]) -> Any:
    """What a file holds; None where it is not there, or was written by another version."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=form)
    except (OSError, msgspec.DecodeError):
        return None
