"""A house whose clock the test moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.parties import contacting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.parties.contacting import Office


@pytest.fixture
def office(data: Path) -> Iterator[Office]:
    """An open house with the example's parties."""
    from django.db import connections

    del data
    yield from contacting.office()
    connections.close_all()
