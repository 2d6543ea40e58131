"""What each attribute of a statement must be: one line each, in the order in which the public database looks at them.

Source of the facts: as in `codes`. Where its documents and its code differ, the code counts: an end date before the
application date is taken, and so is a statement without territorial scope.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(Enum):
    """What the value of an attribute is."""

    CODE = auto()  # One of `codes.CODES`.
    CODES = auto()  # A list of them.
    TEXT = auto()
    DATE = auto()  # YYYY-MM-DD.
    URL = auto()
    PUID = auto()
    PRODUCT = auto()  # {"EAN-13": "13 digits"}
    EAN = auto()  # 13 digits.


class Case(NamedTuple):
    """Whether `attribute` is this code, or holds it."""

    attribute: str
    code: str


class Attribute(NamedTuple):
    """One line of the table.

    required  it must be there.
    within    it must be there in this case, and is discarded in every other.
    only      it is discarded except in this case.
    never     it is discarded in this case.
    most      characters of a text.
    since     the first day of a date; the last one is `LAST_DAY`.
    null      whether null may be said of it; to be absent is always the same.
    """

    kind: Kind
    required: bool = False
    within: Case | None = None
    only: Case | None = None
    never: Case | None = None
    most: int = 500
    since: str = ""
    null: bool = True


LAST_DAY = "2038-01-01"
GROUP = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
"""One of these at least says what was decided."""

ILLEGAL = Case("decision_ground", "DECISION_GROUND_ILLEGAL_CONTENT")
INCOMPATIBLE = Case("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT")
VISIBILITY_OTHER = Case("decision_visibility", "DECISION_VISIBILITY_OTHER")
MONETARY_OTHER = Case("decision_monetary", "DECISION_MONETARY_OTHER")
CONTENT_OTHER = Case("content_type", "CONTENT_TYPE_OTHER")
VOLUNTARY = Case("source_type", "SOURCE_VOLUNTARY")

_DATE = Attribute(Kind.DATE)

ATTRIBUTES: Mapping[str, Attribute] = {
    "content_id": Attribute(Kind.PRODUCT),
    "content_id_ean": Attribute(Kind.EAN),  # The same in other words.
    "decision_visibility": Attribute(Kind.CODES),
    "decision_visibility_other": Attribute(Kind.TEXT, within=VISIBILITY_OTHER),
    "decision_monetary": Attribute(Kind.CODE),
    "decision_monetary_other": Attribute(Kind.TEXT, within=MONETARY_OTHER),
    "decision_provision": Attribute(Kind.CODE),
    "decision_account": Attribute(Kind.CODE),
    "account_type": Attribute(Kind.CODE),
    "category_specification": Attribute(Kind.CODES),
    "category_specification_other": Attribute(Kind.TEXT),
    "decision_ground": Attribute(Kind.CODE, required=True),
    "decision_ground_reference_url": Attribute(Kind.URL),
    "illegal_content_legal_ground": Attribute(Kind.TEXT, within=ILLEGAL),
    "illegal_content_explanation": Attribute(Kind.TEXT, within=ILLEGAL, most=2000),
    "incompatible_content_ground": Attribute(Kind.TEXT, within=INCOMPATIBLE),
    "incompatible_content_explanation": Attribute(Kind.TEXT, within=INCOMPATIBLE, most=2000),
    "incompatible_content_illegal": Attribute(Kind.CODE, only=INCOMPATIBLE, null=False),
    "content_type": Attribute(Kind.CODES, required=True),
    "content_type_other": Attribute(Kind.TEXT, within=CONTENT_OTHER),
    "category": Attribute(Kind.CODE, required=True),
    "category_addition": Attribute(Kind.CODES, null=False),
    "territorial_scope": Attribute(Kind.CODES),
    "content_language": Attribute(Kind.CODE),
    "content_date": Attribute(Kind.DATE, required=True, since="2000-01-01"),
    "application_date": Attribute(Kind.DATE, required=True, since="2020-01-01"),
    "end_date_account_restriction": _DATE,
    "end_date_monetary_restriction": _DATE,
    "end_date_service_restriction": _DATE,
    "end_date_visibility_restriction": _DATE,
    "decision_facts": Attribute(Kind.TEXT, required=True, most=5000),
    "source_type": Attribute(Kind.CODE, required=True),
    "source_identity": Attribute(Kind.TEXT, never=VOLUNTARY),
    "automated_detection": Attribute(Kind.CODE, required=True),
    "automated_decision": Attribute(Kind.CODE, required=True),
    "puid": Attribute(Kind.PUID, required=True),
}

LISTS_OF = {"category_addition": "category"}
"""Whose codes an attribute takes, where they are not under its own name."""
