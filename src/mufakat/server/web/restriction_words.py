"""The words of restrictions: what a person reads beside every code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from mufakat.rules.profile_powers import Layer
from mufakat.rules.restriction import CarryingState, Match, RestrictionState, Sighting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

STATES: Mapping[RestrictionState, Promise] = {
    RestrictionState.PROPOSED: _("Proposed"),
    RestrictionState.APPROVED: _("Approved"),
    RestrictionState.PUBLISHING: _("On the lists"),
    RestrictionState.APPLIED: _("Closed at every operator"),
    RestrictionState.PARTLY_LIFTED: _("Partly lifted"),
    RestrictionState.LIFTED: _("Lifted"),
    RestrictionState.EXPIRED: _("Ended by itself"),
    RestrictionState.REFUSED: _("Refused"),
}

# What is awaited in a state, and of whom.
NEXT: Mapping[RestrictionState, Promise] = {
    RestrictionState.PROPOSED: _("Two approvers look at it, one of them at the law. Nothing is closed."),
    RestrictionState.APPROVED: _(
        "It waits for the platform's answer, or until the time for it is over. Nothing is closed."
    ),
    RestrictionState.PUBLISHING: _("It is on the lists; the operators carry it out."),
    RestrictionState.APPLIED: _("Every operator says that it carries it out."),
    RestrictionState.PARTLY_LIFTED: _("Some of its names are off the lists; the others stay closed."),
    RestrictionState.LIFTED: _("It is off the lists. Each operator is followed until the names are open there."),
    RestrictionState.EXPIRED: _("Its time was over. Each operator is followed until the names are open there."),
    RestrictionState.REFUSED: _("Nothing was closed."),
}

MATCHES: Mapping[Match, Promise] = {
    Match.EXACT: _("The name alone"),
    Match.SUBTREE: _("The name and everything below it"),
}

LAYERS: Mapping[Layer, Promise] = {
    Layer.DNS: _("By name, at the resolvers"),
    Layer.URL: _("By address, at the proxies"),
}

CARRYING: Mapping[CarryingState, Promise] = {
    CarryingState.WAITING: _("Not on its list"),
    CarryingState.TOLD: _("On its list, not confirmed yet"),
    CarryingState.APPLIED: _("Carried out"),
    CarryingState.OPENING: _("Off its list, not confirmed yet"),
    CarryingState.OPEN: _("Opened again"),
}

SIGHTINGS: Mapping[Sighting, Promise] = {
    Sighting.CLOSED: _("Closed"),
    Sighting.OPEN: _("Open"),
    Sighting.SILENT: _("No answer"),
}

# Who took it off the lists.
LIFTED_BY: Mapping[str, Promise] = {
    "authority": _("A person of the authority"),
    "house": _("By itself: what was asked for is there"),
}

# What it still needs before it is published (`restriction_checks.Lack`).
LACKS: Mapping[str, Promise] = {
    "first_approval": _("An approver has still to approve it"),
    "second_approval": _("The approver who looks at the law has still to approve it"),
    "answer": _("The platform has still to answer, or its time to be over"),
    "time": _("Its end has come"),
}

# What waits for the seat of who reads.
TURNS: Mapping[str, Promise] = {
    "approve": _("Your turn: approve it or say no"),
    "answer": _("Your turn: say what the platform has to say"),
    "applied": _("Your turn: say that you carry it out"),
    "opened": _("Your turn: say that you opened it"),
}

# What the guard finds (`guard.Code`), and how much it weighs (`guard.Verdict`).
FINDINGS: Mapping[str, Promise] = {
    "not_a_name": _("No name"),
    "too_many": _("Too many names"),
    "does_not_fit": _("Too long for a zone"),
    "protected": _("Protected"),
    "protected_below": _("A protected name lies below"),
    "official": _("A name of a public authority"),
    "shared": _("Shared by many"),
    "shared_below": _("Others have names below it"),
    "too_wide": _("Wider than what it is about"),
    "whole_domain": _("A whole domain"),
    "contact": _("Letters of this house go there"),
    "look_alike": _("Looks like another name"),
    "reopened": _("Was opened again lately"),
    "many": _("Many names"),
}

VERDICTS: Mapping[str, Promise] = {
    "impossible": _("Impossible"),
    "weighty": _("Needs reasons"),
}

# How an operator's resolver stands (`resolvers.ResolverState`).
RESOLVERS: Mapping[str, Promise] = {
    "waiting": _("Not asked yet"),
    "ready": _("Filters"),
    "not_filtering": _("Answers, and does not filter"),
    "silent": _("Does not answer"),
    "removed": _("Taken back"),
}
