"""The feed client: what it takes, what it keeps, what it drops by itself, and what it says when something fails."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.feedhouse import TOKEN, House, house
from tests.feeds import AT, END, KEY, OTHER, Order, document, listed, signed

from mufakat.formats.feed import Refusal
from mufakat.runners.feed import Pull
from mufakat.runners.feed_shelf import Shelf
from mufakat.runners.feed_source import Source
from mufakat.runners.feed_standing import NotShownError, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

WEB = Order(("web.example.net", "www.example.net"))
SHORT = Order(("tg.example.org",), number=2, until=AT + timedelta(hours=2))


@dataclass
class Sink:
    """Who carries it out: it remembers."""

    shown: list[Standing] = field(default_factory=list)
    fails: bool = False

    def show(self, shown: Standing) -> bool:
        if self.fails:
            raise NotShownError("the name server is away")
        changed = not self.shown or self.shown[-1].domains != shown.domains
        self.shown.append(shown)
        return changed

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.shown[-1].domains] if self.shown else []


@dataclass
class Machine:
    """An operator's machine."""

    house: House
    folder: Path
    at: datetime = AT
    sink: Sink = field(default_factory=Sink)

    def __post_init__(self) -> None:
        self.token = self.folder / "token"
        self.token.write_text(f"{TOKEN}\n")
        self.start()

    def start(self) -> None:
        """As after a power cut: nothing is left but the disk."""
        source = Source(self.house.url, self.token)
        shelf = Shelf(self.folder / "state", "terrorism")
        self.sink = Sink()
        self.pull = Pull(source, shelf, [KEY.verify_key], [self.sink], clock=lambda: self.at)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with house(document([WEB, SHORT])) as made:
        yield Machine(made, tmp_path)


def test_a_round_closes_what_is_on_the_list(machine: Machine) -> None:
    told = machine.pull.once()
    assert machine.sink.names == ["tg.example.org", "web.example.net", "www.example.net"]
    assert (told.serial, told.closed, told.fetched, told.changed, told.problem) == (1, 3, True, True, None)


def test_the_same_list_is_not_sent_again(machine: Machine) -> None:
    machine.pull.once()
    assert machine.pull.once().fetched is False
    assert machine.house.asked == [None, 'W/"1"']


def test_a_list_that_was_signed_an_hour_ago_is_asked_for_whole(machine: Machine) -> None:
    machine.pull.once()
    machine.at = AT + timedelta(hours=1)
    machine.pull.once()
    assert machine.house.asked == [None, None]


def test_what_is_past_its_end_is_dropped_without_the_house(machine: Machine) -> None:
    machine.pull.once()
    machine.house.status = 500
    machine.at = AT + timedelta(hours=2)
    told = machine.pull.once()
    assert machine.sink.names == ["web.example.net", "www.example.net"]
    assert told.problem == "the server answered 500"


def test_a_machine_that_starts_without_the_house_does_as_before(machine: Machine) -> None:
    machine.pull.once()
    machine.house.status = 500
    machine.at = AT + timedelta(hours=2)
    machine.start()
    machine.pull.once()
    assert machine.sink.names == ["web.example.net", "www.example.net"]


def test_nothing_stays_closed_a_day_after_the_house_was_last_heard(machine: Machine) -> None:
    machine.pull.once()
    machine.house.status = 500
    machine.at = AT + timedelta(days=1)
    machine.pull.once()
    assert machine.sink.names == []
    assert machine.sink.shown[-1].outlived


def test_an_answer_that_nothing_changed_does_not_keep_a_list_alive(machine: Machine) -> None:
    machine.pull.once()
    machine.at = AT + timedelta(days=1, hours=1)
    machine.house.status = 304
    assert machine.pull.once().problem == "the server answered 304"
    assert machine.sink.names == []


def test_a_clock_that_was_never_set_keeps_nothing_closed(machine: Machine) -> None:
    machine.house.show(document([WEB, SHORT], at=AT + timedelta(hours=3)), "2")
    machine.at = AT - timedelta(days=9_000)
    machine.pull.once()
    assert machine.sink.names == ["web.example.net", "www.example.net"]


def test_an_older_list_is_refused_also_after_a_power_cut(machine: Machine) -> None:
    machine.house.show(document([WEB], serial=5), "5")
    machine.pull.once()
    machine.start()
    machine.house.show(document([WEB, SHORT], serial=4), "4")
    told = machine.pull.once()
    assert told.problem == "Serial 4 is older than 5, which was loaded before."
    assert (told.serial, machine.sink.names) == (5, ["web.example.net", "www.example.net"])


def test_a_newer_list_opens_what_it_leaves_out(machine: Machine) -> None:
    machine.pull.once()
    machine.house.show(document([replace(WEB, lifted=("web.example.net",)), SHORT], serial=2), "2")
    machine.pull.once()
    assert machine.sink.names == ["tg.example.org", "www.example.net"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        signed(listed([WEB], serial=2), key=OTHER),
        document([WEB], serial=2)[:-9],
        document([WEB], serial=2, list="gambling"),
        document([WEB], serial=2, apex="terrorism.isp-b.rpz.mufakat"),
        document([WEB], serial=2, shadow=True),
    ],
    ids=["nothing", "no list", "not ours", "cut off", "of another list", "of another operator", "a shadow"],
)
def test_a_list_that_is_not_the_one_leaves_everything_as_it_was(machine: Machine, raw: bytes) -> None:
    machine.pull.once()
    machine.house.show(raw, "2")
    told = machine.pull.once()
    assert told.problem is not None
    assert (told.serial, len(machine.sink.names)) == (1, 3)


def test_an_entry_without_a_receipt_is_named_and_left_out(machine: Machine) -> None:
    machine.house.show(document([WEB, replace(SHORT, key=OTHER)]), "2")
    told = machine.pull.once()
    assert machine.sink.names == ["web.example.net", "www.example.net"]
    assert [(one.name, one.reason) for one in told.refused] == [
        (None, Refusal.NO_RECEIPT),
        ("tg.example.org", Refusal.UNKNOWN_RESTRICTION),
    ]


@pytest.mark.parametrize(("status", "words"), [(401, "the token is not in force"), (302, "the server answered 302")])
def test_why_a_list_did_not_come_is_said(machine: Machine, status: int, words: str) -> None:
    machine.house.status = status
    assert machine.pull.once().problem == words


def test_a_house_that_is_away_is_said(machine: Machine, tmp_path: Path) -> None:
    machine.pull.source = Source("http://127.0.0.1:9/feeds/terrorism", machine.token)
    assert machine.pull.once().problem == "the server cannot be reached: ConnectionRefusedError"


def test_a_token_that_was_exchanged_is_used(machine: Machine) -> None:
    machine.token.write_text("another")
    assert machine.pull.once().problem == "the token is not in force"
    machine.token.write_text(TOKEN)
    assert machine.pull.once().problem is None


def test_a_list_counts_also_on_a_full_disk_and_is_kept_later(machine: Machine) -> None:
    (machine.folder / "state").write_text("no folder")
    told = machine.pull.once()
    assert told.problem is not None
    assert len(machine.sink.names) == 3
    (machine.folder / "state").unlink()
    assert machine.pull.once().problem is None
    assert machine.pull.shelf.load() == machine.house.raw


def test_a_list_on_the_disk_that_was_changed_is_not_loaded(machine: Machine) -> None:
    machine.pull.once()
    machine.pull.shelf.path.write_bytes(machine.pull.shelf.path.read_bytes().replace(b"2017-10-12", b"2027-10-12"))
    machine.start()
    machine.house.status = 500
    assert "changed after it was signed" in str(machine.pull.once().problem)
    assert machine.sink.names == []


def test_a_server_that_is_away_gets_the_list_when_it_is_back(machine: Machine) -> None:
    machine.sink.fails = True
    assert machine.pull.once().problem == "the name server is away"
    machine.sink.fails = False
    machine.pull.once()
    assert len(machine.sink.names) == 3


def test_an_entry_ends_on_time_while_the_house_does_not_answer(machine: Machine) -> None:
    machine.pull.once()
    machine.house.silent.set()
    stop, ended = threading.Event(), threading.Event()

    def say(told) -> None:
        if told.closed == 2:
            ended.set()

    running = threading.Thread(target=machine.pull.on, args=(60.0,), kwargs={"stop": stop, "say": say})
    running.start()
    machine.at = AT + timedelta(hours=2)  # The clock goes on, and nobody wakes the client.
    try:
        assert ended.wait(20)
    finally:
        stop.set()
        machine.house.go_on.set()
        running.join()
    assert machine.sink.names == ["web.example.net", "www.example.net"]


def test_everything_ends_at_its_end(machine: Machine) -> None:
    machine.house.show(document([WEB, SHORT], at=END), "2")
    machine.pull.once()
    assert machine.sink.names == []


@pytest.mark.parametrize(
    "url",
    ["ftp://a/feeds/x", "http://", "http://u:p@a/feeds/x", "http://a/feeds/x?y", "http://a:b/feeds/x", "http://a/"],
)
def test_what_is_no_address_of_a_list_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"list|[Pp]ort"):
        Shelf(tmp_path, Source(url, tmp_path / "token").list)
