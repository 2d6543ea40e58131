"""An order is carried out once, evidence first, and what the service answered is in the books."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

import msgspec
import pytest

from mufakat.rules.measures_planning import Capability, Subject, Way
from mufakat.server.connectors.platform.errors import (
    CannotError,
    LaterError,
    LockedOutError,
    LostError,
    OtherOrderError,
)
from mufakat.server.connectors.platform.interface import PlatformConnector
from mufakat.server.connectors.platform.orders import Order, Outcome, Receipt, Snapshot, Target
from mufakat.server.connectors.platform.performing import Known, Performer


@dataclass
class Pages:
    """A book in memory. `lines` are what was written, in order."""

    lines: list[str] = field(default_factory=list)
    orders: dict[tuple[str, str], tuple[Order, Known]] = field(default_factory=dict)

    async def known(self, order):
        found = self.orders.get((order.case, order.act))
        if found is None:
            return None
        if found[0] != order:
            raise OtherOrderError(order.case, order.act)
        return found[1]

    async def owe(self, order, *, evidence, undone_by):
        self.lines.append(f"owed {evidence.sha256 if evidence else '-'} undone by {undone_by}")
        self.orders[order.case, order.act] = (order, Known(begun=False, receipt=None))

    async def begin(self, order):
        self._move(order, Known(begun=True, receipt=None), "begun")

    async def rest(self, order):
        self._move(order, Known(begun=False, receipt=None), "resting")

    async def end(self, order, receipt):
        self._move(order, Known(begun=True, receipt=receipt), f"ended {receipt.outcome.value}")

    def _move(self, order, known, line):
        self.lines.append(line)
        self.orders[order.case, order.act] = (order, known)


class Service(PlatformConnector):
    """A service that counts what it is asked."""

    way: ClassVar[Way] = Way.TELEGRAM_BOT

    def __init__(self, pages):
        self.pages = pages
        self.problems: list[Exception] = []

    async def resolve(self, locator):
        return Target(locator, {})

    async def able(self, target):
        return self.capabilities if target.numbers else frozenset()

    async def snapshot(self, target):
        self.pages.lines.append("looked" if target.locator else "")
        return Snapshot(sha256="a" * 64, at="2026-01-01T00:00:00.000Z")

    async def stream(self):
        yield self.way

    async def remove(self, order):
        return self._done("removed", order)

    async def warn(self, order):
        return self._done("warned", order)

    def _done(self, what, order):
        assert order.way is self.way
        self.pages.lines.append(what)
        if self.problems:
            raise self.problems.pop(0)
        return Receipt(outcome=Outcome.DONE, at="2026-01-01T00:00:00.000Z", status=200)


ORDER = Order(
    case="case",
    act="remove",
    way=Way.TELEGRAM_BOT,
    verb=Capability.REMOVE,
    subject=Subject.CONTENT,
    target=Target("https://t.me/contohgrup/1", {"chat": -1, "message": 1}),
)
WARN = msgspec.structs.replace(ORDER, act="warn", verb=Capability.WARN, subject=Subject.AUTHOR, text="hati-hati")
CLOSE = msgspec.structs.replace(ORDER, act="close", verb=Capability.CLOSE, subject=Subject.CHANNEL)


@pytest.fixture
def pages():
    return Pages()


@pytest.fixture
def service(pages):
    return Service(pages)


@pytest.fixture
def perform(service, pages):
    performer = Performer(service, pages)
    return lambda order, **more: asyncio.run(performer.perform(order, **more))


def test_evidence_and_the_order_are_in_the_books_before_the_service_is_asked(perform, pages):
    perform(ORDER)
    assert pages.lines == ["looked", f"owed {'a' * 64} undone by None", "removed", "ended done"]


def test_what_cannot_be_repeated_is_begun_in_the_books(perform, pages):
    perform(WARN)
    assert pages.lines[1:] == [f"owed {'a' * 64} undone by restore", "begun", "warned", "ended done"]


def test_the_same_order_again_is_not_carried_out_again(perform, pages):
    first = perform(ORDER)
    assert perform(ORDER) == first
    assert pages.lines.count("removed") == 1


def test_another_order_of_the_same_name_is_refused(perform, pages):
    perform(ORDER)
    with pytest.raises(OtherOrderError):
        perform(msgspec.structs.replace(ORDER, until=1))
    assert pages.lines.count("removed") == 1


def test_a_dry_run_does_and_writes_nothing(perform, pages):
    receipt = perform(ORDER, dry_run=True)
    assert (receipt.outcome, pages.lines) == (Outcome.WOULD, [])


def test_a_verb_that_is_not_declared_is_refused_before_anything(perform, pages):
    with pytest.raises(CannotError):
        perform(CLOSE)
    assert pages.lines == []


def test_a_verb_that_is_declared_and_not_there_says_so(service):
    restoring = msgspec.structs.replace(ORDER, verb=Capability.RESTORE)
    with pytest.raises(CannotError):
        asyncio.run(service.carry(restoring))


@pytest.mark.parametrize("error", [LaterError("not now"), LostError("the line was cut")])
def test_what_may_be_repeated_stays_owed_and_is_repeated(perform, pages, service, error):
    service.problems.append(error)
    with pytest.raises(type(error)):
        perform(ORDER)
    assert perform(ORDER).outcome is Outcome.DONE


def test_what_may_not_be_repeated_is_uncertain_once_the_line_was_cut(perform, pages, service):
    service.problems.append(LostError("the line was cut"))
    assert perform(WARN).outcome is Outcome.UNCERTAIN
    assert perform(WARN).outcome is Outcome.UNCERTAIN
    assert pages.lines.count("warned") == 1


@pytest.mark.parametrize("error", [LaterError("not now"), LockedOutError("the token was rotated")])
def test_what_was_surely_not_done_is_done_later_though_it_must_not_be_repeated(perform, pages, service, error):
    service.problems.append(error)
    with pytest.raises(type(error)):
        perform(WARN)
    assert perform(WARN).outcome is Outcome.DONE


def test_what_had_begun_before_the_power_failed_is_uncertain(perform, pages):
    pages.orders["case", "warn"] = (WARN, Known(begun=True, receipt=None))
    assert perform(WARN).outcome is Outcome.UNCERTAIN
    assert "warned" not in pages.lines


def test_what_the_service_cannot_do_here_is_refused_and_written_down(perform, pages, service):
    service.problems.append(CannotError("not here"))
    assert perform(ORDER).outcome is Outcome.REFUSED
    assert pages.lines[-1] == "ended refused"


def test_two_orders_differ_by_digest_alone_where_they_differ():
    assert ORDER.digest == msgspec.structs.replace(ORDER).digest
    assert ORDER.digest != msgspec.structs.replace(ORDER, until=1).digest
