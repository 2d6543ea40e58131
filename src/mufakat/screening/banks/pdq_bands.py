"""The kernel of PDQ: hashes by bands of their bits, so that only what can be near is compared.

Two hashes that differ in at most 31 of 256 bits differ in at most one bit of some of their 16 bands of 16 bits: else
there were 32. So each band is looked up as it is and with each of its bits turned, and what is found is compared.
Where a bank's hashes are much alike, and most would be found in many bands, all are compared instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from mufakat.screening.bank import BankKind, Hit
from mufakat.screening.banks.pdq import BITS, NEAR, ways
from mufakat.screening.banks.shelf import OrderedShelf
from mufakat.screening.expiry import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mufakat.screening.bank import Entry, Seen

BAND = 16
BANDS = BITS // BAND
MANY = 4
"""Times as many to compare as there are in the bank: beyond that, to compare all is less work."""


class PDQBands(OrderedShelf):
    """Hashes by their bands."""

    kind: ClassVar = BankKind.PDQ

    def __init__(self, name: str, entries: Iterable[Entry], *, allow: bool = False) -> None:
        super().__init__(name, entries, allow=allow)
        np = self._np = _numpy()
        self._ends = [until(entry) for entry in self.entries]
        raw = b"".join(bytes.fromhex(entry.value) for entry in self.entries)
        self._hashes = np.frombuffer(raw, dtype=">u8").astype(np.uint64).reshape(-1, BITS // 64)
        bands = np.frombuffer(raw, dtype=">u2").astype(np.int64).reshape(-1, BANDS)
        # Of each band: which hashes there are in the order of its values, and where those of each value begin.
        self._orders = np.argsort(bands, axis=0, kind="stable").T.astype(np.int32)
        values = np.arange((1 << BAND) + 1)
        self._begins = np.stack([np.searchsorted(np.sort(bands[:, band]), values) for band in range(BANDS)])
        self._turned = np.array([0, *(1 << bit for bit in range(BAND))], dtype=np.int64)

    def _hits(self, seen: Seen, at: datetime) -> Iterator[Hit]:
        if seen.pdq is None or not self.entries:
            return
        for number in self._near(ways(int.from_bytes(seen.pdq, "big"))):
            end = self._ends[number]
            if end is None or at < end:
                yield Hit(self.entries[number], None)

    def _near(self, asked: list[int]) -> list[int]:
        np = self._np
        raw = b"".join(way.to_bytes(BITS // 8, "big") for way in asked)
        hashes = np.frombuffer(raw, dtype=">u8").astype(np.uint64).reshape(len(asked), -1)
        bands = np.frombuffer(raw, dtype=">u2").astype(np.int64).reshape(len(asked), BANDS)
        probes = bands[:, :, None] ^ self._turned
        places = np.arange(BANDS)[None, :, None]
        begins, ends = self._begins[places, probes], self._begins[places, probes + 1]
        counts = (ends - begins).ravel()
        if counts.sum() > MANY * len(self.entries):
            return self._compare_all(hashes)
        way, band, _ = np.unravel_index(np.repeat(np.arange(counts.size), counts), probes.shape)
        offsets = np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts)
        candidates = self._orders[band, np.repeat(begins.ravel(), counts) + offsets]
        distances = np.bitwise_count(self._hashes[candidates] ^ hashes[way]).sum(axis=1)
        return np.unique(candidates[distances <= NEAR]).tolist()  # type: ignore[no-any-return]

    def _compare_all(self, hashes: Any) -> list[int]:
        np = self._np
        near = np.zeros(len(self.entries), dtype=bool)
        for way in hashes:
            near |= np.bitwise_count(self._hashes ^ way).sum(axis=1) <= NEAR
        return np.flatnonzero(near).tolist()  # type: ignore[no-any-return]


def _numpy() -> Any:
    try:
        import numpy as np
    except ImportError as error:
        raise ImportError("Banks of PDQ hashes need the extra: pip install 'mufakat[screening]'.") from error
    return np
