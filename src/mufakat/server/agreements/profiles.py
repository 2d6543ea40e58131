"""Profiles by reference: those that come with the package by their name, adopted texts as `name@` and a digest.

What an agreement cites must not move with the next release. So the text of a profile is stored when it is first cited,
under a reference that is made of its bytes; notices carry that reference, and run by that text for good.
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Any

from mufakat.rules import profile as rules
from mufakat.rules.errors import BadProfileError, NotFoundError
from mufakat.rules.events import EventType
from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.agreements.models import ProfileText
from mufakat.server.journal import door, operations as journal
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from mufakat.rules.profile import Profile
    from mufakat.server.journal.work import Moment

DIGITS = 12  # Of the digest, in hexadecimal: 48 bits part the texts of one name.


@functools.cache
def load(ref: str) -> Profile:
    """The profile of this reference; NotFoundError where there is none. An adopted text never changes."""
    if "@" not in ref:
        return rules.load(ref)
    row = ProfileText.objects.filter(pk=ref).first()
    if row is None:
        raise NotFoundError("profile")
    return rules.parse(row.raw.encode())


def refs() -> list[str]:
    """Every reference that a notice may carry."""
    return [*rules.names(), *ProfileText.objects.order_by("ref").values_list("ref", flat=True)]


def text_of(name: str) -> bytes:
    """The text of a profile by name or reference; NotFoundError where there is none."""
    row = ProfileText.objects.filter(pk=name).first() if "@" in name else None
    newest = ProfileText.objects.filter(name=name).order_by("-adopted_at", "-ref").first()
    found = row or (newest if name not in rules.names() else None)
    return found.raw.encode() if found is not None else rules.text_of(name)


def adopted() -> list[dict[str, Any]]:
    """Reference and time of every text that was adopted, by reference."""
    rows = ProfileText.objects.order_by("ref").values_list("ref", "adopted_at")
    return [{"ref": ref, "adopted_at": at} for ref, at in rows]


def take(raw: bytes) -> tuple[str, bool]:
    """Adopt a profile for the operator: its reference, and whether it is new here.

    Raises BadProfileError with every fault of the text, and with everything that `rules.profile_lint` finds lacking:
    a house does not run by a profile that leaves somebody without a way back.
    """
    lacking = rules.lint(raw)
    if lacking:
        raise BadProfileError(
            [Fault(each.pointer, FaultCode.MISSING, f"{each.detail} ({each.article})", each.line) for each in lacking]
        )
    before = ProfileText.objects.filter(sha256=hashlib.sha256(rules.standalone(raw)).hexdigest()).exists()
    return door.commit(functools.partial(adopt, raw)), not before


def adopt(raw: bytes, moment: Moment) -> str:
    """Store the text of a profile for good and give its reference; one that is there already is that one.

    An overlay is stored with what it is laid over, as one text. Called inside an operation of the writer. Raises
    BadProfileError with every fault of the text.
    """
    raw = rules.standalone(raw)
    digest = hashlib.sha256(raw).hexdigest()
    known = ProfileText.objects.filter(sha256=digest).first()
    if known is not None:
        return known.ref
    found = rules.parse(raw)
    ref = f"{found.name}@{digest[:DIGITS]}"
    happening = journal.Happening(
        type=EventType.PROFILE_ADOPTED,
        sender=HOUSE,
        recipient=HOUSE,
        case=parties.party_by_handle(HOUSE).id,
        actor=HOUSE,
        committed={"profile": raw},
    )
    event = journal.append([happening], moment)[0]
    ProfileText.objects.create(
        ref=ref, name=found.name, sha256=digest, raw=raw.decode(), adopted_at=moment.at, event=event.id
    )
    return ref
