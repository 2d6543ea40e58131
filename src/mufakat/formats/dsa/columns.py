"""The columns of the daily dump, full version, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.fault import Fault, FaultCode, excerpt

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = (
    *("uuid", "decision_visibility", "decision_visibility_other", "end_date_visibility_restriction"),
    *("decision_monetary", "decision_monetary_other", "end_date_monetary_restriction"),
    *("decision_provision", "end_date_service_restriction", "decision_account", "end_date_account_restriction"),
    *("account_type", "decision_ground", "decision_ground_reference_url"),
    *("illegal_content_legal_ground", "illegal_content_explanation", "incompatible_content_ground"),
    *("incompatible_content_explanation", "incompatible_content_illegal"),
    *("category", "category_addition", "category_specification", "category_specification_other"),
    *("content_type", "content_type_other", "content_language", "content_date", "content_id_ean"),
    *("territorial_scope", "application_date", "decision_facts", "source_type", "source_identity"),
    *("automated_detection", "automated_decision", "platform_name", "platform_uid", "created_at"),
)
"""All of them, in their order. `platform_uid` is the PUID."""

NAMES = {"platform_uid": "puid", "content_id_ean": "content_id"}
"""The attributes of which a column has another name."""
MIDNIGHT = " 00:00:00"
"""What stands behind every day."""

_LIGHT = frozenset(
    {"illegal_content_explanation", "incompatible_content_explanation", "territorial_scope", "decision_facts"}
)
_NOTHING_TAKEN = "Nothing of this file was taken."


def column_of(pointer: str) -> str:
    """The column of the attribute that a pointer leads to."""
    name = pointer.split("/")[1] if pointer else ""
    return next((column for column, other in NAMES.items() if other == name), name)


def header_fault(names: Sequence[str]) -> Fault | None:
    """Why the first line of a file cannot be used."""
    missing = [column for column in COLUMNS if column not in names]
    if missing and set(missing) <= _LIGHT:
        detail = f"This is the light version of the dump, without {', '.join(missing)}; take the full one."
        return Fault("", FaultCode.MISSING, f"{detail} {_NOTHING_TAKEN}")
    if missing:
        return Fault("", FaultCode.MISSING, f"The first line does not name {', '.join(missing)}. {_NOTHING_TAKEN}")
    if odd := next((name for name in names if name not in COLUMNS), None):
        detail = f"The daily dump has no column {excerpt(odd)}. {_NOTHING_TAKEN}"
        return Fault("", FaultCode.UNKNOWN_MEMBER, detail)
    if len(names) != len(COLUMNS):
        return Fault("", FaultCode.REPEATED_MEMBER, f"The first line names a column twice. {_NOTHING_TAKEN}")
    return None
