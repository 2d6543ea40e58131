"""How decisions, their measures and statements, and appeals stand after the events of a notice's case.

The walk of `notice_entries` hands every event to `ruled`; what each event does to a measure stands in `measure`, as for
the rows of the decisions room.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from mufakat.rules.entry import Happened, json_of, text_of
from mufakat.rules.events import EventType
from mufakat.rules.measure import TRANSITIONS, MeasureDeed, MeasureState, after_reversal, first_state
from mufakat.rules.notice import MeasureName


@dataclass(slots=True)
class Verdict:
    """A decision and how it stands."""

    id: str
    made: Happened
    outcome: str
    statement: str | None
    measures: dict[str, MeasureState] = field(default_factory=dict)
    state: str = "standing"
    steps: list[Happened] = field(default_factory=list)
    statement_steps: list[Happened] = field(default_factory=list)
    informed_at: datetime | None = None
    given_at: datetime | None = None
    submitted_at: datetime | None = None
    reversed_at: datetime | None = None
    appeals: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Contest:
    """An appeal and how it stands."""

    id: str
    verdict: str | None
    standing: str | None
    steps: list[Happened]
    level: str = "internal"
    body: str | None = None
    state: str = "lodged"


_MEASURES: Mapping[str, MeasureDeed] = MappingProxyType(
    {
        EventType.MEASURE_APPROVED: MeasureDeed.APPROVE,
        EventType.MEASURE_DECLINED: MeasureDeed.DECLINE,
        EventType.MEASURE_CONFIRMED: MeasureDeed.CONFIRM,
        EventType.MEASURE_FAILED: MeasureDeed.FAIL,
        EventType.MEASURE_ENDED: MeasureDeed.END,
        EventType.MEASURE_REVERTED: MeasureDeed.CONFIRM,
    }
)
_BEGINS: Mapping[str, str] = MappingProxyType(
    {EventType.APPEAL_LODGED: "internal", EventType.DISPUTE_COMPLETED: "out_of_court"}
)
"""What begins an appeal, and before whom: the platform itself, or a body outside."""
_RESOLVED: Mapping[str, str | None] = MappingProxyType(
    {
        EventType.DISPUTE_SETTLED: None,  # Its outcome says it.
        EventType.APPEAL_UPHELD: "upheld",
        EventType.APPEAL_REVERSED: "reversed",
        EventType.APPEAL_PARTLY_REVERSED: "partly",
        EventType.APPEAL_DISMISSED: "inadmissible",
    }
)


def ruled(event: Happened, verdicts: dict[str, Verdict], contests: dict[str, Contest]) -> bool:
    """Take in an event of a decision or an appeal; whether the notice is to be decided anew because of it."""
    if event.type == EventType.DECISION_MADE:
        if (found := event.ref("dec_")) is not None and found not in verdicts:
            verdicts[found] = _verdict(found, event)
    elif event.type in _BEGINS:
        if (found := event.ref("apl_")) is not None and found not in contests:
            verdict = _decided(event, verdicts)
            contest = Contest(found, verdict.id if verdict else None, text_of(event, "standing"), [event])
            contest.level = text_of(event, "level") or _BEGINS[event.type]
            contest.body = text_of(event, "body")
            contests[found] = contest
            if verdict is not None:
                verdict.appeals.append(found)
    elif event.type in _RESOLVED:
        return _resolved(event, verdicts, contests)
    elif event.type == EventType.DECISION_REVERSED:
        _undone(event, verdicts)
    elif (verdict := _decided(event, verdicts)) is not None:
        _moved(event, verdict)
    return False


def _verdict(id_: str, event: Happened) -> Verdict:
    outcome = text_of(event, "outcome") or "unknown"
    measures = {item["measure"]: _first_state(item.get("name")) for item in items_of(event)}
    return Verdict(id_, event, outcome, event.ref("sor_"), measures, steps=[event], statement_steps=[event])


def _first_state(name: Any) -> MeasureState:
    return first_state(MeasureName(name)) if name in set(MeasureName) else MeasureState.ORDERED


def items_of(event: Happened) -> list[dict[str, Any]]:
    """The measures that a decision orders."""
    found = json_of(event, "items")
    if not isinstance(found, list):
        return []
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("measure"), str)]


def _decided(event: Happened, verdicts: Mapping[str, Verdict]) -> Verdict | None:
    """The decision that an event speaks of: the one it names, or else the last one before it."""
    named = event.ref("dec_")
    if named is not None:
        return verdicts.get(named)
    statement = event.ref("sor_")
    if statement is not None:
        return next((one for one in verdicts.values() if one.statement == statement), None)
    measure = text_of(event, "measure")
    if measure is not None:
        return next((one for one in verdicts.values() if measure in one.measures), None)
    return list(verdicts.values())[-1] if verdicts else None


def _undone(event: Happened, verdicts: Mapping[str, Verdict]) -> None:
    """What a decision rested on does not stand any more: all that it did is undone."""
    verdict = _decided(event, verdicts)
    if verdict is None:
        return
    verdict.steps.append(event)
    verdict.state, verdict.reversed_at = "reversed", event.at
    for measure, state in verdict.measures.items():
        verdict.measures[measure] = after_reversal(state)


def _moved(event: Happened, verdict: Verdict) -> None:
    """One step of a decision, its measures or its statement."""
    if event.type == EventType.DECISION_INFORMED:
        verdict.informed_at = verdict.informed_at or event.at
        verdict.steps.append(event)
    elif event.type == EventType.REASONS_GIVEN:
        verdict.given_at = verdict.given_at or event.at
        verdict.statement_steps.append(event)
    elif event.type == EventType.REASONS_SUBMITTED:
        verdict.submitted_at = verdict.submitted_at or event.at
        verdict.statement_steps.append(event)
    elif event.type in _MEASURES:
        measure = text_of(event, "measure")
        if measure in verdict.measures:
            before = verdict.measures[measure]
            verdict.measures[measure] = TRANSITIONS.get((before, _MEASURES[event.type]), before)
        verdict.steps.append(event)


def _resolved(event: Happened, verdicts: Mapping[str, Verdict], contests: Mapping[str, Contest]) -> bool:
    contest = contests.get(event.ref("apl_") or "")
    if contest is None:
        return False
    contest.state = _RESOLVED[event.type] or text_of(event, "outcome") or "settled"
    contest.steps.append(event)
    verdict = verdicts.get(contest.verdict or "") or _decided(event, verdicts)
    if verdict is None or contest.state not in {"reversed", "partly"}:
        return False
    verdict.steps.append(event)
    verdict.reversed_at = event.at
    acted = bool(verdict.measures)
    whole = contest.state == "reversed" and (not acted or contest.standing != "sender")
    verdict.state = "reversed" if whole or verdict.state == "reversed" else "partly_reversed"
    # Who is affected contests what was done: it is undone. The sender contests what was not: it is decided anew.
    # Once: what was decided anew since then stands until it is contested itself.
    if not acted or contest.standing == "sender":
        return verdict is list(verdicts.values())[-1]
    named = json_of(event, "items")
    for measure, state in verdict.measures.items():
        if contest.state == "reversed" or (isinstance(named, list) and _names(named, measure)):
            verdict.measures[measure] = after_reversal(state)
    return False


def _names(items: list[Any], measure: str) -> bool:
    return any(one == measure or (isinstance(one, dict) and one.get("measure") == measure) for one in items)
