"""Refusals of the decisions room."""

from __future__ import annotations

from mufakat.rules.errors import NotNowError, NotPermittedError


class NotTheRecipientError(NotPermittedError):
    """The party sees the notice, but it is the other side that decides."""

    def __str__(self) -> str:
        return "A notice is decided, and what follows from it is done, by the party that received it."


class SamePersonError(NotPermittedError):
    """It needs somebody else."""


class SameDeciderError(SamePersonError):
    """A refusal was reversed: whoever refused does not decide anew (I-08)."""

    def __str__(self) -> str:
        return "Your former decision on this notice was reversed: somebody else of your party decides anew."


class NeedsSecondPersonError(SamePersonError):
    """What cannot be undone is approved by somebody else than who decided it (I-06)."""

    def __str__(self) -> str:
        return "This cannot be undone, so a second person has to agree: not the one who decided it."


class NothingDoneError(NotNowError):
    """A statement is given to whoever is affected; here nothing was done to anybody."""

    def __init__(self) -> None:
        super().__init__("Nothing was done to anybody by this decision, so its statement goes to the sender alone.")
