"""A house in which restrictions are ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.restrictions.ordering import Ministry

if TYPE_CHECKING:
    from tests.houses import House


@pytest.fixture
def ministry(house: House) -> Ministry:
    return Ministry(house)
