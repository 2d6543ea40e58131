"""Rows of the governance room: counts that a follower of the journal keeps, and what parties say of their governance.

Each count stands for its day, its month and its year, so that a period of years is summed from few rows. The day is
that on which the notices came in (UTC), whatever becomes of them later: so every period balances (I-11).
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import F, Q

from mufakat.rules import accuracy, timeliness
from mufakat.rules.accuracy import Fate
from mufakat.rules.notice import Category, NoticeKind
from mufakat.rules.objective import RECORDED, Figure

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

DAY, MONTH, YEAR = "day", "month", "year"
ID = 30
CODE = 32
SEAT = 24


def among(field: str, values: Iterable[StrEnum]) -> Q:
    """A constraint made from the enumeration itself, so that the table and the database cannot disagree."""
    found = Q()
    for value in values:
        found |= Q(**{field: value.value})
    return found


def sum_of(names: Iterable[str]) -> Any:
    """The sum of these columns."""
    return reduce(add, [F(name) for name in names])


def natural(names: Iterable[str]) -> Q:
    """No column is below nothing."""
    return Q(**{f"{name}__gte": 0 for name in names})


def count() -> models.BigIntegerField[int, int]:
    """So many notices."""
    return models.BigIntegerField(default=0)


def of_party() -> models.ForeignKey[Any, Any]:
    """A party stays as long as what it did."""
    return models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)


def by_person() -> models.ForeignKey[Any, Any]:
    """Somebody of a party; whoever left keeps the row."""
    return models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+", db_index=False)


class Counted(models.Model):
    """What became of notices of a party, of a kind, about a category."""

    party = of_party()
    kind = models.CharField(max_length=16)
    category = models.CharField(max_length=24)
    day = models.DateField()
    received = count()
    open = count()
    withdrawn = count()
    act_full = count()
    act_partial = count()
    impossible = count()
    not_found = count()
    duplicate = count()
    refused_not_illegal = count()
    refused_not_in_terms = count()
    refused_unclear = count()
    refused_wrong_party = count()
    refused_outside_jurisdiction = count()
    refused_not_authorised = count()
    refused_forged = count()
    refused_already_gone = count()
    overturned = count()
    partly_overturned = count()
    without_law = count()

    class Meta:
        abstract = True
        constraints: ClassVar = [
            # I-11, held by the database itself: no commit loses a notice or counts one twice.
            models.CheckConstraint(
                condition=Q(received=sum_of(fate.value for fate in Fate)), name="%(class)s_conserves_its_notices"
            ),
            models.CheckConstraint(condition=natural(accuracy.COUNTED), name="%(class)s_counts_from_nothing"),
            models.CheckConstraint(
                condition=Q(overturned__lte=F("act_full") + F("act_partial")),
                name="%(class)s_overturns_only_what_was_done",
            ),
            models.CheckConstraint(condition=among("kind", NoticeKind), name="%(class)s_kind_is_known"),
            models.CheckConstraint(condition=among("category", Category), name="%(class)s_category_is_known"),
        ]


class Tally(Counted):
    """The notices of one day, by the platform that was asked."""

    platform = of_party()

    class Meta(Counted.Meta):
        constraints: ClassVar = [
            *Counted.Meta.constraints,
            models.UniqueConstraint(fields=["party", "day", "kind", "category", "platform"], name="tally_stands_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["day"], name="tally_of_day"),
            models.Index(fields=["platform", "day"], name="tally_of_platform"),
        ]


class Total(Counted):
    """The notices of a month or a year, named by its first day: a thousand parties over years are few rows."""

    grain = models.CharField(max_length=8)

    class Meta(Counted.Meta):
        constraints: ClassVar = [
            *Counted.Meta.constraints,
            models.UniqueConstraint(fields=["party", "grain", "day", "kind", "category"], name="total_stands_once"),
            models.CheckConstraint(condition=Q(grain=MONTH) | Q(grain=YEAR), name="total_has_a_known_grain"),
        ]
        indexes: ClassVar = [models.Index(fields=["grain", "day"], name="total_of_period")]


class Answering(models.Model):
    """How one party answered what it received: in time or not, and which decisions stood. No outcome is here (I-05)."""

    party = of_party()
    kind = models.CharField(max_length=16)
    category = models.CharField(max_length=24)
    grain = models.CharField(max_length=8)
    day = models.DateField()
    received = count()
    answered_in_time = count()
    answered_late = count()
    unanswered_late = count()
    waiting = count()
    withdrawn = count()
    acknowledged_in_time = count()
    acknowledged_late = count()
    unacknowledged_late = count()
    appeals_resolved = count()
    appeals_overturned = count()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["party", "grain", "day", "kind", "category"], name="answering_stands_once"),
            models.CheckConstraint(
                condition=Q(received=sum_of(timeliness.ANSWERS)), name="answering_conserves_its_notices"
            ),
            models.CheckConstraint(condition=natural(timeliness.COUNTED), name="answering_counts_from_nothing"),
            models.CheckConstraint(
                condition=Q(appeals_overturned__lte=F("appeals_resolved")), name="overturned_appeals_were_resolved"
            ),
            models.CheckConstraint(
                condition=Q(grain=DAY) | Q(grain=MONTH) | Q(grain=YEAR), name="answering_has_a_known_grain"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["grain", "day"], name="answering_of_period")]


class AgreedAnswering(models.Model):
    """How notices of one day were answered that came under a version of an agreement, by who sent and who was asked.

    Obligations are judged by these: a channel is slow or not between two parties, whatever either does with others, and
    a point binds nobody before it is in force. No outcome is here either (I-05).
    """

    version = models.ForeignKey("agreements.Version", on_delete=models.PROTECT, related_name="+", db_index=False)
    sender = of_party()
    party = of_party()
    kind = models.CharField(max_length=16)
    category = models.CharField(max_length=24)
    day = models.DateField()
    received = count()
    answered_in_time = count()
    answered_late = count()
    unanswered_late = count()
    waiting = count()
    withdrawn = count()
    acknowledged_in_time = count()
    acknowledged_late = count()
    unacknowledged_late = count()
    appeals_resolved = count()
    appeals_overturned = count()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "sender", "party", "kind", "category", "day"], name="agreed_answering_stands_once"
            ),
            models.CheckConstraint(
                condition=Q(received=sum_of(timeliness.ANSWERS)), name="agreed_answering_conserves_its_notices"
            ),
            models.CheckConstraint(condition=natural(timeliness.COUNTED), name="agreed_answering_counts_from_nothing"),
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="agreed_answering_of_day")]


class Review(models.Model):
    """When the mandates of a party are looked at next: soon after its count changed, and once a day besides."""

    party = models.OneToOneField("parties.Party", on_delete=models.PROTECT, primary_key=True, related_name="+")
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="review_due")]


class Objective(models.Model):
    """What a party aims at, as it was set. It is never changed: whoever wants another ends it and sets one."""

    id = models.CharField(primary_key=True, max_length=ID)
    party = of_party()
    figure = models.CharField(max_length=CODE)
    at_least = models.PositiveSmallIntegerField()
    owner = models.CharField(max_length=SEAT)
    every_days = models.PositiveSmallIntegerField()
    review_on = models.DateField()  # The next review: what moves.
    agreement = models.CharField(max_length=ID, blank=True)  # The one whose point asks for it.
    terms = models.TextField()  # As it was set, and as its event commits to it.
    person = by_person()
    set_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)
    ended_at = models.DateTimeField(null=True)
    end_event = models.CharField(max_length=ID, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=among("figure", Figure), name="objective_has_a_known_figure"),
            models.CheckConstraint(condition=Q(at_least__gte=1, at_least__lte=100), name="objective_is_a_share"),
            models.CheckConstraint(
                condition=Q(every_days__gte=1, every_days__lte=366), name="objective_is_reviewed_every_year"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_event="") | (Q(ended_at__gte=F("set_at")) & ~Q(end_event="")),
                name="objective_ends_by_an_event",
            ),
            models.UniqueConstraint(
                fields=["party", "figure", "agreement"],
                condition=Q(ended_at=None),
                name="party_aims_once_at_a_figure",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["party", "id"], name="objective_of_party")]


class HeldReview(models.Model):
    """A review that was held. What was said and found lies as openings of its event; the rows are how it is found."""

    id = models.CharField(primary_key=True, max_length=ID)
    party = of_party()
    person = by_person()
    held_at = models.DateTimeField()
    objectives = models.JSONField()  # The ids of those that were looked at.
    event = models.CharField(max_length=ID, unique=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["party", "held_at"], name="review_of_party")]


class Recorded(models.Model):
    """What a review wrote down of a figure that only people know. Never changed."""

    review = models.ForeignKey(HeldReview, on_delete=models.PROTECT, related_name="recorded", db_index=False)
    party = of_party()
    figure = models.CharField(max_length=CODE)
    day = models.DateField()
    part = models.PositiveIntegerField()
    whole = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "figure"], name="review_records_a_figure_once"),
            models.CheckConstraint(
                condition=among("figure", sorted(RECORDED)), name="people_record_what_is_not_counted"
            ),
            models.CheckConstraint(condition=Q(whole__gte=1, part__lte=F("whole")), name="record_is_a_share"),
        ]
        indexes: ClassVar = [models.Index(fields=["party", "day"], name="record_of_party")]


class Followup(models.Model):
    """What a review decided: whose it is, until when, and that it was done. Its words are openings of its events."""

    id = models.CharField(primary_key=True, max_length=ID)
    review = models.ForeignKey(HeldReview, on_delete=models.PROTECT, related_name="followups", db_index=False)
    party = of_party()
    number = models.PositiveSmallIntegerField()
    owner = models.CharField(max_length=SEAT)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    done_event = models.CharField(max_length=ID, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "number"], name="followup_has_its_number"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_event="") | (Q(done_at__isnull=False) & ~Q(done_event="")),
                name="followup_is_done_by_an_event",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["party", "due_on", "id"], name="followup_open", condition=Q(done_at=None)),
        ]


class Report(models.Model):
    """The report of a year that a party published. Another number is another text; each stays as it was."""

    id = models.CharField(primary_key=True, max_length=ID)
    party = of_party()
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    person = by_person()
    made_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["party", "year", "number"], name="report_has_its_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="report_is_numbered_from_one"),
        ]
