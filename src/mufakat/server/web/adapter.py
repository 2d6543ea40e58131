"""How django-allauth is told that seats are given and nobody signs up, and that its secrets are kept sealed."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def named(request: HttpRequest, credentials: dict[str, str] | None = None) -> str:
    """Whose sign-in failed: the lock is per person and address, so that it does not shut a whole office out."""
    found = (credentials or {}).get("email") or request.POST.get("login") or ""
    return found.strip().lower()[:254]


class SeatsOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # The library has no types.
    """No sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        del request
        return False


class SealedSecretsAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # The same.
    """A copy of the database alone is not enough to make somebody's second factor."""

    def encrypt(self, text: str) -> str:
        return seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return seal().decrypt(encrypted_text.encode()).decode()


def seal() -> Fernet:
    """The key of second factors, made from the instance's secret."""
    key = hashlib.sha256(b"mufakat/mfa/v1\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
