"""The fields and texts of a mail, read whatever they are: every way in is bounded, and nothing here raises.

The parser of the standard library does the grammar; what a stranger can make long, deep or senseless is cut before it.
Headers are decoded under its old policy: its new one parses an address in time that grows with its length's square.
"""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from html import unescape
from typing import TYPE_CHECKING

from mufakat import locator
from mufakat.locator import Locator
from mufakat.rules.notice import MAX_LOCATORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

MAX_FIELD = 8_192
"""Characters of one header field that are looked at."""
MAX_TEXT = 256 * 1024
"""Characters of text that are kept of a mail."""
MAX_TOKENS = 20_000
"""Words of a text that are looked at for links."""

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_FOLDED = re.compile(r"\r?\n[ \t]*")
_TAG = re.compile(r"<[^<>]*>")
_HREF = re.compile(r"href\s{0,8}=\s{0,8}[\"']?([^\"'<>\s]{1,2048})", re.IGNORECASE)
_BLOCK_END = re.compile(r"</?(?:p|div|br|tr|li|h[1-6]|table|ul|ol|blockquote)\b[^<>]*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style|head|title)\b", re.IGNORECASE)
_LINKED = re.compile(r"(?:h(?:tt|xx)ps?|ftp|tg)(?::|\[:\])|^www[.\[]|^(?:t|telegram)(?:\.|\[\.\])me/", re.IGNORECASE)
_AROUND = "<>\"'()[]{},;\u201c\u201d\u2018\u2019\xab\xbb*|"
# Of these some take time that grows with the square of the text, and some are no charsets at all.
_NO_CHARSET = ("idna", "punycode", "escape", "undefined", "utf-7", "utf7", "oem", "mbcs")


def header(message: Message, name: str) -> str:
    """The first field of this name as one line of readable text; "" where there is none."""
    for value in message.get_all(name) or ():
        return decoded(str(value))
    return ""


def decoded(value: str) -> str:
    """The text of a header field: encoded words decoded, folds undone, control characters gone."""
    line = _FOLDED.sub(" ", value[:MAX_FIELD])
    try:
        parts = [text_of(part, charset) if isinstance(part, bytes) else part for part, charset in decode_header(line)]
    except (HeaderParseError, ValueError, LookupError):
        parts = [line]
    return clean("".join(parts)).strip()


def text_of(raw: bytes, charset: str | None) -> str:
    """The bytes as text: in the charset that is said where that can be, else in UTF-8, marked where it is neither."""
    for name in (charset, "utf-8"):
        if name and name.isascii() and len(name) <= 40 and not any(one in name.lower() for one in _NO_CHARSET):
            try:
                return raw.decode(name)
            except (LookupError, ValueError, TypeError, AssertionError):
                continue
    return raw.decode("utf-8", "replace")


def clean(text: str) -> str:
    """Without characters that steer a terminal or turn a line around, and without halves of characters."""
    return _CONTROL.sub(" ", text)


def address_of(value: str) -> str:
    """The one address that a field names, its domain in lower case; "" where it names none, several or no plain one."""
    line = _FOLDED.sub(" ", value[:MAX_FIELD])
    bare = _without_quoted(line)
    if bare is None or bare.count("@") != 1 or "," in bare or ";" in bare:
        return ""
    inside = bare
    if "<" in bare or ">" in bare:
        if bare.count("<") != 1 or bare.count(">") != 1 or bare.index("<") > bare.index(">"):
            return ""
        inside = bare[bare.index("<") + 1 : bare.index(">")]
    found = inside.strip()
    if not _ADDRESS.fullmatch(found) or ".." in found:
        return ""
    local, _, domain = found.partition("@")
    return f"{local}@{domain.lower()}"


def addresses_of(message: Message, name: str) -> tuple[str, ...]:
    """The plain addresses of the fields of this name, at most fifty."""
    found: dict[str, None] = {}
    for value in (message.get_all(name) or ())[:10]:
        bare = _without_quoted(_FOLDED.sub(" ", str(value)[:MAX_FIELD])) or ""
        for part in bare.split(",")[:50]:
            if one := address_of(part):
                found.setdefault(one)
    return tuple(found)[:50]


def _without_quoted(line: str) -> str | None:
    """The line without quoted strings and comments; None where one is not closed."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in line:
        if escaped:
            escaped = False
        elif char == "\\" and (quoted or depth):
            escaped = True
        elif quoted:
            quoted = char != '"'
        elif char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif depth:
            continue
        elif char == '"':
            quoted = True
        else:
            kept.append(char)
    return None if quoted or depth or escaped else "".join(kept)


def from_html(text: str) -> str:
    """What of HTML can be read, and behind it the addresses that its links lead to, one a line."""
    text = text[:MAX_TEXT]
    targets = [unescape(one) for one in _HREF.findall(text)[:500]]
    shown = _TAG.sub(" ", _BLOCK_END.sub("\n", _visible(text)))
    lines = (" ".join(line.split()) for line in unescape(shown).splitlines())
    body = "\n".join(line for line in lines if line)
    web = [one for one in dict.fromkeys(targets) if _LINKED.search(one)]
    return "\n".join([body, *web]) if web else body


def _visible(text: str) -> str:
    """Without scripts, styles and the head; where one does not end, without the rest."""
    kept, at = [], 0
    lowered = text.lower()
    if len(lowered) != len(text):  # A capital that is longer in lower case would move every place behind it.
        lowered = text
    for found in _HIDDEN.finditer(text):
        if found.start() < at:
            continue
        kept.append(text[at : found.start()])
        end = lowered.find(f"</{found[1].lower()}", found.end())
        if end < 0:
            return "".join(kept)
        at = end
    return "".join([*kept, text[at:]])


def links_of(text: str) -> tuple[str, ...]:
    """What the text points at, each once in its canonical form, in the order of the text; at most a hundred.

    A word counts where it looks like a link; a bare host or a digest where it stands alone on its line.
    """
    found: dict[str, None] = {}
    for token in _candidates(text):
        one = locator.parse(token)
        if isinstance(one, Locator):
            found.setdefault(one.canonical)
            if len(found) == MAX_LOCATORS:
                break
    return tuple(found)


def _candidates(text: str) -> Iterator[str]:
    looked = 0
    for line in text.splitlines():
        words = line.lstrip(">- \t").split()
        looked += len(words)
        if looked > MAX_TOKENS:
            return
        for word in words:
            bare = word.strip(_AROUND).rstrip(".!?:")
            if _LINKED.search(bare) or (len(words) == 1 and _stands_alone(bare)):
                yield bare


def _stands_alone(word: str) -> bool:
    return "@" not in word and (len(word) == 64 or ("." in word and not word.endswith(".") and len(word) >= 4))
