"""The bodies by which appeals are lodged, and what is judged of them before anybody looks whom they concern.

Text may hold line breaks and tabs, no other control characters. Files follow the rules of a notice's (I-15): those of
whoever has no account come inside, those of a party may have been uploaded before.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from msgspec import Meta, Struct, inspect

from mufakat.rules import admissibility
from mufakat.rules.appeal import CLAIMED, Level, Reasons, Standing
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import Category, EvidenceRef
from mufakat.rules.reading import UNREAD, parse_json, read

MAX_EVIDENCE = 5
"""Files of one appeal. Whoever has no account sends them inside it."""
MAX_BODY = 200
"""Characters of the name of a court or another body outside."""
MAX_CODE = 100
"""Characters of what may be a code: with blanks and dashes as somebody typed it from paper."""

T = TypeVar("T", bound=Struct)
Evidence = Annotated[tuple[EvidenceRef, ...], Meta(max_length=MAX_EVIDENCE)]


class LodgingIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An appeal of a party: why, with which files, and where it is heard, if not by the platform itself."""

    reasons: Reasons
    evidence: Evidence | None = None
    level: Level | None = None
    body: Annotated[str, Meta(min_length=1, max_length=MAX_BODY)] | None = None


class CodeLodgingIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An appeal by code, without an account: the code, why, as whom (uploader, if nothing is said), and files."""

    code: Annotated[str, Meta(max_length=MAX_CODE)]
    reasons: Reasons
    evidence: Evidence | None = None
    standing: Standing | None = None


def parse(raw: bytes, form: type[T], faults: Faults) -> T | None:
    """The body as it is; None where it cannot be read at all."""
    document = parse_json(raw, faults)
    found: T | None = read(document, inspect.type_info(form), "", faults) if document is not UNREAD else None
    return found or None


def judge_lodging(found: LodgingIn, faults: Faults) -> None:
    """Note what is wrong with an appeal of a party: an outside body has a name, the platform itself needs none."""
    _judge_words(found.reasons, found.evidence, faults)
    if found.body:
        admissibility.judge_text(found.body, "/body", faults)
    outside = found.level not in {None, Level.INTERNAL, UNREAD}
    if outside and found.body is None:
        faults.add("/body", FaultCode.MISSING, "Name the court or the body outside.")
    elif found.body and not outside:
        faults.add("/body", FaultCode.BAD_FORM, "A body is named where the level is out_of_court or judicial.")


def judge_code_lodging(found: CodeLodgingIn, faults: Faults) -> None:
    """The same for an appeal by code. Whether the code is one is not asked here."""
    _judge_words(found.reasons, found.evidence, faults)
    if found.standing and found.standing not in CLAIMED:
        detail = f"With a code one is {' or '.join(sorted(CLAIMED))}; parties come with their account."
        faults.add("/standing", FaultCode.NOT_IN_LIST, detail)
    for place, ref in enumerate(found.evidence or ()):
        if ref and ref.content is None:
            detail = "Without an account a file is sent inside the appeal, in base64."
            faults.add(f"/evidence/{place}/content", FaultCode.MISSING, detail)


def judge_files(
    files: Sequence[EvidenceRef], category: Category, evidence_stored: Callable[[str], bool], faults: Faults
) -> tuple[bytes | None, ...]:
    """The decoded bytes of what came inside, in its order; of child_sexual_abuse nothing is taken (I-15)."""
    return tuple(
        admissibility.judge_file(ref, category, f"/evidence/{place}", evidence_stored, faults)
        for place, ref in enumerate(files)
        if ref
    )


def judge_reasons(reasons: str, faults: Faults) -> None:
    """Note what is wrong with the reasons of a resolution as a text."""
    admissibility.judge_text(reasons, "/reasons", faults, refused=admissibility.CONTROL)


def _judge_words(reasons: str, evidence: Sequence[EvidenceRef] | None, faults: Faults) -> None:
    judge_reasons(reasons, faults)
    for place, ref in enumerate(evidence or ()):
        if ref:
            admissibility.judge_text(ref.name, f"/evidence/{place}/name", faults)
