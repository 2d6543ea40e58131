"""A XARF v4 report written anew, for a notice that did not come as one.

Its type claims nothing that the notice does not say: `content/fraud` with fraud_type `other` for fraud at a web
address, and for everything else `reputation/threat_intelligence`, whose threat_type is free text, with the category in
a tag.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from mufakat import locator
from mufakat.formats.items import Loss
from mufakat.formats.keys import key_of
from mufakat.formats.xarf.catalog import ANYTHING, FRAUD
from mufakat.formats.xarf.derive import EXTENSION
from mufakat.formats.xarf.shape import ADDRESS, MAX_DESCRIPTION, is_moment
from mufakat.proof import canonical
from mufakat.rules.notice import Category

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.formats.items import Contact, Outgoing

XARF_VERSION = "4.2.0"
NO_ENVELOPE = "XARF asks who reports, who sends, and when the notice was received; this notice came without them."

_ELSEWHERE = f"The explanation is longer than XARF takes; it stands in {EXTENSION}.notice.explanation."
_WEB = re.compile(r"(?:https?|ftp)://([^/?#]+)")


class Made(NamedTuple):
    """A report, where in its evidence each file of the notice stands, and what XARF has no place for."""

    report: dict[str, Any]
    places: dict[int, int]
    losses: list[Loss]


def report_anew(members: Mapping[str, Any], payloads: Mapping[int, str], outgoing: Outgoing) -> Made:
    """Write the report of a notice; `outgoing.envelope` says who reports and sends."""
    envelope = outgoing.envelope
    if envelope is None:
        raise ValueError(NO_ENVELOPE)
    category = members["category"]
    losses: list[Loss] = []
    url, source = _pointed_at(members["locators"])
    kind = FRAUD if category == Category.FRAUD and url else ANYTHING
    if kind is ANYTHING:
        detail = f"XARF has no type for {category} as this notice tells it; it stands in threat_type and in a tag."
        losses.append(Loss("/category", detail))
    date = members.get("content_date", "")
    evidence = [_item(members["evidence"][index], text) for index, text in payloads.items()]
    report = {
        "xarf_version": XARF_VERSION,
        "report_id": _report_id(outgoing.body),
        "timestamp": date if is_moment(date) else canonical.timestamp(envelope.at),
        "reporter": _contact(envelope.reporter),
        "sender": _contact(envelope.sender),
        "source_identifier": source,
        "category": kind[0],
        "type": kind[1],
        **({"url": url} if url else {}),
        **({"fraud_type": "other"} if kind is FRAUD else {"threat_type": category}),
        "description": members["explanation"] if len(members["explanation"]) <= MAX_DESCRIPTION else _ELSEWHERE,
        "tags": [f"{EXTENSION}:{category}"],
        **({"evidence": evidence} if evidence else {}),
    }
    if not is_moment(date):
        detail = "XARF asks for the time of the incident; the time when the notice was received stands there."
        losses.append(Loss("/content_date", detail))
    return Made(report, {index: place for place, index in enumerate(payloads)}, losses)


def _pointed_at(texts: list[str]) -> tuple[str | None, str]:
    """The first web address among the locators and its host; or none and the first locator as it is written."""
    for text in texts:
        found = locator.parse(text)
        if not isinstance(found, locator.Locator):
            continue
        for written in (text.strip(), found.canonical):
            host = _WEB.match(written)
            if host and ADDRESS.fullmatch(written) and locator.parse(written) == _as(found, written):
                return written, host[1]
    return None, texts[0]


def _as(found: locator.Locator, written: str) -> locator.Locator:
    return locator.Locator(found.kind, found.canonical, written, found.parameters)


def _report_id(body: bytes) -> str:
    """The same notice, sent twice, is the same report: a UUID (version 4 in form) made of its digest."""
    return str(uuid.UUID(bytes=hashlib.sha256(key_of(body).encode()).digest()[:16], version=4))


def _contact(contact: Contact) -> dict[str, str]:
    return {"org": contact.org, "contact": contact.contact, "domain": contact.domain}


def _item(ref: Mapping[str, Any], text: str) -> dict[str, Any]:
    size = len(text) // 4 * 3 - text[-2:].count("=")
    digest = f"sha256:{ref['sha256']}"
    return {
        "content_type": ref["media_type"],
        "description": ref["name"],
        "payload": text,
        "hash": digest,
        "size": size,
    }
