"""What lies inside a chat of Telegram, named or numbered: messages, stories, apps and whatever else links append."""

from __future__ import annotations

import re
from typing import NamedTuple

from mufakat.locator.kinds import Kind
from mufakat.locator.reasons import Reason

Argument = tuple[str, str]

MAX_NUMBER = 2**31 - 1  # Messages, threads, comments, stories, albums, collections: signed 32 bits in MTProto.
MAX_CHANNEL = 10**12  # The Bot API's form of a channel id is -100 and up to twelve digits.
NUMBER = re.compile(r"0{0,16}([1-9][0-9]{0,12})")
APP = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,31}")
VALUE = re.compile(r"[A-Za-z0-9_-]{0,512}")
# What is kept beside identity. Whatever else a link may say (`text`, `admin`, `mode`, `choose` …) is only in the input.
KEPT = frozenset(
    {"start", "startgroup", "startchannel", "startapp", "startattach", "attach", "game", "ref", "single", "t"}
)
# The first of these arguments decides what a link to a chat means, as in Telegram's client.
MEANINGS = {
    "start": (Kind.BOT_START, ""),
    "startgroup": (Kind.BOT_STARTGROUP, ""),
    "startchannel": (Kind.BOT_STARTGROUP, ""),
    "startapp": (Kind.BOT_APP, ""),
    "game": (Kind.BOT_GAME, ""),
    "direct": (Kind.DIRECT, "/direct"),
    "voicechat": (Kind.VIDEOCHAT, "/videochat"),
    "videochat": (Kind.VIDEOCHAT, "/videochat"),
    "livestream": (Kind.VIDEOCHAT, "/videochat"),
    "boost": (Kind.BOOST, "/boost"),
}
# Path words behind a chat's name, and what they number.
NUMBERED = {"s": (Kind.STORY, "story"), "a": (Kind.STORY_ALBUM, "album"), "c": (Kind.COLLECTION, "collection")}


class Found(NamedTuple):
    """What a link names. ``redacted`` is the link written anew where the link as given must not be kept."""

    kind: Kind
    canonical: str
    parameters: tuple[Argument, ...] = ()
    redacted: str | None = None


def first(arguments: list[Argument], key: str) -> str:
    """The value of the first argument of that name; empty if there is none."""
    return next((value for name, value in arguments if name == key), "")


def number(text: str, maximum: int = MAX_NUMBER) -> int | None:
    """A positive decimal number up to a maximum, else None."""
    match = NUMBER.fullmatch(text)
    return int(match[1]) if match and int(match[1]) <= maximum else None


def of_channel(rest: list[str], arguments: list[Argument]) -> Found | Reason:
    """What a link names that begins with a channel's MTProto number: the channel, a message in it, its boosts."""
    channel = number(rest[0], MAX_CHANNEL) if rest else None
    if channel is None:
        return Reason.TELEGRAM_LINK
    base = f"tg:channel:{channel}"
    if len(rest) > 1:
        return _message(base, rest[1:], arguments)
    if any(key == "boost" for key, _ in arguments):
        return Found(Kind.BOOST, f"{base}/boost")
    return Found(Kind.CHANNEL, base)


def of_chat(base: str, rest: list[str], arguments: list[Argument]) -> Found | Reason:
    """What a link names that begins with a username. ``base`` is the canonical form of the chat itself."""
    if not rest:
        return _chat(base, arguments)
    if len(rest) == 2 and rest[0] in NUMBERED:
        return _numbered(base, rest[0], rest[1])
    if len(rest) == 1 and APP.fullmatch(rest[0]) and "__" not in rest[0] and rest[0][-1] != "_":
        return Found(Kind.BOT_APP, f"{base}/app/{rest[0]}", _kept(arguments))
    return _message(base, rest, arguments)


def _chat(base: str, arguments: list[Argument]) -> Found:
    for key, value in arguments:
        if key in MEANINGS and VALUE.fullmatch(value):
            kind, part = MEANINGS[key]
            return Found(kind, base + part, _kept(arguments))
    return Found(Kind.USERNAME, base, _kept(arguments) if arguments else ())


def _numbered(base: str, word: str, text: str) -> Found | Reason:
    kind, part = NUMBERED[word]
    if word == "s" and text == "live":
        return Found(Kind.STORY_LIVE, f"{base}/story/live")
    value = number(text)
    return Reason.TELEGRAM_LINK if value is None else Found(kind, f"{base}/{part}/{value}")


def _message(base: str, rest: list[str], arguments: list[Argument]) -> Found | Reason:
    """``<message>`` or ``<thread>/<message>``; a thread or comment may also stand in the arguments."""
    if len(rest) == 1 and not arguments:  # The most frequent of all links.
        message = number(rest[0])
        return Found(Kind.MESSAGE, f"{base}/message/{message}") if message else Reason.TELEGRAM_LINK
    if len(rest) > 2:
        return Reason.TELEGRAM_LINK
    thread = rest[0] if len(rest) > 1 else first(arguments, "thread")
    comment = first(arguments, "comment")
    canonical = base
    for part, text in (("thread", thread), ("message", rest[-1]), ("comment", comment)):
        if part == "message" or text.strip("0"):
            value = number(text)
            if value is None:
                return Reason.TELEGRAM_LINK
            canonical += f"/{part}/{value}"
    return Found(Kind.MESSAGE, canonical, _kept(arguments) if arguments else ())


def _kept(arguments: list[Argument]) -> tuple[Argument, ...]:
    return tuple((key, value) for key, value in arguments if key in KEPT and VALUE.fullmatch(value))
