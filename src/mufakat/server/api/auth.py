"""Whom a request speaks for: the seat of its bearer token, or, on the local socket, the seat the operator names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mufakat.rules.errors import KeyMalformedError, KeyMissingError
from mufakat.server.api.problems import NotAuthenticatedError
from mufakat.server.journal.door import LOCAL
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from mufakat.server.parties.queries import Caller

KEY = re.compile(r"[\x21-\x7e]{1,255}")


def caller(authorization: str, *, at: datetime) -> Caller:
    """The caller of an ``Authorization`` header."""
    found = parties.caller_by_token(bearer(authorization), at=at)
    if found is None:
        raise NotAuthenticatedError
    return found


def bearer(authorization: str) -> str:
    """The token of an ``Authorization`` header."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticatedError
    return token.strip()


def caller_of(request: HttpRequest, *, at: datetime) -> Caller:
    """The caller of a request. A page's cookie is no credential here: the API knows no cross-site forms."""
    if is_local(request) and (named := request.headers.get("X-Mufakat-As")):
        handle, _, seat = unquote(named).partition("/")
        return parties.caller_by_seat(handle, seat)
    return caller(request.headers.get("Authorization", ""), at=at)


def is_local(request: HttpRequest) -> bool:
    """Whether the operator asks, at its own command line, in the name of somebody else."""
    return request.environ.get(LOCAL) is True  # type: ignore[attr-defined]


def idempotency_key(header: str | None) -> str:
    """The key, quoted or bare. Raises when there is none, or one that is not 1 to 255 visible ASCII characters."""
    if not header:
        raise KeyMissingError
    text = header.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not KEY.fullmatch(text):
        raise KeyMalformedError
    return text
