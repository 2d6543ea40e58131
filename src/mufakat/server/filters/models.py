"""Rows of the filters room. What an item said lies in the openings of its `filter.hit` event, and can be erased.

The promises of I-06, I-14 and I-17 are constraints here: nothing acts on what one person alone put in, a policy is
promoted by somebody else on a back-test's figures, and nothing is released to an authority without a named person and
a ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import F, Q

from mufakat.rules.filtering import (
    EntryState,
    HitState,
    NotificationState,
    Origin,
    PolicyState,
    RestoringState,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

ID = 30
NAME = 64
DIGEST = 32


def among(field: str, values: Iterable[StrEnum]) -> Q:
    """A constraint made from the enumeration itself, so that the table and the database cannot disagree."""
    return Q(**{f"{field}__in": sorted(value.value for value in values)})


def party(*, null: bool = False) -> models.ForeignKey[Any, Any]:
    """A party stays as long as what it screened."""
    return models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=null, related_name="+", db_index=False)


def person(*, null: bool = False) -> models.ForeignKey[Any, Any]:
    """Somebody of a party; whoever left keeps the row, and what was done keeps its name."""
    return models.ForeignKey("parties.Person", on_delete=models.PROTECT, null=null, related_name="+", db_index=False)


class Bank(models.Model):
    """A bank of a platform. `changes` counts what changed what it finds, so that whoever keeps it ready knows."""

    id = models.CharField(primary_key=True, max_length=ID)
    platform = party()
    name = models.CharField(max_length=NAME)
    kind = models.CharField(max_length=16)
    allow = models.BooleanField(default=False)
    made_by = person()
    made_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)
    changes = models.PositiveBigIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)  # How many entries were ever in it: a portion need not count them.

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "name"], name="bank_has_one_name_on_its_platform"),
        ]


class Entry(models.Model):
    """An entry of a bank: `name` is its id in it. It begins in shadow, and acts after somebody else looked at it."""

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="entries", db_index=False)
    name = models.CharField(max_length=NAME)
    value = models.CharField(max_length=4_096)  # Empty once it is erased.
    digest = models.BinaryField(max_length=DIGEST, null=True)  # Of kind and value; null once the value is erased.
    source = models.CharField(max_length=200)
    category = models.CharField(max_length=64)
    ground = models.CharField(max_length=500)
    author = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=8)
    notice = models.CharField(max_length=ID, blank=True)  # That proposed it, where one did.
    review_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16)
    added_by = person(null=True)  # Of what a decided notice proposed: who decided it.
    added_at = models.DateTimeField()
    added_event = models.CharField(max_length=ID)
    reviewed_by = person(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_event = models.CharField(max_length=ID, blank=True)
    retracted_by = person(null=True)  # Null of what followed from a notice that was reversed or withdrawn.
    retracted_at = models.DateTimeField(null=True)
    retracted_event = models.CharField(max_length=ID, blank=True)
    erased_at = models.DateTimeField(null=True)  # With the locators of the notice that proposed it.

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=among("state", EntryState), name="entry_state_is_known"),
            models.CheckConstraint(condition=among("origin", Origin), name="entry_origin_is_known"),
            models.UniqueConstraint(fields=["bank", "name"], name="entry_has_one_name_in_its_bank"),
            models.UniqueConstraint(
                fields=["bank", "digest"],
                condition=Q(state__in=[EntryState.SHADOW.value, EntryState.LIVE.value]),
                name="entry_stands_once_in_its_bank",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(value="", digest=None) & ~Q(state=EntryState.LIVE.value),
                name="entry_that_is_erased_says_nothing",
            ),
            models.CheckConstraint(
                condition=~Q(state=EntryState.LIVE.value) | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="entry_acts_after_a_review",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | Q(added_by=None) | ~Q(reviewed_by=F("added_by")),
                name="entry_is_reviewed_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=(Q(state=EntryState.RETRACTED.value) & Q(retracted_at__isnull=False))
                | (~Q(state=EntryState.RETRACTED.value) & Q(retracted_at=None)),
                name="entry_that_was_retracted_says_when",
            ),
            models.CheckConstraint(
                condition=(Q(origin=Origin.NOTICE.value) & ~Q(notice=""))
                | (~Q(origin=Origin.NOTICE.value) & Q(notice="", added_by__isnull=False)),
                name="entry_says_who_or_what_put_it_in",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["bank", "state", "id"], name="entry_of_bank"),
            models.Index(fields=["bank", "id"], name="entry_in_bank"),
            models.Index(fields=["bank", "digest"], name="entry_by_value"),
            models.Index(fields=["notice"], name="entry_of_notice"),
        ]


class Sample(models.Model):
    """Items of the past, handed in to try policies on: a sealed file, for a time."""

    id = models.CharField(primary_key=True, max_length=ID)
    platform = party()
    name = models.CharField(max_length=200)
    items = models.PositiveIntegerField()
    private = models.PositiveIntegerField(default=0)  # Lines that were refused because they are (I-13).
    refused = models.PositiveIntegerField(default=0)  # Lines that are no items, or too long.
    file = models.CharField(max_length=64)
    wrapped = models.BinaryField(null=True)  # Its key, under that of the house; null once it is erased.
    sha256 = models.BinaryField(max_length=DIGEST)
    added_by = person()
    added_at = models.DateTimeField()
    erase_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(items__gt=0), name="sample_holds_something"),
            models.CheckConstraint(
                condition=Q(erased_at=None, wrapped__isnull=False) | Q(erased_at__isnull=False, wrapped=None),
                name="sample_that_was_erased_has_no_key",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "id"], name="sample_of_platform"),
            models.Index(fields=["erase_at"], name="sample_due", condition=Q(erased_at=None)),
        ]


class Policy(models.Model):
    """A version of a policy. `text` is its YAML, byte for byte as it was proposed."""

    id = models.CharField(primary_key=True, max_length=ID)
    platform = party()
    name = models.CharField(max_length=NAME)
    version = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.BinaryField(max_length=DIGEST)
    state = models.CharField(max_length=16)
    proposer = person()
    proposed_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)
    shadow_at = models.DateTimeField(null=True)
    promoter = person(null=True)
    promoted_at = models.DateTimeField(null=True)
    backtest = models.ForeignKey("Backtest", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ended_by = person(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=among("state", PolicyState), name="policy_state_is_known"),
            models.UniqueConstraint(fields=["platform", "name", "version"], name="policy_has_one_text_a_version"),
            models.UniqueConstraint(
                fields=["platform"], condition=Q(state=PolicyState.LIVE.value), name="policy_alone_is_live"
            ),
            models.CheckConstraint(
                condition=Q(promoter=None) | ~Q(promoter=F("proposer")), name="policy_is_promoted_by_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(promoted_at=None, promoter=None, backtest=None)
                | Q(
                    promoted_at__isnull=False,
                    promoter__isnull=False,
                    backtest__isnull=False,
                    shadow_at__isnull=False,
                ),
                name="policy_is_promoted_on_figures",
            ),
            models.CheckConstraint(
                condition=~Q(state=PolicyState.LIVE.value) | Q(promoted_at__isnull=False, ended_at=None),
                name="policy_that_is_live_was_promoted",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["platform", "state", "id"], name="policy_of_platform")]


class Backtest(models.Model):
    """What a version would have done to samples, beside the one that was live: a table of differences.

    `table` names items of the samples; once one of them is erased it names none.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="backtests", db_index=False)
    against = models.ForeignKey(Policy, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    samples = models.ManyToManyField(Sample, related_name="backtests")
    live = models.BooleanField(default=False)  # As if every rule of the version were live.
    items = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    table = models.JSONField()
    made_by = person()
    made_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["policy", "id"], name="backtest_of_policy")]


class Hit(models.Model):
    """An item that a live rule hit, once a version and rule.

    `item` is SHA-256 of the platform's own id for it, `content` of what it said: what was edited is looked at anew, and
    what a person let go is not hit again.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    platform = party()
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.CharField(max_length=NAME)
    action = models.CharField(max_length=24)
    category = models.CharField(max_length=64)
    item = models.BinaryField(max_length=DIGEST)
    content = models.BinaryField(max_length=DIGEST)
    state = models.CharField(max_length=16)
    at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)
    due_at = models.DateTimeField(null=True)  # When a hold ends by itself; null where none waits.
    decided_by = person(null=True)  # Null of what ended by itself, or what an agreement allows to a machine.
    decided_at = models.DateTimeField(null=True)
    notice = models.CharField(max_length=ID, blank=True)  # Own detection, and the decision on it, of what is blocked.
    decision = models.CharField(max_length=ID, blank=True)
    restored_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=among("state", HitState), name="hit_state_is_known"),
            models.UniqueConstraint(
                fields=["platform", "item", "content", "policy", "rule"], name="hit_is_written_once"
            ),
            models.CheckConstraint(
                condition=(Q(state=HitState.HELD.value) & Q(due_at__isnull=False))
                | (~Q(state=HitState.HELD.value) & Q(due_at=None)),
                name="hit_that_is_held_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(state=HitState.BLOCKED.value) | ~Q(decision=""), name="hit_is_blocked_by_a_decision"
            ),
            models.CheckConstraint(
                condition=(Q(state=HitState.RESTORED.value) & Q(restored_at__isnull=False))
                | (~Q(state=HitState.RESTORED.value) & Q(restored_at=None)),
                name="hit_that_was_restored_says_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "state", "id"], name="hit_of_platform"),
            models.Index(fields=["policy", "id"], name="hit_of_policy"),
            models.Index(fields=["due_at"], name="hit_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["decision"], name="hit_of_decision", condition=~Q(decision="")),
            models.Index(fields=["at", "id"], name="hit_to_erase", condition=Q(erased_at=None)),
        ]


class HitEntry(models.Model):
    """Which entries a hit rests on: so that what an entry hit can be restored when it is retracted."""

    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, related_name="entries", db_index=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "hit"], name="hit_names_an_entry_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["hit"], name="entries_of_hit")]


class Notification(models.Model):
    """What a rule proposes that an authority be told of a hit. Nothing leaves before a named person releases it.

    An id says at which millisecond it was made, and this one was made with the hit: so what is told has a name of its
    own, `told`, which is made with the release.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    hit = models.OneToOneField(Hit, on_delete=models.PROTECT, related_name="notification")
    platform = party()
    state = models.CharField(max_length=16)
    proposed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # When it lapses; null once it is over.
    authority = party(null=True)
    ground = models.JSONField(null=True)  # The legal ground, of those that the agreement names.
    version = models.ForeignKey("agreements.Version", on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = person(null=True)
    decided_at = models.DateTimeField(null=True)
    event = models.CharField(max_length=ID, unique=True)
    told = models.CharField(max_length=ID, null=True, unique=True)  # noqa: DJ001 - of two without one, neither is the other.
    withdrawn_at = models.DateTimeField(null=True)  # When its authority was told that what was hit is restored.

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=among("state", NotificationState), name="notification_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state=NotificationState.RELEASED.value)
                | Q(
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    authority__isnull=False,
                    ground__isnull=False,
                    version__isnull=False,
                ),
                name="notification_is_released_by_a_person_under_a_ground",
            ),
            models.CheckConstraint(
                condition=(Q(state=NotificationState.RELEASED.value) & Q(told__isnull=False))
                | (~Q(state=NotificationState.RELEASED.value) & Q(authority=None, told=None, withdrawn_at=None)),
                name="notification_that_is_not_released_has_no_authority",
            ),
            models.CheckConstraint(
                condition=(Q(state=NotificationState.WAITING.value) & Q(due_at__isnull=False))
                | (~Q(state=NotificationState.WAITING.value) & Q(due_at=None)),
                name="notification_that_waits_has_an_end",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "state", "id"], name="notification_of_platform"),
            models.Index(
                fields=["authority", "told"], name="notification_of_authority", condition=Q(authority__isnull=False)
            ),
            models.Index(fields=["due_at"], name="notification_due", condition=Q(due_at__isnull=False)),
        ]


class Count(models.Model):
    """How many items a day: by a live rule, or by one that only would have acted. Nothing of any item is in it."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="counts", db_index=False)
    day = models.DateField()
    rule = models.CharField(max_length=NAME)  # Empty: items that were screened at all.
    shadow = models.BooleanField()
    category = models.CharField(max_length=64, blank=True)
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["policy", "day", "rule", "shadow", "category"], name="count_is_kept_once"),
        ]


class WeeklyCounts(models.Model):
    """What an authority was told of a week: counts of ten at least, and nothing else (I-14)."""

    id = models.CharField(primary_key=True, max_length=ID)
    platform = party()
    authority = party()
    version = models.ForeignKey("agreements.Version", on_delete=models.PROTECT, related_name="+")
    week = models.DateField()  # Its Monday.
    counts = models.JSONField()
    told_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "authority", "week"], name="week_is_told_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["authority", "id"], name="weeks_of_authority"),
        ]


class Restoring(models.Model):
    """The undoing of what a retracted entry, or an ended policy, hit; it goes on where it stopped."""

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="restoring")
    policy = models.OneToOneField(Policy, on_delete=models.PROTECT, null=True, related_name="restoring")
    state = models.CharField(max_length=16)
    because = models.CharField(max_length=ID)  # The event that it follows from.
    after = models.CharField(max_length=ID, blank=True)  # The last hit that was looked at.
    restored = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=among("state", RestoringState), name="restoring_state_is_known"),
            models.CheckConstraint(
                condition=Q(entry__isnull=False, policy=None) | Q(entry=None, policy__isnull=False),
                name="restoring_is_of_one_thing",
            ),
            models.CheckConstraint(
                condition=(Q(state=RestoringState.DONE.value) & Q(ended_at__isnull=False))
                | (Q(state=RestoringState.RUNNING.value) & Q(ended_at=None)),
                name="restoring_that_is_done_says_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="restoring_running", condition=Q(state=RestoringState.RUNNING.value)),
        ]
