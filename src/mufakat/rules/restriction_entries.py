"""The entry of a restriction: who ordered it, on which ground, for how long, and how it stands at every operator. Pure.

Which names it closes is told to whoever asks for exactly one of them, never as a list (I-16): the entry says how many
they are. So what people wrote is shown without anything that looks like a name of a host (`publicity.unnamed_words`).
Who proposed and who approved are people, and stay inside; that two did, and when, does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mufakat.rules.entry import Happened, Parties, Projected, Sheet, Terms, instant, is_named, json_of, made, text_of
from mufakat.rules.events import EventType
from mufakat.rules.notice import Category
from mufakat.rules.publicity import A_USER, Because, unnamed_words
from mufakat.rules.restriction import LIVE, CarryingState, RestrictionState

_ONCE: Final = frozenset(
    {
        *(EventType.RESTRICTION_PROPOSED, EventType.RESTRICTION_APPROVED, EventType.RESTRICTION_REFUSED),
        *(EventType.RESTRICTION_ANSWERED, EventType.RESTRICTION_PUBLISHED, EventType.RESTRICTION_LIFTED),
        EventType.RESTRICTION_EXPIRED,
    }
)
_NEWEST: Final = frozenset({EventType.RESTRICTION_APPLIED, EventType.RESTRICTION_OPENED, EventType.RESTRICTION_OVERDUE})
PUBLIC: Final = _ONCE | _NEWEST
"""The steps that the public sees; of what each operator did the newest of each kind. What its resolvers answer is no
step: it may change often, and the page of a name shows it."""

_CODES: Final = ("match", "layer")
_RELATED: Final = ("ntc_", "rst_", "agr_")
_BY: Final = frozenset({"authority", "house"})
_PLAIN: Final = ("emergency", "shadow")


@dataclass(slots=True)
class _Hands:
    """A restriction at one operator."""

    state: CarryingState
    since: datetime
    applied: bool = False
    overdue_at: datetime | None = None


@dataclass(slots=True)
class _Walk:
    """What a history comes to."""

    state: RestrictionState = RestrictionState.PROPOSED
    times: dict[str, datetime] = field(default_factory=dict)
    approvals: int = 0
    names: frozenset[str] | None = None  # None: erased.
    lifted: set[str] = field(default_factory=set)
    by: str | None = None
    hands: dict[str, _Hands] = field(default_factory=dict)
    newest: dict[tuple[str, str], str] = field(default_factory=dict)


def project(history: Sequence[Happened], parties: Parties, at: datetime) -> Iterable[Projected]:
    """The entry of a restriction, from its proposal on."""
    first = history[0]
    if first.type != EventType.RESTRICTION_PROPOSED:
        return
    order = json_of(first, "order")
    order = order if isinstance(order, dict) else {}
    walk = _walked(history, order)
    sheet = Sheet("restriction", Terms(protected=_protected(order)), at)
    _put_order(sheet, first, order, parties)
    _put_words(sheet, first)
    _put_names(sheet, walk, order)
    for name, moment in walk.times.items():
        sheet.put(name, instant(moment))
    sheet.put("lifted_by", walk.by)
    _put_hands(sheet, walk, parties)
    kept = set(walk.newest.values())
    title = [sheet.fields[name] for name in ("category", "authority") if name in sheet.fields]
    yield made(
        sheet,
        id_=first.case,
        state=walk.state.value,
        title=tuple(title),
        steps=[one for one in history if one.type in _ONCE or one.id in kept],
        related=_related(first, order),
    )


def _protected(order: Mapping[str, Any]) -> Because | None:
    """Why no words are shown: nothing may lead to abuse of children (I-15); an unknown list may be that one."""
    if not isinstance(order.get("list"), str):
        return Because.NOT_RECORDED
    return Because.CHILD_PROTECTION if order["list"] == Category.CHILD_SEXUAL_ABUSE else None


def _walked(history: Sequence[Happened], order: Mapping[str, Any]) -> _Walk:
    first = history[0]
    walk = _Walk(names=_names_of(first))
    walk.times["proposed_at"] = first.at
    for handle in _texts(order.get("operators")):
        walk.hands[handle] = _Hands(CarryingState.WAITING, first.at)
    for event in history[1:]:
        _move(walk, event)
    return walk


def _move(walk: _Walk, event: Happened) -> None:
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
            walk.times["answered_at"] = event.at
        case EventType.RESTRICTION_PUBLISHED:
            walk.state = RestrictionState.PUBLISHING
            walk.times["published_at"] = event.at
            _all_hands(walk, CarryingState.TOLD, event.at)
        case EventType.RESTRICTION_LIFTED:
            _lift(walk, event)
        case EventType.RESTRICTION_EXPIRED:
            _end(walk, RestrictionState.EXPIRED, event.at)
        case EventType.RESTRICTION_REMINDED:
            walk.newest[event.type, ""] = event.id
        case EventType.RESTRICTION_APPLIED | EventType.RESTRICTION_OPENED | EventType.RESTRICTION_OVERDUE:
            _by_operator(walk, event)


def _lift(walk: _Walk, event: Happened) -> None:
    """Some of its names, or all that are left; `by` says whether a person did it or what was asked for was there."""
    gone = _names_of(event)
    walk.lifted |= gone or set()
    walk.by = by if (by := text_of(event, "by")) in _BY else walk.by
    if gone is None or walk.names is None or walk.lifted >= walk.names:
        _end(walk, RestrictionState.LIFTED, event.at)
    elif walk.state in LIVE:
        walk.state = RestrictionState.PARTLY_LIFTED
        _all_hands(walk, CarryingState.OPENING, event.at)


def _end(walk: _Walk, state: RestrictionState, at: datetime) -> None:
    walk.state = state
    walk.times["ended_at"] = at
    _all_hands(walk, CarryingState.OPENING, at)


def _all_hands(walk: _Walk, state: CarryingState, at: datetime) -> None:
    for hands in walk.hands.values():
        if hands.state is not CarryingState.OPEN:
            hands.state, hands.since = state, at


def _by_operator(walk: _Walk, event: Happened) -> None:
    """What one operator did, or did not do."""
    handle = _operator(walk, event)
    if handle is None:
        return
    hands = walk.hands[handle]
    walk.newest[event.type, handle] = event.id
    if event.type == EventType.RESTRICTION_OVERDUE:
        hands.overdue_at = hands.overdue_at or event.at
        return
    hands.since = event.at
    if event.type == EventType.RESTRICTION_APPLIED:
        hands.state, hands.applied = CarryingState.APPLIED, True
        if walk.state is RestrictionState.PUBLISHING and all(one.applied for one in walk.hands.values()):
            walk.state = RestrictionState.APPLIED
        return
    hands.state, hands.overdue_at = CarryingState.OPEN, None
    if walk.state in LIVE:  # It opened what came off its list, and goes on with what is still on it.
        hands.state = CarryingState.APPLIED if hands.applied else CarryingState.TOLD


def _operator(walk: _Walk, event: Happened) -> str | None:
    """Whose deed it is: the operator that it names, or the side of the channel that is one."""
    told = (text_of(event, "operator"), event.sender, event.recipient)
    return next((one for one in told if one in walk.hands), None)


def _put_order(sheet: Sheet, first: Happened, order: Mapping[str, Any], parties: Parties) -> None:
    sheet.put("authority", _named(first.sender, parties))
    if isinstance(platform := order.get("platform"), str):
        sheet.put("platform", _named(platform, parties))
    sheet.put("category", order.get("list"))
    if "category" not in sheet.fields:
        sheet.hide("category", Because.NOT_RECORDED)
    for name in _CODES:
        sheet.put(name, order.get(name))
    for name in _PLAIN:
        sheet.put(name, order.get(name) or None)
    for name in ("review_at", "sunset_at"):
        sheet.put(name, _moment(order.get(name)))
    sheet.put("reopening", _reopening(json_of(first, "reopening")))


def _put_words(sheet: Sheet, first: Happened) -> None:
    """What people wrote: the ground, the reason, and why it is not more than needed."""
    ground = json_of(first, "legal_ground")
    if isinstance(ground, dict):
        said = {key: unnamed_words(one) for key, one in ground.items() if isinstance(one, str)}
        sheet.put("legal_ground", said or None)
    else:
        _gone(sheet, first, "legal_ground")
    for name in ("reason", "proportionality"):
        words = text_of(first, name)
        sheet.put(name, unnamed_words(words) if words else None)
        if words is None:
            _gone(sheet, first, name)


def _gone(sheet: Sheet, first: Happened, name: str) -> None:
    sheet.hide(name, Because.ERASED if name in first.openings else Because.NOT_RECORDED)


def _put_names(sheet: Sheet, walk: _Walk, order: Mapping[str, Any]) -> None:
    """How many, never which."""
    many = len(walk.names) if walk.names is not None else order.get("names")
    sheet.put("closes", many if isinstance(many, int) else None)
    over = walk.state is RestrictionState.LIFTED
    sheet.put("lifted", many if over and isinstance(many, int) else len(walk.lifted) or None)
    sheet.hide("names", Because.BY_NAME)


def _put_hands(sheet: Sheet, walk: _Walk, parties: Parties) -> None:
    """The operators, once it stands on their lists: of what is never published they need not know."""
    if "published_at" not in walk.times:
        sheet.hide("operators", Because.NOT_PUBLISHED)
        return
    hands = sorted(walk.hands.items())
    sheet.put("operators", [_named(one, parties) for one, _ in hands] or None)
    sheet.put("carried", [_carried(one, each, parties) for one, each in hands] or None)
    late = [_named(one, parties) for one, each in hands if each.overdue_at is not None]
    sheet.put("overdue_operators", late or None)


def _carried(handle: str, hands: _Hands, parties: Parties) -> dict[str, Any]:
    """How it stands at one operator, and since when it should have been open."""
    found = {"operator": _named(handle, parties), "state": hands.state.value, "since": instant(hands.since)}
    return found | ({"overdue_at": instant(hands.overdue_at)} if hands.overdue_at is not None else {})


def _related(first: Happened, order: Mapping[str, Any]) -> list[str]:
    """The notices before it, the one that it renews, and the agreement that opens it."""
    reopening = json_of(first, "reopening")
    agreement = reopening.get("agreement") if isinstance(reopening, dict) else None
    told = [*_texts(order.get("notices")), *first.refs, order.get("renews"), agreement]
    return [
        one for one in told if isinstance(one, str) and one.startswith(("ntc_", "rst_", "agr_")) and one != first.case
    ]


def _reopening(said: Any) -> dict[str, Any] | None:
    """What opens it before its end: points of an agreement, or of a profile."""
    if not isinstance(said, dict) or not isinstance(said.get("agreement"), str):
        return None
    asked = {name: [one for one in said.get(name) or () if isinstance(one, str)] for name in ("all_of", "any_of")}
    return {"agreement": said["agreement"]} | {name: terms for name, terms in asked.items() if terms}


def _names_of(event: Happened) -> frozenset[str] | None:
    """The names that an event speaks of; None where they are erased, or it says none: then it means all."""
    said = json_of(event, "names")
    if isinstance(said, dict):
        said = said.get("names")
    return frozenset(one for one in said if isinstance(one, str)) if isinstance(said, list) else None


def _texts(said: Any) -> list[str]:
    return [one for one in said if isinstance(one, str)] if isinstance(said, list) else []


def _named(handle: str, parties: Parties) -> str:
    return handle if is_named(handle, parties) else A_USER


def _moment(text: Any) -> str | None:
    """A time as somebody wrote it, as everything here writes it."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return instant(found) if found is not None and found.tzinfo is not None else None
