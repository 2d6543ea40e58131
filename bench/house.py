"""A prepared instance: database, key, parties and a token, made once by our own commands and copied for each turn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.contest import WrongError

if TYPE_CHECKING:
    from pathlib import Path

DATABASE = "mufakat.sqlite3"
PARTY, ROLE = "kominfo", "officer"
OF_AN_INSTANCE = ("MUFAKAT_", "DATABASE_URL", "PORT", "DJANGO_SETTINGS_MODULE", "GRANIAN_")


@dataclass(frozen=True, slots=True)
class House:
    """A data directory that no process owns, and a token of its officer."""

    data: Path
    token: str

    def copy(self, folder: Path) -> Path:
        """A fresh copy, on the disk before anybody is measured."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.data, folder)
        os.sync()
        return folder


def environ(data: Path, **more: str) -> dict[str, str]:
    """The environment of a process on this data directory; nothing of the developer's own instance gets in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_AN_INSTANCE)}
    return {**kept, "MUFAKAT_DATA": str(data), **more}


def prepare(work: Path) -> House:
    """Make the instance."""
    data = work / "prepared"
    mufakat(data, "migrate", "--quiet")
    mufakat(data, "example", "load", "parties")
    issued = json.loads(mufakat(data, "token", "issue", "--party", PARTY, "--role", ROLE, "--json"))
    return House(data, issued["token"])


def mufakat(data: Path, *words: str) -> str:
    """One command line of ours."""
    command = [sys.executable, "-m", "mufakat.cli", *words]
    done = subprocess.run(command, env=environ(data), capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise WrongError(f"mufakat {words[0]} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout
