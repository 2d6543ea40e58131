"""Thirty-two clients over loopback: Debian's ``wrk``, told by ``submit.lua`` what to send."""

from __future__ import annotations

import shutil
import subprocess
from itertools import count
from pathlib import Path

import msgspec

from bench.contest import WrongError

CONNECTIONS = 32
SCRIPT = Path(__file__).parent / "submit.lua"
BODY = Path(__file__).parent / "notice.json"
PATIENCE = 15  # Seconds after which wrk counts an answer as late.

_runs = count(1)


class Load(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What wrk saw. ``taken`` counts answers 201 with a receipt; ``broken`` connections, ``late`` answers."""

    taken: int
    refused: int
    last: str
    broken: int
    late: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def failures(self) -> int:
        return self.refused + self.broken + self.late


def send(url: str, token: str, *, seconds: int) -> Load:
    """Send notices for so long, each with a key of its own."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("bench: wrk is missing (Debian package wrk)")
    run = f"run{next(_runs)}"  # Keys of two runs on one database must not meet.
    options = [f"-c{CONNECTIONS}", "-t1", f"-d{seconds}s", f"--timeout={PATIENCE}s", f"-s{SCRIPT}"]
    command = [wrk, *options, url, "--", token, run, str(BODY)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds + 60)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or len(lines) != 1:
        raise WrongError(f"wrk ended with {done.returncode} and said no figures: {(done.stdout + done.stderr)[-300:]}")
    return msgspec.json.decode(lines[0], type=Load)
