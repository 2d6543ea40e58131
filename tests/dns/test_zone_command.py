"""`mufakat zone`: what a primary server is set up with is what a real one takes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.dns import servers
from tests.dns.publishing import zone
from tests.dns.servers import Key, Primary, free_port, named, running, until
from tests.server.cli.conftest import Line

from mufakat.formats import rpz

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.dns.publishing import Publishing
    from tests.server.restrictions.ordering import Ministry

pytestmark = pytest.mark.fault


def served(folder: Path, key: Key, operators: tuple[str, ...]) -> Primary:
    """A primary whose configuration includes what the command wrote."""
    rest = key.text
    for operator in operators:
        rest += Key(operator).text + f'acl "mufakat-{operator}" {{ key "{operator}"; }};\n'
        rest += f'primaries "mufakat-{operator}" {{ 127.0.0.1 port 1 key "{operator}"; }};\n'
    rest += f'include "{folder / "mufakat.conf"}";\n'
    port = free_port()
    return Primary(folder, port, named(folder, port, options="recursion no;", rest=rest), key=key)


def test_what_is_prepared_is_taken_by_a_real_server_and_published_to(
    data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    servers.require("named", "named-checkconf", "named-checkzone")
    folder, line = tmp_path / "zones", Line(data)
    told = line.json("zone", "prepare", str(folder), "--operator", "isp-a", "--operator", "isp-b", "--shadow")
    assert told["zones"] == len(told["made"]) == 2 * (10 + 9)
    again = line.json("zone", "prepare", str(folder), "--operator", "isp-b")
    assert (again["made"], again["zones"]) == ([], told["zones"])
    path = folder / f"{zone()}.db"
    subprocess.run([str(servers.where("named-checkzone")), "-q", zone(), str(path)], check=True)
    with running(served(folder, Key(), ("isp-a", "isp-b"))) as primary:
        assert isinstance(primary, Primary)
        until(lambda: primary.serial(zone()), "the zones are served", primary)
        ministry: Ministry = request.getfixturevalue("ministry")
        publishing: Callable[..., Publishing] = request.getfixturevalue("publishing")
        to = publishing(primary)
        ministry.published(operators=["isp-a", "isp-b"])
        to.run()
        assert primary.owners(zone(operator="isp-b")) == {"web.example.net", "app.example.net"}
        assert primary.serial(zone(rpz.ALLOW)) is not None
        assert primary.serial(zone(shadow=True)) is not None


def test_the_list_says_what_the_servers_have(
    ministry: Ministry, publishing: Callable[..., Publishing], data: Path
) -> None:
    from mufakat.server.runtime import zoned

    with servers.primary([zone(), zone(rpz.ALLOW)]) as primary:
        to = publishing(primary)
        ministry.published(operators=["isp-a", "isp-b"])
        to.run()
        found = {one["zone"]: one for one in zoned.zone_list(zoned.ZoneList(), ministry.at)}
    assert found[zone()]["published"] == found[zone()]["serial"]
    assert found[zone()]["published_at"].endswith("Z")
    assert found[zone(operator="isp-b")]["published"] is None
