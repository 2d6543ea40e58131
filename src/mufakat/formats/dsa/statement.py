"""A statement of reasons as the DSA Transparency Database (schema v2) holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

Codes = tuple[str, ...]


class ContentId(Struct, frozen=True, rename={"ean_13": "EAN-13"}):
    """What product it is about."""

    ean_13: str  # 13 digits.


class Statement(Struct, frozen=True, omit_defaults=True):
    """Its attributes in the order of the daily dump; null where there is nothing. An empty list is not null.

    Codes are those of `codes.CODES`, dates are YYYY-MM-DD, lengths are characters. What the public database says of a
    statement itself (uuid, platform, when it was created) is no part of it.
    """

    decision_visibility: Codes | None = None
    decision_visibility_other: str | None = None
    end_date_visibility_restriction: str | None = None
    decision_monetary: str | None = None
    decision_monetary_other: str | None = None
    end_date_monetary_restriction: str | None = None
    decision_provision: str | None = None
    end_date_service_restriction: str | None = None
    decision_account: str | None = None
    end_date_account_restriction: str | None = None
    account_type: str | None = None
    decision_ground: str | None = None
    decision_ground_reference_url: str | None = None
    illegal_content_legal_ground: str | None = None
    illegal_content_explanation: str | None = None
    incompatible_content_ground: str | None = None
    incompatible_content_explanation: str | None = None
    incompatible_content_illegal: str | None = None
    category: str | None = None
    category_addition: Codes | None = None
    category_specification: Codes | None = None
    category_specification_other: str | None = None
    content_type: Codes | None = None
    content_type_other: str | None = None
    content_language: str | None = None
    content_date: str | None = None
    content_id: ContentId | None = None
    territorial_scope: Codes | None = None
    application_date: str | None = None
    decision_facts: str | None = None
    source_type: str | None = None
    source_identity: str | None = None
    automated_detection: str | None = None
    automated_decision: str | None = None
    puid: str | None = None


ENCODER = msgspec.json.Encoder()


def encoded(statement: Statement) -> bytes:
    """The statement as one JSON object, as the public database takes it; the same statement, the same bytes."""
    return ENCODER.encode(statement)


def decoded(body: bytes) -> Statement:
    """What `encoded` wrote."""
    return msgspec.json.decode(body, type=Statement)


def document_of(statement: Statement) -> dict[str, Any]:
    """The same as plain values, without the attributes that are null."""
    found: dict[str, Any] = msgspec.to_builtins(statement)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def residue_of(document: Mapping[str, Any], statement: Statement) -> dict[str, Any]:
    """What of a document its statement does not hold as it was sent: discarded, put in order, under another name.

    A member that the statement has and the document had not is null here.
    """
    kept = document_of(statement)
    residue = {name: value for name, value in document.items() if value is not None and kept.get(name) != value}
    return residue | {name: None for name in kept if document.get(name) is None}


def restored(statement: Statement, residue: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it was sent, its nulls left out: null and absent are one to the public database."""
    return {name: value for name, value in (document_of(statement) | dict(residue)).items() if value is not None}
