"""A row of the daily dump: its cells judged, and the statement that they are.

A row that is whole and in order is read by `_straight`, which looks at every cell once; every other row goes through
the same rules as a document (`checking.judge`), which then say what is wrong. Both say the same of every row, and a
test shows it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mufakat.formats.dsa.attributes import (
    ATTRIBUTES,
    CONTENT_OTHER,
    ILLEGAL,
    INCOMPATIBLE,
    LAST_DAY,
    LISTS_OF,
    MONETARY_OTHER,
    VISIBILITY_OTHER,
    VOLUNTARY,
    Kind,
)
from mufakat.formats.dsa.checking import Checked, is_day, is_ean, is_puid, is_url, judge
from mufakat.formats.dsa.codes import CODES
from mufakat.formats.dsa.columns import COLUMNS, MIDNIGHT, NAMES, column_of
from mufakat.formats.dsa.statement import Codes, ContentId, Statement
from mufakat.rules.fault import Fault, FaultCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_NAME = 200
"""Characters of a platform's name."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_CACHED = 20_000  # Texts that a column's memory holds.
_PLATFORM, _CREATED = COLUMNS.index("platform_name"), COLUMNS.index("created_at")
_NOTHING = frozenset({""})
_CATEGORY, _SOURCE, _DECISION = CODES["category"], CODES["source_type"], CODES["automated_decision"]
_YES_NO = CODES["automated_detection"]
_YES_NO_NOTHING = CODES["incompatible_content_illegal"] | _NOTHING
_MONETARY, _PROVISION = CODES["decision_monetary"] | _NOTHING, CODES["decision_provision"] | _NOTHING
_ACCOUNT, _ACCOUNT_TYPE = CODES["decision_account"] | _NOTHING, CODES["account_type"] | _NOTHING
_LANGUAGE = CODES["content_language"] | _NOTHING


class Row(NamedTuple):
    """A statement as the public database holds it: the line that it ends on, the statement, and what is said of it.

    residue  what of the row the statement does not hold; null for nothing.
    """

    number: int
    statement: Statement
    uuid: str
    platform: str
    created_at: datetime
    residue: bytes | None = None


class BadRow(NamedTuple):
    """A row that cannot be taken, and every reason; where a pointer is not empty it names a column."""

    number: int
    faults: tuple[Fault, ...]


class _Lists(dict[str, Codes | None]):
    """What the texts of a column are as lists; None for a text that `_straight` leaves to the rules."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._known = CODES[LISTS_OF.get(name, name)]

    def __missing__(self, text: str) -> Codes | None:
        if len(self) > _CACHED:
            self.clear()
        found = _list_of(text)
        good = isinstance(found, list) and all(isinstance(code, str) and code in self._known for code in found)
        value = tuple(found) if good and list_text(found) == text else None
        self[text] = value
        return value


class _Days(dict[str, str | None]):
    """What the texts of a column are as days; None for a text that `_straight` leaves to the rules."""

    def __init__(self, since: str) -> None:
        super().__init__()
        self._since = since

    def __missing__(self, text: str) -> str | None:
        if len(self) > _CACHED:
            self.clear()
        day = text.removesuffix(MIDNIGHT)
        good = text.endswith(MIDNIGHT) and is_day(day) and self._since <= day <= LAST_DAY
        self[text] = day if good else None
        return self[text]


class RowReader:
    """Reads rows, and remembers the lists and days that it met."""

    def __init__(self) -> None:
        self._lists = {name: _Lists(name) for name, one in ATTRIBUTES.items() if one.kind is Kind.CODES}
        self._content, self._applied = (_Days(ATTRIBUTES[name].since) for name in ("content_date", "application_date"))
        self._end = _Days("")
        self._moments = _Moments()

    def read(self, number: int, cells: Sequence[str], *, odd: bool = False) -> Row | BadRow:
        """The row of these cells, which stand in the order of COLUMNS; an odd one is left to the rules."""
        uuid, platform, created = cells[0], cells[_PLATFORM], cells[_CREATED]
        if not odd and _UUID.fullmatch(uuid) and is_name(platform):
            at = self._moments[created]
            statement = None if at is None else self._straight(cells)
            if at is not None and statement is not None:
                return Row(number, statement, uuid, platform, at)
        return _judged(number, cells)

    def _straight(  # noqa: C901, PLR0911 - one look at each cell, tens of thousands of times a second.
        self, cells: Sequence[str]
    ) -> Statement | None:
        """The statement of a row in which every cell is what it should be and nothing is to be discarded, or None."""
        # (1) The cells by their columns, in the order of COLUMNS.
        (
            _,
            visibility_text, visibility_other, visibility_end,
            monetary, monetary_other, monetary_end, provision, service_end,
            account, account_end, account_type, ground, url,
            illegal_ground, illegal_why, terms_ground, terms_why, terms_illegal,
            category, addition_text, keywords_text, keyword_other,
            content_text, content_other, language, posted_text, ean, territory_text, applied_text, facts,
            source, identity, detection, decision, _, puid, _,
        ) = cells  # fmt: skip
        # (2) Lists and days, each looked up by its text.
        lists, end = self._lists, self._end
        visibility = lists["decision_visibility"][visibility_text] if visibility_text else None
        addition = lists["category_addition"][addition_text] if addition_text else None
        keywords = lists["category_specification"][keywords_text] if keywords_text else None
        content = lists["content_type"][content_text]
        territory = lists["territorial_scope"][territory_text] if territory_text else None
        posted, applied = self._content[posted_text], self._applied[applied_text]
        if (
            not content
            or posted is None
            or applied is None
            or (visibility is None and visibility_text)
            or (addition is None and addition_text)
            or (keywords is None and keywords_text)
            or (territory is None and territory_text)
            or not (visibility or monetary or provision or account)
        ):
            return None
        # (3) Codes.
        if (
            category not in _CATEGORY
            or source not in _SOURCE
            or detection not in _YES_NO
            or decision not in _DECISION
            or monetary not in _MONETARY
            or provision not in _PROVISION
            or account not in _ACCOUNT
            or account_type not in _ACCOUNT_TYPE
            or language not in _LANGUAGE
        ):
            return None
        # (4) What belongs to one branch stands in it, whole, and nowhere else.
        if ground == ILLEGAL.code:
            whole = illegal_ground and illegal_why and not (terms_ground or terms_why or terms_illegal)
        elif ground == INCOMPATIBLE.code:
            whole = terms_ground and terms_why and not (illegal_ground or illegal_why)
            whole = whole and terms_illegal in _YES_NO_NOTHING
        else:
            return None
        if (
            not whole
            or bool(visibility_other) != (visibility is not None and VISIBILITY_OTHER.code in visibility)
            or bool(monetary_other) != (monetary == MONETARY_OTHER.code)
            or bool(content_other) != (CONTENT_OTHER.code in content)
            or (identity and source == VOLUNTARY.code)
        ):
            return None
        # (5) Texts.
        why, explained = (illegal_ground, illegal_why) if illegal_ground else (terms_ground, terms_why)
        for text in (why, visibility_other, monetary_other, content_other, keyword_other, identity):
            if text and (len(text) > 500 or text.isspace()):
                return None
        if len(explained) > 2000 or explained.isspace() or not facts or len(facts) > 5000 or facts.isspace():
            return None
        if not is_puid(puid) or (url and not is_url(url)) or (ean and not is_ean(ean)):
            return None
        ends = []
        for text in (visibility_end, monetary_end, service_end, account_end):
            day = end[text] if text else None
            if text and day is None:
                return None
            ends.append(day)
        return Statement(
            visibility,
            visibility_other or None,
            ends[0],
            monetary or None,
            monetary_other or None,
            ends[1],
            provision or None,
            ends[2],
            account or None,
            ends[3],
            account_type or None,
            ground,
            url or None,
            illegal_ground or None,
            illegal_why or None,
            terms_ground or None,
            terms_why or None,
            terms_illegal or None,
            category,
            addition,
            keywords,
            keyword_other or None,
            content,
            content_other or None,
            language or None,
            posted,
            ContentId(ean) if ean else None,
            territory,
            applied,
            facts,
            source,
            identity or None,
            detection,
            decision,
            puid,
        )


class _Moments(dict[str, datetime | None]):
    """What the texts of `created_at` are; a dump holds many of one second."""

    def __missing__(self, text: str) -> datetime | None:
        if len(self) > _CACHED:
            self.clear()
        self[text] = moment_of(text)
        return self[text]


def moment_of(text: str) -> datetime | None:
    """A moment as the public database writes it, in UTC; None where it is none."""
    if _MOMENT.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def is_name(text: str) -> bool:
    """Whether this can be the name of a platform."""
    return 0 < len(text) <= MAX_NAME and text.isprintable() and bool(text.strip())


def _list_of(text: str) -> Any:
    """The list that a cell holds, or its text where it holds none."""
    if not text.startswith("["):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return text


def list_text(codes: Iterable[str]) -> str:
    """A list as the cell of a dump holds it."""
    return "[" + ",".join(f'"{code}"' for code in codes) + "]"


def _judged(number: int, cells: Sequence[str]) -> Row | BadRow:
    """A row as the rules see it: the same document that a platform would have sent."""
    named = dict(zip(COLUMNS, cells, strict=True))
    document: dict[str, Any] = {}
    for column, cell in named.items():
        name = NAMES.get(column, column)
        if name not in ATTRIBUTES or not cell:
            continue
        kind = ATTRIBUTES[name].kind
        if kind is Kind.CODES:
            document[name] = _list_of(cell)
        elif kind is Kind.DATE:
            document[name] = cell.removesuffix(MIDNIGHT)
        else:
            document[name] = {"EAN-13": cell} if kind is Kind.PRODUCT else cell
    faults = _envelope_faults(named)
    judged = judge(document)
    if not isinstance(judged, Checked):
        faults += [Fault(f"/{column_of(one.pointer)}", one.code, one.detail) for one in judged]
    at = moment_of(named["created_at"])
    if faults or at is None or not isinstance(judged, Checked):
        return BadRow(number, tuple(faults))
    residue = msgspec.json.encode(judged.residue) if judged.residue else None
    return Row(number, judged.statement, named["uuid"], named["platform_name"], at, residue)


def _envelope_faults(named: Mapping[str, str]) -> list[Fault]:
    faults = []
    if _UUID.fullmatch(named["uuid"]) is None:
        faults.append(Fault("/uuid", FaultCode.BAD_FORM, "This is no UUID in lower case."))
    if not is_name(named["platform_name"]):
        detail = f"A platform's name has 1 to {MAX_NAME} printable characters."
        faults.append(Fault("/platform_name", FaultCode.BAD_FORM, detail))
    if moment_of(named["created_at"]) is None:
        faults.append(Fault("/created_at", FaultCode.BAD_DATE, "This is no time, written YYYY-MM-DD hh:mm:ss."))
    return faults
