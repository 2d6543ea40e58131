"""A decision of ours in the words of the public database, or every reason why that cannot be said there.

Nothing is bent and nothing is cut: a text that is too long, a place outside of the European Economic Area, an order of
an authority (Art. 17(5) of the DSA asks no statement for it), two ends where there is room for one: each is a reason
not to send it. A statement there is about one item, so a decision makes one for each locator that something was done
about.

Sources: Art. 17 and 24(5) of Regulation (EU) 2022/2065; the codes (`codes`); which of them says what a measure or a
category of ours says is our own reading, and what has no code there has none here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from mufakat.formats.dsa.attributes import GROUP
from mufakat.formats.dsa.checking import Checked, check
from mufakat.formats.dsa.codes import CODES
from mufakat.rules.decision import Automation
from mufakat.rules.fault import Fault, FaultCode, Faults, within
from mufakat.rules.notice import Category, MeasureName, NoticeKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.formats.dsa.statement import Statement
    from mufakat.rules.decision import Ground, Ordered

EVERYWHERE = tuple(sorted(CODES["territorial_scope"]))
"""What a measure without territory covers, as far as that database looks."""


class Made(NamedTuple):
    """A decision, and what the public database asks of it besides.

    id        its id; with the place of the locator it is the PUID.
    made_at   when it was made, aware; days are those of UTC.
    items     what was put in hand, by locator: nothing that still waits for a second person, or was declined.
    sender    the organisation that asked; null for a person, who is never named there.
    undone    whether the decision was reversed since.
    more      attributes that nothing of ours says, by whoever hands it over: content_type, content_type_other,
              content_date, content_language, account_type, category, category_specification.
    """

    id: str
    made_at: datetime
    items: Sequence[Ordered]
    ground: Ground | None
    facts: str
    reasons: str
    detection: bool
    automation: Automation
    kind: NoticeKind
    category: Category
    content_date: str | None
    sender: str | None
    undone: bool = False
    more: Mapping[str, Any] = {}


class Unrepresentable(NamedTuple):
    """Why a decision cannot be said there: every reason, with the member of the decision or the attribute there."""

    faults: tuple[Fault, ...]


SAID_BESIDE = frozenset(
    {
        *("content_type", "content_type_other", "content_date", "content_language", "account_type"),
        *("category", "category_specification"),
    }
)

_VISIBILITY = {
    MeasureName.REMOVE: "DECISION_VISIBILITY_CONTENT_REMOVED",
    MeasureName.DISABLE: "DECISION_VISIBILITY_CONTENT_DISABLED",
    MeasureName.DEMOTE: "DECISION_VISIBILITY_CONTENT_DEMOTED",
    MeasureName.LABEL: "DECISION_VISIBILITY_CONTENT_LABELLED",
    MeasureName.AGE_RESTRICT: "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    MeasureName.GEO_RESTRICT: "DECISION_VISIBILITY_CONTENT_DISABLED",  # The territory says where.
    MeasureName.CLOSE_CHANNEL: "DECISION_VISIBILITY_OTHER",
}
_OTHER = {MeasureName.CLOSE_CHANNEL: "Closing of the channel"}
_ACCOUNT = {
    MeasureName.SUSPEND_ACCOUNT: "DECISION_ACCOUNT_SUSPENDED",
    MeasureName.TERMINATE_ACCOUNT: "DECISION_ACCOUNT_TERMINATED",
}
_RESTRICTS_NOBODY = frozenset({MeasureName.PRESERVE})
_CATEGORIES: Mapping[Category, tuple[str, tuple[str, ...]]] = {
    Category.TERRORISM: ("STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY", ("KEYWORD_TERRORIST_CONTENT",)),
    Category.CHILD_SEXUAL_ABUSE: (
        "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        ("KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL",),
    ),
    Category.NARCOTICS: ("STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS", ("KEYWORD_PROHIBITED_PRODUCTS",)),
    Category.FRAUD: ("STATEMENT_CATEGORY_SCAMS_AND_FRAUD", ()),
    Category.VIOLENCE: ("STATEMENT_CATEGORY_VIOLENCE", ()),
    Category.HATE: ("STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", ("KEYWORD_HATE_SPEECH",)),
    Category.PRIVACY: ("STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", ()),
}
_SOURCES = {
    NoticeKind.USER_REPORT: "SOURCE_ARTICLE_16",
    NoticeKind.TRUSTED_FLAG: "SOURCE_TRUSTED_FLAGGER",
    NoticeKind.REQUEST: "SOURCE_TYPE_OTHER_NOTIFICATION",
    NoticeKind.FORWARDED: "SOURCE_TYPE_OTHER_NOTIFICATION",
    NoticeKind.OWN_DETECTION: "SOURCE_VOLUNTARY",
}
_AUTOMATION = {
    Automation.NONE: "AUTOMATED_DECISION_NOT_AUTOMATED",
    Automation.PARTIAL: "AUTOMATED_DECISION_PARTIALLY",
    Automation.FULL: "AUTOMATED_DECISION_FULLY",
}
_ECHOES: Mapping[str, tuple[str, ...]] = {
    "kind": ("/source_type",),
    "ground": ("/decision_ground",),
    "items": ("/territorial_scope", *(f"/{name}" for name in GROUP)),
}
"""What the public database would say once more, in its own words, of what was said already."""
_LAWS = frozenset(code.lower() for code in CODES["territorial_scope"]) | {"eu"}
_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\+[0-9][0-9 ()./-]{7,}[0-9]")


def from_decision(made: Made) -> tuple[Statement, ...] | Unrepresentable:
    """The statements of a decision, one for each locator that something was done about, or why there can be none."""
    faults = Faults()
    common = _common(made, faults)
    by_locator: dict[int, list[Ordered]] = {}
    for item in made.items:
        if item.measure not in _RESTRICTS_NOBODY:
            by_locator.setdefault(item.locator, []).append(item)
    if not by_locator:
        detail = "Nothing was restricted by this decision; that database holds restrictions alone."
        faults.add("/items", FaultCode.EMPTY, detail)
    statements = []
    for place, items in sorted(by_locator.items()):
        document = common | _measures(items, place, faults) | {"puid": f"{made.id}-{place}"}
        checked = check({name: value for name, value in document.items() if value is not None})
        if isinstance(checked, Checked):
            statements.append(checked.statement)
            continue
        said = {one.pointer for one in faults.found}
        said |= {echo for pointer in said for echo in _ECHOES.get(pointer.split("/")[1], ())}
        for fault in checked:
            if fault.pointer not in said:
                faults.add(fault.pointer, fault.code, fault.detail)
    return Unrepresentable(tuple(faults.found)) if faults.found else tuple(statements)


def _common(made: Made, faults: Faults) -> dict[str, Any]:
    if made.kind is NoticeKind.ORDER:
        detail = "It carried out an order of an authority, for which no statement is submitted (Art. 17(5) of the DSA)."
        faults.add("/kind", FaultCode.NOT_ENTITLED, detail)
    if made.undone:
        detail = "The decision was reversed; that database has no word for it."
        faults.add("/state", FaultCode.NOT_IN_LIST, detail)
    for name, text in (("facts", made.facts), ("reasons", made.reasons)):
        if _PERSONAL.search(text):
            detail = "This looks like an e-mail address or a telephone number: no personal data there (Art. 24(5))."
            faults.add(f"/{name}", FaultCode.BAD_TEXT, detail)
    category, keywords = _CATEGORIES.get(made.category, (None, ()))
    if category is None and "category" not in made.more:
        detail = f"Our category {made.category.value} has no code there; say which one is meant."
        faults.add("/category", FaultCode.NOT_IN_LIST, detail)
    found = {
        **_ground(made.ground, made.reasons, faults),
        "category": category,
        "category_specification": list(keywords) or None,
        "content_type": ["CONTENT_TYPE_OTHER"],
        "content_type_other": "Not recorded",
        "content_date": (made.content_date or "")[:10] or None,
        "application_date": f"{made.made_at:%Y-%m-%d}",
        "decision_facts": made.facts,
        "source_type": _SOURCES.get(made.kind),
        "source_identity": made.sender if made.kind is not NoticeKind.OWN_DETECTION else None,
        "automated_detection": "Yes" if made.detection else "No",
        "automated_decision": _AUTOMATION[made.automation],
    }
    for name in made.more:
        if name not in SAID_BESIDE:
            detail = f"This cannot be said besides; there are: {', '.join(sorted(SAID_BESIDE))}."
            faults.add(within("", name), FaultCode.UNKNOWN_MEMBER, detail)
    said = {name: value for name, value in made.more.items() if name in SAID_BESIDE}
    if "content_type" in said:
        found["content_type_other"] = None
    if "category" in said and "category_specification" not in said:
        found["category_specification"] = None
    return found | said


def _ground(ground: Ground | None, reasons: str, faults: Faults) -> dict[str, Any]:
    legal = ground.legal_ground if ground else None
    terms = ground.terms_ground if ground else None
    if legal and terms:
        detail = "It stands on a law and on a clause of the terms; that database has room for one of them."
        faults.add("/ground", FaultCode.TOO_MANY, detail)
    if legal:
        if legal.system not in _LAWS:
            detail = f"The law of {legal.system!r} is neither of the Union nor of a state of the EEA."
            faults.add("/ground/legal_ground/system", FaultCode.NOT_IN_LIST, detail)
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": f"{legal.instrument}, {legal.provision}",
            "illegal_content_explanation": reasons,
        }
    if terms:
        return {
            "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
            "incompatible_content_ground": f"{terms.document}, {terms.clause}",
            "incompatible_content_explanation": reasons,
            "decision_ground_reference_url": terms.url,
        }
    faults.add("/ground", FaultCode.NO_GROUND, "That database asks for a ground.")
    return {}


def _measures(items: Sequence[Ordered], place: int, faults: Faults) -> dict[str, Any]:
    """What was done about one locator."""
    visibility = sorted({_VISIBILITY[item.measure] for item in items if item.measure in _VISIBILITY})
    account = sorted({_ACCOUNT[item.measure] for item in items if item.measure in _ACCOUNT})
    for item in items:
        if item.measure not in _VISIBILITY and item.measure not in _ACCOUNT:
            detail = f"The measure {item.measure.value} has no code there."
            faults.add(f"/items/{place}", FaultCode.NOT_IN_LIST, detail)
    if len(account) > 1:
        faults.add(f"/items/{place}", FaultCode.TOO_MANY, "There is room for one measure about the account.")
    return {
        "decision_visibility": visibility or None,
        "decision_visibility_other": next((_OTHER[item.measure] for item in items if item.measure in _OTHER), None),
        "decision_account": account[0] if account else None,
        "end_date_visibility_restriction": _end(items, _VISIBILITY, place, faults),
        "end_date_account_restriction": _end(items, _ACCOUNT, place, faults),
        "territorial_scope": _territory(items, place, faults),
    }


def _end(items: Sequence[Ordered], family: Mapping[MeasureName, str], place: int, faults: Faults) -> str | None:
    ends = {item.ends_at for item in items if item.measure in family}
    if len(ends) > 1:
        detail = "Measures of one kind end at different times; there is room for one end."
        faults.add(f"/items/{place}", FaultCode.TOO_MANY, detail)
    end = next(iter(ends), None)
    return f"{end:%Y-%m-%d}" if end else None


def _territory(items: Sequence[Ordered], place: int, faults: Faults) -> list[str]:
    territories = {frozenset(item.territory) for item in items}
    if len(territories) > 1:
        detail = "Measures about one thing hold in different places; there is room for one territory."
        faults.add(f"/items/{place}", FaultCode.TOO_MANY, detail)
    territory = sorted(frozenset().union(*territories))
    outside = [code for code in territory if code not in CODES["territorial_scope"]]
    if outside:
        detail = f"{', '.join(outside)} is outside of the European Economic Area, of which alone that database knows."
        faults.add(f"/items/{place}/territory", FaultCode.NOT_IN_LIST, detail)
    return territory or list(EVERYWHERE)
