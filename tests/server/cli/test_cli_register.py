"""``mufakat register``: alone and beside a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line


def test_the_register_is_made_anew(alone: Line) -> None:
    alone.json("work", "--once")
    forgotten = alone.json("register", "rebuild")["forgotten"]
    assert forgotten > 0
    again = alone.json("work", "--once")["done"]
    assert again["register_followed"] >= forgotten
    assert "entries forgotten; the worker makes them anew" in alone("register", "rebuild").stdout


def test_a_running_server_makes_it_anew(beside: Line) -> None:
    assert beside.json("register", "rebuild")["forgotten"] >= 0
