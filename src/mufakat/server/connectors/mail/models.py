"""Rows of the mail room: letters that went out and what came back, and mails that came in.

What is personal (addresses, subjects, a mail's bytes) can be erased; ids, states, times and digests stay.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

from mufakat.rules.letters import Sign

ID = 30
HANDLE = 63
ADDRESS = 320


class Source(StrEnum):
    """By which way a mail came in."""

    LMTP = "lmtp"
    IMAP = "imap"


class IntakeState(StrEnum):
    """What became of a mail; it says who does something next."""

    WAITING = "waiting"  # An enrolled person looks at it.
    AUTOMATIC = "automatic"  # A machine sent it: nobody is asked, and nothing is acknowledged by it.
    TAKEN_UP = "taken_up"  # A notice was made of it.
    SET_ASIDE = "set_aside"


class Verdict(StrEnum):
    """What DKIM says. "Pass" names a domain that the bytes came from, and no person and no authority."""

    PENDING = "pending"
    NONE = "none"  # Nobody signed it.
    PASS = "pass"  # noqa: S105 - a verdict, no secret.
    FAIL = "fail"
    UNKNOWN = "unknown"  # The key could not be had from the DNS; it was asked for a day.


class Intake(models.Model):
    """One mail that was taken: unverified, receipted, never authority."""

    id = models.CharField(primary_key=True, max_length=ID)
    # Over Message-ID, content and addressee: the same mail again, by whatever way, is this row.
    fingerprint = models.BinaryField(unique=True)
    event = models.CharField(max_length=ID)
    source = models.CharField(max_length=8)
    received_at = models.DateTimeField()
    size = models.IntegerField()
    state = models.CharField(max_length=16)
    automatic = models.CharField(max_length=16, blank=True)
    # Whom it is for, and whose domain it names: handles of parties, empty where there is none.
    to = models.CharField(max_length=HANDLE, blank=True)
    claims = models.CharField(max_length=HANDLE, blank=True)
    case = models.CharField(max_length=ID, blank=True)  # The notice whose thread it answers.
    # What can be erased.
    envelope = models.CharField(max_length=ADDRESS, null=True)  # noqa: DJ001 - null is erased, empty is the null sender.
    author = models.CharField(max_length=ADDRESS, null=True)  # noqa: DJ001 - null is erased, empty is nobody.
    subject = models.CharField(max_length=998, null=True)  # noqa: DJ001 - the same.
    links = models.JSONField(null=True)
    raw = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)
    # What DKIM says, with the key as it stood in the DNS: keys are changed, and later nobody could check.
    verdict = models.CharField(max_length=16)
    verdict_at = models.DateTimeField(null=True)
    verdict_due_at = models.DateTimeField(null=True)
    verdict_why = models.CharField(max_length=200, blank=True)
    dkim_domain = models.CharField(max_length=255, blank=True)
    dkim_selector = models.CharField(max_length=255, blank=True)
    dkim_key = models.TextField(blank=True)
    notice = models.CharField(max_length=ID, blank=True)  # What was made of it.
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=HANDLE, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[IntakeState.WAITING.value, IntakeState.AUTOMATIC.value], ended_at=None, notice=""
                )
                | Q(state=IntakeState.TAKEN_UP.value, ended_at__isnull=False) & ~Q(notice="")
                | Q(state=IntakeState.SET_ASIDE.value, ended_at__isnull=False, notice=""),
                name="intake_ends_with_a_notice_or_aside",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(envelope=None, author=None, subject=None, links=None, raw=None),
                name="intake_is_erased_whole",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=[one.value for one in Verdict]), name="intake_has_a_known_verdict"
            ),
            # Otherwise somebody could be told that a domain signed what nobody checked.
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.PASS.value) | (~Q(dkim_domain="") & ~Q(dkim_key="")),
                name="intake_that_passed_names_domain_and_key",
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.PENDING.value, verdict_due_at__isnull=False)
                | ~Q(verdict=Verdict.PENDING.value) & Q(verdict_due_at=None),
                name="intake_without_a_verdict_waits_for_one",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "claims", "id"], name="intake_of_party"),
            models.Index(fields=["state", "id"], name="intake_of_state"),
            models.Index(
                fields=["verdict_due_at"], name="intake_unverified", condition=Q(verdict=Verdict.PENDING.value)
            ),
            models.Index(fields=["received_at"], name="intake_whole", condition=Q(erased_at=None)),
        ]


class Reply(models.Model):
    """The answer to a mail that a person wrote: its receipt, sent back once."""

    intake = models.OneToOneField(Intake, on_delete=models.PROTECT, primary_key=True, related_name="+")
    address = models.CharField(max_length=ADDRESS, null=True)  # noqa: DJ001 - null is erased.
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # Null once it was sent, or given up.
    attempts = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sent_at=None) | Q(due_at=None), name="reply_that_was_sent_is_not_due"),
            models.CheckConstraint(
                condition=Q(erased_at=None, address__isnull=False) | Q(erased_at__isnull=False, address=None),
                name="reply_is_whole_or_erased",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="reply_open", condition=Q(due_at__isnull=False)),
            models.Index(fields=["address", "made_at"], name="reply_to_address"),
        ]


class Letter(models.Model):
    """One letter to one contact: handed to a mail server, and what is known of it since."""

    id = models.CharField(primary_key=True, max_length=ID)  # Of its delivery, which the bounce address names.
    event = models.CharField(max_length=ID)
    type = models.CharField(max_length=40)
    case = models.CharField(max_length=ID, db_index=True)
    party = models.CharField(max_length=HANDLE)
    contact = models.CharField(max_length=ID, blank=True)
    sign = models.CharField(max_length=16)
    status = models.CharField(max_length=12, blank=True)  # Enhanced (RFC 3463), such as 5.2.2.
    handed_at = models.DateTimeField()
    said_at = models.DateTimeField(null=True)
    # When the next contact is told; null where none has to be, or was.
    turn_at = models.DateTimeField(null=True)
    turned_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sign__in=[one.value for one in Sign]), name="letter_has_a_known_sign"),
            models.CheckConstraint(
                condition=Q(turned_at=None) | Q(turn_at=None), name="letter_turns_to_the_next_contact_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["turn_at"], name="letter_turns", condition=Q(turn_at__isnull=False)),
        ]


class Bounce(models.Model):
    """One report about a letter, by the digest of its bytes: the same report again is this row."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="bounces")
    digest = models.BinaryField()
    at = models.DateTimeField()
    says = models.CharField(max_length=16)  # Empty: nothing that is understood, such as an answer of absence.
    status = models.CharField(max_length=12, blank=True)
    formal = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["letter", "digest"], name="bounce_is_counted_once"),
        ]


class Polled(models.Model):
    """How far a mailbox was read by IMAP: UIDs mean something only together with their UIDVALIDITY (RFC 9051)."""

    mailbox = models.CharField(max_length=255, unique=True)
    validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    at = models.DateTimeField()
