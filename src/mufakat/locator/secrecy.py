"""Finds links that hold a secret, in whatever text they hide, so that nothing of them is ever kept.

Looked for, in percent-encoded and defanged forms and inside other addresses too: Telegram's login, phone confirmation,
passport and authorisation links, tokens of its web client and mini apps, log-in links of Telegraph, keys of proxies.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from urllib.parse import unquote

from mufakat.locator import defang

# Rounds of percent-encoding that are looked through; share links are unwrapped three deep, and more has no honest use.
MAX_ROUNDS = 8
HINTS = ("login", "confirmphone", "passport", "auth", "tgweb", "proxy", "socks")
HOST = re.compile(
    r"(?<![a-z0-9_.-])(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog|edit\.telegra\.ph|edit\.graph\.org)\.?(?::\d{0,5})?(?=[/\\])"
)
WORD = re.compile(r"(?<=[/\\])(?:login|confirmphone|auth)(?![a-z0-9_-])")
SECRET_PATH = re.compile(HOST.pattern + r"[/\\.s]{1,64}" + WORD.pattern)
SECRET_HOST = re.compile(r"(?<![a-z0-9_.-])(?:login|confirmphone|auth)\.t\.me(?![a-z0-9_.-])")
SECRET_APP = re.compile(r"(?<![a-z0-9])tg:[/\\.]{0,64}(?:login|confirmphone|passport|oauth|auth)(?![a-z0-9_-])")
SECRET_WORD = re.compile(r"tgwebauthtoken|tgwebappdata|tgauthresult")
# Names that hand out tokens, for the log-in to a site and for Telegram Passport, and the arguments that are tokens.
NAME = re.compile(r"(?:domain=|" + HOST.pattern + r"[/\\.s]{1,64})(?:oauth|telegrampassport)(?![a-z0-9_])")
ARGUMENT = re.compile(r"(?:startapp|token|nonce|payload)=")
PROXY = re.compile(
    r"(?<![a-z0-9_.-])(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog|tg):?[/\\.s\d:]{0,64}(?:proxy|socks)(?![a-z0-9_-])"
)
PROXY_KEY = re.compile(r"(?:secret|pass|user)=(?!removed(?:&|$))")  # Our own word in its place is no key.


# Characters that a browser reads as plain letters, digits or dots: full-width, mathematical, enclosed ones and the like
# (NFKC, as UTS 46 maps them). A table, because normalising makes some characters eighteen times as long.
COMPATIBLE = {
    code: folded
    for block in (
        range(0x00A0, 0x0300),
        range(0x1D00, 0x1DC0),
        range(0x2000, 0x2150),
        range(0x2460, 0x2500),
        range(0xFE50, 0xFF70),
        range(0x1D400, 0x1D800),
        range(0x1F100, 0x1F200),
    )
    for code in block
    if (folded := unicodedata.normalize("NFKC", chr(code)).lower()).isascii()
} | dict.fromkeys(map(ord, "。\uff61"), ".")


class Secrecy(Enum):
    """What was found in a text."""

    NONE = auto()
    PROXY_KEY = auto()  # The link can be taken when it is written anew without the key.
    SECRET = auto()
    HIDDEN = auto()  # Encoded more often than is looked through.


def look(text: str) -> Secrecy:
    """What a text holds, its defanging undone or not."""
    plain = text.lower()
    if "%" in plain:
        decoded = _decode(plain)
        if decoded is None:
            return Secrecy.HIDDEN
        plain = decoded
    if not (plain.isascii() and plain.isprintable()):
        plain = _plain(plain)
    for hint in HINTS:  # Written out, because every text comes by here and a generator costs a tenth of the whole.
        if hint in plain:
            return _judge(defang.undo_everywhere(plain))
    return Secrecy.NONE


def _judge(plain: str) -> Secrecy:
    if any(pattern.search(plain) for pattern in (SECRET_PATH, SECRET_HOST, SECRET_APP, SECRET_WORD)):
        return Secrecy.SECRET
    # Where a path goes back up (`/x/../login`), it is enough that the word stands anywhere behind the host.
    host = HOST.search(plain) if ".." in plain else None
    if host and WORD.search(plain, host.end()):
        return Secrecy.SECRET
    if NAME.search(plain) and ARGUMENT.search(plain):
        return Secrecy.SECRET
    if PROXY.search(plain) and PROXY_KEY.search(plain):
        return Secrecy.PROXY_KEY
    return Secrecy.NONE


def _decode(text: str) -> str | None:
    for _ in range(MAX_ROUNDS):
        decoded = unquote(text).lower()
        if decoded == text:
            return text
        text = decoded
    return None


def _plain(text: str) -> str:
    # Compatible forms (full-width letters, the ideographic full stop) become plain, what cannot be seen goes.
    folded = text.translate(COMPATIBLE)
    return folded if folded.isprintable() else "".join(filter(str.isprintable, folded))
