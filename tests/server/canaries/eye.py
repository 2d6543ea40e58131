"""Canaries: words that nobody else could have made up, each known to some alone, and the eye that finds them."""

from __future__ import annotations

import base64
import binascii
import html
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CANARY = re.compile(r"zq[0-9]{5}x")
ID = re.compile(r"(?:ntc|evt|imp|mai|mnd|drl|msg|tsk|dec|mea|sor|rst|pol|bkt|smp|hit|ntf)_[0-9a-hjkmnp-tv-z]{26}")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
EVERYBODY = "*"


@dataclass(frozen=True)
class Canary:
    """Where it was planted, and the handles of the parties that may see it; `notices` where it is of a notice."""

    where: str
    audience: frozenset[str]
    of_notice: bool


@dataclass
class Eye:
    """Knows every canary and id, and whom it is meant for."""

    known: dict[str, Canary] = field(default_factory=dict)

    def plant(self, where: str, audience: Iterable[str], *, of_notice: bool = True) -> str:
        """A new canary; what it is made of passes as a host's label, a handle, and a word in lower case."""
        text = f"zq{len(self.known):05d}x"
        self.known[text] = Canary(where, frozenset(audience), of_notice)
        return text

    def learn(self, id_: str, audience: Iterable[str]) -> None:
        """An id is as secret as a canary."""
        self.known[id_] = Canary("id", frozenset(audience), of_notice=True)

    def seen(self, text: str) -> set[str]:
        """The canaries in a text, however it is written: as it is, escaped, or as base64."""
        found: set[str] = set()
        for form in forms(text):
            low = form.lower()
            found |= {one for one in (*CANARY.findall(low), *ID.findall(low)) if one in self.known}
        return found

    def strange(self, text: str, reader: str, *, asked: str = "", notices: bool = True) -> list[str]:
        """What of it this reader should not see: what is meant for other parties, and of notices if it reads none.

        What the reader itself named in its question may stand in the answer.
        """
        return [
            f"{one} ({self.known[one].where})"
            for one in sorted(self.seen(text) - self.seen(asked))
            if not ({reader, EVERYBODY} & self.known[one].audience) or (self.known[one].of_notice and not notices)
        ]


def forms(text: str) -> Iterator[str]:
    """The text and what can be read out of it."""
    yield text
    yield unquote(html.unescape(text))
    # What the words say goes together, each on a line: of hundreds of words one look at all finds the same.
    yield b"\n".join(unpacked(text)).decode("utf-8", "replace")


def unpacked(text: str) -> Iterator[bytes]:
    """What each word says, if it is base64 of either alphabet."""
    for word in BASE64.findall(text):
        padded = word + "=" * (-len(word) % 4)
        for alphabet in (base64.b64decode, base64.urlsafe_b64decode):
            with suppress(binascii.Error, ValueError):
                yield alphabet(padded)
            if "-" not in word and "_" not in word:
                break  # Both alphabets read it alike.
