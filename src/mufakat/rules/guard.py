"""The guard against over-blocking: what speaks against closing the names of an order. Pure.

It looks twice: before anybody approves, and again before the names go on the lists, because what is known may have
changed in between. A finding is either *impossible*, and then the name is not closed here by anybody, or *weighty*, and
then each approver says why it is to be closed all the same. The guard never says that an order is right.

What is known of names beside the order comes in as `Known`; which shipped tables there are is in `guard_tables`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from mufakat.rules import network_names
from mufakat.rules.network_names import MAX_NAME, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mufakat.locator.kinds import Kind
    from mufakat.rules.restriction import RestrictionIn

MANY: Final = 1_000
"""Names of one order from which on its approvers say why it has to be as many."""


class Verdict(StrEnum):
    """How much a finding weighs."""

    IMPOSSIBLE = "impossible"  # Nobody closes this here.
    WEIGHTY = "weighty"  # Each approver says why it is to be closed all the same.


class Code(StrEnum):
    """What the guard finds; for machines, and stays."""

    NOT_A_NAME = "not_a_name"  # `detail` says why; `network_names` is the list.
    TOO_MANY = "too_many"
    DOES_NOT_FIT = "does_not_fit"
    PROTECTED = "protected"
    PROTECTED_BELOW = "protected_below"  # A subtree, and a protected name is in it.
    SHARED = "shared"  # A host, a CDN or a platform that many strangers share.
    TOO_WIDE = "too_wide"  # One channel or page is named, and a whole service would go.
    WHOLE_DOMAIN = "whole_domain"
    CONTACT = "contact"  # Letters to a party of this house go there.
    LOOK_ALIKE = "look_alike"
    REOPENED = "reopened"  # Closed before, and opened again not long ago.
    MANY = "many"


class Guarded(StrEnum):
    """Why a name is protected."""

    OWN = "own"  # This house: receipts, appeals and the look-up of closed names are there.
    HOUSE = "house"  # Named by this house, in its settings or by its admin.
    GOVERNMENT = "government"
    EMERGENCY = "emergency"
    HEALTH = "health"
    BANK = "bank"
    TIME = "time"
    CERTIFICATES = "certificates"
    DNS = "dns"


@dataclass(frozen=True, slots=True)
class Pointed:
    """What a notice of the order points at: the thing in its canonical form, its kind, and the host it is at."""

    canonical: str
    kind: Kind
    host: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the order; every name in A-labels.

    protected  by name, why; beside the shipped table. What is below such a name is protected with it.
    reopened   by name, when it was opened again the last time.
    pointed    what the notices of the order point at.
    contacts   hosts to which letters of this house to its parties go.
    longest    characters of the longest name that fits into the zones of the order's operators.
    """

    protected: Mapping[str, Guarded] = field(default_factory=dict)
    reopened: Mapping[str, datetime] = field(default_factory=dict)
    pointed: tuple[Pointed, ...] = ()
    contacts: frozenset[str] = frozenset()
    longest: int = MAX_NAME


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks against closing a name as the order wrote it; an empty name is the order as a whole."""

    name: str
    code: Code
    verdict: Verdict
    detail: str


def look(order: RestrictionIn, *, known: Known, at: datetime) -> tuple[Finding, ...]:
    """Everything that speaks against the order, name by name in its order, what is about all of it first.

    Never raises. A name that is none is impossible, with the sentence of `network_names`.
    """
    del known, at
    return tuple(
        Finding(text, Code.NOT_A_NAME, Verdict.IMPOSSIBLE, found.detail)
        for text, found in zip(order.names, network_names.read_all(order.names), strict=True)
        if isinstance(found, Refusal)
    )
