"""What the connectors ask of Telegram the local server models, and does not only validate."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from aiogram import methods
from tests.telegram.botapi import calls
from tests.telegram.botapi.modelled import MODELLED

SOURCE = Path(__file__).parents[2] / "src" / "mufakat"
SERVER = Path(__file__).parent / "botapi"
BY_UPDATES = {"getUpdates"}  # Modelled where updates are handed out.


def asked() -> dict[str, str]:
    """The methods of the Bot API whose classes some module of ours names, or that it calls on a bot."""
    found = {}
    by_python_name = {_snake(name): name for name in (one.__api_method__ for one in calls.BY_NAME.values())}
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "aiogram" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            name = node.name if isinstance(node, ast.alias) else getattr(node, "attr", "")
            method: Any = getattr(methods, name, None) if name in methods.__all__ else None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name = by_python_name.get(node.func.attr, "")
                if name and isinstance(node.func.value, ast.Name) and node.func.value.id in {"bot", "message"}:
                    found[name] = path.name
            if isinstance(getattr(method, "__api_method__", None), str):
                found[method.__api_method__] = path.name
    return found


def _snake(name: str) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name)


def test_every_method_that_a_connector_asks_is_modelled():
    assert {name: where for name, where in asked().items() if name not in {*MODELLED, *BY_UPDATES}} == {}


def test_the_connectors_were_found():
    assert {"getUpdates", "deleteMessage", "sendMessage", "banChatMember", "restrictChatMember"} <= set(asked())


def test_every_method_of_the_library_is_validated():
    assert len(calls.BY_NAME) >= 180
    assert {one.lower() for one in MODELLED} <= set(calls.BY_NAME)


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_second_client_is_no_part_of_us(path):
    names = [
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    ]
    assert [name for name in names if name == "telegram" or name.startswith("telegram.")] == []
