"""Read a decision: every fault of its bytes at once, each with its pointer (INTERFACE.md, "Decision in").

Here is judged what the shape means: what is done to which locator, until when and where, and by whom. What a decision
must say to be one is in `reasons` (I-05). Time is a value: `at` is aware.
"""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import inspect

from mufakat.rules import reasons
from mufakat.rules.decision import (
    ACTS,
    MAX_BYTES,
    About,
    Automation,
    Decision,
    DecisionIn,
    Ground,
    ItemIn,
    Ordered,
    Outcome,
)
from mufakat.rules.errors import BadDecisionError
from mufakat.rules.fault import FaultCode, Faults, excerpt
from mufakat.rules.measure import IRREVERSIBLE, MEASURES
from mufakat.rules.places import COUNTRIES, LEGAL_SYSTEMS
from mufakat.rules.reading import UNREAD, parse_json, read as read_value

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DRAFT = inspect.type_info(DecisionIn)


def read(raw: bytes, about: About, *, at: datetime) -> Decision:
    """The decision in these bytes (JSON, UTF-8), or BadDecisionError with every fault found."""
    faults = Faults()
    if len(raw) > MAX_BYTES:
        faults.add("", FaultCode.TOO_LARGE, f"A decision has at most {MAX_BYTES} bytes; this one has {len(raw)}.")
        raise BadDecisionError(faults.found)
    document = parse_json(raw, faults)
    draft: DecisionIn | None = read_value(document, _DRAFT, "", faults) if document is not UNREAD else None
    if not draft:
        raise BadDecisionError(faults.found)
    items = _judge_items(draft, about, faults, at=at)
    _judge_ground(draft.ground, faults)
    _judge_allowed(draft, about, faults)
    _judge_automation(draft, about, faults)
    reasons.complete(draft, faults)
    if faults.found:
        raise BadDecisionError(faults.found)
    return Decision(
        outcome=draft.outcome,
        items=items,
        ground=draft.ground,
        facts=draft.facts,
        reasons=draft.reasons,
        language=draft.language,
        automated=draft.automated,
        refusal=draft.refusal,
    )


def _judge_items(draft: DecisionIn, about: About, faults: Faults, *, at: datetime) -> tuple[Ordered, ...]:
    """What is done to which locator: acting in full covers each, acting in part some, and no other outcome any."""
    outcome, items = draft.outcome, draft.items or ()
    if items is UNREAD or not outcome:
        return ()
    found = [
        _judge_item(item, f"/items/{place}", about, faults, at=at)
        for place, item in enumerate(items)
        if item is not UNREAD
    ]
    if outcome not in ACTS:
        if items:
            detail = f"The outcome {outcome.value} orders no measures; leave items out or empty."
            faults.add("/items", FaultCode.NOT_WITH_OUTCOME, detail)
        return ()
    if not items:
        faults.add(
            "/items", FaultCode.EMPTY, "Say what is done: one measure at least, by the locator's place (from 0)."
        )
        return ()
    _judge_cover({one.locator for one in found if one is not None}, outcome, about, faults)
    _judge_repeated(items, faults)
    return tuple(one for one in found if one is not None)


def _judge_cover(covered: Collection[int], outcome: Outcome, about: About, faults: Faults) -> None:
    missing = [place for place in range(about.locators) if place not in covered]
    if outcome is Outcome.ACT_FULL and missing and covered:
        detail = f"act_full does something about every locator; nothing is said of {_listed(missing)}. Or: act_partial."
        faults.add("/items", FaultCode.NOT_WITH_OUTCOME, detail)
    elif outcome is Outcome.ACT_PARTIAL and not missing:
        detail = "Something is done about every locator here: that is act_full. act_partial leaves some as they are."
        faults.add("/outcome", FaultCode.NOT_WITH_OUTCOME, detail)


def _listed(places: Sequence[int]) -> str:
    shown = ", ".join(str(place) for place in places[:10])
    return f"locator {shown}" + (" and others" if len(places) > 10 else "")


def _judge_item(item: ItemIn, pointer: str, about: About, faults: Faults, *, at: datetime) -> Ordered | None:
    before = len(faults)
    if item.locator is not UNREAD and item.locator >= about.locators:
        detail = f"The notice has {about.locators} locators, counted from 0; there is none at {item.locator}."
        faults.add(f"{pointer}/locator", FaultCode.NOT_IN_LIST, detail)
    ends_at = _judge_end(item, pointer, faults, at=at)
    territory = _judge_territory(item, pointer, faults)
    if len(faults) != before or item.locator is UNREAD or not item.measure:
        return None
    return Ordered(item.locator, item.measure, ends_at, territory)


def _judge_end(item: ItemIn, pointer: str, faults: Faults, *, at: datetime) -> datetime | None:
    text = item.ends_at
    if text is None or text is UNREAD:
        return None
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC) if _MOMENT.fullmatch(text) else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        detail = f"{excerpt(text)} is no moment: write 2017-08-10T09:30:00+07:00, or null where no end is set."
        faults.add(f"{pointer}/ends_at", FaultCode.BAD_DATE, detail)
    elif moment <= at:
        faults.add(f"{pointer}/ends_at", FaultCode.BAD_DATE, "A measure ends later than it begins.")
    elif item.measure and item.measure in IRREVERSIBLE:
        detail = f"{item.measure.value} cannot be undone, so it has no end; for a time there is suspend_account."
        faults.add(f"{pointer}/ends_at", FaultCode.NOT_WITH_OUTCOME, detail)
    return moment


def _judge_territory(item: ItemIn, pointer: str, faults: Faults) -> tuple[str, ...]:
    codes = item.territory or ()
    if codes is UNREAD:
        return ()
    seen: set[str] = set()
    for place, code in enumerate(codes):
        if code is not UNREAD and code not in COUNTRIES:
            detail = f"{excerpt(code)} is no country's code (ISO 3166-1, two capital letters, such as ID)."
            faults.add(f"{pointer}/territory/{place}", FaultCode.NOT_IN_LIST, detail)
        elif code in seen:
            faults.add(f"{pointer}/territory/{place}", FaultCode.REPEATED_ITEM, "This stands in the list already.")
        seen.add(code)
    if item.measure and MEASURES[item.measure].needs_territory and not codes:
        detail = f"{item.measure.value} says where: one country at least."
        faults.add(f"{pointer}/territory", FaultCode.MISSING, detail)
    return codes


def _judge_repeated(items: Sequence[ItemIn], faults: Faults) -> None:
    seen: set[tuple[Any, Any]] = set()
    for place, item in enumerate(items):
        if item is UNREAD or item.locator is UNREAD or not item.measure:
            continue
        if (item.locator, item.measure) in seen:
            detail = "This measure is ordered for this locator already."
            faults.add(f"/items/{place}", FaultCode.REPEATED_ITEM, detail)
        seen.add((item.locator, item.measure))


def _judge_ground(ground: Ground | None, faults: Faults) -> None:
    legal = ground.legal_ground if ground else None
    if legal and legal.system and legal.system not in LEGAL_SYSTEMS:
        detail = f"{excerpt(legal.system)} is no system of law: a country's code in lower case, eu, or un."
        faults.add("/ground/legal_ground/system", FaultCode.NOT_IN_LIST, detail)


def _judge_allowed(draft: DecisionIn, about: About, faults: Faults) -> None:
    """A measure is one that the profile in force between the two lists, where it lists any."""
    if about.allowed is None or not draft.items:
        return
    for place, item in enumerate(draft.items):
        if item is not UNREAD and item.measure and item.measure not in about.allowed:
            listed = ", ".join(sorted(about.allowed))
            detail = f"{about.profile}, in force between the two, allows no {item.measure.value}; it allows: {listed}."
            faults.add(f"/items/{place}/measure", FaultCode.NOT_AGREED, detail)


def _judge_automation(draft: DecisionIn, about: About, faults: Faults) -> None:
    """What a machine decides alone is reversible, and an agreement allowed it beforehand (I-06)."""
    if not draft.automated or draft.automated.decision is not Automation.FULL or not draft.items:
        return
    for place, item in enumerate(draft.items):
        if (
            item is not UNREAD
            and item.measure
            and (item.measure in IRREVERSIBLE or item.measure not in about.automatic)
        ):
            detail = (
                f"No agreement in force allows {item.measure.value} without a person: somebody looks at it and decides "
                "(automated.decision none or partial)."
            )
            faults.add(f"/items/{place}/measure", FaultCode.NOT_AGREED, detail)
