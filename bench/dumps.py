"""A dump as the DSA Transparency Database writes it, made up: seeded, of the variety and the length of a real day."""

from __future__ import annotations

import csv
import io
import json
import random
import uuid
from typing import TYPE_CHECKING, Any

from mufakat.formats.dsa import COLUMNS
from mufakat.formats.dsa.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = """
    the content was reported and found to break the rule on what may be shown here so that access to it was disabled
    in the whole territory after review by a person who read it, saw the picture and "compared" both with the terms
""".split()  # noqa: SIM905 - a text is easier to read than a list of its words.
SECOND_OF_ROWS = 40  # Statements that the database took in one second.


def text(chance: random.Random, most: int) -> str:
    """Words of so many characters at most."""
    return " ".join(chance.choices(WORDS, k=chance.randint(most // 12, most // 6)))


def rows(count: int, *, seed: int = 7) -> Iterator[dict[str, str]]:
    """So many rows by column."""
    chance = random.Random(seed)  # noqa: S311 - made-up rows, not secrets.
    for number in range(count):
        yield _row(chance, number)


def _row(chance: random.Random, number: int) -> dict[str, str]:
    codes = {name: sorted(found) for name, found in CODES.items()}

    def one(name: str) -> str:
        return chance.choice(codes[name])

    def several(name: str, most: int) -> str:
        found = chance.sample(codes[name], chance.randint(1, most))
        kept = [code for code in found if not code.endswith("_OTHER")] or found[:1]
        return json.dumps(sorted(kept), separators=(",", ":"))

    whole = json.dumps(codes["territorial_scope"], separators=(",", ":"))
    found: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    illegal = chance.random() < 0.2
    found["uuid"] = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    if chance.random() < 0.8:
        found["decision_visibility"] = several("decision_visibility", 2)
    else:
        found["decision_account"] = one("decision_account")
    if "DECISION_VISIBILITY_OTHER" in found["decision_visibility"]:
        found["decision_visibility_other"] = text(chance, 100)
    found["decision_ground"] = f"DECISION_GROUND_{'ILLEGAL' if illegal else 'INCOMPATIBLE'}_CONTENT"
    branch = "illegal_content" if illegal else "incompatible_content"
    found["illegal_content_legal_ground" if illegal else "incompatible_content_ground"] = text(chance, 120)
    found[f"{branch}_explanation"] = text(chance, 300)
    if not illegal:
        found["incompatible_content_illegal"] = one("incompatible_content_illegal")
    found["category"] = one("category")
    found["category_addition"] = "[]"
    found["category_specification"] = several("category_specification", 3)
    found["content_type"] = several("content_type", 2)
    if "CONTENT_TYPE_OTHER" in found["content_type"]:
        found["content_type_other"] = text(chance, 60)
    found["content_language"] = chance.choice(["", "EN", "DE", "FR", "ID"])
    found["content_date"] = f"202{chance.randint(0, 5)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02} 00:00:00"
    # Nearly all that is decided is decided for the whole area, or for one country.
    found["territorial_scope"] = several("territorial_scope", 1) if chance.random() < 0.2 else whole
    found["application_date"] = f"2025-08-{chance.randint(1, 28):02} 00:00:00"
    found["decision_facts"] = text(chance, 500)
    found["source_type"] = one("source_type")
    found["automated_detection"] = one("automated_detection")
    found["automated_decision"] = one("automated_decision")
    found["platform_name"] = "Telegram (example)"
    found["platform_uid"] = f"{chance.getrandbits(64):016x}-{number}"
    second = number // SECOND_OF_ROWS
    found["created_at"] = f"2025-08-29 {second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
    return found


def written(count: int, *, seed: int = 7) -> bytes:
    """The file."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(count, seed=seed))
    return file.getvalue().encode()
