"""The forms of a Telegram reference that are not paths of t.me: the app's own links, and ours, which are stored.

``tg:resolve?domain=x&post=1`` and ``tg://resolve?…`` are the app's; ``tg:username:x/message/1`` is ours and parses to
itself, so that a stored reference can be read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from mufakat.locator import telegram, telegram_message
from mufakat.locator.kinds import Kind
from mufakat.locator.reasons import Reason
from mufakat.locator.telegram_message import Argument, Found

if TYPE_CHECKING:
    from mufakat.locator.telegram import Meaning

MAX_ARGUMENTS = 64
SECRET_ACTIONS = telegram.SECRET_WORDS | {"oauth"}
# An action of the app, the argument with the token, and the word of t.me that means the same.
ACTIONS = {
    "join": ("invite", "joinchat"),
    "addlist": ("slug", "addlist"),
    "call": ("slug", "call"),
    "contact": ("token", "contact"),
    "addstickers": ("set", "addstickers"),
    "addemoji": ("set", "addemoji"),
    "addtheme": ("slug", "addtheme"),
    "nft": ("slug", "nft"),
    "giftcode": ("slug", "giftcode"),
    "invoice": ("slug", "invoice"),
    "message": ("slug", "m"),
    "setlanguage": ("lang", "setlanguage"),
}
# Arguments of `resolve` that are path segments in t.me.
SEGMENTS = {"story": "s", "album": "a", "collection": "c"}

STORED_WORDS = {name: word for word, (_, name) in telegram.TOKENS.items()} | {"invite": "joinchat"}
# The parts behind a stored chat: kind by the words, `<n>` standing for a number.
PARTS = {
    (): None,
    ("message", "<n>"): Kind.MESSAGE,
    ("message", "<n>", "comment", "<n>"): Kind.MESSAGE,
    ("thread", "<n>", "message", "<n>"): Kind.MESSAGE,
    ("thread", "<n>", "message", "<n>", "comment", "<n>"): Kind.MESSAGE,
    ("story", "<n>"): Kind.STORY,
    ("story", "live"): Kind.STORY_LIVE,
    ("album", "<n>"): Kind.STORY_ALBUM,
    ("collection", "<n>"): Kind.COLLECTION,
    ("direct",): Kind.DIRECT,
    ("videochat",): Kind.VIDEOCHAT,
    ("boost",): Kind.BOOST,
}


def arguments(query: str) -> list[Argument]:
    """The arguments of a query, decoded, at most 64 of them; a name without ``=`` has the empty value."""
    if not query:
        return []
    found = []
    for part in query.split("&", MAX_ARGUMENTS)[:MAX_ARGUMENTS]:
        key, _, value = part.partition("=")
        found.append((unquote_plus(key), unquote_plus(value)))
    return found


def segments(path: str) -> list[str]:
    """The segments of a path, decoded, empty ones left out."""
    return [unquote(part) if "%" in part else part for part in path.split("/") if part]


def read(text: str) -> Meaning:
    """What a text names that stood behind ``tg:``; it has no fragment."""
    word, colon, rest = text.partition(":")
    if colon and word.isalpha():
        name, *parts = rest.split("/")
        return _stored(word.lower(), name, parts)
    path, _, query = text.lstrip("/\\").partition("?")
    action = unquote(path).strip("/").lower()
    given = arguments(query)
    if action in SECRET_ACTIONS:
        return Reason.SECRET_LINK
    if action in ACTIONS:
        key, word = ACTIONS[action]
        return telegram.read([word, telegram_message.first(given, key) or "-"], given)
    return _action(action, given)


def _action(action: str, given: list[Argument]) -> Meaning:
    meaning: Meaning = Reason.TELEGRAM_LINK
    if action == "resolve":
        meaning = _resolve(given)
    elif action == "privatepost":
        path = [telegram_message.first(given, "channel"), telegram_message.first(given, "post")]
        meaning = telegram_message.of_channel([part for part in path if part], given)
    elif action == "boost":
        name, channel = telegram_message.first(given, "domain"), telegram_message.first(given, "channel")
        meaning = telegram.read(["boost", name], []) if name else telegram.read(["boost"], [("c", channel)])
    elif action == "bg":
        token = next((value for key, value in given if key in {"slug", "color", "gradient"}), "")
        meaning = telegram.read(["bg", token], []) if token else meaning
    elif action in {"share", "msg", "msg_url"}:
        meaning = telegram.read(["share"], given)
    elif action in {"proxy", "socks"}:
        meaning = telegram.read([action], given)
    return meaning


def _resolve(given: list[Argument]) -> Meaning:
    name = telegram_message.first(given, "domain")
    if not name:
        return telegram.of_phone(telegram_message.first(given, "phone").lstrip("+ "))
    if not telegram.is_username(name):
        return Reason.TELEGRAM_USERNAME
    rest: list[str] = []
    for key, value in given:
        if key in {"post", "appname"} and value:
            rest = [value]
        elif key in SEGMENTS:
            rest = [SEGMENTS[key], value]
    return telegram.of_username(name, rest, given)


def _stored(word: str, name: str, parts: list[str]) -> Meaning:
    if word == "username":
        return _parts(f"tg:username:{name.lower()}", parts) if telegram.is_username(name) else Reason.TELEGRAM_USERNAME
    if word == "channel":
        channel = telegram_message.number(name, telegram_message.MAX_CHANNEL)
        return _parts(f"tg:channel:{channel}", parts) if channel else Reason.TELEGRAM_LINK
    if parts:
        return Reason.TELEGRAM_LINK
    if word == "phone":
        return telegram.of_phone(name)
    if word in {"proxy", "socks"}:
        server, _, port = name.rpartition(":")
        return telegram.of_proxy(word, server, port)
    return telegram.read([STORED_WORDS[word], name], []) if word in STORED_WORDS else Reason.TELEGRAM_LINK


def _parts(base: str, parts: list[str]) -> Meaning:
    is_channel = base.startswith("tg:channel:")
    if len(parts) == 2 and parts[0] == "app" and not is_channel:
        return telegram_message.of_chat(base, parts[1:], [])
    numbers = [telegram_message.number(part) for part in parts]
    shape = tuple("<n>" if value else part for part, value in zip(parts, numbers, strict=True))
    if shape not in PARTS:
        return Reason.TELEGRAM_LINK
    canonical = "/".join([base, *(str(value or part) for part, value in zip(parts, numbers, strict=True))])
    return Found(PARTS[shape] or (Kind.CHANNEL if is_channel else Kind.USERNAME), canonical)
