"""What becomes of a decision that does not stand any more: by an appeal, or because what it rested on fell away.

The room of appeals decides the one, that of filters the other; here the rows learn it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.decision import DecisionState
from mufakat.rules.events import EventType
from mufakat.server.decisions.measures import order_inverse
from mufakat.server.decisions.models import Decision, Measure
from mufakat.server.decisions.telling import told, turned
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Collection

    from mufakat.server.journal.operations import Happening
    from mufakat.server.journal.work import Moment


def mark_reversed(decision: str, *, partly: bool, moment: Moment) -> bool:
    """The decision no longer stands, or only in part; whether that is new.

    Called inside an operation of the writer, which appends the event (``appeal.reversed``), has the measures undone
    (``measures.order_inverse``) and reopens the notice where a refusal was reversed (``turning.turn``, REOPEN). What
    was reversed in part may still be reversed in full; what was reversed in full stays so.
    """
    del moment
    state = DecisionState.PARTLY_REVERSED if partly else DecisionState.REVERSED
    before = (
        [DecisionState.STANDING.value]
        if partly
        else [
            DecisionState.STANDING.value,
            DecisionState.PARTLY_REVERSED.value,
        ]
    )
    return Decision.objects.filter(pk=decision, state__in=before).update(state=state.value) == 1


def withdraw_all(decisions: Collection[str], *, because: str, moment: Moment) -> list[Happening]:
    """What these decisions rested on fell away: they stand no more, and all that is in hand is to be undone.

    Called inside an operation of the writer, which appends what this gives. `because` is the event that it follows
    from. What was reversed before, or in part, is reversed once; doing it again changes nothing.
    """
    standing = [DecisionState.STANDING.value, DecisionState.PARTLY_REVERSED.value]
    found = Decision.objects.filter(pk__in=decisions, state__in=standing)
    rows = list(found.select_related("notice").order_by("id"))
    found.update(state=DecisionState.REVERSED.value)
    order_inverse(list(Measure.objects.filter(decision__in=rows).values_list("pk", flat=True)), moment=moment)
    happenings: list[Happening] = []
    for row in rows:
        turns = turned(row.notice, EventType.DECISION_REVERSED, moment=moment)
        committed = {"because": because.encode()}
        happenings += [told(EventType.DECISION_REVERSED, row, committed=committed, actor=HOUSE), *turns]
    return happenings
