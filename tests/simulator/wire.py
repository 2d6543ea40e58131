"""Requests as a client sends them, through every middleware; the handler is built once, not for each request."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from django.test import Client
from django.test.client import ClientHandler
from tests.server.api.doors import NOTICES, Reply, named, of

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def handler() -> ClientHandler:
    """Django's handler with its middlewares."""
    made = ClientHandler(enforce_csrf_checks=False)
    made.load_middleware()
    return made


def ask(method: str, path: str, raw: bytes, headers: Mapping[str, str]) -> Reply:
    """One request by a client without a memory."""
    client = Client()
    client.handler = handler()
    return whole(client.generic(method, path, raw, content_type="application/json", headers=headers))


def whole(response: Any) -> Reply:
    """A response as a reply, also where it comes in parts."""
    if not response.streaming:
        return of(response)
    body = b"".join(response.streaming_content)
    return Reply(response.status_code, {name.lower(): value for name, value in response.items()}, body)


def view(raw: bytes, *, token: str, key: str | None) -> Reply:
    """A notice through the ordinary view."""
    return ask("POST", NOTICES, raw, named(token, key, None))


def post(path: str, raw: bytes | dict[str, Any], token: str, key: str | None = None) -> Reply:
    """A POST to another address."""
    return ask("POST", path, raw if isinstance(raw, bytes) else json.dumps(raw).encode(), named(token, key, None))


def get(path: str, token: str) -> Reply:
    """A look."""
    return ask("GET", path, b"", named(token, None, None))
