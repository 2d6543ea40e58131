"""Everything at once: a house, its primary BIND, the client beside it, and resolvers; then nobody of ours is left."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.dns import servers
from tests.dns.publishing import zone
from tests.server.api.doors import ask

from mufakat.formats import rpz

if TYPE_CHECKING:
    from pathlib import Path

    from tests.houses import Server

pytestmark = [pytest.mark.fault, pytest.mark.invariant("I-07")]

SHORT, LONG = "short.example.net", "long.example.net"
ZONES = [zone(rpz.ALLOW), zone()]
LASTS = 45  # Seconds that the short one is ordered for.


def order(name: str, seconds: float) -> bytes:
    now = datetime.now(UTC)
    ends = now + timedelta(seconds=seconds)
    made = {
        "list": "terrorism",
        "names": [name],
        "operators": ["isp-a"],
        "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
        "reason": "A made-up placeholder.",
        "proportionality": "Nothing milder was left.",
        "emergency": True,
        "review_at": (now + timedelta(seconds=seconds / 2)).isoformat(),
        "sunset_at": ends.isoformat(),
        "platform": "telegram",
        "reopening": {"agreement": "id-2017", "all_of": ["representative"]},
    }
    return json.dumps(made).encode()


def closed_by(server: Server, tokens: dict[str, str], name: str, seconds: float) -> datetime:
    """Order it, approve it twice; until when."""
    said = post(server, "/api/v1/restrictions", tokens["officer"], order(name, seconds), key=name)
    for seat in ("approver", "approver-2"):
        post(server, f"/api/v1/restrictions/{said['id']}/approval", tokens[seat], b"{}", key=None)
    return datetime.fromisoformat(said["sunset_at"])


def post(server: Server, path: str, token: str, raw: bytes, *, key: str | None) -> dict[str, Any]:
    reply = ask(server, "POST", path, token, raw=raw, key=key)
    assert reply.status in {200, 201}, reply.body
    said: dict[str, Any] = reply.json()
    return said


def test_a_name_past_its_end_opens_though_every_process_of_ours_was_killed(
    stopped_server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = stopped_server
    with servers.network(ZONES) as network:
        key = network.primary.key.file(tmp_path)
        server.environ |= {"MUFAKAT_DNS_PRIMARY": network.primary.address, "MUFAKAT_DNS_KEY_FILE": str(key)}
        tokens = {seat: server.token("kominfo", seat) for seat in ("officer", "approver", "approver-2")}
        (tmp_path / "token").write_text(server.token("isp-a", "engineer"))
        server.start()
        (tmp_path / "keys.json").write_bytes(ask(server, "GET", "/log/1/keys.json", "").body)
        with (tmp_path / "said").open("wb") as said:
            client = subprocess.Popen(command(server, network, key, tmp_path), stdout=said, stderr=said)
        try:
            resolvers = network.resolvers.values()
            closed_by(server, tokens, LONG, 3_600)
            ends = closed_by(server, tokens, SHORT, LASTS)
            servers.until(lambda: all(one.is_closed(SHORT) for one in resolvers), "closed", *resolvers)
            servers.until(lambda: '"closed":2' in (tmp_path / "said").read_text(), "pulled", *resolvers)
            server.kill()
            before = network.primary.serial(zone())
            servers.until(lambda: all(one.is_open(SHORT) for one in resolvers), "open", *resolvers, seconds=LASTS + 60)
            late = (datetime.now(UTC) - ends).total_seconds()
            with capsys.disabled():
                print(f"\n  opened {late:.2f} s after its end, with nobody of ours alive but the client")
            assert 0 <= late < 60
            assert all(one.is_closed(LONG) for one in resolvers)
            # The house comes back, and goes on from what the client left: no serial goes back, nothing is closed again.
            server.start()
            closed_by(server, tokens, "later.example.net", 3_600)
            servers.until(lambda: all(one.is_closed("later.example.net") for one in resolvers), "closed", *resolvers)
            assert network.primary.owners(zone()) == {LONG, "later.example.net"}
            assert rpz.is_newer(network.primary.serial(zone()) or 0, before or 0)
        finally:
            client.kill()
            client.wait()


def command(server: Server, network: servers.Network, key: Path, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "mufakat.cli", "feed", "pull", f"{server.url}/feeds/terrorism", "--json"),
        *("--token-file", str(folder / "token"), "--key", str(folder / "keys.json"), "--state", str(folder / "state")),
        *("--bind-update", network.primary.address, "--tsig-key", str(key), "--drop-only", "--every", "1s"),
    ]
