"""Logs that go, servers that are away, behind, slow or swapped, and disks that are full: nobody else is forgotten."""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.logs import BEGUN, KEY, ORIGIN, Published, Writer, id_of, many, served
from tests.unit.runners.test_runners_monitor import HONEST, LIAR, Watch, decided, only

from mufakat.proof.key import SigningKey
from mufakat.runners import log_source, monitor_heads, monitor_receipts
from mufakat.runners.log_source import AwayError, Log
from mufakat.runners.log_web import Web
from mufakat.runners.monitor import Monitor
from mufakat.runners.monitor_alarms import Alarm, Kind
from mufakat.runners.monitor_round import Terms
from mufakat.runners.monitor_sources import FILE
from mufakat.runners.monitor_state import BadStateError, State

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400.0
OTHER = SigningKey.generate("log.mufakat.example/2026b", seed=bytes(range(1, 33)))


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path / "state", terms={"max_age": None, "share": 0})


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return Published(HONEST).write(tmp_path / "log")


@dataclass
class Site:
    """A server as a monitor sees it, whose files are those of a folder while it is there."""

    folder: Path
    name: str
    live: bool = True
    is_away: bool = False
    has_heads_alone: bool = False

    def read(self, path: str, *, limit: int) -> bytes:
        if self.is_away or (self.has_heads_alone and path != "checkpoint"):
            raise AwayError(path, "was not given")
        return log_source.Folder(self.folder).read(path, limit=limit)

    def close(self) -> None:
        """Nothing stays open."""


@dataclass
class Sites:
    """Rounds over some of them."""

    watch: Watch

    def look(self, *sites: Site, after: float = 0, **more: Any) -> list[Alarm]:
        self.watch.at += timedelta(seconds=after)
        keys = [KEY.verify_key, OTHER.verify_key]
        terms = Terms(keys, self.watch.state, **self.watch.terms)
        said = {"held": self.watch.held, "clock": lambda: self.watch.at, **more}
        told = Monitor([Log(one) for one in sites], terms, **said).once()
        self.sizes = {one.origin: one.size for one in told if one.origin is not None}
        return [alarm for one in told for alarm in one.alarms]


@pytest.fixture
def sites(watch: Watch) -> Sites:
    return Sites(watch)


@pytest.fixture
def itself(log: Path) -> Site:
    return Site(log, "https://log.example")


@pytest.fixture
def mirror(tmp_path: Path) -> Site:
    return Site(Published(HONEST).write(tmp_path / "mirror"), "https://mirror.example")


@pytest.fixture
def another(tmp_path: Path) -> Site:
    return Site(Published(HONEST, OTHER).write(tmp_path / "another"), "https://another.example")


# -- Logs that go ----------------------------------------------------------------------------------------------------


def test_a_log_that_is_served_no_more_is_said_each_round(watch: Watch, log: Path) -> None:
    with served(log) as url:
        assert watch.kinds(url) == []
        shutil.rmtree(log)
        assert watch.kinds(url, after=1) == [Kind.UNREACHABLE]
    assert watch.kinds(url, after=9 * DAY) == [Kind.UNREACHABLE]


def test_a_log_that_no_server_is_asked_for_any_more_is_said(sites: Sites, itself: Site, another: Site) -> None:
    assert sites.look(itself, another) == []
    alarm = only(sites.look(itself))
    assert (alarm.kind, alarm.log) == (Kind.UNREACHABLE, OTHER.name)
    assert "300 entries were seen" in alarm.said


def test_another_log_in_the_place_of_the_one_that_was_there_is_said(
    sites: Sites, itself: Site, another: Site, mirror: Site
) -> None:
    assert sites.look(itself, mirror) == []
    itself.folder = another.folder
    for after in (1, 2 * DAY):  # It does not become what was there before.
        alarm = only(sites.look(itself, mirror, after=after))
        assert (alarm.kind, alarm.source) == (Kind.SWAPPED, itself.name)
    assert {one.kind for one in sites.look(itself)} == {Kind.SWAPPED}


# -- Mirrors ---------------------------------------------------------------------------------------------------------


def test_a_mirror_that_is_away_is_no_alarm_for_a_day(sites: Sites, itself: Site, mirror: Site) -> None:
    assert sites.look(itself, mirror) == []
    mirror.is_away = True
    assert sites.look(itself, mirror, after=DAY) == []
    alarm = only(sites.look(itself, mirror, after=1))
    assert (alarm.kind, alarm.source) == (Kind.UNREACHABLE, mirror.name)


def test_a_mirror_that_was_never_there_is_an_alarm(sites: Sites, itself: Site, mirror: Site) -> None:
    mirror.is_away = True
    assert only(sites.look(itself, mirror)).source == mirror.name


def test_where_the_log_itself_is_away_its_mirror_is_followed_and_it_is_said(
    sites: Sites, itself: Site, mirror: Site
) -> None:
    assert sites.look(itself, mirror) == []
    itself.is_away = True
    Published(many(400)).write(mirror.folder)
    alarm = only(sites.look(itself, mirror, after=1))
    assert (alarm.kind, alarm.source, sites.sizes) == (Kind.UNREACHABLE, itself.name, {ORIGIN: 400})


def test_a_mirror_that_is_behind_is_no_alarm_for_a_day(sites: Sites, itself: Site, mirror: Site) -> None:
    (mirror.folder / "checkpoint").write_bytes(Published(HONEST).head(200))
    assert sites.look(itself, mirror) == []
    assert sites.look(itself, mirror, after=3600) == []
    itself.is_away = True
    sites.watch.held = [monitor_receipts.read("theirs", Published(HONEST).head(), [KEY.verify_key])]
    assert {one.kind for one in sites.look(itself, mirror)} == {Kind.UNREACHABLE}
    itself.is_away = False
    assert {one.kind for one in sites.look(itself, mirror, after=DAY)} == {Kind.STALE}


def test_a_log_that_is_behind_what_it_showed_is_an_alarm_beside_mirrors(
    sites: Sites, itself: Site, mirror: Site
) -> None:
    assert sites.look(itself, mirror) == []
    (itself.folder / "checkpoint").write_bytes(Published(HONEST).head(200))
    alarm = only(sites.look(itself, mirror, after=120))
    assert (alarm.kind, alarm.source) == (Kind.STALE, itself.name)


def test_what_is_new_at_a_mirror_that_was_behind_is_not_back_dated(sites: Sites, mirror: Site) -> None:
    writer = Writer()
    writer.write()
    itself = Site(Published(writer.leaves).write(mirror.folder.parent / "itself"), "https://log.example")
    shutil.rmtree(mirror.folder)
    Published(writer.leaves).write(mirror.folder)
    assert sites.look(itself, mirror, after=3600) == []
    writer.write(after=1000)
    Published(writer.leaves).write(mirror.folder)
    assert sites.look(itself, mirror, after=60) == []


def test_a_mirror_holds_no_documents_and_nobody_asks_it_for_some(sites: Sites, mirror: Site, tmp_path: Path) -> None:
    shutil.rmtree(mirror.folder)
    writer = Writer()
    decided(writer)
    itself = Site(tmp_path / "itself", "https://log.example")
    for one in (itself, mirror):
        Published(writer.leaves).write(one.folder)
    sites.watch.terms["share"] = 200
    itself.is_away = True
    # Who was never there may be the log itself.
    assert [one.source for one in sites.look(itself, mirror)] == [itself.name]
    itself.is_away = False
    assert [(one.kind, one.source) for one in sites.look(itself, mirror)] == [(Kind.DISCLOSURE, itself.name)]
    itself.is_away = True
    assert [(one.kind, one.source) for one in sites.look(itself, mirror)] == [(Kind.UNREACHABLE, itself.name)]


def test_what_the_log_itself_does_not_give_is_read_at_its_mirror(sites: Sites, itself: Site, mirror: Site) -> None:
    assert sites.look(itself, mirror) == []
    for one in (itself, mirror):
        Published(many(400)).write(one.folder)
    itself.has_heads_alone = True
    alarm = only(sites.look(itself, mirror, after=1))
    assert (alarm.kind, alarm.source, sites.sizes) == (Kind.UNREACHABLE, itself.name, {ORIGIN: 400})


def test_a_log_that_nobody_gives_grows_by_nothing(sites: Sites, itself: Site, mirror: Site) -> None:
    assert sites.look(itself, mirror) == []
    for one in (itself, mirror):
        Published(many(400)).write(one.folder)
        one.has_heads_alone = True
    assert {one.kind for one in sites.look(itself, mirror, after=1)} == {Kind.UNREACHABLE, Kind.UNSHOWN}
    assert sites.sizes == {ORIGIN: 300}


# -- One log's trouble is not the others' -----------------------------------------------------------------------------


def test_a_log_that_sends_without_end_loses_its_time_and_the_others_do_not(
    sites: Sites, itself: Site, another: Site
) -> None:
    ticks = iter(range(10**6))
    assert sites.look(itself, another, budget=timedelta(seconds=9), ticks=lambda: float(next(ticks))) == []
    Published(many(2000)).write(itself.folder)
    Published(many(400), OTHER).write(another.folder)
    alarm = only(sites.look(itself, another, budget=timedelta(seconds=9), ticks=lambda: float(next(ticks))))
    assert (alarm.kind, alarm.source) == (Kind.UNREACHABLE, itself.name)
    assert "the time of this log in this round is over" in alarm.said
    assert sites.sizes == {ORIGIN: 300, OTHER.name: 400}


def test_a_state_that_cannot_be_used_is_said_and_the_other_log_is_looked_at(
    sites: Sites, itself: Site, another: Site
) -> None:
    assert sites.look(itself, another) == []
    Published(many(400), OTHER).write(another.folder)
    file = sites.watch.state / "log.mufakat.example_2026a.sqlite3"
    file.write_bytes(b"no database" * 1000)
    assert {one.kind for one in sites.look(itself, another)} == {Kind.UNKEPT}
    assert sites.sizes[OTHER.name] == 400


def test_who_showed_what_is_not_guessed_where_it_cannot_be_read(sites: Sites, itself: Site) -> None:
    sites.look(itself)
    for text in ("{", "[]", '{"a": 1}', '{"a": {"log": "b"}}', '{"a": {"log": "b", "at": "then"}}'):
        (sites.watch.state / FILE).write_text(text)
        with pytest.raises(BadStateError):
            sites.look(itself)


# -- Disks -----------------------------------------------------------------------------------------------------------


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_fork_is_said_also_where_its_proof_cannot_be_written(
    sites: Sites, itself: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sites.look(itself) == []
    Published(LIAR).write(itself.folder)
    monkeypatch.setattr(monitor_heads, "put", full)
    found = {one.kind: one for one in sites.look(itself)}
    assert found.keys() == {Kind.FORK, Kind.UNKEPT}
    assert (found[Kind.FORK].file, "could not be written: No space" in found[Kind.FORK].said) == (None, True)


def test_what_was_found_is_said_also_where_the_state_cannot_be_kept(
    sites: Sites, itself: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sites.look(itself) == []
    writer = Writer()
    writer.leaves = list(HONEST)
    writer.write("notice.acknowledged", chan="telegram>kominfo", case=id_of("ntc", 1), after=500)
    Published(writer.leaves).write(itself.folder)
    monkeypatch.setattr(State, "keep_head", full)
    assert {one.kind for one in sites.look(itself, after=1)} == {Kind.ORDER, Kind.UNKEPT}
    monkeypatch.undo()
    # Nothing of that round was kept, and it is done again.
    assert {one.kind for one in sites.look(itself, after=1)} == {Kind.ORDER}
    assert sites.sizes == {ORIGIN: 301}


# -- Times -----------------------------------------------------------------------------------------------------------


def test_a_round_that_takes_long_makes_no_false_alarm(sites: Sites, itself: Site) -> None:
    now = BEGUN + timedelta(hours=1)

    def slow() -> datetime:
        nonlocal now
        now += timedelta(seconds=50)
        return now

    writer = Writer()
    for _ in range(5):
        # What happened while the head was on its way lies neither ahead nor behind.
        writer.at = now + timedelta(seconds=75)
        writer.write()
        Published(writer.leaves).write(itself.folder)
        assert sites.look(itself, clock=slow) == []


def test_a_web_server_that_answers_with_an_error_is_away_and_says_nothing_of_its_files(log: Path) -> None:
    with served(log) as url:
        web = Web(url)
    with pytest.raises(AwayError):
        web.read("checkpoint", limit=1000)
