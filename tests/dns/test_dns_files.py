"""The settings of the guide for operators, tried: Unbound by files, Squid, what a resolver says beside its answer."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.dns import servers
from tests.dns.test_dns_feed import TREE, WEB, ZONE, Client, order, written
from tests.feedhouse import House, house
from tests.feeds import KEY

from mufakat.formats import rpz
from mufakat.rules.restriction import Match
from mufakat.runners.blockpage import Lists, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.fault

UNBOUND = """
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: "{folder}/pid"
    use-syslog: no
    interface: 127.0.0.1
    port: {port}
    do-not-query-localhost: no
    do-ip6: no
    num-threads: 1
    module-config: "respip iterator"
    access-control: 127.0.0.0/8 allow
remote-control:
    control-enable: yes
    control-interface: "{folder}/control"
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@{world}
rpz:
    name: "{zone}"
    {source}
"""


def test_unbound_takes_the_files_of_the_client(tmp_path: Path) -> None:
    servers.require("unbound", "unbound-control")
    with house() as made, servers.world() as world:
        port, config = servers.free_port(), tmp_path / "unbound.conf"
        source = f'zonefile: "{tmp_path}/{ZONE}.zone"'
        config.write_text(UNBOUND.format(folder=tmp_path, port=port, world=world.port, zone=ZONE, source=source))
        command = f"{servers.where('unbound-control')} -c {config} auth_zone_reload {{zone}}"
        client = Client(made, tmp_path, ["--zone-dir", str(tmp_path)])
        made.show(written(order(WEB)), "1")
        client.once()  # The file is there before Unbound starts.
        client.options += ["--reload-command", command]
        with servers.running(
            servers.Process(tmp_path, port, [str(servers.where("unbound")), "-d", "-c", str(config)])
        ) as unbound:
            servers.until(lambda: unbound.is_open("www.example.org"), "unbound answers", unbound)
            servers.until(lambda: unbound.is_closed(WEB), "closed", unbound)
            assert unbound.filters(ZONE)
            made.show(written(order(TREE, match=Match.SUBTREE, number=2), serial=2), "2")
            assert client.once()["problem"] is None
            servers.until(lambda: unbound.is_open(WEB) and unbound.is_closed(f"a.{TREE}"), "exchanged", unbound)
            # What ends while nobody of ours lives but the client.
            made.show(written(order(WEB, seconds=8), serial=3), "3")
            client.start()
            try:
                servers.until(lambda: unbound.is_closed(WEB), "closed", unbound)
                made.silent.set()
                servers.until(lambda: unbound.is_open(WEB), "open at its end", unbound)
            finally:
                client.stop()


def test_unbound_does_not_let_a_list_expire_by_itself(tmp_path: Path) -> None:
    """Why the guide asks operators of Unbound for the client: where this fails one day, the guide can say less."""
    servers.require("unbound", "unbound-control")
    port, config = servers.free_port(), tmp_path / "unbound.conf"
    timers = rpz.Timers(refresh=1, retry=1, expire=4, minimum=1)
    with servers.world() as world, servers.primary([ZONE], tell=[port], timers=timers) as primary:
        source = f"primary: 127.0.0.1@{primary.port}"
        config.write_text(UNBOUND.format(folder=tmp_path, port=port, world=world.port, zone=ZONE, source=source))
        started = servers.Process(tmp_path, port, [str(servers.where("unbound")), "-d", "-c", str(config)])
        with servers.running(started) as unbound:
            primary.update(ZONE, add=[WEB])
            servers.until(lambda: unbound.is_closed(WEB), "closed", unbound)
            primary.kill()
            asks = [str(servers.where("unbound-control")), "-c", str(config), "list_auth_zones"]
            servers.until(lambda: b"expired" in subprocess.check_output(asks), "the zone expired", unbound, pause=0.3)
            assert unbound.is_closed(WEB)


SQUID = """
http_port 127.0.0.1:{port}
pid_filename none
access_log none
cache_log /dev/stderr
cache_store_log none
cache deny all
netdb_filename none
shutdown_lifetime 0 seconds
hosts_file {folder}/hosts
visible_hostname proxy.example

acl closed dstdomain "{folder}/squid.txt"
"""
BY_THE_PAGE = """
http_access deny CONNECT closed
cache_peer 127.0.0.1 parent {page} 0 no-query no-digest no-netdb-exchange originserver name=why
cache_peer_access why allow closed
cache_peer_access why deny all
never_direct allow closed
http_access allow localhost
http_access deny all
"""
BY_A_TEMPLATE = """
error_directory {folder}/errors
deny_info 451:ERR_451 closed
http_access deny closed
http_access allow localhost
http_access deny all
"""


@dataclass
class Proxy:
    """A Squid, the client that writes its file, and the house."""

    house: House
    client: Client
    process: servers.Process
    config: Path

    def get(self, name: str) -> tuple[int, http.client.HTTPResponse, str]:
        """Ask for a page of a name through the proxy."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.process.port, timeout=20)) as connection:
            connection.request("GET", f"http://{name}/page", headers={"Host": name})
            answer = connection.getresponse()
            return answer.status, answer, answer.read().decode()

    def connect(self, name: str) -> int:
        """Ask for a tunnel to it, as a browser does for https."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.process.port, timeout=20)) as connection:
            connection.request("CONNECT", f"{name}:443")
            return connection.getresponse().status

    def is_closed(self, name: str) -> bool:
        return self.get(name)[0] == 451


@pytest.fixture
def proxy(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    servers.require("squid")
    # Squid gives up being root, and nobody else may look into the folders of tests.
    folder = Path(tempfile.mkdtemp(prefix="squid-"))
    folder.chmod(0o755)
    port, config = servers.free_port(), folder / "squid.conf"
    (folder / "hosts").write_text(f"127.0.0.1 www.example.org deep.{WEB} {WEB}\n")  # Where nothing answers: 503.
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        made = stack.enter_context(house())
        made.show(written(order(WEB), order(TREE, match=Match.SUBTREE, number=2)), "1")
        client = Client(made, folder, ["--squid-file", str(folder / "squid.txt")])
        assert client.once()["problem"] is None
        page = stack.enter_context(Server(("127.0.0.1", 0), Lists(folder / "state", [KEY.verify_key])))
        thread = threading.Thread(target=page.serve_forever, args=(0.02,))
        thread.start()
        stack.callback(thread.join)
        stack.callback(page.shutdown)
        told = {"folder": folder, "port": port, "page": page.server_port}
        config.write_text((SQUID + request.param).format(**told))
        errors = folder / "errors"
        shutil.copytree("/usr/share/squid/errors/templates", errors)
        template = subprocess.run(
            [sys.executable, "-m", "mufakat.cli", "feed", "squid-page", "https://house.example/restrictions/"],
            capture_output=True,
            check=True,
            timeout=60,
        )
        (errors / "ERR_451").write_bytes(template.stdout)
        process = servers.Process(folder, port, [str(servers.where("squid")), "-N", "-f", str(config)])
        stack.enter_context(servers.running(process))
        servers.until(lambda: listens(port), "squid listens", process)
        yield Proxy(made, client, process, config)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("proxy", [BY_THE_PAGE], indirect=True)
def test_squid_shows_the_page_of_a_closed_name(proxy: Proxy) -> None:
    status, answer, text = proxy.get(WEB)
    assert (status, answer.getheader("Link")) == (451, '<https://house.example/restrictions/>; rel="blocked-by"')
    assert "Ministry of the example" in text
    assert proxy.is_closed(f"deep.{TREE}")
    assert proxy.get(f"deep.{WEB}")[0] == 503
    assert proxy.connect(WEB) == 403
    proxy.house.show(written(order(TREE, match=Match.SUBTREE, number=2), serial=2), "2")
    assert proxy.process.process is not None
    proxy.client.options += ["--reload-command", f"kill -HUP {proxy.process.process.pid}"]
    assert proxy.client.once()["problem"] is None
    servers.until(lambda: proxy.connect(WEB) == 503, "open", proxy.process)


@pytest.mark.parametrize("proxy", [BY_A_TEMPLATE], indirect=True)
def test_squid_says_it_itself(proxy: Proxy) -> None:
    status, _, text = proxy.get(WEB)
    assert status == 451
    assert f'<a href="https://house.example/restrictions/?name={WEB}"' in text
    assert proxy.get("www.example.org")[0] == 503


def test_a_list_that_only_measures_closes_nothing_and_is_logged() -> None:
    with servers.world() as world, servers.primary([ZONE]) as primary:
        primary.update(ZONE, add=[WEB])
        with (
            servers.bind_resolver(primary, world, policy="policy disabled", ready=False) as bind,
            servers.unbound(primary, world, zone_options="rpz-action-override: disabled", ready=False) as unbound,
        ):
            for one, says in ((bind, "rpz QNAME NXDOMAIN rewrite"), (unbound, "rpz: applied")):
                servers.until(lambda: one.is_open(WEB) and says in one.log, "asked for, and logged", one)  # noqa: B023
