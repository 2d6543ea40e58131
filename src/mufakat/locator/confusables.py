"""What characters look like: Unicode's table of confusable characters (UTS 39, section 4), one for all who need it.

The table lies as text beside this module, with Unicode's licence, reduced to characters that can be in a host name and
written in lower case (``tools/confusables.py`` makes it anew).
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = resources.files("mufakat.locator") / "confusables.txt"


@cache
def table() -> Mapping[int, str]:
    """By code point, what the character looks like: decomposed text (NFD), which leads no further. For `translate`.

    Plain letters and digits are in it, too: a one looks like an l, and an m like r and n.
    """
    found: dict[int, str] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            looks, _, alike = line.partition(":")
            text = "".join(chr(int(one, 16)) for one in looks.split())
            found.update((int(one, 16), text) for one in alike.split())
    return found
