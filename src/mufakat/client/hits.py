"""What a platform's client does about screening: a part of ``Client``, which knows how to ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mufakat.client.asking import Asking
from mufakat.client.errors import BadAnswerError, ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HERE = "/api/v1/hits"
ITEMS = 5_000  # Of one request.
BYTES = 8 * 1024 * 1024  # Of one request; a longer item goes alone.


class Hits(Asking):
    """Have your own policy look at what was said in public, and decide on what is held."""

    def screen(self, item: Mapping[str, Any] | bytes, *, key: str | None = None) -> Mapping[str, Any]:
        """The verdict on one item. Act by ``state``, where there is one; a hit is in the books before you hear of it.

        Raises ProblemError for a private item, and for what is no item.
        """
        return self._moved("screen", item, key)

    def screen_batch(self, items: Iterable[Mapping[str, Any] | bytes]) -> Iterator[Mapping[str, Any]]:
        """The verdicts on any number of items, in their order, in requests of 5,000, sent as you go.

        An item that was not screened has ``{"line", "problem"}`` in its place; ``line`` counts from 1 over all of them.
        An item is one object, as bytes without a line break. What is sent again is written once. Raises ProblemError
        where the server stops in the middle: what was given until then stands.
        """
        before = 0
        for portion in _portions(items):
            answered = self._lines("/api/v1/screen/batch", b"".join(portion))
            for place, one in enumerate(answered):
                if "interrupted" in one:
                    problem = one.get("problem")
                    told = problem if isinstance(problem, dict) else {}
                    status = told.get("status")
                    raise ProblemError(status if isinstance(status, int) else 503, told)
                if place == len(portion):
                    raise BadAnswerError("it has more lines than there were items")
                yield {**one, "line": before + place + 1} if "problem" in one else one
            if len(answered) < len(portion):
                raise BadAnswerError("it has fewer lines than there were items")
            before += len(portion)

    def hit(self, hit: str) -> Mapping[str, Any]:
        """One hit of your platform, with what was said while it is kept."""
        return self._get(f"{HERE}/{quote(hit, safe='')}")

    def hits(self, *, state: str = "") -> Iterator[Mapping[str, Any]]:
        """The hits of your platform, newest first, fetched page by page as you go; ``held`` are those that wait."""
        yield from self._pages(HERE, {"state": state})

    def release_hit(self, hit: str, *, note: str = "", key: str | None = None) -> Mapping[str, Any]:
        """Let a held item go."""
        return self._moved(f"hits/{quote(hit, safe='')}/release", {"note": note}, key)

    def block_hit(  # noqa: PLR0913 - what can be said with it, each by name.
        self,
        hit: str,
        *,
        note: str = "",
        measure: str | None = None,
        ground: Mapping[str, Any] | None = None,
        reasons: str | None = None,
        key: str | None = None,
    ) -> Mapping[str, Any]:
        """Block a held item, by a decision of yours with its statement of reasons and appeal code.

        What you do not say, the rule and its entries say. Raises ProblemError where the item points at nothing.
        """
        told = {"note": note, "measure": measure, "ground": ground, "reasons": reasons}
        given = {name: value for name, value in told.items() if value is not None}
        return self._moved(f"hits/{quote(hit, safe='')}/block", given, key)


def _portions(items: Iterable[Mapping[str, Any] | bytes]) -> Iterator[list[bytes]]:
    """The lines of each request."""
    portion: list[bytes] = []
    size = 0
    for item in items:
        raw = item if isinstance(item, bytes) else json.dumps(item, ensure_ascii=False).encode()
        line = raw.strip() + b"\n"
        if b"\n" in line[:-1] or line == b"\n":
            raise ValueError("an item is one line that says something")
        if portion and (len(portion) == ITEMS or size + len(line) > BYTES):
            yield portion
            portion, size = [], 0
        portion.append(line)
        size += len(line)
    if portion:
        yield portion
