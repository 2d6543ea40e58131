"""Refusals of statements of reasons, in the words of the DSA Transparency Database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.formats import dsa
from mufakat.rules.errors import DocumentRefusedError
from mufakat.rules.fault import Fault, FaultCode

if TYPE_CHECKING:
    from collections.abc import Sequence


class StatementRefusedError(DocumentRefusedError):
    """A statement, or a batch of them, that the public database would refuse; nothing of it was taken.

    `members` are what that database says beside the errors.
    """

    what = "statement"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.members: dict[str, object] = {"message": dsa.headline(faults)}

    def __str__(self) -> str:
        return self.faults[0].detail


class PuidTakenError(StatementRefusedError):
    """An identifier that this platform used before, or twice in one call; nothing was taken."""

    def __init__(self, puids: Sequence[str], *, single: bool) -> None:
        says = dsa.SINGLE_TAKEN if single else dsa.BATCH_TAKEN
        super().__init__([Fault("/puid" if single else "/statements", FaultCode.REPEATED_ITEM, says)])
        self.members |= {"existing": {"puid": puids[0]}} if single else {"existing_puids": list(puids)}


class UnrepresentableError(DocumentRefusedError):
    """What was decided cannot be said in that database; it is not sent there, neither bent nor cut."""

    what = "export"
