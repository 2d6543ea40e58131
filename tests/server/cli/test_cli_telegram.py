"""``mufakat telegram bind``, ``list``, ``revoke`` and ``govern``: the part of the Government Channel bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.connectors.government_bot.chatting import CONFIGURED, NAME, update

from mufakat.cli import _government
from mufakat.runners.government_bot import AwayError, BrokenError
from mufakat.server.connectors.government_bot import hearing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.cli.conftest import Line

SEAT = ("--party", "kominfo", "--role", "officer")


@pytest.fixture
def bot(line: Line, settings_of: Callable[..., None]) -> None:
    settings_of(MUFAKAT_GOVERNMENT_BOT=CONFIGURED)
    hearing.forget()


def test_a_chat_is_bound_listed_and_ended(line: Line, bot: None) -> None:
    link = line("telegram", "bind", *SEAT).stdout.strip()
    assert link.startswith(f"https://t.me/{NAME}?start=")
    [reply] = _government.heard()(update(5, text=f"/start {link.partition('start=')[2]}"))
    assert "kominfo/officer" in reply["text"]
    (shown,) = line.json("telegram", "list", "--party", "kominfo")
    assert (shown["seat"], shown["state"]) == ("kominfo/officer", "bound")
    line.json("telegram", "revoke", shown["id"])
    assert line.json("telegram", "list", "--party", "kominfo")[0]["because"] == "by_admin"
    assert line("telegram", "revoke", "cht_none").exit_code == 1


def test_a_seat_without_a_chat_is_refused_in_words(line: Line, bot: None) -> None:
    result = line("telegram", "bind", "--party", "mufakat", "--role", "admin")
    assert (result.exit_code, "is for officers" in result.stderr) == (1, True)


def test_where_there_is_no_bot_every_command_says_so(line: Line) -> None:
    assert "no Government Channel bot" in line("telegram", "bind", *SEAT).stderr
    result = line("telegram", "govern")
    assert (result.exit_code, "MUFAKAT_GOVERNMENT_BOT_TOKEN_FILE" in result.stderr) == (2, True)


def test_an_update_on_which_the_house_breaks_is_told_from_a_house_that_is_away(
    line: Line, bot: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mufakat.cli import _server

    with pytest.raises(BrokenError):
        _government.heard()({"not": "an update"})

    def away() -> None:
        _server.stop("another process owns it and does not answer")

    monkeypatch.setattr(_server, "instance", away)
    with pytest.raises(AwayError):
        _government.heard()(update(5, text="x"))
