"""Debian's BIND and Unbound, really started: folders of their own, free ports of this machine, the system's untouched.

`world` is the rest of the DNS: it answers every name. `primary` is the server that our publisher writes to.
`bind_resolver` and `unbound` are what an operator runs: they take the zones from the primary and filter by them. One is
ready when it was seen to filter the canary of every zone, never before.

    with servers.world() as world, servers.primary(["terrorism.isp-a.rpz.mufakat"]) as primary:
        with servers.bind_resolver(primary, world) as resolver:
            assert resolver.is_open("web.example.net")
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsigkeyring
import dns.update
import dns.zone
import pytest

from mufakat.formats import rpz

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LOOPBACK = "127.0.0.1"
REAL = "198.51.100.80"  # What the world says of every name.
REAL6 = "2001:db8::80"
PARKED = "parked.parking"  # What its owner leads nowhere.
KEY = "mufakat-publisher"


@dataclass(frozen=True)
class Key:
    """A secret that two servers share (TSIG)."""

    name: str = KEY
    secret: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    @property
    def text(self) -> str:
        """As BIND reads it, and as the publisher's key file says it."""
        return f'key "{self.name}" {{ algorithm hmac-sha256; secret "{self.secret}"; }};\n'

    @property
    def ring(self) -> dict:
        return dns.tsigkeyring.from_text({self.name: ("hmac-sha256", self.secret)})

    def file(self, folder: Path) -> Path:
        path = folder / f"{self.name}.key"
        path.write_text(self.text)
        return path


@dataclass
class Process:
    """A server of names that runs in the foreground, with its folder and its log."""

    folder: Path
    port: int
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """It hears nothing until `go_on`."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def reload(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    # -- Questions --

    def ask(
        self, name: str, type_: str = "A", *, tcp: bool = False, dnssec: bool = False, timeout: float = 1.0
    ) -> dns.message.Message:
        """Its answer; dns.exception.DNSException or OSError where there is none."""
        question = dns.message.make_query(name, type_, want_dnssec=dnssec)
        way = dns.query.tcp if tcp else partial(dns.query.udp, raise_on_truncation=False)
        return way(question, LOOPBACK, timeout=timeout, port=self.port)

    def addresses(self, name: str, type_: str = "A", **options: bool) -> list[str]:
        """The addresses that it answers; none where it says that there is no such name, or nothing."""
        try:
            answer = self.ask(name, type_, **options)
        except (dns.exception.DNSException, OSError):
            return []
        wanted = dns.rdatatype.from_text(type_)
        return [str(one) for found in answer.answer if found.rdtype == wanted for one in found]

    def is_open(self, name: str, type_: str = "A", **options: bool) -> bool:
        """Whether it answers as the world does."""
        return self.addresses(name, type_, **options) == [REAL6 if type_ == "AAAA" else REAL]

    def is_closed(self, name: str, type_: str = "A", **options: bool) -> bool:
        """Whether it says that there is no such name, which the world never does."""
        try:
            return self.ask(name, type_, **options).rcode() == dns.rcode.NXDOMAIN
        except (dns.exception.DNSException, OSError):
            return False

    def filters(self, zone: str) -> bool:
        """Whether the canary of this zone is answered as only a list does."""
        return self.addresses(rpz.canary(zone)) == [rpz.CANARY_ADDRESS]

    def serial(self, zone: str) -> int | None:
        """The serial number of a zone that it serves, or None."""
        try:
            answer = self.ask(zone, "SOA").get_rrset(
                dns.message.ANSWER, dns.name.from_text(zone), dns.rdataclass.IN, dns.rdatatype.SOA
            )
        except (dns.exception.DNSException, OSError):
            return None
        return answer[0].serial if answer else None


@dataclass
class Primary(Process):
    """The server that holds the zones."""

    zones: Sequence[str] = ()
    key: Key = field(default_factory=Key)

    def update(self, zone: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> int:
        """Change a zone by hand, as nsupdate does; owners relative to the zone. Gives the answer's code."""
        made = dns.update.UpdateMessage(zone, keyring=self.key.ring)
        for owner in remove:
            made.delete(owner)
        for owner in add:
            made.add(owner, rpz.TTL, "CNAME", rpz.Action.NXDOMAIN.value)
        return dns.query.tcp(made, LOOPBACK, timeout=10, port=self.port).rcode()

    def state(self, zone: str) -> tuple[int, set[str]]:
        """Its serial and what it lists, by transfer: owners without the canary."""
        found = dns.zone.Zone(zone)
        asked = dns.message.make_query(zone, "AXFR")
        asked.use_tsig(self.key.ring)
        dns.query.inbound_xfr(LOOPBACK, found, asked, port=self.port, timeout=30)
        soa = found.get_soa()
        return soa.serial, {str(name) for name, _, _ in found.iterate_rdatas(dns.rdatatype.CNAME)}

    def owners(self, zone: str) -> set[str]:
        """What it lists."""
        return self.state(zone)[1]


def require(*programs: str) -> None:
    """Say why, where a server is not installed; in CI that is a failure."""
    missing = [name for name in programs if where(name) is None]
    why = f"not installed: {', '.join(missing)} (Debian: bind9 bind9-utils unbound)" if missing else ""
    if why and os.environ.get("MUFAKAT_REQUIRE_SERVICES") == "1":
        pytest.fail(why)
    if why:
        pytest.skip(why)


def where(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def free_port() -> int:
    """A port that is free for both ways of asking."""
    while True:
        with socket.socket() as one, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            one.bind((LOOPBACK, 0))
            try:
                other.bind((LOOPBACK, one.getsockname()[1]))
            except OSError:
                continue
            return int(one.getsockname()[1])


def until(done: Callable[[], object], what: str, *servers: Process, seconds: float = 30, pause: float = 0.005) -> float:
    """Wait for what other processes do and give the seconds it took; where it does not happen, show their logs."""
    began = time.monotonic()
    while not done():
        if time.monotonic() > began + seconds:
            logs = "\n".join(f"--- {one.command[0]} {one.port}\n{one.log[-3_000:]}" for one in servers)
            raise AssertionError(f"{what}: not within {seconds} s\n{logs}")
        if any(one.process is None or one.process.poll() is not None for one in servers):
            raise AssertionError(f"{what}: a server ended\n" + "\n".join(one.log[-3_000:] for one in servers))
        time.sleep(pause)
    return time.monotonic() - began


@contextlib.contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"mufakat-{prefix}-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(server: Process) -> Iterator[Process]:
    server.start()
    try:
        yield server
    finally:
        server.kill()


OPTIONS = """
options {{
    directory "{folder}";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    session-keyfile none;
    lock-file none;
    managed-keys-directory "{folder}";
    dnssec-validation no;
    allow-query {{ 127.0.0.1; }};
    {more}
}};
controls {{ }};
"""


def named(folder: Path, port: int, *, options: str = "", rest: str = "") -> list[str]:
    """The command that starts BIND with this configuration, which `named-checkconf` finds good."""
    require("named", "named-checkconf")
    config = folder / "named.conf"
    config.write_text(OPTIONS.format(folder=folder, port=port, more=options) + rest)
    checked = subprocess.run([str(where("named-checkconf")), str(config)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return [str(where("named")), "-c", str(config), "-4", "-g", "-n", "1"]


@contextlib.contextmanager
def world(*, ttl: int = 5) -> Iterator[Process]:
    """The rest of the DNS: every name is there, and PARKED leads nowhere."""
    with scratch("world") as folder:
        (folder / "root.db").write_text(
            f"$TTL {ttl}\n. SOA localhost. root.localhost. 1 3600 600 86400 {ttl}\n. NS localhost.\n"
            f"localhost. A 127.0.0.1\n{PARKED}. A 127.0.0.1\n*. A {REAL}\n*. AAAA {REAL6}\n"
        )
        port = free_port()
        zone = 'zone "." { type primary; file "root.db"; };\n'
        command = named(folder, port, options="recursion no; notify no;", rest=zone)
        with running(Process(folder, port, command)) as server:
            until(lambda: server.is_open("www.example.org"), "the world answers", server)
            yield server


@contextlib.contextmanager
def primary(  # noqa: PLR0913 - each is a line of its configuration.
    zones: Sequence[str],
    *,
    tell: Sequence[int] = (),
    timers: rpz.Timers = rpz.TIMERS,
    port: int = 0,
    files: Callable[[str], str] | None = None,
    key: Key | None = None,
    patience: float = 30,
    options: str = "",
) -> Iterator[Primary]:
    """A BIND that serves these zones, empty but for their canaries, and takes changes with its key.

    `tell` are the ports of the secondaries that are notified; `files` gives another text for a zone.
    """
    with scratch("primary") as folder:
        key = key or Key()
        rest = key.text
        for zone in zones:
            text = files(zone) if files else "".join(rpz.write(zone, 1, (), timers=timers))
            (folder / f"{zone}.db").write_text(text)
            rest += f'zone "{zone}" {{ type primary; file "{zone}.db"; }};\n'
        told = "".join(f"127.0.0.1 port {one}; " for one in tell)
        command = named(
            folder,
            port := port or free_port(),
            options=f"""recursion no; notify {"explicit" if tell else "no"}; notify-delay 0; also-notify {{ {told}}};
    allow-update {{ key "{key.name}"; }}; allow-transfer {{ 127.0.0.1; }}; serial-query-rate 1000; notify-rate 1000;
    ixfr-from-differences no; max-journal-size 64m; {options}""",
            rest=rest,
        )
        server = Primary(folder, port, command, zones=list(zones), key=key)
        with running(server):
            until(
                lambda: all(server.serial(zone) for zone in zones),
                "the primary serves its zones",
                server,
                seconds=patience,
            )
            yield server


@contextlib.contextmanager
def bind_resolver(  # noqa: PLR0913 - each is a line of its configuration.
    primary: Primary,
    world: Process,
    *,
    port: int = 0,
    zones: Sequence[str] | None = None,
    zone_options: str = "",
    policy: str = "",
    interval: str = "min-update-interval 0",
    options: str = "",
    ready: bool = True,
    patience: float = 30,
) -> Iterator[Process]:
    """An operator's BIND: a secondary of the zones, which filters by them, the allow-list first.

    `zone_options` go into each zone (`notify no`, `allow-notify { none; }`, `max-refresh-time`), `policy` behind each
    zone's name in `response-policy` (`policy disabled` of a shadow list).
    """
    listed = ordered(primary.zones if zones is None else zones)
    with scratch("resolver") as folder:
        rest = "".join(
            f'zone "{zone}" {{ type secondary; primaries port {primary.port} {{ 127.0.0.1; }}; file "{zone}.raw";'
            f" masterfile-format raw; {zone_options} }};\n"
            for zone in listed
        )
        policies = " ".join(f'zone "{zone}" {policy};' for zone in listed)
        command = named(
            folder,
            port := port or free_port(),
            options=f"""recursion yes; allow-recursion {{ 127.0.0.1; }}; notify no;
    forward only; forwarders {{ 127.0.0.1 port {world.port}; }};
    response-policy {{ {policies} }} {interval} qname-wait-recurse no break-dnssec yes; {options}""",
            rest=rest,
        )
        with running(Process(folder, port, command)) as server:
            until(lambda: server.is_open("www.example.org"), "the resolver answers", server)
            if ready:
                wait_until_ready(server, listed, seconds=patience)
            yield server


UNBOUND = """
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: "{folder}/pid"
    use-syslog: no
    verbosity: 2
    interface: 127.0.0.1
    port: {port}
    do-not-query-localhost: no
    do-ip6: no
    num-threads: 1
    module-config: "respip iterator"
    access-control: 127.0.0.0/8 allow
    {options}
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@{world}
"""


@contextlib.contextmanager
def unbound(  # noqa: PLR0913 - each is a line of its configuration.
    primary: Primary,
    world: Process,
    *,
    port: int = 0,
    zones: Sequence[str] | None = None,
    zone_options: str = "",
    options: str = "",
    ready: bool = True,
    patience: float = 30,
) -> Iterator[Process]:
    """An operator's Unbound: it takes the zones from the primary itself."""
    require("unbound", "unbound-checkconf")
    listed = ordered(primary.zones if zones is None else zones)
    with scratch("unbound") as folder:
        port = port or free_port()
        text = UNBOUND.format(folder=folder, port=port, world=world.port, options=options)
        for zone in listed:
            text += f'rpz:\n    name: "{zone}"\n    primary: 127.0.0.1@{primary.port}\n    allow-notify: 127.0.0.1\n'
            text += f'    zonefile: "{zone}.zone"\n    rpz-log: yes\n' + (
                f"    {zone_options}\n" if zone_options else ""
            )
        config = folder / "unbound.conf"
        config.write_text(text)
        checked = subprocess.run(
            [str(where("unbound-checkconf")), str(config)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
        command = [str(where("unbound")), "-d", "-c", str(config)]
        with running(Process(folder, port, command)) as server:
            until(lambda: server.is_open("www.example.org"), "unbound answers", server)
            if ready:
                wait_until_ready(server, listed, seconds=patience)
            yield server


def ordered(zones: Sequence[str]) -> list[str]:
    """The allow-list first."""
    return sorted(zones, key=lambda zone: (not zone.startswith(f"{rpz.ALLOW}."), zone))


def wait_until_ready(server: Process, zones: Sequence[str], *, seconds: float = 30) -> float:
    """Until it was seen to filter the canary of every zone; how many seconds that took."""
    return until(lambda: all(server.filters(zone) for zone in zones), "the resolver filters", server, seconds=seconds)


@contextlib.contextmanager
def network(
    zones: Sequence[str], *, timers: rpz.Timers = rpz.TIMERS, resolvers: Sequence[str] = ("bind", "unbound")
) -> Iterator[Network]:
    """All of it: the world, a primary, and one resolver of each kind that is told of every change."""
    ports = {kind: free_port() for kind in resolvers}
    kinds = {"bind": bind_resolver, "unbound": unbound}
    with ExitStack() as stack:
        around = stack.enter_context(world())
        source = stack.enter_context(primary(zones, tell=list(ports.values()), timers=timers))
        made = {
            kind: stack.enter_context(kinds[kind](source, around, port=port, ready=False))
            for kind, port in ports.items()
        }
        for server in made.values():
            wait_until_ready(server, ordered(zones))
        yield Network(around, source, made)


@dataclass
class Network:
    """The servers of `network`."""

    world: Process
    primary: Primary
    resolvers: dict[str, Process]
