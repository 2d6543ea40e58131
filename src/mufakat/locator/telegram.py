"""What Telegram's links name: the path form, which the forms of the app are brought into as well.

Sources: Telegram's public link documentation (core.telegram.org/api/links) and what its open client does with a link.
Prefixes, order and spelling are folded away. Usernames fold case; tokens do not.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mufakat.locator import hosts, telegram_message
from mufakat.locator.kinds import Kind
from mufakat.locator.reasons import Reason
from mufakat.locator.telegram_message import Argument, Found

HOSTS = frozenset({"t.me", "telegram.me", "telegram.dog", "www.t.me", "www.telegram.me", "www.telegram.dog"})
SUBDOMAIN = ".t.me"
MIN_SUBDOMAIN = 4  # Characters of a username that the subdomain form takes.
PORTS = frozenset({"", "80", "443"})

SECRET_WORDS = frozenset({"login", "confirmphone", "passport", "auth"})
# Words of links with a token behind them: kind and canonical name.
TOKENS = {
    "contact": (Kind.CONTACT, "contact"),
    "addlist": (Kind.FOLDER, "folder"),
    "call": (Kind.CALL, "call"),
    "addstickers": (Kind.STICKER_SET, "stickers"),
    "addemoji": (Kind.EMOJI_SET, "emoji"),
    "addtheme": (Kind.THEME, "theme"),
    "bg": (Kind.BACKGROUND, "background"),
    "nft": (Kind.NFT, "nft"),
    "giftcode": (Kind.GIFTCODE, "giftcode"),
    "invoice": (Kind.INVOICE, "invoice"),
    "m": (Kind.BUSINESS_CHAT, "business"),
    "setlanguage": (Kind.LANGUAGE, "language"),
}
OTHER_WORDS = frozenset(
    {
        "addstyle",
        "auction",
        "newbot",
        "web",
        "a",
        "c",
        "i",
        "k",
        "s",
        "z",
        "boost",
        "iv",
        "joinchat",
        "msg",
        "proxy",
        "share",
        "socks",
    }
)
RESERVED = SECRET_WORDS - {"passport"} | TOKENS.keys() | OTHER_WORDS  # No usernames.

USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
TOKEN = re.compile(r"[A-Za-z0-9_~-]{1,128}")
PHONE = re.compile(r"[0-9]{1,32}")
PORT = re.compile(r"[0-9]{1,5}")
MAX_PORT = 65535
# Links in which these names come with these arguments carry a token: authorisation of a site, Telegram Passport.
SECRET_ARGUMENTS = {"oauth": frozenset({"startapp", "token"}), "telegrampassport": frozenset({"nonce", "payload"})}


class Wrapped(NamedTuple):
    """A link around another address, which is what is meant."""

    kind: Kind
    inner: str


Meaning = Found | Wrapped | Reason


def is_username(text: str) -> bool:
    """Whether a text can be a username: up to 32 letters, digits, single underscores; a letter first, no ``_`` last."""
    if USERNAME.fullmatch(text) is None or "__" in text or text[-1] == "_":
        return False
    return text.lower() not in RESERVED


def read(segments: list[str], arguments: list[Argument]) -> Meaning:
    """What a link of t.me names. ``segments`` of the path and ``arguments`` are decoded; no segment is empty."""
    # (1) The prefix of the web preview says nothing.
    first = 0
    while first < len(segments) - 1 and segments[first] == "s":
        first += 1
    segments = segments[first:]
    if not segments:
        return Reason.TELEGRAM_LINK
    # (2) Most links begin with a username.
    word = segments[0]
    if is_username(word):
        return of_username(word, segments[1:], arguments)
    # (3) The rest begin with a word or a sign of their own.
    if word[0] in "+ ":
        return _phone_or_invite(word[1:]) if len(segments) == 1 else Reason.TELEGRAM_LINK
    if word[0] == "$":
        return _token("invoice", word[1:]) if len(segments) == 1 else Reason.TELEGRAM_LINK
    return _of_word(word.lower(), segments[1:], arguments)


def of_username(name: str, rest: list[str], arguments: list[Argument]) -> Meaning:
    """What a link names that begins with a username, which has been checked."""
    username = name.lower()
    secret = SECRET_ARGUMENTS.get(username)
    if secret and any(key in secret for key, _ in arguments):
        return Reason.SECRET_LINK
    return telegram_message.of_chat(f"tg:username:{username}", rest, arguments)


def of_phone(digits: str) -> Meaning:
    """The account behind a phone number."""
    return Found(Kind.PHONE, f"tg:phone:{digits}") if PHONE.fullmatch(digits) else Reason.TELEGRAM_LINK


def of_proxy(kind: str, server: str, port: str) -> Meaning:
    """A proxy or SOCKS server. Its key is left behind: ``redacted`` is the link written anew without it."""
    host = hosts.normalise(server)
    if host is None:
        return Reason.BAD_HOST
    problem = hosts.problem(host)
    if problem is not None:
        return problem
    if not PORT.fullmatch(port) or not 0 < int(port) <= MAX_PORT:
        return Reason.TELEGRAM_LINK
    return Found(Kind.PROXY, f"tg:{kind}:{host}:{int(port)}")


def _phone_or_invite(text: str) -> Meaning:
    # All digits behind the plus sign are a phone number, never an invite.
    return of_phone(text) if PHONE.fullmatch(text) else _invite(text)


def _invite(text: str) -> Meaning:
    if "~" in text or PHONE.fullmatch(text) or not TOKEN.fullmatch(text):
        return Reason.TELEGRAM_LINK
    return Found(Kind.INVITE, f"tg:invite:{text}")


def _token(word: str, token: str) -> Meaning:
    kind, name = TOKENS[word]
    return Found(kind, f"tg:{name}:{token}") if TOKEN.fullmatch(token) else Reason.TELEGRAM_LINK


def _of_word(word: str, rest: list[str], arguments: list[Argument]) -> Meaning:
    meaning: Meaning = Reason.TELEGRAM_LINK
    if word in SECRET_WORDS:
        return Reason.SECRET_LINK
    if word in TOKENS or word == "joinchat":
        if len(rest) == 1:
            meaning = _invite(rest[0]) if word == "joinchat" else _token(word, rest[0])
    elif word == "c":
        meaning = telegram_message.of_channel(rest, arguments)
    elif word == "boost":
        meaning = _boost(rest, arguments)
    elif word in {"proxy", "socks"}:
        meaning = _proxy(word, arguments)
    elif word in {"share", "msg", "iv"}:
        meaning = _wrapped(word, rest, arguments)
    elif word not in RESERVED:
        meaning = Reason.TELEGRAM_USERNAME
    return meaning


def _boost(rest: list[str], arguments: list[Argument]) -> Meaning:
    if not rest:
        channel = telegram_message.first(arguments, "c")
        return telegram_message.of_channel([channel], [("boost", "")]) if channel else Reason.TELEGRAM_LINK
    if len(rest) != 1 or not is_username(rest[0]):
        return Reason.TELEGRAM_USERNAME
    return Found(Kind.BOOST, f"tg:username:{rest[0].lower()}/boost")


def _proxy(word: str, arguments: list[Argument]) -> Meaning:
    found = of_proxy(word, telegram_message.first(arguments, "server"), telegram_message.first(arguments, "port"))
    if not isinstance(found, Found):
        return found
    server, _, port = found.canonical.split(":", 2)[2].rpartition(":")
    removed = "".join(f"&{key}=removed" for key in ("secret", "user", "pass") if telegram_message.first(arguments, key))
    return found._replace(redacted=f"https://t.me/{word}?server={server}&port={port}{removed}")


def _wrapped(word: str, rest: list[str], arguments: list[Argument]) -> Meaning:
    inner = telegram_message.first(arguments, "url")
    if not inner or rest not in ([], ["url"]):
        return Reason.TELEGRAM_LINK
    return Wrapped(Kind.INSTANT_VIEW if word == "iv" else Kind.SHARE, inner)
