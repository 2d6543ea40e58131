"""The chores: each does its part, one that breaks takes nobody along, and the thread ends with the server."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.server.notices import erasing
from tests.server.runtime.test_ways_in import LIFE, application, told

from mufakat.server.journal import door
from mufakat.server.notices import erasure, holds
from mufakat.server.notices.erasure import Swept
from mufakat.server.runtime import housekeeping

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.houses import House


def attempt(name: str, *, at: datetime) -> None:
    """A failed log-in of that time."""
    from axes.models import AccessAttempt

    def run(moment: object) -> None:
        del moment
        AccessAttempt.objects.create(username=name, ip_address="192.0.2.1", user_agent="x", failures_since_start=1)
        AccessAttempt.objects.filter(username=name).update(attempt_time=at)

    door.commit(run)


def test_every_chore_is_done_and_counted(house: House) -> None:
    erasing.withdraw(house, house.submit(key="k1").subject)
    house.submit(key="k2")
    attempt("old", at=datetime.now(UTC))
    counts = housekeeping.run_all(at=erasing.later(401))
    # The answer of the first notice goes with it; the second is open, and its answer old.
    assert counts == {
        "notices_erased": 1,
        "answers_erased": 1,
        "evidence_removed": 0,
        "imports_cleared": 0,
        "contacts_erased": 0,
        "items_erased": 0,
        "samples_erased": 0,
        "attempts_forgotten": 1,
        "mails_erased": 0,
        "chats_erased": 0,
        "chats_tidied": 0,
        "ballast_taken": 0,
        "log_cut": 1,
    }


def test_a_second_round_finds_nothing_to_erase(house: House) -> None:
    erasing.withdraw(house, house.submit().subject)
    housekeeping.run_all(at=erasing.later(401))
    counts = housekeeping.run_all(at=erasing.later(401))
    assert counts == {
        "notices_erased": 0,
        "answers_erased": 0,
        "evidence_removed": 0,
        "imports_cleared": 0,
        "contacts_erased": 0,
        "items_erased": 0,
        "samples_erased": 0,
        "attempts_forgotten": 0,
        "mails_erased": 0,
        "chats_erased": 0,
        "chats_tidied": 0,
        "ballast_taken": 0,
        "log_cut": 1,
    }


def test_parts_are_done_until_nothing_is_left(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        erasing.withdraw(house, house.submit(key=f"k{number}").subject)

    def two(*, at: datetime, stop: threading.Event | None = None) -> Swept:
        return erasure.sweep(at=at, limit=2, stop=stop)

    monkeypatch.setattr(housekeeping, "CHORES", (("notices_erased", two),))
    assert housekeeping.run_all(at=erasing.later()) == {"notices_erased": 5}


def test_failed_log_ins_are_forgotten_after_a_month_and_not_before(house: House) -> None:
    from axes.models import AccessAttempt

    now = datetime.now(UTC)
    attempt("old", at=now - timedelta(days=31))
    attempt("new", at=now - timedelta(days=29))
    assert housekeeping.forget_attempts(at=now) == (1, False)
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["new"]


def test_a_chore_that_breaks_is_logged_and_the_others_are_done(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*, at: datetime, stop: threading.Event | None = None) -> Swept:
        raise RuntimeError("broken here")

    monkeypatch.setattr(housekeeping, "CHORES", (("broken", broken), *housekeeping.CHORES))
    erasing.withdraw(house, house.submit().subject)
    rounds = housekeeping.run(at=erasing.later())
    assert [(one.chore, one.failed) for one in rounds if one.failed] == [("broken", True)]
    assert next(one.done for one in rounds if one.chore == "notices_erased") == 1
    assert [record.chore for record in caplog.records if record.getMessage() == "chore failed"] == ["broken"]  # type: ignore[attr-defined]


def test_a_broken_chore_is_not_done_for_ever(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def broken(*, at: datetime, stop: threading.Event | None = None) -> Swept:
        calls.append(1)
        raise RuntimeError("broken here")

    monkeypatch.setattr(housekeeping, "CHORES", (("broken", broken),))
    assert housekeeping.run_all(at=erasing.later()) == {"broken": 0}
    assert calls == [1]


def test_a_round_never_raises_and_says_what_it_did(house: House, caplog: pytest.LogCaptureFixture) -> None:
    holds.place(house.submit().subject, reason="Kept.")
    with caplog.at_level("INFO", logger=housekeeping.__name__):
        housekeeping.Housekeeper(clock=lambda: erasing.later(401)).round()
    (line,) = [record for record in caplog.records if record.getMessage() == "housekeeping"]
    assert vars(line)["answers_erased"] == 0


def test_without_a_writer_a_round_is_logged_and_survived(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    housekeeping.Housekeeper().round()
    assert "chore failed" in {record.getMessage() for record in caplog.records}


def test_the_thread_stops_when_it_is_asked_to(house: House) -> None:
    with housekeeping.keeping() as keeper:
        assert keeper.is_alive
    assert not keeper.is_alive


def test_a_round_that_runs_is_stopped_between_chores(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def last(*, at: datetime, stop: threading.Event | None = None) -> Swept:
        assert stop is not None
        stop.set()
        return Swept(1, more=True)

    monkeypatch.setattr(housekeeping, "CHORES", (("last", last), *housekeeping.CHORES))
    counts = housekeeping.run_all(at=erasing.later(), stop=stop)
    assert counts == {
        "last": 1,
        "notices_erased": 0,
        "answers_erased": 0,
        "evidence_removed": 0,
        "imports_cleared": 0,
        "contacts_erased": 0,
        "items_erased": 0,
        "samples_erased": 0,
        "attempts_forgotten": 0,
        "mails_erased": 0,
        "chats_erased": 0,
        "chats_tidied": 0,
        "ballast_taken": 0,
        "log_cut": 0,
    }


def test_the_server_keeps_house_while_it_lives(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    real = housekeeping.Housekeeper

    class Seen(real):  # type: ignore[misc, valid-type]
        def start(self) -> None:
            seen.append(("start", door.writer().is_open))
            super().start()

        def stop(self) -> None:
            seen.append(("stop", door.writer().is_open))
            super().stop()

    monkeypatch.setattr(housekeeping, "Housekeeper", Seen)
    asyncio.run(told(application(), {"type": "lifespan"}, LIFE))
    # It begins after the house is open and ends before it closes.
    assert seen == [("start", True), ("stop", True)]
