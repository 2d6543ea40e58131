"""A platform whose policies are proposed, tried and promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.filters.policing import Desk

if TYPE_CHECKING:
    from tests.houses import House


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)
