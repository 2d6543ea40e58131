"""The eight ways of a picture: what turning and mirroring does to a hash, held against pictures that are turned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from mufakat.screening import banks
from mufakat.screening.bank import BankKind, Entry
from mufakat.screening.banks.pdq import NEAR, ways
from mufakat.screening.extract import see
from mufakat.screening.item import Item, ItemKind, Visibility

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
SIZE = 64
WAYS: dict[str, Any] = {
    "as it is": lambda picture: picture,
    "mirrored": np.fliplr,
    "upside down": np.flipud,
    "half a turn": lambda picture: np.rot90(picture, 2),
    "a quarter turn": np.rot90,
    "three quarters": lambda picture: np.rot90(picture, 3),
    "transposed": np.transpose,
    "transposed the other way": lambda picture: np.rot90(picture, 2).T,
}


def hash_of(picture: Any) -> int:
    """The bits of PDQ for a picture of 64 by 64: which of 16 by 16 waves are above their median."""
    waves, places = np.arange(1, 17)[:, None], np.arange(SIZE)[None, :]
    cosines = np.cos(np.pi * (2 * places + 1) * waves / (2 * SIZE))
    held = cosines @ picture @ cosines.T
    return sum(1 << int(place) for place in np.flatnonzero((held > np.median(held)).ravel()))


def picture(seed: int) -> Any:
    """A made-up picture with features of all sizes."""
    chance = np.random.default_rng(seed)
    return sum(np.kron(chance.random((side, side)), np.ones((SIZE // side,) * 2)) for side in (4, 8, 16, 32))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("way", WAYS)
def test_a_picture_is_found_however_it_is_turned_and_mirrored(way: str, seed: int) -> None:
    known = f"{hash_of(picture(seed)):064x}"
    turned = f"{hash_of(WAYS[way](picture(seed))):064x}"
    seen = see(
        Item(
            item="i1",
            at="2026-11-26T09:00:00Z",
            visibility=Visibility.PUBLIC,
            kind=ItemKind.MEDIA,
            pdq=turned,
            pdq_quality=100,
        )
    )
    held = [Entry(id="e1", value=known, source="made up", category="unripe", ground="house rules")]
    assert len(list(banks.make("b", BankKind.PDQ, held).find(seen, at=AT))) == 1


def test_another_picture_is_in_none_of_the_eight_ways_near() -> None:
    others = [hash_of(picture(seed)) for seed in range(6, 12)]
    asked = ways(hash_of(picture(0)))
    assert min((other ^ way).bit_count() for other in others for way in asked) > 2 * NEAR


def test_the_eight_ways_of_a_way_are_the_same_eight() -> None:
    eight = ways(hash_of(picture(1)))
    assert len(set(eight)) == 8
    assert all(set(ways(way)) == set(eight) for way in eight)
