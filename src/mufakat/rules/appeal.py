"""Appeals: who may contest a decision and until when, who resolves it, and what a reversal does. Pure.

An appeal is open to whoever is affected, through a code that is the sole credential, and to both sides of the notice.
What somebody says of their standing is taken at the door and judged in the resolution. Nobody judges their own decision
(I-08). A reversal is an effect and not a word: measures are undone, or the notice is decided anew.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from mufakat.rules.errors import DocumentRefusedError, NotNowError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.permissions import Deed, Reach, Role, require
from mufakat.rules.reasons import FEWEST_WORDS, says_something

MAX_REASONS = 10_000
"""Characters of what an appeal says, and of what its resolution answers."""
MOST = 20
"""Appeals of one side against one decision before one level. Those of others are not counted: else a platform that
contests its own decision, and hears itself not, would leave no room for anybody affected."""
WINDOW = timedelta(days=30)
"""How long a decision may be contested where the profile knows no such right. Ours: nobody is left without."""


class Standing(StrEnum):
    """As whom somebody contests a decision."""

    UPLOADER = "uploader"  # Whose content it is.
    SENDER = "sender"  # Who sent the notice.
    PLATFORM = "platform"  # Who received it.
    THIRD_PARTY = "third_party"  # Anybody else who is affected.


CLAIMED = frozenset({Standing.UPLOADER, Standing.THIRD_PARTY})
"""What somebody with a code may say of themselves; the other two are parties, and come with an account."""


class Level(StrEnum):
    """Before whom."""

    INTERNAL = "internal"  # Another person of the platform.
    OUT_OF_COURT = "out_of_court"  # A body outside, whose procedure and outcome are recorded here.
    JUDICIAL = "judicial"


class AppealState(StrEnum):
    """Where an appeal stands."""

    LODGED = "lodged"  # Somebody else than the decider resolves it next.
    UPHELD = "upheld"  # The decision stands.
    REVERSED = "reversed"
    PARTLY = "partly"
    INADMISSIBLE = "inadmissible"  # It was not heard: no standing, or nothing that could be judged.


class Resolution(StrEnum):
    """What may come of an appeal: every state but the first."""

    UPHELD = "upheld"
    REVERSED = "reversed"
    PARTLY = "partly"
    INADMISSIBLE = "inadmissible"


RESOLVED = frozenset(AppealState(each.value) for each in Resolution)
"""The states of an appeal that nobody waits for any more."""

HEARD = RESOLVED - {AppealState.INADMISSIBLE}
"""The states in which what was said was judged."""

TOLD_BY: dict[Resolution, EventType] = {
    Resolution.UPHELD: EventType.APPEAL_UPHELD,
    Resolution.REVERSED: EventType.APPEAL_REVERSED,
    Resolution.PARTLY: EventType.APPEAL_PARTLY_REVERSED,
    Resolution.INADMISSIBLE: EventType.APPEAL_DISMISSED,
}
"""The event of each outcome of an internal appeal; outside bodies settle a dispute."""

Reasons = Annotated[str, Meta(min_length=1, max_length=MAX_REASONS)]
MeasureId = Annotated[str, Meta(min_length=1, max_length=30)]


class ResolutionIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What came of an appeal and why; of a partial reversal also which measures are undone."""

    outcome: Resolution
    reasons: Reasons
    measures: Annotated[tuple[MeasureId, ...], Meta(min_length=1, max_length=500)] | None = None


class Contested(Struct, frozen=True):
    """What is to be known of a decision: who made it, until when it may be contested, what of it stands.

    `acted` says that it ordered measures; `measures` are the ids of those that are not undone yet.
    """

    decider: int
    until: datetime
    stands: bool
    acted: bool
    measures: tuple[str, ...] = ()


class Former(Struct, frozen=True):
    """An appeal that was lodged before against the same decision; `by` is a party, "" for whoever has the code."""

    standing: Standing
    level: Level
    state: AppealState
    by: str = ""


class Effect(Struct, frozen=True):
    """What a resolution does: measures to undo, and whether the notice is decided anew.

    `stands` says that the whole decision stays as it is; `whole` that nothing of it does.
    """

    undone: tuple[str, ...] = ()
    reopens: bool = False
    stands: bool = True
    whole: bool = False


class BadAppealError(DocumentRefusedError):
    """The appeal, or its resolution, cannot be taken as it stands."""

    what = "appeal"


class WindowOverError(NotNowError):
    """It is too late to contest the decision here."""

    def __init__(self) -> None:
        super().__init__("The time for appeals against this decision is over.")


class NothingStandsError(NotNowError):
    """Nothing of the decision stands any more."""

    def __init__(self) -> None:
        super().__init__("This decision was reversed already; there is nothing left to contest.")


class AlreadyContestedError(NotNowError):
    """The same side has an appeal open against the same decision, or had one that was heard."""

    def __init__(self, *, heard: bool) -> None:
        self.heard = heard
        words = (
            "An appeal against this decision was heard already; what remains are bodies outside the platform."
            if heard
            else "An appeal against this decision is open already; its outcome will be told."
        )
        super().__init__(words)


class TooManyAppealsError(NotNowError):
    """This side contested the decision as often as it can, and was not heard."""

    def __init__(self) -> None:
        super().__init__(f"There are {MOST} appeals of this side against this decision; it takes no more.")


class AlreadyResolvedError(NotNowError):
    """Somebody resolved it before."""

    def __init__(self, state: AppealState) -> None:
        self.state = state
        super().__init__(f"This appeal was resolved already: {state.value}.")


class DeciderError(NotPermittedError):
    """Whoever made the decision may not judge the appeal against it (I-08)."""

    def __str__(self) -> str:
        return "An appeal is resolved by somebody else than the person who made the decision."


class OtherSideError(NotPermittedError):
    """The party sees the case, but this is for the other side."""

    def __str__(self) -> str:
        if self.deed is Deed.LODGE_APPEAL:
            return "Your seat contests decisions on notices that your own party sent."
        return "An appeal is resolved by the party that decided."


def standing_of(party: str, *, sender: str, recipient: str) -> Standing:
    """As whom a party with an account contests a decision on a notice between these two."""
    if party == recipient:
        return Standing.PLATFORM
    return Standing.SENDER if party == sender else Standing.THIRD_PARTY


def require_lodger(role: Role, *, party: str, sender: str) -> None:
    """Raise unless this seat speaks for its party here: an officer about what the party itself sent.

    The caller has asked whether the party may see the decision at all.
    """
    if require(role, Deed.LODGE_APPEAL) is Reach.OWN_NOTICES and party != sender:
        raise OtherSideError(Deed.LODGE_APPEAL, role)


def until(appeal_until: datetime | None, *, decided_at: datetime) -> datetime:
    """Until when a decision may be contested: what the profile gives, or our own WINDOW."""
    return appeal_until or decided_at + WINDOW


def is_open(until: datetime, *, at: datetime) -> bool:
    """Whether the decision can still be contested; it can at the very moment at which the time ends."""
    return at <= until


def require_contestable(  # noqa: PLR0913 - what is contested, by whom and before whom, each by name.
    contested: Contested, former: Collection[Former], *, standing: Standing, level: Level, by: str = "", at: datetime
) -> None:
    """Raise unless this appeal may be lodged now.

    Bodies outside have times of their own, so the window binds appeals to the platform alone. Nobody's appeal keeps
    another one's from being heard.
    """
    if not contested.stands:
        raise NothingStandsError
    if level is Level.INTERNAL and not is_open(contested.until, at=at):
        raise WindowOverError
    same = [one for one in former if (one.standing, one.level, one.by) == (standing, level, by)]
    if any(one.state is AppealState.LODGED for one in same):
        raise AlreadyContestedError(heard=False)
    if any(one.state in HEARD for one in same):
        raise AlreadyContestedError(heard=True)
    if len(same) >= MOST:
        raise TooManyAppealsError


def may_resolve(role: Role, *, person: int, party: str, decider: int, recipient: str) -> bool:
    """Whether this person, in this seat of this party, may resolve an appeal against a decision of `decider`."""
    try:
        require_resolver(role, person=person, party=party, decider=decider, recipient=recipient)
    except NotPermittedError:
        return False
    return True


def require_resolver(role: Role, *, person: int, party: str, decider: int, recipient: str) -> None:
    """Raise unless this is a reviewer of the party that decided, and another person than the decider (I-08)."""
    require(role, Deed.RESOLVE_APPEAL)
    if party != recipient:
        raise OtherSideError(Deed.RESOLVE_APPEAL, role)
    if person == decider:
        raise DeciderError(Deed.RESOLVE_APPEAL, role)


def partly_open(contested: Contested, standing: Standing) -> bool:
    """Whether a part alone could be reversed: several measures stand, and the appeal is against them."""
    return standing is not Standing.SENDER and len(contested.measures) > 1


def judge(found: ResolutionIn, contested: Contested, standing: Standing, faults: Faults) -> None:
    """Note what is wrong with a resolution: a part that is no part, measures that do not stand, no reasons."""
    if not says_something(found.reasons):
        detail = f"Say why in at least {FEWEST_WORDS} words, whatever the outcome is."
        faults.add("/reasons", FaultCode.EMPTY, detail)
    if not contested.stands and found.outcome is not Resolution.INADMISSIBLE:
        faults.add("/outcome", FaultCode.BAD_FORM, "Nothing of the decision stands any more: inadmissible.")
        return
    if found.outcome is not Resolution.PARTLY:
        if found.measures is not None:
            faults.add("/measures", FaultCode.BAD_FORM, "Measures are named where a part of them is undone: partly.")
        return
    if not partly_open(contested, standing):
        faults.add("/outcome", FaultCode.BAD_FORM, "There is no part here that could be reversed alone.")
        return
    _judge_measures(found.measures, contested.measures, faults)


def _judge_measures(named: Sequence[str] | None, standing: Sequence[str], faults: Faults) -> None:
    if named is None:
        faults.add("/measures", FaultCode.MISSING, "Name the measures that are undone.")
        return
    for place, one in enumerate(named):
        if one not in standing:
            faults.add(f"/measures/{place}", FaultCode.NOT_IN_LIST, "No such measure of this decision stands.")
        elif one in named[:place]:
            faults.add(f"/measures/{place}", FaultCode.REPEATED_ITEM, "This measure is named twice.")
    if set(named) >= set(standing):
        faults.add("/measures", FaultCode.TOO_MANY, "These are all that stand; the outcome is then: reversed.")


def effect(outcome: Resolution, contested: Contested, standing: Standing, *, measures: Collection[str] = ()) -> Effect:
    """What the resolution does.

    Who is affected contests what was done: it is undone. The sender contests what was not done: the notice is decided
    anew, and what was done meanwhile stays. Where nothing was done there is nothing to undo, so it is decided anew
    whoever contested it.
    """
    if outcome in {Resolution.UPHELD, Resolution.INADMISSIBLE}:
        return Effect()
    if not contested.acted:
        return Effect(reopens=True, stands=False, whole=True)
    if standing is Standing.SENDER:
        return Effect(reopens=True, stands=False)
    if outcome is Resolution.PARTLY:
        chosen = tuple(one for one in contested.measures if one in measures)
        return Effect(undone=chosen, stands=False)
    return Effect(undone=contested.measures, stands=False, whole=True)


def may_close(*, until: datetime, stands: bool, lodged: bool, unfinished: bool, at: datetime) -> bool:
    """Whether a decided notice has come to its end.

    No appeal is open, nothing is still to be carried out or undone, and it is too late for another appeal, or nothing
    stands that one could be against.
    """
    if lodged or unfinished:
        return False
    return not stands or not is_open(until, at=at)
