"""What screening catches and what it misses: ``python -m bench.evasions``, a table with intervals.

Phrases of made-up syllables are planted in made-up messages and hidden in every way of `evasion_classes`. Recall is the
share that the bank of phrases still finds; beside it is the view that it took. False hits are counted on messages into
which nothing was planted: whatever is found there though its words do not stand there one after the other.

The syllables look like Indonesian and are kinder than it: words are longer than in chats and none is nearly another.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Final

from bench import report
from bench.evasion_classes import ADDRESSES, EMOJI, WAYS, Way
from mufakat.rules import accuracy
from mufakat.screening import banks
from mufakat.screening.bank import BankKind, Entry
from mufakat.screening.banks.phrases import LONG
from mufakat.screening.extract import see
from mufakat.screening.fold import View, fold
from mufakat.screening.item import Item, ItemKind, Visibility

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.evasion_classes import Words
    from mufakat.rules.accuracy import Share
    from mufakat.screening.bank import Bank, Hit

AT: Final = datetime(2026, 11, 26, 9, tzinfo=UTC)
SEED: Final = 2017
PLANTED = 400
CLEAN = 200_000
CHAFF = 4_000
"""Phrases beside the planted ones of each length, so that there is something to be found by mistake."""
STARTS: Final = ("b", "c", "d", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "w", "y", "ng", "ny")
ENDS: Final = ("", "", "", "n", "ng", "r", "s", "k", "t", "l")
CHAT: Final = ("yg", "dgn", "gk", "udah", "bgt", "tp", "krn", "jgn", "klo", "aja")


class Speech:
    """Words whose frequencies fall as in any language (Zipf), messages of them, phrases of the rarer ones."""

    def __init__(self, seed: int, count: int = 20_000) -> None:
        self.chance = chance = random.Random(seed)  # noqa: S311 - no secret.
        words: dict[str, None] = {}
        while len(words) < count:
            words["".join(self._syllable() for _ in range(chance.choice((2, 2, 2, 3))))] = None
        self.words = list(words)
        rare = self.words[count // 100 :]
        self._parts = {True: rare, False: [word for word in rare if len(word) <= 6]}
        self._weights = list(accumulate(1 / rank for rank in range(1, count + 1)))

    def _syllable(self) -> str:
        chance = self.chance
        return chance.choice(STARTS) + chance.choice("aiueo") + chance.choice(ENDS)

    def message(self) -> str:
        """What somebody writes who hides nothing."""
        chance = self.chance
        length = max(1, min(80, int(chance.lognormvariate(2.2, 0.7))))
        said = chance.choices(self.words, cum_weights=self._weights, k=length)
        for _ in range(length // 4):
            said[chance.randrange(length)] = self._spice(chance.choice(said))
        text = " ".join(said)
        kind = chance.random()
        if kind < 0.05:
            return text.upper()
        return text.capitalize() + chance.choice((".", "!", "?", "...")) if kind < 0.4 else text

    def _spice(self, word: str) -> str:
        chance = self.chance
        return chance.choice(
            (
                f"{word},",
                f"{word}.",
                chance.choice(CHAT),
                f"{word}2",
                f"{word}nya",
                f"{word[:-1]}{word[-1] * 4}",
                f"{chance.randint(1, 900)}rb",
                f"Rp{chance.randint(1, 99)}.000",
                f"@{word}{chance.randint(1, 99)}",
                f"{word} {chance.choice(EMOJI)}",
                f"https://{word}.example.net/{chance.randint(1, 999)}",
                f"({word})",
            )
        )

    def phrase(self, *, is_long: bool) -> Words:
        """Two to four of the rarer words; a short one has too few letters to be looked for among letters alone."""
        while True:
            words = tuple(
                self.chance.choices(self._parts[is_long], k=self.chance.choice((2, 3, 4) if is_long else (2,)))
            )
            if len(set(words)) == len(words) and (letters_of(words) >= LONG) == is_long:
                return words


def letters_of(words: Words) -> int:
    """As the bank counts them."""
    return len(fold(" ".join(words), View.LETTERS).text)


def entry(number: int, value: str) -> Entry:
    """One made-up entry."""
    return Entry(id=f"e{number}", value=value, source="made up", category="example", ground="made up")


def item(text: str) -> Item:
    """A message."""
    return Item(item="m", at="2026-11-26T09:00:00Z", visibility=Visibility.PUBLIC, kind=ItemKind.MESSAGE, text=text)


def hits(bank: Bank, text: str) -> list[Hit]:
    """What the bank finds in a message."""
    return list(bank.find(see(item(text)), at=AT))


@dataclass(frozen=True)
class Recall:
    """How many of the phrases hidden in one way were found."""

    name: str
    short: Share
    long: Share


def recall(speech: Speech, way: Way, *, is_long: bool, count: int) -> Share:
    """The share of phrases that are found though they are hidden this way, each in a message of its own."""
    planted = list(islice(_planted(speech, way, is_long=is_long), count))
    bank = banks.make("planted", BankKind.PHRASE, [entry(n, " ".join(words)) for n, words in enumerate(planted)])
    found = 0
    for number, words in enumerate(planted):
        around = speech.message().split()
        place = speech.chance.randint(0, len(around))
        text = " ".join((*around[:place], way.hide(words, speech.chance), *around[place:]))
        found += any(hit.entry.id == f"e{number}" for hit in hits(bank, text))
    return accuracy.share(found, count)


def _planted(speech: Speech, way: Way, *, is_long: bool) -> Iterator[Words]:
    """Phrases that the way changes: a word without an l cannot be written with a one for it."""
    while True:
        words = speech.phrase(is_long=is_long)
        ready = way.prepare(words, speech.chance)
        if (letters_of(ready) >= LONG) != is_long:
            continue
        if way is WAYS[0] or way.hide(ready, speech.chance) != " ".join(ready):
            yield ready


def recalls(count: int, *, seed: int = SEED) -> Iterator[Recall]:
    """Every way, with phrases of both lengths."""
    speech = Speech(seed)
    for way in WAYS:
        short, long = (recall(speech, way, is_long=is_long, count=count) for is_long in (False, True))
        yield Recall(way.name, short, long)


def false_hits(count: int, *, seed: int = SEED, chaff: int = CHAFF) -> Share:
    """Clean messages in which something is found that does not stand there."""
    speech = Speech(seed)
    phrases = [" ".join(speech.phrase(is_long=is_long)) for is_long in (False, True) for _ in range(chaff)]
    bank = banks.make("chaff", BankKind.PHRASE, [entry(number, phrase) for number, phrase in enumerate(phrases)])
    wrong = 0
    for _ in range(count):
        text = speech.message()
        if found := hits(bank, text):
            plain = f" {' '.join(_words(text))} "
            wrong += any(f" {hit.entry.value} " not in plain for hit in found)
    return accuracy.share(wrong, count)


def _words(text: str) -> Sequence[str]:
    return "".join(one if one.isalnum() else " " for one in text.casefold()).split()


def addresses() -> dict[str, bool]:
    """Every way to write an address: whether the bank of hosts still finds it."""
    host = "situs-pisang.example.net"
    bank = banks.make("hosts", BankKind.LOCATOR, [entry(0, host)])
    return {name: bool(hits(bank, f"lihat {write(host)} ya")) for name, write in ADDRESSES.items()}


def main() -> int:
    """Print the tables and write the rows."""
    parser = argparse.ArgumentParser(prog="python -m bench.evasions", description=sys.modules[__name__].__doc__)
    parser.add_argument("--planted", type=int, default=PLANTED, help="phrases of each way and length")
    parser.add_argument("--clean", type=int, default=CLEAN, help="messages without anything planted")
    told = parser.parse_args()
    rows = []
    print("| hidden by | phrases of fewer than 12 letters | of 12 and more |", "|---|---|---|", sep="\n")
    for one in recalls(told.planted):
        print(f"| {one.name} | {_shown(one.short)} | {_shown(one.long)} |", flush=True)
        rows += [_row(f"evasion.{one.name}.{length}", share) for length, share in _lengths(one)]
    print("", "| address | found |", "|---|---|", sep="\n")
    for name, found in addresses().items():
        print(f"| {name} | {'yes' if found else 'no'} |")
        rows.append({"id": f"address.{name}", "unit": "found", "ours": float(found)})
    clean = false_hits(told.clean)
    rows.append(_row("false_hits", clean))
    million = [f"{1e6 * value:.1f}" for value in (clean.value or 0.0, clean.lower, clean.upper)]
    counted = f"of {clean.whole:,}, with {2 * CHAFF:,} phrases"
    print("", f"false hits in a million clean messages: {million[0]} ({million[1]}–{million[2]}); {counted}", sep="\n")
    print(report.machine(), f"rows: {report.write('evasions', rows)}", sep="\n")
    return 0


def _lengths(one: Recall) -> tuple[tuple[str, Share], ...]:
    return ("short", one.short), ("long", one.long)


def _row(name: str, share: Share) -> dict[str, object]:
    return {
        "id": name,
        "unit": "share",
        "ours": share.value,
        "min": share.lower,
        "max": share.upper,
        "part": share.part,
        "whole": share.whole,
    }


def _shown(share: Share) -> str:
    value = share.value or 0.0
    return f"{100 * value:.1f} % ({100 * share.lower:.1f}–{100 * share.upper:.1f})"


if __name__ == "__main__":
    sys.exit(main())
