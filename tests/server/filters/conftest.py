"""A platform that screens: what its banks hold, and how its policies go live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.filters.banking import Platform
from tests.server.filters.policing import Desk

if TYPE_CHECKING:
    from tests.houses import House


@pytest.fixture
def platform(house: House) -> Platform:
    return Platform(house)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)
