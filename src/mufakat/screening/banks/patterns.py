"""Patterns: regular expressions that are matched in time linear in the text, whatever somebody writes (google-re2).

The syntax is RE2's: no references back, no looking around. Case does not count. A pattern is looked for in the plain
view of a text, then in the bare one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from mufakat.screening.bank import BankKind, Hit
from mufakat.screening.banks.shelf import OrderedShelf
from mufakat.screening.expiry import is_there
from mufakat.screening.fold import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mufakat.screening.bank import Entry, Seen

MAX_PATTERN = 1_000
"""Characters of a pattern."""
MAX_PROGRAM = 2_000
"""Instructions that a pattern may be compiled to, by RE2's count: `(a{100}){100}` is short and is not small."""
PATTERN_MEMORY = 1 << 20
SET_MEMORY = 1 << 26
"""Bytes that one pattern, and all of a bank together, may take to be matched; more is slower, and still linear."""
PATTERN_VIEWS = (View.PLAIN, View.BARE)
SURROGATE = re.compile("[\ud800-\udfff]")


class BadPatternError(ValueError):
    """A pattern that may not be run; the sentence says why."""


class PatternBank(OrderedShelf):
    """The reference: every pattern is searched for in each view by itself."""

    kind: ClassVar = BankKind.PATTERN

    def __init__(self, name: str, entries: Iterable[Entry], *, allow: bool = False) -> None:
        super().__init__(name, entries, allow=allow)
        self._patterns = [(entry, compiled(entry.value)) for entry in self.entries]

    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]:
        for entry, pattern in self._patterns:
            span = first_place(seen, pattern) if is_there(entry, at=at) else None
            if span is not None:
                yield Hit(entry, span)


def first_place(seen: Seen, pattern: Any) -> tuple[int, int] | None:
    """Where a pattern is found first, in characters of the original, in the first view that has it."""
    for view in PATTERN_VIEWS:
        folded = seen.views[view]
        found = pattern.search(encodable(folded.text))
        if found is not None and found.end() > found.start():
            return folded.span(found.start(), found.end())
    return None


def encodable(text: str) -> str:
    """The text with a mark in place of each lone surrogate, which UTF-8 does not know; places stay the same."""
    return text if text.isascii() else SURROGATE.sub("\ufffd", text)


def compiled(pattern: str) -> Any:
    """A pattern ready to be searched for. `BadPatternError` for one that is none, is too large, or matches nothing."""
    engine, options = _engine(PATTERN_MEMORY)
    if len(pattern) > MAX_PATTERN:
        raise BadPatternError(f"It is longer than {MAX_PATTERN:,} characters.")
    try:
        found = engine.compile(pattern, options)
    except (engine.error, UnicodeEncodeError) as error:
        raise BadPatternError("It is no pattern that can be matched in linear time.") from error
    if found.programsize > MAX_PROGRAM:
        raise BadPatternError("It is short to write and too large to run.")
    if found.search("") is not None:
        raise BadPatternError("It matches the empty text, and so everything.")
    return found


def one_pass(patterns: Iterable[str]) -> Any:
    """So many patterns as one set, which says in one pass over a text which of them match."""
    engine, options = _engine(SET_MEMORY)
    found = engine.Set.SearchSet(options)
    for pattern in patterns:
        found.Add(pattern)
    found.Compile()
    return found


@cache
def _engine(memory: int) -> tuple[Any, Any]:
    try:
        import re2
    except ImportError as error:
        raise ImportError("Patterns need the extra: pip install 'mufakat[screening]'.") from error
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = memory
    return re2, options
