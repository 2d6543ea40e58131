"""The tables that the guard brings along: names that nobody closes here, and names that many strangers share.

They lie as text beside this module (`guarded/`), each part with its source, so that whoever is concerned can read and
correct them. An instance adds to what is protected; it takes nothing away.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final, TypeVar

from mufakat.locator import hosts

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = resources.files("mufakat.rules") / "guarded"

OFFICIAL: Final = frozenset({"go", "gob", "gouv", "gov", "govt", "gub", "int", "mil", "desa"})
"""The first label of an ending under which public authorities have their names: ``gov``, ``go.id``, ``desa.id``."""


class Guarded(StrEnum):
    """Why a name is protected."""

    OWN = "own"  # This house: receipts, appeals and the look-up of closed names are there.
    HOUSE = "house"  # Named by this house, in its settings or by its admin.
    GOVERNMENT = "government"
    EMERGENCY = "emergency"
    HEALTH = "health"
    BANK = "bank"
    TIME = "time"
    CERTIFICATES = "certificates"
    DNS = "dns"


class Shared(StrEnum):
    """How strangers share a name."""

    CDN = "cdn"  # The name and everything below it.
    HOSTING = "hosting"  # The name; each of those below it is one customer's.
    PLATFORM = "platform"  # By account and page, under the name itself.


Class = TypeVar("Class", Guarded, Shared)


@cache
def protected() -> Mapping[str, Guarded]:
    """The names that nobody closes here, by name."""
    return _read("protected.txt", Guarded)


@cache
def shared() -> Mapping[str, Shared]:
    """The names that strangers share, by name, beside those of publicsuffix.org."""
    return _read("shared.txt", Shared)


def is_official(name: str) -> bool:
    """Whether the name is below an ending of public authorities."""
    suffix = hosts.suffix_of(name)
    return suffix is not None and suffix != name and suffix.partition(".")[0] in OFFICIAL


def _read(file: str, classes: type[Class]) -> Mapping[str, Class]:
    found: dict[str, Class] = {}
    heading: Class | None = None
    for line in (_FOLDER / file).read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("["):
            heading = classes(text.strip("[]"))
        elif text and heading is not None:
            found[text] = heading
    return found
