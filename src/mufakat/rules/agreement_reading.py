"""Read what opens talks, what moves a point, and what is shown for one: every fault at once, each with its pointer.

Here the shape is judged, and what a text is; whether it contradicts something is asked in `agreement_checks`.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct, inspect

from mufakat.rules import admissibility
from mufakat.rules.agreement import Act, ActIn, AgreementIn, PointTerms
from mufakat.rules.errors import BadAgreementError
from mufakat.rules.fault import FaultCode, Faults, excerpt
from mufakat.rules.notice import Line
from mufakat.rules.parties import is_handle
from mufakat.rules.reading import UNREAD, parse_json, read

MAX_BYTES = 512 * 1024
"""Forty points in two languages, with room."""

T = TypeVar("T", bound=Struct)
Digest = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="a SHA-256 digest, 64 lower-case hexadecimal digits")
]
Note = Annotated[str, Meta(max_length=4_000)]


class FileRef(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that shows something: what it is called, and its digest. The bytes stay with whoever has them."""

    name: Line
    sha256: Digest


class ShowingIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is shown for a point that is in force: by its owner, or, with `confirms`, by another side that looked."""

    confirms: bool = False
    note: Note = ""
    files: Annotated[tuple[FileRef, ...], Meta(max_length=20)] = ()


class EndingIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a side ends the agreement, or the talks."""

    reason: Annotated[str, Meta(min_length=1, max_length=4_000)]


_AGREEMENT, _ACT = inspect.type_info(AgreementIn), inspect.type_info(ActIn)
_SHOWING, _ENDING = inspect.type_info(ShowingIn), inspect.type_info(EndingIn)
_NAME = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$(?!\n)")
_NAME_LENGTH = 40
_WITH_TERMS = frozenset({Act.PROPOSE, Act.COUNTER})


def read_agreement(raw: bytes) -> AgreementIn:
    """What opens talks, or BadAgreementError."""
    faults = Faults()
    found: AgreementIn = _read(raw, _AGREEMENT, faults)
    if found.title:
        for language, line in (("id", found.title.id), ("en", found.title.en)):
            admissibility.judge_text(line, f"/title/{language}", faults)
    _judge_handles(found.parties or (), faults)
    names = [point.name if point else UNREAD for point in found.points or ()]
    for place, point in enumerate(found.points or ()):
        if point:
            judge_terms(point, f"/points/{place}", faults)
            if point.name and point.name in names[:place]:
                detail = f"The point {point.name} stands here already."
                faults.add(f"/points/{place}/name", FaultCode.REPEATED_ITEM, detail)
    _refuse(faults)
    return found


def read_act(raw: bytes) -> ActIn:
    """A deed on a point, or BadAgreementError."""
    faults = Faults()
    found: ActIn = _read(raw, _ACT, faults)
    admissibility.judge_text(found.note, "/note", faults, refused=admissibility.CONTROL)
    if found.terms:
        judge_terms(found.terms, "/terms", faults)
    if found.act:
        _judge_members(found, faults)
    _refuse(faults)
    return found


def read_showing(raw: bytes) -> ShowingIn:
    """What is shown for a point, or BadAgreementError."""
    faults = Faults()
    found: ShowingIn = _read(raw, _SHOWING, faults)
    admissibility.judge_text(found.note, "/note", faults, refused=admissibility.CONTROL)
    for place, file in enumerate(found.files or ()):
        if file:
            admissibility.judge_text(file.name, f"/files/{place}/name", faults)
    if not faults.found and not found.note and not found.files:
        faults.add("", FaultCode.EMPTY, "Say what shows it (note), or name a file (files).")
    _refuse(faults)
    return found


def read_ending(raw: bytes) -> EndingIn:
    """Why it ends, or BadAgreementError."""
    faults = Faults()
    found: EndingIn = _read(raw, _ENDING, faults)
    admissibility.judge_text(found.reason, "/reason", faults, refused=admissibility.CONTROL)
    _refuse(faults)
    return found


def judge_terms(terms: PointTerms, pointer: str, faults: Faults) -> None:
    """Note what is wrong with the texts and times of a proposal as such."""
    if terms.text:
        for language, text in (("id", terms.text.id), ("en", terms.text.en)):
            admissibility.judge_text(text, f"{pointer}/text/{language}", faults, refused=admissibility.CONTROL)
    if terms.owner and not is_handle(terms.owner):
        faults.add(f"{pointer}/owner", FaultCode.UNKNOWN_PARTY, f"There is no party called {excerpt(terms.owner)}.")
    for place, line in enumerate(terms.evidence or ()):
        admissibility.judge_text(line, f"{pointer}/evidence/{place}", faults)
    _judge_moment(terms.due_at, f"{pointer}/due_at", faults)
    _judge_moment(terms.from_at, f"{pointer}/from_at", faults)
    if terms.frame:
        _judge_moment(terms.frame.ends_at, f"{pointer}/frame/ends_at", faults)
        _judge_repeated(terms.frame.categories, f"{pointer}/frame/categories", faults)
        _judge_repeated(terms.frame.automatic, f"{pointer}/frame/automatic", faults)
        _judge_repeated(terms.frame.grounds, f"{pointer}/frame/grounds", faults)
        for place, ground in enumerate(terms.frame.grounds or ()):
            if ground:
                admissibility.judge_ground(ground, f"{pointer}/frame/grounds/{place}", faults)


def _read(raw: bytes, kind: Any, faults: Faults) -> Any:
    if len(raw) > MAX_BYTES:
        faults.add("", FaultCode.TOO_LARGE, f"At most {MAX_BYTES} bytes are taken; these are {len(raw)}.")
        raise BadAgreementError(faults.found)
    document = parse_json(raw, faults)
    found = read(document, kind, "", faults) if document is not UNREAD else UNREAD
    if not found:
        raise BadAgreementError(faults.found)
    return found


def _refuse(faults: Faults) -> None:
    if faults.found:
        raise BadAgreementError(faults.found)


def _judge_handles(handles: Sequence[str], faults: Faults) -> None:
    for place, handle in enumerate(handles):
        if handle and not is_handle(handle):
            faults.add(f"/parties/{place}", FaultCode.UNKNOWN_PARTY, f"There is no party called {excerpt(handle)}.")
    _judge_repeated(handles, "/parties", faults)


def _judge_repeated(items: Sequence[Any] | None, pointer: str, faults: Faults) -> None:
    seen: set[Any] = set()
    for place, item in enumerate(items or ()):
        if item is not UNREAD and item in seen:
            faults.add(f"{pointer}/{place}", FaultCode.REPEATED_ITEM, "This stands in the list already.")
        elif item is not UNREAD:
            seen.add(item)


def _judge_moment(text: str | None, pointer: str, faults: Faults) -> None:
    if text is None or text is UNREAD:
        return
    if admissibility.moment_of(text) is None:
        detail = f"{excerpt(text)} is no moment: write 2017-08-14T17:00:00+07:00, or null where none is set."
        faults.add(pointer, FaultCode.BAD_DATE, detail)


def _judge_members(found: ActIn, faults: Faults) -> None:
    """Each act has its members: terms where something is put on the table, the number where something is answered."""
    act = found.act
    if act in _WITH_TERMS and found.terms is None:
        faults.add("/terms", FaultCode.MISSING, f"Whoever says {act.value} says what: terms.")
    if act not in _WITH_TERMS and found.terms is not None:
        faults.add("/terms", FaultCode.NOT_WITH_OUTCOME, f"With {act.value} no terms are put on the table.")
    if act is not Act.PROPOSE and found.proposal is None:
        faults.add("/proposal", FaultCode.MISSING, "Name the number of the proposal that you answer.")
    if act is Act.PROPOSE and found.proposal is not None:
        faults.add("/proposal", FaultCode.NOT_WITH_OUTCOME, "What is proposed anew answers no proposal; or: counter.")
    if act is Act.DECLINE and not (found.note is UNREAD or found.note.strip()):
        faults.add("/note", FaultCode.MISSING, "Say why.")
    if act in {Act.DECLINE, Act.WITHDRAW} and found.signed is not None:
        faults.add("/signed", FaultCode.NOT_WITH_OUTCOME, f"With {act.value} nothing is signed.")


def is_point_name(text: str) -> bool:
    """Whether a point can be called so."""
    return len(text) <= _NAME_LENGTH and _NAME.search(text) is not None
