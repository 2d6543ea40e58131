"""What the model knows of decisions and of the measures that they order: written from INTERFACE.md and docs/flows.

A decision stands until an appeal reverses it; a question waits for its answer. A measure that cannot be undone waits
for a second person (I-06), and one that can be is undone once its time is over or the decision is reversed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.simulator.timers import MONTH

from mufakat.proof import leaf as log_leaf

if TYPE_CHECKING:
    from tests.simulator.books import EventRow
    from tests.simulator.contesting import Appeal
    from tests.simulator.model import Case, Model, Seat

STANDING, ASKED, ANSWERED, UNANSWERED = "standing", "asked", "answered", "unanswered"
REVERSED, PARTLY_REVERSED = "reversed", "partly_reversed"
PROPOSED, ORDERED, CONFIRMED, FAILED = "proposed", "ordered", "confirmed", "failed"
DECLINED, REVERTING, REVERTED = "declined", "reverting", "reverted"

ACTS = {"act_full", "act_partial"}
ASKS = "needs_information"
IRREVERSIBLE = {"terminate_account", "close_channel"}
INVERSE = {
    "remove": "restore",
    "disable": "enable",
    "demote": "restore_rank",
    "label": "remove_label",
    "age_restrict": "lift_age_restriction",
    "geo_restrict": "lift_geo_restriction",
    "warn": "retract_warning",
    "preserve": "end_preservation",
    "suspend_account": "reinstate_account",
    "terminate_account": "reopen_account",
    "close_channel": "reopen_channel",
}
# What each deed makes of a measure, where it is possible at all.
MOVES = {
    ("approval", PROPOSED): ORDERED,
    ("declining", PROPOSED): DECLINED,
    ("confirmation", ORDERED): CONFIRMED,
    ("confirmation", FAILED): CONFIRMED,
    ("confirmation", REVERTING): REVERTED,
    ("failure", ORDERED): FAILED,
    ("failure", REVERTING): REVERTING,
}
SAYS_SO = {
    "approval": "measure.approved",
    "declining": "measure.declined",
    "confirmation": "measure.confirmed",
    "failure": "measure.failed",
}


@dataclass
class Duty:
    """A measure, as its events make it."""

    id: str
    ruling: Ruling
    locator: int
    name: str
    ends_at: datetime | None
    state: str
    approved_by: Seat | None = None
    ordered_at: datetime | None = None
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    reverted_at: datetime | None = None

    @property
    def row(self) -> tuple[object, ...]:
        """As the table holds it."""
        approved = self.approved_by.email if self.approved_by else None
        return (
            *(self.ruling.id, self.locator, self.name, INVERSE[self.name], self.ends_at, self.state),
            *(self.ruling.decider.email, approved),
            *(self.ordered_at, self.confirmed_at, self.ended_at, self.reverted_at),
        )

    @property
    def can_be_undone(self) -> bool:
        """Whether a reversal would still change anything about it."""
        return self.state in {PROPOSED, ORDERED, CONFIRMED, FAILED}

    @property
    def waits(self) -> bool:
        """Whether somebody of the platform has still to do something."""
        return self.state in {PROPOSED, ORDERED, REVERTING}

    def is_over(self, at: datetime) -> bool:
        """Whether its time has passed, and it is still at work."""
        return self.ends_at is not None and self.ends_at <= at and self.state in {ORDERED, CONFIRMED}

    def move(self, deed: str, seat: Seat, at: datetime) -> None:
        """Somebody of the platform did this."""
        self.state = MOVES[deed, self.state]
        if deed == "approval":
            self.approved_by, self.ordered_at = seat, at
        elif self.state == CONFIRMED:
            self.confirmed_at = at
        elif self.state == REVERTED:
            self.reverted_at = at

    def end(self, at: datetime) -> None:
        """Its time is over: the inverse is to be done."""
        self.state, self.ended_at = REVERTING, at

    def reverse(self, at: datetime) -> None:
        """The decision behind it was reversed: it is to be undone, or was never done."""
        if self.state in {ORDERED, CONFIRMED}:
            self.end(at)
        elif self.state in {PROPOSED, FAILED}:
            self.state = DECLINED


@dataclass
class Ruling:
    """A decision or a question, as its events make it."""

    id: str
    case: Case
    event: str
    decider: Seat
    outcome: str
    refusal: str | None
    at: datetime
    state: str
    statement: str
    until: datetime | None
    duties: list[Duty] = field(default_factory=list)
    appeals: list[Appeal] = field(default_factory=list)
    informed_at: datetime | None = None
    given_at: datetime | None = None
    code: str = ""  # In the hands of the platform, once somebody of it has asked.

    @property
    def acts(self) -> bool:
        return self.outcome in ACTS

    @property
    def stands(self) -> bool:
        """Whether something of it stands that could be contested."""
        return self.state in {STANDING, PARTLY_REVERSED}

    @property
    def row(self) -> tuple[object, ...]:
        """As the table holds it."""
        return (
            *(self.case.id, self.decider.email, self.outcome, self.refusal, self.at, self.event, self.state),
            *(self.until, self.informed_at, self.acts, self.statement or None, self.given_at),
        )


def moment(text: str | None) -> datetime | None:
    """A time as it is sent, or as an event commits to it."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def ruling_of(event: EventRow) -> str:
    """The decision that an event about one is about."""
    return log_leaf.decode(event.leaf).ref[0]


def ruled(model: Model, event: EventRow, seat: Seat, body: dict[str, Any]) -> Ruling:
    """A decision stands in the journal: put it into the model, as it was sent, under the ids that its leaf names."""
    case = model.cases[event.case]
    ids = log_leaf.decode(event.leaf).ref
    asks = body["outcome"] == ASKS
    for former in case.rulings:
        if former.state == ASKED:
            former.state = UNANSWERED if case.state == ASKS else ANSWERED
    made = Ruling(
        ids[0],
        case,
        event.id,
        seat,
        body["outcome"],
        body.get("refusal"),
        event.at,
        ASKED if asks else STANDING,
        "" if asks else ids[1],
        None if asks else event.at + MONTH,
    )
    for told, item in zip(json.loads(event.opened("items") or b"[]"), body.get("items") or (), strict=True):
        waits = item["measure"] in IRREVERSIBLE
        duty = Duty(
            told["measure"],
            made,
            item["locator"],
            item["measure"],
            moment(item.get("ends_at")),
            PROPOSED if waits else ORDERED,
            ordered_at=None if waits else event.at,
        )
        made.duties.append(duty)
        model.duties[duty.id] = duty
    case.rulings.append(made)
    model.rulings[made.id] = made
    return made
