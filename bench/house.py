"""A prepared instance: database, key, parties and a token, made once by our own commands and copied for each turn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.contest import WrongError
from bench.database import Instance

if TYPE_CHECKING:
    from bench.postgres import Cluster

PARTY, ROLE = "kominfo", "officer"
OF_AN_INSTANCE = ("MUFAKAT_", "DATABASE_URL", "PORT", "DJANGO_SETTINGS_MODULE", "GRANIAN_", "PG")
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class House:
    """An instance that no process owns, and a token of its officer."""

    instance: Instance
    token: str
    cluster: Cluster | None = None

    def copy(self, folder: Path) -> Instance:
        """A fresh copy, on the disk before anybody is measured."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.instance.data, folder)
        url = None if self.cluster is None else self.cluster.copy(self.instance.data.name, folder.name)
        os.sync()
        return Instance(folder, url)


def environ(instance: Instance, **more: str) -> dict[str, str]:
    """The environment of a process on this instance; nothing of the developer's own instance gets in."""
    found = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_AN_INSTANCE)}
    return {**kept, **instance.environ(), "PYTHONPATH": os.pathsep.join(found), **more}


def prepare(work: Path, cluster: Cluster | None = None) -> House:
    """Make the instance."""
    data = work / "prepared"
    instance = Instance(data, None if cluster is None else cluster.create(data.name))
    mufakat(instance, "migrate", "--quiet")
    mufakat(instance, "example", "load", "parties")
    grant(instance, PARTY)
    return House(instance, token(instance, PARTY, ROLE), cluster)


def grant(instance: Instance, party: str, *, burst: int = 100_000_000, per_minute: int = 100_000_000) -> None:
    """A further mandate of a party, by default with a measure that no bench meets: it is not what is measured."""
    words = ("--kind", "trusted_flag", "--kind", "request", "--granted-by", "bench", "--legal-source", "bench")
    mufakat(instance, "mandate", "grant", party, *words, "--burst", str(burst), "--per-minute", str(per_minute))


def token(instance: Instance, party: str, role: str) -> str:
    """A new token of a seat."""
    return str(json.loads(mufakat(instance, "token", "issue", "--party", party, "--role", role, "--json"))["token"])


def mufakat(instance: Instance, *words: str, **more: str) -> str:
    """One command line of ours; `more` is its environment besides."""
    command = [sys.executable, "-m", "mufakat.cli", *words]
    done = subprocess.run(
        command, env=environ(instance, **more), capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode != 0:
        raise WrongError(f"mufakat {words[0]} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout
