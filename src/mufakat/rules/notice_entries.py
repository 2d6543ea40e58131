"""The entries of a notice's case: the notice itself, the decisions on it, their statements, and the appeals.

One walk over the history says how each stands; then each sheet is filled through `publicity`. An event that a later
version writes and this one does not know moves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from mufakat import locator
from mufakat.rules import profile
from mufakat.rules.decision_entries import Case, appeal_entry, decision_entry, put_ground, statement_entry
from mufakat.rules.entry import (
    Happened,
    Parties,
    Projected,
    Sheet,
    instant,
    json_of,
    made,
    text_of,
)
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.profile_shape import Calendar, Duration
from mufakat.rules.publicity import Because
from mufakat.rules.rulings import Contest, Verdict, ruled

PUBLIC = frozenset(
    {
        *(EventType.NOTICE_RECEIVED, EventType.NOTICE_DELIVERED, EventType.NOTICE_SEEN),
        *(EventType.NOTICE_ACKNOWLEDGED, EventType.NOTICE_WITHDRAWN, EventType.NOTICE_CLOSED),
        *(EventType.NOTICE_ERASED, EventType.INFORMATION_ASKED, EventType.CLOCK_BREACHED, EventType.DECISION_MADE),
    }
)
"""The steps of a notice that the public sees; what the two sides say to each other is none of them."""

_TIMES: Mapping[str, str] = MappingProxyType(
    {
        EventType.NOTICE_DELIVERED: "delivered_at",
        EventType.NOTICE_SEEN: "seen_at",
        EventType.NOTICE_ACKNOWLEDGED: "acknowledged_at",
        EventType.NOTICE_CLOSED: "closed_at",
        EventType.NOTICE_WITHDRAWN: "withdrawn_at",
    }
)
_STATES: Mapping[str, NoticeState] = MappingProxyType(
    {
        EventType.NOTICE_ACKNOWLEDGED: NoticeState.ACKNOWLEDGED,
        EventType.INFORMATION_ASKED: NoticeState.NEEDS_INFORMATION,
        EventType.DECISION_MADE: NoticeState.DECIDED,
        EventType.NOTICE_WITHDRAWN: NoticeState.WITHDRAWN,
        EventType.NOTICE_CLOSED: NoticeState.CLOSED,
    }
)


@dataclass(slots=True)
class _Walk:
    """What a history comes to."""

    state: NoticeState = NoticeState.RECEIVED
    times: dict[str, datetime] = field(default_factory=dict)
    overdue: list[str] = field(default_factory=list)
    erased: bool = False
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    contests: dict[str, Contest] = field(default_factory=dict)


def project(history: Sequence[Happened], parties: Parties, at: datetime) -> Iterable[Projected]:
    """The entries of a notice."""
    first = history[0]
    if first.type != EventType.NOTICE_RECEIVED:
        return
    walk = _walked(history)
    subject = _subject(first)
    case = Case(
        first=first,
        parties=parties,
        category=subject.get("category"),
        places=_places(first),
        delay=_delay(subject),
        undisclosed_until=_undisclosed_until(subject),
        at=at,
    )
    yield _notice_entry(history, walk, subject, case)
    for verdict in walk.verdicts.values():
        yield decision_entry(verdict, case)
        if verdict.statement is not None:
            yield statement_entry(verdict, case)
    for contest in walk.contests.values():
        yield appeal_entry(contest, case)


def _walked(history: Sequence[Happened]) -> _Walk:
    walk = _Walk()
    sender = history[0].sender
    for event in history:
        if (name := _TIMES.get(event.type)) is not None:
            walk.times.setdefault(name, event.at)
        if (state := _STATES.get(event.type)) is not None:
            walk.state = state
        elif event.type == EventType.MESSAGE_SENT and event.sender == sender:
            # What the sender writes while the recipient waits for information is the answer (`talk.after_message`).
            if walk.state is NoticeState.NEEDS_INFORMATION:
                walk.state = NoticeState.ACKNOWLEDGED
        elif event.type == EventType.CLOCK_BREACHED:
            walk.overdue += [name for name in (text_of(event, "clock"),) if name and name not in walk.overdue]
        elif event.type == EventType.NOTICE_ERASED:
            walk.erased = True
        if ruled(event, walk.verdicts, walk.contests) and walk.state in {NoticeState.DECIDED, NoticeState.CLOSED}:
            walk.state = NoticeState.ACKNOWLEDGED  # Reversed, and to be decided anew.
            walk.times.pop("closed_at", None)
    return walk


def _notice_entry(history: Sequence[Happened], walk: _Walk, subject: dict[str, Any], case: Case) -> Projected:
    first = case.first
    sheet = Sheet("notice", case.terms(first), case.at)
    case.put_sides(sheet)
    sheet.put("law", first.law)
    sheet.put("received_at", instant(first.at))
    for name, at in walk.times.items():
        sheet.put(name, instant(at))
    if walk.verdicts:
        last = list(walk.verdicts.values())[-1]
        sheet.put("decided_at", instant(last.made.at))
        sheet.put("outcome", last.outcome)
    sheet.put("overdue", walk.overdue or None)
    sheet.put("erased", walk.erased or None)
    _put_subject(sheet, subject)
    put_ground(sheet, first, "legal_ground")
    case.put_locators(sheet)
    title = [sheet.fields[name] for name in ("kind", "category", "sender", "recipient") if name in sheet.fields]
    return made(
        sheet,
        id_=first.case,
        state=walk.state.value,
        title=tuple(title),
        steps=[one for one in history if one.type in PUBLIC],
        related=[*walk.verdicts, *walk.contests, *_mandates(first, case)],
    )


def _subject(first: Happened) -> dict[str, Any]:
    found = json_of(first, "subject")
    return found if isinstance(found, dict) else {}


def _put_subject(sheet: Sheet, subject: dict[str, Any]) -> None:
    for name in ("kind", "urgency", "category", "territory", "measures_asked"):
        sheet.put(name, subject.get(name) or None)
        if not subject and name in {"kind", "category"}:
            sheet.hide(name, Because.NOT_RECORDED)
    sheet.put("non_disclosure", (subject.get("non_disclosure") or {}).get("until"))


def _places(first: Happened) -> list[dict[str, str]] | None:
    """Of each locator its kind, and the host where there is one (I-16); None where they are erased."""
    found = json_of(first, "locators")
    if not isinstance(found, list):
        return None
    return [_place(one) for one in found if isinstance(one, str)]


def _place(canonical: str) -> dict[str, str]:
    found = locator.parse(canonical)
    if not isinstance(found, locator.Locator):
        return {"kind": "other"}
    place = {"kind": found.kind.value}
    if (host := found.host) is not None:
        place["host"] = host
    return place


def _mandates(first: Happened, case: Case) -> list[str]:
    """What it was sent under; of a sender who is not named, nothing that would name it."""
    return [one for one in first.refs if one.startswith("mnd_")] if case.sender is not None else []


class _Later(msgspec.Struct, frozen=True):
    """By what an adopted profile publishes later (`said.delay_of`)."""

    delay: Duration
    calendars: tuple[Calendar, ...] = ()


def _delay(subject: dict[str, Any]) -> Any:
    """By what the profile that a notice runs by publishes later; None where it does at once."""
    if told := subject.get("publication"):
        try:
            found = msgspec.convert(told, _Later)
        except msgspec.ValidationError:
            return None
        return found.delay, found.calendars
    name = subject.get("profile")
    if name not in profile.names():
        return None
    shipped = profile.load(name)
    return (shipped.publication.delay, shipped.calendars) if shipped.publication is not None else None


def _undisclosed_until(subject: dict[str, Any]) -> datetime | None:
    told = subject.get("non_disclosure")
    try:
        return datetime.fromisoformat(told["until"]) if isinstance(told, dict) else None
    except (KeyError, TypeError, ValueError):
        return None
