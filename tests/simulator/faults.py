"""Faults of the store, put under the real writer: at BEGIN, at a chosen statement, before COMMIT, after it.

A fault is armed for one step and strikes once, in the writer's thread, inside a transaction. Death is a fault whose
victim never learns of it: the files are photographed at that instant, and from then on nothing the old process does
reaches the next life.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tests.simulator.ground import disk_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POISON = b"poison"  # A body with this word breaks the database's statement, as content nobody thought of might.

# Kind of fault: where it strikes. A statement is counted from 1, whatever layer it comes through.
PLACES = {
    "begin fails": "begin",
    "statement fails": "statement",
    "disk full at a statement": "statement",
    "undoing fails": "undo",
    "commit fails": "before commit",
    "disk full at commit": "before commit",
    "sync fails, commit lost": "before commit",
    "sync fails, commit kept": "after commit",
    "answer of the commit lost": "after commit",
    "death at a statement": "statement",
    "death before commit": "before commit",
    "death after commit": "after commit",
}


class Death(BaseException):
    """The process ends here: nothing after this line runs in its life."""


@dataclass
class Store:
    """The layer between the writer and its database."""

    photograph: Callable[[], None]
    armed: str | None = None
    countdown: int = 1
    dead: bool = False
    fired: list[str] = field(default_factory=list)

    def arm(self, kind: str, *, at: int = 1) -> None:
        """Let the fault strike once: at the first place of its kind, or at the statement with this number."""
        self.armed, self.countdown = kind, at

    def struck(self) -> list[str]:
        """What has struck since the last call."""
        fired, self.fired = self.fired, []
        return fired

    def reached(self, place: str, wrapper: Any) -> None:
        """The writer stands at this place."""
        if threading.current_thread().name != "writer":
            return
        if self.dead:
            if place in {"statement", "before commit"}:
                raise Death
            return
        if self.armed is None or PLACES[self.armed] != place:
            return
        self.countdown -= 1
        if self.countdown > 0:
            return
        kind, self.armed = self.armed, None
        self.fired.append(kind)
        if kind.startswith("death"):
            self.photograph()
            self.dead = True
            raise Death
        with wrapper.wrap_database_errors:
            raise disk_error(full=kind.startswith("disk full"))(wrapper)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Stand between Django and the driver while the block runs."""
        from django.db.backends.base.base import BaseDatabaseWrapper
        from django.db.backends.utils import CursorWrapper

        from mufakat.server.journal import store
        from mufakat.server.journal.database import is_embedded

        with ExitStack() as stack:
            for owner, name, around in (
                (store, "insert", self._statement),
                (store, "fetch", self._statement),
                (store, "change", self._statement),
                *(() if is_embedded() else ((store, "tell", self._statement), (store, "fetch_each", self._statement))),
                (CursorWrapper, "execute", self._statement),
                (CursorWrapper, "executemany", self._statement),
                (BaseDatabaseWrapper, "_commit", self._commit),
                (BaseDatabaseWrapper, "set_autocommit", self._begin),
            ):
                stack.enter_context(patch.object(owner, name, around(getattr(owner, name))))
            yield

    def _statement(self, original: Callable[..., Any]) -> Callable[..., Any]:
        from django.db import IntegrityError, connection

        from mufakat.server.notices.models import Payload

        def run(*words: Any, **named: Any) -> Any:
            if connection.in_atomic_block:
                self.reached("statement", connection)
                if len(words) > 1 and str(words[1]).startswith("ROLLBACK TO SAVEPOINT"):
                    self.reached("undo", connection)
            if words and words[0] is Payload and any(_poisoned(row) for row in words[2]):
                raise IntegrityError("made up: this row breaks the statement")
            return original(*words, **named)

        return run

    def _commit(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def run(wrapper: Any) -> None:
            self.reached("before commit", wrapper)
            original(wrapper)
            self.reached("after commit", wrapper)

        return run

    def _begin(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def run(wrapper: Any, autocommit: bool, *words: Any, **named: Any) -> None:  # noqa: FBT001 - Django's.
            if not autocommit:
                self.reached("begin", wrapper)
            original(wrapper, autocommit, *words, **named)

        return run


def _poisoned(row: tuple[Any, ...]) -> bool:
    return any(isinstance(value, bytes) and POISON in value for value in row)
