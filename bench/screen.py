"""``filter.find``: what a message points at and says, held against banks of the size that a platform has.

The messages are made up of Indonesian syllables, with words as frequent as words are, in the mixture of a public group:
some in capitals, with pictures, chat spelling, links and names, and two in a thousand that hold what is looked for. The
banks hold ten thousand phrases, a hundred thousand hosts and ten thousand digests. Our side is everything from the item
to the hits: taking out, folding, all three banks. Policy and transport are not in it.

``filter.judge``: the same messages as lines of JSON, through the banks and a policy of twenty rules, to verdicts as
lines of JSON: all that is pure of a batch, without a server.

``filter.pdq``: the hash of a picture, in its eight ways, held against a hundred thousand.
"""

from __future__ import annotations

import itertools
import random
import re
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import numpy as np
from msgspec import json

from bench import suite
from bench.contest import Contest, Target, WrongError
from bench.loops import Loop
from mufakat.screening import banks
from mufakat.screening.bank import BankKind, Entry
from mufakat.screening.banks.pdq import NEAR, ways
from mufakat.screening.extract import see
from mufakat.screening.item import Action, Item, ItemKind, Verdict, Visibility
from mufakat.screening.judging import Screener
from mufakat.screening.policy import Atom, Mode, Policy, Rule, When, Words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from mufakat.screening.bank import Bank

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
MESSAGES, PHRASES, HOSTS, DIGESTS, HASHES = 5_000, 10_000, 100_000, 10_000, 100_000
VOCABULARY = 60_000
PLANTED = 10  # Of the messages, so many of each kind hold what is looked for.
SYLLABLES = [c + v for c in "bcdghjklmnprstwy" for v in "aiueo"] + ["ang", "kan", "nya", "ber", "meng", "per", "ter"]
CHAT = ("yg", "gk", "dgn", "utk", "tdk", "anak2")
ADDRESS = re.compile(r"https?://\S+")


class Corpus:
    """The same words, messages and entries every time."""

    def __init__(self) -> None:
        self.chance = random.Random(2017)  # noqa: S311 - no secret.
        self.words = [
            "".join(self.chance.choices(SYLLABLES, k=self.chance.choice((2, 2, 3, 3, 4)))) for _ in range(VOCABULARY)
        ]
        self._frequent = list(itertools.accumulate(1 / (rank + 10) for rank in range(VOCABULARY)))
        self.phrases = sorted(
            {" ".join(self.chance.choices(self.words, k=self.chance.choice((2, 3, 4)))) for _ in range(PHRASES)}
        )
        self.hosts = [f"{self.chance.choice(self.words)}-{number}.example" for number in range(HOSTS)]
        self.digests = [f"{self.chance.getrandbits(256):064x}" for _ in range(DIGESTS)]

    def said(self) -> str:
        """One message in which nothing is to be found."""
        chance = self.chance
        words = chance.choices(self.words, cum_weights=self._frequent, k=max(2, int(chance.lognormvariate(2.4, 0.6))))
        if chance.random() < 0.15:
            words.insert(1, chance.choice(CHAT))
        text = " ".join(words)
        text = text.capitalize() if chance.random() < 0.3 else text
        drawn = chance.random()
        if drawn < 0.06:
            text += f" https://{chance.choice(self.words)}.example/{chance.choice(self.words)}"
        elif drawn < 0.09:
            text += f" @{chance.choice(self.words)}_raya"
        elif drawn < 0.4:
            text += "."
        return f"{text} \U0001f34c" if chance.random() < 0.1 else text

    def items(self) -> list[Item]:
        """Messages, and among them those that hold what is looked for."""
        found = [self.item(number, self.said()) for number in range(MESSAGES - 3 * PLANTED)]
        for number in range(PLANTED):
            found.append(self.item(number, f"{self.said()} {self.chance.choice(self.phrases)}"))
            found.append(self.item(number, f"{self.said()} http://a.{self.chance.choice(self.hosts)}/x"))
            found.append(self.item(number, self.said(), sha256=self.chance.choice(self.digests)))
        self.chance.shuffle(found)
        return found

    @staticmethod
    def item(number: int, text: str, *, sha256: str | None = None) -> Item:
        return Item(
            item=f"i{number}",
            at="2026-11-26T09:00:00Z",
            visibility=Visibility.PUBLIC,
            kind=ItemKind.MESSAGE,
            text=text,
            sha256=sha256,
        )


class Known(NamedTuple):
    """The same entries, as the peer holds them."""

    phrases: Collection[str]
    hosts: Collection[str]
    digests: Collection[str]


def bank(kind: BankKind, values: Sequence[str]) -> Bank:
    entries = (
        Entry(id=f"e{number}", value=value, source="made up", category="made-up", ground="house rules")
        for number, value in enumerate(values)
    )
    return banks.make(kind.value, kind, entries)


def find(item: Item, asked: Sequence[Bank]) -> int:
    """Ours: the whole way, and how many entries were found."""
    seen = see(item)
    return sum(len(list(one.find(seen, at=AT))) for one in asked)


def by_hand(item: Item, *, known: Known) -> int:
    """What one writes in an hour: words in small letters, runs of them in a set, hosts with what is above them.

    It undoes no spelling, finds no address without scheme, and does not say where anything stands.
    """
    text = item.text.lower()
    words = text.split()
    found = sum(
        " ".join(words[start : start + count]) in known.phrases
        for count in (2, 3, 4)
        for start in range(len(words) - count + 1)
    )
    for address in ADDRESS.findall(text):
        labels = (urlsplit(address).hostname or "").split(".")
        found += any(".".join(labels[place:]) in known.hosts for place in range(len(labels)))
    return found + (item.sha256 in known.digests)


def words_alone(item: Item) -> list[str]:
    """The one step that cannot be left out: the words of each message in small letters."""
    return item.text.lower().split()


def held(corpus: Corpus) -> list[Bank]:
    """The three banks of messages."""
    return [
        bank(BankKind.PHRASE, corpus.phrases),
        bank(BankKind.LOCATOR, corpus.hosts),
        bank(BankKind.DIGEST, corpus.digests),
    ]


@contextmanager
def contest(_work: Path) -> Iterator[Contest]:
    """The whole way from an item to the hits."""
    corpus = Corpus()
    items = corpus.items()
    asked = held(corpus)
    known = Known(frozenset(corpus.phrases), frozenset(corpus.hosts), frozenset(corpus.digests))
    found, by_others = sum(find(item, asked) for item in items), sum(by_hand(item, known=known) for item in items)
    if found < by_others or by_others < 3 * PLANTED:
        raise WrongError(f"ours found {found}, the peer {by_others}, and {3 * PLANTED} are there")
    size = sum(len(item.text) for item in items) / len(items)
    yield Contest(
        "filter.find",
        "messages/s of one core",
        Loop("mufakat.screening", partial(find, asked=asked), items),
        Loop("runs of words in a set, urlsplit, by hand", partial(by_hand, known=known), items),
        Loop("str.lower and split", words_alone, items),
        targets=[Target("ours", 20_000)],
        remarks=[
            f"{size:.0f} characters a message; {PHRASES:,} phrases, {HOSTS:,} hosts, {DIGESTS:,} digests",
            "the peer undoes no spelling, knows no address without scheme, and does not say where anything stands",
        ],
    )


def policy() -> Policy:
    """Twenty rules over three banks, most of which ask for two things at once."""
    kinds = [BankKind.PHRASE, BankKind.LOCATOR, BankKind.DIGEST]
    said = Words(id="Dibuat-buat untuk diukur.", en="Made up to be measured.")
    rules = tuple(
        Rule(
            name=f"rule-{number}",
            when=When(
                all_of=(Atom(bank=kinds[number % 3].value), Atom(category="made-up", least=1 + number // 3)),
                none_of=(Atom(language=f"x-{number}"),),
            ),
            then=Action.HOLD if number % 2 else Action.WARN,
            reason=said,
            mode=Mode.SHADOW if number % 5 == 4 else Mode.LIVE,
            priority=number,
        )
        for number in range(20)
    )
    return Policy(policy="measured", version=1, rules=rules)


@contextmanager
def judging(_work: Path) -> Iterator[Contest]:
    """From lines of JSON to lines of JSON."""
    corpus = Corpus()
    lines = [json.encode(item) for item in corpus.items()]
    decode, encode = json.Decoder(Item).decode, json.Encoder().encode
    screener = Screener(policy(), held(corpus))

    def judge(line: bytes) -> bytes:
        return encode(screener.judge(decode(line), at=AT))

    def through(line: bytes) -> bytes:
        item = decode(line)
        return encode(Verdict(item=item.item, action=Action.NONE, rule=None, policy=None))

    acted = sum(b'"action":"none"' not in judge(line) for line in lines)
    if acted < 3 * PLANTED:
        raise WrongError(f"{3 * PLANTED} messages hold what is looked for, and {acted} were acted upon")
    yield Contest(
        "filter.judge",
        "messages/s of one core",
        Loop("mufakat.screening", judge, lines),
        None,
        Loop("msgspec alone: in and out", through, lines),
        targets=[Target("ours", 20_000)],
    )


def compare_all(picture: int, known: np.ndarray) -> np.ndarray:
    """The peer of PDQ: all hashes of the bank against each of the eight ways."""
    near = np.zeros(len(known), dtype=bool)
    for way in ways(picture):
        asked = np.frombuffer(way.to_bytes(32, "big"), dtype=">u8").astype(np.uint64)
        near |= np.bitwise_count(known ^ asked).sum(axis=1) <= NEAR
    return np.flatnonzero(near)


@contextmanager
def pictures(_work: Path) -> Iterator[Contest]:
    """One picture against many; half of those asked for are in the bank, with up to 31 bits turned."""
    chance = random.Random(2017)  # noqa: S311 - no secret.
    held = [chance.getrandbits(256) for _ in range(HASHES)]
    asked = [chance.getrandbits(256) for _ in range(16)]
    asked += [one ^ sum(1 << bit for bit in chance.sample(range(256), NEAR)) for one in chance.sample(held, 16)]
    ours = bank(BankKind.PDQ, [f"{one:064x}" for one in held])
    raw = b"".join(one.to_bytes(32, "big") for one in held)
    known = np.frombuffer(raw, dtype=">u8").astype(np.uint64).reshape(-1, 4)
    items = [
        Item(
            item="i",
            at="2026-11-26T09:00:00Z",
            visibility=Visibility.PUBLIC,
            kind=ItemKind.MEDIA,
            pdq=f"{one:064x}",
            pdq_quality=90,
        )
        for one in asked
    ]
    if [find(item, [ours]) for item in items] != [len(compare_all(one, known)) for one in asked]:
        raise WrongError("the bands find something else than comparing all")
    yield Contest(
        "filter.pdq",
        f"pictures/s of one core, {HASHES:,} hashes in 8 ways",
        Loop("mufakat.screening", partial(find, asked=[ours]), items),
        Loop("numpy: all are compared", partial(compare_all, known=known), asked),
        Loop("the eight ways", ways, asked),
    )


if __name__ == "__main__":
    sys.exit(suite.main("screen", {"filter.find": contest, "filter.judge": judging, "filter.pdq": pictures}))
