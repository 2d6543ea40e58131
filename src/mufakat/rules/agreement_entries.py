"""The entry of an agreement: who agrees with whom, under which profile, and how each point stands.

What is talked about stays between those who talk: of a point that is not in force the public sees its name and its
state. Once in force its text is shown in both languages, with owner and due time; proposals and notes never are. What
people wrote is shown without what leads to a person (`public_words`): the counterparties read the whole of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from mufakat.rules.agreement import OPEN, AgreementState, PointState
from mufakat.rules.entry import Happened, Parties, Projected, Sheet, Terms, instant, is_named, json_of, made
from mufakat.rules.events import EventType
from mufakat.rules.publicity import A_USER, Because, public_words

_POINT_STATES: Mapping[str, PointState] = MappingProxyType(
    {
        EventType.POINT_PROPOSED: PointState.PROPOSED,
        EventType.POINT_COUNTERED: PointState.COUNTERED,
        EventType.POINT_AGREED: PointState.AGREED,
        EventType.POINT_DECLINED: PointState.FAILED,
        EventType.POINT_WITHDRAWN: PointState.WITHDRAWN,
    }
)
_ALWAYS: Final = frozenset(
    {EventType.AGREEMENT_OPENED, EventType.AGREEMENT_IN_FORCE, EventType.AGREEMENT_ENDED, EventType.POINT_AGREED}
)
_NEWEST: Final = frozenset({EventType.OBLIGATION_CHANGED, EventType.REOPENING_FULFILLED, EventType.REOPENING_LOST})
PUBLIC: Final = _ALWAYS | _NEWEST
"""The steps of an agreement that the public sees; of those that come again and again the newest of each alone."""

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Version:
    """What was in force from a time on: the frame, and of each point the version."""

    number: int
    from_at: datetime
    frame: Mapping[str, Any]
    points: Mapping[str, int]


@dataclass(slots=True)
class _Walk:
    """What a history comes to."""

    states: dict[Key, tuple[PointState, datetime]] = field(default_factory=dict)
    terms: dict[Key, Any] = field(default_factory=dict)
    versions: list[_Version] = field(default_factory=list)
    obligations: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    reopening: dict[str, Any] = field(default_factory=dict)
    newest: dict[Any, Happened] = field(default_factory=dict)
    ended_at: datetime | None = None


def project(history: Sequence[Happened], parties: Parties, at: datetime) -> Iterable[Projected]:
    """The entry of an agreement, from the talks on."""
    first = history[0]
    if first.type != EventType.AGREEMENT_OPENED:
        return
    walk = _walked(history)
    begun = [one for one in walk.versions if one.from_at <= at]
    waiting = [one.from_at for one in walk.versions if one.from_at > at]
    sheet = Sheet("agreement", Terms(), at)
    handles = [_named(one, parties) for one in json_of(first, "parties") or () if isinstance(one, str)]
    _put_text(sheet, "title", json_of(first, "title"))
    sheet.put("parties", handles or None)
    sheet.put("opened_at", instant(first.at))
    if begun:
        _put_in_force(sheet, begun)
    sheet.put("ended_at", instant(walk.ended_at) if walk.ended_at is not None else None)
    sheet.put("points", list(_points(walk, begun, parties)) or None)
    sheet.put("obligations", list(_owed(walk, begun)) or None)
    sheet.put("reopening", _reopening(walk, begun))
    if walk.ended_at is not None:
        state = AgreementState.ENDED
    else:
        state = AgreementState.IN_FORCE if begun else AgreementState.TALKS
    kept = {one.id for one in walk.newest.values()}
    yield made(
        sheet,
        id_=first.case,
        state=state.value,
        title=tuple(handles),
        steps=[one for one in history if one.type in _ALWAYS or one.id in kept],
        changes_at=min(waiting, default=None),
    )


def _walked(history: Sequence[Happened]) -> _Walk:
    walk = _Walk()
    for event in history:
        if (state := _POINT_STATES.get(event.type)) is not None:
            _move_point(walk, event, state)
        elif event.type == EventType.AGREEMENT_IN_FORCE:
            walk.versions += _version_of(event)
        elif event.type == EventType.OBLIGATION_CHANGED:
            _move_obligation(walk, event)
        elif event.type in {EventType.REOPENING_FULFILLED, EventType.REOPENING_LOST}:
            holds = event.type == EventType.REOPENING_FULFILLED
            walk.reopening = {"holds": holds, "since": instant(event.at)}
            walk.newest[event.type] = event
        elif event.type == EventType.AGREEMENT_ENDED:
            walk.ended_at = event.due or event.at
    return walk


def _move_point(walk: _Walk, event: Happened, state: PointState) -> None:
    said = json_of(event, "point")
    if not isinstance(said, dict) or not isinstance(said.get("name"), str) or not isinstance(said.get("version"), int):
        return
    key = (said["name"], said["version"])
    walk.states[key] = (state, event.at)
    if state in {PointState.PROPOSED, PointState.COUNTERED}:
        walk.terms[key] = json_of(event, "terms")  # The last one on the table is the one that is agreed.


def _version_of(event: Happened) -> Iterator[_Version]:
    said = json_of(event, "version")
    if not isinstance(said, dict):
        return
    points, frame = said.get("points"), said.get("frame")
    yield _Version(
        number=said["number"] if isinstance(said.get("number"), int) else 0,
        from_at=event.due if event.due is not None else event.at,
        frame=frame if isinstance(frame, dict) else {},
        points=dict(_versions_of(points)) if isinstance(points, list) else {},
    )


def _versions_of(points: Sequence[Any]) -> Iterator[Key]:
    for said in points:
        if isinstance(said, dict) and isinstance(said.get("name"), str) and isinstance(said.get("version"), int):
            yield said["name"], said["version"]


def _move_obligation(walk: _Walk, event: Happened) -> None:
    said = json_of(event, "obligation")
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in ("point", "kind", "state")):
        return
    party = said.get("party")
    key = (said["point"], said["kind"], party if isinstance(party, str) else "")
    shown = {name: said[name] for name in ("point", "kind", "party", "state") if said.get(name)}
    # What was counted stays between the parties; how it stands does not.
    walk.obligations[key] = {**shown, "since": instant(event.at)}
    walk.newest[key] = event


def _put_in_force(sheet: Sheet, begun: Sequence[_Version]) -> None:
    """The frame that is in force, or was in force last, and since when there is one."""
    last = begun[-1]
    sheet.put("in_force_at", instant(begun[0].from_at))
    sheet.put("version", last.number)
    ends = [instant(after.from_at) for after in begun[1:]]
    sheet.put(
        "versions",
        [
            {"number": one.number, "from_at": instant(one.from_at)} | ({"until": ends[place]} if ends[place:] else {})
            for place, one in enumerate(begun)
        ],
    )
    for name in ("profile", "categories", "automatic"):
        sheet.put(name, last.frame.get(name) or None)
    sheet.put("ends_at", _moment(last.frame.get("ends_at")))


def _owed(walk: _Walk, begun: Sequence[_Version]) -> Iterator[dict[str, Any]]:
    """How each obligation stands of the points in force, or that were last; what a newer version dropped is gone."""
    last = begun[-1].points if begun else {}
    for point, kind, party in sorted(walk.obligations):
        terms = walk.terms.get((point, last.get(point, 0)))
        asked = terms.get("obligations") if isinstance(terms, dict) else None
        kinds = {one.get("kind") for one in asked if isinstance(one, dict)} if isinstance(asked, list) else {kind}
        if point in last and kind in kinds:
            yield walk.obligations[point, kind, party]


def _points(walk: _Walk, begun: Sequence[_Version], parties: Parties) -> Iterator[dict[str, Any]]:
    """Of each point what is in force, or was last, and besides that what is talked about, or came to nothing."""
    last = begun[-1].points if begun else {}
    been = {(name, version) for one in begun for name, version in one.points.items()}
    since = {key: min(one.from_at for one in begun if one.points.get(key[0]) == key[1]) for key in been}
    ended = walk.ended_at is not None
    for name in sorted({name for name, _ in walk.states} | set(last)):
        if name in last:
            key = (name, last[name])
            state = PointState.ENDED if ended else PointState.IN_FORCE
            yield {**_head(key, state, since[key]), **_terms_of(walk.terms.get(key), parties)}
        newest = max((key for key in walk.states if key[0] == name), default=None)
        if newest is not None and newest not in been:
            state, moved = walk.states[newest]
            yield _head(newest, PointState.ENDED if ended and state in OPEN else state, moved)


def _head(key: Key, state: PointState, since: datetime) -> dict[str, Any]:
    return {"name": key[0], "state": state.value, "version": key[1], "since": instant(since)}


def _terms_of(terms: Any, parties: Parties) -> dict[str, Any]:
    """What the public sees of a point that is, or was, in force."""
    if not isinstance(terms, dict):
        return {}
    found: dict[str, Any] = {}
    if isinstance(terms.get("owner"), str):
        found["owner"] = _named(terms["owner"], parties)
    if (due := _moment(terms.get("due_at"))) is not None:
        found["due_at"] = due
    if (text := _both(terms.get("text"))) is not None:
        found["text"] = text
    return found


def _reopening(walk: _Walk, begun: Sequence[_Version]) -> dict[str, Any] | None:
    """What opens again what was closed, whether it is there, and since when that is so."""
    condition = begun[-1].frame.get("reopening") if begun else None
    if not isinstance(condition, dict):
        return None
    asked = {name: list(condition[name]) for name in ("all_of", "any_of") if condition.get(name)}
    return {**asked, **(walk.reopening or {"holds": False})}


def _put_text(sheet: Sheet, name: str, said: Any) -> None:
    shown = _both(said)
    sheet.put(name, shown)
    if shown is None:
        sheet.hide(name, Because.ERASED)


def _both(said: Any) -> dict[str, str] | None:
    """A text in both languages, without what leads to a person."""
    if not isinstance(said, dict) or not all(isinstance(said.get(language), str) for language in ("id", "en")):
        return None
    return {language: public_words(said[language]) for language in ("id", "en")}


def _named(handle: str, parties: Parties) -> str:
    return handle if is_named(handle, parties) else A_USER


def _moment(text: Any) -> str | None:
    """A time as somebody wrote it, as everything here writes it."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return instant(found) if found is not None and found.tzinfo is not None else None
