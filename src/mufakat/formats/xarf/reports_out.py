"""XARF v4 out: a notice as a report that the schema takes, and a list of what XARF has no place for.

A notice that came as a report goes out as that report, every field as it was; another is written anew (`anew`). What
does not follow from the report stands in `mufakat` (`extension`), so that reading the report again gives the notice.
"""

from __future__ import annotations

import binascii
import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.formats.items import Bad, Chunk, Loss, Outgoing
from mufakat.formats.members import difference, draft_of, plain
from mufakat.formats.xarf.anew import NO_ENVELOPE, Made, report_anew
from mufakat.formats.xarf.derive import EXTENSION, INTERNAL, SCHEME, Derived
from mufakat.formats.xarf.extension import PAYLOAD, VERSION, says_the_same
from mufakat.formats.xarf.reports_in import notice_of
from mufakat.formats.xarf.shape import MAX_EVIDENCE_BYTES
from mufakat.proof import canonical
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import Category

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_KEPT = f"It stands in {EXTENSION}.notice, which other readers pass over."
_NO_PLACE: Mapping[str, str] = {
    "to": "XARF names no recipient.",
    "kind": "XARF does not say on whose authority a report is sent.",
    "category": "This type of report leaves the category open.",
    "locators": "XARF names one address, in its plain form.",
    "explanation": "XARF takes a description of at most 1000 characters.",
    "language": "XARF does not say in which language a description is.",
    "urgency": "XARF knows no urgency.",
    "content_date": "XARF takes a time of day with its zone, and asks for one.",
    "legal_ground": "XARF names no law.",
    "terms_ground": "XARF names no terms of service.",
    "requested_measures": "XARF asks for no measure.",
    "territory": "XARF names no territory.",
    "evidence": "XARF carries files inside alone, with a description in place of a name.",
    "external_refs": "XARF carries no numbers but its own.",
    "otherwise": "XARF knows no mandates.",
    "non_disclosure": "XARF keeps nothing from the public.",
    "external": "XARF carries no residue of other formats.",
}


def write_xarf(notices: Iterable[Outgoing]) -> Iterator[Chunk | Bad]:
    """Write one report a line. An `envelope` is needed for every notice that did not come as a report."""
    for number, outgoing in enumerate(notices, start=1):
        if isinstance(draft := draft_of(outgoing.body), tuple):
            yield Bad(number, draft)
            continue
        faults = Faults()
        made = report_of(plain(draft), outgoing, faults)
        if made is None:
            yield Bad(number, tuple(faults.found))
        else:
            yield Chunk(number, msgspec.json.encode(made.report) + b"\n", tuple(made.losses))


def report_of(members: Mapping[str, Any], outgoing: Outgoing, faults: Faults) -> Made | None:
    """The report of a notice; None and faults where there cannot be one."""
    losses: list[Loss] = []
    members = _without_internal(members, losses)
    payloads = _payloads(members, outgoing.files, losses, faults)
    if faults.found:
        return None
    made = _again(members, payloads)
    if made is None and outgoing.envelope is None:
        faults.add("", FaultCode.MISSING, NO_ENVELOPE)
        return None
    made = made or report_anew(members, payloads, outgoing)
    derived = notice_of(made.report, faults)  # What leaves is read as strictly as what comes in.
    if derived is None:
        return None
    rest = _rest(members, derived, made.places)
    losses += made.losses
    losses += [Loss(f"/{name}", f"{_NO_PLACE[name]} {_KEPT}") for name, value in rest.items() if value is not None]
    return Made({**made.report, EXTENSION: {"version": VERSION, "notice": rest}} if rest else made.report, {}, losses)


def _without_internal(members: Mapping[str, Any], losses: list[Loss]) -> Mapping[str, Any]:
    """The notice without what a report's sender noted for itself, where somebody kept it in the residue by hand."""
    external = members.get("external", {})
    residue = external.get(SCHEME)
    if not isinstance(residue, dict) or INTERNAL not in residue:
        return members
    losses.append(
        Loss(f"/external/{SCHEME}/{INTERNAL}", "This is for nobody but the one who wrote it; it does not go out.")
    )
    kept = {name: value for name, value in residue.items() if name != INTERNAL}
    return {**members, "external": {**external, SCHEME: kept}}


def _payloads(
    members: Mapping[str, Any], files: Mapping[str, bytes], losses: list[Loss], faults: Faults
) -> dict[int, str]:
    """The base64 of every file that is here and may be sent, by its place in the notice."""
    found: dict[int, str] = {}
    for index, ref in enumerate(members.get("evidence", [])):
        if members["category"] == Category.CHILD_SEXUAL_ABUSE:
            losses.append(
                Loss(f"/evidence/{index}", f"No file goes out for child_sexual_abuse; its digest does. {_KEPT}")
            )
            continue
        content = _content(ref, files)
        if content is not None and hashlib.sha256(content).hexdigest() != ref["sha256"]:
            detail = "The content has another digest, or is no base64: this cannot be sent on."
            faults.add(f"/evidence/{index}", FaultCode.DIGEST_MISMATCH, detail)
        elif content and len(content) <= MAX_EVIDENCE_BYTES:
            found[index] = canonical.to_base64(content)
        else:
            why = f"has more than {MAX_EVIDENCE_BYTES} bytes" if content else "is not here, or empty"
            losses.append(Loss(f"/evidence/{index}", f"XARF carries files inside alone, and this one {why}. {_KEPT}"))
    return found


def _content(ref: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes | None:
    """The bytes of a file; empty ones, which fit no digest of a content, for text that is no base64."""
    if "content" not in ref:
        return files.get(ref["sha256"])
    try:
        return binascii.a2b_base64(ref["content"], strict_mode=True)
    except ValueError:
        return b""


def _again(members: Mapping[str, Any], payloads: Mapping[int, str]) -> Made | None:
    """The report that the notice came in, where the notice still says what that report says; else None."""
    external = members.get("external", {})
    residue = external.get(SCHEME)
    items = residue.get("evidence", []) if isinstance(residue, dict) and EXTENSION not in residue else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    stubs = [place for place, item in enumerate(items) if "payload" not in item]
    if len(stubs) != len(members.get("evidence", [])):
        return None
    evidence: list[Any] = []
    places: dict[int, int] = {}
    for place, item in enumerate(items):
        if "payload" in item:
            evidence.append(item)
        elif (index := stubs.index(place)) in payloads:
            places[index] = len(evidence)
            evidence.append({**item, "payload": payloads[index]})
    report = {**residue, "evidence": evidence} if "evidence" in residue else residue
    derived = notice_of(report, Faults())
    if derived is None or derived.members.get("category", members["category"]) != members["category"]:
        return None
    return Made(report, places, []) if says_the_same(derived.members["locators"], members["locators"]) else None


def _rest(members: Mapping[str, Any], derived: Derived, places: Mapping[int, int]) -> dict[str, Any]:
    """The members that do not follow from the report."""
    external = members.get("external", {})
    residue = derived.members["external"][SCHEME]
    own = {name: value for name, value in external.items() if name != SCHEME or value != residue}
    rest = difference(_without_external(members), _without_external(derived.members))
    if rest.get("evidence"):
        rest["evidence"] = [
            {**{k: v for k, v in ref.items() if k != "content"}, PAYLOAD: places[index]} if index in places else ref
            for index, ref in enumerate(rest["evidence"])
        ]
    return {**rest, "external": own} if own else rest


def _without_external(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name != "external"}
