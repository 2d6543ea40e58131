"""Rows of the documents that were sent on a ladder. Their words are the openings of their events, there alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from mufakat.server.notices.clock_rows import ID, NAME, Task

CODE = 24


class SentWarning(models.Model):
    """A step of a ladder as it was sent by a person: a numbered letter, or what else the ladder puts to people.

    `number` and `most` are a letter's: which it is, and of how many at most. `weighs` says that the profile wants the
    reasons of the other side weighed first, `weighed` that it was said how.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    notice = models.ForeignKey("notices.Notice", on_delete=models.PROTECT, related_name="warnings", db_index=False)
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="warning")
    step = models.CharField(max_length=NAME)
    proposes = models.CharField(max_length=NAME)
    code = models.CharField(max_length=CODE, blank=True)
    number = models.PositiveSmallIntegerField(null=True)
    most = models.PositiveSmallIntegerField(null=True)
    weighs = models.BooleanField()
    weighed = models.BooleanField()
    language = models.CharField(max_length=16)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    sent_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "step"], name="warning_is_sent_once_for_a_step"),
            models.UniqueConstraint(
                fields=["notice", "number"], condition=Q(number__isnull=False), name="letter_has_a_number_of_its_own"
            ),
            models.CheckConstraint(
                condition=Q(number=None, most=None, code="")
                | Q(number__isnull=False, most__isnull=False, number__gte=1, number__lte=F("most")),
                name="letters_are_no_more_than_the_profile_knows",
            ),
            models.CheckConstraint(
                condition=Q(weighs=False) | Q(weighed=True), name="reasons_are_weighed_before_such_a_step"
            ),
        ]
