"""A statement of reasons as the DSA Transparency Database shows it: every attribute, null where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mufakat.formats import dsa

if TYPE_CHECKING:
    from mufakat.formats.dsa import Statement
    from mufakat.server.decisions.dsa_intake import Prepared
    from mufakat.server.decisions.dsa_rows import ForeignStatement

PLACE = "/api/v1/statement"


def face(row: Prepared | ForeignStatement, statement: Statement) -> dict[str, Any]:
    """The attributes, and what that database says besides: its name of the statement, whose it is, since when."""
    said = dsa.document_of(statement)
    product = said.pop("content_id", None)
    return {
        **{name: said.get(name) for name in statement.__struct_fields__ if name != "content_id"},
        "content_id_ean": product["EAN-13"] if product else None,
        "uuid": row.uuid,
        "created_at": f"{row.created_at:%Y-%m-%d %H:%M:%S}",
        "platform_name": row.platform,
        "permalink": f"{PLACE}/{row.uuid}",
        "self": f"{PLACE}/{row.uuid}",
        "id": row.uuid,
        "puid": statement.puid,
    }
