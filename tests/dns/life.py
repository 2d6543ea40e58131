"""A program that closes and opens names without end and publishes each step, until it is killed.

    python life.py <number of this life>

Its environment names the data directory and the primary, as the server's does. Each order closes ten names, so that a
zone that holds some of them is a half state.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Thread

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mufakat.server.runtime.settings")

GROUP = 10


def names(life: int, turn: int) -> list[str]:
    return [f"n{number}.t{turn}.life{life}.example.net" for number in range(GROUP)]


def main(life: int) -> None:
    django.setup()
    from tests.houses import House
    from tests.server.restrictions.ordering import Ministry

    from mufakat.server.connectors.dns import parts
    from mufakat.server.journal import door

    at = datetime.now(UTC).replace(microsecond=0)

    def publish() -> None:
        while True:
            parts.published(at=at)

    with door.open_house() as writer:
        ministry = Ministry(House(Path(os.environ["MUFAKAT_DATA"]), writer), at, keys=[""] * 10_000 * life)
        Thread(target=publish, name="publisher", daemon=True).start()
        standing: list[str] = []
        for turn in count():
            standing.append(ministry.published(names=names(life, turn), operators=["isp-a"]))
            print(turn, flush=True)
            if len(standing) > 2:
                ministry.lift(standing.pop(0))


if __name__ == "__main__":
    main(int(sys.argv[1]))
