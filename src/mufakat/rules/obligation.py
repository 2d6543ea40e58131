"""Obligations: what follows from a point, and how far this program can see that it is kept. Pure.

Each is judged from figures of the program's own, for either side by the same measure. What no part measures yet is
`not_measured`, and says so; it is never counted as kept or broken. How a notice was answered is no input: in time or
not is all that counts (I-05).
"""

from enum import StrEnum
from typing import Annotated

import rfc8785
from msgspec import Meta, Struct


class ObligationKind(StrEnum):
    """What is to be kept, by the point's owner."""

    REPRESENTATIVE_REACHABLE = "representative_reachable"  # A contact in force that answered its last drill.
    ACKNOWLEDGED_IN_TIME = "acknowledged_in_time"  # Of notices that came, so many percent were taken on in time.
    ANSWERED_IN_TIME = "answered_in_time"  # Of notices that came, so many percent were decided in time.
    MANDATE_GRANTED = "mandate_granted"  # `party` holds a mandate in force.
    WITHIN_SCOPE = "within_scope"  # Of the owner's notices, so many percent were about what the agreement lists.
    REASONS_GIVEN = "reasons_given"  # Of decisions, so many percent reached whoever asked.
    REVIEW_HELD = "review_held"  # A review of the governance within so many days.
    EVIDENCE_GIVEN = "evidence_given"  # What the point asks for was handed in by its due date.
    CONFIRMED = "confirmed"  # The other side's people say that it is kept, anew within so many days.
    SCREENING_RUNNING = "screening_running"  # The owner screened by a live policy within so many days.
    LIST_SYNCHRONISED = "list_synchronised"  # Not measured yet: an operator has the list as it stands.


class ObligationState(StrEnum):
    """How it stands."""

    KEPT = "kept"
    DUE = "due"  # To be done, and in time still.
    LATE = "late"  # Its time is over, and it can still be mended.
    BROKEN = "broken"  # The figures say that it is not kept.
    NOT_MEASURED = "not_measured"  # No part of the program sees it yet.


class ObligationTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What exactly is to be kept. `at_least` is in percent, `every_days` and `over_days` in days; null: as usual.

    `party` is whose mandate is meant, for `mandate_granted` alone.
    """

    kind: ObligationKind
    at_least: Annotated[int, Meta(ge=1, le=100)] | None = None
    every_days: Annotated[int, Meta(ge=1, le=3_660)] | None = None
    over_days: Annotated[int, Meta(ge=1, le=3_660)] | None = None
    party: Annotated[str, Meta(min_length=1, max_length=63)] | None = None


class Verdict(Struct, frozen=True):
    """How an obligation stands, and what was counted or found; all of the evidence is figures, codes, ids and times."""

    state: ObligationState
    evidence: dict[str, str | int | float | None]
    due_at: str | None = None


class Judged(Struct, frozen=True, kw_only=True):
    """An obligation of a point with its verdict; `owner` is the id of the party that owes it.

    `party` is whose mandate is meant, and empty for every other kind.
    """

    point: str
    kind: ObligationKind
    party: str = ""
    owner: str
    verdict: Verdict


def judged_json(one: Judged, *, owner: str) -> bytes:
    """What the event of a change commits to, `owner` by its handle; RFC 8785, so that anybody makes the same bytes."""
    told = {
        "point": one.point,
        "kind": one.kind.value,
        "party": one.party or None,
        "owner": owner,
        "state": one.verdict.state.value,
        "due_at": one.verdict.due_at,
        "evidence": dict(one.verdict.evidence),
    }
    return rfc8785.dumps(told)
