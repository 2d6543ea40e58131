"""Measures: what each is, what undoes it, and where it stands: one table of names and one of transitions.

A measure is put in hand by a decision alone, never by a notice. One that cannot be undone waits until a second person
has approved it (I-06). Of every measure its inverse is known before it begins.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from mufakat.rules.errors import MeasureStandsError
from mufakat.rules.notice import MeasureName


class Family(StrEnum):
    """What a measure does to what it is about."""

    REMOVAL = "removal"  # Nobody finds it, or may open it, any more.
    VISIBILITY = "visibility"  # Fewer find it, or only some.
    NOTE = "note"  # Something is said beside it.
    KEEPING = "keeping"  # It is kept for whoever may ask for it; nobody sees less of it.
    ACCOUNT = "account"  # Who published it may publish no longer.


class About(StrEnum):
    """What a measure is about."""

    CONTENT = "content"
    ACCOUNT = "account"


class Line(Struct, frozen=True):
    """One measure in the table. `irreversible`: its inverse restores as much as can be, which may be little."""

    family: Family
    about: About
    inverse: str
    irreversible: bool = False
    needs_territory: bool = False


MEASURES: Mapping[MeasureName, Line] = MappingProxyType(
    {
        MeasureName.REMOVE: Line(Family.REMOVAL, About.CONTENT, "restore"),
        MeasureName.DISABLE: Line(Family.REMOVAL, About.CONTENT, "enable"),
        MeasureName.DEMOTE: Line(Family.VISIBILITY, About.CONTENT, "restore_rank"),
        MeasureName.LABEL: Line(Family.NOTE, About.CONTENT, "remove_label"),
        MeasureName.AGE_RESTRICT: Line(Family.VISIBILITY, About.CONTENT, "lift_age_restriction"),
        MeasureName.GEO_RESTRICT: Line(Family.VISIBILITY, About.CONTENT, "lift_geo_restriction", needs_territory=True),
        MeasureName.WARN: Line(Family.NOTE, About.ACCOUNT, "retract_warning"),
        MeasureName.PRESERVE: Line(Family.KEEPING, About.CONTENT, "end_preservation"),
        MeasureName.SUSPEND_ACCOUNT: Line(Family.ACCOUNT, About.ACCOUNT, "reinstate_account"),
        MeasureName.TERMINATE_ACCOUNT: Line(Family.ACCOUNT, About.ACCOUNT, "reopen_account", irreversible=True),
        MeasureName.CLOSE_CHANNEL: Line(Family.ACCOUNT, About.ACCOUNT, "reopen_channel", irreversible=True),
    }
)
"""The table: every measure once."""

IRREVERSIBLE = frozenset(name for name, line in MEASURES.items() if line.irreversible)
"""What needs a second person (I-06), and has no end."""


class MeasureState(StrEnum):
    """Where a measure stands, and who moves it next."""

    PROPOSED = "proposed"  # A second person approves or declines it.
    ORDERED = "ordered"  # The platform carries it out and confirms it.
    CONFIRMED = "confirmed"  # It is done; it stays so until it ends or is reversed.
    FAILED = "failed"  # The platform could not, and said why; it may still succeed.
    DECLINED = "declined"  # It was never put in hand.
    REVERTING = "reverting"  # Its inverse is to be done: its time is over, or the decision was reversed.
    REVERTED = "reverted"  # The inverse is done.


class MeasureDeed(StrEnum):
    """What moves a measure."""

    APPROVE = "approve"
    DECLINE = "decline"
    CONFIRM = "confirm"
    FAIL = "fail"
    END = "end"  # Its time is over.
    REVERSE = "reverse"  # The decision behind it was reversed.


TRANSITIONS: Mapping[tuple[MeasureState, MeasureDeed], MeasureState] = MappingProxyType(
    {
        (MeasureState.PROPOSED, MeasureDeed.APPROVE): MeasureState.ORDERED,
        (MeasureState.PROPOSED, MeasureDeed.DECLINE): MeasureState.DECLINED,
        (MeasureState.PROPOSED, MeasureDeed.REVERSE): MeasureState.DECLINED,
        (MeasureState.ORDERED, MeasureDeed.CONFIRM): MeasureState.CONFIRMED,
        (MeasureState.ORDERED, MeasureDeed.FAIL): MeasureState.FAILED,
        # Not confirmed is not the same as not done: whoever may have done it confirms that it is undone.
        (MeasureState.ORDERED, MeasureDeed.END): MeasureState.REVERTING,
        (MeasureState.ORDERED, MeasureDeed.REVERSE): MeasureState.REVERTING,
        (MeasureState.CONFIRMED, MeasureDeed.END): MeasureState.REVERTING,
        (MeasureState.CONFIRMED, MeasureDeed.REVERSE): MeasureState.REVERTING,
        (MeasureState.FAILED, MeasureDeed.CONFIRM): MeasureState.CONFIRMED,
        (MeasureState.FAILED, MeasureDeed.END): MeasureState.DECLINED,
        (MeasureState.FAILED, MeasureDeed.REVERSE): MeasureState.DECLINED,
        (MeasureState.REVERTING, MeasureDeed.CONFIRM): MeasureState.REVERTED,
        (MeasureState.REVERTING, MeasureDeed.FAIL): MeasureState.REVERTING,  # It stays to be undone, and is told.
    }
)

WAITING = frozenset({MeasureState.PROPOSED, MeasureState.ORDERED, MeasureState.REVERTING})
"""What stands on the platform's list of tasks."""

PUT_IN_HAND = frozenset(state for state in MeasureState if state not in {MeasureState.PROPOSED, MeasureState.DECLINED})
"""The states of a measure that somebody was told to carry out."""

ENDABLE = frozenset(
    state for (state, deed) in TRANSITIONS if deed is MeasureDeed.END and state is not MeasureState.FAILED
)
"""The states in which a measure may run out."""


def first_state(name: MeasureName) -> MeasureState:
    """Where a measure begins: what cannot be undone waits for a second person, whoever decided it (I-06)."""
    return MeasureState.PROPOSED if name in IRREVERSIBLE else MeasureState.ORDERED


def advance(state: MeasureState, deed: MeasureDeed) -> MeasureState:
    """The state that `deed` leads to; MeasureStandsError where the table has no such step."""
    try:
        return TRANSITIONS[state, deed]
    except KeyError:
        raise MeasureStandsError(state.value, deed.value) from None


def after_reversal(state: MeasureState) -> MeasureState:
    """Where a measure stands once the decision behind it is reversed; what is undone or never began stays so."""
    return TRANSITIONS.get((state, MeasureDeed.REVERSE), state)


def table() -> str:
    """MEASURES as a Markdown table, one measure a row; ends with a newline."""
    rows = [
        f"| `{name.value}` | {line.family.value} | {line.about.value} | `{line.inverse}` | "
        f"{'a second person approves it' if line.irreversible else '–'} |"
        for name, line in MEASURES.items()
    ]
    return "\n".join(["| measure | family | about | inverse | irreversible |", "|---|---|---|---|---|", *rows]) + "\n"


def mermaid() -> str:
    """The transitions as a Mermaid state diagram; ends with a newline."""
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {state.value}" for state in (MeasureState.PROPOSED, MeasureState.ORDERED)]
    lines += [f"    {before.value} --> {after.value}: {deed.value}" for (before, deed), after in TRANSITIONS.items()]
    moving = {before for before, _ in TRANSITIONS}
    lines += [f"    {state.value} --> [*]" for state in MeasureState if state not in moving]
    return "\n".join(lines) + "\n"
