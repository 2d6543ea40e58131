"""What deeds on policies take, one form for each."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.api.bodies import NOTE
from mufakat.server.api.problems import BadRequestError
from mufakat.server.filters.trying import MOST

Id = Annotated[str, Meta(min_length=1, max_length=30)]


class PolicyIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A version: its YAML, byte for byte, and a word to the colleagues who look at it."""

    text: Annotated[str, Meta(min_length=1)]
    note: Annotated[str, Meta(max_length=NOTE)] | None = None


class BacktestIn(Struct, frozen=True, forbid_unknown_fields=True):
    """On which sample, or which ``samples``; ``live`` as if every rule of the version were live."""

    sample: Id | None = None
    samples: Annotated[tuple[Id, ...], Meta(max_length=MOST)] = ()
    live: bool = False

    def named(self) -> tuple[str, ...]:
        """The samples. Raises BadRequestError where none is named, or both members are given."""
        if (self.sample is None) == (not self.samples):
            says = "Name one `sample`, or several `samples`; one of the two members."
            raise BadRequestError([Fault("/sample", FaultCode.MISSING, says)])
        return (self.sample,) if self.sample is not None else self.samples


class PromotionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """On the figures of which back-test, and a word with it."""

    backtest: Id
    note: Annotated[str, Meta(max_length=NOTE)] | None = None


class PolicyEndIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Why the live version is taken back; ``restore`` undoes what it hit, because the version was at fault."""

    reason: Annotated[str, Meta(min_length=1, max_length=NOTE)]
    restore: bool = False
