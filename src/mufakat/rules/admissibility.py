"""Whether a notice can be taken: `admit` (I-04, I-15; INTERFACE.md, "Notice in").

`notice_reading` says whether the shape is right; here is judged what the shape means: who asks whom, on which ground,
about what, under which mandate. Every fault is named at once, also where the shape had faults of its own.
"""

import base64
import functools
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from mufakat import locator
from mufakat.rules import asked, mandate, notice_reading, permissions
from mufakat.rules.asked import Under
from mufakat.rules.errors import NotAdmissibleError
from mufakat.rules.fault import FaultCode, Faults, excerpt
from mufakat.rules.mandate import Asked, Mandate
from mufakat.rules.notice import (
    MAX_CONTENT_BYTES,
    MAX_EXTERNAL_BYTES,
    Category,
    Draft,
    EvidenceRef,
    LegalGround,
    NoticeKind,
)
from mufakat.rules.parties import PartyKind, is_handle
from mufakat.rules.places import COUNTRIES, LEGAL_SYSTEMS
from mufakat.rules.reading import UNREAD

EARLIEST_CONTENT = datetime(1990, 1, 1, tzinfo=UTC)
"""Content from before the public web is a slip of the pen."""

TERMS = "terms"
"""What a leaf carries as `law` when the ground is a clause of terms of service."""

_Pointed = tuple[int, locator.Locator | locator.Refusal]

_RECIPIENTS = frozenset({PartyKind.PLATFORM, PartyKind.OPERATOR})
_ONE_DAY = timedelta(days=1)
LONGEST_SILENCE = timedelta(days=366)
"""The longest non-disclosure: whoever needs more asks once more, and says why."""
_AUTHORITY = frozenset({NoticeKind.REQUEST, NoticeKind.ORDER})

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class Admitted(Struct, frozen=True):
    """A notice that can be taken.

    `law` is the code for the leaf: the legal ground's system, or "terms". `sha256` is the digest (32 bytes) of the
    notice as sent. `contents` stands beside `draft.evidence`: the decoded bytes of what was sent inside the notice,
    None for a file uploaded before, or named by its digest only. `kind` is as what it is taken: the draft's own, or a
    user's report where no mandate covers it and its sender chose so. `mandate` is the id of what it stands under.
    """

    draft: Draft
    locators: tuple[locator.Locator, ...]
    law: str
    sha256: bytes
    contents: tuple[bytes | None, ...]
    kind: NoticeKind
    mandate: str | None = None


class _Door(Struct, frozen=True):
    """What a notice is judged against, and what the judgement found on its way."""

    sender: str
    sender_kind: PartyKind
    mandates: Sequence[Mandate]
    recipient: Callable[[str], PartyKind | None]
    evidence_stored: Callable[[str], bool]
    at: datetime
    faults: Faults


def admit(  # noqa: PLR0913 - plain values in; each is one fact about the world outside the notice.
    raw: bytes,
    *,
    sender: str,
    sender_kind: PartyKind,
    mandates: Sequence[Mandate],
    recipient: Callable[[str], PartyKind | None],
    evidence_stored: Callable[[str], bool],
    at: datetime,
    agreed: Callable[[str], Under | None] | None = None,
) -> Admitted:
    """Take the notice `raw` (JSON, UTF-8, at most 2 MiB), or raise NotAdmissibleError with every fault found.

    `sender` is the handle of the party that sends, `sender_kind` its kind, `mandates` are those it was granted, oldest
    first. `recipient` tells the kind of the party
    with a handle (None: there is none); `evidence_stored` whether a file with this digest (64 hex digits) was
    uploaded; `agreed` what an agreement in force with a handle asks for besides (None: none is). `at` is
    aware.
    """
    faults = Faults()
    draft = notice_reading.read_at_once(raw) or notice_reading.read_carefully(raw, faults)
    if draft is None:
        raise NotAdmissibleError(faults.found)
    door = _Door(sender, sender_kind, mandates, recipient, evidence_stored, at, faults)
    _judge_parties(draft, door)
    pointed = _read_locators(draft.locators)
    kind, under = _judge_kind(draft, pointed, door)
    _judge_ground(draft, kind, faults)
    _judge_texts(draft, faults)
    _judge_content_date(draft.content_date, door)
    _judge_non_disclosure(draft, kind, door)
    _judge_lists(draft, faults)
    locators = _judge_locators(pointed, faults)
    contents = _judge_evidence(draft, door)
    if agreed is not None and draft.to and (found := agreed(draft.to)) is not None:
        asked.judge(draft, kind, sender_kind, found, faults)
    if faults.found:
        raise NotAdmissibleError(faults.found)
    law = draft.legal_ground.system if draft.legal_ground else TERMS
    return Admitted(draft, locators, law, hashlib.sha256(raw).digest(), contents, kind, under)


def _judge_parties(draft: Draft, door: _Door) -> None:
    """The recipient exists, decides about content, and is somebody else."""
    if draft.to:
        kind = door.recipient(draft.to) if is_handle(draft.to) else None
        if kind is None:
            detail = f"There is no party called {excerpt(draft.to)}."
            door.faults.add("/to", FaultCode.UNKNOWN_PARTY, detail)
        elif kind not in _RECIPIENTS:
            detail = f"Notices go to a platform or an operator; {draft.to} is neither ({kind.value})."
            door.faults.add("/to", FaultCode.WRONG_RECIPIENT, detail)
        elif draft.to == door.sender and draft.kind and draft.kind is not NoticeKind.OWN_DETECTION:
            detail = "A party sends itself nothing but what it detected itself (own_detection)."
            door.faults.add("/to", FaultCode.WRONG_RECIPIENT, detail)


def _judge_kind(draft: Draft, pointed: Sequence[_Pointed], door: _Door) -> tuple[NoticeKind, str | None]:
    """The sender may send this kind; as what it is taken, and under which mandate (I-04)."""
    kind = draft.kind
    if not kind or kind in permissions.kinds_open_to(door.sender_kind):
        return kind, None
    if kind not in permissions.MANDATED:
        allowed = ", ".join(sorted(permissions.kinds_open_to(door.sender_kind)))
        detail = f"A party of kind {door.sender_kind.value} may not send {kind.value}; without a mandate: {allowed}."
        door.faults.add("/kind", FaultCode.NOT_ENTITLED, detail)
        return kind, None
    if not draft.category:
        return kind, None
    surfaces = tuple((place, found.kind.surface) for place, found in pointed if isinstance(found, locator.Locator))
    territory = tuple(code for code in draft.territory or () if code)
    found = mandate.standing(door.mandates, Asked(kind, draft.category, surfaces, territory))
    if isinstance(found, Mandate):
        return kind, found.id
    if draft.otherwise:
        return NoticeKind.USER_REPORT, None
    for fault in found:
        door.faults.add(fault.pointer, fault.code, fault.detail)
    return kind, None


def _judge_ground(draft: Draft, kind: NoticeKind, faults: Faults) -> None:
    """One ground at least; an authority names its law (I-04)."""
    ground = draft.legal_ground
    if ground is None and kind in _AUTHORITY:
        detail = f"A notice of kind {kind.value} needs legal_ground: an authority names the law it stands on."
        faults.add("/legal_ground", FaultCode.NO_GROUND, detail)
    elif ground is None and draft.terms_ground is None:
        detail = "One ground is needed: legal_ground (a law) or terms_ground (a clause of the recipient's terms)."
        faults.add("/legal_ground", FaultCode.NO_GROUND, detail)
    elif isinstance(ground, LegalGround) and ground.system and ground.system not in LEGAL_SYSTEMS:
        detail = f"{excerpt(ground.system)} is no system of law: a country's code in lower case, eu, or un."
        faults.add("/legal_ground/system", FaultCode.NOT_IN_LIST, detail)


def _judge_texts(draft: Draft, faults: Faults) -> None:
    """Texts say something; what is kept for others stays small."""
    judge_text(draft.explanation, "/explanation", faults, refused=CONTROL)
    if legal := draft.legal_ground:
        judge_text(legal.instrument, "/legal_ground/instrument", faults)
        judge_text(legal.provision, "/legal_ground/provision", faults)
    if terms := draft.terms_ground:
        judge_text(terms.document, "/terms_ground/document", faults)
        judge_text(terms.clause, "/terms_ground/clause", faults)
    for index, file in enumerate(draft.evidence or ()):
        if file:
            judge_text(file.name, f"/evidence/{index}/name", faults)
    for index, ref in enumerate(draft.external_refs or ()):
        if ref:
            judge_text(ref.id, f"/external_refs/{index}/id", faults)
    if draft.external and (size := len(msgspec.json.encode(draft.external))) > MAX_EXTERNAL_BYTES:
        detail = f"At most {MAX_EXTERNAL_BYTES} bytes are kept here; these are {size}."
        faults.add("/external", FaultCode.TOO_LARGE, detail)


def judge_text(text: str, pointer: str, faults: Faults, *, refused: re.Pattern[str] = _NOT_IN_A_LINE) -> None:
    """The text says something, and in characters. Nearly every text is printable, which is the cheap question."""
    if not text:  # Absent or unread.
        return
    if text.isspace():
        faults.add(pointer, FaultCode.EMPTY, "This holds nothing but blanks.")
    elif not text.isprintable() and (found := refused.search(text)):
        allowed = "only line breaks and tabs are taken" if refused is CONTROL else "one line of text is taken"
        detail = f"Character {found.start() + 1} is a control character; {allowed}."
        faults.add(pointer, FaultCode.BAD_TEXT, detail)


def judge_ground(ground: LegalGround, pointer: str, faults: Faults) -> None:
    """The ground names a system of law, and says in one line each which instrument and which provision."""
    for member in ("instrument", "provision"):
        judge_text(getattr(ground, member), f"{pointer}/{member}", faults)
    if ground.system and ground.system not in LEGAL_SYSTEMS:
        detail = f"{excerpt(ground.system)} is no system of law: a country's code in lower case, eu, or un."
        faults.add(f"{pointer}/system", FaultCode.NOT_IN_LIST, detail)


def _judge_content_date(text: str | None, door: _Door) -> None:
    """A real date, or a moment by RFC 3339, from 1990 to a day from now (clocks and zones differ)."""
    if not text:
        if text == "":
            door.faults.add("/content_date", FaultCode.EMPTY, "This must not be empty; leave it out or write null.")
        return
    try:
        moment = _parse_content_date(text)
    except ValueError:
        detail = f"{excerpt(text)} is no date: write 2017-07-10, or 2017-07-10T09:30:00+07:00."
        door.faults.add("/content_date", FaultCode.BAD_DATE, detail)
        return
    if moment < EARLIEST_CONTENT:
        detail = f"{text[:10]} lies before {EARLIEST_CONTENT:%Y-%m-%d}; no content online is that old."
        door.faults.add("/content_date", FaultCode.BAD_DATE, detail)
    elif moment > door.at + _ONE_DAY:
        door.faults.add("/content_date", FaultCode.BAD_DATE, f"{text[:10]} lies in the future.")


@functools.lru_cache(maxsize=4096)
def _parse_content_date(text: str) -> datetime:
    """The moment meant, or where only a day is given, its beginning in UTC; ValueError for what is neither."""
    if _DATE.fullmatch(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    if _MOMENT.fullmatch(text):
        return datetime.fromisoformat(text.upper())
    raise ValueError(text)


def _judge_non_disclosure(draft: Draft, kind: NoticeKind, door: _Door) -> None:
    """Silence is an authority's to order, by a law that it names, and it ends."""
    told = draft.non_disclosure
    if not told:
        return
    if kind and kind not in _AUTHORITY:
        detail = f"Only a request or an order of an authority may forbid to disclose; this is taken as {kind.value}."
        door.faults.add("/non_disclosure", FaultCode.NOT_ENTITLED, detail)
    if told.until:
        _judge_silence(told.until, door)
    if law := told.legal_ground:
        if law.system and law.system not in LEGAL_SYSTEMS:
            detail = f"{excerpt(law.system)} is no system of law: a country's code in lower case, eu, or un."
            door.faults.add("/non_disclosure/legal_ground/system", FaultCode.NOT_IN_LIST, detail)
        judge_text(law.instrument, "/non_disclosure/legal_ground/instrument", door.faults)
        judge_text(law.provision, "/non_disclosure/legal_ground/provision", door.faults)


def _judge_silence(text: str, door: _Door) -> None:
    """The end lies ahead, and at most a year."""
    pointer, end = "/non_disclosure/until", moment_of(text)
    if end is None:
        detail = f"{excerpt(text)} is no time: write 2017-08-14T17:00:00+07:00."
        door.faults.add(pointer, FaultCode.BAD_DATE, detail)
    elif end <= door.at:
        door.faults.add(pointer, FaultCode.BAD_DATE, "This lies in the past; nothing would be kept back.")
    elif end > door.at + LONGEST_SILENCE:
        detail = f"At most {LONGEST_SILENCE.days} days from now; ask once more when they are over."
        door.faults.add(pointer, FaultCode.BAD_DATE, detail)


def moment_of(text: str) -> datetime | None:
    """A time with its zone (RFC 3339); None where it is none."""
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC) if _MOMENT.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


def _judge_lists(draft: Draft, faults: Faults) -> None:
    """Countries exist; nothing is asked twice."""
    for index, code in enumerate(draft.territory or ()):
        if code is not UNREAD and code not in COUNTRIES:
            detail = f"{excerpt(code)} is no country's code (ISO 3166-1, two capital letters, such as ID)."
            faults.add(f"/territory/{index}", FaultCode.NOT_IN_LIST, detail)
    for items, pointer in ((draft.territory, "/territory"), (draft.requested_measures, "/requested_measures")):
        if items and len(items) > 1:
            _judge_repeated(items, pointer, faults)


def _judge_repeated(items: Sequence[str], pointer: str, faults: Faults) -> None:
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item is not UNREAD and item in seen:
            faults.add(f"{pointer}/{index}", FaultCode.REPEATED_ITEM, "This stands in the list already.")
        seen.add(item)


def _read_locators(texts: tuple[str, ...]) -> list[_Pointed]:
    """What each text points at, or why it is refused, with its place."""
    return [(place, locator.parse(text)) for place, text in enumerate(texts or ()) if text is not UNREAD]


def _judge_locators(pointed: Sequence[_Pointed], faults: Faults) -> tuple[locator.Locator, ...]:
    """Every locator points at something; the sentence of a refusal never repeats what was sent."""
    found = []
    for place, parsed in pointed:
        if isinstance(parsed, locator.Refusal):
            faults.add(f"/locators/{place}", FaultCode.LOCATOR_REFUSED, parsed.sentence)
        else:
            found.append(parsed)
    return tuple(found)


def _judge_evidence(draft: Draft, door: _Door) -> tuple[bytes | None, ...]:
    """Each file is here or was uploaded and fits its digest; for child_sexual_abuse none is taken (I-15)."""
    contents = []
    for index, ref in enumerate(draft.evidence or ()):
        if ref is not UNREAD:
            contents.append(judge_file(ref, draft.category, f"/evidence/{index}", door.evidence_stored, door.faults))
    return tuple(contents)


def judge_file(
    ref: EvidenceRef, category: Category, pointer: str, evidence_stored: Callable[[str], bool], faults: Faults
) -> bytes | None:
    """The decoded bytes of one file that came inside, None where there are none; what is wrong with it is noted.

    `evidence_stored` tells whether whoever names the file has uploaded one with this digest.
    """
    if category is Category.CHILD_SEXUAL_ABUSE:
        if ref.content is not None:
            detail = "For child_sexual_abuse no files are taken, stored or shown: send digests and locators alone."
            faults.add(f"{pointer}/content", FaultCode.EVIDENCE_REFUSED, detail)
    elif ref.content:
        return _judge_content(ref.content, ref.sha256, pointer, faults)
    elif ref.content is None and ref.sha256 and category and not evidence_stored(ref.sha256):
        detail = f"No file with this digest is here; upload it first: PUT /api/v1/evidence/{ref.sha256}"
        faults.add(f"{pointer}/sha256", FaultCode.NOT_UPLOADED, detail)
    return None


def _judge_content(text: str, sha256: str, pointer: str, faults: Faults) -> bytes | None:
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        faults.add(f"{pointer}/content", FaultCode.BAD_FORM, "This is not base64 (RFC 4648, with padding, no blanks).")
        return None
    if len(content) > MAX_CONTENT_BYTES:
        detail = f"At most {MAX_CONTENT_BYTES} bytes are taken inside a notice; upload larger files first."
        faults.add(f"{pointer}/content", FaultCode.TOO_LARGE, detail)
    elif sha256 and hashlib.sha256(content).hexdigest() != sha256:
        detail = "The content has another digest: the file was damaged, or this is the digest of another file."
        faults.add(f"{pointer}/sha256", FaultCode.DIGEST_MISMATCH, detail)
    return content
