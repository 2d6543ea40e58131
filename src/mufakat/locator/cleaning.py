"""What people paste around an address comes off; what must not be inside is found. Every step is linear in the text."""

from __future__ import annotations

import re

# White space as Unicode has it, zero-width characters, the byte order mark, and the direction marks messengers add.
BLANKS = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000\u200b\u200c\u200d\u2060\ufeff\u180e\u061c\u200e\u200f"
)
QUOTES = frozenset("\"'`<>“”„‘’‚«»‹›")  # noqa: RUF001 - quotation marks of many languages are meant.
PUNCTUATION = frozenset(".,;:!?…。，、；：！？")  # noqa: RUF001 - the full-width marks are meant.
IPV6 = frozenset("0123456789abcdefABCDEF:")
LEADING = BLANKS | QUOTES
TRAILING = BLANKS | QUOTES | PUNCTUATION

# Control characters (C0, DEL, C1), separators of lines, everything that turns the direction of writing (UAX 9), and
# lone surrogates, which UTF-8 cannot encode.
FORBIDDEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)


def trim(text: str) -> str:
    """The text without blanks and quotes at both ends, punctuation at its end, and round brackets around it."""
    if text and text[0].isalnum() and text[-1].isalnum():
        return text
    start, end = 0, len(text)
    while start < end and text[start] in LEADING:
        start += 1
    end = _end(text, start, end)
    while end - start > 1 and text[start] == "(" and text[end - 1] == ")":
        start += 1
        while start < end and text[start] in LEADING:
            start += 1
        end = _end(text, start, end - 1)
    return text[start:end]


def trim_end(text: str) -> str:
    """The text without white space, quotes and punctuation at its end."""
    return text[: _end(text, 0, len(text))]


def _end(text: str, start: int, end: int) -> int:
    last = end
    while end > start and text[end - 1] in TRAILING:
        end -= 1
    tail = text[end : min(end + 3, last)]
    if tail.startswith("..") and tail != "..." and text[start:end].endswith("/"):
        return end + 2  # A path that ends in /.. means the folder above; no sentence ends so.
    if tail.startswith("::") and IPV6.issuperset(text[start:end]):
        return end + 2  # The end of an IPv6 address.
    return end


def has_forbidden_character(text: str) -> bool:
    """Whether there is a character in the text that must not be stored, sent or shown."""
    return not text.isprintable() and FORBIDDEN.search(text) is not None
