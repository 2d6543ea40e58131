"""Rows of the Government Channel bot: whose chat is whose, what is being asked there, and what was heard.

The number of a chat is personal and can be erased, and so is what was typed; ids, states, codes and times stay. Nothing
here is a record of a notice: that lies in the rooms of the ordinary operations alone.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from mufakat.rules.chat_steps import Plan
from mufakat.rules.chats import Because

ID = 30
BUTTON = 22  # Characters of 128 random bits in base64url.


class Ticket(models.Model):
    """A word that binds one chat to a person, once: shown once, stored as its digest."""

    id = models.CharField(primary_key=True, max_length=ID)
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField(unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("made_at")), name="ticket_has_an_end"),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(used_at__lt=models.F("expires_at")), name="ticket_is_used_in_its_time"
            ),
        ]


class Chat(models.Model):
    """A person's chat with the bot, from when it was bound until it is not. `user` is the service's own number."""

    id = models.CharField(primary_key=True, max_length=ID)
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    user = models.BigIntegerField(null=True)
    language = models.CharField(max_length=2)
    event = models.CharField(max_length=ID)
    bound_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    because = models.CharField(max_length=16, blank=True)
    unreachable_since = models.DateTimeField(null=True)
    # How much it was told within the hour that began then (``rules.chats.TOLD_AN_HOUR``).
    hour = models.DateTimeField(null=True)
    told = models.IntegerField(default=0)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at=None), name="telegram_user_is_bound_to_one_person"
            ),
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at=None), name="person_has_one_chat"),
            models.CheckConstraint(
                condition=Q(ended_at=None, because="")
                | Q(ended_at__isnull=False, because__in=[one.value for one in Because]),
                name="chat_is_bound_or_says_why_not",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None, user__isnull=False)
                | Q(erased_at__isnull=False, user=None, ended_at__isnull=False),
                name="chat_in_force_is_never_erased",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["party"], name="chat_of_party", condition=Q(ended_at=None)),
            models.Index(fields=["ended_at"], name="chat_former", condition=Q(erased_at=None)),
        ]


class Talk(models.Model):
    """What a person is about in a chat: one at a time. What was typed is erased here as soon as it is done.

    What the bot answered to it stays in `Heard` for two days (``rules.chats.REMEMBERED``).
    """

    id = models.CharField(primary_key=True, max_length=ID)
    chat = models.ForeignKey(Chat, on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=16)
    message = models.BigIntegerField()  # The message that began it: what is done by it is done once.
    case = models.CharField(max_length=ID, blank=True)  # The notice that it is about, or that came of it.
    said = models.JSONField(null=True)
    begun_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["chat"], condition=Q(ended_at=None), name="chat_is_about_one_thing_at_a_time"
            ),
            models.CheckConstraint(condition=Q(plan__in=[one.value for one in Plan]), name="talk_has_a_known_plan"),
            models.CheckConstraint(
                condition=Q(ended_at=None, said__isnull=False) | Q(ended_at__isnull=False, said=None),
                name="talk_that_ended_keeps_nothing_that_was_typed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["touched_at"], name="talk_open", condition=Q(ended_at=None)),
            models.Index(fields=["ended_at"], name="talk_former", condition=Q(ended_at__isnull=False)),
        ]


class Button(models.Model):
    """The buttons of one message. What stands on them never leaves us: the service carries the id and a number."""

    id = models.CharField(primary_key=True, max_length=BUTTON)
    chat = models.ForeignKey(Chat, on_delete=models.PROTECT, related_name="+")
    case = models.CharField(max_length=ID)  # The notice, or the talk.
    step = models.CharField(max_length=16, blank=True)  # Of the talk: a button of an earlier step does nothing.
    choices = models.JSONField()
    made_at = models.DateTimeField(db_index=True)


class Heard(models.Model):
    """An update of the service that was dealt with, and what was answered: heard again, it is answered the same."""

    bot = models.BigIntegerField()
    update = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)
    replies = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bot", "update"], name="update_is_heard_once"),
        ]
