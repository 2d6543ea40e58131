"""The restriction suite: from a commit to what real resolvers answer, and a list of a million names."""

from __future__ import annotations

import json
import secrets
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from tests.dns import servers

from bench import guard, house, resolving, suite, zone_filling
from bench.contest import Contest, Sample, Target, WrongError
from mufakat.formats import rpz, tsig
from mufakat.runners.primary import Primary
from mufakat.runners.updates import SOA, Update

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bench.contest import Maker
    from bench.database import Instance

ZONE, ALLOW = (rpz.zone_name(list_, "isp-a") for list_ in ("terrorism", rpz.ALLOW))
EACH = 40  # Liftings of a turn, one after the other.
FEW = 6  # The same with a million others on the list.
MILLION = 1_000_000
PATIENCE = 600.0
KINDS = {"bind": servers.bind_resolver, "unbound": servers.unbound}


def run(module: str, told: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """A contender's program, and what it prints."""
    command = [sys.executable, "-m", module, json.dumps(told)]
    done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=False, timeout=1_200)
    if done.returncode != 0:
        raise WrongError(f"{module} ended with {done.returncode}: {done.stderr[-1000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def sampled(late: list[float], took: float, cpu_ms: float | None = None) -> Sample:
    """A turn by its milliseconds."""
    ordered = sorted(late)
    p95, p99 = (ordered[round(share * (len(ordered) - 1))] for share in (0.95, 0.99))
    return Sample(len(late) / took, cpu_ms, statistics.median(ordered), p99, p95)


@dataclass(frozen=True, slots=True)
class Ours:
    """A house with its worker."""

    name: str
    instance: Instance
    environ: Mapping[str, str]
    port: int
    count: int = EACH
    deed: str = "lift"

    def run(self) -> Sample:
        told = {"deed": self.deed, "port": self.port, "count": self.count, "word": f"w{secrets.token_hex(4)}"}
        found = run("bench.lifting", told, house.environ(self.instance, **self.environ))
        if len(found["late"]) != self.count:
            raise WrongError(f"{self.name}: {len(found['late'])} of {self.count} were seen")
        return sampled(found["late"], found["took"], found["cpu"] * 1000 / self.count)


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody at the server: one change after the other, without an order, a proof or a memory."""

    name: str
    primary: servers.Primary
    port: int
    way: str  # `nsupdate`, a program for each change; or `socket`, one signed message on a connection that is there.
    count: int = EACH
    deed: str = "lift"

    def run(self) -> Sample:
        word = f"h{secrets.token_hex(4)}"
        names = [f"n{number}.{word}.example.net" for number in range(self.count)]
        if self.deed == "lift":
            self.primary.update(ZONE, add=names)
            resolving.until_all(self.port, names, is_open=False, seconds=PATIENCE)
        change = {"nsupdate": self._nsupdate, "socket": self._socket()}[self.way]
        began, late = time.monotonic(), []
        for name in names:
            at = time.monotonic()
            change(name)
            resolving.until_all(self.port, [name], is_open=self.deed == "lift", seconds=PATIENCE)
            late.append(1000 * (time.monotonic() - at))
        took = time.monotonic() - began
        if self.deed == "block":
            self.primary.update(ZONE, remove=names)
        return sampled(late, took)

    def _nsupdate(self, name: str) -> None:
        does = f"update delete {name}.{ZONE}." if self.deed == "lift" else f"update add {name}.{ZONE}. 30 CNAME ."
        text = f"server 127.0.0.1 {self.primary.port}\nzone {ZONE}.\n{does}\nsend\n"
        command = [
            str(servers.where("nsupdate")),
            "-k",
            str(self.primary.folder / f"{self.primary.key.name}.key"),
            "-v",
        ]
        subprocess.run(command, input=text, text=True, check=True, capture_output=True, timeout=60)

    def _socket(self) -> Any:
        connection = Primary("127.0.0.1", self.primary.port, tsig.read(self.primary.key.text))
        state = connection.soas([ZONE])[0]

        def change(name: str) -> None:
            nonlocal state
            if state is None:
                raise WrongError("the primary has lost its zone")
            gone, come = ([name], []) if self.deed == "lift" else ([], [name])
            update = Update(ZONE, state, SOA(state.serial + 1, state.timers), gone, come)
            if connection.send([update]) != ["NOERROR"]:
                raise WrongError("the primary refused")
            state = update.after

        return change


@contextmanager
def resolver(kind: str, *, million: bool = False) -> Iterator[tuple[servers.Primary, servers.Process]]:
    """A primary with the list, and one resolver that filters by it."""
    port = servers.free_port()
    patience = PATIENCE if million else 60.0

    def text(zone: str) -> str:
        names = zone_filling.names(MILLION) if million and zone == ZONE else ()
        return "".join(rpz.write(zone, 1, names))

    with (
        servers.world() as world,
        servers.primary([ALLOW, ZONE], tell=[port], files=text, patience=patience) as primary,
        KINDS[kind](primary, world, port=port, patience=patience) as found,
    ):
        primary.key.file(primary.folder)
        yield primary, found


def environ(primary: servers.Primary) -> dict[str, str]:
    """Our publisher's word about the primary."""
    path = primary.folder / f"{primary.key.name}.key"
    return {"MUFAKAT_DNS_PRIMARY": primary.address, "MUFAKAT_DNS_KEY_FILE": str(path)}


@contextmanager
def contest(  # noqa: PLR0913 - one row of the table.
    work: Path, *, id_: str, kind: str, deed: str = "lift", million: bool = False, bound: float
) -> Iterator[Contest]:
    """One row: ours, `nsupdate` by hand, and one message on an open connection."""
    prepared = house.prepare(work)
    count = FEW if million else EACH
    with resolver(kind, million=million) as (primary, found):
        if million:
            run("bench.zone_filling", {"count": MILLION}, house.environ(prepared.instance, **environ(primary)))
        yield Contest(
            id_,
            f"{deed}s/s, one after the other",
            Ours("ours", prepared.instance, environ(primary), found.port, count, deed),
            Hand("nsupdate by hand", primary, found.port, "nsupdate", count, deed),
            Hand("one signed message", primary, found.port, "socket", count, deed),
            targets=[Target("p99_ms", bound, at_most=True)],
            remarks=[
                f"ms from the commit until {kind} answers so" + (f", {MILLION:,} names listed" if million else "")
            ],
        )


@contextmanager
def zone(work: Path) -> Iterator[Contest]:
    """The whole list from the rows of the orders to a file that BIND's own compiler took."""
    prepared = house.prepare(work)
    run("bench.zone_filling", {"count": MILLION}, house.environ(prepared.instance))
    (work / "floor.zone").write_text("".join(rpz.write(ZONE, 1, zone_filling.names(MILLION))))
    rows = zone_filling.Rows(prepared.instance, work)
    yield Contest(
        "restriction.zone.1e6",
        "names/s, written and checked",
        Writing(
            "ours",
            partial(run, "bench.zone_writing", {"to": str(work / "ours.zone")}, house.environ(prepared.instance)),
            work / "ours.zone",
        ),
        Writing("a loop over the plain driver's rows", rows.write, work / "peer.zone"),
        Writing("named-compilezone alone", lambda: None, work / "floor.zone"),
        targets=[Target("ours", MILLION / 45)],
        remarks=["each ends with named-compilezone; at least 22,222 names/s are 45 s"],
    )


@dataclass(frozen=True, slots=True)
class Writing:
    """Whoever writes a zone file; the compiler then takes it, or the turn was none."""

    name: str
    write: Any
    path: Path

    def run(self) -> Sample:
        began = time.monotonic()
        self.write()
        command = [
            str(servers.where("named-compilezone")),
            "-q",
            "-F",
            "raw",
            "-o",
            f"{self.path}.raw",
            ZONE,
            str(self.path),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        took = time.monotonic() - began
        if done.returncode != 0:
            raise WrongError(f"{self.name}: {done.stderr[-500:]}")
        with self.path.open(encoding="ascii") as file:
            if (found := sum(line.endswith(" CNAME .\n") for line in file)) != MILLION:
                raise WrongError(f"{self.name}: {found:,} names")
        return Sample(MILLION / took)


MAKERS: Mapping[str, Maker] = dict(
    chain(
        {
            f"restriction.lift.{kind}": partial(contest, id_=f"restriction.lift.{kind}", kind=kind, bound=bound)
            for kind, bound in (("bind", 1_000), ("unbound", 1_500))
        }.items(),
        {
            f"restriction.block.{kind}": partial(
                contest, id_=f"restriction.block.{kind}", kind=kind, deed="block", bound=2_000
            )
            for kind in KINDS
        }.items(),
        {"restriction.zone.1e6": zone}.items(),
        {
            f"restriction.lift.{kind}.1e6": partial(
                contest, id_=f"restriction.lift.{kind}.1e6", kind=kind, million=True, bound=bound
            )
            for kind, bound in (("bind", 1_000), ("unbound", 5_000))
        }.items(),
        {"restriction.guard": guard.contest}.items(),
    )
)

if __name__ == "__main__":
    raise SystemExit(suite.main("restriction", MAKERS))
