"""A week of notices, made up by a seed: what a ministry's clerks, scripts and other systems send, faults included.

Everything in it is a placeholder: channels and hosts of example domains, sentences without content.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

FIRST_DAY = date(2017, 7, 10)
CATEGORIES = ("terrorism", "gambling", "fraud", "narcotics", "hate", "other")
COLUMNS = (
    *("to", "kind", "category", "urgency", "locators", "explanation", "language", "content_date"),
    *("legal_ground.system", "legal_ground.instrument", "legal_ground.provision", "office"),
)
EVERY_BAD, EVERY_TWIN = 97, 89  # One of so many lines is refused, one of so many repeats a former one.


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a week: a notice, whether it is sound, and of which former line it is the twin."""

    number: int
    notice: dict[str, Any]
    sound: bool
    twin_of: int | None


def lines(count: int, *, seed: int, lane: str) -> Iterator[Line]:
    """So many lines, the same for the same seed."""
    rng = Random(f"{lane} {seed}")  # noqa: S311  Reproducible, not secret.
    made: list[Line] = []
    for number in range(count):
        if made and number % EVERY_TWIN == 0:
            first = rng.choice(made)
            yield Line(number, first.notice, first.sound, first.number)
            continue
        line = Line(number, notice(number, rng, lane), number % EVERY_BAD != 0, None)
        if not line.sound:
            line.notice["category"] = "nonsense"
        made.append(line)
        yield line


def notice(number: int, rng: Random, lane: str) -> dict[str, Any]:
    """A notice like those of a busy week: often about the same few channels."""
    channel = min(int(rng.paretovariate(0.8)), 5_000)
    day = FIRST_DAY + timedelta(days=rng.randrange(7))
    locators = [f"https://t.me/examplechannel{channel}/{rng.randrange(1, 400)}"]
    locators += [f"https://situs{rng.randrange(900)}.example/{number}"] * rng.randrange(2)
    return {
        "to": "telegram",
        "kind": "trusted_flag",
        "category": rng.choice(CATEGORIES),
        "urgency": rng.choice(("normal", "normal", "urgent")),
        "locators": locators,
        "explanation": f'Contoh ke-{number} ({lane}): a made-up placeholder of the week, "line"; no content.',
        "language": "id",
        "content_date": day.isoformat(),
        "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
        "external": {"csv": {"office": f"office {number % 34}"}},
    }


def encoded(line: Line) -> bytes:
    """As JSON."""
    return json.dumps(line.notice, ensure_ascii=False).encode()


def spreadsheet(part: Sequence[Line]) -> str:
    """As a spreadsheet writes it, with a column that only the sender knows."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for line in part:
        told = line.notice
        row = [told[name] for name in COLUMNS[:4]]
        row += [" ".join(told["locators"]), *(told[name] for name in COLUMNS[5:8])]
        writer.writerow([*row, *told["legal_ground"].values(), told["external"]["csv"]["office"]])
    return file.getvalue()
