"""Rows of the parties room.

A party is a wall: everything a person or a token reaches belongs to its party or is public.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from mufakat.rules.consequences import WHOLE, ProposalState
from mufakat.rules.contact import ContactRole, DrillCause
from mufakat.rules.mandate import MAX_QUOTA, MandateState
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.parties.cooling import Cooled

ID = 30


class Party(models.Model):
    """An organisation, known in leaves by its handle."""

    id = models.CharField(primary_key=True, max_length=ID)
    handle = models.CharField(max_length=63, unique=True)
    kind = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    registered_at = models.DateTimeField()
    # Whether what it sends and acknowledges is refused without a signature of one of its keys.
    must_sign = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in PartyKind]), name="party_has_a_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.handle


class People(BaseUserManager["Person"]):
    """People are enrolled by ``operations.enrol_person``; this is what the sign-in library asks for."""


class Person(AbstractBaseUser):
    """Somebody who sits in a seat of a party: ``approver-2`` is the second seat of the role approver."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="people")
    role = models.CharField(max_length=32)
    ordinal = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    enrolled_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = People()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["party", "role", "ordinal"], name="seat_holds_one_person"),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="person_has_a_known_role"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="seat_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.email


class Token(models.Model):
    """The credential of a system that acts in a person's seat: shown once, stored as its digest."""

    id = models.CharField(primary_key=True, max_length=ID)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tokens")
    digest = models.BinaryField(unique=True)
    label = models.CharField(max_length=100, blank=True)
    scopes = models.JSONField(null=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class PartyKey(models.Model):
    """A key with which a party signs what it agrees: in force from when it was enrolled until it is retired.

    One with a `label` signs events too: whoever enrolled it showed that it is at hand, and it bears the party's name.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="keys")
    vkey = models.CharField(max_length=255, unique=True)  # What one party signed with no other ever can.
    enrolled_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    event = models.CharField(max_length=ID, unique=True)
    # How leaves name it. Its last 32 bits can be made to collide: of two keys with one label, one is refused.
    label = models.CharField(max_length=72, null=True, unique=True)  # noqa: DJ001 - many have none, and it is unique.
    retired_event = models.CharField(max_length=ID, null=True, unique=True)  # noqa: DJ001 - the same.

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(vkey=""), name="party_key_is_a_key"),
            models.CheckConstraint(
                condition=Q(retired_at=None, reason="") | (Q(retired_at__gte=models.F("enrolled_at")) & ~Q(reason="")),
                name="party_key_is_retired_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(label=None) | ~Q(label=""), name="party_key_that_signs_events_has_a_label"
            ),
            models.CheckConstraint(
                condition=Q(retired_event=None) | Q(retired_at__isnull=False), name="party_key_is_retired_by_an_event"
            ),
        ]


class Statement(models.Model):
    """What a key of a party signed of an event, by its digest: said once, it is not taken again."""

    key = models.ForeignKey(PartyKey, on_delete=models.PROTECT, related_name="statements", db_constraint=False)
    mark = models.BinaryField()  # SHA-256 of the statement (`proof.signed.mark`).
    event = models.CharField(max_length=ID)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mark", "key"], name="statement_is_signed_once_by_a_key"),
        ]


class ContactPoint(models.Model):
    """Somebody who can be reached for a party, in one role for good; what is said of it lies in its versions."""

    id = models.CharField(primary_key=True, max_length=ID)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="contacts")
    role = models.CharField(max_length=32)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    # When the next drill is due; null while one is open, and where nobody is in force nor waits to be.
    drill_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in ContactRole]), name="contact_has_a_known_role"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(drill_at=None), name="contact_that_is_removed_is_not_drilled"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["drill_at"], name="contact_drill_due", condition=Q(drill_at__isnull=False))
        ]


class ContactVersion(models.Model):
    """What was said of a contact at a time: in force from ``valid_from`` until ``until``; no version is ever replaced.

    What is personal lies here and never in a leaf; it is erased when the version has been of the past for long enough.
    """

    contact = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="versions")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    number = models.PositiveSmallIntegerField()
    event = models.CharField(max_length=ID)  # The event that set it, whose opening goes with what is personal.
    # The first that the party ever said of this role: nobody was there to be told, so it does not wait.
    first = models.BooleanField()
    set_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    until = models.DateTimeField(null=True)  # Asked for, or superseded, withdrawn or removed; in the future also.
    asked_until = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    country = models.CharField(max_length=2)
    organisation = models.CharField(max_length=200)
    hours = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    languages = models.JSONField()
    rank = models.PositiveSmallIntegerField()
    senior = models.BooleanField()
    mandate_sha256 = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    postal_address = models.CharField(max_length=500, blank=True)
    mandate = models.CharField(max_length=500, blank=True)
    verified_at = models.DateTimeField(null=True)
    unreachable_since = models.DateTimeField(null=True)
    unreachable_because = models.CharField(max_length=32, blank=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "number"], name="contact_version_has_its_number"),
            models.UniqueConstraint(
                fields=["party", "role"], condition=Q(first=True), name="contact_role_has_one_first_version"
            ),
            models.CheckConstraint(
                condition=Q(first=True) | Q(valid_from__gte=Cooled("set_at")),
                name="contact_waits_unless_it_is_the_first",
            ),
            models.CheckConstraint(
                condition=Q(~Q(name=""), ~Q(email=""), erased_at=None)
                | Q(erased_at__isnull=False, name="", email="", phone="", postal_address="", mandate=""),
                name="contact_version_is_whole_or_erased",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(until__isnull=False), name="contact_in_force_is_never_erased"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["until"], name="contact_version_former", condition=Q(erased_at=None))]


class DrillPlan(models.Model):
    """How often a party's contacts are tried, where it chose otherwise than ``rules.contact.DRILLS``."""

    party = models.OneToOneField(Party, on_delete=models.PROTECT, primary_key=True, related_name="drill_plan")
    every_days = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(every_days__gte=1, every_days__lte=365), name="drill_plan_is_days_of_a_year"
            )
        ]


class Drill(models.Model):
    """A test message that somebody must answer. Its code answers the drill, and nothing else."""

    id = models.CharField(primary_key=True, max_length=ID)
    contact = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="drills")
    version = models.ForeignKey(ContactVersion, on_delete=models.PROTECT, related_name="+")
    event = models.CharField(max_length=ID)
    code = models.CharField(max_length=32, unique=True)
    because = models.CharField(max_length=16)
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField()
    missed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    void_at = models.DateTimeField(null=True)  # The contact was removed or changed before anybody answered.

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(answered_at=None, missed_at=None, void_at=None),
                name="contact_answers_one_drill_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(because__in=[cause.value for cause in DrillCause]), name="drill_has_a_known_cause"
            ),
            models.CheckConstraint(condition=Q(due_at__gt=models.F("sent_at")), name="drill_leaves_time_to_answer"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], name="drill_open", condition=Q(answered_at=None, missed_at=None, void_at=None)
            ),
            models.Index(fields=["event"], name="drill_by_event"),
        ]


class Mandate(models.Model):
    """What lets a party flag, ask or command: its terms, which never change, and whether it is in force.

    `reason` is why it stands as it does now, `reply` what its holder last said to that; both are for these two alone.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mandates")
    kinds = models.JSONField()
    categories = models.JSONField()
    surfaces = models.JSONField()
    country = models.CharField(max_length=2, blank=True)
    expertise = models.TextField(blank=True)
    granted_by = models.TextField()
    legal_source = models.TextField()
    burst = models.BigIntegerField()
    per_minute = models.BigIntegerField()
    review_on = models.DateField()
    granted_at = models.DateTimeField()
    state = models.CharField(max_length=16)
    since = models.DateTimeField()
    reason = models.TextField(blank=True)
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in MandateState]), name="mandate_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=MandateState.IN_FORCE.value) | ~Q(reason=""), name="mandate_ends_with_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(granted_by="") & ~Q(legal_source=""), name="mandate_names_its_giver_and_its_law"
            ),
            models.CheckConstraint(
                condition=Q(burst__gte=1, burst__lte=MAX_QUOTA, per_minute__gte=1, per_minute__lte=MAX_QUOTA),
                name="mandate_has_a_measure",
            ),
            models.CheckConstraint(
                condition=Q(reply="", replied_at=None) | (~Q(reply="") & Q(replied_at__isnull=False)),
                name="reply_has_its_time",
            ),
        ]


class QuotaShare(models.Model):
    """How much of a mandate's quota is left, in percent, where anything ever followed from how its notices held.

    `evidence` is what was counted (``rules.consequences.Evidence``), empty where nothing is lowered. Notices that came
    in until `lifted_on` are not counted again: people gave the quota back that day.
    """

    mandate = models.OneToOneField(Mandate, on_delete=models.PROTECT, primary_key=True, related_name="share")
    percent = models.PositiveSmallIntegerField()
    since = models.DateTimeField()
    evidence = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    lifted_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=WHOLE), name="quota_is_never_lowered_to_nothing"
            ),
            models.CheckConstraint(
                condition=Q(percent=WHOLE, evidence="") | (Q(percent__lt=WHOLE) & ~Q(evidence="")),
                name="quota_is_lowered_with_evidence",
            ),
        ]


class Proposal(models.Model):
    """That a mandate be suspended, put to the operator with what was counted. People say what comes of it."""

    id = models.CharField(primary_key=True, max_length=ID)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="proposals")
    event = models.CharField(max_length=ID, unique=True)
    evidence = models.TextField()
    made_at = models.DateTimeField()
    state = models.CharField(max_length=16)
    settled_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mandate"],
                condition=Q(state=ProposalState.OPEN.value),
                name="mandate_has_one_open_proposal",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in ProposalState]), name="proposal_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ProposalState.OPEN.value, settled_at=None)
                | (~Q(state=ProposalState.OPEN.value) & Q(settled_at__isnull=False)),
                name="proposal_is_settled_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=ProposalState.DECLINED.value) | ~Q(reason=""),
                name="proposal_is_declined_with_a_reason",
            ),
            models.CheckConstraint(condition=~Q(evidence=""), name="proposal_has_evidence"),
        ]


class Quota(models.Model):
    """The token bucket of a party, one for all its mandates, tokens and ways in (``rules.mandate.Bucket``).

    `at` is in milliseconds since 1970: it is read for every group of notices, and a number need not be parsed.
    """

    party = models.OneToOneField(Party, on_delete=models.PROTECT, primary_key=True, related_name="quota")
    burst = models.BigIntegerField()
    per_minute = models.BigIntegerField()
    level = models.BigIntegerField()
    at = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(level__gte=0), name="quota_is_never_overdrawn"),
            models.CheckConstraint(condition=Q(burst__gte=1, per_minute__gte=1), name="quota_is_a_measure"),
        ]
