"""How django-allauth is told that seats are given by the operator and nobody signs up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter

if TYPE_CHECKING:
    from django.http import HttpRequest


class SeatsOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # The library has no types.
    """No sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        del request
        return False
