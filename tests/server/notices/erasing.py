"""What tests of erasure share: time that jumps, bytes on the disk, and proofs checked from the outside."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from tests.houses import body

from mufakat.proof import canonical, commitment, leaf as leaves, verify
from mufakat.proof.key import VerifyKey
from mufakat.server.journal import queries as journal, signer
from mufakat.server.journal.models import Event, Opening
from mufakat.server.notices import operations, queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.houses import House

JUMP = timedelta(days=400)


def later(days: float = 400) -> datetime:
    """A time after every period of content."""
    return datetime.now(UTC) + timedelta(days=days)


def withdraw(house: House, notice: str, *, reason: str = "A slip.", by: str = "kominfo") -> None:
    """End the case, so that its periods begin."""
    operations.withdraw(notice, by=house.caller(by, "officer"), reason=reason)


def on_disk(data: Path) -> bytes:
    """Every byte of the database's files: tables, indexes, free pages, and the write-ahead log.

    On PostgreSQL the files are the server's own, and VACUUM's: there it is every value of every row.
    """
    if connection.vendor != "sqlite":
        return b"\n".join(values())
    return b"".join(path.read_bytes() for path in sorted(data.glob("mufakat.sqlite3*")))


def values() -> Iterator[bytes]:
    """Every value of every row of every table."""
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - the database's own names.
            for row in cursor.fetchall():
                for value in row:
                    yield bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def found_on_disk(data: Path, canaries: Iterable[str]) -> list[str]:
    """Which of the words stand anywhere in the files, as they are or in small letters."""
    raw = on_disk(data)
    return [word for word in canaries if word.encode() in raw or word.lower().encode() in raw]


def key() -> VerifyKey:
    return VerifyKey.parse(signer.signing_key("1").vkey)


def events_of(notice: str, type_: str = "notice.erased") -> list[Event]:
    return list(Event.objects.filter(case=notice, type=type_).order_by("position"))


def opened(event: Event) -> dict[str, bytes | None]:
    """The openings of an event that are not erased, and None for those that are."""
    return {one.field: None if one.value is None else bytes(one.value) for one in Opening.objects.filter(event=event)}


def classes_of(event: Event) -> set[str]:
    """What an erasure says that it erased."""
    return set(json.loads(opened(event)["classes"] or b"null"))


def require_proofs(notices: Iterable[str]) -> None:
    """Raise unless every leaf, chain, commitment and receipt of the house still holds."""
    heads: dict[tuple[str, str], tuple[int, bytes | None]] = {}
    for event in Event.objects.order_by("position").prefetch_related("openings"):
        raw = bytes(event.leaf)
        said = leaves.decode(raw)
        assert leaves.leaf_hash(raw) == bytes(event.leaf_hash)
        seq, head = heads.get((event.sender, event.recipient), (0, None))
        assert (said.seq, said.prev) == (seq + 1, canonical.to_base64(head) if head is not None else None)
        heads[event.sender, event.recipient] = (said.seq, bytes(event.leaf_hash))
        for one in event.openings.all():
            assert one.field in said.c
            if one.salt is not None and one.value is not None:
                shown = commitment.commit(one.field, bytes(one.salt), bytes(one.value))
                assert said.c[one.field] == canonical.to_base64(shown)
    for notice in notices:
        event = queries.first_event(notice)
        found = verify.verify(journal.custody(event).encode(), keys=[key()], leaf=bytes(event.leaf))
        assert found.kind is verify.Kind.CUSTODY


def draft(canary: str, **changes: Any) -> bytes:
    """A notice whose every free text bears the word."""
    return body(
        **{
            "explanation": f"{canary} placeholder " * 3,
            "locators": [f"https://{canary}.example.com/{canary}", f"https://t.me/{canary}/1"],
            "legal_ground": {"system": "id", "instrument": f"{canary} 1", "provision": f"{canary} 2"},
            "external_refs": [{"scheme": "kominfo", "id": canary}],
            "external": {"note": canary},
            **changes,
        }
    )
