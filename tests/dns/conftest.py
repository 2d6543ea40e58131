"""A house whose lists go to a real primary server, and what goes on by itself in it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.dns.publishing import Publishing
from tests.server.restrictions.ordering import Ministry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.dns.servers import Primary
    from tests.houses import House

    from mufakat.formats import rpz


@pytest.fixture
def ministry(house: House) -> Ministry:
    now = datetime.now(UTC)
    return Ministry(house, now.replace(microsecond=now.microsecond // 1000 * 1000))


@pytest.fixture
def publishing(ministry: Ministry, settings_of: Callable[..., None]) -> Iterator[Callable[..., Publishing]]:
    """Point the house at a primary; `run()` publishes what waits, and `working()` does it by itself."""
    with contextlib.ExitStack() as stack:

        def to(primary: Primary, *others: Primary, timers: rpz.Timers | None = None) -> Publishing:
            return stack.enter_context(Publishing.to(ministry, settings_of, (primary, *others), timers=timers))

        yield to
