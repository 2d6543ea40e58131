"""What comes of a notice in a story: decided, carried out, contested, undone; each by the public operation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mufakat.rules.measure import MeasureState
from mufakat.rules.statement import GivenHow
from mufakat.server.appeals import operations as appeals, queries as contested
from mufakat.server.decisions import operations, queries
from mufakat.server.decisions.faces import DecisionOut

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mufakat.server.decisions.queries import Whole
    from mufakat.server.parties.queries import Caller

SAID = ("outcome", "reasons", "facts", "refusal")
GROUND = {"terms_ground": {"document": "Terms of service (example)", "clause": "4.2"}}


def decide(notice: str, step: Mapping[str, Any], *, by: Caller) -> None:
    """Decide as the step says; an outcome that acts does the step's `measure` to each of its `locators`."""
    body: dict[str, Any] = {name: step[name] for name in SAID if name in step} | {
        "language": step.get("language", "en")
    }
    if step["outcome"] != "needs_information":
        body |= {"ground": GROUND, "automated": {"detection": False, "decision": "none"}}
    if "measure" in step:
        body["items"] = [
            {"locator": place, "measure": step["measure"], "territory": step.get("territory")}
            for place in step.get("locators", [0])
        ]
    operations.decide(notice, json.dumps(body).encode(), by=by)


def newest(by: Caller, notice: str) -> Whole:
    """The newest decision on the notice, as far as the caller may see it."""
    return queries.of_notice(by, notice)[0]


def carry_out(notice: str, *, note: str, by: Caller) -> None:
    """Confirm whatever of the notice waits for the platform: that it is done, or undone."""
    for decision in queries.of_notice(by, notice):
        for measure in decision.measures:
            if measure.state in {MeasureState.ORDERED, MeasureState.REVERTING}:
                operations.confirm_measure(measure.id, by=by, note=note)


def give(notice: str, *, how: str, by: Caller) -> None:
    """The statement of reasons reached whoever is affected."""
    statement = newest(by, notice).statement
    if statement is not None:
        operations.give_reasons(statement.id, GivenHow(how), by=by)


def collect(notice: str, *, by: Caller) -> None:
    """Whoever asked says that the newest decision has reached it."""
    operations.inform(newest(by, notice).decision.id, by=by)


def appeal(notice: str, reasons: str, *, by: Caller, at: datetime) -> None:
    """A party of the notice contests its newest decision."""
    raw = json.dumps({"reasons": reasons}).encode()
    appeals.lodge(newest(by, notice).decision.id, raw, by=by, at=at)


def appeal_by_code(notice: str, reasons: str, *, handed_out_by: Caller, at: datetime) -> None:
    """Somebody contests it with nothing but the code, which `handed_out_by` reads as the platform's people do."""
    shown = DecisionOut.of(newest(handed_out_by, notice), viewer=handed_out_by, shows_code=True)
    if shown.appeal is None:
        raise LookupError(f"{shown.id} has no code for {handed_out_by.handle}")
    # From here on as at the public door: who it is, nobody asks.
    raw = json.dumps({"code": shown.appeal.code, "reasons": reasons}).encode()
    appeals.lodge_by_code(appeals.read_by_code(raw), raw, at=at, key=f"story-{notice}")


def resolve(notice: str, outcome: str, reasons: str, *, by: Caller) -> None:
    """Say what comes of every open appeal about the notice."""
    raw = json.dumps({"outcome": outcome, "reasons": reasons}).encode()
    for one in contested.of_notice(by, notice):
        if one.appeal.state == "lodged":
            appeals.resolve(one.appeal.id, raw, by=by)
