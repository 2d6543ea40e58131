"""Whether a JSON value is a XARF v4 report: the core's members, and what its type requires (`catalog`).

Source: xarf/xarf-spec at 37820da, schemas/v4/xarf-core.json. What is optional and of a type's own is kept as it came
and not judged: it is the sender's, and we decide nothing by it.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mufakat.formats.xarf.catalog import CATEGORIES, TYPES, Kind, Need, Type
from mufakat.rules.fault import Fault, FaultCode, Faults, excerpt, within
from mufakat.rules.reading import check_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_EVIDENCE = 50
MAX_EVIDENCE_BYTES = 5 * 1024 * 1024
MAX_DESCRIPTION = 1000
"""Characters of a report's description."""

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
"""A scheme, and nothing but visible ASCII behind it (RFC 3986)."""
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)

_VERSION = re.compile(r"4\.[0-9]+\.[0-9]+")
_HASH = re.compile(r"(md5|sha1|sha256|sha512):[0-9a-fA-F]+")
_TAG = re.compile(r"[a-z0-9][a-z0-9_+-]*:[a-z0-9][a-z0-9_+-]*")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OF_VERSION_3 = ("Version", "ReporterInfo", "Report")
_DEPTH = 2  # `external` and `xarf` will be around it.


def check(report: Any, faults: Faults) -> None:
    """Add a fault for everything that keeps plain values from JSON from being a XARF v4 report."""
    if not isinstance(report, dict):
        faults.add("", FaultCode.WRONG_TYPE, "A XARF report is a JSON object: it begins with { and ends with }.")
    elif fault := _other_version(report):
        faults.add(fault.pointer, fault.code, fault.detail)
    else:
        check_foreign(report, "", faults, depth=_DEPTH)
        _check_core(report, faults)
        _check_evidence(report.get("evidence", []), faults)
        _check_type(report, faults)


def is_moment(text: str) -> bool:
    """Whether this is a time that exists, written as RFC 3339 asks."""
    if not MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


def _other_version(report: Mapping[str, Any]) -> Fault | None:
    version = report.get("xarf_version")
    if isinstance(version, str) and _VERSION.fullmatch(version):
        return None
    if version is not None:
        said = excerpt(version if isinstance(version, str) else str(version)[:50])
        detail = f"This report says that it is XARF {said}; version 4 is read here (written 4.0.0, 4.2.0)."
        return Fault("/xarf_version", FaultCode.NOT_IN_LIST, detail)
    if old := [name for name in _OF_VERSION_3 if name in report]:
        said = excerpt(str(report.get("Version", "3"))[:50])
        detail = f"This is a report of XARF version {said}, which nobody converts here; version 4 is read."
        return Fault(f"/{old[0]}", FaultCode.NOT_IN_LIST, detail)
    return Fault("/xarf_version", FaultCode.MISSING, "xarf_version is required, such as 4.2.0: is this XARF at all?")


def _check_core(report: Mapping[str, Any], faults: Faults) -> None:
    if (text := _text(report, "report_id", faults)) is not None and not _UUID.fullmatch(text):
        faults.add("/report_id", FaultCode.BAD_FORM, f"Expected a UUID; got {excerpt(text)}.")
    if (text := _text(report, "timestamp", faults)) is not None and not is_moment(text):
        faults.add("/timestamp", FaultCode.BAD_DATE, f"Expected a time as in RFC 3339; got {excerpt(text)}.")
    if (text := _text(report, "source_identifier", faults)) is not None and not text.strip():
        faults.add("/source_identifier", FaultCode.EMPTY, "This must not be empty.")
    for name in ("reporter", "sender"):
        _check_contact(report.get(name), f"/{name}", faults)
    if "description" in report:
        _read(report, "description", Need(most=MAX_DESCRIPTION), "", faults)
    if "source_port" in report:
        _read(report, "source_port", Need(Kind.WHOLE, least=1, most=65535), "", faults)
    confidence = report.get("confidence", 0)
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        faults.add("/confidence", FaultCode.BAD_NUMBER, "Expected a number from 0 to 1.")
    if report.get("legacy_version", "3") != "3":
        faults.add("/legacy_version", FaultCode.NOT_IN_LIST, "Only 3 can stand here.")
    if not isinstance(report.get("_internal", {}), dict):
        faults.add("/_internal", FaultCode.WRONG_TYPE, "Expected an object.")
    _check_tags(report.get("tags", []), faults)


def _check_contact(contact: Any, pointer: str, faults: Faults) -> None:
    if not isinstance(contact, dict):
        code = FaultCode.MISSING if contact is None else FaultCode.WRONG_TYPE
        faults.add(pointer, code, "An object with org, contact and domain is required.")
        return
    _refuse_others(contact, {"org", "contact", "domain"}, pointer, faults)
    _read(contact, "org", Need(most=200), pointer, faults)
    if (mail := _text(contact, "contact", faults, pointer)) is not None and not _MAIL.fullmatch(mail):
        faults.add(f"{pointer}/contact", FaultCode.BAD_FORM, f"Expected an e-mail address; got {excerpt(mail)}.")
    name = _text(contact, "domain", faults, pointer)
    if name is not None and not (len(name) <= 253 and _DOMAIN.fullmatch(name)):
        faults.add(f"{pointer}/domain", FaultCode.BAD_FORM, f"Expected a domain; got {excerpt(name)}.")


def _check_tags(tags: Any, faults: Faults) -> None:
    if not isinstance(tags, list):
        faults.add("/tags", FaultCode.WRONG_TYPE, "Expected a list.")
        return
    if len(tags) > 20:
        faults.add("/tags", FaultCode.TOO_MANY, f"XARF takes at most 20 tags; these are {len(tags)}.")
    for index, tag in enumerate(tags):
        if not isinstance(tag, str) or not _TAG.fullmatch(tag):
            faults.add(f"/tags/{index}", FaultCode.BAD_FORM, "Expected a tag such as namespace:word, in lower case.")


def _check_evidence(evidence: Any, faults: Faults) -> None:
    if not isinstance(evidence, list):
        faults.add("/evidence", FaultCode.WRONG_TYPE, "Expected a list.")
        return
    if len(evidence) > MAX_EVIDENCE:
        detail = f"XARF takes at most {MAX_EVIDENCE} items; these are {len(evidence)}."
        faults.add("/evidence", FaultCode.TOO_MANY, detail)
    for index, item in enumerate(evidence):
        place = f"/evidence/{index}"
        if not isinstance(item, dict):
            faults.add(place, FaultCode.WRONG_TYPE, "Expected an object.")
            continue
        _refuse_others(item, {"content_type", "description", "payload", "hash", "size"}, place, faults)
        _read(item, "content_type", Need(), place, faults)
        if not isinstance(item.get("payload"), str):
            faults.add(f"{place}/payload", FaultCode.MISSING, "The payload, text in base64, is required.")
        if "description" in item:
            _read(item, "description", Need(most=500), place, faults)
        if "size" in item:
            _read(item, "size", Need(Kind.WHOLE, most=MAX_EVIDENCE_BYTES), place, faults)
        if "hash" in item and (text := _text(item, "hash", faults, place)) is not None and not _HASH.fullmatch(text):
            faults.add(f"{place}/hash", FaultCode.BAD_FORM, f"Expected sha256: and its digits; got {excerpt(text)}.")


def _check_type(report: Mapping[str, Any], faults: Faults) -> None:
    category, name = _text(report, "category", faults), _text(report, "type", faults)
    if category is None or name is None:
        return
    if category not in CATEGORIES:
        detail = f"{excerpt(category)} is not one of: {', '.join(CATEGORIES)}."
        faults.add("/category", FaultCode.NOT_IN_LIST, detail)
    elif (category, name) not in TYPES:
        known = ", ".join(one for of, one in TYPES if of == category)
        faults.add("/type", FaultCode.NOT_IN_LIST, f"In {category} XARF 4 knows {known}; got {excerpt(name)}.")
    else:
        kind = TYPES[category, name]
        for member, need in kind.needs.items():
            _read(report, member, need, "", faults)
        _check_together(report, kind, faults)


def _check_together(report: Mapping[str, Any], kind: Type, faults: Faults) -> None:
    """What is required because of another member's value."""
    mailed = kind.mailed and report.get("protocol") == "smtp"
    ported = kind.ported and _is_ip(report.get("source_identifier"))
    if mailed:
        _text(report, "smtp_from", faults)
    if (mailed or ported) and "source_port" not in report:
        faults.add("/source_port", FaultCode.MISSING, "source_port is required with this source and protocol.")
    if kind.inside:
        member, names = kind.inside
        holder = report.get(member)
        if not isinstance(holder, dict) or not any(name in holder for name in names):
            faults.add(f"/{member}", FaultCode.MISSING, f"An object with {' or '.join(names)} is required.")


def _is_ip(text: Any) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _text(holder: Mapping[str, Any], name: str, faults: Faults, pointer: str = "") -> str | None:
    """The text of a required member, or None and a fault."""
    found = _read(holder, name, Need(), pointer, faults)
    return found if isinstance(found, str) else None


def _read(holder: Mapping[str, Any], name: str, need: Need, pointer: str, faults: Faults) -> Any:
    """The member where it is what is needed, or None and a fault."""
    place, value = f"{pointer}/{name}", holder.get(name)
    if value is None:
        faults.add(place, FaultCode.MISSING, f"{name} is required.")
    elif need.kind is Kind.WHOLE:
        return _read_whole(value, need, place, faults)
    elif need.kind is Kind.TEXTS:
        _check_texts(value, need, place, faults)
    elif not isinstance(value, str):
        faults.add(place, FaultCode.WRONG_TYPE, "Expected text.")
    elif need.most is not None and len(value) > need.most:
        faults.add(place, FaultCode.TOO_LONG, f"XARF takes at most {need.most} characters; these are {len(value)}.")
    elif need.among and value not in need.among:
        allowed = ", ".join(sorted(need.among))
        faults.add(place, FaultCode.NOT_IN_LIST, f"{excerpt(value)} is not one of: {allowed}.")
    elif need.kind is Kind.ADDRESS and not ADDRESS.fullmatch(value):
        faults.add(place, FaultCode.BAD_FORM, f"Expected an address with its scheme, in ASCII; got {excerpt(value)}.")
    elif need.kind is Kind.MOMENT and not is_moment(value):
        faults.add(place, FaultCode.BAD_DATE, f"Expected a time as in RFC 3339; got {excerpt(value)}.")
    else:
        return value
    return None


def _read_whole(value: Any, need: Need, place: str, faults: Faults) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if is_whole and need.least <= value <= (value if need.most is None else need.most):
        return int(value)
    bounds = f"from {need.least}" + (f" to {need.most}" if need.most is not None else "")
    faults.add(place, FaultCode.BAD_NUMBER, f"Expected a whole number {bounds}.")
    return None


def _check_texts(value: Any, need: Need, place: str, faults: Faults) -> None:
    if not isinstance(value, list) or len(value) < need.least:
        faults.add(place, FaultCode.WRONG_TYPE, f"Expected a list of texts, {need.least} at least.")
        return
    for index, one in enumerate(value):
        if not isinstance(one, str) or (need.among and one not in need.among):
            faults.add(f"{place}/{index}", FaultCode.NOT_IN_LIST, "This is not a text that XARF lists here.")


def _refuse_others(holder: Mapping[str, Any], known: set[str], pointer: str, faults: Faults) -> None:
    for name in holder:
        if name not in known:
            faults.add(within(pointer, name), FaultCode.UNKNOWN_MEMBER, f"{excerpt(name)} is not known here.")
