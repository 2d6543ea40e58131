"""Rows of the connectors room: where a party wants to be told, and what is on its way to whom."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

ID = 30
ADDRESS = 2_000  # Characters of a URL.
DETAIL = 200  # Characters of ours about an attempt.


class EndpointState(StrEnum):
    """Whether an endpoint is told anything."""

    ACTIVE = "active"
    DISABLED = "disabled"  # Nothing is sent; the party (or the operator) makes it active again.


class Ended(StrEnum):
    """Why an endpoint is disabled."""

    BY_PARTY = "by_party"
    BY_OPERATOR = "by_operator"
    GONE = "gone"  # It answered 410: it wants nothing any more.
    FAILING = "failing"  # Nothing succeeded for twice as long as the ladder takes.


class DeliveryState(StrEnum):
    """How far a delivery is; it says who does something next."""

    WAITING = "waiting"  # The carrier tries, now or at `due_at`.
    DELIVERED = "delivered"  # The recipient's own system has it.
    ACCEPTED = "accepted"  # Somebody on the way took it over; a bounce may still come.
    DEAD = "dead"  # An operator looks at it and has it tried anew.


class Endpoint(models.Model):
    """A party's own address for events, with the secrets that sign what goes there, and how it does."""

    id = models.CharField(primary_key=True, max_length=ID)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    url = models.CharField(max_length=ADDRESS)
    # Sealed (``sealing``). After a rotation both sign until the former one's time has come.
    secret = models.BinaryField()
    former = models.BinaryField(null=True)
    former_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=16)
    ended = models.CharField(max_length=16, blank=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # The circuit breaker (``rules.retry.Health``).
    failures = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    # The last attempt, in words of ours.
    last_at = models.DateTimeField(null=True)
    last_good_at = models.DateTimeField(null=True)
    last_status = models.IntegerField(null=True)
    last_detail = models.CharField(max_length=DETAIL, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=EndpointState.ACTIVE.value, ended="", ended_at=None)
                | Q(state=EndpointState.DISABLED.value, ended__in=[one.value for one in Ended], ended_at__isnull=False),
                name="endpoint_is_active_or_says_why_not",
            ),
            models.CheckConstraint(
                condition=Q(former=None, former_until=None) | Q(former__isnull=False, former_until__isnull=False),
                name="endpoint_forgets_its_former_secret",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["party", "id"], name="endpoint_of_party")]


class Delivery(models.Model):
    """One event on its way to one address.

    A lease is a `due_at` moved ahead: who claims a delivery moves it to the end of the lease in one update that counts
    (``attempts`` is the mark by which the claim is recognised afterwards). A process that dies says nothing, the time
    comes, and another claims it. So one index serves what is new, what is to be repeated and what was left behind.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    event = models.ForeignKey("journal.Event", on_delete=models.PROTECT, related_name="+", db_index=False)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    carrier = models.CharField(max_length=16)
    target = models.CharField(max_length=ID)  # The endpoint, the contact point, or the chat.
    state = models.CharField(max_length=16)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    leased = models.BooleanField(default=False)
    attempts = models.IntegerField(default=0)
    replays = models.IntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True)
    detail = models.CharField(max_length=DETAIL, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "target"], name="delivery_is_made_once"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.WAITING.value, ended_at=None)
                | Q(
                    state__in=[one.value for one in DeliveryState if one is not DeliveryState.WAITING],
                    ended_at__isnull=False,
                    leased=False,
                ),
                name="delivery_waits_or_ended_at_a_time",
            ),
        ]
        # All hold open or dead rows alone, so that a history of millions costs a claim nothing. The first is walked
        # from recipient to recipient: what one of them leaves standing is never in another's way.
        indexes: ClassVar = [
            models.Index(
                fields=["carrier", "target", "due_at", "id"],
                name="delivery_open",
                condition=Q(state=DeliveryState.WAITING.value),
            ),
            models.Index(fields=["made_at"], name="delivery_oldest", condition=Q(state=DeliveryState.WAITING.value)),
            models.Index(fields=["id"], name="delivery_dead", condition=Q(state=DeliveryState.DEAD.value)),
        ]
