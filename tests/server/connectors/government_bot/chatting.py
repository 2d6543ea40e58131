"""People with chats, and updates as the process of the bot hands them in."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mufakat.server.connectors.government_bot import chats, hearing
from mufakat.server.connectors.government_bot.configuration import GovernmentBot
from mufakat.server.connectors.government_bot.faces import BindingOut
from mufakat.server.notices.faces import encode

if TYPE_CHECKING:
    from tests.houses import House

NAME = "mufakat_channel_bot"
BOT = 42
CONFIGURED = GovernmentBot(name=NAME, token=f"{BOT}:made-up", pages="https://notices.example.org")
LINK = "https://t.me/s/examplechannel/12"

_updates = itertools.count(1)
_messages = itertools.count(1)


def word_of(house: House, handle: str, seat: str) -> str:
    """A new word that binds a chat to the person in a seat."""
    made = chats.offer(by=house.caller(handle, seat), key=None, told=lambda one: encode(BindingOut.of(one, bot=NAME)))
    assert made.word is not None
    return made.word


def update(user: int, **told: Any) -> dict[str, Any]:
    """An update from a private chat."""
    base = {"bot": BOT, "update": next(_updates), "kind": "message", "user": user, "chat": user, "private": True}
    return {**base, "message": next(_messages), "language": "en", **told}


def hear(told: dict[str, Any], *, at: datetime | None = None) -> list[dict[str, Any]]:
    """Hand it in."""
    return hearing.hear(hearing.encoded(told), at=at or datetime.now(UTC))


@dataclass
class Person:
    """Somebody with a chat: writes, taps what was shown last, and keeps what came."""

    user: int
    shown: list[dict[str, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)

    def write(self, text: str, **told: Any) -> str:
        """Write; the text of what comes back."""
        return self.took(update(self.user, text=text, **told))

    def tap(self, label: str, **told: Any) -> str:
        """Tap the newest button with this on it."""
        return self.took(update(self.user, kind="tap", callback="c", data=self.button(label), **told))

    def took(self, told: dict[str, Any], *, at: datetime | None = None) -> str:
        self.heard.append(told)
        self.shown = hear(told, at=at)
        return "\n".join(one.get("text", "") for one in self.shown)

    def button(self, label: str) -> str:
        for reply in reversed(self.shown):
            for row in reply.get("rows", ()):
                for face in row:
                    if face["text"].startswith(label):
                        return str(face["data"])
        raise AssertionError(f"no button {label!r} in {self.shown}")

    def labels(self) -> list[str]:
        return [face["text"] for reply in self.shown for row in reply.get("rows", ()) for face in row]


def bound(house: House, handle: str, seat: str, user: int, *, language: str = "en") -> Person:
    """The person in a seat, with this account bound."""
    person = Person(user)
    says = person.write(f"/start {word_of(house, handle, seat)}", language=language)
    assert f"{handle}/{seat}" in says
    return person


def summarised(officer: Person, link: str = LINK, *, category: str = "Terrorism") -> str:
    """The officer answers everything for a notice about this link; the summary."""
    officer.write(link)
    officer.tap("Telegram")
    officer.tap(category)
    officer.tap("Trusted flag")
    officer.tap("Urgent")
    officer.tap("Another law")
    officer.write("UU 11/2008; Pasal 40 ayat (2a)")
    return officer.write("A made-up placeholder, for a test.")
