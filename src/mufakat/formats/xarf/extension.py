"""Our member of a report, `mufakat`: `{"version": 1, "notice": {…}}`, what of a notice XARF has no place for.

`notice` holds the members that do not follow from the rest of the report (null: the notice has no such member). A file
in it is named by its place among the report's evidence. What the report says in its own words it cannot unsay: every
locator that follows from the report must be among the notice's, and a category that follows from it stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mufakat import locator
from mufakat.formats.members import NAMES, apply
from mufakat.formats.xarf.derive import EXTENSION, SCHEME, Derived, Evidence, placed, without_files
from mufakat.rules.fault import FaultCode, Faults, excerpt, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSION = 1
CARRIER = "xarf_carrier"
"""Under external: the report that a notice came in, where external.xarf is another report that it came in before."""

PAYLOAD = "payload"
"""In a file that the extension names: its place (from 0) among the report's evidence."""

_PLACE = f"/{EXTENSION}/notice"


def restore(derived: Derived, extension: Any, faults: Faults) -> Derived:
    """The notice that the extension makes of what followed from the report; faults where it cannot."""
    rest = _rest(extension, faults)
    if rest is None:
        return derived
    _refuse_contradictions(derived, rest, faults)
    members = apply(derived.members, rest)
    files = derived.files if "evidence" not in rest else ()
    if isinstance(rest.get("evidence"), list):
        members["evidence"], files = _evidence(rest["evidence"], derived.read, faults)
    members["external"] = _external(derived.members["external"][SCHEME], rest.get("external"))
    return without_files(derived._replace(members=members, files=files))


def says_the_same(texts: Iterable[str], others: Iterable[str]) -> bool:
    """Whether every locator of `texts` is also one of `others`, however written."""
    return {_form(text) for text in texts} <= {_form(text) for text in others}


def is_of(carrier: Mapping[str, Any], residue: Any) -> bool:
    """Whether `residue` says all that the residue `carrier` says, so that the carrier need not be kept."""
    return isinstance(residue, dict) and all(
        _holds(residue.get(name), value) if name == "evidence" else residue.get(name) == value
        for name, value in carrier.items()
    )


def _holds(items: Any, some: list[Any]) -> bool:
    return isinstance(items, list) and all(one in items for one in some)


def _form(text: str) -> str:
    found = locator.parse(text)
    return found.canonical if isinstance(found, locator.Locator) else text


def _rest(extension: Any, faults: Faults) -> dict[str, Any] | None:
    if not isinstance(extension, dict) or not isinstance(extension.get("notice"), dict):
        detail = f"{EXTENSION} is our own member; expected an object with version and notice."
        faults.add(f"/{EXTENSION}", FaultCode.WRONG_TYPE, detail)
        return None
    if extension.get("version") != VERSION or extension.keys() != {"version", "notice"}:
        detail = f"Of our own member {EXTENSION} version {VERSION} is read; this is another."
        faults.add(f"/{EXTENSION}/version", FaultCode.NOT_IN_LIST, detail)
        return None
    rest: dict[str, Any] = extension["notice"]
    for name in rest:
        if name not in NAMES:
            faults.add(within(_PLACE, name), FaultCode.UNKNOWN_MEMBER, f"{excerpt(name)} is not known here.")
    return rest


def _refuse_contradictions(derived: Derived, rest: Mapping[str, Any], faults: Faults) -> None:
    said = derived.members.get("category")
    if said and rest.get("category", said) != said:
        detail = f"The report itself says {said}; two readers would read two notices."
        faults.add(f"{_PLACE}/category", FaultCode.REPEATED_MEMBER, detail)
    if "locators" in rest:
        texts = rest["locators"]
        is_list = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
        if not is_list or not says_the_same(derived.members["locators"], texts):
            detail = "The address that the report itself names is not among these; two readers would read two notices."
            faults.add(f"{_PLACE}/locators", FaultCode.REPEATED_MEMBER, detail)


def _evidence(refs: list[Any], read: Mapping[int, Evidence], faults: Faults) -> tuple[list[Any], tuple[bytes, ...]]:
    found: list[Evidence] = []
    for index, ref in enumerate(refs):
        if not isinstance(ref, dict) or PAYLOAD not in ref:
            found.append(Evidence(ref, None))  # The judge says what is wrong with it, if anything is.
            continue
        own = {name: value for name, value in ref.items() if name != PAYLOAD}
        number = ref[PAYLOAD]
        payload = read.get(number) if isinstance(number, int) else None
        if payload is None or payload.ref["sha256"] != own.get("sha256"):
            detail = "This names a payload that the report does not have, or another one."
            faults.add(f"{_PLACE}/evidence/{index}", FaultCode.DIGEST_MISMATCH, detail)
        else:
            found.append(Evidence(own, payload.content))
    return placed(found)


def _external(residue: dict[str, Any], external: Any) -> Any:
    if external is not None and not isinstance(external, dict):
        return external  # The judge refuses it.
    kept = dict(external or {})
    if SCHEME not in kept:
        return {**kept, SCHEME: residue}
    return kept if is_of(residue, kept[SCHEME]) else {**kept, CARRIER: residue}
