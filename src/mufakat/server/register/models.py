"""Rows of the register: entries as the public sees them, in their order, and the words by which each is found.

All of it can be made anew from the journal (`following.rebuild`); nothing here is known nowhere else.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

ID = 30


class Entry(models.Model):
    """One entry: `body` is `rules.entry.Entry` in JSON, `place` where it stands (`entry.place_of`), newest greatest."""

    place = models.BigIntegerField(primary_key=True)
    id = models.CharField(max_length=ID, unique=True)
    case = models.CharField(max_length=ID, db_index=True)
    kind = models.CharField(max_length=24)
    state = models.CharField(max_length=24)
    body = models.BinaryField()
    changes_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(place__gte=0), name="entry_has_a_place"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "state"], name="entry_is_counted"),
            models.Index(fields=["changes_at"], name="entry_changes", condition=Q(changes_at__isnull=False)),
        ]


class Words(models.Model):
    """What an entry is found by: `Projected.words`, each once, with one blank between.

    Beside it stands what the database finds them by (migration 0002): on SQLite an index of FTS5, on PostgreSQL a
    column of type ``tsvector``. Neither reads the text in its own way: the words are folded and parted by `entry.fold`.
    """

    place = models.BigIntegerField(primary_key=True)
    words = models.TextField()


class Merging(models.Model):
    """On SQLite: words of what was erased may still stand in the index (``merging``); its one row goes with them."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    begun = models.BooleanField(default=False)
