"""A profile: what the rules of one country and time ask, as data, with source and certainty of each part.

Read strictly, in three steps: as YAML (`yaml_reading`), against the types (`profile_shape`), and for what the members
are to each other (`profile_checks`). `profiles/schema.json` is made from the types (JSON Schema 2020-12).
"""

import functools
from importlib import resources
from typing import Any

import msgspec
from msgspec import inspect
from msgspec.structs import replace

from mufakat.rules.errors import BadProfileError, NotFoundError
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.profile_checks import check
from mufakat.rules.profile_lint import Finding, findings
from mufakat.rules.profile_overlay import OVERLAY, Overlay, laid_over
from mufakat.rules.profile_powers import KindRule
from mufakat.rules.profile_shape import (
    Act,
    Actor,
    Calendar,
    CategoryRule,
    Certainty,
    ClockRule,
    Confidence,
    Duration,
    Ladder,
    LadderStep,
    Letter,
    Profile,
    Publication,
    Source,
    Weekday,
)
from mufakat.rules.profile_tables import clocks_table
from mufakat.rules.reading import UNREAD, read
from mufakat.rules.yaml_reading import parse_yaml

__all__ = [
    "Act",
    "Actor",
    "Calendar",
    "CategoryRule",
    "Certainty",
    "ClockRule",
    "Confidence",
    "Duration",
    "Finding",
    "KindRule",
    "Ladder",
    "LadderStep",
    "Letter",
    "Profile",
    "Publication",
    "Source",
    "Weekday",
    "clocks_table",
    "lint",
    "load",
    "names",
    "parse",
    "schema",
    "standalone",
    "text_of",
]

MAX_PROFILE_BYTES = 64 * 1024

_FOLDER = resources.files("mufakat.rules") / "profiles"

_PROFILE = inspect.type_info(Profile)
_OVERLAY = inspect.type_info(Overlay)


@functools.cache
def names() -> tuple[str, ...]:
    """The profiles that come with this package, in alphabetical order."""
    files = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in files if name.endswith(".yaml")))


@functools.cache
def load(name: str) -> Profile:
    """The profile of this name that comes with the package; NotFoundError where there is none."""
    return parse(text_of(name))


def text_of(name: str) -> bytes:
    """The text of the profile of this name that comes with the package; NotFoundError where there is none."""
    if name not in names():
        raise NotFoundError("profile")
    return (_FOLDER / f"{name}.yaml").read_bytes()


def parse(raw: bytes) -> Profile:
    """The profile that a YAML text (UTF-8, at most 64 KiB) describes, or BadProfileError with every fault.

    Every fault has its line; they stand in the order of the lines. What the members are to each other is judged once
    each of them is sound. A text with `overlay_of` gives that profile with what is laid over it.
    """
    faults = Faults()
    document = parse_yaml(raw, faults, limit=MAX_PROFILE_BYTES)
    found: Profile = UNREAD
    if not faults.found and isinstance(document.value, dict) and OVERLAY in document.value:
        found = _laid_over(document.value, faults)
    elif not faults.found:
        found = read(document.value, _PROFILE, "", faults)
        if not faults.found:
            check(found, faults)
    if faults.found:
        placed = (replace(fault, line=document.line_of(fault.pointer)) for fault in faults.found)
        raise BadProfileError(sorted(placed, key=lambda fault: (fault.code is FaultCode.TOO_MANY_FAULTS, fault.line)))
    return found


def _laid_over(value: dict[str, Any], faults: Faults) -> Profile:
    """The profile that an overlay and what it is laid over make together."""
    overlay = read(value, _OVERLAY, "", faults)
    base = value[OVERLAY]
    if isinstance(base, str) and base not in names():
        detail = f"No profile of this package has this name; one of {', '.join(names())}."
        faults.add(f"/{OVERLAY}", FaultCode.NOT_IN_LIST, detail)
    elif base == value.get("name"):
        faults.add(f"/{OVERLAY}", FaultCode.BAD_FORM, "Nothing is laid over itself.")
    if faults.found:
        unread: Profile = UNREAD
        return unread
    found = laid_over(overlay, load(base), faults)
    if not faults.found:
        check(found, faults)
    return found


def lint(raw: bytes) -> tuple[Finding, ...]:
    """What a sound profile lacks by the list of `profile_lint`, each with its line; BadProfileError where it is none.

    What an overlay lacks is lacking in what it is laid over: there the line is the one that names it.
    """
    found = parse(raw)
    document = parse_yaml(raw, Faults(), limit=MAX_PROFILE_BYTES)
    overlaid = f"/{OVERLAY}" in document.lines
    return tuple(
        replace(each, line=document.line_of(f"/{OVERLAY}" if overlaid else each.pointer)) for each in findings(found)
    )


def standalone(raw: bytes) -> bytes:
    """The same text where it stands by itself; an overlay with what it is laid over, as one text (JSON is YAML).

    What is cited must not move when the profile under an overlay does. Raises BadProfileError.
    """
    found = parse(raw)
    return raw if found.based_on is None else msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"


def schema() -> bytes:
    """The JSON Schema of a profile file, an overlay or not: the content of profiles/schema.json."""
    (whole, overlay), parts = msgspec.json.schema_components([Profile, Overlay], ref_template="#/$defs/{name}")
    made = {"if": {"required": [OVERLAY]}, "then": overlay, "else": whole, "$defs": parts}
    return msgspec.json.format(msgspec.json.encode(made, order="sorted"), indent=2) + b"\n"
