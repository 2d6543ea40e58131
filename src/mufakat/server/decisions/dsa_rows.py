"""Rows of statements of reasons that were made elsewhere, as the DSA Transparency Database holds them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

ID = 30
PUID = 500
NAME = 200
UUID = 36


class ForeignStatement(models.Model):
    """One statement: whose, by which identifier and name it is known, the statement itself, and what it does not hold.

    `created_at` is when the public database says it was created, or when it was handed in here; `event` the import in
    whose leaf it stands, `position` its place there. An identifier is never used twice, though its text be erased.
    """

    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    platform = models.CharField(max_length=NAME)
    puid = models.CharField(max_length=PUID)
    uuid = models.CharField(max_length=UUID)
    created_at = models.DateTimeField()
    event = models.CharField(max_length=ID)
    position = models.IntegerField()
    body = models.BinaryField(null=True)
    residue = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            # The identifier before the platform: whether a party used it at all is the beginning of the same index.
            models.UniqueConstraint(fields=["party", "puid", "platform"], name="puid_is_used_once_per_platform"),
            models.UniqueConstraint(fields=["party", "uuid"], name="foreign_statement_stands_once"),
            models.CheckConstraint(condition=~Q(puid="") & ~Q(platform=""), name="foreign_statement_is_somebodys"),
            models.CheckConstraint(condition=Q(position__gte=0), name="foreign_statement_has_its_place"),
            models.CheckConstraint(
                condition=Q(erased_at=None, body__isnull=False) | Q(erased_at__isnull=False, body=None, residue=None),
                name="foreign_statement_is_whole_or_erased",
            ),
        ]
        # It grows at its end only: a dump comes in the order of its times.
        indexes: ClassVar = [models.Index(fields=["party", "created_at", "id"], name="foreign_statement_of_a_time")]
