"""A house in which things are contested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.appeals.contesting import Contest

if TYPE_CHECKING:
    from tests.houses import House


@pytest.fixture
def contest(house: House) -> Contest:
    return Contest(house)
