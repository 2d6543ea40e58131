"""Play a plan in a process of its own: `python -m mufakat.runners.playing FOLDER`.

The folder holds `plan.yaml` (or JSON) and `profile.yaml`. How far it is stands in `progress.json` while it runs, what
came of it in `result.json`, what stopped it in `failed.json`; each file is there whole or not at all. A plan gives the
same result every time, so whoever finds a result need not play it again.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules import capacity, profile as profiles
from mufakat.rules.errors import RefusedError
from mufakat.runners.staffing import Figures, Staff, figures, staff

if TYPE_CHECKING:
    from collections.abc import Callable

    from mufakat.rules.capacity import Plan
    from mufakat.rules.profile_shape import Profile

VERSION = 1  # Of what is played and how; another one plays a plan anew.
PLAN, PROFILE, PROGRESS, RESULT, FAILED = ("plan.yaml", "profile.yaml", "progress.json", "result.json", "failed.json")
MOST_SECONDS = 900  # Of processor time.
PAUSE = 0.3  # Seconds between two writings of the progress.


class Progress(msgspec.Struct, frozen=True):
    """How far it is: `playing` run `done` of `of`; or `looking` for the staff, try `done`, with `of` reviewers."""

    part: str
    done: int
    of: int
    pid: int = 0


class Result(msgspec.Struct, frozen=True):
    """What came of a plan."""

    figures: Figures
    staff: Staff | None


class Failed(msgspec.Struct, frozen=True):
    """Why nothing came of it, in a sentence."""

    why: str


def play(plan: Plan, profile: Profile, *, say: Callable[[str, int, int], None], search: bool = True) -> Result:
    """The plan's figures, and how many people it takes."""
    return Result(figures(plan, profile, say=say), staff(plan, profile, say=say) if search else None)


def put(folder: Path, name: str, value: Any) -> None:
    """Write a file of the folder, whole or not at all."""
    beside = folder / f".{name}.{os.getpid()}"
    beside.write_bytes(msgspec.json.encode(value))
    beside.replace(folder / name)


def main(folder: Path) -> int:
    """Play what lies in the folder. 0: there is a result; 1: there is a reason why not."""
    spoken = 0.0

    def say(part: str, done: int, of: int) -> None:
        nonlocal spoken
        if time.monotonic() - spoken >= PAUSE:
            spoken = time.monotonic()
            put(folder, PROGRESS, Progress(part, done, of, os.getpid()))

    try:
        plan = capacity.parse((folder / PLAN).read_bytes())
        profile = profiles.parse((folder / PROFILE).read_bytes())
        put(folder, RESULT, play(plan, profile, say=say))
    except (RefusedError, ImportError, OSError) as error:
        put(folder, FAILED, Failed(str(error)))
        return 1
    return 0


def modestly() -> None:
    """Behind everything else on the machine, and not for ever."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


if __name__ == "__main__":
    modestly()
    raise SystemExit(main(Path(sys.argv[1])))
