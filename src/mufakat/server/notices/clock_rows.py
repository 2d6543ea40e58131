"""Rows of the running clocks: what is due, what rests, which steps a ladder took and what it asks of people."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

ID = 30
HANDLE = 63
NAME = 80  # A name of the profile; a repeated clock has its turn behind it: `letters#2`.


class Clock(models.Model):
    """A time by which somebody owes something, stored when it starts; and how far its ladder was climbed.

    Nothing counts down here: `due_at` and `next_at` are times that a sweep compares with its own. A clock that rests
    keeps what was left of its time and has no next step; one that ended has neither.
    """

    notice = models.ForeignKey("notices.Notice", on_delete=models.PROTECT, related_name="clocks", db_index=False)
    name = models.CharField(max_length=NAME)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # Whose holidays had a part in it (package and version).
    holidays = models.CharField(max_length=NAME, null=True)  # noqa: DJ001 - null means none had.
    # A target of ours, or a time in which somebody may act: its end is no breach.
    aim = models.BooleanField(db_default=False)
    ended_at = models.DateTimeField(null=True)
    void = models.BooleanField(db_default=False)
    breached_at = models.DateTimeField(null=True)
    climbed = models.PositiveSmallIntegerField(db_default=0)
    next_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    remaining = models.DurationField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "name"], name="clock_runs_once"),
            models.CheckConstraint(
                condition=Q(paused_at=None, remaining=None)
                | Q(paused_at__isnull=False, remaining__isnull=False, ended_at=None, breached_at=None),
                name="clock_rests_only_while_it_runs_in_time",
            ),
            models.CheckConstraint(
                condition=Q(next_at=None) | Q(ended_at=None, paused_at=None), name="clock_climbs_only_while_it_runs"
            ),
            models.CheckConstraint(condition=Q(breached_at=None) | Q(aim=False), name="clock_that_is_no_term_is_kept"),
        ]
        indexes: ClassVar = [
            # What has still to run out, what has, and what has still to climb: each holds open rows alone.
            models.Index(
                fields=["due_at"],
                name="clock_running",
                condition=Q(ended_at=None, breached_at=None, paused_at=None, aim=False),
            ),
            models.Index(
                fields=["breached_at"], name="clock_overdue", condition=Q(ended_at=None, breached_at__isnull=False)
            ),
            models.Index(fields=["next_at"], name="clock_climbing", condition=Q(next_at__isnull=False)),
        ]


class Rest(models.Model):
    """A time in which a clock rested. Why, is the opening of its event, in one place alone."""

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="rests", db_index=False)
    paused_at = models.DateTimeField()
    paused_by = models.CharField(max_length=HANDLE, blank=True)  # A party's handle; empty: the profile by itself.
    resumed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clock"], condition=Q(resumed_at=None), name="clock_rests_once_at_a_time"),
            models.CheckConstraint(
                condition=Q(resumed_at=None) | Q(resumed_at__gte=F("paused_at")), name="rest_ends_after_it_begins"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["clock", "paused_at"], name="rest_of_clock")]


class Step(models.Model):
    """What a clock did by itself: it ran out (rung 0), or took a rung of its ladder (from 1); each once, for ever."""

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="steps", db_index=False)
    rung = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=NAME)
    act = models.CharField(max_length=24)
    at = models.DateTimeField()
    event = models.CharField(max_length=ID)
    contact = models.CharField(max_length=ID, null=True)  # noqa: DJ001 - null means that nobody was told by it.
    missing = models.BooleanField(db_default=False)  # Nobody was there whom it could have told: it went on at once.

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["clock", "rung"], name="clock_takes_a_step_once")]


class Task(models.Model):
    """What a ladder asks people of a party to do; no machine does it. What was said of it opens its events."""

    id = models.CharField(primary_key=True, max_length=ID)
    notice = models.ForeignKey("notices.Notice", on_delete=models.PROTECT, related_name="tasks", db_index=False)
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    rung = models.PositiveSmallIntegerField()
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    act = models.CharField(max_length=24)
    name = models.CharField(max_length=NAME)
    proposes = models.CharField(max_length=NAME, blank=True)
    event = models.CharField(max_length=ID)
    contact = models.CharField(max_length=ID, null=True)  # noqa: DJ001 - null means that nobody is named to be called.
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # Its clock ended: nobody need do it any more.

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["clock", "rung"], name="task_is_asked_for_once")]
        indexes: ClassVar = [
            models.Index(fields=["party", "id"], name="task_open_of_party", condition=Q(done_at=None, ended_at=None)),
            models.Index(fields=["notice"], name="task_of_notice"),
        ]
