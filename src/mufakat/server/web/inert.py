"""Foreign text on a page: shown, never alive.

Templates escape it. Here is made visible, or taken apart, what escaping leaves: characters that turn the direction of a
text so that it reads as something else, and addresses that a mail program or a careless hand could follow.
"""

from __future__ import annotations

import re

# What turns the direction of a text (UAX #9, section 2), separates lines, has no width, or is a tag character.
DECEIVING = re.compile("[\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
ADDRESS = re.compile(r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/?#]*)(?P<rest>.*)$", re.DOTALL)
HOST = re.compile(r"^[^/:@\s]+\.[^/:@\s]+$")
SCHEMES = {"http": "hxxp", "https": "hxxps", "ftp": "fxp"}


def visible(text: str) -> str:
    """The text with every character that hides or turns others written as its number: ``[U+202E]``."""
    return CONTROL.sub(_number, DECEIVING.sub(_number, text))


def defanged(text: str) -> str:
    """An address that nothing follows by mistake: ``hxxps[:]//t[.]me/s/x``. Other locators stay as they are."""
    text = visible(text)
    if found := ADDRESS.match(text):
        scheme = SCHEMES.get(found["scheme"].lower(), found["scheme"])
        return f"{scheme}[:]//{found['host'].replace('.', '[.]')}{found['rest']}"
    return text.replace(".", "[.]") if HOST.match(text) else text


def _number(match: re.Match[str]) -> str:
    return f"[U+{ord(match[0]):04X}]"
