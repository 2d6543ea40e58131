"""What was read of a file, in runs that fit one batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.formats.items import Bad

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mufakat.formats.items import Item

ITEMS = 250
"""Results of one run: a batch holds up single notices for its own length."""
BYTES = 1_500_000
"""Bytes of one run; a body of the API has at most 2 MiB."""


def runs(results: Iterable[Item | Bad], *, items: int = ITEMS) -> Iterator[list[Item | Bad]]:
    """The results in their order, in runs of at most `items` results and `BYTES` bytes; never an empty one.

    A single notice of more bytes, its files included, is a run of its own.
    """
    run: list[Item | Bad] = []
    size = 0
    for result in results:
        weight = 0 if isinstance(result, Bad) else len(result.body) + 1 + sum(map(len, result.files))
        if run and (len(run) >= items or size + weight > BYTES):
            yield run
            run, size = [], 0
        run.append(result)
        size += weight
    if run:
        yield run
