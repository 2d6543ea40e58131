"""Imports that run behind a page."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import NOTICE

from mufakat.formats import Format
from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.server.journal.errors import ClosedError, DiskFullError, UnsureError
from mufakat.server.notices import import_jobs as jobs, import_queries as queries, imports, spool
from mufakat.server.notices.imports import How
from mufakat.server.notices.models import Import, ImportProblem, ImportReceipt, ImportState, Notice
from mufakat.server.notices.spool import FileGoneError, Spool

if TYPE_CHECKING:
    from tests.houses import House


def ndjson(count: int, *bad: int) -> bytes:
    made = [{**NOTICE, "explanation": f"Placeholder {number}."} for number in range(count)]
    return "".join((json.dumps(one) if n not in bad else "{}") + "\n" for n, one in enumerate(made)).encode()


def made(house: House, raw: bytes, *, form: Format = Format.NDJSON) -> str:
    with closing(Spool.new()) as file:
        file.write(raw)
        return jobs.create(file, name="many.ndjson", how=How(form), by=house.caller("kominfo", "officer"))


def ended(pk: str) -> Import:
    """The import once it no longer runs and its file is let go of."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = Import.objects.get(pk=pk)
        if found.state != "running" and is_free(found):
            return found
        time.sleep(0.01)
    raise AssertionError("it did not end")


def is_free(found: Import) -> bool:
    try:
        Spool.take(found.spool).close()
    except FileGoneError:
        return True
    except spool.FileInUseError:
        return False
    return True


def counts(found: Import) -> tuple[Any, ...]:
    return (found.state, found.read, found.taken, found.repeated, found.refused)


def start(house: House, pk: str) -> None:
    jobs.start(pk, by=house.caller("kominfo", "officer"))


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "PAUSES", (0.01, 0.01))


def test_nothing_is_sent_before_somebody_starts_it(house: House) -> None:
    found = Import.objects.get(pk=made(house, ndjson(3)))
    assert (counts(found), Notice.objects.count()) == (("waiting", 0, 0, 0, 0), 0)


def test_a_started_import_takes_the_file_and_lets_it_go(house: House) -> None:
    pk = made(house, ndjson(600, 7, 8))
    start(house, pk)
    assert counts(ended(pk)) == ("done", 600, 598, 0, 2)
    assert (Notice.objects.count(), list(spool.names())) == (598, [])
    assert set(ImportProblem.objects.values_list("line", flat=True)) == {8, 9}


@pytest.mark.parametrize("sent", [True, False])
def test_what_was_typed_for_all_lines_is_not_kept_behind_the_end(house: House, sent: bool) -> None:  # noqa: FBT001
    with closing(Spool.new()) as file:
        file.write(ndjson(1))
        how = How(Format.NDJSON, {"explanation": "canary"})
        pk = jobs.create(file, name="x", how=how, by=house.caller("kominfo", "officer"))
    if sent:
        start(house, pk)
    else:
        jobs.discard(pk, by=house.caller("kominfo", "officer"))
    assert bytes(ended(pk).defaults) == b"{}"


def test_the_receipts_cover_every_notice_of_the_import(house: House) -> None:
    pk = made(house, ndjson(600))
    start(house, pk)
    ended(pk)
    items = [item["id"] for one in ImportReceipt.objects.order_by("first") for item in json.loads(bytes(one.items))]
    assert sorted(items) == sorted(Notice.objects.values_list("id", flat=True))


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.invariant("I-02")
def test_an_import_that_was_cut_goes_on_with_the_line_behind(
    house: House, monkeypatch: pytest.MonkeyPatch, no_pauses: None, at: int
) -> None:
    pk = made(house, ndjson(600, 7))
    with monkeypatch.context() as broken:
        failing(broken, at, DiskFullError("made up"))
        start(house, pk)
        first = ended(pk)
    start(house, pk)
    assert (first.state, first.reason, first.read) == ("interrupted", "full", at * 125)
    assert counts(ended(pk)) == ("done", 600, 599, 0, 1)
    assert Notice.objects.count() == 599


def failing(monkeypatch: pytest.MonkeyPatch, at: int, error: Exception, *, after: bool = False) -> None:
    """Let one batch fail, before it is stored or after."""
    original = jobs._Batch.run
    calls = iter(range(10_000))

    def run(self: Any, moment: Any) -> None:
        now = next(calls)
        if not after and now >= at:
            raise error
        original(self, moment)
        if after and now == at:
            moment.after.append(lambda: (_ for _ in ()).throw(error))

    monkeypatch.setattr(jobs._Batch, "run", run)


@pytest.mark.invariant("I-02")
def test_a_batch_that_was_stored_without_a_word_counts_once(
    house: House, monkeypatch: pytest.MonkeyPatch, no_pauses: None
) -> None:
    pk = made(house, ndjson(600))
    failing(monkeypatch, 1, UnsureError("made up"), after=True)
    start(house, pk)
    assert counts(ended(pk)) == ("done", 600, 600, 0, 0)
    assert ImportReceipt.objects.count() == 5


def test_a_stopped_import_goes_on_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = house.caller("kominfo", "officer")
    pk = made(house, ndjson(1000))
    original = imports.prepare
    begun = threading.Event()
    stopped = threading.Event()

    def prepare(*given: Any, **more: Any) -> Any:
        made = original(*given, **more)
        begun.set()
        stopped.wait(30)
        return made

    monkeypatch.setattr(imports, "prepare", prepare)
    jobs.start(pk, by=officer)
    begun.wait(30)
    jobs.stop(pk, by=officer)
    stopped.set()
    assert (ended(pk).state, Notice.objects.count()) == ("interrupted", 0)
    jobs.start(pk, by=officer)
    assert counts(ended(pk)) == ("done", 1000, 1000, 0, 0)


def test_two_clicks_start_it_once(house: House) -> None:
    pk = made(house, ndjson(600))
    clicks = [threading.Thread(target=start, args=(house, pk)) for _ in range(4)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert (counts(ended(pk)), Notice.objects.count()) == (("done", 600, 600, 0, 0), 600)


def test_two_files_of_the_same_lines_at_once_make_each_notice_once(house: House) -> None:
    both = [made(house, ndjson(600)), made(house, ndjson(600))]
    for pk in both:
        start(house, pk)
    found = [ended(pk) for pk in both]
    assert [one.state for one in found] == ["done", "done"]
    assert (sum(one.taken for one in found), sum(one.repeated for one in found)) == (600, 600)


def test_after_a_restart_a_running_import_is_interrupted_and_goes_on(house: House) -> None:
    pk = made(house, ndjson(300))
    jobs._move(pk, ImportState.RUNNING)
    jobs.sweep(at=imports.now())
    assert (ended(pk).state, ended(pk).reason) == ("interrupted", "restarted")
    start(house, pk)
    assert counts(ended(pk)) == ("done", 300, 300, 0, 0)


def test_the_sweep_leaves_alone_what_somebody_works_on(house: House) -> None:
    pk = made(house, ndjson(3))
    jobs._move(pk, ImportState.RUNNING)
    held = Spool.take(Import.objects.get(pk=pk).spool)
    sent = Spool.new()
    jobs.sweep(at=imports.now())
    assert (Import.objects.get(pk=pk).state, held.path.exists(), sent.path.exists()) == ("running", True, True)
    held.close()
    sent.remove()


def test_the_sweep_removes_what_nobody_wants(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    left = Spool.new()
    left.close()
    old = made(house, ndjson(3))
    monkeypatch.setattr(jobs, "DAYS", -1)
    jobs.sweep(at=imports.now())
    assert (Import.objects.get(pk=old).state, list(spool.names())) == ("discarded", [])


def test_reasons_are_forgotten_after_a_month(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    pk = made(house, ndjson(3, 1))
    start(house, pk)
    assert ended(pk).refused == ImportProblem.objects.values("line").distinct().count() == 1
    monkeypatch.setattr(jobs, "REPORT_DAYS", -1)
    jobs.sweep(at=imports.now())
    assert (ImportProblem.objects.count(), Import.objects.get(pk=pk).refused) == (0, 1)


def test_a_closing_server_leaves_the_import_to_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch, no_pauses: None
) -> None:
    pk = made(house, ndjson(300))
    failing(monkeypatch, 0, ClosedError("made up"))
    start(house, pk)
    until = time.monotonic() + 30
    while not is_free(Import.objects.get(pk=pk)) and time.monotonic() < until:
        time.sleep(0.01)
    assert (Import.objects.get(pk=pk).state, len(list(spool.names()))) == ("running", 1)


def test_a_discarded_file_is_gone_and_cannot_be_started(house: House) -> None:
    pk = made(house, ndjson(3))
    jobs.discard(pk, by=house.caller("kominfo", "officer"))
    start(house, pk)
    assert (counts(ended(pk)), list(spool.names())) == (("discarded", 0, 0, 0, 0), [])


def test_a_file_that_is_gone_says_so(house: House) -> None:
    pk = made(house, ndjson(3))
    (spool.folder() / Import.objects.get(pk=pk).spool).unlink()
    with pytest.raises(FileGoneError):
        start(house, pk)


def test_a_party_keeps_no_more_files_open_than_it_may(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "OPEN", 1)
    made(house, ndjson(1))
    with pytest.raises(jobs.TooManyOpenError):
        made(house, ndjson(1))


def test_very_many_reasons_are_counted_and_the_first_are_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "KEPT", 20)
    pk = made(house, b"nonsense\n" * 700)
    start(house, pk)
    assert (counts(ended(pk)), ImportProblem.objects.count()) == (("done", 700, 0, 0, 700), 20)


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("deed", [queries.get_for, "start", "stop", "discard"], ids=["see", "start", "stop", "discard"])
def test_another_party_finds_no_import(house: House, deed: Any) -> None:
    pk = made(house, ndjson(1))
    other = house.caller("bnpt", "officer")
    with pytest.raises(NotFoundError):
        deed(other, pk) if callable(deed) else getattr(jobs, deed)(pk, by=other)
    assert queries.recent(other) == []


@pytest.mark.parametrize("seat", ["approver", "auditor"])
def test_only_who_may_submit_sees_imports(house: House, seat: str) -> None:
    caller = house.caller("auditor", "auditor") if seat == "auditor" else house.caller("kominfo", seat)
    with pytest.raises(NotPermittedError):
        queries.recent(caller)


def test_a_look_says_what_would_be_refused_and_stores_nothing(house: House) -> None:
    pk = made(house, ndjson(30, 2))
    before = house.writer.commits
    found = queries.look(Import.objects.get(pk=pk), by=house.caller("kominfo", "officer"))
    assert ([one.line for one in found.lines if one.refused], found.good, found.whole) == ([3], 19, False)
    assert (house.writer.commits, Notice.objects.count()) == (before, 0)


def test_a_look_at_a_short_file_sees_all_of_it(house: House) -> None:
    found = queries.look(Import.objects.get(pk=made(house, ndjson(3))), by=house.caller("kominfo", "officer"))
    assert (len(found.lines), found.whole) == (3, True)


def test_a_look_does_not_judge_a_line_that_it_read_in_part(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "HEAD", 1000)
    found = queries.look(Import.objects.get(pk=made(house, ndjson(10))), by=house.caller("kominfo", "officer"))
    assert (found.good == len(found.lines) > 0, found.whole) == (True, False)
