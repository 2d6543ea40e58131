"""YAML, read strictly: plain values, and the line of each, so that every fault can name its line.

A subset of YAML 1.1: no anchors, aliases or tags (so no bombs, and nothing runs), one document, names once and as
text, at most 32 things inside each other. A word without quotes is null, true or false, a whole number, or text; a day
such as 2026-03-20 is text.
"""

import re
from typing import Any, Final

import yaml
from msgspec import Struct

from mufakat.rules.fault import FaultCode, Faults, can_be_repeated, within
from mufakat.rules.reading import MAX_DEPTH, UNREAD, BadNumber, Members

_TAG: Final = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_TRUE = frozenset({"yes", "true", "on"})
_PROBLEM_LENGTH = 120

# What the parser says, by how it begins, in words for those who write profiles. The first that fits counts.
_IN_WORDS = (
    ("found character '\\t'", "A tab stands where only spaces may."),
    ("mapping values are not allowed", "A colon cannot stand here; a text with a colon in it needs quotes."),
    ("could not find expected ':'", "A name must be followed by a colon and a space."),
    ("found unexpected end of stream", "A quote is opened and never closed."),
    ("expected ',' or ']'", "A comma or a closing ] is missing."),
    ("expected ',' or '}'", "A comma or a closing } is missing."),
    ("expected a single document", "A second document begins here; one is taken."),
    ("but found another document", "A second document begins here; one is taken."),
    ("expected '<document start>'", "What stands here belongs to nothing above it."),
    ("expected <block end>", "This stands further in or further out than what it belongs to."),
    ("expected the node content", "A value is missing here."),
    ("found incompatible YAML document", "Only YAML 1.1 is read."),
)


class Document(Struct, frozen=True):
    """The plain values of a text, and the line (from 1) of each pointer that stands in it."""

    value: Any
    lines: dict[str, int]

    def line_of(self, pointer: str) -> int:
        """The line of what a pointer points at; where that is missing, of the nearest thing around it."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)


class _Refusal(yaml.MarkedYAMLError):
    """What YAML allows and we do not."""

    def __init__(self, code: FaultCode, problem: str, mark: yaml.Mark) -> None:
        super().__init__(problem=problem, problem_mark=mark)
        self.code = code


class _Loader(yaml.SafeLoader):
    """Composes nodes and constructs nothing: the values are made from the nodes, below."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # The stubs leave it bare.
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None or getattr(event, "tag", None) is not None:
            problem = "Anchors (&), aliases (*) and tags (!) are not taken: write each value where it stands."
            raise _Refusal(FaultCode.NOT_YAML, problem, event.start_mark)
        if self.depth > MAX_DEPTH:
            problem = f"More than {MAX_DEPTH} things stand inside each other here."
            raise _Refusal(FaultCode.TOO_DEEP, problem, event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def parse_yaml(raw: bytes, faults: Faults, *, limit: int) -> Document:
    """The values and lines of a YAML text (UTF-8, at most `limit` bytes); UNREAD and one fault where it is none.

    A name that stands twice is left for `reading.read` to point at.
    """
    if len(raw) > limit:
        line = raw.count(b"\n", 0, limit) + 1
        detail = f"At most {limit} bytes are taken; what stands from here on is too much."
        return _refused(faults, FaultCode.TOO_LARGE, detail, line)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return _refused(faults, FaultCode.NOT_UTF8, "This is not UTF-8.", raw.count(b"\n", 0, error.start) + 1)
    try:
        node = _Loader(text).get_single_node()
        lines: dict[str, int] = {}
        return Document(_value(node, "", lines), lines)
    except _Refusal as refusal:
        return _refused(faults, refusal.code, str(refusal.problem), _line(refusal.problem_mark))
    except yaml.MarkedYAMLError as error:
        return _refused(faults, FaultCode.NOT_YAML, _in_words(error.problem or ""), _line(error.problem_mark))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return _refused(faults, FaultCode.NOT_YAML, "This sign is not allowed in YAML, not even in quotes.", line)


def _refused(faults: Faults, code: FaultCode, detail: str, line: int) -> Document:
    faults.add("", code, detail)
    return Document(UNREAD, {"": line})


def _in_words(problem: str) -> str:
    for beginning, words in _IN_WORDS:
        if problem.startswith(beginning):
            return words
    return f"This is not YAML: {ascii(problem)[1:-1][:_PROBLEM_LENGTH] or 'it breaks off'}."


def _line(mark: yaml.Mark | None) -> int:
    return mark.line + 1 if mark else 1


def _value(node: yaml.Node | None, pointer: str | None, lines: dict[str, int]) -> Any:
    """The plain value of a node; its lines are noted under `pointer`, or not at all where it is None."""
    if node is None:
        return None  # An empty text.
    if pointer is not None:
        lines.setdefault(pointer, _line(node.start_mark))
    if isinstance(node, yaml.MappingNode):
        return Members.of([_member(key, value, pointer, lines) for key, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        inner = (None if pointer is None else f"{pointer}/{index}" for index in range(len(node.value)))
        return [_value(each, place, lines) for each, place in zip(node.value, inner, strict=True)]
    return _word(node)


def _member(key: yaml.Node, value: yaml.Node, pointer: str | None, lines: dict[str, int]) -> tuple[str, Any]:
    if not isinstance(key, yaml.ScalarNode):
        raise _Refusal(FaultCode.NOT_YAML, "A name is a word; this is a list or an object.", key.start_mark)
    name = str(key.value)
    place = within(pointer, name) if pointer is not None and can_be_repeated(name) else None
    if place is not None:
        lines[place] = _line(key.start_mark)  # Of a name that stands twice, where it stands again.
    return name, _value(value, place, lines)


def _word(node: yaml.Node) -> Any:
    text, kind = str(node.value), node.tag.removeprefix(_TAG)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in _TRUE
    if kind == "int":
        return int(text) if _INTEGER.fullmatch(text) else BadNumber()
    return BadNumber() if kind == "float" else text
