"""A publisher that is killed again and again: no zone is ever half of a step, and no serial goes back."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Self

import dns.exception
import pytest
from tests.dns import life, servers
from tests.dns.publishing import zone, zones
from tests.houses import copied, dropped, is_postgresql, move_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.dns.servers import Primary

pytestmark = pytest.mark.fault

LIVES = 6


class Watch:
    """Takes the zone over again and again, and keeps what it saw."""

    def __init__(self, primary: Primary) -> None:
        self.seen: list[tuple[int, frozenset[str]]] = []
        self._primary = primary
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.02):  # Beside the program that is watched, not in its stead.
            try:
                serial, found = self._primary.state(zone())
            except (dns.exception.DNSException, OSError):
                continue
            self.seen.append((serial, frozenset(found)))


ROOT = Path(__file__).parents[2]


def environment(data: Path, database: str, primary: Primary) -> dict[str, str]:
    found = {
        **os.environ,
        # The program is one of these tests.
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "MUFAKAT_DATA": str(data),
        "MUFAKAT_DNS_PRIMARY": primary.address,
        "MUFAKAT_DNS_KEY_FILE": str(primary.key.file(primary.folder)),
    }
    if is_postgresql():
        from tests.houses import cluster

        found["DATABASE_URL"] = cluster().url(database)
    return found


@pytest.fixture
def own(prepared: Path, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A data directory for a program of its own, and the name of its database."""
    folder = tmp_path / "lives" / "data"
    folder.parent.mkdir()
    database = copied(prepared, folder)
    yield folder, database
    dropped(database)


def lived(number: int, environ: dict[str, str], *, turns: int, then: float) -> None:
    """One life: so many turns, and a while more; then it is killed."""
    program = subprocess.Popen(
        [sys.executable, life.__file__, str(number)], env=environ, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    try:
        for _ in range(turns):
            assert program.stdout.readline(), "the program ended by itself"
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(then)
    finally:
        program.kill()
        program.wait()
        program.stdout.close()


def test_a_publisher_that_dies_leaves_no_half_zone_and_no_serial_that_goes_back(own: tuple[Path, str]) -> None:
    chance = Random(2017)  # noqa: S311 - moments that can be had again.
    with servers.primary(zones("isp-a")) as primary, Watch(primary) as watch:
        environ = environment(*own, primary)
        for number in range(LIVES):
            lived(number, environ, turns=chance.randint(1, 3), then=chance.uniform(0.01, 0.4))
        move_to(*own)
        should = published_once(primary)
        assert primary.owners(zone()) == should
    serials = [serial for serial, _ in watch.seen]
    assert serials == sorted(serials)
    states: dict[int, frozenset[str]] = {}
    for serial, found in watch.seen:
        assert states.setdefault(serial, found) == found, "two states under one serial"
    for found in states.values():
        groups = Counter(owner.split(".", 1)[1] for owner in found)
        assert set(groups.values()) <= {life.GROUP}, "half of a step"
    assert len(states) > LIVES


def published_once(primary: Primary) -> set[str]:
    """What the rows say, once another publisher has come by."""
    from datetime import UTC, datetime

    from django.conf import settings
    from django.db import connections
    from django.test.utils import override_settings

    from mufakat.formats import tsig
    from mufakat.server.connectors.dns import parts, publishing
    from mufakat.server.connectors.dns.configuration import DNS
    from mufakat.server.journal import door
    from mufakat.server.restrictions import publication

    told = DNS(settings.MUFAKAT_DNS.suffix, (("127.0.0.1", primary.port),), tsig.read(primary.key.text))
    at = datetime.now(UTC)
    with override_settings(MUFAKAT_DNS=told), door.open_house():
        while parts.published(at=at).more:
            pass
        publishing.close()
        assert publication.waiting() == []
        found = {name for one in publication.zones() if not one.allows for name in publication.lines(one.zone, at=at)}
    connections.close_all()
    return found
