"""From the rows of an agreement to what its pages show one of its sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules.agreement import FRAME, ON_THE_TABLE, OPEN, Act, AgreementState, PointState
from mufakat.rules.condition import KEPT, parts
from mufakat.rules.obligation import ObligationState
from mufakat.rules.permissions import Deed
from mufakat.server.web import agreement_terms as laid, agreement_words, seat, words
from mufakat.server.web.agreement_faces import (
    AgreementFace,
    ObligationFace,
    PointFace,
    ProposalFace,
    ReopeningFace,
    ShownFace,
    SignatureFace,
    Topic,
    VersionFace,
    in_ours,
)
from mufakat.server.web.agreement_terms import Who
from mufakat.server.web.faces import Next

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.rules.agreement import PointTerms
    from mufakat.server.agreements.queries import Obligation, Point, Proposal, Shown, Signature, Version, Whole
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.agreement_terms import FrameFace

_SEATS: Mapping[Act, Deed] = {
    Act.PROPOSE: Deed.PROPOSE_POINT,
    Act.COUNTER: Deed.PROPOSE_POINT,
    Act.AGREE: Deed.AGREE_POINT,
    Act.DECLINE: Deed.AGREE_POINT,
    Act.WITHDRAW: Deed.PROPOSE_POINT,
}


def agreement_face(whole: Whole, viewer: Caller, *, at: datetime) -> AgreementFace:
    """The agreement as the viewer sees it."""
    return _Laying(whole, viewer, at).face()


@dataclass(slots=True)
class _Laying:
    """What every part of a face is made of."""

    whole: Whole
    viewer: Caller
    at: datetime

    def face(self) -> AgreementFace:
        row, begun = self.whole.row, self._begun()
        named = _by_name(self.whole.points)
        frame = self._frame(named)
        return AgreementFace(
            id=row.id,
            title=in_ours(row.title_id, row.title_en),
            title_id=row.title_id,
            title_en=row.title_en,
            state=words.coded(agreement_words.STATES, self._state(begun)),
            opened_at=row.opened_at,
            ended_at=row.ended_at,
            sides=[
                Who(side.party.handle, side.party.name, side.party_id == self.viewer.party_id)
                for side in self.whole.sides
            ],
            profile=begun.profile if begun is not None else frame.profile if frame is not None else "",
            topics=[self._topic(name, rows) for name, rows in named.items()],
            versions=list(reversed(self._versions())),
            frame=frame,
            reopening=ReopeningFace(self.whole.reopening.holds, self.whole.reopening.since)
            if self.whole.reopening
            else None,
        )

    def who(self, handle: str) -> Who:
        """A party by its handle."""
        for side in self.whole.sides:
            if side.party.handle == handle:
                return Who(handle, side.party.name, side.party_id == self.viewer.party_id)
        return Who(handle, handle)

    def _begun(self) -> Version | None:
        """The version in force now, or the last that was."""
        found = [one for one in self.whole.versions if one.from_at <= self.at]
        return found[-1] if found else None

    def _state(self, begun: Version | None) -> AgreementState:
        if self.whole.row.ended_at is not None:
            return AgreementState.ENDED
        return AgreementState.IN_FORCE if begun is not None else AgreementState.TALKS

    def _frame(self, named: Mapping[str, Sequence[Point]]) -> FrameFace | None:
        """The frame in force; before there is one, the one on the table."""
        rows = named.get(FRAME, ())
        chosen = next((row for row in rows if row.state == PointState.IN_FORCE), rows[-1] if rows else None)
        if chosen is None:
            return None
        frame = laid.read(_newest(chosen).terms).frame
        return laid.frame_face(frame, self._holds) if frame is not None else None

    def _holds(self, term: str) -> bool:
        """Whether a term of the reopening condition is there."""
        name, asked = parts(term)
        if not any(row.name == name and row.state == PointState.IN_FORCE for row in self.whole.points):
            return False
        owed = [one for one in self.whole.obligations if one.point == name]
        if asked == KEPT:
            return bool(owed) and all(one.state == ObligationState.KEPT for one in owed)
        return not asked or any(one.kind == asked and one.state == ObligationState.KEPT for one in owed)

    def _topic(self, name: str, rows: Sequence[Point]) -> Topic:
        newest = rows[-1]
        in_force = next((row for row in rows if row.state == PointState.IN_FORCE), None)
        faces = {row.pk: self._point(row, before) for row, before in zip(rows, [None, *rows], strict=False)}
        return Topic(
            words.coded(agreement_words.POINTS, name),
            faces[newest.pk],
            faces[in_force.pk] if in_force is not None else None,
            [faces[row.pk] for row in reversed(rows) if row not in {newest, in_force}],
            self._turn(newest),
            frozenset(act.value for act in self._acts(newest)),
            [_obligation(one) for one in self.whole.obligations if one.point == name],
            self._shows(in_force),
        )

    def _point(self, row: Point, before: Point | None) -> PointFace:
        base = _agreed_terms(before) if before is not None else None
        faces = []
        for proposal in _proposed(row):
            terms = laid.read(proposal.terms)
            faces.append(self._proposal(proposal, terms, base))
            base = terms
        return PointFace(
            words.coded(agreement_words.POINTS, row.name),
            row.version,
            words.coded(agreement_words.POINT_STATES, row.state),
            row.since,
            row.from_at,
            faces,
            [self._shown(one) for one in row.shown.all()],
        )

    def _proposal(self, row: Proposal, terms: PointTerms, base: PointTerms | None) -> ProposalFace:
        return ProposalFace(
            row.number,
            self.who(row.party.handle),
            words.coded(words.ROLES, row.person.role),
            row.at,
            row.note,
            row.sha256,
            row.event,
            laid.terms_face(terms, self.who),
            laid.changes_of(base, terms) if base is not None else None,
            [self._signature(one) for one in row.signatures.all()],
        )

    def _signature(self, row: Signature) -> SignatureFace:
        role = words.coded(words.ROLES, row.person.role)
        return SignatureFace(self.who(row.party.handle), role, row.at, row.event, row.key, row.note)

    def _shown(self, row: Shown) -> ShownFace:
        role = words.coded(words.ROLES, row.person.role)
        return ShownFace(self.who(row.party.handle), role, row.at, row.confirms, row.note, row.files, row.event)

    def _awaited(self, row: Point) -> list[Who]:
        signed = {one.party_id for one in _newest(row).signatures.all()}
        return [self.who(side.party.handle) for side in self.whole.sides if side.party_id not in signed]

    def _turn(self, newest: Point) -> Next:
        """Whose turn it is."""
        if newest.state not in {state.value for state in ON_THE_TABLE} or self.whole.row.ended_at is not None:
            return Next(ours=False, says="")
        awaited = self._awaited(newest)
        if any(one.ours for one in awaited):
            return Next(ours=True, says=str(agreement_words.OURS_NEXT))
        return Next(ours=False, says=agreement_words.THEIRS_NEXT % {"party": ", ".join(one.name for one in awaited)})

    def _acts(self, newest: Point) -> list[Act]:
        """What this seat may do about the point as it stands."""
        if self.whole.row.ended_at is not None:
            return []
        state, proposal = PointState(newest.state), _newest(newest)
        own = proposal.party_id == self.viewer.party_id
        if state in ON_THE_TABLE:
            signed = self.viewer.party_id in {one.party_id for one in proposal.signatures.all()}
            found = [Act.COUNTER, *([] if signed else [Act.AGREE]), Act.WITHDRAW if own else Act.DECLINE]
        else:
            found = [] if state in OPEN else [Act.PROPOSE]
        return [act for act in found if seat.may(self.viewer, _SEATS[act])]

    def _shows(self, in_force: Point | None) -> str:
        if in_force is None or self.whole.row.ended_at is not None or not seat.may(self.viewer, Deed.SHOW_EVIDENCE):
            return ""
        return "evidence" if in_force.owner_id == self.viewer.party_id else "confirm"

    def _versions(self) -> list[VersionFace]:
        found, before = [], dict[str, int]()
        for row in self.whole.versions:
            names = [*row.points, *(name for name in before if name not in row.points)]
            changed = [
                (words.coded(agreement_words.POINTS, name), before.get(name, 0), row.points.get(name, 0))
                for name in names
                if before.get(name) != row.points.get(name)
            ]
            found.append(VersionFace(row.number, row.from_at, row.until, row.profile, changed, row.event))
            before = dict(row.points)
        return found


def _by_name(points: Sequence[Point]) -> dict[str, list[Point]]:
    """The versions of each point, oldest first; the frame first, then in the order in which they came up."""
    found: dict[str, list[Point]] = {}
    for row in sorted(points, key=lambda one: (one.name != FRAME, one.pk)):
        found.setdefault(row.name, []).append(row)
    return found


def _proposed(row: Point) -> Sequence[Proposal]:
    return list(row.proposed.all())


def _newest(row: Point) -> Proposal:
    return _proposed(row)[-1]


def _agreed_terms(row: Point) -> PointTerms:
    return laid.read(_newest(row).terms)


def _obligation(row: Obligation) -> ObligationFace:
    return ObligationFace(
        words.coded(agreement_words.OBLIGATIONS, row.kind),
        words.coded(agreement_words.OBLIGATION_STATES, row.state),
        row.since,
        row.due_at,
        row.party,
    )


def versioned(face: AgreementFace, whole: Whole, number: int) -> Sequence[PointFace] | None:
    """The points of a version of the agreement; None where there is no such version."""
    row = next((one for one in whole.versions if one.number == number), None)
    if row is None:
        return None
    found = []
    for topic in face.topics:
        every = {
            one.version: one for one in (topic.newest, *([topic.in_force] if topic.in_force else []), *topic.older)
        }
        wanted = row.points.get(topic.name.code)
        if wanted is not None and wanted in every:
            found.append(every[wanted])
    return found
