from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.telegram.botapi import BotAPI
from tests.telegram.bots import Scene, hurry
from tests.telegram.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A bot in its chats. What no faithful client does, or the server only validates, fails the test at its end."""
    hurry(monkeypatch)
    with BotAPI() as api, Engine() as engine:
        made = Scene(api, engine, tmp_path)
        yield made
        made.close()
        broken = api.do(lambda _: list(api.broken))
    assert broken == []
