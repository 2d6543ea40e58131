"""A bank's file: taken in portions, done again without doubling, refused with the line of whatever is wrong in it."""

from __future__ import annotations

import io
import tracemalloc
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.server.filters.banking import ADDER, HEAD, REPRESENTATIVE, SECOND, fruits, lines_of, written

from mufakat.rules.errors import BadScreeningError, NotFoundError, NotNowError, NotPermittedError
from mufakat.screening import entries as reading
from mufakat.server.filters import bank_imports, operations, queries
from mufakat.server.filters.models import Bank, Entry
from mufakat.server.journal import queries as events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.filters.banking import Platform


def refused(platform: Platform, file: bytes, **how: Any) -> list[tuple[int | None, str]]:
    """The lines of the faults, each with its code; and nothing was taken."""
    with pytest.raises(BadScreeningError) as caught:
        platform.take(file, **how)
    assert Entry.objects.count() == 0
    return [(one.line, one.code.value) for one in caught.value.faults]


def test_a_file_is_taken_and_all_of_it_is_in_shadow(platform: Platform) -> None:
    platform.open()
    file = written("pisang hijau", {"value": "mangga muda", "shadow": False, "category": "narcotics"}, "# a remark", "")
    step = platform.take(file)[0]
    assert (step.first, step.last, step.read, step.taken, step.repeated) == (2, 5, 2, 2, 0)
    rows = Entry.objects.order_by("id")
    assert [(one.value, one.state, one.origin, one.category) for one in rows] == [
        ("pisang hijau", "shadow", "import", "other"),
        ("mangga muda", "shadow", "import", "narcotics"),
    ]


def test_each_portion_is_one_event_of_a_thousand_at_most(platform: Platform) -> None:
    platform.open()
    steps = platform.take(written(*fruits(2_300)))
    assert [step.taken for step in steps] == [1_000, 1_000, 300]
    assert [(step.first, step.last) for step in steps] == [(2, 1_001), (1_002, 2_001), (2_002, 2_301)]
    types = [event.type for event in events.events_of(Bank.objects.get().pk)]
    assert types == ["bank.opened", *["entries.added"] * 3]


def test_done_again_it_doubles_nothing(platform: Platform) -> None:
    platform.open()
    file = written(*fruits(30), "pisang nomor0000003")
    assert [(step.taken, step.repeated) for step in platform.take(file)] == [(30, 1)]
    assert [(step.taken, step.repeated, step.leaf) for step in platform.take(file)] == [(0, 31, None)]
    assert Entry.objects.count() == 30


def test_an_import_that_was_cut_off_goes_on_where_it_stopped(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_imports, "PORTION", 10)
    platform.open()
    caller = platform.house.caller(*ADDER)
    file = written(*fruits(25))
    first: Iterator[Any] = operations.import_entries(io.BytesIO(file), "phrases", by=caller)
    assert next(first).taken == 10
    del first  # The connection broke, or the power failed.
    assert [(step.taken, step.repeated) for step in platform.take(file)] == [(0, 10), (10, 0), (5, 0)]


def test_what_was_declined_or_retracted_does_not_come_back(platform: Platform) -> None:
    platform.open()
    platform.take(written("pisang hijau", "mangga muda", "salak masam"))
    first, second, third = platform.names()
    platform.review(first, accept=False)
    platform.review(second)
    platform.retract(second)
    steps = platform.take(written("pisang hijau", {"value": "mangga muda", "id": "another"}, "salak masam"))
    assert [(step.taken, step.repeated) for step in steps] == [(0, 3)]
    assert lines_of(steps, "noted") == [2, 3]
    assert (platform.state(first), platform.state(second), platform.state(third)) == ("declined", "retracted", "shadow")


# -- What may not come in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{}", "bad_form"),
        ('{"value": " "}', "bad_form"),
        ("abc", "bad_form"),
        ("... !!! ...", "bad_form"),
        ("dan yang", "bad_form"),
        (b"pisang \xff\xfe", "not_utf8"),
        ('{"value": "pisang', "not_json"),
        ('{"value": "salak masam", "weight": 1}', "bad_form"),
        ('{"value": "salak masam", "expires_at": "tomorrow"}', "bad_date"),
        ('{"value": "salak masam", "source": "a\\u0000b"}', "bad_text"),
        (b"x" * 40_000, "too_long"),
    ],
)
def test_poison_is_refused_with_its_line_and_nothing_is_taken(platform: Platform, line: Any, code: str) -> None:
    platform.open()
    assert refused(platform, written("pisang hijau", line, "mangga muda")) == [(3, code)]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("pattern", ".*"),
        ("pattern", "a|"),
        ("pattern", "(a+)+\\1"),
        ("locator", "co.id"),
        ("locator", "t.me"),
        ("locator", "not a host"),
        ("digest", "0" * 64),
        ("digest", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("pdq", "f" * 64),
    ],
)
def test_what_would_match_everything_is_refused_in_every_kind_of_bank(platform: Platform, kind: str, line: str) -> None:
    platform.open("others", kind)
    assert [
        at for at, _ in refused(platform, written(line, head={**HEAD, "bank": "others", "kind": kind}), bank="others")
    ] == [2]


def test_a_line_of_a_hundred_megabytes_is_refused_and_never_held(platform: Platform) -> None:
    platform.open()

    class Endless(io.RawIOBase):
        """A first line, then a hundred megabytes without an end, then one that is sound."""

        def __init__(self) -> None:
            self.parts = chain([written()], repeat(b"x" * 65_536, 1_526), [b"\npisang hijau\n"])

        def read(self, size: int = -1, /) -> bytes:
            del size
            return next(self.parts, b"")

    tracemalloc.start()
    with pytest.raises(BadScreeningError) as caught:
        operations.check_import(Endless(), "phrases", by=platform.house.caller(*ADDER))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(one.line, one.code.value) for one in caught.value.faults] == [(2, "too_long")]
    assert peak < 8 * 1024 * 1024


def test_every_fault_is_told_at_once_up_to_two_hundred_and_fifty(platform: Platform) -> None:
    platform.open()
    assert [line for line, _ in refused(platform, written("ab", "pisang hijau", "ac", "ad"))] == [2, 4, 5]
    assert len(refused(platform, written(*(f"a{place}" for place in range(9)), *["ab"] * 400))) == 250


@pytest.mark.parametrize(
    ("head", "where"),
    [
        (b"", ""),
        (b"pisang hijau", ""),
        ({"bank": "phrases"}, "/kind"),
        ({**HEAD, "bank": "others"}, "/bank"),
        ({**HEAD, "kind": "locator"}, "/kind"),
        ({**HEAD, "allow": True}, "/kind"),
    ],
)
def test_a_file_of_another_bank_or_of_none_is_refused(platform: Platform, head: Any, where: str) -> None:
    platform.open()
    with pytest.raises(BadScreeningError) as caught:
        platform.take(written("pisang hijau", head=head), partial=True)
    assert [(one.pointer, one.line) for one in caught.value.faults] == [(where, 1)]
    assert Entry.objects.count() == 0


def test_the_id_of_another_entry_is_refused_before_anything_is_taken(platform: Platform) -> None:
    platform.open()
    platform.add({"id": "e1", "value": "salak masam", "source": "us", "category": "other", "ground": "4.2"})
    with pytest.raises(BadScreeningError) as caught:
        platform.take(written("pisang hijau", {"id": "e1", "value": "mangga muda"}))
    assert [(one.line, one.code.value) for one in caught.value.faults] == [(3, "repeated_item")]
    assert Entry.objects.count() == 1


def test_an_id_that_another_portion_took_stops_the_import_where_it_stands(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_imports, "PORTION", 2)
    platform.open()
    file = written({"id": "e1", "value": "pisang hijau"}, "mangga muda", "salak masam", {"id": "e1", "value": "nangka"})
    with pytest.raises(BadScreeningError) as caught:
        platform.take(file)
    assert [one.line for one in caught.value.faults] == [5]
    assert Entry.objects.count() == 2
    steps = platform.take(file, partial=True)
    assert (lines_of(steps, "refused"), Entry.objects.count()) == ([5], 3)


def test_in_part_the_sound_lines_are_taken_and_the_others_told(platform: Platform) -> None:
    platform.open()
    steps = platform.take(written("pisang hijau", "ab", b"\xff", "mangga muda"), partial=True)
    assert (sum(step.taken for step in steps), lines_of(steps, "refused")) == (2, [3, 4])


def test_a_value_that_is_not_in_its_one_form_is_taken_in_it_and_told(platform: Platform) -> None:
    platform.open()
    steps = platform.take(written("PISANG   Hijau", "mangga muda"))
    assert lines_of(steps, "noted") == [2]
    assert Entry.objects.order_by("id")[0].value == "pisang hijau"


def test_where_the_extra_is_missing_it_is_said(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> Any:
        raise ImportError("pip install 'mufakat[screening]'")

    monkeypatch.setattr(reading, "check", missing)
    platform.open()
    with pytest.raises(NotNowError, match="screening"):
        platform.take(written("pisang hijau"))


# -- Who, and how much -------------------------------------------------------------------------------------------------


def test_reviewers_alone_import_and_only_into_their_own(platform: Platform) -> None:
    platform.open()
    with pytest.raises(NotPermittedError):
        platform.take(written("pisang hijau"), by=REPRESENTATIVE)
    with pytest.raises(NotFoundError):
        platform.take(written("pisang hijau"), bank="others")


def test_a_portion_takes_as_many_questions_however_much_the_bank_holds(platform: Platform) -> None:
    platform.open()

    def asked(first: int) -> int:
        caller = platform.house.caller(*ADDER)
        with CaptureQueriesContext(connection) as found:
            operations.check_import(io.BytesIO(written(*fruits(20, first=first))), "phrases", by=caller)
        return len(found)

    few = asked(0)
    platform.take(written(*fruits(1_500)))
    assert asked(2_000) == few <= 3


def test_what_was_exported_is_taken_by_another_bank_of_its_kind(platform: Platform) -> None:
    platform.open()
    platform.take(written("pisang hijau", "mangga muda"))
    lines = list(queries.export(platform.house.caller(*SECOND), "phrases"))[1:]
    platform.open("copies")
    steps = platform.take(
        written(*(line.decode().strip() for line in lines), head={**HEAD, "bank": "copies"}), bank="copies"
    )
    assert [step.taken for step in steps] == [2]
