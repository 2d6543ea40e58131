"""The entries of decisions, statements of reasons and appeals, within the case of their notice.

A reversed decision stays shown, and says that it is. What whoever contested it wrote is never shown; what the platform
answered is, as its reasons are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
from mufakat.rules.rulings import Contest, Verdict, items_of


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
    sheet.put("level", contest.level)
    sheet.put("body", public_words(contest.body) if contest.body else None)
    sheet.put("lodged_at", instant(lodged.at))
    for event in contest.steps[1:]:
        sheet.put("resolved_at", instant(event.at))
        _put_words(sheet, "resolution", event, "note" if event.type == EventType.DISPUTE_SETTLED else "reasons")
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
    sheet.put("measures", [_measure(item, verdict, case) for item in items_of(event)] or None)
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
    found: dict[str, Any] = {"name": item.get("name"), "state": verdict.measures[item["measure"]].value}
    place, places = item.get("locator"), case.places
    if case.protected is None and places and isinstance(place, int) and 0 <= place < len(places):
        found["about"] = places[place]
    for name in ("ends_at", "territory"):
        if item.get(name):
            found[name] = item[name]
    return msgspec.to_builtins(found)  # type: ignore[no-any-return]  # A dictionary goes in, and comes out.
