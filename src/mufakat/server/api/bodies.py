"""The small bodies that deeds on a notice take.

They are read with the same care as a notice: every fault at once, each with its place.
"""

import re
from typing import Annotated, TypeVar

from msgspec import Meta, Struct, inspect

from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.reading import UNREAD, parse_json, read
from mufakat.server.api import problems

NOTE = 2_000  # Characters.

# Line breaks and tabs are what people type; other control characters rewrite screens.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

T = TypeVar("T", bound=Struct)


class NoteIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A word to the other side; none is needed."""

    note: Annotated[str, Meta(max_length=NOTE)] | None = None


class ReasonIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Why; it has to be said."""

    reason: Annotated[str, Meta(min_length=1, max_length=NOTE)]


def read_body(raw: bytes, form: type[T]) -> T:
    """The body; no body at all is an empty object. Raises BadRequestError with every fault."""
    faults = Faults()
    document = parse_json(raw if raw.strip() else b"{}", faults)
    found: T = read(document, inspect.type_info(form), "", faults) if document is not UNREAD else UNREAD
    for name in form.__struct_fields__ if found else ():
        text = getattr(found, name)
        if text and text.isspace():
            faults.add(f"/{name}", FaultCode.EMPTY, "This holds nothing but blanks.")
        elif text and (control := CONTROL.search(text)):
            detail = f"Character {control.start() + 1} is a control character; only line breaks and tabs are taken."
            faults.add(f"/{name}", FaultCode.BAD_TEXT, detail)
    if faults.found:
        raise problems.BadRequestError(faults.found)
    return found
