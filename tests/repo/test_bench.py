"""What the bench measures ours against can be started: a peer that does not is found by a run of an hour otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_the_peer_of_intake_has_every_room_that_its_views_name(tmp_path: Path) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "bench.peer.settings", "MUFAKAT_DATA": str(tmp_path)}
    loading = "import django; django.setup(); import bench.peer.urls"
    command = [sys.executable, "-c", loading]
    done = subprocess.run(command, check=False, env={**os.environ, **settings}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
