"""Rows of the parties room.

A party is a wall: everything a person or a token reaches belongs to its party or is public.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from mufakat.rules.mandate import MAX_QUOTA, MandateState
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role

ID = 30


class Party(models.Model):
    """An organisation, known in leaves by its handle."""

    id = models.CharField(primary_key=True, max_length=ID)
    handle = models.CharField(max_length=63, unique=True)
    kind = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    registered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in PartyKind]), name="party_has_a_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.handle


class People(BaseUserManager["Person"]):
    """People are enrolled by ``operations.enrol_person``; this is what the sign-in library asks for."""


class Person(AbstractBaseUser):
    """Somebody who sits in a seat of a party: ``approver-2`` is the second seat of the role approver."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="people")
    role = models.CharField(max_length=32)
    ordinal = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    enrolled_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = People()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["party", "role", "ordinal"], name="seat_holds_one_person"),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="person_has_a_known_role"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="seat_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.email


class Token(models.Model):
    """The credential of a system that acts in a person's seat: shown once, stored as its digest."""

    id = models.CharField(primary_key=True, max_length=ID)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tokens")
    digest = models.BinaryField(unique=True)
    label = models.CharField(max_length=100, blank=True)
    scopes = models.JSONField(null=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Mandate(models.Model):
    """What lets a party flag, ask or command: its terms, which never change, and whether it is in force.

    `reason` is why it stands as it does now, `reply` what its holder last said to that; both are for these two alone.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mandates")
    kinds = models.JSONField()
    categories = models.JSONField()
    surfaces = models.JSONField()
    country = models.CharField(max_length=2, blank=True)
    expertise = models.TextField(blank=True)
    granted_by = models.TextField()
    legal_source = models.TextField()
    burst = models.BigIntegerField()
    per_minute = models.BigIntegerField()
    review_on = models.DateField()
    granted_at = models.DateTimeField()
    state = models.CharField(max_length=16)
    since = models.DateTimeField()
    reason = models.TextField(blank=True)
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in MandateState]), name="mandate_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=MandateState.IN_FORCE.value) | ~Q(reason=""), name="mandate_ends_with_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(granted_by="") & ~Q(legal_source=""), name="mandate_names_its_giver_and_its_law"
            ),
            models.CheckConstraint(
                condition=Q(burst__gte=1, burst__lte=MAX_QUOTA, per_minute__gte=1, per_minute__lte=MAX_QUOTA),
                name="mandate_has_a_measure",
            ),
            models.CheckConstraint(
                condition=Q(reply="", replied_at=None) | (~Q(reply="") & Q(replied_at__isnull=False)),
                name="reply_has_its_time",
            ),
        ]


class Quota(models.Model):
    """The token bucket of a party, one for all its mandates, tokens and ways in (``rules.mandate.Bucket``).

    `at` is in milliseconds since 1970: it is read for every group of notices, and a number need not be parsed.
    """

    party = models.OneToOneField(Party, on_delete=models.PROTECT, primary_key=True, related_name="quota")
    burst = models.BigIntegerField()
    per_minute = models.BigIntegerField()
    level = models.BigIntegerField()
    at = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(level__gte=0), name="quota_is_never_overdrawn"),
            models.CheckConstraint(condition=Q(burst__gte=1, per_minute__gte=1), name="quota_is_a_measure"),
        ]
