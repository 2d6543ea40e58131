"""The states of a notice: each says whose turn it is; one table says what leads where.

The database constraint and the diagram in docs/states.md are made from the same table.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from mufakat.rules.errors import IllegalTransitionError


class NoticeState(StrEnum):
    """Where a notice stands."""

    RECEIVED = "received"  # The recipient acknowledges next.
    ACKNOWLEDGED = "acknowledged"  # The recipient decides next.
    NEEDS_INFORMATION = "needs_information"  # The sender answers next; the decision clock rests.
    DECIDED = "decided"  # The affected may appeal next.
    CLOSED = "closed"  # Nobody's turn: the time for appeals is over, or the last appeal is resolved.
    WITHDRAWN = "withdrawn"  # Nobody's turn: the sender took the notice back before a decision.


class NoticeDeed(StrEnum):
    """What moves a notice from one state to another."""

    ACKNOWLEDGE = "acknowledge"  # By a person or an enrolled system of the recipient.
    ASK = "ask"  # The recipient cannot decide yet and says what is missing.
    ANSWER = "answer"  # The sender supplies it.
    DECIDE = "decide"  # Acting, partly acting and refusing are equal here (I-05).
    WITHDRAW = "withdraw"
    REOPEN = "reopen"  # A refusal was reversed, by a court perhaps long after: somebody else decides anew (I-08).
    CLOSE = "close"


class Turn(StrEnum):
    """Who moves next."""

    RECIPIENT = "recipient"
    SENDER = "sender"
    AFFECTED = "affected"
    NOBODY = "nobody"


TRANSITIONS: Mapping[tuple[NoticeState, NoticeDeed], NoticeState] = MappingProxyType(
    {
        (NoticeState.RECEIVED, NoticeDeed.ACKNOWLEDGE): NoticeState.ACKNOWLEDGED,
        (NoticeState.RECEIVED, NoticeDeed.WITHDRAW): NoticeState.WITHDRAWN,
        (NoticeState.ACKNOWLEDGED, NoticeDeed.ASK): NoticeState.NEEDS_INFORMATION,
        (NoticeState.ACKNOWLEDGED, NoticeDeed.DECIDE): NoticeState.DECIDED,
        (NoticeState.ACKNOWLEDGED, NoticeDeed.WITHDRAW): NoticeState.WITHDRAWN,
        (NoticeState.NEEDS_INFORMATION, NoticeDeed.ANSWER): NoticeState.ACKNOWLEDGED,
        (NoticeState.NEEDS_INFORMATION, NoticeDeed.DECIDE): NoticeState.DECIDED,  # No answer came: on what is there.
        (NoticeState.NEEDS_INFORMATION, NoticeDeed.WITHDRAW): NoticeState.WITHDRAWN,
        (NoticeState.DECIDED, NoticeDeed.REOPEN): NoticeState.ACKNOWLEDGED,
        (NoticeState.DECIDED, NoticeDeed.CLOSE): NoticeState.CLOSED,
        (NoticeState.CLOSED, NoticeDeed.REOPEN): NoticeState.ACKNOWLEDGED,
    }
)

TURNS: Mapping[NoticeState, Turn] = MappingProxyType(
    {
        NoticeState.RECEIVED: Turn.RECIPIENT,
        NoticeState.ACKNOWLEDGED: Turn.RECIPIENT,
        NoticeState.NEEDS_INFORMATION: Turn.SENDER,
        NoticeState.DECIDED: Turn.AFFECTED,
        NoticeState.CLOSED: Turn.NOBODY,
        NoticeState.WITHDRAWN: Turn.NOBODY,
    }
)

FIRST_STATE = NoticeState.RECEIVED

GOING_ON = frozenset(state for state, turn in TURNS.items() if turn is not Turn.NOBODY)
"""The states in which clocks run: after a decision too there are terms, such as that of an appeal."""

OPEN_STATES = frozenset(state for state, turn in TURNS.items() if turn in {Turn.RECIPIENT, Turn.SENDER})
"""The states without an outcome yet: notices received = those with an outcome + withdrawn + these (I-11)."""


def advance(state: NoticeState, deed: NoticeDeed) -> NoticeState:
    """The state that `deed` leads to from `state`; IllegalTransitionError where the table has no such step."""
    try:
        return TRANSITIONS[state, deed]
    except KeyError:
        raise IllegalTransitionError(state, deed) from None


def turn(state: NoticeState) -> Turn:
    """Who moves next in this state."""
    return TURNS[state]


def check_constraint_values() -> tuple[str, ...]:
    """The values that the database admits in a notice's state column, in the order of the enumeration."""
    return tuple(state.value for state in NoticeState)


def mermaid() -> str:
    """The table as a Mermaid state diagram, one line a step; ends with a newline."""
    lines = ["stateDiagram-v2", f"    [*] --> {FIRST_STATE.value}"]
    lines += [f"    {before.value} --> {after.value}: {deed.value}" for (before, deed), after in TRANSITIONS.items()]
    lines += [f"    {state.value} --> [*]" for state in NoticeState if TURNS[state] is Turn.NOBODY]
    return "\n".join(lines) + "\n"


def turns_table() -> str:
    """Every state and whose turn it is, as a Markdown table; ends with a newline."""
    rows = [f"| `{state.value}` | {turn(state).value} |" for state in NoticeState]
    return "\n".join(["| state | whose turn |", "|---|---|", *rows]) + "\n"
