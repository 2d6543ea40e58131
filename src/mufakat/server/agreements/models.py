"""Rows of the agreements room. What was proposed, signed or in force is written once; only where it stands changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import F, Q

from mufakat.rules.agreement import MAX_PARTIES, OPEN, PointState
from mufakat.rules.obligation import ObligationKind, ObligationState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

ID = 30
NAME = 40
KIND = 32
REF = 64
DIGEST = 64


def among(field: str, values: Iterable[StrEnum]) -> Q:
    """A constraint made from the enumeration itself, so that the table and the database cannot disagree."""
    return Q(**{f"{field}__in": sorted(value.value for value in values)})


def of_party(related_name: str = "+") -> models.ForeignKey[Any, Any]:
    """A party; who is named in what was agreed stays."""
    return models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name=related_name, db_index=False)


def by_person() -> models.ForeignKey[Any, Any]:
    """Somebody of a party; whoever left keeps the row, and what was signed keeps its name."""
    return models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+", db_index=False)


class ProfileText(models.Model):
    """The text of a profile as agreements cite it: `name@` and the beginning of its digest. Never changed."""

    ref = models.CharField(primary_key=True, max_length=REF)
    name = models.CharField(max_length=REF)
    sha256 = models.CharField(max_length=DIGEST, unique=True)
    raw = models.TextField()
    adopted_at = models.DateTimeField()
    event = models.CharField(max_length=ID)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["name", "adopted_at"], name="profile_of_name")]


class Agreement(models.Model):
    """Talks between parties, and what came of them."""

    id = models.CharField(primary_key=True, max_length=ID)
    title_id = models.CharField(max_length=255)
    title_en = models.CharField(max_length=255)
    opened_by = of_party()
    person = by_person()
    opened_at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)
    ended_at = models.DateTimeField(null=True)
    # When something of it comes into force or ends by itself; null where nothing waits.
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("opened_at"), next_at=None),
                name="agreement_ends_once_opened",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], name="agreement_due", condition=Q(next_at__isnull=False)),
        ]


class Side(models.Model):
    """A party of an agreement, in the order in which the agreement names them."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="sides", db_index=False)
    party = of_party("agreement_sides")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "party"], name="party_is_one_side_of_an_agreement"),
            models.UniqueConstraint(fields=["agreement", "position"], name="side_has_its_place"),
            models.CheckConstraint(condition=Q(position__lt=MAX_PARTIES), name="agreement_has_so_many_sides"),
        ]
        indexes: ClassVar = [models.Index(fields=["party", "agreement"], name="agreement_of_party")]


class Point(models.Model):
    """A version of a point: where it stands, and from when on it was in force."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="points", db_index=False)
    name = models.CharField(max_length=NAME)
    version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16)
    since = models.DateTimeField()
    proposals = models.PositiveSmallIntegerField(default=1)  # The number of the newest, which is the one on the table.
    owner = of_party()  # Of the newest proposal.
    agreed_at = models.DateTimeField(null=True)
    from_at = models.DateTimeField(null=True)  # In force from then on; known once it is agreed.
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "name", "version"], name="point_has_its_version"),
            models.UniqueConstraint(
                fields=["agreement", "name"], condition=among("state", OPEN), name="point_has_one_version_under_way"
            ),
            models.UniqueConstraint(
                fields=["agreement", "name"],
                condition=Q(state=PointState.IN_FORCE.value),
                name="point_has_one_version_in_force",
            ),
            models.CheckConstraint(condition=among("state", PointState), name="point_state_is_known"),
            models.CheckConstraint(
                condition=among("state", set(PointState) - {PointState.AGREED, PointState.IN_FORCE})
                | Q(agreed_at__isnull=False, from_at__isnull=False),
                name="point_in_force_was_agreed",
            ),
            models.CheckConstraint(
                condition=Q(agreed_at=None) | Q(from_at__gte=F("agreed_at")), name="point_binds_nobody_backwards"
            ),
        ]


class Proposal(models.Model):
    """What was put on the table for a point: its terms, byte for byte as they are signed. Never changed."""

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="proposed", db_index=False)
    number = models.PositiveSmallIntegerField()
    party = of_party()
    person = by_person()
    terms = models.TextField()
    sha256 = models.CharField(max_length=DIGEST)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["point", "number"], name="proposal_has_its_number"),
            models.CheckConstraint(condition=~Q(terms=""), name="proposal_says_something"),
        ]


class Signature(models.Model):
    """That a side signed a proposal: by whom, and with which key where it has one. Never changed."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="signatures", db_index=False)
    party = of_party()
    person = by_person()
    at = models.DateTimeField()
    event = models.CharField(max_length=ID)
    key = models.CharField(max_length=255, blank=True)
    signature = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["proposal", "party"], name="side_signs_a_proposal_once"),
            models.CheckConstraint(
                condition=Q(key="", signature="") | (~Q(key="") & ~Q(signature="")), name="signature_names_its_key"
            ),
        ]


class Version(models.Model):
    """What was in force from a time on: the frame, and the points with their versions. Notices cite it."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveSmallIntegerField()
    from_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    profile = models.CharField(max_length=REF)
    frame = models.JSONField()
    points = models.JSONField()  # Name → version.
    event = models.CharField(max_length=ID, unique=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "number"], name="version_has_its_number"),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(until=None), name="agreement_has_one_version_in_force"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("from_at")), name="version_ends_after_it_begins"
            ),
        ]


class Governing(models.Model):
    """By which version notices from one party to another are judged: one at a time, whatever was agreed with others."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="governing", db_index=False)
    sender = of_party()
    recipient = of_party()
    from_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sender", "recipient"], condition=Q(until=None), name="pair_has_one_agreement_in_force"
            ),
            models.CheckConstraint(condition=~Q(sender=F("recipient")), name="nobody_agrees_with_itself"),
        ]
        indexes: ClassVar = [models.Index(fields=["sender", "recipient", "from_at"], name="governing_of_pair")]


class Shown(models.Model):
    """Evidence that was handed in for a point, or the other side's word that it is kept. Never changed."""

    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="shown", db_index=False)
    party = of_party()
    person = by_person()
    confirms = models.BooleanField()
    note = models.TextField(blank=True)
    files = models.JSONField(default=list)  # Digests and names; the bytes stay with whoever has them.
    at = models.DateTimeField()
    event = models.CharField(max_length=ID, unique=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["point", "at"], name="shown_for_point")]


class Obligation(models.Model):
    """How an obligation of a point stands: judged by governance, recorded here, where conditions read it."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="obligations", db_index=False)
    point = models.CharField(max_length=NAME)
    kind = models.CharField(max_length=KIND)
    party = models.CharField(max_length=63, blank=True)  # Whose mandate is meant, where a point has several.
    owner = of_party()
    state = models.CharField(max_length=16)
    since = models.DateTimeField()
    judged_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    evidence = models.JSONField()
    event = models.CharField(max_length=ID)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "point", "kind", "party"], name="obligation_stands_once"),
            models.CheckConstraint(condition=among("state", ObligationState), name="obligation_state_is_known"),
            models.CheckConstraint(condition=among("kind", ObligationKind), name="obligation_kind_is_known"),
        ]


class Reopening(models.Model):
    """Whether what an agreement asks for before something is opened is there, since when, and by what."""

    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT, primary_key=True, related_name="reopening")
    holds = models.BooleanField()
    since = models.DateTimeField()
    by = models.JSONField()
    missing = models.JSONField()
    event = models.CharField(max_length=ID)
