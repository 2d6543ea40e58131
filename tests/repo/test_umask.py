"""What one test does to its process, the next one does not find."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("turn", [1, 2])
def test_files_of_a_test_can_be_read_by_servers_that_are_other_users(tmp_path: Path, turn: int) -> None:
    file = tmp_path / str(turn)
    file.touch()
    assert stat.S_IMODE(file.stat().st_mode) & 0o044
    os.umask(0o077)  # As each of our commands does.


def test_they_can_in_one_process_too() -> None:
    """Where tests are dealt out to several, the two above may not meet."""
    words = ["-q", "-n", "0", "-p", "no:randomly", "-k", "other_users", __file__]
    done = subprocess.run([sys.executable, "-m", "pytest", *words], capture_output=True, text=True, check=False)
    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout
