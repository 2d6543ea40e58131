"""Agreements in force for tests of what is owed under them: rows as the agreements' room writes them."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mufakat.rules import agreement as rules
from mufakat.rules.agreement import Frame, PointTerms, Text
from mufakat.rules.obligation import ObligationKind, ObligationTerms
from mufakat.server.agreements.models import Agreement, Governing, Point, Proposal, Shown, Side, Version
from mufakat.server.governance import counting, obligations
from mufakat.server.journal import door
from mufakat.server.parties import news, queries as parties

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.server.journal.work import Moment

PARTIES = ("kominfo", "telegram")
PROFILE = "id-2017"
Owing = tuple[str, "Sequence[ObligationTerms]"]
"""Who owes it, and what."""


def owed(kind: str, **terms: Any) -> ObligationTerms:
    return ObligationTerms(kind=ObligationKind(kind), **terms)


def agree(
    points: Mapping[str, Owing],
    *,
    parties_of: Sequence[str] = PARTIES,
    since: timedelta = timedelta(days=30),
    due: timedelta | None = None,
    categories: Sequence[str] | None = None,
) -> str:
    """An agreement that came into force so long ago, with these points beside its frame; its id."""

    def run(moment: Moment) -> str:
        return _agree(points, parties_of, moment.at - since, moment, due=due, categories=categories)

    made: str = door.commit(run)
    return made


def _agree(  # noqa: PLR0913 - what an agreement consists of.
    points: Mapping[str, Owing],
    parties_of: Sequence[str],
    at: datetime,
    moment: Moment,
    *,
    due: timedelta | None,
    categories: Sequence[str] | None,
) -> str:
    ids = [parties.party_by_handle(handle).id for handle in parties_of]
    person = parties.people_of(parties.party_by_handle(parties_of[0]))[0]
    agreement = Agreement.objects.create(
        id=moment.id("agr"),
        title_id="Kesepakatan",
        title_en="Agreement",
        opened_by_id=ids[0],
        person=person,
        opened_at=at,
        event=moment.id("evt"),
    )
    for position, pk in enumerate(ids):
        Side.objects.create(agreement=agreement, party_id=pk, position=position)
    frame = Frame(profile=PROFILE)
    for name, (owner, terms) in {rules.FRAME: (parties_of[0], []), **points}.items():
        made = PointTerms(
            owner=owner,
            text=Text(id="Butir.", en="A point."),
            evidence=("a letter",) if any(one.kind is ObligationKind.EVIDENCE_GIVEN for one in terms) else (),
            obligations=tuple(terms),
            frame=frame if name == rules.FRAME else None,
        )
        point = Point.objects.create(
            agreement=agreement,
            name=name,
            version=1,
            state="in_force",
            since=at,
            owner=parties.party_by_handle(owner),
            agreed_at=at,
            from_at=at,
            due_at=None if due is None else at + due,
        )
        raw = rules.to_json(made)
        Proposal.objects.create(
            point=point,
            number=1,
            party_id=ids[0],
            person=person,
            terms=raw.decode(),
            sha256=hashlib.sha256(raw).hexdigest(),
            at=at,
            event=moment.id("evt"),
        )
    version = Version.objects.create(
        agreement=agreement,
        number=1,
        from_at=at,
        profile=PROFILE,
        frame={"profile": PROFILE, **({} if categories is None else {"categories": list(categories)})},
        points={rules.FRAME: 1, **dict.fromkeys(points, 1)},
        event=moment.id("evt"),
    )
    Governing.objects.create(version=version, sender_id=ids[0], recipient_id=ids[1], from_at=at)
    news.tell(moment)
    return agreement.id


def show(agreement: str, point: str, by: str, *, confirms: bool = False) -> str:
    """The evidence that a party hands in for a point, or its word that it is kept; the event."""

    def run(moment: Moment) -> str:
        row = Shown.objects.create(
            point=Point.objects.get(agreement=agreement, name=point),
            party=parties.party_by_handle(by),
            person=parties.people_of(parties.party_by_handle(by))[0],
            confirms=confirms,
            at=moment.at,
            event=moment.id("evt"),
        )
        return row.event

    shown: str = door.commit(run)
    return shown


def look(*, at: datetime) -> int:
    """Everything is counted, and every obligation judged; how many agreements moved."""
    while counting.part(at=at).more:
        pass
    done, more = obligations.part(at=at)
    assert not more
    return done
