"""``locator.parse``: a text that somebody wrote, on its way to a canonical locator."""

from __future__ import annotations

import random
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import ada_url
from publicsuffixlist import PublicSuffixList

from bench.contest import Contest, Target, WrongError
from bench.loops import Loop
from mufakat import locator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# More different hosts than any cache on the way holds, so that each is judged anew.
TEXTS = 30_000
SEEN = 600
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SUFFIXES = ("com", "co.id", "go.id", "net", "org", "id", "xyz", "web.id")


def texts(count: int) -> Sequence[str]:
    """A third Telegram links, a third web addresses, a third hosts; every tenth host is written in Unicode."""
    chance = random.Random(2017)  # noqa: S311 - the same texts every time, no secret.
    found = []
    for number in range(count // 3):
        word = "".join(chance.choices(LETTERS, k=9))
        name = f"kafé{word}" if number % 10 == 0 else f"situs-{word}"
        suffix = chance.choice(SUFFIXES)
        found += [
            (f"https://t.me/{word}/{number + 1}", f"https://t.me/s/{word}", f"t.me/{word}")[number % 3],
            f"https://www.{name}.{suffix}/artikel/{number}?hal={number % 7}",
            f"{name}{number}.{suffix}",
        ]
    return found


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def by_hand(text: str) -> tuple[str, str | None, str]:
    """What one writes without us: take the address apart, encode its host, find the registered name."""
    parts = urlsplit(text if "://" in text else f"https://{text}")
    host = (parts.hostname or "").encode("idna").decode()
    return host, _suffixes().privatesuffix(host), parts.path


def ada_alone(text: str) -> str:
    """The engine that parses inside ours, and nothing around it."""
    return str(ada_url.normalize_url(text))


@contextmanager
def contest(_work: Path) -> Iterator[Contest]:
    """Ours finds what is pointed at; the peer only takes the text apart; the floor only rewrites an address."""
    many, few = texts(TEXTS), texts(SEEN)
    for text in many:
        if not isinstance(locator.parse(text), locator.Locator):
            raise WrongError(f"locator.parse refuses {text}")
        by_hand(text)
    yield Contest(
        "locator.parse",
        "texts/s of one core",
        Loop("mufakat.locator.parse", locator.parse, many),
        Loop("urlsplit + idna codec + publicsuffixlist", by_hand, many),
        Loop("ada_url.normalize_url alone", ada_alone, [text if "://" in text else f"https://{text}" for text in many]),
        asides=[Loop("ours, hosts seen before", locator.parse, few)],
        targets=[Target("ours", 50_000)],
    )
