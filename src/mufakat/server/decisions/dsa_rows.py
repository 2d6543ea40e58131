"""Rows of statements of reasons that were made elsewhere, as the DSA Transparency Database holds them."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from django.db import models
from django.db.models import Q

ID = 30
PUID = 500
NAME = 200
UUID = 36
KEY = 16  # Bytes.


def key_of(party: str, text: str) -> bytes:
    """The digest of an identifier, or of a name, of this party: SHA-256 over both, of which 16 bytes are kept."""
    return hashlib.sha256(f"{party} {text}".encode()).digest()[:KEY]


class ForeignStatement(models.Model):
    """One statement: whose, by which identifier and name it is known, the statement itself, and what it does not hold.

    `created_at` is when the public database says it was created, or when it was handed in here; `event` the import in
    whose leaf it stands, `position` its place there. An identifier is never used twice, though its text be erased.

    `puid_key` and `uuid_key` are digests (`key_of`) under which the identifier and the name are found and kept unique:
    an index of sixteen bytes a row is a fifth of one of the texts, and half the work of an import was in the indexes.
    """

    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    platform = models.CharField(max_length=NAME)
    puid = models.CharField(max_length=PUID)
    puid_key = models.BinaryField(max_length=KEY)
    uuid = models.CharField(max_length=UUID)
    uuid_key = models.BinaryField(max_length=KEY)
    created_at = models.DateTimeField()
    event = models.CharField(max_length=ID)
    position = models.IntegerField()
    body = models.BinaryField(null=True)
    residue = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["puid_key"], name="puid_is_used_once_per_platform"),
            models.UniqueConstraint(fields=["uuid_key"], name="foreign_statement_stands_once"),
            models.CheckConstraint(condition=~Q(puid="") & ~Q(platform=""), name="foreign_statement_is_somebodys"),
            models.CheckConstraint(condition=Q(position__gte=0), name="foreign_statement_has_its_place"),
            models.CheckConstraint(
                condition=Q(erased_at=None, body__isnull=False) | Q(erased_at__isnull=False, body=None, residue=None),
                name="foreign_statement_is_whole_or_erased",
            ),
        ]
        # It grows at its end only: a dump comes in the order of its times.
        indexes: ClassVar = [models.Index(fields=["party", "created_at", "id"], name="foreign_statement_of_a_time")]
