"""Show that a point is kept: its owner hands in what the point asks for, another side says that it looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import agreement_reading
from mufakat.rules.agreement import PointState
from mufakat.rules.errors import NotFoundError, NotNowError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import beginning, ending, queries, tables, telling
from mufakat.server.agreements.faces import AgreementOut, encode
from mufakat.server.agreements.models import Point, Shown
from mufakat.server.journal import operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.writer import GROUP

if TYPE_CHECKING:
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

MOST = 200  # For one version of a point.


class NotYoursToShowError(NotPermittedError):
    """Somebody else owes it."""

    def __str__(self) -> str:
        return "Only the point's owner hands in its evidence; the other sides confirm."


class NotYoursToConfirmError(NotPermittedError):
    """Nobody vouches for itself."""

    def __str__(self) -> str:
        return "The point's owner shows evidence; that it is kept another side confirms."


@dataclass(slots=True)
class Showing:
    """What is shown, on its way to the writer."""

    agreement: str
    point: str
    raw: bytes
    by: Caller
    key: Key | None
    weight: int = GROUP + 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        beginning.settle(moment)
        row = queries.agreement_for(self.by, self.agreement, deed=Deed.SHOW_EVIDENCE)
        found = agreement_reading.read_showing(self.raw)
        ending.require_open(row)
        point = self._point(row)
        self._require_side(point, confirms=found.confirms)
        if Shown.objects.filter(point=point)[:MOST].count() == MOST:
            raise NotNowError(f"A point takes at most {MOST} pieces of evidence.")
        files = [{"name": file.name, "sha256": file.sha256} for file in found.files]
        note = {"note": found.note, "files": files}
        happening = telling.happening(
            EventType.POINT_CONFIRMED if found.confirms else EventType.POINT_EVIDENCED,
            row,
            list(tables.kinds_of(row)),
            actor=self.by.handle,
            committed={"point": telling.named(point), "note": msgspec.json.encode(note)},
            ref=(row.event,),
        )
        event = journal.append([happening], moment)[0]
        Shown.objects.create(
            point=point,
            party_id=self.by.party_id,
            person_id=self.by.person_id,
            confirms=found.confirms,
            note=found.note,
            files=files,
            at=moment.at,
            event=event.id,
        )
        return Answer(201, encode(AgreementOut.after(queries.whole(row, self.by), self.point)), row.id)

    def _point(self, row: queries.Agreement) -> Point:
        if not agreement_reading.is_point_name(self.point):
            raise NotFoundError("point")
        versions = Point.objects.filter(agreement=row, name=self.point).order_by("-version")
        bound = versions.filter(state=PointState.IN_FORCE.value).first()
        if bound is None:
            if not versions.exists():
                raise NotFoundError("point")
            raise NotNowError("The point is not in force: nobody owes anything by it yet.")
        return bound

    def _require_side(self, point: Point, *, confirms: bool) -> None:
        owner = point.owner_id == self.by.party_id
        if confirms and owner:
            raise NotYoursToConfirmError(Deed.SHOW_EVIDENCE, self.by.role)
        if not confirms and not owner:
            raise NotYoursToShowError(Deed.SHOW_EVIDENCE, self.by.role)
