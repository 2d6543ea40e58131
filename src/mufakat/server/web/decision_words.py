"""The words of decisions and measures: for every code that a page shows, what a person reads beside it.

The outcomes stand in one list, in the order of the interface; none is marked, offered first or coloured as the good one
(I-05).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from mufakat.rules.decision import Automation, DecisionState, Outcome, Refusal
from mufakat.rules.measure import MeasureState
from mufakat.rules.statement import GivenHow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

OUTCOMES: Mapping[Outcome, Promise] = {
    Outcome.ACT_FULL: _("Act on every link"),
    Outcome.ACT_PARTIAL: _("Act on some of the links"),
    Outcome.REFUSE: _("Refuse"),
    Outcome.NEEDS_INFORMATION: _("Ask the sender for information first"),
    Outcome.IMPOSSIBLE: _("It cannot be done"),
    Outcome.NOT_FOUND: _("Nothing was found there"),
    Outcome.DUPLICATE: _("It was decided already, on another notice"),
}

# The same once it is decided.
DECIDED: Mapping[Outcome, Promise] = {
    Outcome.ACT_FULL: _("Acted on every link"),
    Outcome.ACT_PARTIAL: _("Acted on some of the links"),
    Outcome.REFUSE: _("Refused"),
    Outcome.NEEDS_INFORMATION: _("Information asked for"),
    Outcome.IMPOSSIBLE: _("Not possible"),
    Outcome.NOT_FOUND: _("Nothing found"),
    Outcome.DUPLICATE: _("Decided already"),
}

REFUSALS: Mapping[Refusal, Promise] = {
    Refusal.NOT_ILLEGAL: _("The content is not illegal"),
    Refusal.NOT_IN_TERMS: _("The content does not break the terms"),
    Refusal.UNCLEAR: _("It is not clear what is meant"),
    Refusal.WRONG_PARTY: _("We do not hold this content"),
    Refusal.OUTSIDE_JURISDICTION: _("That law does not apply to it"),
    Refusal.NOT_AUTHORISED: _("The sender may not ask for this"),
    Refusal.FORGED: _("It does not come from whom it claims"),
    Refusal.ALREADY_GONE: _("The content is gone already"),
}

AUTOMATION: Mapping[Automation, Promise] = {
    Automation.NONE: _("No machine: a person decided"),
    Automation.PARTIAL: _("A machine helped, a person decided"),
    Automation.FULL: _("A machine decided"),
}

DECISION_STATES: Mapping[DecisionState, Promise] = {
    DecisionState.STANDING: _("Stands"),
    DecisionState.ASKED: _("Waits for information"),
    DecisionState.ANSWERED: _("The information came"),
    DecisionState.UNANSWERED: _("No information came"),
    DecisionState.REVERSED: _("Reversed on appeal"),
    DecisionState.PARTLY_REVERSED: _("Partly reversed on appeal"),
}

MEASURE_STATES: Mapping[MeasureState, Promise] = {
    MeasureState.PROPOSED: _("Waits for a second person"),
    MeasureState.ORDERED: _("To be carried out"),
    MeasureState.CONFIRMED: _("Carried out"),
    MeasureState.FAILED: _("Could not be carried out"),
    MeasureState.DECLINED: _("Not carried out"),
    MeasureState.REVERTING: _("To be undone"),
    MeasureState.REVERTED: _("Undone"),
}

# What is to be done with the measures in a state, as a heading.
TASKS: Mapping[MeasureState, Promise] = {
    MeasureState.PROPOSED: _("For a second person to approve"),
    MeasureState.ORDERED: _("To carry out"),
    MeasureState.REVERTING: _("To undo"),
    MeasureState.FAILED: _("Could not be carried out: try again"),
}

# When a measure reached a state.
MEASURE_TIMES: Mapping[MeasureState, Promise] = {
    MeasureState.ORDERED: _("Ordered"),
    MeasureState.CONFIRMED: _("Carried out"),
    MeasureState.REVERTING: _("Its end"),
    MeasureState.REVERTED: _("Undone"),
}

# What undoes a measure, by the name that the table of measures gives it.
INVERSES: Mapping[str, Promise] = {
    "restore": _("Put it back"),
    "enable": _("Open access to it again"),
    "restore_rank": _("Show it as before"),
    "remove_label": _("Take the label away"),
    "lift_age_restriction": _("Show it to everybody again"),
    "lift_geo_restriction": _("Show it everywhere again"),
    "retract_warning": _("Take the warning back"),
    "end_preservation": _("Preserve it no longer"),
    "reinstate_account": _("Let the account work again"),
    "reopen_account": _("Open the account again"),
    "reopen_channel": _("Open the channel again"),
}

GIVEN: Mapping[GivenHow, Promise] = {
    GivenHow.CONNECTOR: _("By the platform's own system"),
    GivenHow.IN_SERVICE: _("In the service itself"),
    GivenHow.MAIL: _("By e-mail"),
    GivenHow.LETTER: _("By letter"),
    GivenHow.LINK: _("By the link with the code"),
    GivenHow.OTHER: _("By another way"),
}
