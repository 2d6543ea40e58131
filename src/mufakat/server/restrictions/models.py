"""Rows of the restrictions room. What an order says (ground, reason, proportionality) is openings of its event.

The promises of I-07 are constraints here: three persons, an end, a review before it, an answer or its lapsed time (or
an emergency of at most 72 hours) before anything is published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import F, Q

from mufakat.rules import overdue
from mufakat.rules.restriction import LIVE, CarryingState, Match, RestrictionState, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from enum import StrEnum

ID = 30
NAME = 253
LIST = 32
REF = 64
DIGEST = 64

ENDED = [RestrictionState.LIFTED, RestrictionState.EXPIRED]
OUT = [*LIVE, *ENDED]  # What was published.


def among(field: str, values: Iterable[StrEnum]) -> Q:
    """A constraint made from the enumeration itself, so that the table and the database cannot disagree."""
    return Q(**{f"{field}__in": sorted(value.value for value in values)})


def party(*, null: bool = False) -> models.ForeignKey[Any, Any]:
    """A party stays as long as what it ordered or carries out."""
    return models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=null, related_name="+", db_index=False)


def person(*, null: bool = False) -> models.ForeignKey[Any, Any]:
    """Somebody of a party; whoever left keeps the row, and what was done keeps its name."""
    return models.ForeignKey("parties.Person", on_delete=models.PROTECT, null=null, related_name="+", db_index=False)


def others(one: str, two: str) -> Q:
    """Two persons, where the second is there."""
    return Q(**{f"{two}__isnull": True}) | ~Q(**{two: F(one)})


class Restriction(models.Model):
    """An order to close names: by whom, approved by whom, until when, and where it stands.

    `wait_until` is when the time of the platform to answer is over; null where there is no platform to be asked, or as
    long as it was not told.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    list = models.CharField(max_length=LIST)
    match = models.CharField(max_length=8)
    layer = models.CharField(max_length=8)
    authority = party()
    platform = party(null=True)
    proposer = person()
    first_approver = person(null=True)
    first_approved_at = models.DateTimeField(null=True)
    second_approver = person(null=True)
    second_approved_at = models.DateTimeField(null=True)
    emergency = models.BooleanField(default=False)
    shadow = models.BooleanField(default=False)
    # The guard asks for reasons with each approval.
    weighty = models.BooleanField(default=False)
    names = models.PositiveIntegerField()
    proposed_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)
    told_at = models.DateTimeField(null=True)
    wait_until = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer_event = models.CharField(max_length=ID, blank=True)
    review_at = models.DateTimeField()
    sunset_at = models.DateTimeField()
    state = models.CharField(max_length=16)
    since = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = person(null=True)  # Null of what was lifted or expired by itself.
    # When it is looked at again by itself: to be published, reviewed, expired; null where nothing waits.
    next_at = models.DateTimeField(null=True)
    profile = models.CharField(max_length=REF)
    version = models.ForeignKey("agreements.Version", on_delete=models.PROTECT, null=True, related_name="+")
    # What opens it by itself: `agreement`, `all_of`, `any_of`; `held` while that held already when it was ordered.
    reopening = models.JSONField()
    renews = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="renewed_by")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=among("state", RestrictionState), name="restriction_state_is_known"),
            models.CheckConstraint(condition=among("match", Match), name="restriction_match_is_known"),
            models.CheckConstraint(
                condition=others("proposer", "first_approver")
                & others("proposer", "second_approver")
                & others("first_approver", "second_approver"),
                name="restriction_is_made_by_three_persons",
            ),
            models.CheckConstraint(
                condition=among("state", [RestrictionState.PROPOSED, RestrictionState.REFUSED])
                | Q(
                    first_approver__isnull=False,
                    first_approved_at__isnull=False,
                    second_approver__isnull=False,
                    second_approved_at__isnull=False,
                ),
                name="restriction_has_two_approvals_before_it_goes_on",
            ),
            models.CheckConstraint(
                condition=(among("state", OUT) & Q(published_at__isnull=False))
                | (~among("state", OUT) & Q(published_at=None)),
                name="restriction_on_the_lists_was_published",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None)
                | Q(emergency=True)
                | Q(answered_at__isnull=False, published_at__gte=F("answered_at"))
                | Q(wait_until__isnull=False, published_at__gte=F("wait_until"))
                | Q(platform=None),
                name="restriction_waits_for_the_platform",
            ),
            models.CheckConstraint(
                condition=Q(review_at__gt=F("proposed_at"), review_at__lte=F("sunset_at")),
                name="restriction_is_reviewed_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(published_at__lt=F("sunset_at")),
                name="restriction_is_published_before_its_end",
            ),
            models.CheckConstraint(
                condition=(among("state", ENDED) & Q(ended_at__isnull=False))
                | (~among("state", ENDED) & Q(ended_at=None)),
                name="restriction_that_ended_says_when",
            ),
            models.CheckConstraint(condition=Q(names__gt=0), name="restriction_names_something"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], name="restriction_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["authority", "id"], name="restriction_of_authority"),
            models.Index(
                fields=["platform", "id"], name="restriction_of_platform", condition=Q(platform__isnull=False)
            ),
        ]


class ClosedName(models.Model):
    """A name that a restriction closes, in A-labels, lower case, without a last dot."""

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="closed", db_index=False)
    name = models.CharField(max_length=NAME)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["restriction", "name"], name="restriction_names_it_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["name"], name="closed_name")]


class Carrying(models.Model):
    """A restriction at one operator: told, carried out, opened again; and until when it has to have opened."""

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="carried", db_index=False)
    operator = party()
    state = models.CharField(max_length=8)
    since = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    applied_by = person(null=True)
    due_at = models.DateTimeField(null=True)  # To be open by then.
    overdue_at = models.DateTimeField(null=True)
    # Steps of the ladder that were taken because it is not open, and when the next one comes.
    climbed = models.PositiveSmallIntegerField(default=0)
    climbs_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    opened_by = person(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["restriction", "operator"], name="operator_carries_it_once"),
            models.CheckConstraint(condition=among("state", CarryingState), name="carrying_state_is_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["operator", "state"], name="carried_by_operator"),
            models.Index(
                fields=["due_at"],
                name="carrying_due",
                condition=Q(due_at__isnull=False, overdue_at__isnull=True, opened_at__isnull=True),
            ),
            models.Index(fields=["climbs_at"], name="carrying_climbs", condition=Q(climbs_at__isnull=False)),
        ]

    @property
    def late_since(self) -> datetime | None:
        """Since when it is late; None once it opened, though `overdue_at` stays."""
        is_late = self.state == CarryingState.OPENING and self.opened_at is None
        return self.overdue_at if is_late else None

    @property
    def named_since(self) -> datetime | None:
        """The same, once its ladder came to where everybody is told."""
        return self.late_since if overdue.is_named(self.climbed) else None


class Zone(models.Model):
    """A list as one operator carries it, which is a zone of the DNS: its serial number only grows (RFC 1982).

    `serial` is what the rows say now; `published` what the primary server has taken, with the position in the journal
    up to which it is known. The allow-list is the zone `allow`.
    """

    list = models.CharField(max_length=LIST)
    operator = party()
    shadow = models.BooleanField(default=False)
    serial = models.PositiveBigIntegerField(default=1)
    published = models.PositiveBigIntegerField(default=0)
    published_at = models.DateTimeField(null=True)
    position = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["list", "operator", "shadow"], name="list_is_one_zone_of_an_operator"),
            models.CheckConstraint(condition=Q(published__lte=F("serial")), name="zone_publishes_what_it_has"),
            models.CheckConstraint(condition=Q(serial__gte=1, serial__lt=2**32), name="serial_is_one"),
        ]


class Change(models.Model):
    """A line of a zone that came or went, in the order of its rows; gone once the primary server has taken it."""

    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="changes", db_index=False)
    serial = models.PositiveBigIntegerField()
    owner = models.CharField(max_length=NAME + 2)  # The name, or `*.` and the name.
    added = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["zone", "added", "id"], name="change_of_zone")]


class Protected(models.Model):
    """A name that is never closed, nor one above it as a whole."""

    name = models.CharField(max_length=NAME)
    reason = models.TextField()
    person = person()
    at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], condition=Q(released_at=None), name="name_is_protected_once"),
        ]


class Resolver(models.Model):
    """A resolver of an operator that the probes ask; ready once it was seen to filter the name that is always there.

    Who filters nothing proves nothing by an open name: it counts from `proved_at` on, and `ready_at` says since when it
    filters without a break; null where it does not now.
    """

    operator = party()
    address = models.CharField(max_length=45)
    port = models.PositiveIntegerField(default=53)
    person = person()
    event = models.CharField(max_length=ID, unique=True)
    set_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    # When its canaries are asked next; null once it was removed.
    next_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["operator", "address", "port"], condition=Q(removed_at=None), name="resolver_is_named_once"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(next_at=None), name="resolver_that_was_removed_is_not_asked"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], name="resolver_due", condition=Q(next_at__isnull=False)),
        ]


class Watch(models.Model):
    """A restriction that is followed at a resolver: its names are asked together, often after a change, then hourly.

    `since` is the change: it was published, or names were lifted. A restriction that ended is followed until its names
    are open, and a day more.
    """

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="watches", db_index=False)
    resolver = models.ForeignKey(Resolver, on_delete=models.PROTECT, related_name="watches")
    since = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["restriction", "resolver"], name="watch_is_one_of_a_restriction"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], name="watch_due", condition=Q(next_at__isnull=False)),
        ]


class Sight(models.Model):
    """What a resolver answers for a name of a restriction, by each way of asking, and since when it does."""

    closed = models.ForeignKey(ClosedName, on_delete=models.CASCADE, related_name="sights", db_index=False)
    resolver = models.ForeignKey(Resolver, on_delete=models.PROTECT, related_name="sights")
    state = models.CharField(max_length=8)
    ways = models.CharField(max_length=64, blank=True)
    since = models.DateTimeField()
    asked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["closed", "resolver"], name="sight_is_one_of_a_name"),
            models.CheckConstraint(condition=among("state", Sighting), name="sight_is_known"),
        ]
