"""An agreement as its sides see it: points, whose turn it is, proposals with their signatures, versions, obligations.

The name of whoever signed is for the own party, and for the counterparties of an agreement in force; before that the
seat stands alone (I-18).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.proof import canonical
from mufakat.rules import agreement as rules
from mufakat.rules.agreement import ON_THE_TABLE, AgreementState, PointState
from mufakat.rules.permissions import Role, seat_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.agreements.models import Obligation, Point, Proposal, Reopening, Shown, Signature, Version
    from mufakat.server.agreements.queries import Whole
    from mufakat.server.parties.queries import Caller


class SignatureOut(msgspec.Struct, frozen=True):
    """That a side signed: from which seat, when, and with which key where it has one."""

    party: str
    seat: str
    name: str | None
    at: str
    key: str | None
    signature: str | None
    note: str

    @classmethod
    def of(cls, row: Signature, *, named: bool) -> SignatureOut:
        name = row.person.name if named else None
        key, signature = row.key or None, row.signature or None
        return cls(row.party.handle, seat_of(row), name, instant(row.at), key, signature, row.note)


class PointProposalOut(msgspec.Struct, frozen=True):
    """Terms as they were put on the table, and who signed them. `sha256` is of the terms' RFC 8785 bytes."""

    number: int
    party: str
    seat: str
    name: str | None
    at: str
    terms: dict[str, Any]
    sha256: str
    note: str
    event: str
    signatures: list[SignatureOut]

    @classmethod
    def of(cls, row: Proposal, *, whole: Whole) -> PointProposalOut:
        signatures = [SignatureOut.of(one, named=names(whole, one.party_id)) for one in row.signatures.all()]
        name = row.person.name if names(whole, row.party_id) else None
        terms: dict[str, Any] = msgspec.json.decode(row.terms)
        said = (instant(row.at), terms, row.sha256, row.note, row.event, signatures)
        return cls(row.number, row.party.handle, seat_of(row), name, *said)


class ShownOut(msgspec.Struct, frozen=True):
    """What was shown for a point, or that another side says it is kept."""

    party: str
    seat: str
    at: str
    confirms: bool
    note: str
    files: list[dict[str, str]]

    @classmethod
    def of(cls, row: Shown) -> ShownOut:
        return cls(row.party.handle, seat_of(row), instant(row.at), row.confirms, row.note, list(row.files))


class PointOut(msgspec.Struct, frozen=True):
    """A version of a point: where it stands, who has not signed yet, and the thread of its proposals."""

    name: str
    version: int
    state: str
    since: str
    owner: str
    proposal: int
    awaited: list[str]
    agreed_at: str | None
    from_at: str | None
    due_at: str | None
    terms: dict[str, Any]
    proposals: list[PointProposalOut]
    shown: list[ShownOut]

    @classmethod
    def of(cls, row: Point, *, whole: Whole, thread: bool = True) -> PointOut:
        """Without the `thread` the newest proposal alone."""
        put = list(row.proposed.all())
        proposals = [PointProposalOut.of(one, whole=whole) for one in (put if thread else put[-1:])]
        return cls(
            row.name,
            row.version,
            row.state,
            instant(row.since),
            row.owner.handle,
            row.proposals,
            awaited(row, whole.handles),
            or_none(row.agreed_at),
            or_none(row.from_at),
            or_none(row.due_at),
            proposals[-1].terms,
            proposals,
            [ShownOut.of(one) for one in row.shown.all()],
        )


class VersionOut(msgspec.Struct, frozen=True):
    """What was in force from when until when: notices cite it by its number."""

    number: int
    from_at: str
    until: str | None
    profile: str
    frame: dict[str, Any]
    points: dict[str, int]
    event: str

    @classmethod
    def of(cls, row: Version) -> VersionOut:
        until = or_none(row.until)
        return cls(row.number, instant(row.from_at), until, row.profile, row.frame, row.points, row.event)


class ObligationOut(msgspec.Struct, frozen=True):
    """How an obligation stands, by which evidence."""

    point: str
    kind: str
    party: str | None
    owner: str
    state: str
    since: str
    judged_at: str
    due_at: str | None
    evidence: dict[str, Any]

    @classmethod
    def of(cls, row: Obligation) -> ObligationOut:
        times = (instant(row.since), instant(row.judged_at), or_none(row.due_at))
        return cls(row.point, row.kind, row.party or None, row.owner.handle, row.state, *times, row.evidence)


class ReopeningOut(msgspec.Struct, frozen=True):
    """Whether what is asked for before something is opened is there, since when, by what, and what is missing."""

    holds: bool
    since: str
    by: list[str]
    missing: list[str]
    event: str

    @classmethod
    def of(cls, row: Reopening) -> ReopeningOut:
        return cls(row.holds, instant(row.since), list(row.by), list(row.missing), row.event)


class AgreementOut(msgspec.Struct, frozen=True):
    """An agreement, whole."""

    id: str
    state: str
    title: dict[str, str]
    parties: list[str]
    opened_by: str
    opened_at: str
    ended_at: str | None
    version: int | None
    profile: str | None
    awaits: list[str]
    points: list[PointOut]
    versions: list[VersionOut]
    obligations: list[ObligationOut]
    reopening: ReopeningOut | None
    links: dict[str, str]

    @classmethod
    def of(cls, whole: Whole) -> AgreementOut:
        return cls._made(whole, [PointOut.of(one, whole=whole) for one in whole.points], whole.versions)

    @classmethod
    def after(cls, whole: Whole, point: str | None = None) -> AgreementOut:
        """After a deed: each point as it stands now, the thread of this one alone, the last version.

        Answers are stored for whoever repeats, and must not grow with everything that was ever said.
        """
        now = [*whole.newest(), *(one for one in whole.points if one.state == PointState.IN_FORCE.value)]
        shown = sorted({one.pk: one for one in now}.values(), key=lambda one: (one.name, one.version))
        points = [PointOut.of(one, whole=whole, thread=one.name == point) for one in shown]
        return cls._made(whole, points, whole.versions[-1:])

    @classmethod
    def _made(cls, whole: Whole, points: list[PointOut], versions: Sequence[Version]) -> AgreementOut:
        return cls(
            **head(whole),
            points=points,
            versions=[VersionOut.of(one) for one in versions],
            obligations=[ObligationOut.of(one) for one in whole.obligations],
            reopening=ReopeningOut.of(whole.reopening) if whole.reopening is not None else None,
        )


class AgreementBriefOut(msgspec.Struct, frozen=True):
    """An agreement in a list; `points` is name → state of the newest version."""

    id: str
    state: str
    title: dict[str, str]
    parties: list[str]
    opened_by: str
    opened_at: str
    ended_at: str | None
    version: int | None
    profile: str | None
    awaits: list[str]
    points: dict[str, str]
    reopening: bool | None
    links: dict[str, str]

    @classmethod
    def of(cls, whole: Whole) -> AgreementBriefOut:
        reopening = whole.reopening.holds if whole.reopening is not None else None
        points = {one.name: one.state for one in whole.newest()}
        return cls(**head(whole), points=points, reopening=reopening)


def head(whole: Whole) -> dict[str, Any]:
    """What a list and a page say alike: whose turn it is (`awaits`) among it."""
    row, version = whole.row, whole.version
    return {
        "id": row.id,
        "state": state_of(whole).value,
        "title": {"id": row.title_id, "en": row.title_en},
        "parties": whole.handles,
        "opened_by": next(side.party.handle for side in whole.sides if side.party_id == row.opened_by_id),
        "opened_at": instant(row.opened_at),
        "ended_at": or_none(row.ended_at),
        "version": version.number if version is not None else None,
        "profile": version.profile if version is not None else None,
        "awaits": turns(whole),
        "links": links(row.id),
    }


def state_of(whole: Whole) -> AgreementState:
    """How the agreement stands."""
    if whole.row.ended_at is not None:
        return AgreementState.ENDED
    return AgreementState.IN_FORCE if whole.in_force else AgreementState.TALKS


def turns(whole: Whole) -> list[str]:
    """The sides that have something on the table to answer, in the agreement's order."""
    waited = {handle for point in whole.points for handle in awaited(point, whole.handles)}
    return [handle for handle in whole.handles if handle in waited]


def awaited(point: Point, handles: Sequence[str]) -> list[str]:
    """Who has not signed what is on the table; nobody where nothing is."""
    if PointState(point.state) not in ON_THE_TABLE:
        return []
    newest = list(point.proposed.all())[-1]
    return list(rules.awaited(handles, [one.party.handle for one in newest.signatures.all()]))


def names(whole: Whole, party_id: str) -> bool:
    """Whether the viewer reads the names of that party's people (I-18)."""
    viewer: Caller | None = whole.viewer
    if viewer is None or not any(side.party_id == viewer.party_id for side in whole.sides):
        return False
    return viewer.party_id == party_id or whole.in_force


def seat_of(row: Signature | Proposal | Shown) -> str:
    """The seat of whoever did it: a role and a number, nobody's name."""
    return seat_name(Role(row.person.role), row.person.ordinal)


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return canonical.timestamp(at)


def or_none(at: datetime | None) -> str | None:
    """The same, where there is one."""
    return instant(at) if at is not None else None


def links(agreement: str) -> dict[str, str]:
    """Where the rest of it is."""
    base = f"/api/v1/agreements/{agreement}"
    return {"self": base, "obligations": f"{base}/obligations", "page": f"/desk/agreements/{agreement}"}


def encode(out: Any) -> bytes:
    """JSON bytes."""
    return msgspec.json.encode(out)
