"""A full disk: 507 before anything is accepted; reading goes on; with room again it goes on without a restart."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.api.doors import NOTICES, ask, both, encoded, get, rows

from mufakat.server.journal import door, durability
from mufakat.server.journal.errors import DiskFullError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.houses import House, Server
    from tests.server.api.doors import Post

ENOUGH = 400  # Notices that no room of these tests holds.


def start_and_wait_until_alive(server: Server) -> None:
    """A server without room is alive and not ready."""
    server.start(wait=False)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if ask(server, "GET", "/health/live").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")


@pytest.fixture
def cramped(stopped_server: Server) -> tuple[Server, str, str, str]:
    """A running server with less room than it keeps in reserve; one notice of before; tokens of both sides."""
    officer, reviewer = stopped_server.token("kominfo", "officer"), stopped_server.token("telegram", "reviewer")
    taken = json.loads(stopped_server.run("notice", "submit", "-", "--json", input=body().decode(), check=True).stdout)[
        "id"
    ]
    stopped_server.environ["MUFAKAT_DISK_RESERVE"] = str(1 << 50)
    start_and_wait_until_alive(stopped_server)
    return stopped_server, officer, reviewer, taken


def test_a_server_without_its_reserve_takes_nothing_and_reads_on(cramped: tuple[Server, str, str, str]) -> None:
    server, officer, reviewer, taken = cramped
    refused = ask(server, "POST", NOTICES, officer, raw=encoded(), key="k1")
    assert (refused.status, refused.json()["type"]) == (507, "urn:mufakat:problem:disk-full")
    assert ask(server, "POST", f"{NOTICES}/{taken}/acknowledgement", reviewer, raw=b"{}").status == 507
    assert [item["id"] for item in ask(server, "GET", NOTICES, officer).json()["items"]] == [taken]
    assert ask(server, "GET", f"{NOTICES}/{taken}", reviewer).json()["state"] == "received"
    ready = ask(server, "GET", "/health/ready")
    assert (ready.status, ready.json()["wrong"]) == (503, ["the disk is full; nothing was stored"])


def test_the_command_line_says_so_in_words(cramped: tuple[Server, str, str, str]) -> None:
    server, *_ = cramped
    done = server.run("token", "issue", "--party", "kominfo", "--role", "officer", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "mufakat: the disk is full; nothing was stored\n")


@both
@pytest.mark.invariant("I-01")
def test_without_its_reserve_the_house_stores_nothing(
    house: House, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = house.token("kominfo", "officer")
    before = rows()
    monkeypatch.setattr(durability, "require_room", no_room)
    answer = post(encoded(), token=token)
    assert (answer.status, answer.headers["retry-after"], rows()) == (507, "60", before)
    monkeypatch.undo()
    assert post(encoded(), token=token).status == 201


def no_room() -> None:
    raise DiskFullError("the disk is full; nothing was stored")


def limit(pages: int) -> None:
    """Let the file of the writer's connection grow by so many pages and no more."""

    def run(moment: Any) -> None:
        count = moment.raw.execute("PRAGMA page_count").fetchone()[0]
        moment.raw.execute(f"PRAGMA max_page_count = {count + pages}")

    door.commit(run)


@pytest.mark.embedded
@both
@pytest.mark.invariant("I-01")
def test_what_sqlite_itself_has_no_room_for_is_refused_whole(house: House, post: Post) -> None:
    token = house.token("kominfo", "officer")
    large = encoded(explanation="x" * 20_000)
    limit(20)
    taken = 0
    before = rows()
    for number in range(ENOUGH):
        answer = post(large, token=token, key=f"k{number}")
        if answer.status != 201:
            break
        taken += 1
        before = rows()
    assert (answer.status, answer.json()["type"], rows()) == (507, "urn:mufakat:problem:disk-full", before)
    assert len(get(NOTICES, token).json()["items"]) == taken
    # The limit was the connection's; the writer opened another one, as if room had come back.
    assert post(large, token=token, key=f"k{taken}").status == 201


@pytest.mark.embedded
def test_a_full_disk_refuses_everybody_of_the_group_alike(house: House) -> None:
    import asyncio

    from mufakat.server.notices import operations

    caller = house.caller("kominfo", "officer")
    raw = encoded(explanation="x" * 20_000)
    prepared = [operations.prepare(raw, by=caller, at=datetime.now(UTC), key=f"k{n}") for n in range(50)]
    before = rows()
    limit(20)

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(house.writer.enter(each) for each in prepared), return_exceptions=True)

    found = asyncio.run(all_at_once())
    refused = [each for each in found if isinstance(each, DiskFullError)]
    grown = rows()["notices_notice"] - before["notices_notice"]
    assert (len(refused) > 0, grown) == (True, len(found) - len(refused))


# -- A real file system that is really full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts file systems in memory of a given size, and unmounts them."""
    mounted: list[Path] = []

    def mount(size: str) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "mufakat-test", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            if os.environ.get("MUFAKAT_REQUIRE_SERVICES") == "1":
                pytest.fail(f"a small file system cannot be mounted: {done.stderr.strip()}")
            pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def moved(server: Server, folder: Path) -> Server:
    """The server's data on another file system."""
    subprocess.run(["cp", "-a", str(server.data), str(folder / "data")], check=True)
    server.data = folder / "data"
    return server


def fill(folder: Path, *, leave: int) -> Path:
    """Fill the file system but for so many bytes."""
    found = os.statvfs(folder)
    filler = folder / "filler"
    with filler.open("wb") as file:
        file.write(b"\0" * (found.f_bavail * found.f_frsize - leave))
    return filler


@pytest.mark.embedded
def test_room_that_comes_back_is_used_without_a_restart(
    stopped_server: Server, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("80m")
    server = moved(stopped_server, disk)
    server.start()
    officer = server.token("kominfo", "officer")
    first = ask(server, "POST", NOTICES, officer, raw=encoded(), key="before").status
    filler = fill(disk, leave=1024 * 1024)
    time.sleep(durability.FRESH * 1.5)  # One look at the disk is believed so long.
    full = ask(server, "POST", NOTICES, officer, raw=encoded(), key="full").status
    reading = ask(server, "GET", NOTICES, officer)
    filler.unlink()
    time.sleep(durability.FRESH * 1.5)
    after = ask(server, "POST", NOTICES, officer, raw=encoded(), key="full").status
    server.stop()
    assert (first, full, reading.status, len(reading.json()["items"]), after) == (201, 507, 200, 1, 201)


@pytest.mark.embedded
def test_a_disk_that_is_full_to_the_last_byte_loses_nothing(
    stopped_server: Server, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("16m")
    server = moved(stopped_server, disk)
    server.environ["MUFAKAT_DISK_RESERVE"] = "0"
    server.start()
    officer = server.token("kominfo", "officer")
    filler = fill(disk, leave=256 * 1024)
    statuses = []
    large = encoded(explanation="x" * 20_000)
    for number in range(ENOUGH):
        statuses.append(ask(server, "POST", NOTICES, officer, raw=large, key=f"k{number}").status)
        if statuses[-1] != 201:
            break
    taken = statuses.count(201)
    assert statuses[-1] == 507
    assert len(ask(server, "GET", NOTICES, officer).json()["items"]) == min(taken, 50)
    filler.unlink()
    assert ask(server, "POST", NOTICES, officer, raw=large, key=f"k{taken}").status == 201
    assert server.stop() == 0


@pytest.mark.embedded
@pytest.mark.invariant("I-07")
def test_what_is_closed_is_opened_on_a_disk_that_is_full_to_the_last_byte(
    stopped_server: Server, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("24m")
    server = moved(stopped_server, disk)
    server.environ |= {"MUFAKAT_DISK_RESERVE": "0", "MUFAKAT_BALLAST": str(4 << 20)}
    server.start()
    seats = ("officer", "approver", "approver-2")
    officer, *approvers = (server.token("kominfo", seat) for seat in seats)
    order = closed(server, officer, approvers)
    with contextlib.suppress(OSError):  # The server writes beside this: the last byte may be gone before.
        fill(disk, leave=0)
    full = ask(server, "POST", NOTICES, officer, raw=encoded(explanation="x" * 20_000), key="full").status

    lifted = ask(server, "POST", f"{order}/lifting", officer, raw=b"{}")
    assert (full, lifted.status, lifted.json()["state"]) == (507, 200, "lifted")
    assert not (server.data / "ballast").exists()
    assert ask(server, "GET", order, officer).json()["state"] == "lifted"
    assert server.stop() == 0


def closed(server: Server, officer: str, approvers: list[str]) -> str:
    """Where an order is that is on the lists: an emergency, which waits for nobody."""
    now = datetime.now(UTC)
    raw = json.dumps(
        {
            "list": "terrorism",
            "names": ["web.example.net"],
            "operators": ["isp-a"],
            "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
            "reason": "A made-up placeholder.",
            "proportionality": "Nothing milder was left.",
            "emergency": True,
            "review_at": (now + timedelta(hours=10)).isoformat(),
            "sunset_at": (now + timedelta(hours=20)).isoformat(),
        }
    ).encode()
    made = ask(server, "POST", "/api/v1/restrictions", officer, raw=raw, key="order").json()
    place = f"/api/v1/restrictions/{made['id']}"
    for token in approvers:
        assert ask(server, "POST", f"{place}/approval", token, raw=b"{}").status == 200
    until = time.monotonic() + 30
    while ask(server, "GET", place, officer).json()["state"] != "publishing" and time.monotonic() < until:
        time.sleep(0.05)
    return place
