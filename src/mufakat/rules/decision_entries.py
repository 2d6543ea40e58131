"""The entries of decisions, statements of reasons and appeals, within the case of their notice.

A reversed decision stays shown, and says that it is. What whoever contested it wrote is never shown; what the platform
answered is, as its reasons are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from mufakat.rules import clock
from mufakat.rules.entry import (
    Happened,
    Parties,
    Projected,
    Sheet,
    Terms,
    instant,
    is_named,
    json_of,
    made,
    text_of,
)
from mufakat.rules.events import EventType
from mufakat.rules.notice import Category
from mufakat.rules.profile_shape import Calendar, Duration
from mufakat.rules.publicity import A_USER, Because, public_words


@dataclass(frozen=True, slots=True)
class Case:
    """What the entries of a case have in common.

    `delay` is by what the profile publishes later, with its calendars; `places` are kinds and hosts of the locators,
    None where those are erased.
    """

    first: Happened
    parties: Parties
    category: str | None
    places: list[dict[str, str]] | None
    delay: tuple[Duration, Sequence[Calendar]] | None
    undisclosed_until: datetime | None
    at: datetime

    @property
    def sender(self) -> str | None:
        """The sender's handle where it is named in public."""
        return self.first.sender if is_named(self.first.sender, self.parties) else None

    @property
    def protected(self) -> Because | None:
        """Why nothing may lead to the content (I-15); where the category is not known, it may be the worst."""
        if self.category is None:
            return Because.NOT_RECORDED
        return Because.CHILD_PROTECTION if self.category == Category.CHILD_SEXUAL_ABUSE else None

    def terms(self, event: Happened) -> Terms:
        """What hides fields of an entry that this event began."""
        delayed = None
        if self.delay is not None:
            duration, calendars = self.delay
            delayed = clock.due_at(duration, at=event.at, calendars=calendars)
        return Terms(delayed_until=delayed, undisclosed_until=self.undisclosed_until, protected=self.protected)

    def put_sides(self, sheet: Sheet) -> None:
        """Who asked, and who decides."""
        sheet.put("sender", self.sender or A_USER)
        self.put_recipient(sheet)

    def put_recipient(self, sheet: Sheet) -> None:
        """Who decides."""
        recipient = self.first.recipient
        sheet.put("recipient", recipient if is_named(recipient, self.parties) else A_USER)

    def put_locators(self, sheet: Sheet) -> None:
        """What is pointed at, by kind and host."""
        sheet.put("locators", self.places)
        if self.places is None:
            sheet.hide("locators", Because.ERASED)

    def put_category(self, sheet: Sheet) -> None:
        """The category."""
        sheet.put("category", self.category)
        if self.category is None:
            sheet.hide("category", Because.NOT_RECORDED)


@dataclass(slots=True)
class Verdict:
    """A decision and how it stands."""

    id: str
    made: Happened
    outcome: str
    statement: str | None
    measures: dict[str, str] = field(default_factory=dict)
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
    state: str = "lodged"


IRREVERSIBLE = frozenset({"terminate_account", "close_channel"})
_MEASURES: Mapping[str, str] = MappingProxyType(
    {
        EventType.MEASURE_APPROVED: "ordered",
        EventType.MEASURE_DECLINED: "declined",
        EventType.MEASURE_CONFIRMED: "confirmed",
        EventType.MEASURE_FAILED: "failed",
        EventType.MEASURE_ENDED: "reverting",
        EventType.MEASURE_REVERTED: "reverted",
    }
)
_UNDONE: Mapping[str, str] = MappingProxyType(
    {"proposed": "declined", "failed": "declined", "ordered": "reverting", "confirmed": "reverting"}
)
"""Where a measure stands once the decision behind it is reversed; every other state stays."""
_RESOLVED: Mapping[str, str] = MappingProxyType(
    {
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
    elif event.type == EventType.APPEAL_LODGED:
        if (found := event.ref("apl_")) is not None and found not in contests:
            verdict = _decided(event, verdicts)
            contests[found] = Contest(found, verdict.id if verdict else None, text_of(event, "standing"), [event])
            if verdict is not None:
                verdict.appeals.append(found)
    elif event.type in _RESOLVED:
        return _resolved(event, verdicts, contests)
    elif (verdict := _decided(event, verdicts)) is not None:
        _moved(event, verdict)
    return False


def _verdict(id_: str, event: Happened) -> Verdict:
    outcome = text_of(event, "outcome") or "unknown"
    measures = {
        item["measure"]: "proposed" if item.get("name") in IRREVERSIBLE else "ordered" for item in _items(event)
    }
    return Verdict(id_, event, outcome, event.ref("sor_"), measures, steps=[event], statement_steps=[event])


def _items(event: Happened) -> list[dict[str, Any]]:
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
            before, after = verdict.measures[measure], _MEASURES[event.type]
            # What could not be undone yet stays to be undone; what never began is declined.
            failed = event.type == EventType.MEASURE_FAILED and before == "reverting"
            ended = event.type == EventType.MEASURE_ENDED and before == "failed"
            verdict.measures[measure] = before if failed else "declined" if ended else after
        verdict.steps.append(event)


def _resolved(event: Happened, verdicts: Mapping[str, Verdict], contests: Mapping[str, Contest]) -> bool:
    contest = contests.get(event.ref("apl_") or "")
    if contest is None:
        return False
    contest.state = _RESOLVED[event.type]
    contest.steps.append(event)
    verdict = verdicts.get(contest.verdict or "") or _decided(event, verdicts)
    if verdict is None or contest.state not in {"reversed", "partly"}:
        return False
    verdict.steps.append(event)
    verdict.reversed_at = event.at
    acted = bool(verdict.measures)
    whole = contest.state == "reversed" and (not acted or contest.standing != "sender")
    verdict.state = "reversed" if whole else "partly_reversed"
    # Who is affected contests what was done: it is undone. The sender contests what was not: it is decided anew.
    if not acted or contest.standing == "sender":
        return True
    named = json_of(event, "items")
    for measure, state in verdict.measures.items():
        if contest.state == "reversed" or (isinstance(named, list) and _names(named, measure)):
            verdict.measures[measure] = _UNDONE.get(state, state)
    return False


def _names(items: list[Any], measure: str) -> bool:
    return any(one == measure or (isinstance(one, dict) and one.get("measure") == measure) for one in items)


def decision_entry(verdict: Verdict, case: Case) -> Projected:
    """The entry of a decision."""
    sheet = Sheet("decision", case.terms(verdict.made), case.at)
    case.put_sides(sheet)
    sheet.put("decided_at", instant(verdict.made.at))
    for name in ("informed_at", "reversed_at"):
        if (at := getattr(verdict, name)) is not None:
            sheet.put(name, instant(at))
    _put_reasons(sheet, verdict, case)
    return made(
        sheet,
        id_=verdict.id,
        state=verdict.state,
        title=_title(sheet, "outcome", "category", "recipient"),
        steps=verdict.steps,
        related=[case.first.case, *([verdict.statement] if verdict.statement else []), *verdict.appeals],
    )


def statement_entry(verdict: Verdict, case: Case) -> Projected:
    """The entry of a statement of reasons."""
    sheet = Sheet("statement", case.terms(verdict.made), case.at)
    case.put_recipient(sheet)
    sheet.put("made_at", instant(verdict.made.at))
    for name in ("given_at", "submitted_at"):
        if (at := getattr(verdict, name)) is not None:
            sheet.put(name, instant(at))
    _put_reasons(sheet, verdict, case)
    state = "given" if verdict.given_at is not None else "made"
    return made(
        sheet,
        id_=verdict.statement or "",
        state=state,
        title=_title(sheet, "outcome", "category", "recipient"),
        steps=verdict.statement_steps,
        related=[verdict.id, case.first.case],
        second=True,
    )


def appeal_entry(contest: Contest, case: Case) -> Projected:
    """The entry of an appeal: who contests, as what they stand, and what came of it."""
    lodged = contest.steps[0]
    sheet = Sheet("appeal", case.terms(lodged), case.at)
    case.put_recipient(sheet)
    case.put_category(sheet)
    sheet.put("standing", contest.standing)
    sheet.put("lodged_at", instant(lodged.at))
    for event in contest.steps[1:]:
        sheet.put("resolved_at", instant(event.at))
        _put_words(sheet, "resolution", event, "reasons")
    return made(
        sheet,
        id_=contest.id,
        state=contest.state,
        title=_title(sheet, "standing", "recipient"),
        steps=contest.steps,
        related=[*([contest.verdict] if contest.verdict else []), case.first.case],
    )


def put_ground(sheet: Sheet, event: Happened, opening: str) -> None:
    """The law or the clause that something stands on.

    The lines were typed by people; where nothing may lead to the content, of a law whose it is stands alone.
    """
    ground = json_of(event, opening)
    if isinstance(ground, dict):
        for name in ("legal_ground", "terms_ground"):
            if isinstance(lines := ground.get(name), dict):
                kept = {"system"} if sheet.protected is not None else lines.keys()
                said = {key: public_words(one) for key, one in lines.items() if key in kept and isinstance(one, str)}
                sheet.put(name, said or None)
                if not said and sheet.protected is not None:
                    sheet.hide(name, sheet.protected)
    elif opening in event.openings:
        sheet.hide("legal_ground", Because.ERASED)
    else:
        sheet.hide("legal_ground", Because.NOT_RECORDED)


def _title(sheet: Sheet, *names: str) -> tuple[str, ...]:
    return tuple(sheet.fields[name] for name in names if name in sheet.fields)


def _put_reasons(sheet: Sheet, verdict: Verdict, case: Case) -> None:
    """What a decision and its statement both say."""
    event = verdict.made
    case.put_category(sheet)
    sheet.put("outcome", verdict.outcome)
    for name in ("refusal", "language"):
        sheet.put(name, text_of(event, name) or None)
    sheet.put("automated", json_of(event, "automated"))
    sheet.put("measures", [_measure(item, verdict, case) for item in _items(event)] or None)
    put_ground(sheet, event, "ground")
    _put_words(sheet, "reasons", event, "reasons")
    if "facts" in event.openings:
        sheet.hide("facts", Because.PERSONAL)


def _put_words(sheet: Sheet, name: str, event: Happened, opening: str) -> None:
    words = text_of(event, opening)
    if words is not None:
        sheet.put(name, public_words(words))
    elif opening in event.openings:
        sheet.hide(name, Because.ERASED)


def _measure(item: dict[str, Any], verdict: Verdict, case: Case) -> dict[str, Any]:
    """One measure: what, about which kind of thing, until when, where, and how it stands."""
    found: dict[str, Any] = {"name": item.get("name"), "state": verdict.measures[item["measure"]]}
    place, places = item.get("locator"), case.places
    if case.protected is None and places and isinstance(place, int) and 0 <= place < len(places):
        found["about"] = places[place]
    for name in ("ends_at", "territory"):
        if item.get(name):
            found[name] = item[name]
    return msgspec.to_builtins(found)  # type: ignore[no-any-return]  # A dictionary goes in, and comes out.
