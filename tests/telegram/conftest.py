from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.telegram.botapi import BotAPI
from tests.telegram.calling import Place

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def place() -> Iterator[Place]:
    with BotAPI() as api:
        yield Place(api)
