"""The feed client on the machine of a real BIND: closed, then open at its end, with nobody of ours alive but itself."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.dns import servers
from tests.feedhouse import TOKEN, House, house
from tests.feeds import KEY, Order, document

from mufakat.formats import rpz
from mufakat.rules.restriction import Match

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.fault, pytest.mark.invariant("I-07")]

ZONE = "terrorism.isp-a.rpz.mufakat"
WEB, TREE, SHORT = "web.example.net", "all.example.org", "short.example.com"


def order(*names: str, seconds: float = 3_600, **told: Any) -> Order:
    """An order that ends so many seconds from now."""
    now = datetime.now(UTC)
    return Order(names, since=now, until=now + timedelta(seconds=seconds), **told)


def written(*orders: Order, serial: int = 1, at: datetime | None = None) -> bytes:
    return document(orders, serial=serial, at=at or datetime.now(UTC))


@dataclass
class Client:
    """`mufakat feed pull`, as an operator starts it."""

    house: House
    folder: Path
    options: list[str]
    process: subprocess.Popen[bytes] | None = None

    def command(self, *more: str) -> list[str]:
        (self.folder / "token").write_text(TOKEN)
        told = ["--token-file", str(self.folder / "token"), "--key", KEY.vkey, "--state", str(self.folder / "state")]
        return [sys.executable, "-m", "mufakat.cli", "feed", "pull", self.house.url, *told, *self.options, *more]

    def once(self) -> dict[str, Any]:
        done = subprocess.run(self.command("--once", "--json"), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in {0, 1}, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def start(self) -> None:
        with (self.folder / "said").open("a") as said:
            self.process = subprocess.Popen(self.command("--every", "1s", "--json"), stdout=said, stderr=said)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class Machine:
    """A BIND that the client writes to, and resolvers that filter by it."""

    house: House
    primary: servers.Primary
    resolvers: dict[str, servers.Process]
    client: Client

    def until(self, name: str, *, is_open: bool, seconds: float = 60) -> dict[str, float]:
        """How many seconds it took at each resolver."""
        took = {}
        for kind, one in self.resolvers.items():
            asked = one.is_open if is_open else one.is_closed
            took[kind] = servers.until(lambda: asked(name), f"{name} open: {is_open}", one, seconds=seconds)  # noqa: B023
        return took


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with house() as made, servers.network([ZONE]) as network:
        network.primary.key.file(tmp_path)
        key = tmp_path / f"{network.primary.key.name}.key"
        client = Client(made, tmp_path, ["--bind-update", network.primary.address, "--tsig-key", str(key)])
        try:
            yield Machine(made, network.primary, network.resolvers, client)
        finally:
            client.stop()


def test_a_list_is_carried_out_and_opened_by_a_real_name_server(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.house.show(written(order(WEB), order(TREE, match=Match.SUBTREE, number=2)), "1")
    told = machine.client.once()
    assert (told["closed"], told["problem"]) == (2, None)
    machine.until(WEB, is_open=False)
    machine.until(f"deep.below.{TREE}", is_open=False)
    assert machine.primary.owners(ZONE) == {WEB, TREE, f"*.{TREE}"}
    machine.house.show(written(order(TREE, match=Match.SUBTREE, number=2), serial=2), "2")
    assert machine.client.once()["changed"]
    took = machine.until(WEB, is_open=True)
    with capsys.disabled():
        print("\n  opened after", {kind: f"{seconds:.3f} s" for kind, seconds in took.items()})
    assert machine.primary.owners(ZONE) == {TREE, f"*.{TREE}"}


def test_a_name_past_its_end_opens_while_the_house_does_not_answer(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.house.show(written(order(WEB), order(SHORT, number=2, seconds=12)), "1")
    ends = time.time() + 12
    machine.client.start()
    machine.until(SHORT, is_open=False, seconds=10)
    machine.house.silent.set()  # It accepts connections and never answers: worse than one that is gone.
    machine.until(SHORT, is_open=True)
    late = time.time() - ends
    with capsys.disabled():
        print(f"\n  opened {late:.2f} s after its end, without the house")
    assert late < 60
    assert all(one.is_closed(WEB) for one in machine.resolvers.values())
    assert machine.primary.owners(ZONE) == {WEB}


def test_what_somebody_else_wrote_into_the_zone_is_put_right(machine: Machine) -> None:
    machine.house.show(written(order(WEB)), "1")
    machine.client.once()
    machine.primary.update(ZONE, add=["not.on.the.list.example"], remove=[WEB])
    machine.client.once()
    assert machine.primary.owners(ZONE) == {WEB}


def test_a_zone_that_the_house_writes_loses_only_what_ended(machine: Machine) -> None:
    machine.client.options.append("--drop-only")
    machine.primary.update(ZONE, add=[WEB, SHORT, "new.example.org"])
    machine.house.show(written(order(WEB), order(SHORT, number=2, seconds=0.01)), "1")
    machine.client.once()
    assert machine.primary.owners(ZONE) == {WEB, "new.example.org"}
    machine.house.show(written(order(WEB), serial=2, at=datetime.now(UTC) - timedelta(days=2)), "2")
    machine.client.once()
    assert machine.primary.owners(ZONE) == set()


def test_a_client_that_has_not_the_key_says_so(machine: Machine) -> None:
    machine.client.options = machine.client.options[:2]
    machine.house.show(written(order(WEB)), "1")
    assert "REFUSED" in machine.client.once()["problem"]
    assert machine.primary.owners(ZONE) == set()


def test_more_lines_than_one_message_holds(machine: Machine) -> None:
    names = [f"{number:05}.{'x' * 60}.{'y' * 60}.example.net" for number in range(2_000)]
    machine.house.show(written(order(*names)), "1")
    assert machine.client.once()["problem"] is None
    assert machine.primary.owners(ZONE) == set(names)


SHORTEST = rpz.Timers(refresh=1, retry=1, expire=6, minimum=1)
AT_ONCE = "min-refresh-time 1; min-retry-time 1;"  # BIND takes no shorter times of a zone than it is told here.


def test_a_secondary_that_is_cut_off_opens_when_its_list_expires(capsys: pytest.CaptureFixture[str]) -> None:
    port = servers.free_port()
    with (
        servers.world() as world,
        servers.primary([ZONE], tell=[port], timers=SHORTEST) as primary,
        servers.bind_resolver(primary, world, port=port, zone_options=AT_ONCE) as resolver,
    ):
        primary.update(ZONE, add=[WEB])
        servers.until(lambda: resolver.is_closed(WEB), "closed", resolver)
        primary.kill()
        took = servers.until(lambda: resolver.is_open(WEB), "open by SOA expire", resolver, seconds=60, pause=0.1)
    with capsys.disabled():
        print(f"\n  opened {took:.1f} s after it was cut off (expire {SHORTEST.expire} s)")
