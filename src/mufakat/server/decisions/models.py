"""Rows of the decisions room. What a decision says (ground, facts, reasons) is openings of its event, erased there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat

from mufakat.rules.decision import ACTS, FINAL, Automation, DecisionState, Outcome, Refusal
from mufakat.rules.measure import IRREVERSIBLE, MeasureState
from mufakat.rules.notice import MeasureName
from mufakat.rules.statement import GivenHow
from mufakat.server.decisions.dsa_rows import ForeignStatement as ForeignStatement  # noqa: PLC0414 - Django looks here.

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

ID = 30
MADE_BY = ID + 21  # The id, a stroke, and a number of at most 20 digits.

BEGUN = [state for state in MeasureState if state not in {MeasureState.PROPOSED, MeasureState.DECLINED}]
DONE = [MeasureState.CONFIRMED]
UNDOING = [MeasureState.REVERTING, MeasureState.REVERTED]
MADE = [DecisionState.STANDING, DecisionState.REVERSED, DecisionState.PARTLY_REVERSED]
ASKING = [DecisionState.ASKED, DecisionState.ANSWERED, DecisionState.UNANSWERED]


def among(field: str, values: Iterable[StrEnum]) -> Q:
    """A constraint made from the enumeration itself, so that the table and the database cannot disagree."""
    found = Q()
    for value in values:
        found |= Q(**{field: value.value})
    return found


def party() -> models.ForeignKey[Any, Any]:
    """A party stays as long as what it did."""
    return models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)


def person(*, null: bool = False) -> models.ForeignKey[Any, Any]:
    """Somebody of a party; whoever left keeps the row, and what was done keeps its name."""
    return models.ForeignKey("parties.Person", on_delete=models.PROTECT, null=null, related_name="+", db_index=False)


def not_before(later: str, earlier: str) -> Q:
    """Where the later time is set, the earlier one is, and lies before it."""
    return Q(**{later: None}) | Q(**{f"{earlier}__isnull": False, f"{later}__gte": F(earlier)})


def made_by(decision: str = "id", decider: str = "person_id") -> Concat:
    """A decision and its decider as one text, made from the columns that hold them."""
    return Concat(F(decision), Value("/"), Cast(F(decider), models.CharField(max_length=20)))


class Decision(models.Model):
    """What a platform decided on a notice, or asked before it can; by whom, with which outcome, until when contestable.

    An outcome that decides has a Statement and stands; a question waits for the sender's answer.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    notice = models.ForeignKey("notices.Notice", on_delete=models.PROTECT, related_name="+")
    party = party()
    person = person()
    outcome = models.CharField(max_length=24)
    refusal = models.CharField(max_length=24, null=True)  # noqa: DJ001 - null means: no refusal.
    language = models.CharField(max_length=16)
    detection = models.BooleanField(null=True)
    automation = models.CharField(max_length=8, null=True)  # noqa: DJ001 - null: not said, of a question.
    decided_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)
    state = models.CharField(max_length=16)
    appeal_until = models.DateTimeField(null=True)
    informed_at = models.DateTimeField(null=True)
    code_digest = models.BinaryField(max_length=32, null=True, unique=True)
    # Which decision by which person: an appeal refers to this, so that it cannot name another decider than this (I-08).
    made_by = models.GeneratedField(
        expression=made_by(), output_field=models.CharField(max_length=MADE_BY), unique=True, db_persist=True
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["notice"],
                condition=Q(state__in=[DecisionState.STANDING.value, DecisionState.ASKED.value]),
                name="notice_has_one_standing_decision",
            ),
            models.CheckConstraint(condition=among("outcome", Outcome), name="decision_outcome_is_known"),
            models.CheckConstraint(condition=among("state", DecisionState), name="decision_state_is_known"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.REFUSE.value, refusal__isnull=False)
                | (~Q(outcome=Outcome.REFUSE.value) & Q(refusal=None)),
                name="decision_names_a_refusal_where_it_refuses",
            ),
            models.CheckConstraint(
                condition=Q(refusal=None) | among("refusal", Refusal), name="decision_refusal_is_known"
            ),
            # Reasons are complete only where it is said how much of them a machine found (I-05).
            models.CheckConstraint(
                condition=Q(outcome=Outcome.NEEDS_INFORMATION.value)
                | (Q(detection__isnull=False, automation__isnull=False) & among("automation", Automation)),
                name="decision_says_what_a_machine_did",
            ),
            models.CheckConstraint(
                condition=(Q(outcome=Outcome.NEEDS_INFORMATION.value) & among("state", ASKING))
                | (among("outcome", sorted(FINAL)) & among("state", MADE)),
                name="decision_stands_or_asks",
            ),
            models.CheckConstraint(
                condition=Q(code_digest=None) | among("outcome", sorted(ACTS)),
                name="appeal_code_is_for_what_was_done",
            ),
            models.CheckConstraint(
                condition=not_before("informed_at", "decided_at"), name="decision_is_told_once_made"
            ),
            models.CheckConstraint(
                condition=not_before("appeal_until", "decided_at"), name="decision_is_contestable_once_made"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["party", "id"], name="decision_of_party")]


class Measure(models.Model):
    """One measure about one locator: what undoes it, until when it stays, and where it stands.

    `decided_by` is a copy of the decision's person, so that the database itself sees that whoever approved what cannot
    be undone is somebody else (I-06); `party` a copy, by which a platform finds its tasks.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="measures")
    party = party()
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=24)
    inverse = models.CharField(max_length=24)
    territory = models.JSONField(default=list)
    ends_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16)
    decided_by = person()
    approved_by = person(null=True)
    ordered_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reverted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "position", "name"], name="measure_is_ordered_once"),
            models.CheckConstraint(condition=among("name", MeasureName), name="measure_name_is_known"),
            models.CheckConstraint(condition=among("state", MeasureState), name="measure_state_is_known"),
            models.CheckConstraint(condition=~Q(inverse=""), name="measure_has_its_inverse"),
            models.CheckConstraint(
                condition=~among("name", sorted(IRREVERSIBLE)) | Q(ordered_at=None) | Q(approved_by__isnull=False),
                name="irreversible_measure_is_ordered_by_two",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("decided_by")),
                name="measure_is_approved_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=~among("name", sorted(IRREVERSIBLE)) | Q(ends_at=None),
                name="irreversible_measure_has_no_end",
            ),
            # A state says what happened: no measure is in hand that nobody ordered.
            models.CheckConstraint(
                condition=Q(among("state", BEGUN), ordered_at__isnull=False) | ~among("state", BEGUN),
                name="measure_in_hand_was_ordered",
            ),
            models.CheckConstraint(
                condition=~among("state", DONE) | Q(confirmed_at__isnull=False, ended_at=None),
                name="measure_confirmed_is_done_and_goes_on",
            ),
            models.CheckConstraint(
                condition=~among("state", UNDOING) | Q(ended_at__isnull=False), name="measure_is_undone_after_its_end"
            ),
            models.CheckConstraint(
                condition=Q(state=MeasureState.REVERTED.value, reverted_at__isnull=False)
                | (~Q(state=MeasureState.REVERTED.value) & Q(reverted_at=None)),
                name="measure_is_reverted_at_a_time",
            ),
            models.CheckConstraint(
                condition=not_before("confirmed_at", "ordered_at")
                & not_before("ended_at", "ordered_at")
                & not_before("reverted_at", "ended_at"),
                name="measure_times_are_in_order",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["party", "state", "id"], name="measure_of_party"),
            # What the sweep looks for: measures at work that have an end.
            models.Index(
                fields=["ends_at", "id"],
                name="measure_to_end",
                condition=Q(
                    ends_at__isnull=False, state__in=[MeasureState.ORDERED.value, MeasureState.CONFIRMED.value]
                ),
            ),
        ]


class Statement(models.Model):
    """The statement of reasons of a decision: that it was made, and when and how it reached whoever is affected."""

    id = models.CharField(primary_key=True, max_length=ID)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="statement")
    language = models.CharField(max_length=16)
    made_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)
    given_how = models.CharField(max_length=16, null=True)  # noqa: DJ001 - null means: not given yet.
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(given_at=None, given_how=None)
                | (Q(given_at__isnull=False, given_how__isnull=False) & among("given_how", GivenHow)),
                name="statement_is_given_somehow",
            ),
            models.CheckConstraint(
                condition=not_before("given_at", "made_at") & not_before("submitted_at", "made_at"),
                name="statement_is_given_once_made",
            ),
        ]
