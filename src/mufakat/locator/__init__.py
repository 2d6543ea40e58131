"""What is pointed at: web addresses, hosts, files and what Telegram's links name, each in one canonical form.

Pure: no network, no clock, no database. Sources: WHATWG URL, UTS 46, publicsuffix.org, Telegram's public link
documentation; the page for people is ``docs/locators.md``.
"""

from __future__ import annotations

from mufakat.locator.hosts import is_public_suffix, registrable_domain
from mufakat.locator.kinds import Kind, Surface, surface_of
from mufakat.locator.parsing import MAX_LENGTH, parse
from mufakat.locator.reasons import Reason, Refusal
from mufakat.locator.results import Locator

__all__ = [
    "MAX_LENGTH",
    "Kind",
    "Locator",
    "Reason",
    "Refusal",
    "Surface",
    "is_public_suffix",
    "parse",
    "registrable_domain",
    "surface_of",
]
