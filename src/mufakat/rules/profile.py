"""A profile: what the rules of one country and time ask, as data, with source and certainty of each part.

Read strictly: YAML 1.1 by the safe loader, without anchors, aliases or repeated keys, at most 64 KiB; then against
the types below, unknown members refused. `profiles/schema.json` is made from these types (JSON Schema 2020-12).
"""

import functools
from enum import StrEnum
from importlib import resources
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml
from msgspec import Meta, Struct, inspect

from mufakat.rules.durations import parse_elapsed
from mufakat.rules.errors import BadProfileError, NotFoundError
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import Category, Line, NoticeKind, Urgency
from mufakat.rules.reading import UNREAD, read

MAX_PROFILE_BYTES = 64 * 1024

_FOLDER = resources.files("mufakat.rules") / "profiles"
_END = r"$(?!\n)"

Name = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*" + _END, max_length=64, description="a name such as id-2017")
]
EventName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z_]+\.[a-z_]+" + _END, max_length=64, description="the type of an event, such as notice.received"
    ),
]


class Certainty(StrEnum):
    """How well a part of a profile is known."""

    PRIMARY_READ = "primary-read"  # We read the legal text itself.
    PRESS_READ = "press-read"  # We read it in the press.
    GIVEN = "given"  # It stood in the material this project began with.
    MEMORY = "memory"  # Believed, not looked up.
    OURS = "ours"  # Our choice; no source says so.


class Confidence(StrEnum):
    """How far the profile as a whole can be trusted to tell what was in force."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Actor(StrEnum):
    """Who has to act before a clock is due."""

    RECIPIENT = "recipient"
    SENDER = "sender"
    OPERATOR = "operator"


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where something was read."""

    id: Name
    kind: Certainty
    ref: Line


class Duration(Struct, frozen=True, forbid_unknown_fields=True):
    """How long a clock runs: `elapsed` (ISO 8601, PT4H), or to the end of the `calendar_day` in a zone (IANA name)."""

    elapsed: str | None = None
    calendar_day: str | None = None

    def __post_init__(self) -> None:
        if (self.elapsed is None) == (self.calendar_day is None):
            raise ValueError("A duration is either elapsed or calendar_day.")
        if self.elapsed is not None:
            parse_elapsed(self.elapsed)
        if self.calendar_day is not None:
            _check_zone(self.calendar_day)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("The calendar day needs the IANA name of a zone, such as Asia/Jakarta.") from None


class ClockRule(Struct, frozen=True, forbid_unknown_fields=True):
    """A clock: which event starts it, which stops it, how long it runs, who has to act; where it comes from.

    `kinds`, `categories` and `urgencies` narrow it to some notices; null means all.
    """

    name: Name
    starts: EventName
    stops: EventName
    duration: Duration
    actor: Actor
    certainty: Certainty
    sources: tuple[Name, ...]
    note: Line | None = None
    kinds: tuple[NoticeKind, ...] | None = None
    categories: tuple[Category, ...] | None = None
    urgencies: tuple[Urgency, ...] | None = None


class CategoryRule(Struct, frozen=True, forbid_unknown_fields=True):
    """A category that orders and restrictions may name (I-17), the sources' word, and if it is urgent (null: open)."""

    code: Category
    called: Name
    urgent: bool | None
    sources: tuple[Name, ...]


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of one country and time."""

    name: Name
    title: Line
    certainty: Confidence
    note: Annotated[str, Meta(min_length=1, max_length=2000)]
    sources: Annotated[tuple[Source, ...], Meta(max_length=200)]
    categories: Annotated[tuple[CategoryRule, ...], Meta(max_length=50)]
    clocks: Annotated[tuple[ClockRule, ...], Meta(max_length=200)]

    def __post_init__(self) -> None:
        known = {source.id for source in self.sources}
        named = {name for part in self.categories for name in part.sources}
        named |= {name for part in self.clocks for name in part.sources}
        if missing := sorted(named - known):
            raise ValueError(f"These sources are named but not listed: {', '.join(missing)}.")
        names = [clock.name for clock in self.clocks]
        if len(names) != len(set(names)):
            raise ValueError("Two clocks have one name.")
        for clock in self.clocks:
            if clock.certainty is not Certainty.OURS and not clock.sources:
                raise ValueError(f"The clock {clock.name} names no source; its certainty is then `ours`.")


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
