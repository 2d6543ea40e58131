"""What a XARF report says in our words: the members of a notice that follow from it, and its residue.

The residue, `external.xarf`, is the whole report except the payloads that became evidence, so that the report can be
made again from the notice. `_internal` is not kept: it is never transmitted (xarf-core.json), and a notice is.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from mufakat.formats.xarf.catalog import type_of
from mufakat.proof import canonical
from mufakat.rules.fault import Fault, FaultCode, Faults
from mufakat.rules.notice import MAX_CONTENT_BYTES, MAX_EVIDENCE, Category

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

EXTENSION = "mufakat"
"""Our own member of a report, and the namespace of our tags (`mufakat:terrorism`)."""
SCHEME = "xarf"
"""Under external, and as the scheme of the report's id among external_refs."""

INTERNAL = "_internal"
"""What a report's sender noted for itself: "NEVER transmitted between systems" (xarf-core.json)."""

INLINE = 1024 * 1024
"""Characters of base64 that one notice carries inside; what goes beyond is uploaded, so that 2 MiB are never passed."""

_DIGESTS: Mapping[str, Callable[..., Any]] = {
    "md5": hashlib.md5,
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}")
_ANY_MEDIA = "application/octet-stream"


class Evidence(NamedTuple):
    """One file: what a notice says of it, and its bytes, where they are here."""

    ref: Any
    content: bytes | None


class Derived(NamedTuple):
    """What follows from a report.

    members   of the notice; `external.xarf` among them.
    guesses   members that the report leaves open, to be used where nobody else says them.
    files     evidence too large for the inside of a notice.
    remarks   what the sender should know.
    read      the evidence of the report by its place there.
    """

    members: dict[str, Any]
    guesses: dict[str, str]
    files: tuple[bytes, ...]
    remarks: tuple[Fault, ...]
    read: dict[int, Evidence]


def derive(report: Mapping[str, Any], faults: Faults) -> Derived:
    """Read a report that `shape.check` found good. A payload that is no base64, or a 21st one, is a fault."""
    remarks = Faults()
    category = category_of(report, faults)
    members: dict[str, Any] = {"locators": [address_of(report)]}
    if category:
        members["category"] = category.value
    members |= _explanation(report)
    members["content_date"] = report["timestamp"]
    read = _evidence(report, faults, remarks)
    files: tuple[bytes, ...] = ()
    if read:
        members["evidence"], files = placed(read.values())
    members["external_refs"] = [{"scheme": SCHEME, "id": report["report_id"]}]
    members["external"] = {SCHEME: _residue(report, read)}
    if INTERNAL in report:
        detail = f"{INTERNAL} is not for other organisations; it was left out and should not be sent."
        remarks.add(f"/{INTERNAL}", FaultCode.UNKNOWN_MEMBER, detail)
    guesses = {"category": Category.OTHER.value, "language": "und"}
    return without_files(Derived(members, guesses, files, tuple(remarks.found), read))


def without_files(derived: Derived) -> Derived:
    """The same, where it is about child_sexual_abuse without the bytes of any file (I-15): the digests remain."""
    members = derived.members
    evidence = members.get("evidence")
    if members.get("category") != Category.CHILD_SEXUAL_ABUSE or not isinstance(evidence, list):
        return derived
    kept = [{k: v for k, v in ref.items() if k != "content"} if isinstance(ref, dict) else ref for ref in evidence]
    if kept == evidence and not derived.files:
        return derived
    detail = "For child_sexual_abuse no files are taken: of the evidence the digests were kept, and nothing else."
    remark = Fault("/evidence", FaultCode.EVIDENCE_REFUSED, detail)
    return derived._replace(members={**members, "evidence": kept}, files=(), remarks=(*derived.remarks, remark))


def address_of(report: Mapping[str, Any]) -> str:
    """What is pointed at: the address, where the type has one, or else the source.

    Never both: the source beside an address is the server that it is on, with much else that nobody asks about.
    """
    name = type_of(report).address
    address = report.get(name) if name else None
    return address if isinstance(address, str) and address.strip() else str(report["source_identifier"])


def category_of(report: Mapping[str, Any], faults: Faults) -> Category | None:
    """Our category by the type, or else by a tag such as mufakat:gambling; two different tags are a fault."""
    known = {f"{EXTENSION}:{category}": category for category in Category}
    tags = report.get("tags", [])
    tagged = {known[tag] for tag in tags if tag in known}
    if len(tagged) > 1:
        faults.add(
            "/tags", FaultCode.REPEATED_MEMBER, "The tags name two categories of ours; which counts is not known."
        )
    return type_of(report).category or (tagged.pop() if tagged else None)


def _evidence(report: Mapping[str, Any], faults: Faults, remarks: Faults) -> dict[int, Evidence]:
    """The evidence of a report by its place; an empty payload is none."""
    found: dict[int, Evidence] = {}
    for index, item in enumerate(report.get("evidence", [])):
        if not item["payload"]:
            continue
        content = canonical.from_base64(item["payload"])
        if content is None:
            detail = "This is not base64 (RFC 4648, with padding, no blanks)."
            faults.add(f"/evidence/{index}/payload", FaultCode.BAD_FORM, detail)
            continue
        _compare(item, content, index, remarks)
        media_type = item["content_type"].partition(";")[0].strip()
        ref = {
            "name": _name(item, index),
            "media_type": media_type if _MEDIA_TYPE.fullmatch(media_type) else _ANY_MEDIA,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        found[index] = Evidence(ref, content)
    if len(found) > MAX_EVIDENCE:
        detail = f"A notice takes at most {MAX_EVIDENCE} files; these are {len(found)}: send several reports."
        faults.add("/evidence", FaultCode.TOO_MANY, detail)
    return found


def placed(found: Iterable[Evidence]) -> tuple[list[Any], tuple[bytes, ...]]:
    """The evidence of the notice, small files inside of it, and the files that are to be uploaded first."""
    refs: list[Any] = []
    files: list[bytes] = []
    room = INLINE
    for ref, content in found:
        text = canonical.to_base64(content or b"")
        if not content:
            refs.append(ref)
        elif len(content) <= MAX_CONTENT_BYTES and len(text) <= room:
            room -= len(text)
            refs.append({**ref, "content": text})
        else:
            refs.append(ref)
            files.append(content)
    return refs, tuple(files)


def _explanation(report: Mapping[str, Any]) -> dict[str, str]:
    """The description in whatever language it is, or a sentence of our own where there is none."""
    description = report.get("description", "")
    if description.strip():
        return {"explanation": description}
    org = report["reporter"]["org"].strip() or report["reporter"]["domain"]
    kind = f"{report['category']}/{report['type']}"
    return {"explanation": f"XARF report of {kind}, by {org}, at {report['timestamp']}.", "language": "en"}


def _compare(item: Mapping[str, Any], content: bytes, index: int, remarks: Faults) -> None:
    """Say where a payload is not what the report says of it; the notice names the payload's digest and keeps both."""
    name, _, digits = item.get("hash", "").partition(":")
    if name and _DIGESTS[name](content, usedforsecurity=False).hexdigest() != digits.lower():
        detail = f"The payload has another {name} than the report says; the notice names the digest of the payload."
        remarks.add(f"/evidence/{index}/hash", FaultCode.DIGEST_MISMATCH, detail)
    if item.get("size", len(content)) != len(content):
        detail = f"The payload has {len(content)} bytes, the report says another number."
        remarks.add(f"/evidence/{index}/size", FaultCode.BAD_NUMBER, detail)


def _name(item: Mapping[str, Any], index: int) -> str:
    """The description where it is one line of a file name's length, else a number; the description itself is kept."""
    text = item.get("description", "")
    good = text.strip() and len(text) <= 255 and text.isprintable()
    return text if good else f"evidence {index + 1}"


def _residue(report: Mapping[str, Any], read: Mapping[int, Evidence]) -> dict[str, Any]:
    kept = {name: value for name, value in report.items() if name not in {INTERNAL, EXTENSION}}
    if "evidence" in kept:
        kept["evidence"] = [
            {name: value for name, value in item.items() if name != "payload" or index not in read}
            for index, item in enumerate(report["evidence"])
        ]
    return kept
