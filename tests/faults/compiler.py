"""Builds the C libraries for tests: without a compiler a test is skipped and says so, in CI it fails."""

import os
import shutil
from pathlib import Path

import pytest
import recorder


def built(name: str, factory: pytest.TempPathFactory) -> Path:
    """Return the library of this name, built anew."""
    if shutil.which("gcc") is None:
        if os.environ.get("MUFAKAT_REQUIRE_SERVICES") == "1":
            pytest.fail(f"gcc is required to build {name}.c")
        pytest.skip(f"gcc is absent, so {name}.c cannot be built")
    return recorder.build(factory.mktemp(name), name)
