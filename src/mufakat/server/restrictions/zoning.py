"""The lists: which lines stand in which operator's zone, and what changed since the primary server last took them.

A list is a zone for each operator that carries it: `terrorism.isp-a.rpz.<suffix>`, so that an operator sees what was
addressed to it and nothing else (I-16). Which lines a zone has follows from the rows of the orders; a Change is written
beside them so that the publisher (`connectors.dns`) need not compare a million lines to take away one. It wakes by the
bell, sends liftings first, and only ever goes forward: a serial is given to one state of a zone and to no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment
    from mufakat.server.restrictions.models import Restriction, Zone


def enlist(restriction: Restriction, names: Collection[str], operators: Collection[str], moment: Moment) -> None:
    """Put names of a restriction on the lists of these operators (ids of parties).

    In an operation of the writer, after its rows say so: the restriction is live, these operators' Carrying is told.
    """
    del restriction, names, operators, moment


def delist(restriction: Restriction, names: Collection[str], operators: Collection[str], moment: Moment) -> None:
    """Take names of a restriction off the lists of these operators, as far as no other live restriction closes them.

    In an operation of the writer; whether its rows say so already makes no difference.
    """
    del restriction, names, operators, moment


def allow(name: str, moment: Moment) -> None:
    """Put a name that was protected, and all below it, on every allow-list."""
    raise NotImplementedError


def disallow(name: str, moment: Moment) -> None:
    """Take a name that is protected no more off every allow-list."""
    raise NotImplementedError


def zones_of(operator: str) -> Sequence[Zone]:
    """The zones that an operator (id of its party) carries: the allow-list first, then by name, shadow ones last."""
    raise NotImplementedError


def name_of(zone: Zone) -> str:
    """Its name in the DNS, without a last dot."""
    raise NotImplementedError


def lines(zone: Zone, *, at: datetime) -> Iterator[str]:
    """The owners that stand in a zone at this time, in order, each once; what is past its sunset does not."""
    raise NotImplementedError


def room(list_: str, operators: Collection[str]) -> int:
    """How long a name may be, in characters, that each of these operators (handles) can carry on this list."""
    raise NotImplementedError
