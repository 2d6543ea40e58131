"""Whether the public database would take a statement, and if not, every reason in its own words.

A document is judged by the table in `attributes`. What stands in the branch that does not apply (the ground of illegal
content beside a ground in the terms, the identity of a source that is nobody else) is discarded, not refused, as there;
nothing is lost by it, for what was sent is kept beside the statement (`Checked.residue`). A member that the database
does not know is refused here: there it disappears without a word.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from mufakat.formats.dsa.attributes import ATTRIBUTES, GROUP, LAST_DAY, LISTS_OF, Attribute, Case, Kind
from mufakat.formats.dsa.codes import CODES
from mufakat.formats.dsa.statement import ContentId, Statement, residue_of
from mufakat.rules.fault import Fault, FaultCode, Faults, within
from mufakat.rules.reading import check_foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_PUID = 500
MAX_URL = 500

_PUID = re.compile(r"[a-zA-Z0-9_-]+")
_EAN = re.compile(r"[0-9]{13}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#\x00-\x20\x7f]+[^\s\x00-\x20\x7f]*")
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_SORTED = ("decision_visibility", "category_specification", "content_type", "territorial_scope")


class Checked(NamedTuple):
    """A statement that the public database would take, and what of the document it does not hold as it was sent."""

    statement: Statement
    residue: Mapping[str, Any]


def check(document: Any) -> Checked | tuple[Fault, ...]:
    """Judge a document, and put it in the order in which the database stores it: lists sorted, nothing twice."""
    judged = judge(document)
    if not isinstance(judged, Checked):
        return judged
    values: dict[str, Any] = {}
    for name in _SORTED:
        found = getattr(judged.statement, name)
        if found is not None:
            values[name] = tuple(sorted(set(found)))
    more = judged.statement.category_addition
    if more is not None:
        values["category_addition"] = tuple(code for code in more if code != judged.statement.category)
    statement = Statement(**{name: getattr(judged.statement, name) for name in Statement.__struct_fields__} | values)
    return Checked(statement, residue_of(document, statement))


def judge(document: Any) -> Checked | tuple[Fault, ...]:
    """Judge a document, and leave its lists as they are: for what the database itself gave out."""
    if not isinstance(document, dict):
        return (Fault("", FaultCode.WRONG_TYPE, "A statement is an object."),)
    faults = Faults()
    for name in getattr(document, "repeated", ()):
        faults.add(within("", name), FaultCode.REPEATED_MEMBER, "This member stands here twice.")
    told = {name: _told(document.get(name)) for name in ATTRIBUTES}
    values: dict[str, Any] = {}
    for name, attribute in ATTRIBUTES.items():
        if _is_discarded(attribute, told):
            # It is kept beside the statement, so that it must be something that can be kept.
            check_foreign(document.get(name), f"/{name}", faults, depth=1)
        else:
            values[name] = _judged(name, attribute, told, document, faults)
    for name in document:
        if name not in ATTRIBUTES:
            detail = "The public database has no attribute of this name."
            faults.add(within("", str(name)), FaultCode.UNKNOWN_MEMBER, detail)
    if faults.found:
        return tuple(faults.found)
    ean = values.pop("content_id_ean")
    if ean is not None:
        values["content_id"] = ContentId(ean)
    statement = Statement(**values)
    return Checked(statement, residue_of(document, statement))


def headline(faults: Sequence[Fault]) -> str:
    """The one line that the public database puts above them."""
    more = len(faults) - 1
    if not more:
        return faults[0].detail
    return f"{faults[0].detail} (and {more} more error{'s' if more > 1 else ''})"


def is_puid(text: str) -> bool:
    """Whether this can be the identifier of a statement."""
    return len(text) <= MAX_PUID and _PUID.fullmatch(text) is not None


def is_url(text: str) -> bool:
    """Whether the public database takes this for an address; it is shown as text, never as a link."""
    return len(text) <= MAX_URL and _URL.fullmatch(text) is not None


def is_ean(text: str) -> bool:
    """Whether this is a product's number of 13 digits."""
    return _EAN.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Whether this is a day, written YYYY-MM-DD."""
    if _DAY.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def holds(case: Case, told: Mapping[str, Any]) -> bool:
    """Whether the attribute is this code, or a list that holds it."""
    value = told.get(case.attribute)
    return case.code in value if isinstance(value, list) else value == case.code


def _told(value: Any) -> Any:
    """A text of nothing but blanks says nothing, to the database too."""
    return None if isinstance(value, str) and not value.strip() else value


def _is_discarded(attribute: Attribute, told: Mapping[str, Any]) -> bool:
    case = attribute.within or attribute.only
    if case is not None:
        return not holds(case, told)
    return attribute.never is not None and holds(attribute.never, told)


def _judged(
    name: str, attribute: Attribute, told: Mapping[str, Any], document: Mapping[str, Any], faults: Faults
) -> Any:
    value = told[name]
    words = name.replace("_", " ")
    if value is None or value == []:
        # (1) What must be there. An empty list is there where a list is asked for by nobody.
        if name in GROUP:
            _judge_group(name, told, faults)
        elif attribute.required or attribute.within is not None:
            faults.add(f"/{name}", FaultCode.MISSING, f"The {words} field is required.")
        elif value is None and not attribute.null and name in document:
            detail = f"The selected {words} is invalid."
            if attribute.kind is Kind.CODES:
                detail = f"The {words} field must be an array."
            faults.add(f"/{name}", FaultCode.WRONG_TYPE, detail)
        return () if value == [] and attribute.kind is Kind.CODES else None
    return _JUDGES[attribute.kind](name, attribute, value, faults)


def _judge_group(name: str, told: Mapping[str, Any], faults: Faults) -> None:
    others = [other for other in GROUP if other != name]
    if all(told[other] in (None, []) for other in others):
        listed = " / ".join(other.replace("_", " ") for other in others)
        detail = f"The {name.replace('_', ' ')} field is required when none of {listed} are present."
        faults.add(f"/{name}", FaultCode.MISSING, detail)


def _code(name: str, attribute: Attribute, value: Any, faults: Faults) -> str | None:
    if isinstance(value, str) and value in CODES[LISTS_OF.get(name, name)]:
        return value
    if value == "null" and attribute.null and not attribute.required:
        return None  # The database takes the word, too.
    faults.add(f"/{name}", FaultCode.NOT_IN_LIST, f"The selected {name.replace('_', ' ')} is invalid.")
    return None


def _codes(name: str, attribute: Attribute, value: Any, faults: Faults) -> tuple[str, ...] | None:
    del attribute
    words = name.replace("_", " ")
    if not isinstance(value, list):
        faults.add(f"/{name}", FaultCode.WRONG_TYPE, f"The {words} field must be an array.")
        return None
    known = CODES[LISTS_OF.get(name, name)]
    if all(isinstance(code, str) and code in known for code in value):
        return tuple(value)
    faults.add(f"/{name}", FaultCode.NOT_IN_LIST, f"The selected {words} is invalid.")
    return None


def _text(name: str, attribute: Attribute, value: Any, faults: Faults) -> str | None:
    words = name.replace("_", " ")
    if not isinstance(value, str):
        faults.add(f"/{name}", FaultCode.WRONG_TYPE, f"The {words} field must be a string.")
    elif len(value) > attribute.most:
        detail = f"The {words} field must not be greater than {attribute.most} characters."
        faults.add(f"/{name}", FaultCode.TOO_LONG, detail)
    elif _NOT_STORABLE.search(value):
        faults.add(f"/{name}", FaultCode.BAD_TEXT, f"The {words} field holds a character that cannot be stored.")
    else:
        return value
    return None


def _url(name: str, attribute: Attribute, value: Any, faults: Faults) -> str | None:
    if isinstance(value, str) and _URL.fullmatch(value):
        return _text(name, attribute, value, faults)
    faults.add(f"/{name}", FaultCode.BAD_FORM, f"The {name.replace('_', ' ')} field must be a valid URL.")
    return None


def _date(name: str, attribute: Attribute, value: Any, faults: Faults) -> str | None:
    words = name.replace("_", " ")
    if not isinstance(value, str) or not is_day(value):
        # Its own words say it so.
        detail = f"The {words.replace('end date', 'end date of')} does not match the format YYYY-MM-DD."
    elif value < attribute.since:
        detail = f"The {words} field must be a date after or equal to {attribute.since}."
    elif value > LAST_DAY:
        detail = f"The {words} field must be a date before or equal to {LAST_DAY}."
    else:
        return value
    faults.add(f"/{name}", FaultCode.BAD_DATE, detail)
    return None


def _puid(name: str, attribute: Attribute, value: Any, faults: Faults) -> str | None:
    text = _text(name, attribute, value, faults)
    if text is not None and not is_puid(text):
        faults.add(f"/{name}", FaultCode.BAD_FORM, f"The {name} format is invalid.")
        return None
    return text


def _ean(name: str, attribute: Attribute, value: Any, faults: Faults) -> str | None:
    del attribute
    if isinstance(value, str) and _EAN.fullmatch(value):
        return value
    faults.add(f"/{name}", FaultCode.BAD_FORM, f"The {name.replace('_', ' ')} field format is invalid.")
    return None


def _product(name: str, attribute: Attribute, value: Any, faults: Faults) -> ContentId | None:
    del attribute
    if not isinstance(value, dict):
        faults.add(f"/{name}", FaultCode.WRONG_TYPE, "The content id field must be an array.")
        return None
    for other in value:
        if other != "EAN-13":
            detail = "The public database knows products by their EAN-13 alone."
            faults.add(within(f"/{name}", str(other)), FaultCode.UNKNOWN_MEMBER, detail)
    ean = value.get("EAN-13")
    if isinstance(ean, str) and _EAN.fullmatch(ean):
        return ContentId(ean)
    if ean is not None:
        faults.add(f"/{name}/EAN-13", FaultCode.BAD_FORM, "The content id.EAN-13 field format is invalid.")
    return None


_JUDGES: Mapping[Kind, Callable[[str, Attribute, Any, Faults], Any]] = {
    Kind.CODE: _code,
    Kind.CODES: _codes,
    Kind.TEXT: _text,
    Kind.DATE: _date,
    Kind.URL: _url,
    Kind.PUID: _puid,
    Kind.PRODUCT: _product,
    Kind.EAN: _ean,
}
