"""Addresses that were made harmless for mail, ``hxxps[:]//situs[.]example``, as they were meant.

Marks are undone in the scheme and the host only, because a path may really contain ``[.]``; just ``[/]`` is also
undone behind a host that had a mark. One pass, linear in the text.
"""

from __future__ import annotations

import re

MEANT = r"\.|dot|titik|://|:|//|/|@|at"
MARK = re.compile(rf" ?[\[({{] ?({MEANT}) ?[\])}}] ?", re.IGNORECASE)
TOKEN = re.compile(MARK.pattern + r"|[/\\?#]", re.IGNORECASE)
SCHEME = re.compile(r"hxxp(s?)(?=:)", re.IGNORECASE)
WORDS = {"dot": ".", "titik": ".", "at": "@"}


def is_needed(text: str) -> bool:
    """Whether the text can be a defanged one; cheap, for the many that are not."""
    return "[" in text or "(" in text or "{" in text or text[1:3] in {"xx", "XX", "xX", "Xx"}


def undo(text: str) -> str:
    """The address that a defanged text means; any other text comes back as it was."""
    head, path = _undo_authority(text)
    return SCHEME.sub(r"http\1", head, count=1) + path


def undo_everywhere(text: str) -> str:
    """The text with every mark undone, wherever it stands: for looking at a text, not for storing it."""
    return MARK.sub(lambda match: _meaning(match[1]), text)


def _undo_authority(text: str) -> tuple[str, str]:
    """The scheme and host without marks, and the rest."""
    head: list[str] = []
    position, marked, before_host = 0, False, True
    for token in TOKEN.finditer(text):
        literal = text[position : token.start()]
        meaning = _meaning(token[1]) if token[1] else token[0]
        position = token.end()
        # Slashes at the very front or behind the scheme's colon do not begin the path.
        before_host = literal[-1:] == ":" if literal else before_host
        head.append(literal)
        marked = marked or token[1] is not None
        if meaning in {"?", "#"} or (meaning in {"/", "\\"} and not before_host):
            path = meaning + text[position:]
            return "".join(head), path.replace("[/]", "/") if marked else path
        head.append(meaning)
        before_host = meaning[-1] in ":/\\"
    head.append(text[position:])
    return "".join(head), ""


def _meaning(mark: str) -> str:
    return WORDS.get(mark.lower(), mark)
