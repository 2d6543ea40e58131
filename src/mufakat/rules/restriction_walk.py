"""How a restriction stands by its history, and how it stands at each of its operators. Pure.

What an operator says is believed until its resolvers are seen to answer otherwise, and what they are seen to answer
counts although it says nothing: an operator whose resolvers all answer for what was lifted has opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mufakat.rules.entry import Happened, json_of, text_of
from mufakat.rules.events import EventType
from mufakat.rules.overdue import Step
from mufakat.rules.probing import together
from mufakat.rules.restriction import LIVE, CarryingState, RestrictionState, Sighting

_BY: Final = frozenset({"authority", "house"})


@dataclass(slots=True)
class Hands:
    """A restriction at one operator; `named_at` is when the ladder against it came to where everybody is told."""

    state: CarryingState
    since: datetime
    applied: bool = False
    said_open: bool = False
    named_at: datetime | None = None
    sights: dict[tuple[str, str], tuple[Sighting, datetime]] = field(default_factory=dict)  # By resolver and name.


@dataclass(slots=True)
class Walk:
    """What a history comes to. `newest` are the events of operators that the public sees, the last of each kind."""

    state: RestrictionState = RestrictionState.PROPOSED
    times: dict[str, datetime] = field(default_factory=dict)
    approvals: int = 0
    names: frozenset[str] | None = None  # None: erased.
    lifted: set[str] = field(default_factory=set)
    by: str | None = None
    hands: dict[str, Hands] = field(default_factory=dict)
    newest: dict[tuple[str, str], str] = field(default_factory=dict)
    shadow: bool = False  # It closed nothing: there is nothing to open.

    def is_off(self, name: str) -> bool:
        """Whether a name is off the lists."""
        return self.state not in LIVE or name in self.lifted


def walked(history: Sequence[Happened], order: Mapping[str, Any]) -> Walk:
    """What a history comes to that begins with the proposal of this order."""
    first = history[0]
    walk = Walk(names=_names_of(first), shadow=order.get("shadow") is True)
    walk.times["proposed_at"] = first.at
    for handle in texts_of(order.get("operators")):
        walk.hands[handle] = Hands(CarryingState.WAITING, first.at)
    for event in history[1:]:
        _move(walk, event)
    return walk


def seen_of(walk: Walk, hands: Hands) -> tuple[Sighting, datetime] | None:
    """What an operator's resolvers answer together: for what is to be open, or where nothing is, for what is closed."""
    off = [one for (_, name), one in hands.sights.items() if walk.is_off(name)]
    found = off or list(hands.sights.values())
    if not found:
        return None
    state = together({one for one, _ in found})
    return state, max(since for one, since in found if one is state or state is Sighting.SILENT)


def texts_of(said: Any) -> list[str]:
    """The texts in a list that somebody wrote."""
    return [one for one in said if isinstance(one, str)] if isinstance(said, list) else []


def _move(walk: Walk, event: Happened) -> None:
    """One event; a type that this version does not know moves nothing."""
    match event.type:
        case EventType.RESTRICTION_APPROVED:
            walk.approvals += 1
            if walk.approvals > 1 and walk.state is RestrictionState.PROPOSED:
                walk.state = RestrictionState.APPROVED
                walk.times["approved_at"] = event.at
        case EventType.RESTRICTION_REFUSED:
            walk.state = RestrictionState.REFUSED
            walk.times["ended_at"] = event.at
        case EventType.RESTRICTION_ANSWERED:
            walk.times.setdefault("answered_at", event.at)
        case EventType.RESTRICTION_PUBLISHED:
            walk.state = RestrictionState.PUBLISHING
            walk.times["published_at"] = event.at
            for hands in walk.hands.values():
                _turn(hands, CarryingState.TOLD, event.at)
        case EventType.RESTRICTION_LIFTED:
            _lift(walk, event)
        case EventType.RESTRICTION_EXPIRED:
            _end(walk, RestrictionState.EXPIRED, event)
        case EventType.RESTRICTION_REMINDED:
            walk.newest[event.type, ""] = event.id
        case _:
            _at_operator(walk, event)


def _lift(walk: Walk, event: Happened) -> None:
    """Some of its names, or all that are left; `by` says whether a person did it or what was asked for was there."""
    gone = _names_of(event)
    walk.lifted |= gone or set()
    walk.by = by if (by := text_of(event, "by")) in _BY else walk.by
    if gone is None or walk.names is None or walk.lifted >= walk.names:
        _end(walk, RestrictionState.LIFTED, event)
    elif walk.state in LIVE:
        walk.state = RestrictionState.PARTLY_LIFTED
        for handle in _opening(walk, event):
            _turn(walk.hands[handle], CarryingState.OPENING, event.at)


def _end(walk: Walk, state: RestrictionState, event: Happened) -> None:
    """Nothing is on its list any more: who has nothing to open is open."""
    walk.state = state
    walk.times["ended_at"] = event.at
    opening = _opening(walk, event)
    for handle, hands in walk.hands.items():
        _turn(hands, CarryingState.OPENING if handle in opening else CarryingState.OPEN, event.at)


def _opening(walk: Walk, event: Happened) -> set[str]:
    """Who has something to open: all of them, by an event that does not say it, as those before `opening` do not."""
    said = json_of(event, "opening")
    named = texts_of(said) if isinstance(said, list) else list(walk.hands)
    return set() if walk.shadow else walk.hands.keys() & set(named)


def _turn(hands: Hands, state: CarryingState, at: datetime) -> None:
    if hands.state is not state:
        hands.state, hands.since, hands.said_open = state, at, False


def _at_operator(walk: Walk, event: Happened) -> None:
    """What one operator did, or did not do, or was seen to do."""
    handle = _operator(walk, event)
    if handle is None:
        return
    hands = walk.hands[handle]
    match event.type:
        case EventType.RESTRICTION_APPLIED:
            hands.state, hands.since, hands.applied = CarryingState.APPLIED, event.at, True
            if walk.state is RestrictionState.PUBLISHING and all(one.applied for one in walk.hands.values()):
                walk.state = RestrictionState.APPLIED
        case EventType.RESTRICTION_OPENED:
            _open(walk, hands, event.at)
            hands.said_open = True
        case EventType.RESTRICTION_OVERDUE if text_of(event, "step") == Step.NAMED:
            hands.named_at = event.at
        case EventType.RESTRICTION_SEEN:
            _see(walk, hands, event)
            return
        case _:
            return
    walk.newest[event.type, handle] = event.id


def _open(walk: Walk, hands: Hands, at: datetime) -> None:
    """It opened what came off its list; what is still on it, it goes on carrying out."""
    standing = CarryingState.APPLIED if hands.applied else CarryingState.TOLD
    hands.state = standing if walk.state in LIVE else CarryingState.OPEN
    hands.since, hands.named_at = at, None


def _see(walk: Walk, hands: Hands, event: Happened) -> None:
    """What a resolver of it answers since: that weighs more than what it says."""
    _note(hands, json_of(event, "sight"), event.at)
    off = {key: state for key, (state, _) in hands.sights.items() if walk.is_off(key[1])}
    every = {(resolver, name) for resolver, _ in off for _, name in off}
    is_opening = hands.state is CarryingState.OPENING
    if is_opening and every and all(off.get(key) is Sighting.OPEN for key in every):
        _open(walk, hands, event.at)
    elif not is_opening and hands.said_open and Sighting.CLOSED in off.values():
        hands.state, hands.since, hands.said_open = CarryingState.OPENING, event.at, False


def _note(hands: Hands, sight: Any, at: datetime) -> None:
    if not isinstance(sight, dict) or not isinstance(sight.get("names"), list):
        return
    for one in sight["names"]:
        if isinstance(one, dict) and isinstance(one.get("name"), str) and one.get("state") in set(Sighting):
            hands.sights[str(sight.get("resolver")), one["name"]] = (Sighting(one["state"]), at)


def _operator(walk: Walk, event: Happened) -> str | None:
    """Whose deed it is: the operator that it names, or the side of the channel that is one."""
    told = (text_of(event, "operator"), event.sender, event.recipient)
    return next((one for one in told if one in walk.hands), None)


def _names_of(event: Happened) -> frozenset[str] | None:
    """The names that an event speaks of; None where they are erased, or it says none: then it means all."""
    said = json_of(event, "names")
    if isinstance(said, dict):
        said = said.get("names")
    return frozenset(texts_of(said)) if isinstance(said, list) else None
