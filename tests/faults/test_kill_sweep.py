"""A sweep that is killed in the middle: every notice is whole or gone with its event, and the next sweep ends it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.houses import House, move_to
from tests.server.notices import erasing
from tests.server.notices.test_sweeps import ended

from mufakat.server.journal import door
from mufakat.server.journal.models import Event, Opening
from mufakat.server.notices import erasure
from mufakat.server.notices.models import Notice, Payload, Pointer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.fault, pytest.mark.embedded]

COUNT = 1_000
SWEEP = """
import django
django.setup()
from datetime import UTC, datetime, timedelta
from mufakat.server.journal import door
from mufakat.server.notices import erasure
erasure.PORTION = 10  # More commits, and more places to be killed at.
with door.open_house():
    print(erasure.sweep(at=datetime.now(UTC) + timedelta(days=400)).erased)
"""


def sweeping(data: Path) -> subprocess.Popen[str]:
    environ = {**os.environ, "MUFAKAT_DATA": str(data)}
    return subprocess.Popen([sys.executable, "-c", SWEEP], env=environ, stdout=subprocess.PIPE, text=True)


def erased(data: Path) -> int:
    with closing(sqlite3.connect(f"file:{data}/mufakat.sqlite3?mode=ro", uri=True)) as line:
        found: int = line.execute("SELECT count(*) FROM journal_event WHERE type = 'notice.erased'").fetchone()[0]
    return found


@pytest.mark.invariant("I-09")
@pytest.mark.parametrize("after", [1, 200, 500])
def test_a_killed_sweep_leaves_no_notice_half_erased_and_is_finished_by_the_next(data: Path, after: int) -> None:
    with door.open_house() as writer:
        taken = ended(House(data, writer), COUNT)
    with sweeping(data) as process:
        while erased(data) < after and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    move_to(data)
    with door.open_house():
        told = set(Event.objects.filter(type="notice.erased").values_list("case", flat=True))
        gone = set(Payload.objects.filter(raw=None).values_list("notice_id", flat=True))
        pointers = set(Pointer.objects.filter(canonical=None).values_list("notice_id", flat=True))
        opened = set(
            Opening.objects.filter(event__type="notice.received", value=None).values_list("event__case", flat=True)
        )
        assert (gone, pointers, opened) == (told, told, told)
        assert after <= len(told) < COUNT  # It was killed in the middle, or this showed nothing.
        assert erasure.sweep(at=erasing.later()).erased == COUNT - len(told)
        assert Event.objects.filter(type="notice.erased").count() == COUNT
        assert Notice.objects.filter(erased_at=None).count() == 0
        erasing.require_proofs(taken[:50])
        assert b"canary " not in erasing.on_disk(data)
