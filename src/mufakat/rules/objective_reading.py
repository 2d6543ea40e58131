"""Read objectives and reviews: every fault of the bytes at once, each with its pointer.

What the shape means is judged here: days that are days, goals that this kind of party can have, figures that people
may write down, and nothing twice. Whether a seat or an objective exists is asked of the rows. Time is a value.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from msgspec import Struct, inspect

from mufakat.rules import objective
from mufakat.rules.errors import BadGovernanceError
from mufakat.rules.fault import FaultCode, Faults, within
from mufakat.rules.objective import (
    MAX_BYTES,
    RECORDED,
    DoneIn,
    Followup,
    FollowupIn,
    Objective,
    ObjectiveEndIn,
    ObjectiveIn,
    RecordedIn,
    Review,
    ReviewIn,
    YearIn,
)
from mufakat.rules.parties import PartyKind
from mufakat.rules.reading import UNREAD, check_foreign, parse_json, read as read_value

LONGEST = timedelta(days=3_660)
"""Ten years; a later day is a slip of the pen."""

T = TypeVar("T", bound=Struct)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

_TYPES: Mapping[type[Struct], inspect.Type] = {
    kind: inspect.type_info(kind) for kind in (ObjectiveIn, ReviewIn, ObjectiveEndIn, DoneIn, YearIn)
}


def read_objective(raw: bytes, *, kind: PartyKind, at: datetime) -> Objective:
    """The objective in these bytes, of a party of this kind; BadGovernanceError with every fault found."""
    faults = Faults()
    draft = _shape(raw, ObjectiveIn, faults)
    first = _day(draft.review_on, "/review_on", faults, at=at)
    if draft.figure and not objective.is_open_to(draft.figure, kind):
        detail = "This is measured of parties that can hold a mandate; yours cannot."
        faults.add("/figure", FaultCode.NOT_ENTITLED, detail)
    _refuse(faults)
    return Objective(
        figure=draft.figure,
        title=draft.title,
        at_least=draft.at_least,
        owner=draft.owner,
        every_days=draft.every_days,
        review_on=first or objective.next_review(at.date(), every_days=draft.every_days),
        evidence=draft.evidence,
        agreement=draft.agreement,
    )


def read_review(raw: bytes, *, at: datetime) -> Review:
    """The review in these bytes; BadGovernanceError with every fault found."""
    faults = Faults()
    draft = _shape(raw, ReviewIn, faults)
    _judge_recorded(draft.recorded or (), faults)
    followups = [_followup(one, place, faults, at=at) for place, one in enumerate(draft.followups or ())]
    for name in ("present", "objectives"):
        _judge_repeated(getattr(draft, name) or (), f"/{name}", faults)
    _refuse(faults)
    return Review(
        minutes=draft.minutes,
        present=draft.present,
        objectives=draft.objectives,
        recorded=draft.recorded,
        followups=tuple(one for one in followups if one is not None),
    )


def read_reason(raw: bytes) -> str:
    """Why an objective ends."""
    return _sound(raw, ObjectiveEndIn).reason


def read_done(raw: bytes) -> str:
    """What was done about a follow-up."""
    return _sound(raw, DoneIn).note


def read_year(raw: bytes) -> int:
    """The year whose report is to be published."""
    return _sound(raw, YearIn).year


def _sound(raw: bytes, kind: type[T]) -> T:
    faults = Faults()
    draft = _shape(raw, kind, faults)
    _refuse(faults)
    return draft


def _shape(raw: bytes, kind: type[T], faults: Faults) -> T:
    """The draft, UNREAD in the places that could not be read; BadGovernanceError where nothing could be."""
    if len(raw) > MAX_BYTES:
        faults.add("", FaultCode.TOO_LARGE, f"At most {MAX_BYTES} bytes are taken; these are {len(raw)}.")
        _refuse(faults)
    document = parse_json(raw, faults)
    if document is not UNREAD:
        check_foreign(document, "", faults, depth=0)
        _judge_texts(document, "", faults)
        _refuse(faults)
    draft: Any = read_value(document, _TYPES[kind], "", faults) if document is not UNREAD else None
    if not draft:
        raise BadGovernanceError(faults.found)
    found: T = draft
    return found


def _judge_texts(value: Any, pointer: str, faults: Faults) -> None:
    """No text rewrites a screen or a sheet; line breaks and tabs are taken."""
    if isinstance(value, str) and (found := _CONTROL.search(value)):
        detail = f"Character {found.start() + 1} is a control character; only line breaks and tabs are taken."
        faults.add(pointer, FaultCode.BAD_TEXT, detail)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            _judge_texts(one, f"{pointer}/{place}", faults)
    elif isinstance(value, dict):
        for name, one in value.items():
            _judge_texts(one, within(pointer, name), faults)


def _refuse(faults: Faults) -> None:
    if faults.found:
        raise BadGovernanceError(faults.found)


def _day(text: str | None, pointer: str, faults: Faults, *, at: datetime) -> date | None:
    """The day, not before today and not beyond ten years."""
    if text is None or text is UNREAD:
        return None
    today = at.date()
    try:
        found = date.fromisoformat(text)
    except ValueError:
        faults.add(pointer, FaultCode.BAD_DATE, "There is no such day in the calendar.")
        return None
    if not today <= found <= today + LONGEST:
        faults.add(pointer, FaultCode.BAD_DATE, "The day lies between today (UTC) and ten years from now.")
    return found


def _followup(one: FollowupIn, place: int, faults: Faults, *, at: datetime) -> Followup | None:
    if one is UNREAD:
        return None
    due = _day(one.due_on, f"/followups/{place}/due_on", faults, at=at)
    return Followup(one.text, one.owner, due) if due is not None else None


def _judge_recorded(recorded: Sequence[RecordedIn], faults: Faults) -> None:
    seen = set()
    for place, one in enumerate(recorded):
        if one is UNREAD or not one.figure:
            continue
        pointer = f"/recorded/{place}"
        if one.figure not in RECORDED:
            listed = ", ".join(sorted(figure.value for figure in RECORDED))
            detail = f"The program counts this by itself; people write down: {listed}."
            faults.add(f"{pointer}/figure", FaultCode.NOT_IN_LIST, detail)
        if one.figure in seen:
            faults.add(f"{pointer}/figure", FaultCode.REPEATED_ITEM, "This figure stands here already.")
        seen.add(one.figure)
        if one.part is not UNREAD and one.whole is not UNREAD and one.part > one.whole:
            faults.add(f"{pointer}/part", FaultCode.BAD_NUMBER, "So many of so many: the part is not above the whole.")


def _judge_repeated(items: Sequence[str], pointer: str, faults: Faults) -> None:
    seen: set[str] = set()
    for place, one in enumerate(items):
        if one is not UNREAD and one in seen:
            faults.add(f"{pointer}/{place}", FaultCode.REPEATED_ITEM, "This stands in the list already.")
        seen.add(one)
