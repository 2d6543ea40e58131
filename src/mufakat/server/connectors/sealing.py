"""Secrets of endpoints at rest: a copy of the database alone is not enough to sign as this house."""

from __future__ import annotations

import hashlib

from django.conf import settings

from mufakat.server.journal import vault


def seal(secret: bytes, *, endpoint: str) -> bytes:
    """The secret, sealed for this endpoint alone."""
    return vault.wrap(secret, under=_key(), context=_context(endpoint))


def unseal(sealed: bytes, *, endpoint: str) -> bytes:
    """The secret. Raises vault.DamagedFileError, as when the instance's secret key was changed."""
    return vault.unwrap(sealed, under=_key(), context=_context(endpoint))


def _key() -> bytes:
    return hashlib.sha256(b"mufakat/webhook/v1\0" + settings.SECRET_KEY.encode()).digest()


def _context(endpoint: str) -> str:
    return f"webhook secret of {endpoint}"
