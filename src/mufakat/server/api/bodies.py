"""The small bodies that deeds on a notice take.

They are read with the same care as a notice: every fault at once, each with its place.
"""

import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct, inspect

from mufakat.proof.signed import Given
from mufakat.rules import talk
from mufakat.rules.fault import FaultCode, Faults, within
from mufakat.rules.reading import UNREAD, parse_json, read
from mufakat.rules.statement import GivenHow
from mufakat.server.api import problems
from mufakat.server.notices import batches

NOTE = 2_000  # Characters.
SEAT = 40  # Characters: `representative-12`.

# Line breaks and tabs are what people type; other control characters rewrite screens.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

T = TypeVar("T", bound=Struct)


class NoteIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A word to the other side; none is needed."""

    note: Annotated[str, Meta(max_length=NOTE)] | None = None


class ConfirmationIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A word with it; and, so that nothing is mistaken, whether the measure is carried out or its inverse."""

    note: Annotated[str, Meta(max_length=NOTE)] | None = None
    undone: bool | None = None


class ReasonIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Why; it has to be said."""

    reason: Annotated[str, Meta(min_length=1, max_length=NOTE)]


class TextIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What one side says to the other."""

    text: Annotated[str, Meta(min_length=1, max_length=talk.LONGEST)]


class HandoverIn(Struct, frozen=True, forbid_unknown_fields=True):
    """To which seat of one's own party, null for nobody's; and a word to the colleague."""

    to: Annotated[str, Meta(min_length=1, max_length=SEAT)] | None
    note: Annotated[str, Meta(max_length=NOTE)] | None = None


class HowIn(Struct, frozen=True, forbid_unknown_fields=True):
    """By which way the statement of reasons reached whoever is affected."""

    how: GivenHow


class EmptyIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing: the address says it all."""


class EndpointIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Where your party wants to be told."""

    url: Annotated[str, Meta(min_length=1, max_length=2_000)]


class BatchIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to a thousand notices, each as it would be sent alone; its bytes are kept as they are.

    ``signatures`` are what the sender's key signed of each, in their order, null where it signed nothing.
    """

    notices: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=batches.LARGEST)]
    signatures: Annotated[list[Given | None], Meta(min_length=1, max_length=batches.LARGEST)] | None = None


class SignatureIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A signature as a leaf has it: the label of the key, and base64 of 64 bytes."""

    k: Annotated[str, Meta(max_length=300)]
    s: Annotated[str, Meta(max_length=100)]


class PartyKeyIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A public key, the salt of the commitment to it, and its own signature; beside it that of a key in force."""

    vkey: Annotated[str, Meta(min_length=1, max_length=300)]
    salt: Annotated[str, Meta(min_length=1, max_length=100)]
    signatures: Annotated[tuple[SignatureIn, ...], Meta(min_length=1, max_length=2)]


def read_batch(raw: bytes) -> BatchIn:
    """The items of a batch, unread. Raises BadRequestError."""
    try:
        found = msgspec.json.decode(raw, type=BatchIn)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    # The decoder takes the last of two members of one name; another reader would take the first.
    plain = found is not None and raw.count(b'"notices"') == 1 and raw.count(b'"signatures"') <= 1
    if found is not None and plain and (found.signatures is None or len(found.signatures) == len(found.notices)):
        return found
    faults = Faults()
    document = parse_json(raw, faults)
    if document is not UNREAD:
        judge_batch(document, faults)
    if found is not None and not faults.found:
        return found
    if not faults.found:
        faults.add("", FaultCode.NOT_JSON, "This cannot be read as a batch.")
    raise problems.BadRequestError(faults.found)


def judge_batch(document: Any, faults: Faults) -> None:
    """Say what is wrong with a batch as such; each item is judged alone."""
    if not isinstance(document, dict):
        faults.add("", FaultCode.WRONG_TYPE, 'A batch is an object: {"notices": [...]}.')
        return
    if getattr(document, "repeated", ()):
        faults.add("", FaultCode.REPEATED_MEMBER, "A member stands here twice.")
    known = "This member is not known here; there are: notices, signatures."
    for name in document.keys() - {"notices", "signatures"}:
        faults.add(within("", name), FaultCode.UNKNOWN_MEMBER, known)
    items = document.get("notices")
    if items is None:
        faults.add("/notices", FaultCode.MISSING, "The notices are missing.")
    elif not isinstance(items, list):
        faults.add("/notices", FaultCode.WRONG_TYPE, "The notices are a list.")
    elif not 1 <= len(items) <= batches.LARGEST:
        detail = f"A batch holds 1 to {batches.LARGEST} notices; this one holds {len(items)}."
        faults.add("/notices", FaultCode.TOO_MANY if items else FaultCode.EMPTY, detail)
    else:
        judge_signatures(document.get("signatures"), len(items), faults)


def judge_signatures(found: Any, items: int, faults: Faults) -> None:
    """Say what is wrong with the list of signatures; whether one is good is said of its item."""
    if found is None:
        return
    if not isinstance(found, list) or len(found) != items:
        detail = f"The signatures are a list with one for each of the {items} notices, or null where there is none."
        faults.add("/signatures", FaultCode.WRONG_TYPE, detail)
        return
    for place, one in enumerate(found):
        try:
            msgspec.convert(one, Given | None)
        except msgspec.ValidationError:
            faults.add(f"/signatures/{place}", FaultCode.BAD_FORM, 'A signature is {"k", "s", "salt"}, all texts.')


def read_body(raw: bytes, form: type[T]) -> T:
    """The body; no body at all is an empty object. Raises BadRequestError with every fault."""
    faults = Faults()
    document = parse_json(raw if raw.strip() else b"{}", faults)
    found: T = read(document, inspect.type_info(form), "", faults) if document is not UNREAD else UNREAD
    for name in form.__struct_fields__ if found else ():
        text = getattr(found, name)
        if not isinstance(text, str):
            continue
        if text and text.isspace():
            faults.add(f"/{name}", FaultCode.EMPTY, "This holds nothing but blanks.")
        elif text and (control := CONTROL.search(text)):
            detail = f"Character {control.start() + 1} is a control character; only line breaks and tabs are taken."
            faults.add(f"/{name}", FaultCode.BAD_TEXT, detail)
    if faults.found:
        raise problems.BadRequestError(faults.found)
    return found
