"""What one process changes about parties, people and tokens, all processes know at once.

A look-up is believed for two seconds (``queries.Remembered``), and a token that was revoked must not act for as long.
In this process the memory is dropped after the commit. On PostgreSQL the same transaction sends a word to the other
processes (LISTEN, NOTIFY), of which each has one thread that listens; while its connection is broken, the two seconds
are the bound.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from django.db import connection

from mufakat.server.journal import database, door, store
from mufakat.server.journal.errors import UnsureError
from mufakat.server.parties import queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mufakat.server.journal.work import Moment

log = logging.getLogger(__name__)
T = TypeVar("T")

CHANNEL = "mufakat_parties"
LOOK = 0.5  # Seconds between two looks whether to stop.
AGAIN = 1.0  # Seconds before a broken connection is opened anew.


def tell(moment: Moment) -> None:
    """Have everybody forget what they remember, once this commits. Called inside an operation of the writer."""
    moment.told = True
    moment.after.append(queries.remembered.forget)
    if not database.is_embedded():
        store.count_news(CHANNEL)


def stored(run: Callable[[Moment], T]) -> T:
    """Run the deed in the writer; where nobody knows whether it was kept, drop what this process remembers too."""
    try:
        return door.commit(run)
    except UnsureError:
        queries.remembered.forget()
        raise


@contextmanager
def heard() -> Iterator[None]:
    """Listen while the block runs, where there are other processes."""
    if database.is_embedded():
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=_listen, args=(stop,), name="news", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _listen(stop: threading.Event) -> None:
    import psycopg

    while not stop.is_set():
        try:
            with psycopg.connect(**connection.get_connection_params(), autocommit=True) as line:
                line.execute(f"LISTEN {CHANNEL}")
                queries.remembered.forget()  # What was said before this line was open.
                while not stop.is_set():
                    for _ in line.notifies(timeout=LOOK):
                        queries.remembered.forget()
        except psycopg.Error as error:
            log.warning("the line to the other processes broke", extra={"reason": type(error).__name__})
            stop.wait(AGAIN)
