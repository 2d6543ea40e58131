"""The operator's rehearsals: a profile on what came in between two parties, and a plan of capacity to be played.

Like every deed of the console they are reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from mufakat.rules import profile as profiles
from mufakat.server.agreements import drafts, profiles as adopted
from mufakat.server.governance import capacity, rehearsal
from mufakat.server.governance.rehearsal_faces import RehearsalOut

if TYPE_CHECKING:
    from datetime import datetime

Many = Annotated[int, Meta(ge=1, le=rehearsal.MOST)]


class ProfileRehearse(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat agreement rehearse --profile``; `text` is that of a file that nobody adopted yet."""

    profile: str
    sender: str
    recipient: str
    notices: Many = rehearsal.USUAL
    text: str | None = None


class CapacityPlan(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat capacity --agreement``."""

    agreement: str
    reviewers: Annotated[int, Meta(ge=1, le=10_000)] = 5


def rehearse(told: ProfileRehearse, at: datetime) -> Any:
    draft = profiles.parse(told.text.encode()) if told.text is not None else rehearsal.named(told.profile)
    return RehearsalOut.of(rehearsal.between(told.sender, told.recipient, draft, at=at, limit=told.notices))


def plan(told: CapacityPlan, at: datetime) -> Any:
    draft = drafts.draft_of(told.agreement)
    text = capacity.text_of(capacity.plan_of(draft, reviewers=told.reviewers, at=at))
    return {"plan": text, "profile": adopted.text_of(draft.profile).decode()}
