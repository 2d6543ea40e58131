"""One turn of ours: the whole list of an operator from the rows of the orders into a zone file (bench.restriction)."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "mufakat.server.runtime.settings"

import django

django.setup()

# After Django is set up, as in any program of its.
from bench.zone_filling import ZONE  # noqa: E402
from mufakat.formats import rpz  # noqa: E402
from mufakat.server.restrictions import publication  # noqa: E402


def main() -> None:
    told = json.loads(sys.argv[1])
    (zone,) = (one for one in publication.zones() if one.name == ZONE)
    with Path(told["to"]).open("w", encoding="ascii") as file:
        file.writelines(rpz.write(zone.name, zone.serial, publication.lines(zone.zone, at=datetime.now(UTC))))
    print(json.dumps({}))


if __name__ == "__main__":
    main()
