"""Orders go on the lists by themselves, once nothing is missing: two approvals, and the platform's answer or its time.

(1) Outside of the writer the guard looks once more: what is protected, or was reopened, may be known since. (2) In the
writer everything is asked again as it stands. What cannot be published any more is refused, with the reason. (3) The
rows, the lists and the event, which has a receipt: whoever carries the list can prove every name on it by that event.
Killed at any point an order is on the lists with its event, or it is not.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mufakat.rules import restriction as lifecycle, restriction_checks as rules
from mufakat.rules.errors import BadRestrictionError
from mufakat.rules.events import EventType
from mufakat.rules.restriction import LIVE, CarryingState, RestrictionDeed, RestrictionState
from mufakat.server.agreements import profiles, reopening
from mufakat.server.agreements.queries import Agreement
from mufakat.server.journal import operations as journal, queries as events
from mufakat.server.journal.parts import Swept, alone
from mufakat.server.restrictions import approving, faces, guarding, judging, lifting, queries, telling, zoning
from mufakat.server.restrictions.models import Carrying, Restriction

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection
    from datetime import datetime

    from mufakat.rules.restriction import RestrictionIn
    from mufakat.server.journal.work import Moment
    from mufakat.server.restrictions.guarding import Judged

PORTION = 20  # Orders of one share; each has a commit of its own.
REPLACED = "Another restriction came in its place."
APPROVAL = EventType.RESTRICTION_APPROVED.value


def next_due() -> datetime | None:
    """When the first approved order is looked at next."""
    waiting = Restriction.objects.filter(state=RestrictionState.APPROVED.value, next_at__isnull=False)
    return waiting.order_by("next_at").values_list("next_at", flat=True).first()


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Publish what is ready at `at`."""
    rows = Restriction.objects.filter(state=RestrictionState.APPROVED.value, next_at__lte=at)
    found = list(rows.order_by("next_at", "id").values_list("id", flat=True)[:PORTION])
    done = 0
    for pk in found:
        if stop is not None and stop.is_set():
            break
        row = queries.known(pk)
        order = judging.order_of(row)
        judged = guarding.judge(order, at=at, authority=row.authority_id)
        done += alone(partial(_publish, pk, order, judged))
    return Swept(done, more=len(found) == PORTION)


def _publish(pk: str, order: RestrictionIn, judged: Judged, moment: Moment) -> int:
    """One order. Inside the writer nobody else writes: what is read here is true until the commit."""
    row = queries.known(pk)
    if row.state != RestrictionState.APPROVED:
        return 0
    if rules.missing(faces.stand(row), at=moment.at) == (rules.Lack.ANSWER,):
        if row.told_at is None and judging.told_by(row) <= moment.at:
            told([pk], moment=moment)
        else:
            row.next_at = approving.due(row, at=moment.at)
            row.save(update_fields=["next_at"])
        return 0
    if reason := _hindered(row, order, judged, moment):
        approving.refuse(row, reason=reason, moment=moment)
        return 1
    publish(row, order, moment)
    return 1


def _hindered(row: Restriction, order: RestrictionIn, judged: Judged, moment: Moment) -> str:
    """Why it cannot be published any more, in a sentence; "" where it can."""
    if lacks := rules.missing(faces.stand(row), at=moment.at):
        return " ".join(rules.SENTENCES[lack] for lack in lacks)
    if row.renews_id is not None and queries.known(row.renews_id).state == RestrictionState.LIFTED:
        return "What it was to renew was lifted."
    if judged.faults:
        return f"The guard against over-blocking: {judged.faults[0].detail}"
    weighed = approving.weighed(row)
    for found in judged.warnings:
        if (found.name, found.code) not in weighed:
            return f"The guard found what not everybody gave reasons for: {found.detail}"
    try:
        judging.require_still(row, order, moment)
    except BadRestrictionError as error:
        return error.faults[0].detail
    return "What was asked for is there." if fulfilled(row) else ""


def fulfilled(row: Restriction) -> bool:
    """Whether what reopens it came to be since it was ordered."""
    asked = row.reopening
    agreement = Agreement.objects.filter(pk=asked["agreement"]).first()
    if agreement is None or asked.get("held"):
        return False
    return reopening.outcome(agreement, judging.condition_of(row)).holds


def publish(row: Restriction, order: RestrictionIn, moment: Moment) -> None:
    """Put it on the lists of its operators. The database asks for everything once more (I-07)."""
    approvals = [event.id for event in events.events_of(row.id) if event.type == APPROVAL]
    row.state = lifecycle.advance(RestrictionState(row.state), RestrictionDeed.PUBLISH).value
    row.since = row.published_at = moment.at
    row.next_at = min(max(row.review_at, moment.at), row.sunset_at)
    row.save()
    carried = Carrying.objects.filter(restriction=row)
    carried.update(state=CarryingState.TOLD.value, since=moment.at)
    operators: Collection[str] = list(carried.values_list("operator_id", flat=True))
    zoning.enlist(row, order.names, operators, moment)
    answer = (row.answer_event,) if row.answer_event else ()
    happening = telling.happening(
        EventType.RESTRICTION_PUBLISHED,
        row,
        committed={
            "operators": telling.listed(telling.operators_of(row)),
            "names": telling.named(row.match, order.names),
        },
        ref=(row.event, *approvals, *answer),
        due=row.sunset_at,
        law=order.legal_ground.system,
    )
    journal.append([happening], moment)
    if row.renews_id is not None:
        _replace(queries.known(row.renews_id), row, moment)


def _replace(former: Restriction, row: Restriction, moment: Moment) -> None:
    """What is renewed ends with its renewal: two that close one name would have to be lifted one by one.

    What it closed and the renewal does not is open from now on.
    """
    if former.state in LIVE:
        lifting.lift(former, (), note=REPLACED, ref=(row.id,), moment=moment)


def told(cases: Collection[str], *, moment: Moment) -> list[str]:
    """The platforms of these restrictions have been told of them: the time in which they may answer begins.

    Called inside an operation of the writer, when a system of the platform took the event, and where the platform has
    none, so that its desk is where it reads. Once a restriction has its time, being told again is no news.
    """
    waiting = Restriction.objects.filter(pk__in=cases, told_at=None, platform__isnull=False)
    rows = list(waiting.filter(state__in=WAITING).order_by("id"))
    for row in rows:
        row.told_at = moment.at
        row.wait_until = rules.wait_until(profiles.load(row.profile), told_at=moment.at)
        if row.state == RestrictionState.APPROVED:
            row.next_at = approving.due(row, at=moment.at)
        row.save(update_fields=["told_at", "wait_until", "next_at"])
    return [row.id for row in rows]


def told_at_their_desks(addressed: Collection[tuple[str, str]], *, moment: Moment) -> list[str]:
    """The same of those of these events (and handles of parties) that propose a restriction to that very platform."""
    found = Restriction.objects.filter(event__in={event for event, _ in addressed}, told_at=None)
    kept = found.values_list("id", "event", "platform__handle")
    return told([case for case, event, handle in kept if (event, handle) in addressed], moment=moment)


WAITING = [RestrictionState.PROPOSED.value, RestrictionState.APPROVED.value]
