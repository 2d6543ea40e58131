"""The codes by which people without an account appeal: made again whenever they are shown, stored as digests alone."""

from __future__ import annotations

import hmac

from django.conf import settings

from mufakat.rules import appeal_code

PURPOSE = b"mufakat/house-secret/appeal-code/v1"


def of(decision: str) -> str:
    """The code of a decision. Whoever holds it may appeal against it and read what it says: never log it."""
    return appeal_code.make(hmac.digest(settings.SECRET_KEY.encode(), PURPOSE, "sha256"), decision)


def link(code: str) -> str:
    """Where its bearer goes; a path of this house."""
    return f"/appeal/{appeal_code.shown(code)}"
