"""Two readings of a notice's bytes: at once, and carefully.

Nearly all notices are sound, so the first reading is one typed decode and cheap checks. Where it stumbles, the
careful reader (`reading`) goes over the same bytes and names every fault at once. Both obey the same types and hand
their draft to the same judgement (`admissibility`), so that they cannot disagree; property tests hold them together.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import inspect

from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import MAX_BYTES, Draft
from mufakat.rules.reading import UNREAD, check_foreign, parse_json, read

_DECODER = msgspec.json.Decoder(Draft)
_DRAFT = inspect.type_info(Draft)

# Every name of a member of ours is written so; a string is a name where a colon follows it. Inside a text the closing
# quote would be escaped, so this finds each of our names at least as often as it stands there, unless it is written
# with escapes.
_NAME = re.compile(rb'"([a-z0-9_]++)"[ \t\n\r]*+:')


def read_at_once(raw: bytes) -> Draft | None:
    """The draft, where its shape is right beyond doubt; None where the careful reader must look."""
    if len(raw) > MAX_BYTES:
        return None
    try:
        draft = _DECODER.decode(raw)
    except (ValueError, RecursionError):
        return None
    if draft.external:
        foreign = Faults()
        check_foreign(draft.external, "/external", foreign, depth=1)
        if foreign.found or _repeats_a_name(raw):
            return None
    else:
        names = _NAME.findall(raw)
        if (len(names) != len(set(names)) or _writes_with_escapes(raw)) and _repeats_a_name(raw):
            return None
    return draft


def read_carefully(raw: bytes, faults: Faults) -> Draft | None:
    """The draft with UNREAD in the places that could not be read, each of them a fault; None where nothing could be."""
    if len(raw) > MAX_BYTES:
        faults.add("", FaultCode.TOO_LARGE, f"A notice has at most {MAX_BYTES} bytes; this one has {len(raw)}.")
        return None
    document = parse_json(raw, faults)
    draft: Draft | None = read(document, _DRAFT, "", faults) if document is not UNREAD else UNREAD
    return draft or None


def _writes_with_escapes(raw: bytes) -> bool:
    """Whether an ASCII character may be written as an escape (u00..); looking for one byte first is faster."""
    return b"\\" in raw and b"\\u00" in raw


class _RepeatedError(ValueError):
    """A name stands twice in one object."""


def _refuse_repeated(pairs: Sequence[tuple[str, Any]]) -> None:
    if len(pairs) != len({name for name, _ in pairs}):
        raise _RepeatedError


_REPEATS = json.JSONDecoder(object_pairs_hook=_refuse_repeated)


def _repeats_a_name(raw: bytes) -> bool:
    """Whether any object of this JSON text holds a name twice, however it is written."""
    try:
        _REPEATS.decode(raw.decode())
    except (ValueError, RecursionError):
        return True
    return False
