"""What every test of the server stands on: a fresh house per test, made by copying one prepared data directory."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path

# Before Django is set up anywhere: a data directory of this test process, never the developer's.
SCRATCH = Path(tempfile.mkdtemp(prefix="mufakat-tests-"))
# What all processes of this run share (tests.templates): the first one makes the folder, those it starts inherit it.
os.environ.setdefault("MUFAKAT_TESTS_SHARED", str(SCRATCH / "shared"))
os.environ.update(
    {
        "DJANGO_SETTINGS_MODULE": "mufakat.server.runtime.settings",
        "MUFAKAT_DATA": str(SCRATCH / "data"),
        "MUFAKAT_SECRET_KEY": "a-secret-for-tests-only",
        "MUFAKAT_ALLOWED_HOSTS": "localhost,testserver,127.0.0.1",
        # Tests come from one address and ask more often than people; those about the doors set their own measure.
        "MUFAKAT_PUBLIC_PACE": "1000000",
        "MUFAKAT_APPEAL_PACE": "1000000",
        # A test that fills a disk makes a ballast of its own.
        "MUFAKAT_BALLAST": "0",
    }
)
# Which database the server's tests run on: the embedded one, or "postgresql" (the test process starts a server).
DATABASE = os.environ.get("MUFAKAT_TEST_DATABASE", "sqlite")
for name in ("DATABASE_URL", "MUFAKAT_ORIGIN", "MUFAKAT_KEY_FILE", "PORT", "MUFAKAT_HOST", "MUFAKAT_TIME_ZONE"):
    os.environ.pop(name, None)
if DATABASE == "postgresql":
    os.environ["DATABASE_URL"] = "postgresql:///nothing"  # Each house names its own.

from hypothesis import HealthCheck, settings  # noqa: E402 - the same.

# A machine that is busy with something else is no fault of what is tested: no test fails for being slow.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

import django  # noqa: E402 - after the environment that its settings read.
import pytest  # noqa: E402 - the same.

django.setup()

pytest_plugins = ["tests.houses"]

# Files of minutes, the longest first; the order of all others is left to chance.
LONGEST = (
    *("test_canaries.py", "test_contract.py", "test_simulator.py", "test_browser_access.py", "test_simulator_eyes.py"),
    *("test_powercut.py", "test_web_hostile.py", "test_browser_hostile.py", "test_browser_restrictions.py"),
    *("test_browser_screening.py", "test_screening_kills.py", "test_kill.py", "test_fsync_error.py", "test_week.py"),
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the other database alone; `make check` runs the server's tests on both."""
    other = "postgresql" if DATABASE == "sqlite" else "embedded"
    left = [item for item in items if item.get_closest_marker(other)]
    items[:] = [item for item in items if not item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=left)
    if not config.getoption("loadscopereorder", default=True):
        # Whole files are dealt out in their order here: the last one should be short, or the others wait for it.
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector of garbage need not walk through it each time."""
    gc.collect()
    gc.freeze()


UMASK = os.umask(0o022)
os.umask(UMASK)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """A command leaves the process so that files are their owner's alone, which the Squid of a later test is not."""
    os.umask(UMASK)


def pytest_report_header() -> str:
    return f"database: {DATABASE} (MUFAKAT_TEST_DATABASE); tests about the other one alone are left out here"


def pytest_unconfigure() -> None:
    shutil.rmtree(SCRATCH, ignore_errors=True)
