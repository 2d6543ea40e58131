"""What every test of the server stands on: a fresh house per test, made by copying one prepared data directory."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

# Before Django is set up anywhere: a data directory of this test process, never the developer's.
SCRATCH = Path(tempfile.mkdtemp(prefix="mufakat-tests-"))
os.environ.update(
    {
        "DJANGO_SETTINGS_MODULE": "mufakat.server.runtime.settings",
        "MUFAKAT_DATA": str(SCRATCH / "data"),
        "MUFAKAT_SECRET_KEY": "a-secret-for-tests-only",
        "MUFAKAT_ALLOWED_HOSTS": "localhost,testserver,127.0.0.1",
    }
)
for name in ("DATABASE_URL", "MUFAKAT_ORIGIN", "MUFAKAT_KEY_FILE", "PORT", "MUFAKAT_HOST", "MUFAKAT_TIME_ZONE"):
    os.environ.pop(name, None)

import django  # noqa: E402 - after the environment that its settings read.

django.setup()

pytest_plugins = ["tests.houses"]


def pytest_unconfigure() -> None:
    shutil.rmtree(SCRATCH, ignore_errors=True)
