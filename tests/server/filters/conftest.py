"""A house in which a platform screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.filters.banking import Platform

if TYPE_CHECKING:
    from tests.houses import House


@pytest.fixture
def platform(house: House) -> Platform:
    return Platform(house)
