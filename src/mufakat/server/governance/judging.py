"""Look whether anything follows for a mandate from how its holder's notices hold, and have it done.

The rule is pure (``rules.consequences``); the deeds are those of the parties' room (``shares``). A party is looked at
soon after its count changed and once a day besides, for the window moves on by itself. Looking again at the same counts
changes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from mufakat.rules import accuracy, consequences
from mufakat.rules.consequences import WHOLE, Consequence, Refusals
from mufakat.rules.mandate import MandateState
from mufakat.rules.notice import Category, NoticeKind
from mufakat.server.governance import counting, queries
from mufakat.server.governance.models import Review
from mufakat.server.governance.periods import Period
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.parties import mandate_queries, queries as parties, shares

if TYPE_CHECKING:
    import threading
    from datetime import date, datetime

    from mufakat.rules.consequences import Evidence
    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Mandate

PORTION = 20  # Parties of one commit.
AGAIN = timedelta(days=1)


class Judged(NamedTuple):
    """A mandate as its notices let it stand: what follows, on which evidence."""

    mandate: Mandate
    tally: accuracy.Tally
    found: Consequence
    evidence: Evidence | None
    since: date


def part(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Look at the parties that are due; a part of the worker. Counts that are behind are waited for."""
    if not is_due(at=at) or not counting.is_counted() or (stop and stop.is_set()):
        return Swept(0, more=False)
    done = alone(lambda moment: _portion(moment, at=at))
    return Swept(done, more=is_due(at=at))


def is_due(*, at: datetime) -> bool:
    """Whether any party is to be looked at."""
    return Review.objects.filter(due_at__lte=at).exists()


def next_due() -> datetime | None:
    """When the first party is to be looked at."""
    return Review.objects.order_by("due_at").values_list("due_at", flat=True).first()


def _portion(moment: Moment, *, at: datetime) -> int:
    due = list(Review.objects.filter(due_at__lte=at).order_by("due_at", "party_id")[:PORTION])
    for review in due:
        held = in_force(review.party_id)
        for mandate in held:
            act(judged(mandate, at=moment.at), moment)
        if held:
            Review.objects.filter(pk=review.pk).update(done_at=moment.at, due_at=max(at, moment.at) + AGAIN)
        else:
            review.delete()  # Its next notice with authority brings it back.
    return len(due)


def in_force(party: str) -> list[Mandate]:
    """The mandates of a party that count now."""
    return [row for row in mandate_queries.of_party(party) if row.state == MandateState.IN_FORCE.value]


def judged(mandate: Mandate, *, at: datetime) -> Judged:
    """What follows for a mandate at this time."""
    share = shares.shares_of([mandate.id]).get(mandate.id)
    since = consequences.counted_from(lifted_on=share.lifted_on if share else None, at=at)
    since = max(since, mandate.granted_at.date())
    kinds = [NoticeKind(kind) for kind in mandate.kinds]
    about = [Category(category) for category in mandate.categories]
    by_platform = queries.of_mandate(mandate.party_id, kinds, about, Period(since, at.date()))
    tally = accuracy.added(by_platform.values())
    found = consequences.consequence(tally, former=share.percent if share else WHOLE)
    evidence = None
    if found.step is not None:
        handles = parties.handles()
        fared = sorted(Refusals(handles[pk], one.right, one.wrong) for pk, one in by_platform.items() if one.judged)
        evidence = consequences.evidence(tally, found, since=since, until=at.date(), platforms=tuple(fared))
    return Judged(mandate, tally, found, evidence, since)


def act(one: Judged, moment: Moment) -> None:
    """Have done what follows. Inside an operation of the writer."""
    told = consequences.to_json(one.evidence) if one.evidence is not None else b""
    shares.move(one.mandate, one.found.percent, evidence=told, moment=moment)
    if one.found.proposes:
        shares.propose(one.mandate, evidence=told, moment=moment)
