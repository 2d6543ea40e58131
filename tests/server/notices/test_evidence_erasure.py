"""Evidence under retention: erasing a notice takes its files, a hold keeps them, housekeeping removes the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.notices import erasing
from tests.server.notices.test_evidence import PICTURE, later, naming, read, ref, stored, upload

from mufakat.rules.errors import ErasedError
from mufakat.rules.retention import Erasable
from mufakat.server.notices import erasure, holds
from mufakat.server.notices.models import CaseKey
from mufakat.server.runtime import housekeeping

if TYPE_CHECKING:
    from tests.houses import House

WHY = "A court asked for it."


@pytest.mark.invariant("I-09")
def test_erasing_a_notice_takes_its_files_and_says_so(house: House) -> None:
    notice = house.submit(naming(ref(inline=True))).subject
    erasure.erase(notice, reason=WHY)
    with pytest.raises(ErasedError):
        read(house, notice)
    (event,) = erasing.events_of(notice)
    assert Erasable.EVIDENCE.value in erasing.classes_of(event)
    assert (stored(house.data), CaseKey.objects.get().key) == ([], None)


def test_housekeeping_erases_files_when_their_period_ends(house: House) -> None:
    notice = house.submit(naming(ref(inline=True))).subject
    erasing.withdraw(house, notice)
    housekeeping.run_all(at=erasing.later(2))
    assert read(house, notice) == PICTURE
    housekeeping.run_all(at=erasing.later())
    assert stored(house.data) == []


def test_a_hold_keeps_the_files(house: House) -> None:
    notice = house.submit(naming(ref(inline=True))).subject
    erasing.withdraw(house, notice)
    holds.place(notice, reason=WHY)
    housekeeping.run_all(at=erasing.later())
    assert read(house, notice) == PICTURE


def test_housekeeping_removes_what_nobody_named(house: House) -> None:
    upload(house)
    assert housekeeping.run_all(at=later(25))["evidence_removed"] == 1
    assert stored(house.data) == []
