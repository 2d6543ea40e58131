"""What operations that share a commit have in common: their keys, how they go to the database, how all of them end."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from mufakat.server.journal import store
from mufakat.server.journal.errors import UnsureError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Slot


def settle(slots: list[Slot]) -> None:
    """Give every future its result, in the loop's thread."""
    for slot in slots:
        if slot.future is None or slot.future.done():
            continue
        if slot.error is not None:
            slot.future.set_exception(slot.error)
        else:
            slot.future.set_result(slot.result)


def keys_of(group: Sequence[Slot]) -> list[Key]:
    """The keys of those that have one."""
    return [slot.operation.key for slot in group if slot.operation.key is not None]


def way(group: Sequence[Slot]) -> AbstractContextManager[None]:
    """How all that the group asks goes to the database: without waiting where each operation is of a plan, or brief.

    What a plan writes goes so in any case; other operations, which use the ORM, would gain nothing.
    """
    return store.pipelined() if all(is_hasty(slot) for slot in group) else nullcontext()


def is_hasty(slot: Slot) -> bool:
    """Whether all it asks may go without waiting for one statement after the other."""
    return slot.operation.plan is not None or is_brief(slot)


def is_brief(slot: Slot) -> bool:
    """Whether its operation writes a little and touches nothing that others read in their turn (``parts.along``)."""
    return getattr(slot.operation, "brief", False)


def fail(group: Sequence[Slot], error: BaseException) -> None:
    """The whole group shares the error; of what was begun, a part is stored already."""
    for slot in group:
        unsure = slot.begun and not isinstance(error, UnsureError)
        slot.result, slot.error = None, UnsureError(f"a part of it is stored: {error}") if unsure else error
