"""How words are hidden: for each way one mutation of a phrase, and of an address. All of it is made up.

A way that inverts one of our own tables (look-alikes, leet, chat spelling) measures whether the table is applied, and
not whether it is complete: what people will think of tomorrow is in no table.
"""

from __future__ import annotations

import base64
import codecs
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from mufakat.locator import confusables
from mufakat.screening import fold_tables

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping, Sequence

Words = tuple[str, ...]
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
VOWELS: Final = "aiueo"
UNSEEN: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
MARKS: Final = "\u0300\u0301\u0302\u0308\u0323\u0327\u0336"
EMOJI: Final = "\U0001f600\U0001f525\U0001f34c\u2764\u2b50"
CYRILLIC: Final = dict(zip("aceopxyijs", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455", strict=True))
CYRILLIC_CAPITALS: Final = dict(
    zip("abcehikmoptxy", "\u0410\u0412\u0421\u0415\u041d\u0406\u041a\u041c\u041e\u0420\u0422\u0425\u0423", strict=True)
)
LEET: Final = dict(zip("aegiost", "4361057", strict=True))
SIGNS: Final = dict(zip("ais", "@!$", strict=True))


@dataclass(frozen=True)
class Way:
    """One way to hide a phrase: how it is written, and what phrase it takes, where not any."""

    name: str
    hide: Callable[[Words, random.Random], str]
    prepare: Callable[[Words, random.Random], Words] = lambda words, _: words


def by_letter(change: Callable[[str, random.Random], str]) -> Callable[[Words, random.Random], str]:
    """Every letter by itself."""
    return lambda words, chance: " ".join("".join(change(one, chance) for one in word) for word in words)


def by_word(change: Callable[[str, random.Random], str]) -> Callable[[Words, random.Random], str]:
    """Every word by itself."""
    return lambda words, chance: " ".join(change(word, chance) for word in words)


def instead(table: Mapping[str, str]) -> Callable[[Words, random.Random], str]:
    """Every letter that the table has."""
    return by_letter(lambda one, _: table.get(one, one))


def from_point(first: int) -> Callable[[Words, random.Random], str]:
    """Letters of another alphabet in the same order."""
    return by_letter(lambda one, _: chr(first + LETTERS.index(one)))


def between(text: str) -> Callable[[Words, random.Random], str]:
    """The same text between all letters of a word."""
    return by_word(lambda word, _: text.join(word))


def mostly(one: str, chance: random.Random, other: str) -> str:
    """Another letter in every second case."""
    return other if chance.random() < 0.5 else one


def stretched(word: str, chance: random.Random) -> str:
    """A vowel is drawn out."""
    place = chance.choice([place for place, one in enumerate(word) if one in VOWELS])
    return word[:place] + word[place] * chance.randint(3, 6) + word[place + 1 :]


def with_a_typo(word: str, chance: random.Random) -> str:
    """One letter too few, too many, another one, or two in the wrong order."""
    place = chance.randrange(len(word) - 1)
    other = chance.choice(LETTERS.replace(word[place], ""))
    return chance.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + other + word[place:],
            word[:place] + other + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )


def without_vowels(word: str, _: random.Random) -> str:
    """As in chats, beyond what any table lists."""
    return word[0] + "".join(one for one in word[1:] if one not in VOWELS)


def hidden_inside(what: str) -> Callable[[Words, random.Random], str]:
    """One of these somewhere inside each word."""

    def hide(word: str, chance: random.Random) -> str:
        place = chance.randrange(1, len(word))
        return word[:place] + chance.choice(what) + word[place:]

    return by_word(hide)


@cache
def twins() -> Mapping[str, Sequence[str]]:
    """By letter, everything that Unicode's table says looks like it, and is one character."""
    found = defaultdict(list)
    for point, look in confusables.table().items():
        if look in LETTERS and chr(point).isalpha() and not chr(point).isascii():
            found[look].append(chr(point))
    return found


def twin(one: str, chance: random.Random) -> str:
    """A look-alike out of Unicode's table."""
    return chance.choice(twins().get(one) or [one])


@cache
def short_forms() -> Mapping[str, Sequence[str]]:
    """By word, its spellings in chats."""
    found = defaultdict(list)
    for spelling, meant in fold_tables.chat().items():
        if " " not in meant:
            found[meant].append(spelling)
    return found


def with_a_chat_word(words: Words, chance: random.Random) -> Words:
    """A phrase that holds a word with a short form."""
    return (words[0], chance.choice(sorted(short_forms())), *words[1:])


def in_short_form(words: Words, chance: random.Random) -> str:
    """The short form of each word that has one."""
    return " ".join(chance.choice(short_forms()[word]) if word in short_forms() else word for word in words)


def doubled(words: Words, _: random.Random) -> Words:
    """A phrase whose first word is said twice; of two words only the first, or it would never be a short one."""
    return (words[0], *words) if len(words) > 2 else (words[0], words[0])


def swapped(words: Words, _: random.Random) -> str:
    """The other way round."""
    return " ".join((*words[1:], words[0]))


def overridden(words: Words, _: random.Random) -> str:
    """Written from its end, and turned around for the reader."""
    return f"\u202e{' '.join(words)[::-1]}\u202c"


def leet_and_unseen(words: Words, chance: random.Random) -> str:
    """Two ways at once."""
    return hidden_inside(UNSEEN)(tuple(instead(LEET)(words, chance).split(" ")), chance)


def marks_on_cyrillic_capitals(words: Words, chance: random.Random) -> str:
    """Two ways at once."""
    return "".join(one + chance.choice(MARKS) for one in instead(CYRILLIC_CAPITALS)(words, chance))


WAYS: Sequence[Way] = (
    Way("as it stands", lambda words, _: " ".join(words)),
    Way("upper case", lambda words, _: " ".join(words).upper()),
    Way("mixed case", by_letter(lambda one, chance: mostly(one, chance, one.upper()))),
    Way("full width", from_point(0xFF41)),
    Way("bold letters of mathematics", from_point(0x1D41A)),
    Way("letters in circles", from_point(0x24D0)),
    Way("letters in black circles", from_point(0x1F150)),
    Way("letters of flags", from_point(0x1F1E6)),
    Way("unseen characters inside", hidden_inside(UNSEEN)),
    Way("combining marks", by_letter(lambda one, chance: one + chance.choice(MARKS))),
    Way("a new line between words", lambda words, _: "\n".join(words)),
    Way("Cyrillic small letters", instead(CYRILLIC)),
    Way("Cyrillic capitals", instead(CYRILLIC_CAPITALS)),
    Way("any look-alike of Unicode's table", by_letter(twin)),
    Way("digits for letters", instead(LEET)),
    Way("signs for letters", instead(SIGNS)),
    Way("digits and unseen characters", leet_and_unseen),
    Way("Cyrillic capitals with marks", marks_on_cyrillic_capitals),
    Way("override from right to left", overridden),
    Way("short forms of chats", in_short_form, with_a_chat_word),
    Way("doubling by a two", lambda words, _: " ".join((f"{words[0]}2", *words[2:])), doubled),
    Way("doubling by a hyphen", lambda words, _: " ".join((f"{words[0]}-{words[0]}", *words[2:])), doubled),
    Way("spaced letters", between(" ")),
    Way("dots between letters", between(".")),
    Way("spaced letters, more between words", lambda words, _: "   ".join(" ".join(word) for word in words)),
    Way("no blanks", lambda words, _: "".join(words)),
    Way("underscores for blanks", lambda words, _: "_".join(words)),
    Way("stretched vowels", by_word(stretched)),
    Way("emoji between words", lambda words, chance: chance.choice(EMOJI).join(words)),
    Way("emoji inside words", hidden_inside(EMOJI)),
    Way("a hyphen inside words", hidden_inside("-")),
    Way("1 for l", instead({"l": "1"})),
    Way("I for l", instead({"l": "I"})),
    Way(
        "ending -nya or -kan", lambda words, chance: " ".join((*words[:-1], words[-1] + chance.choice(("nya", "kan"))))
    ),
    Way("rn for m", instead({"m": "rn"})),
    Way("vv for w", instead({"w": "vv"})),
    Way("beginning me- or di-", by_word(lambda word, chance: chance.choice(("me", "di")) + word)),
    Way("dropped vowels", by_word(without_vowels)),
    Way("one typo in each word", by_word(with_a_typo)),
    Way("a word between", lambda words, _: " yang ".join(words)),
    Way("words in another order", swapped),
    Way("syllables turned around", lambda words, _: " ".join(word[::-1] for word in words)),
    Way("ROT13", lambda words, _: codecs.encode(" ".join(words), "rot13")),
    Way("Base64", lambda words, _: base64.b64encode(" ".join(words).encode()).decode()),
)


def escaped(host: str) -> str:
    """The second letter as a percent escape."""
    return f"{host[0]}%{ord(host[1]):02x}{host[2:]}"


ADDRESSES: Mapping[str, Callable[[str], str]] = {
    "as it stands": lambda host: f"https://{host}/a",
    "without scheme": lambda host: f"{host}/a",
    "upper case": lambda host: f"HTTPS://{host.upper()}/A",
    "a name below it": lambda host: f"https://www7.{host}/",
    "hxxp": lambda host: f"hxxps://{host}/a",
    "[.]": lambda host: host.replace(".", "[.]"),
    "[dot]": lambda host: host.replace(".", "[dot]"),
    "(titik)": lambda host: host.replace(".", " (titik) "),
    "dot with blanks": lambda host: host.replace(".", " dot "),
    "titik with blanks": lambda host: host.replace(".", " titik "),
    "blanks around the dot": lambda host: host.replace(".", " . "),
    "full stop of full width": lambda host: f"https://{host.replace('.', chr(0x3002))}/a",
    "letters of full width": lambda host: "https://" + "".join(chr(ord(one) + 0xFEE0) for one in host),
    "percent escapes": lambda host: f"https://{escaped(host)}/a",
    "user before the host": lambda host: f"https://t.me@{host}/a",
    "port": lambda host: f"https://{host}:443/a",
    "last dot": lambda host: f"https://{host}./a",
    "back slashes": lambda host: f"https:\\\\{host}\\a",
    "unseen characters inside": lambda host: f"https://{host[0]}\u200b{host[1:]}/a",
    "argument of a redirect": lambda host: f"https://kirim.example.org/?u=https%3A%2F%2F{host}%2Fa",
    "between other letters": lambda host: f"lihat({host})ya",
    "Cyrillic look-alike": lambda host: f"https://{host.replace('a', CYRILLIC['a'])}/a",
    "a short link": lambda host: f"https://pendek.example.org/{len(host)}",
}
