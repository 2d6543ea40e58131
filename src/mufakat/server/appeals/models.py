"""Rows of the appeals room. What an appeal and its resolution say are openings of their events, erased there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat

from mufakat.rules.appeal import CLAIMED, RESOLVED, AppealState, Level, Standing
from mufakat.rules.appeal_reading import MAX_BODY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

ID = 30
OPEN = AppealState.LODGED
DIGITS = models.CharField(max_length=20)


def among(field: str, values: Iterable[StrEnum]) -> Q:
    """A constraint made from the enumeration itself, so that the table and the database cannot disagree."""
    found = Q()
    for value in values:
        found |= Q(**{field: value.value})
    return found


def somebody(*, null: bool = False) -> models.ForeignKey[Any, Any]:
    """Somebody of a party; whoever left keeps the row, and what was done keeps its name."""
    return models.ForeignKey("parties.Person", on_delete=models.PROTECT, null=null, related_name="+", db_index=False)


class Appeal(models.Model):
    """One appeal against a decision: as whom, before whom, and what came of it.

    `decider` is a copy of the decision's person, so that the database itself sees that somebody else resolved it
    (I-08). `made_by` holds the copy to the original: a foreign key to both at once. `party` is who decided, `sender`
    whose notice it was. Whoever came with the code has no party here.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    decision = models.ForeignKey("decisions.Decision", on_delete=models.PROTECT, related_name="+", db_index=False)
    notice = models.ForeignKey("notices.Notice", on_delete=models.PROTECT, related_name="+", db_index=False)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    sender = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    standing = models.CharField(max_length=16)
    lodged_by = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    person = somebody(null=True)
    level = models.CharField(max_length=16)
    body = models.CharField(max_length=MAX_BODY, blank=True)
    lodged_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)
    state = models.CharField(max_length=16)
    decider = somebody()
    made_by = models.ForeignKey(
        "decisions.Decision",
        on_delete=models.PROTECT,
        to_field="made_by",
        db_column="made_by",
        related_name="+",
        db_index=False,
    )
    resolved_by = somebody(null=True)
    resolved_at = models.DateTimeField(null=True)
    # The event that told it.
    resolution = models.CharField(max_length=ID, null=True, unique=True)  # noqa: DJ001 - null means: not yet.

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=among("standing", Standing), name="appeal_standing_is_known"),
            models.CheckConstraint(condition=among("level", Level), name="appeal_level_is_known"),
            models.CheckConstraint(condition=among("state", AppealState), name="appeal_state_is_known"),
            models.CheckConstraint(
                condition=Q(made_by=Concat(F("decision_id"), Value("/"), Cast(F("decider_id"), DIGITS))),
                name="appeal_names_the_decider_of_its_decision",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by=None) | ~Q(resolved_by=F("decider")),
                name="appeal_is_resolved_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(state=OPEN.value, resolved_by=None, resolved_at=None, resolution=None)
                | Q(
                    among("state", sorted(RESOLVED)),
                    resolved_by__isnull=False,
                    resolved_at__isnull=False,
                    resolution__isnull=False,
                ),
                name="appeal_is_open_or_resolved_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("lodged_at")),
                name="appeal_is_resolved_once_lodged",
            ),
            models.CheckConstraint(
                condition=(Q(lodged_by=None, person=None) & among("standing", sorted(CLAIMED)))
                | Q(lodged_by__isnull=False, person__isnull=False),
                name="appeal_of_a_party_has_its_person",
            ),
            models.CheckConstraint(
                condition=Q(level=Level.INTERNAL.value, body="") | (~Q(level=Level.INTERNAL.value) & ~Q(body="")),
                name="appeal_outside_names_its_body",
            ),
            models.UniqueConstraint(
                fields=["decision", "level", "lodged_by"],
                condition=Q(state=OPEN.value, lodged_by__isnull=False),
                name="party_has_one_open_appeal_per_decision",
            ),
            models.UniqueConstraint(
                fields=["decision", "level", "standing"],
                condition=Q(state=OPEN.value, lodged_by=None),
                name="code_has_one_open_appeal_per_standing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["decision", "id"], name="appeal_of_decision"),
            models.Index(fields=["notice", "state"], name="appeal_of_notice"),
            # Lists, newest first, of either side.
            models.Index(fields=["party", "state", "id"], name="appeal_at_party"),
            models.Index(fields=["sender", "state", "id"], name="appeal_about_sender"),
        ]


class Window(models.Model):
    """A notice that was decided and has not closed: when it is next looked at whether it may (`closing`)."""

    notice = models.OneToOneField("notices.Notice", on_delete=models.PROTECT, primary_key=True, related_name="+")
    due_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at", "notice"], name="window_due")]
