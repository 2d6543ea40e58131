"""What the operator decides about the DNS (``runtime.dns_environment`` reads it); without a primary nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from mufakat.formats import rpz

if TYPE_CHECKING:
    from mufakat.formats.tsig import TSIGKey


@dataclass(frozen=True, slots=True)
class DNS:
    """The zone below which the lists lie, the servers that hold them (host and port), and the key that signs."""

    suffix: str = rpz.SUFFIX
    primaries: tuple[tuple[str, int], ...] = ()
    key: TSIGKey | None = None
    timers: rpz.Timers = rpz.TIMERS


def configured() -> DNS:
    """What the operator decided."""
    return settings.MUFAKAT_DNS
