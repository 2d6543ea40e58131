"""Rows of the journal.

An event's row is its leaf: it is written once and never changed; what may be erased lies in rows beside it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

ID = 30  # ``ntc_`` and 26 characters.
HANDLE = 63
ROUTE = 80  # Of a stored answer; a longer address ends in its digest.
SHARD = 32


class Channel(models.Model):
    """The gap-free chain from one party to another: the last number and the hash of the last leaf."""

    shard = models.CharField(max_length=SHARD)
    sender = models.CharField(max_length=HANDLE)
    recipient = models.CharField(max_length=HANDLE)
    seq = models.BigIntegerField()
    head = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shard", "sender", "recipient"], name="channel_stands_once"),
        ]


class Event(models.Model):
    """One change of state and its leaf, byte for byte; triggers refuse every update and delete."""

    id = models.CharField(primary_key=True, max_length=ID)
    shard = models.CharField(max_length=SHARD)
    position = models.BigIntegerField()
    type = models.CharField(max_length=40)
    at = models.DateTimeField()
    sender = models.CharField(max_length=HANDLE)
    recipient = models.CharField(max_length=HANDLE)
    seq = models.BigIntegerField()
    case = models.CharField(max_length=ID, db_index=True)
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField()
    custody = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shard", "position"], name="event_has_its_place_in_the_shard"),
            models.UniqueConstraint(
                fields=["shard", "sender", "recipient", "seq"], name="event_has_its_number_in_the_channel"
            ),
            models.CheckConstraint(condition=Q(seq__gte=1) & Q(position__gte=0), name="event_numbers_are_natural"),
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="event_at")]


# What lies beside an event is written with it by one function in one transaction, and the triggers keep the event for
# ever: a foreign key that the database checks could never find anything. It did so five times for each notice, which
# was a sixth of PostgreSQL's whole work for it. So these rows name their event, and the database does not ask.


class Opening(models.Model):
    """Salt and value of one committed field.

    With it the leaf's digest can be shown to speak of that value, without it to nobody.
    """

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="openings", db_index=False, db_constraint=False
    )
    field = models.CharField(max_length=32)
    salt = models.BinaryField(null=True)
    value = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "field"], name="opening_stands_once"),
            models.CheckConstraint(
                condition=Q(erased_at=None, salt__isnull=False, value__isnull=False)
                | Q(erased_at__isnull=False, salt=None, value=None),
                name="opening_is_whole_or_erased",
            ),
        ]


class Pending(models.Model):
    """A leaf that waits for the log; the sequencer takes them by position."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, db_constraint=False)
    shard = models.CharField(max_length=SHARD)
    position = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["shard", "position"], name="pending_has_its_place")]


class Head(models.Model):
    """The newest checkpoint of a shard's log: the size and root that were signed, and the signed note itself.

    A trigger lets it grow and nothing else, and whoever writes it names the size that it had (``sequencer``).
    """

    shard = models.CharField(max_length=SHARD, primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(size__gte=0), name="head_has_a_natural_size")]


class Tile(models.Model):
    """Up to 256 hashes of one level of a shard's tree, 32 bytes each: a narrower tile is the beginning of a wider one.

    A trigger refuses every change but more hashes behind those that are there.
    """

    shard = models.CharField(max_length=SHARD)
    level = models.SmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shard", "level", "number"], name="tile_has_its_place_in_the_tree"),
            models.CheckConstraint(
                condition=Q(level__gte=0) & Q(level__lt=64) & Q(number__gte=0), name="tile_numbers_are_natural"
            ),
        ]


class Kind(models.Func):
    """The beginning of whom a row of the outbox is for: `party`, `conta`, `react`.

    Its numbers are part of its text: as values SQLite would not know the index's expression in them.
    """

    LENGTH = 5
    template = f"substr(%(expressions)s, 1, {LENGTH})"
    output_field = models.CharField()


class Outbox(models.Model):
    """What must happen because of an event: written with it, done afterwards (``outbox``).

    A row that failed to the end of the ladder is dead: an operator looks at it and has it tried anew.
    """

    event = models.ForeignKey(Event, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    to = models.CharField(max_length=80)
    due_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    leased_until = models.DateTimeField(null=True)  # Of an older plan; the writer's turn is the lease (``outbox``).
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            # The recipient first: in the order of their events this is also what a party polls (``outbox.told_to``).
            models.UniqueConstraint(fields=["to", "event"], name="outbox_names_a_recipient_once"),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(dead_at=None), name="outbox_row_is_done_or_dead_not_both"
            ),
        ]
        # Both hold open rows alone: a history of millions costs a claim nothing. The first is in the order of a claim
        # and apart by kind: a portion out of a hundred thousand that wait reads that portion, and who finds none of its
        # kind reads nothing.
        indexes: ClassVar = [
            models.Index(Kind("to"), "due_at", "id", name="outbox_open", condition=Q(done_at=None, dead_at=None)),
            models.Index(fields=["id"], name="outbox_dead", condition=Q(done_at=None, dead_at__isnull=False)),
        ]


class Answer(models.Model):
    """The first answer to an idempotency key."""

    party_id = models.CharField(max_length=ID)
    route = models.CharField(max_length=ROUTE)
    key = models.CharField(max_length=255)
    digest = models.BinaryField()
    status = models.IntegerField()
    body = models.BinaryField(null=True)
    subject = models.CharField(max_length=ID)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            # The key first: known keys are looked up by their texts in one query.
            models.UniqueConstraint(fields=["key", "party_id", "route"], name="answer_is_given_once"),
            models.CheckConstraint(
                condition=Q(erased_at=None, body__isnull=False) | Q(erased_at__isnull=False, body=None),
                name="answer_is_whole_or_erased",
            ),
        ]
        # Both grow at their end only. By the subject an order to erase finds the answers about a notice, by the time
        # the sweep finds those whose period has passed.
        indexes: ClassVar = [
            models.Index(fields=["subject"], name="answer_subject"),
            models.Index(fields=["at"], name="answer_whole", condition=Q(erased_at=None)),
        ]


class Follower(models.Model):
    """How far somebody who follows the journal has read (``followers``)."""

    name = models.CharField(max_length=32)
    shard = models.CharField(max_length=SHARD)
    position = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "shard"], name="follower_stands_once")]
