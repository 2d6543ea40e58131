"""The columns of our csv files: which member of a notice each one holds, and how cells become members and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.formats.members import apply, difference
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.reading import UNREAD, check_foreign, parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

CODES = ("to", "kind", "category", "language", "urgency", "content_date", "otherwise")
"""One word each; blanks around it are a slip of the hand."""
LISTS = ("requested_measures", "territory")
"""Several codes, separated by blanks, commas or semicolons."""
GROUNDS: Mapping[str, tuple[str, ...]] = {
    "legal_ground": ("system", "instrument", "provision"),
    "terms_ground": ("document", "clause", "url"),
}
REF = "external_ref"
REF_PARTS = ("scheme", "id")

REST = "more"
"""Members that the other columns cannot hold, as one JSON object: evidence, external, several external_refs …"""
MARK = "mufakat.csv"
"""The column of our own exports: 1 in a row whose cells were guarded against spreadsheets (`guard`)."""
MARKED = "1"

COLUMNS = (
    "to",
    "kind",
    "category",
    "locators",
    "explanation",
    "language",
    "urgency",
    "content_date",
    *(f"{ground}.{part}" for ground, parts in GROUNDS.items() for part in parts),
    *LISTS,
    *(f"{REF}.{part}" for part in REF_PARTS),
    "otherwise",
    REST,
    MARK,
)
"""The names that a header may hold, in the order of our exports; any other column survives under external.csv."""

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), in the wide forms of East Asia too,
# and our own sign, so that taking one away always restores the cell.
_ACTIVE = tuple("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")
_BETWEEN_CODES = re.compile(r"[\s,;]+")


def guard(cell: str) -> str:
    """The cell as no spreadsheet runs it: with ' in front where it begins like a formula, or with ' itself."""
    return f"'{cell}" if cell.startswith(_ACTIVE) else cell


def unguard(cell: str) -> str:
    """The cell as it was before `guard`."""
    return cell.removeprefix("'")


def column_of(pointer: str) -> str:
    """The column that a fault's pointer (RFC 6901) leads to, or "" where no column of its own holds that member."""
    steps = pointer.split("/")[1:]
    if not steps:
        return ""
    name = {"external_refs": REF}.get(steps[0], steps[0])
    parts = GROUNDS.get(name) or (REF_PARTS if name == REF else ())
    part = steps[-1] if steps[-1] in parts else parts[0] if parts else ""
    full = f"{name}.{part}" if part else name
    return full if full in COLUMNS else ""


def members_of(cells: Mapping[str, str], faults: Faults) -> dict[str, Any]:
    """The members of a notice from the cells of a row by column, names of ours and of others. Empty cells say nothing.

    Texts are kept exactly; what a member means is for `rules.admissibility`. Only `more` and the mark can be faulty.
    """
    mark = cells.get(MARK, "").strip()
    if mark not in {"", MARKED}:
        detail = f"The column {MARK} holds 1 or nothing; this row was written by another version, or by hand."
        faults.add("", FaultCode.NOT_IN_LIST, detail)
    if mark:
        cells = {name: unguard(cell) if name in COLUMNS else cell for name, cell in cells.items()}
    found = apply(_carried(cells), _rest(cells.get(REST, ""), faults))
    foreign = {name: cell for name, cell in cells.items() if name not in COLUMNS and cell}
    return _with_foreign(found, foreign, faults) if foreign else found


def cells_of(members: Mapping[str, Any]) -> dict[str, str]:
    """The cells, not yet guarded, from which `members_of` makes exactly these members."""
    cells = {name: str(members.get(name, "")) for name in ("explanation", *CODES)}
    for name in ("locators", *LISTS):
        cells[name] = ("\n" if name == "locators" else " ").join(members.get(name, ()))
    for ground, parts in GROUNDS.items():
        cells |= {f"{ground}.{part}": members.get(ground, {}).get(part, "") for part in parts}
    first = (members.get("external_refs") or [{}])[0]
    cells |= {f"{REF}.{part}": first.get(part, "") for part in REF_PARTS}
    cells = {name: "" if "\x00" in cell else cell for name, cell in cells.items()}
    rest = difference(members, _carried(cells))
    cells[REST] = msgspec.json.encode(rest).decode() if rest else ""
    return cells


def _carried(cells: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: cell.strip() for name in CODES if (cell := cells.get(name, "")).strip()}
    if explanation := cells.get("explanation"):
        found["explanation"] = explanation
    if locators := cells.get("locators", "").split():
        found["locators"] = locators
    for name in LISTS:
        if codes := [code for code in _BETWEEN_CODES.split(cells.get(name, "")) if code]:
            found[name] = codes
    for ground, parts in GROUNDS.items():
        if said := _parts(cells, ground, parts):
            found[ground] = said
    if ref := _parts(cells, REF, REF_PARTS):
        found["external_refs"] = [ref]
    return found


def _parts(cells: Mapping[str, str], name: str, parts: tuple[str, ...]) -> dict[str, str]:
    return {part: cell for part in parts if (cell := cells.get(f"{name}.{part}", ""))}


def _rest(cell: str, faults: Faults) -> dict[str, Any]:
    if not cell.strip():
        return {}
    own = Faults()
    value = parse_json(cell.encode(), own)
    if isinstance(value, dict):
        check_foreign(value, "", own, depth=0)
    elif value is not UNREAD:
        own.add("", FaultCode.WRONG_TYPE, "Expected an object.")
    for fault in own.found:
        faults.add(fault.pointer, fault.code, f"In the column {REST}: {fault.detail}")
    return value if isinstance(value, dict) and not own.found else {}


def _with_foreign(members: dict[str, Any], foreign: dict[str, str], faults: Faults) -> dict[str, Any]:
    external = members.get("external", {})
    beside = external.get("csv", {}) if isinstance(external, dict) else None
    if not isinstance(beside, dict):
        detail = f"The column {REST} holds another external.csv; rename or remove the columns that are not ours."
        faults.add("/external/csv", FaultCode.REPEATED_MEMBER, detail)
        return members
    return {**members, "external": {**external, "csv": {**beside, **foreign}}}
