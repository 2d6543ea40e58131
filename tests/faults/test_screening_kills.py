"""The server dies while it screens and while it restores: what was answered is in the books, and nothing is twice."""

import http.client
import json
import threading
from collections import Counter
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from tests.houses import Server
from tests.server.filters.screened import BLOCK, HOLD, LABEL, NOTIFY, PLACE, WARN, agreed, inside, written
from tests.server.filters.seeding import Seeded, seed, seed_hits

pytestmark = pytest.mark.fault

ROUNDS = 5
BATCHES, LINES = 6, 120
TEXTS = {10: WARN, 20: HOLD, 30: NOTIFY, 40: BLOCK}
"""Which lines of a batch are hit, and by what."""


def batch(number: int) -> bytes:
    told = {"at": "2026-11-26T09:00:00Z", "visibility": "public", "kind": "post"}
    return b"\n".join(
        json.dumps({**told, "item": f"{PLACE}{number * LINES + line}", "text": TEXTS.get(line, LABEL)}).encode()
        for line in range(LINES)
    )


def answered(server: Server, token: str, number: int) -> list[dict[str, str]]:
    """The verdicts on a batch, as many whole lines as came before the server died."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    raw = b""
    with suppress(OSError, http.client.HTTPException):
        line.request("POST", "/api/v1/screen/batch", body=batch(number), headers={"Authorization": f"Bearer {token}"})
        answer = line.getresponse()
        while part := answer.read1(1_000):
            raw += part
    line.close()
    whole, _, _ = raw.rpartition(b"\n")
    return [json.loads(one) for one in whole.splitlines()]


def asked(server: Server, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a server that is stopped."""
    with inside(server):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())


@pytest.fixture
def seeded(stopped_server: Server) -> Seeded:
    with inside(stopped_server):
        agreed("disable")
        return seed()


@pytest.mark.invariant("I-03")
def test_what_was_answered_is_in_the_books_once(stopped_server: Server, seeded: Seeded) -> None:
    del seeded
    rng = Random(2017)  # noqa: S311  Reproducible, not secret.
    server, heard = stopped_server, dict[str, str]()
    server.start()
    token = server.token("telegram", "reviewer")
    for _ in range(ROUNDS):

        def send() -> None:
            for number in range(BATCHES):
                heard.update((one["item"], one["hit"]) for one in answered(server, token, number) if "hit" in one)

        sender = threading.Thread(target=send)
        sender.start()
        threading.Event().wait(rng.uniform(0.05, 0.6))
        server.kill()
        sender.join()
        server.start()
    again = {
        one["item"]: one["hit"] for number in range(BATCHES) for one in answered(server, token, number) if "hit" in one
    }
    assert server.stop() == 0
    assert len(again) == BATCHES * len(TEXTS)
    assert {item: again[item] for item in heard} == heard  # A hit that was answered is the very same afterwards.
    hits = asked(server, "SELECT id, state, notice, decision FROM filters_hit")
    assert sorted(one[0] for one in hits) == sorted(again.values())
    types = Counter(one[0] for one in asked(server, "SELECT type FROM journal_event"))
    blocked = [one for one in hits if one[1] == "blocked"]
    assert (types["filter.hit"], types["hit.blocked"], len(blocked)) == (len(hits), BATCHES, BATCHES)
    assert len({one[2] for one in blocked}) == len({one[3] for one in blocked}) == BATCHES
    assert types["notice.received"] == types["decision.made"] == BATCHES
    assert asked(server, "SELECT count(*) FROM notices_notice") == [(BATCHES,)]
    assert types["notification.proposed"] == BATCHES


def test_restoring_goes_on_where_it_was_killed(stopped_server: Server, seeded: Seeded) -> None:
    rng = Random(1998)  # noqa: S311  Reproducible, not secret.
    server, many = stopped_server, 3_000
    with inside(server):
        seed_hits(seeded, many)
        written(lambda: retract(seeded))
    for _ in range(ROUNDS):
        server.start()
        threading.Event().wait(rng.uniform(0.1, 0.7))
        server.kill()
    with inside(server):
        finish()
    types = Counter(one[0] for one in asked(server, "SELECT type FROM journal_event"))
    assert (types["hit.restored"], types["restoring.done"]) == (many, 1)
    assert asked(server, "SELECT state, count(*) FROM filters_hit GROUP BY state") == [("restored", many)]
    assert asked(server, "SELECT state, restored FROM filters_restoring") == [("done", many)]


def retract(seeded: Seeded) -> None:
    from datetime import UTC, datetime

    from mufakat.server.filters.models import Entry, Restoring

    at = datetime.now(UTC)
    entry = Entry.objects.get(pk=seeded.entries["phrases", "salak masam"])
    entry.state, entry.retracted_at = "retracted", at
    entry.save()
    Restoring.objects.create(entry=entry, state="running", because=entry.added_event, begun_at=at)


def finish() -> None:
    """The rest of it, as the worker would do it."""
    from datetime import UTC, datetime

    from mufakat.server.filters import operations

    while operations.restore_due(at=datetime.now(UTC)).done:
        pass
