"""The list as files: replaced as a whole, with a serial that only grows, and a command that is run until it works."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.feeds import AT, KEY, Order, listed, signed

from mufakat.formats import feed as feeds, feed_chain
from mufakat.runners import feed_files
from mufakat.runners.feed_files import Files, ListFile, ZoneFile
from mufakat.runners.feed_standing import NotShownError, Standing

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from mufakat.formats.feed import Feed

WEB = Order(("web.example.net", "www.example.net"))
SHORT = Order(("tg.example.org",), number=2, until=AT + timedelta(hours=2))
FEED = listed([WEB, SHORT])
ZONE = f"{FEED.apex}.zone"


def standing(feed: Feed = FEED, *, at: datetime = AT) -> Standing:
    keys = [KEY.verify_key]
    return Standing.of(feed_chain.load(feeds.read(signed(feed), keys=keys), keys=keys), at=at)


def serial(path: Path) -> int:
    return int(path.read_text().split(" root.localhost. ")[1].split()[0])


def test_a_zone_is_written_with_the_serial_of_the_list(tmp_path: Path) -> None:
    ZoneFile(tmp_path).show(standing(listed([WEB], serial=7)))
    assert serial(tmp_path / ZONE) == 7


def test_what_ends_by_itself_counts_the_serial_up(tmp_path: Path) -> None:
    zone = ZoneFile(tmp_path)
    assert zone.show(standing())
    assert not zone.show(standing(at=AT + timedelta(hours=1)))
    assert zone.show(standing(at=AT + timedelta(hours=2)))
    assert serial(tmp_path / ZONE) == 2
    assert "tg.example.org" not in (tmp_path / ZONE).read_text()


def test_the_serial_of_a_file_never_goes_back(tmp_path: Path) -> None:
    ZoneFile(tmp_path).show(standing(listed([WEB], serial=9)))
    ZoneFile(tmp_path).show(standing(listed([WEB, SHORT], serial=4)))
    assert serial(tmp_path / ZONE) == 10


def test_a_zone_that_is_none_leaves_the_one_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ZoneFile(tmp_path).show(standing())
    before = (tmp_path / ZONE).read_text()
    checker = tmp_path / "named-checkzone"
    checker.write_text("#!/bin/sh\necho no zone\nexit 1\n")
    checker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(NotShownError, match="no zone"):
        ZoneFile(tmp_path).show(standing(listed([WEB], serial=2)))
    assert (tmp_path / ZONE).read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["named-checkzone", ZONE]


def test_a_shadow_closes_nothing_by_a_file(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    ListFile(path, "hosts.txt").show(standing(listed([WEB], shadow=True)))
    assert "example" not in path.read_text()


def test_the_layer_of_pages_reaches_squid_alone(tmp_path: Path) -> None:
    one = listed([WEB])
    one = msgspec.structs.replace(
        one, restrictions=tuple(msgspec.structs.replace(proof, layer="url") for proof in one.restrictions)
    )
    hosts, squid = tmp_path / "hosts", tmp_path / "squid"
    ListFile(hosts, "hosts.txt").show(standing(one))
    ListFile(squid, "squid.txt").show(standing(one))
    assert ("web.example.net" in hosts.read_text(), "web.example.net" in squid.read_text()) == (False, True)


def test_the_command_runs_when_a_file_changed_and_again_while_it_fails(tmp_path: Path) -> None:
    count, works = tmp_path / "count", tmp_path / "works"
    program = f"import pathlib; pathlib.Path({str(count)!r}).open('a').write('x'); pathlib.Path({str(works)!r}).stat()"
    files = Files([ZoneFile(tmp_path)], [sys.executable, "-c", program, "{zone}"])
    for _ in range(2):
        with pytest.raises(NotShownError, match="did not make the server read"):
            files.show(standing())
    works.touch()
    files.show(standing())
    files.show(standing())
    files.show(standing(at=AT + timedelta(hours=2)))
    assert count.read_text() == "xxxx"


def test_a_file_that_cannot_be_written_keeps_up_neither_the_others_nor_the_command(tmp_path: Path) -> None:
    count, hosts = tmp_path / "count", tmp_path / "hosts"
    program = f"import pathlib; pathlib.Path({str(count)!r}).open('a').write('x')"
    broken = ListFile(tmp_path / "away" / "squid", "squid.txt")
    files = Files([broken, ListFile(hosts, "hosts.txt")], [sys.executable, "-c", program])
    with pytest.raises(NotShownError, match="cannot be written"):
        files.show(standing())
    assert ("tg.example.org" in hosts.read_text(), count.read_text()) == (True, "x")
    with pytest.raises(NotShownError, match="cannot be written"):
        files.show(standing())
    assert count.read_text() == "x"  # Nothing new was written.
    with pytest.raises(NotShownError, match="cannot be written"):
        files.show(standing(at=AT + timedelta(hours=2)))
    assert ("tg.example.org" in hosts.read_text(), count.read_text()) == (False, "xx")
    broken.path.parent.mkdir()
    assert files.show(standing(at=AT + timedelta(hours=2)))
    assert count.read_text() == "xxx"


def test_all_that_failed_is_said_at_once(tmp_path: Path) -> None:
    broken = ZoneFile(tmp_path / "zones"), ListFile(tmp_path / "lists" / "hosts", "hosts.txt")
    with pytest.raises(NotShownError, match=r"zones.*; .*lists.*; the command did not"):
        Files([*broken, ListFile(tmp_path / "hosts", "hosts.txt")], [str(tmp_path / "nothing")]).show(standing())


def test_a_command_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotShownError, match="FileNotFoundError"):
        Files([ZoneFile(tmp_path)], [str(tmp_path / "nothing")]).show(standing())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotShownError, match="cannot be written"):
        ZoneFile(tmp_path / "away").show(standing())


def test_a_draft_that_was_left_by_a_power_cut_is_written_over(tmp_path: Path) -> None:
    (tmp_path / f".{ZONE}.new").write_text("half")
    ZoneFile(tmp_path).show(standing())
    assert [path.name for path in tmp_path.iterdir()] == [ZONE]


def test_the_serial_of_a_foreign_file_does_not_stop_us(tmp_path: Path) -> None:
    (tmp_path / "z").write_bytes(b"\xff" * 100)
    assert feed_files.next_serial(tmp_path / "z", 5) == 5
