"""Open talks: the parties, and the first proposals, all in one deed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import agreement_checks, agreement_reading
from mufakat.rules.agreement import PointState
from mufakat.rules.errors import BadAgreementError
from mufakat.rules.events import EventType
from mufakat.rules.fault import Faults
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import beginning, likeness, pairing, putting, queries, tables, telling
from mufakat.server.agreements.faces import AgreementOut, encode
from mufakat.server.agreements.models import Agreement, Point, Side
from mufakat.server.agreements.putting import Put
from mufakat.server.journal import operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.writer import GROUP
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.rules.agreement import AgreementIn, NamedTerms
    from mufakat.rules.parties import PartyKind
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller


@dataclass(slots=True)
class Opening:
    """Talks on their way to the writer, in the lane where each is committed alone: notices then find what changed."""

    raw: bytes
    by: Caller
    key: Key | None
    weight: int = GROUP + 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        self.by.require(Deed.PROPOSE_POINT)
        beginning.settle(moment)
        # (1) Is it in order, and does none of it contradict another part?
        found = agreement_reading.read_agreement(self.raw)
        kinds, points = judged(found, by=self.by.handle, moment=moment)
        stored = [(one.name, putting.pinned(one.name, putting.plain(one), moment)) for one in points]
        # (2) The events: talks began, and each proposal.
        agreement = Agreement(
            id=moment.id("agr"),
            title_id=found.title.id,
            title_en=found.title.en,
            opened_by_id=self.by.party_id,
            person_id=self.by.person_id,
            opened_at=moment.at,
        )
        handles = list(kinds)
        opened = telling.happening(
            EventType.AGREEMENT_OPENED,
            agreement,
            handles,
            actor=self.by.handle,
            committed={
                "title": telling.encoded({"id": found.title.id, "en": found.title.en}),
                "parties": telling.encoded(handles),
            },
        )
        rows = [Point(agreement=agreement, name=name, version=1, state=PROPOSED, since=moment.at) for name, _ in stored]
        puts = [Put(row, terms, self.by) for row, (_, terms) in zip(rows, stored, strict=True)]
        events = journal.append([opened, *(putting.happening(put, agreement, handles) for put in puts)], moment)
        # (3) The rows.
        agreement.event = events[0].id
        agreement.save(force_insert=True)
        directory = parties.directory()
        Side.objects.bulk_create(
            Side(agreement=agreement, party_id=directory[handle][0], position=place)
            for place, handle in enumerate(handles)
        )
        for put, event in zip(puts, events[1:], strict=True):
            putting.set_terms(put.point, put.terms)
            put.point.save(force_insert=True)
            putting.store(put, event=event.id, at=moment.at)
        return Answer(201, encode(AgreementOut.after(queries.whole(agreement, self.by))), agreement.id)


PROPOSED = PointState.PROPOSED.value


def judged(found: AgreementIn, *, by: str, moment: Moment) -> tuple[Mapping[str, PartyKind], tuple[NamedTerms, ...]]:
    """The parties' kinds and the points, those of a profile included. Raises BadAgreementError with every fault."""
    faults = Faults()
    directory = parties.directory()
    kinds = agreement_checks.check_parties(
        found.parties, lambda handle: directory[handle][1] if handle in directory else None, opener=by, faults=faults
    )
    if faults.found:
        raise BadAgreementError(faults.found)
    points = likeness.points_of(found, kinds, faults)
    table = agreement_checks.Table(kinds, {one.name: one for one in points}, tables.found_profile, moment.at)
    for place, one in enumerate(points):
        own = place < len(found.points)
        pointer = f"/points/{place}" if own else "/like"
        agreement_checks.check_point(one.name, one, table, pointer=pointer, faults=faults)
        pairing.check(one, kinds, pointer=f"{pointer}/frame" if own else pointer, faults=faults, at=moment.at)
    if faults.found:
        raise BadAgreementError(faults.found)
    return kinds, points
