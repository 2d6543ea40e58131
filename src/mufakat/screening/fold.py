"""Text as it is meant: three views of one text, each undoing more of what hides words, with the way back.

Every character of a view knows which characters of the original it came from, so that a match is shown where it stands.
Pure, and linear in the length of the text whatever it holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple, overload

from mufakat.screening import fold_characters, fold_order, fold_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MANY = 1.3
"""Bytes of a text for each of its characters: with fewer, only the characters that are not plain are looked at."""

SEAM = "\uffff"
"""Stands in BARE and LETTERS between the text as it is stored and, where an override turns it around, as it is read."""

_BLANKS = re.compile(r"[^\S ]\s*| \s+")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")  # Those that are no blanks.
_OTHERS = re.compile(r"[^\x09-\x0d\x1c-\x7e]")  # Not plain, or not seen.
_ONE_LOOK = {ord("l"): "i", ord("w"): "v"}
"""For `translate`. An l is an i, which a 1 and a capital I may stand for; a w is a v, of which two look like it."""

_ONE_BYTE = bytes.maketrans(b"lw", b"iv")
_NO_LETTERS = bytes(point for point in range(0x80) if not chr(point).isalpha())
_AGAIN = re.compile(r"(.)(?=\1)")
"""A letter that comes once more. It is dropped, and not a run made one letter: what is put back is made in Python."""


_STRANGE = re.compile(r"[^\x00-\x7f]")


class View(StrEnum):
    """How much is undone."""

    __hash__ = str.__hash__  # That of an enumeration is a call in Python, and each text is asked for by its view.

    PLAIN = "plain"  # Compatibility forms and case (NFKC, casefold); what nobody would call hiding.
    BARE = "bare"  # Also format and bidi characters, marks, confusables, leet; Indonesian chat spelling word by word.
    LETTERS = (
        "letters"  # Also everything but letters, runs of one letter, l for i: for long phrases alone, not to read.
    )


Bounds = tuple[Sequence[int], Sequence[int]]
"""Where each character of a view begins and ends, in characters of the original."""


class Folded(NamedTuple):
    """A view of a text. `begins[i]` and `ends[i]` bound what character i came from, in characters of the original."""

    text: str
    begins: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the original from which ``text[start:end]`` came; ``start < end``."""
        return min(self.begins[start:end]), max(self.ends[start:end])


def fold(text: str, view: View) -> Folded:
    """One view of a text."""
    return _plain(text) if view is View.PLAIN else views(text)[view]


def views(text: str) -> Mapping[View, Folded]:
    """Every view of a text, each made once. BARE *is* PLAIN, the same object, where nothing more was to be undone."""
    plain = _plain(text)
    is_bare = _is_bare(text, plain)
    bare = spelt = plain if is_bare else _with_one_blank(_seen(text))
    if not fold_words.is_as_meant(spelt.text):
        if not fold_words.is_in_words(spelt.text):
            if fold_words.is_spelt_out(spelt.text):
                spelt = _in_one_piece(_in_place(text.lower()) if is_bare else _seen(text))
            for rewrites in (fold_words.signed, fold_words.letters):
                spelt = _rewritten(spelt, rewrites(spelt.text))
        bare = _rewritten(spelt, fold_words.spellings(spelt.text))
    # Pieces of a word that is torn apart may be short forms by chance, so the letters are those before they are read.
    return {View.PLAIN: plain, View.BARE: bare, View.LETTERS: _letters(spelt)}


def has_plain_letters(text: str) -> bool:
    """Whether all of which words are made is ASCII: of signs and pictures none is."""
    return text.isascii() or not any(map(_is_of_word, _STRANGE.findall(text)))


@lru_cache(maxsize=65_536)
def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == SEAM or unicodedata.category(character)[0] == "M"


def _plain(text: str) -> Folded:
    if text.isascii():
        return _with_one_blank(_in_place(text.lower()))
    if (folded := fold_characters.plain_in_place(text)) is not None:
        return _with_one_blank(_in_place(folded))
    return _with_one_blank(_by_clusters(text))


def _by_clusters(text: str) -> Folded:
    pieces: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    for found in fold_characters.clusters().finditer(text):
        begin, end = found.span()
        if found[0].isascii():
            pieces.append(found[0].lower())
            begins.extend(range(begin, end))
            ends.extend(range(begin + 1, end + 1))
            continue
        for start, stop, piece in fold_characters.plain_parts(found[0]):
            pieces.append(piece)
            begins.extend([begin + start] * len(piece))
            ends.extend([begin + stop] * len(piece))
    return Folded("".join(pieces), begins, ends)


def _in_one_piece(folded: Folded) -> Folded:
    """With words that are spelt out in one piece. Where one ends, only the blanks show as they were written."""
    for rewrites in (fold_words.spaced, _blanks, fold_words.spaced):
        folded = _rewritten(folded, rewrites(folded.text))
    return folded


def _seen(text: str) -> Folded:
    return _turned(text) if fold_order.OVERRIDE in text else _looks(text)


def _is_bare(text: str, plain: Folded) -> bool:
    """Whether it is quickly seen that nothing more is to be undone in the characters: most texts are like that."""
    if text.isascii():
        return text.isprintable() or _CONTROLS.search(text) is None
    return plain.text == text.lower() and fold_characters.is_bare(text)


def _looks(text: str) -> Folded:
    small = text.lower()
    if len(text.encode(errors="surrogatepass")) < len(text) * MANY and len(small) == len(text):
        looks = ((*found.span(), fold_characters.bare(found[0])) for found in _OTHERS.finditer(text))
        return _rewritten(_in_place(small), (one for one in looks if one[2] != small[one[0]]))
    every = list(map(fold_characters.bare, text))
    folded = "".join(every)
    if len(folded) == len(text) and "" not in every:
        return _in_place(folded)
    begins = [place for place, look in enumerate(every) for _ in look]
    return Folded(folded, begins, [place + 1 for place in begins])


def _turned(text: str) -> Folded:
    """As it is stored and, behind the seam, as it is read: who shows it may follow an override, or not."""
    order = fold_order.as_read(text)
    if order is None:
        return _looks(text)
    looks = [*map(fold_characters.bare, text), SEAM]
    places = (*range(len(looks)), *order)
    begins = [place for place in places for _ in looks[place]]
    ends = [min(place + 1, len(text)) for place in begins]
    return Folded("".join([looks[place] for place in places]), begins, ends)


def _in_place(text: str) -> Folded:
    """Where each character came from the one at its place."""
    return Folded(text, range(len(text)), range(1, len(text) + 1))


def _letters(spelt: Folded) -> Folded:
    if has_plain_letters(spelt.text):
        text = spelt.text.encode("ascii", "ignore").translate(_ONE_BYTE, _NO_LETTERS).decode()
    else:
        text = SEAM.join("".join(filter(str.isalpha, part)) for part in spelt.text.split(SEAM)).translate(_ONE_LOOK)
    text = _AGAIN.sub("", text)
    return _placed_later(text, partial(_bounds_of_letters, spelt))


def _bounds_of_letters(spelt: Folded) -> Bounds:
    """Where each letter that is kept begins and, with its run, ends."""
    begins: list[int] = []
    ends: list[int] = []
    last = ""
    for place, one in enumerate(spelt.text.translate(_ONE_LOOK)):
        if not (one.isalpha() or one == SEAM):
            continue
        if one == last:
            ends[-1] = spelt.ends[place]
            continue
        last = one
        begins.append(spelt.begins[place])
        ends.append(spelt.ends[place])
    return begins, ends


def _placed_later(text: str, bounds: Callable[[], Bounds]) -> Folded:
    later = _Later(bounds, len(text))
    return Folded(text, _Offsets(later, 0), _Offsets(later, 1))


class _Later:
    """Bounds that are worked out when somebody asks: in most texts nothing is found."""

    __slots__ = ("_bounds", "_make", "length")

    def __init__(self, make: Callable[[], Bounds], length: int) -> None:
        self.length = length
        self._make = make
        self._bounds: Bounds | None = None

    def bounds(self) -> Bounds:
        if self._bounds is None:
            self._bounds = self._make()
        return self._bounds


class _Offsets(Sequence[int]):
    """One side of such bounds: where each character begins (0), or ends (1)."""

    __slots__ = ("_later", "_side")

    def __init__(self, later: _Later, side: int) -> None:
        self._later = later
        self._side = side

    def __len__(self) -> int:
        return self._later.length

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[int]: ...
    def __getitem__(self, place: int | slice) -> int | Sequence[int]:
        return self._later.bounds()[self._side][place]

    def __iter__(self) -> Iterator[int]:
        return iter(self._later.bounds()[self._side])


def _with_one_blank(folded: Folded) -> Folded:
    """Newlines, tabs and blanks of any kind and number are one blank."""
    text = folded.text
    if (text.isprintable() and "  " not in text) or _BLANKS.search(text) is None:
        return folded
    return _rewritten(folded, _blanks(text))


def _blanks(text: str) -> Iterator[tuple[int, int, str]]:
    return ((*found.span(), " ") for found in _BLANKS.finditer(text))


def _rewritten(folded: Folded, rewrites: Iterable[tuple[int, int, str]]) -> Folded:
    """With other text from, and up to, these places; each of its characters came from all that it stands for."""
    made = list(rewrites)
    if not made:
        return folded
    pieces: list[str] = []
    last = 0
    for start, end, text in made:
        pieces += (folded.text[last:start], text)
        last = end
    pieces.append(folded.text[last:])
    return _placed_later("".join(pieces), partial(_bounds_of_rewritten, folded, made))


def _bounds_of_rewritten(folded: Folded, rewrites: Iterable[tuple[int, int, str]]) -> Bounds:
    begins: list[int] = []
    ends: list[int] = []
    last = 0
    for start, end, text in rewrites:
        begin, stop = folded.span(start, end)
        begins += (*folded.begins[last:start], *[begin] * len(text))
        ends += (*folded.ends[last:start], *[stop] * len(text))
        last = end
    return [*begins, *folded.begins[last:]], [*ends, *folded.ends[last:]]
