"""The order in which overridden text is read (UAX 9): what stands under U+202E is read from its end. Pure.

Only overrides are followed, because they alone turn Latin letters around. Embeddings and isolates count, so that the
right character ends an override.
"""

from __future__ import annotations

OVERRIDE = "\u202e"

_OPENS = {"\u202e": True, "\u202d": False}
_EMBEDS = frozenset("\u202a\u202b")
_ISOLATES = frozenset("\u2066\u2067\u2068")
_CLOSES = "\u202c"
_CLOSES_ISOLATE = "\u2069"


class _Run:
    """Characters, by their places, and runs within; what holds it is read first, where it is not turned."""

    __slots__ = ("inner", "is_isolate", "is_turned")

    def __init__(self, *, is_turned: bool, is_isolate: bool = False) -> None:
        self.inner: list[int | _Run] = []
        self.is_turned = is_turned
        self.is_isolate = is_isolate


def as_read(text: str) -> list[int] | None:
    """The places of the characters of a text as they are read; nothing, where they are read as they stand."""
    order = _flat(_tree(text))
    return None if order == list(range(len(text))) else order


def _tree(text: str) -> _Run:
    whole = _Run(is_turned=False)
    open_runs = [whole]
    isolates = 0
    for place, one in enumerate(text):
        if one in _OPENS or one in _EMBEDS or one in _ISOLATES:
            run = _Run(is_turned=_OPENS.get(one, False), is_isolate=one in _ISOLATES)
            open_runs[-1].inner.append(run)
            open_runs.append(run)
            isolates += run.is_isolate
        elif one == _CLOSES and len(open_runs) > 1 and not open_runs[-1].is_isolate:
            open_runs.pop()
        elif one == _CLOSES_ISOLATE and isolates:
            isolates -= 1
            while not open_runs.pop().is_isolate:
                pass
        elif one in "\n\r\x1c\x1d\x1e\x85\u2029":  # A paragraph ends whatever is open.
            del open_runs[1:]
            isolates = 0
        open_runs[-1].inner.append(place)
    return whole


def _flat(whole: _Run) -> list[int]:
    """From left to right, without recursion: whoever writes decides how deep it goes."""
    order: list[int] = []
    waiting: list[int | _Run] = [whole]
    while waiting:
        one = waiting.pop()
        if isinstance(one, int):
            order.append(one)
        else:
            waiting.extend(one.inner if one.is_turned else reversed(one.inner))
    return order
