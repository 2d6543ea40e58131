"""Names that look like another one, though they are written otherwise. Pure.

The look of a name is its skeleton after UTS 39, section 4, with letters in lower case, as names are read. Two names of
one look are twins. What reads like plain letters and digits and is none of them deceives whatever its twin is.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import ada_url

from mufakat.locator import confusables


def look_of(name: str) -> str:
    """What a name in A-labels looks like to who reads it in letters; two names of one look are twins."""
    return ".".join(_look_of_label(label) for label in name.split("."))


def deceives(name: str) -> bool:
    """Whether a label of the name reads like plain letters and digits, though it is written with others."""
    return any(label.startswith("xn--") and _look_of_label(label).isascii() for label in name.split("."))


@lru_cache(maxsize=65_536)
def _look_of_label(label: str) -> str:
    text = ada_url.idna_to_unicode(label) if label.startswith("xn--") else label
    parts = text if text.isascii() else unicodedata.normalize("NFD", text)
    looks = parts.translate(confusables.table())
    return looks if looks.isascii() else unicodedata.normalize("NFD", looks)
