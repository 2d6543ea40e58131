"""A house with a Government Channel bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.connectors.government_bot.chatting import CONFIGURED, Person, bound

from mufakat.server.connectors.government_bot import hearing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House


@pytest.fixture
def channel(house: House, settings_of: Callable[..., None]) -> House:
    settings_of(MUFAKAT_GOVERNMENT_BOT=CONFIGURED)
    hearing.forget()
    return house


@pytest.fixture
def officer(channel: House) -> Person:
    return bound(channel, "kominfo", "officer", 1001)


@pytest.fixture
def reviewer(channel: House) -> Person:
    return bound(channel, "telegram", "reviewer", 2001)


@pytest.fixture
def representative(channel: House) -> Person:
    return bound(channel, "telegram", "representative", 2002)
