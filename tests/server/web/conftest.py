"""Pages in tests: Django notes which templates a response was made of, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def noted_templates(prepared: Path) -> Iterator[None]:
    """``response.context`` is there; undone afterwards, for the other tests of this process."""
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment()
    yield
    teardown_test_environment()
