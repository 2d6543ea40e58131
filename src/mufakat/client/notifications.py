"""What a client does about notifications: a part of ``Client``, which knows how to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mufakat.client.asking import Asking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = "/api/v1/notifications"


class Notifications(Asking):
    """Tell an authority of a screening hit, or do not; read what was told, and the counts of each week."""

    def notifications(self, *, state: str = "") -> Iterator[Mapping[str, Any]]:
        """Those of your platform, or those that were released to you, newest first, page by page as you go."""
        yield from self._pages(HERE, {"state": state})

    def notification(self, notification: str) -> Mapping[str, Any]:
        """One notification, as far as your party may see it."""
        return self._get(f"/api/v1/{_place(notification)}")

    def release_notification(
        self, notification: str, *, to: str, legal_ground: Mapping[str, str], key: str | None = None
    ) -> Mapping[str, Any]:
        """Tell this authority, in codes, on a ground that your agreement with it lists. It cannot be taken back."""
        told = {"to": to, "legal_ground": dict(legal_ground)}
        return self._moved(f"{_place(notification)}/release", told, key)

    def decline_notification(self, notification: str, *, reason: str, key: str | None = None) -> Mapping[str, Any]:
        """Tell nobody, and say why to your own."""
        return self._moved(f"{_place(notification)}/refusal", {"reason": reason}, key)

    def screening_counts(self) -> Iterator[Mapping[str, Any]]:
        """What authorities were told of your platform by themselves, or what you were told, the last week first."""
        yield from self._pages("/api/v1/screening/counts", {})


def _place(notification: str) -> str:
    return f"notifications/{quote(notification, safe='')}"
