"""A profile: what the rules of one country and time ask, as data, with source and certainty of each part.

Read strictly: YAML 1.1 by the safe loader, without anchors, aliases or repeated keys, at most 64 KiB; then against
the types below, unknown members refused. `profiles/schema.json` is made from these types (JSON Schema 2020-12).
"""

import functools
from importlib import resources
from typing import Any

import msgspec
import yaml
from msgspec import inspect

from mufakat.rules.errors import BadProfileError, NotFoundError
from mufakat.rules.fault import FaultCode, Faults
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
    Profile,
    Source,
    Weekday,
)
from mufakat.rules.reading import UNREAD, read

__all__ = [
    "Act",
    "Actor",
    "Calendar",
    "CategoryRule",
    "Certainty",
    "ClockRule",
    "Confidence",
    "Duration",
    "Ladder",
    "LadderStep",
    "Profile",
    "Source",
    "Weekday",
    "clocks_table",
    "load",
    "names",
    "parse",
    "schema",
]

MAX_PROFILE_BYTES = 64 * 1024

_FOLDER = resources.files("mufakat.rules") / "profiles"

_PROFILE = inspect.type_info(Profile)


def names() -> tuple[str, ...]:
    """The profiles that come with this package, in alphabetical order."""
    files = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in files if name.endswith(".yaml")))


@functools.cache
def load(name: str) -> Profile:
    """The profile of this name that comes with the package; NotFoundError where there is none."""
    if name not in names():
        raise NotFoundError("profile")
    return parse((_FOLDER / f"{name}.yaml").read_bytes())


def parse(raw: bytes) -> Profile:
    """The profile that a YAML text (UTF-8, at most 64 KiB) describes, or BadProfileError with every fault."""
    faults = Faults()
    document = _parse_yaml(raw, faults)
    found: Profile = read(document, _PROFILE, "", faults) if document is not UNREAD else UNREAD
    if faults.found:
        raise BadProfileError(faults.found)
    return found


def schema() -> bytes:
    """The JSON Schema of a profile file: the content of profiles/schema.json."""
    made = msgspec.json.schema(Profile)
    return msgspec.json.format(msgspec.json.encode(made, order="sorted"), indent=2) + b"\n"


def clocks_table(profile: Profile) -> str:
    """The clocks of a profile as a Markdown table; ends with a newline."""
    lines = ["| clock | starts | stops | runs | who acts | certainty | sources |", "|---|---|---|---|---|---|---|"]
    for clock in profile.clocks:
        runs = clock.duration.elapsed or f"to the end of that day in {clock.duration.calendar_day}"
        sources = ", ".join(clock.sources) or "none"
        cells = (f"`{clock.name}`", clock.starts, clock.stops, runs, clock.actor, clock.certainty, sources)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


class _Loader(yaml.SafeLoader):
    """The safe loader without the ways to write one thing twice (anchors, aliases, repeated keys) and without tags."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # The stubs leave it bare.
        if isinstance(event, yaml.AliasEvent) or (event.anchor, getattr(event, "tag", None)) != (None, None):
            raise yaml.constructor.ConstructorError(None, None, "anchor, alias or tag", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - its signature.
        found = super().construct_mapping(node, deep=deep)
        if len(found) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "repeated key", node.start_mark)
        return found


def _parse_yaml(raw: bytes, faults: Faults) -> Any:
    if len(raw) > MAX_PROFILE_BYTES:
        detail = f"A profile has at most {MAX_PROFILE_BYTES} bytes; this one has {len(raw)}."
        faults.add("", FaultCode.TOO_LARGE, detail)
        return UNREAD
    try:
        return yaml.load(raw.decode(), Loader=_Loader)  # noqa: S506 - a subclass of the safe loader.
    except UnicodeDecodeError:
        faults.add("", FaultCode.NOT_UTF8, "This is not UTF-8.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        detail = f"This is not YAML as we read it{where}: no anchors, aliases, tags or repeated keys."
        faults.add("", FaultCode.NOT_YAML, detail)
    except (yaml.YAMLError, ValueError, RecursionError):  # A date such as 2017-02-30; a nest of brackets.
        faults.add("", FaultCode.NOT_YAML, "This is not YAML as we read it.")
    return UNREAD
