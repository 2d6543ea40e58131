"""Put terms on the table: the proposal's row and event, and the signature of whoever may bind its side."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mufakat.rules import agreement as rules
from mufakat.rules.admissibility import moment_of
from mufakat.rules.agreement import FRAME, PointState, PointTerms
from mufakat.rules.errors import NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import profiles, signing, telling
from mufakat.server.agreements.models import Point, Proposal, Signature
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.agreement import Signed
    from mufakat.server.agreements.models import Agreement
    from mufakat.server.journal.operations import Happening
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

TYPES = {PointState.PROPOSED: EventType.POINT_PROPOSED, PointState.COUNTERED: EventType.POINT_COUNTERED}


@dataclass(frozen=True, slots=True)
class Put:
    """Terms on their way to the table: as what, by whom, with which words and signature."""

    point: Point
    terms: PointTerms
    by: Caller
    note: str = ""
    signed: Signed | None = None


def pinned(name: str, terms: PointTerms, moment: Moment) -> PointTerms:
    """The terms as they are stored: a frame names the very text of its profile, which the next release leaves alone."""
    if name != FRAME or terms.frame is None or "@" in terms.frame.profile:
        return terms
    ref = profiles.adopt(profiles.text_of(terms.frame.profile), moment)
    return replace(terms, frame=replace(terms.frame, profile=ref))


def plain(terms: PointTerms) -> PointTerms:
    """The terms without the name that a point in a list bears."""
    fields = {field: getattr(terms, field) for field in PointTerms.__struct_fields__}
    return PointTerms(**fields)


def happening(put: Put, agreement: Agreement, handles: list[str]) -> Happening:
    """The event of this proposal; the point's row already says its state and its number."""
    return telling.happening(
        TYPES[PointState(put.point.state)],
        agreement,
        handles,
        actor=put.by.handle,
        committed={
            "point": telling.named(put.point),
            "terms": rules.to_json(put.terms),
            "note": put.note.encode(),
        },
        ref=(agreement.event,) if agreement.event else (),
    )


def store(put: Put, *, event: str, at: datetime) -> Proposal:
    """The rows: the proposal for good, and the signature of whoever may sign for its side."""
    terms = rules.to_json(put.terms)
    row = Proposal.objects.create(
        point=put.point,
        number=put.point.proposals,
        party_id=put.by.party_id,
        person_id=put.by.person_id,
        terms=terms.decode(),
        sha256=hashlib.sha256(terms).hexdigest(),
        note=put.note,
        at=at,
        event=event,
    )
    if binds(put.by):
        sign(row, put.by, event=event, at=at, signed=put.signed)
    return row


def sign(  # noqa: PLR0913 - who, what, when, with what and why.
    row: Proposal, by: Caller, *, event: str, at: datetime, signed: Signed | None, note: str = ""
) -> Signature:
    """The row of a signature; one by a key is verified over the proposal's own text first."""
    if signed is not None:
        signing.verify(row, by, signed, at=at)
    return Signature.objects.create(
        proposal=row,
        party_id=by.party_id,
        person_id=by.person_id,
        at=at,
        event=event,
        key=signed.key if signed is not None else "",
        signature=signed.signature if signed is not None else "",
        note=note,
    )


def binds(by: Caller) -> bool:
    """Whether this seat may sign for its party."""
    try:
        by.require(Deed.AGREE_POINT)
    except NotPermittedError:
        return False
    return True


def set_terms(point: Point, terms: PointTerms) -> None:
    """What of its newest terms the point's row repeats."""
    point.owner_id = parties.directory()[terms.owner][0]
    point.due_at = moment_of(terms.due_at) if terms.due_at is not None else None
