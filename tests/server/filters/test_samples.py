"""Samples: sealed, without what was said in private, and gone after their time, for tables and answers too."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.server.filters.policing import ITEMS, SECOND, item, said

from mufakat.rules.errors import (
    BadScreeningError,
    ErasedError,
    KeyReusedError,
    NotFoundError,
    NotNowError,
    NotPermittedError,
)
from mufakat.rules.filtering import SAMPLE
from mufakat.server.filters import operations, policy_queries as queries, samples
from mufakat.server.filters.errors import SampleTooLargeError
from mufakat.server.filters.models import Backtest, Sample
from mufakat.server.journal import vault
from mufakat.server.journal.answers import Key
from mufakat.server.notices import evidence

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.filters.policing import Desk


def files() -> list[Path]:
    """What lies in the room of samples."""
    return [path for path in vault.root(vault.SAMPLES).rglob("*") if path.is_file()]


def test_the_items_are_read_back_as_they_were_handed_in(desk: Desk) -> None:
    made = desk.sample()
    kept = samples.items_of(Sample.objects.get(pk=made["id"]))
    assert [one.item for one in kept] == [*(f"hit-{n}" for n in range(3)), *(f"clean-{n}" for n in range(4))]


def test_nothing_of_it_can_be_read_on_the_disk(desk: Desk) -> None:
    desk.sample()
    (path,) = files()
    assert b"pisang" not in path.read_bytes()


@pytest.mark.invariant("I-13")
def test_what_was_said_in_private_is_refused_and_counted_and_not_kept(desk: Desk) -> None:
    made = desk.sample(item("whispered", "rahasia", visibility="private") + ITEMS)
    kept = [one.item for one in samples.items_of(Sample.objects.get(pk=made["id"]))]
    assert (made["items"], made["private"], made["refused"], "whispered" in kept) == (7, 1, 0, False)


@pytest.mark.invariant("I-13")
def test_a_sample_of_nothing_but_private_items_is_refused(desk: Desk) -> None:
    with pytest.raises(BadScreeningError) as refused:
        desk.sample(item("whispered", visibility="private"))
    assert [one.detail for one in refused.value.faults] == [
        "No line of it is an item that was said in public; 1 are private."
    ]
    assert files() == []


def test_lines_that_are_no_items_are_named_and_the_others_kept(desk: Desk) -> None:
    long = item("long", "x" * 100_001)
    made = desk.sample(b"\xff\n" + ITEMS + b'{"item": "a"}\n' + long + b"\n")
    assert (made["items"], made["refused"]) == (7, 3)
    assert [(one["line"], one["pointer"]) for one in made["faults"]] == [(1, ""), (9, "/at"), (10, "/text")]


def test_more_than_fifty_mebibytes_are_refused_before_they_are_all_here(desk: Desk) -> None:
    with samples.Receiving(desk.caller()) as receiving, pytest.raises(SampleTooLargeError):
        for _ in range(52):
            receiving.write(b" " * 1024**2)
    with pytest.raises(SampleTooLargeError):
        samples.Receiving(desk.caller(), length=samples.LARGEST + 1)
    assert files() == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb"])
def test_a_sample_has_a_name(desk: Desk, name: str) -> None:
    with pytest.raises(BadScreeningError) as refused:
        desk.sample(name=name)
    assert [one.pointer for one in refused.value.faults] == ["/name"]


def test_a_platform_keeps_so_many_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST", 1)
    desk.sample()
    with pytest.raises(NotNowError):
        desk.sample()
    assert len(files()) == 1


def test_the_same_key_keeps_it_once(desk: Desk) -> None:
    key = desk.key()
    first, again = (desk.sample(key=key) for _ in range(2))
    assert (first, len(files())) == (again, 1)


def test_the_same_key_with_other_items_is_refused(desk: Desk) -> None:
    key = desk.key()
    desk.sample(key=key)
    with pytest.raises(KeyReusedError):
        desk.sample(item("another"), key=key)
    assert len(files()) == 1


def test_only_a_reviewer_hands_in(desk: Desk) -> None:
    with pytest.raises(NotPermittedError):
        samples.Receiving(desk.house.caller("telegram", "representative"))


# -- Erased ------------------------------------------------------------------------------------------------------------


def test_a_sample_is_erased_after_its_time(desk: Desk) -> None:
    made = desk.sample()
    desk.at += SAMPLE
    while operations.sweep_samples(at=desk.at).more:
        pass
    row = Sample.objects.get(pk=made["id"])
    assert (row.wrapped, row.erased_at, files()) == (None, desk.at, [])


def test_and_not_before(desk: Desk) -> None:
    made = desk.sample()
    assert operations.sweep_samples(at=desk.at + SAMPLE - timedelta(milliseconds=1)) == (0, False)
    assert Sample.objects.get(pk=made["id"]).erased_at is None


def test_erased_by_hand_it_is_gone_and_to_be_seen(desk: Desk) -> None:
    pk = desk.sample()["id"]
    first, again = (said(operations.erase_sample(pk, by=desk.caller(SECOND))) for _ in range(2))
    assert first["erased_at"] is not None
    assert first == again
    with pytest.raises(NotFoundError):
        list(samples.items_of(Sample.objects.get(pk=pk)))
    assert [one.pk for one in queries.samples(desk.caller()).items] == [pk]


def test_tables_and_stored_answers_name_its_items_no_more(desk: Desk) -> None:
    pk, sample = desk.propose()["id"], desk.sample()["id"]
    key = Key.of(desk.caller().party_id, "POST /x", "k", b"")
    tried = said(operations.try_on(pk, [sample], by=desk.caller(), at=desk.at, key=key))
    operations.erase_sample(sample, by=desk.caller())
    table = Backtest.objects.get(pk=tried["id"]).table
    assert [row["samples"] for row in table["rows"]] == [None, None]
    assert [row["count"] for row in table["rows"]] == [row["count"] for row in tried["table"]["rows"]]
    with pytest.raises(ErasedError):
        operations.try_on(pk, [sample], by=desk.caller(), at=desk.at, key=key)


def test_what_a_dead_process_left_behind_is_removed_and_evidence_is_left_alone(desk: Desk) -> None:
    kept = desk.sample()["id"]
    stray = vault.keep(b"of evidence")
    with vault.Draft(room=vault.SAMPLES) as draft:
        draft.write(b"of nobody")
        draft.finish()
    old = desk.at.timestamp() - samples.STRAY - 1
    for path in [*files(), vault.place(stray.name)]:
        os.utime(path, (old, old))
    assert operations.sweep_samples(at=desk.at) == (1, False)
    assert vault.place(stray.name).exists()
    assert len(list(samples.items_of(Sample.objects.get(pk=kept)))) == 7


def test_the_sweep_of_evidence_leaves_samples_alone(desk: Desk) -> None:
    desk.sample()
    (path,) = files()
    os.utime(path, (0, 0))
    evidence.sweep(at=desk.at)
    assert path.exists()
