"""Rows of the notices room. What may be erased (the body, the locators) lies in rows of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.notice import Category, NoticeKind, Urgency

ID = 30


def among(field: str, values: type[StrEnum]) -> Q:
    """A constraint made from the enumeration itself, so that the table and the database cannot disagree."""
    found = Q()
    for value in values:
        # Spelt out: SQLite checks `a = x OR a = y` three times as fast as `a IN (x, y)`.
        found |= Q(**{field: value.value})
    return found


class Notice(models.Model):
    """One act of asking: from a party to a party, of a kind, about locators; its state says whose turn it is."""

    id = models.CharField(primary_key=True, max_length=ID)
    sender = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    recipient = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=16)
    category = models.CharField(max_length=24)
    urgency = models.CharField(max_length=16)
    language = models.CharField(max_length=16)
    state = models.CharField(max_length=24)
    received_at = models.DateTimeField()
    profile = models.CharField(max_length=64)
    leaf_hash = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=among("state", NoticeState), name="notice_state_is_known"),
            models.CheckConstraint(condition=among("kind", NoticeKind), name="notice_kind_is_known"),
            models.CheckConstraint(condition=among("category", Category), name="notice_category_is_known"),
            models.CheckConstraint(condition=among("urgency", Urgency), name="notice_urgency_is_known"),
        ]
        # The lists of both sides, newest first; ids sort by commit.
        indexes: ClassVar = [
            models.Index(fields=["sender", "id"], name="notice_of_sender"),
            models.Index(fields=["recipient", "id"], name="notice_of_recipient"),
        ]


class Payload(models.Model):
    """The body byte for byte as it was sent, and its digest."""

    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, primary_key=True, related_name="payload")
    raw = models.BinaryField(null=True)
    sha256 = models.BinaryField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at=None, raw__isnull=False) | Q(erased_at__isnull=False, raw=None),
                name="payload_is_whole_or_erased",
            ),
        ]


class Pointer(models.Model):
    """One locator of a notice: its canonical form, its kind, and the input as it was given."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="pointers", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=24)
    canonical = models.TextField(null=True)  # noqa: DJ001 - null means erased, which is not an empty text.
    input = models.TextField(null=True)  # noqa: DJ001 - the same.
    digest = models.BinaryField(max_length=16, null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "position"], name="pointer_has_its_place"),
            models.CheckConstraint(
                condition=Q(erased_at=None, canonical__isnull=False, input__isnull=False, digest__isnull=False)
                | Q(erased_at__isnull=False, canonical=None, input=None, digest=None),
                name="pointer_is_whole_or_erased",
            ),
        ]
        # Half a SHA-256 of the canonical form: long URLs do not swell the index by which related notices are found.
        indexes: ClassVar = [models.Index(fields=["digest"], name="pointer_digest")]


class Clock(models.Model):
    """A time by which somebody owes something, stored when it starts."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    name = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    void = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["notice", "name"], name="clock_runs_once")]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="clock_running", condition=Q(ended_at=None))]


class ImportState(StrEnum):
    """How far the import of a file is; it says who goes on with it."""

    WAITING = "waiting"  # The person looks at what was found and sends it or discards it.
    RUNNING = "running"  # The server takes it, batch after batch.
    INTERRUPTED = "interrupted"  # The person goes on with it.
    DONE = "done"
    DISCARDED = "discarded"  # The person did not want it.


class Import(models.Model):
    """A file that somebody at a desk sent, how it is read, and how far it is. Its counts move with its notices."""

    id = models.CharField(primary_key=True, max_length=ID)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    spool = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    form = models.CharField(max_length=16)
    encoding = models.CharField(max_length=16, blank=True)
    defaults = models.BinaryField()
    state = models.CharField(max_length=16)
    reason = models.CharField(max_length=200, blank=True)
    read = models.BigIntegerField(default=0)
    place = models.BigIntegerField(default=0)
    taken = models.BigIntegerField(default=0)
    repeated = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=among("state", ImportState), name="import_state_is_known"),
            models.CheckConstraint(
                condition=Q(read=models.F("taken") + models.F("repeated") + models.F("refused")),
                name="import_accounts_for_every_line",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["party", "id"], name="import_of_party")]


class ImportProblem(models.Model):
    """One reason why a line was refused; of a file with very many, the first are kept and the rest counted."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    line = models.BigIntegerField()
    pointer = models.TextField(blank=True)
    detail = models.TextField()


class ImportReceipt(models.Model):
    """The receipt of one batch of an import, with the lines, notices and leaves that it covers (JSON)."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="receipts", db_index=False)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    receipt = models.TextField()
    items = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["of", "first"], name="import_receipt_stands_once")]
