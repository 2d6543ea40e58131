"""Rows of the parties room.

A party is a wall: everything a person or a token reaches belongs to its party or is public.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

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
