"""The entry of a restriction: who ordered it, on which ground, for how long, and how it stands at every operator. Pure.

Which names it closes is told to whoever asks for exactly one of them, never as a list (I-16): the entry says how many
they are. So what people wrote is shown without anything that looks like a name of a host (`publicity.unnamed_words`).
Who proposed and who approved are people, and stay inside; that two did, and when, does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mufakat.rules.entry import Happened, Parties, Projected, Sheet, Terms, instant, is_named, json_of, made, text_of
from mufakat.rules.events import EventType
from mufakat.rules.notice import Category
from mufakat.rules.publicity import A_USER, Because, unnamed_words
from mufakat.rules.restriction import RestrictionState
from mufakat.rules.restriction_walk import Hands, Walk, seen_of, texts_of, walked

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
_PLAIN: Final = ("emergency", "shadow")


def project(history: Sequence[Happened], parties: Parties, at: datetime) -> Iterable[Projected]:
    """The entry of a restriction, once it was published: what closes nothing is between those who talk about it."""
    first = history[0]
    was_published = any(one.type == EventType.RESTRICTION_PUBLISHED for one in history)
    if first.type != EventType.RESTRICTION_PROPOSED or not was_published:
        return
    order = json_of(first, "order")
    order = order if isinstance(order, dict) else {}
    walk = walked(history, order)
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


def _put_names(sheet: Sheet, walk: Walk, order: Mapping[str, Any]) -> None:
    """How many, never which."""
    many = len(walk.names) if walk.names is not None else order.get("names")
    sheet.put("closes", many if isinstance(many, int) else None)
    over = walk.state is RestrictionState.LIFTED
    sheet.put("lifted", many if over and isinstance(many, int) else len(walk.lifted) or None)
    sheet.hide("names", Because.BY_NAME)


def _put_hands(sheet: Sheet, walk: Walk, parties: Parties) -> None:
    """The operators, and how it stands at each."""
    hands = sorted(walk.hands.items())
    sheet.put("operators", [_named(one, parties) for one, _ in hands] or None)
    sheet.put("carried", [_carried(_named(one, parties), walk, each) for one, each in hands] or None)
    late = [_named(one, parties) for one, each in hands if each.named_at is not None]
    sheet.put("overdue_operators", late or None)


def _carried(handle: str, walk: Walk, hands: Hands) -> dict[str, Any]:
    """How it stands at one operator, what its resolvers answer, and since when everybody is told that it is late."""
    found = {"operator": handle, "state": hands.state.value, "since": instant(hands.since)}
    if (seen := seen_of(walk, hands)) is not None:
        found |= {"seen": seen[0].value, "seen_since": instant(seen[1])}
    return found | ({"overdue_at": instant(hands.named_at)} if hands.named_at is not None else {})


def _related(first: Happened, order: Mapping[str, Any]) -> list[str]:
    """The notices before it, the one that it renews, and the agreement that opens it."""
    reopening = json_of(first, "reopening")
    agreement = reopening.get("agreement") if isinstance(reopening, dict) else None
    told = [*texts_of(order.get("notices")), *first.refs, order.get("renews"), agreement]
    return [
        one for one in told if isinstance(one, str) and one.startswith(("ntc_", "rst_", "agr_")) and one != first.case
    ]


def _reopening(said: Any) -> dict[str, Any] | None:
    """What opens it before its end: points of an agreement, or of a profile."""
    if not isinstance(said, dict) or not isinstance(said.get("agreement"), str):
        return None
    asked = {name: texts_of(said.get(name)) for name in ("all_of", "any_of")}
    return {"agreement": said["agreement"]} | {name: terms for name, terms in asked.items() if terms}


def _named(handle: str, parties: Parties) -> str:
    return handle if is_named(handle, parties) else A_USER


def _moment(text: Any) -> str | None:
    """A time as somebody wrote it, as everything here writes it."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return instant(found) if found is not None and found.tzinfo is not None else None
