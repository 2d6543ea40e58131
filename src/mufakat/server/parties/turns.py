"""What the writer asks in every turn and what hardly ever changes: read once, and again when it changed.

Embedded, every change drops the memory with its own commit. Where several processes write, each turn begins with the
number of the news, which a change counts up in its own turn: what was read under the same number is what the rows say.
What this very turn changed is read anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mufakat.server.journal.database import is_embedded
from mufakat.server.parties.queries import remembered

if TYPE_CHECKING:
    from collections.abc import Callable

    from mufakat.server.journal.ids import Ids
    from mufakat.server.journal.work import Moment

T = TypeVar("T")


class Kept(Generic[T]):
    """One thing that is read in the writer's turn. Whatever changes it says so (``news.tell``)."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._of: tuple[Ids, int] | None = None
        self._found: Any = None

    def of(self, moment: Moment) -> T:
        """As it stands in this turn."""
        if moment.told:
            return self._read()
        if is_embedded():
            return self._remembered()
        if self._of is None or self._of[0] is not moment.ids or self._of[1] != moment.news:
            self._found, self._of = self._read(), (moment.ids, moment.news)
        found: T = self._found
        return found

    def _remembered(self) -> T:
        since = remembered.changes
        found: T | None = remembered.get(self)
        return remembered.put(self, self._read(), since=since) if found is None else found
