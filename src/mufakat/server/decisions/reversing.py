"""What an appeal that succeeds makes of a decision. The room of appeals decides that; here the row learns it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.decision import DecisionState
from mufakat.server.decisions.models import Decision

if TYPE_CHECKING:
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
