"""Rows of the notices room. What may be erased (the body, the locators) lies in rows of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Case, F, Q, Value, When

from mufakat.rules.lifecycle import NoticeState, Turn, turn
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.passages import Passage
from mufakat.rules.permissions import MANDATED
from mufakat.rules.retention import has_ended
from mufakat.server.notices.clock_rows import (
    Clock as Clock,  # noqa: PLC0414 - rows of this room too, in a file of their own.
    Rest as Rest,  # noqa: PLC0414 - the same.
    Step as Step,  # noqa: PLC0414 - the same.
    Task as Task,  # noqa: PLC0414 - the same.
)
from mufakat.server.notices.warning_rows import SentWarning as SentWarning  # noqa: PLC0414 - the same.

if TYPE_CHECKING:
    from collections.abc import Iterable

ID = 30
HANDLE = 63
ENDED = [state for state in NoticeState if has_ended(state)]
NOT_ENDED = [state for state in NoticeState if not has_ended(state)]
UNACKNOWLEDGED = [NoticeState.RECEIVED]
TAKEN_ON = [state for state in NoticeState if state not in {NoticeState.RECEIVED, NoticeState.WITHDRAWN}]


def among(field: str, values: Iterable[StrEnum]) -> Q:
    """A constraint made from the enumeration itself, so that the table and the database cannot disagree."""
    found = Q()
    for value in values:
        # Spelt out: SQLite checks `a = x OR a = y` three times as fast as `a IN (x, y)`.
        found |= Q(**{field: value.value})
    return found


def whose_turn() -> Case:
    """The party whose turn it is in each state, null where it is neither side's; made from the table of states."""
    sides = {Turn.RECIPIENT: "recipient", Turn.SENDER: "sender"}
    turns = [When(state=state.value, then=F(sides[turn(state)])) for state in NoticeState if turn(state) in sides]
    return Case(*turns, default=Value(None))


def not_before(start: str) -> Q:
    """A constraint made from the enumeration of passages: none has its time before `start`."""
    found = Q()
    for passage in Passage:
        time = f"{passage.value}_at"
        found &= Q(**{time: None}) | Q(**{f"{time}__gte": F(start)})
    return found


def person() -> models.ForeignKey[Any, Any]:
    """Somebody of a party; whoever left keeps the row, and what was done keeps its name."""
    return models.ForeignKey("parties.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)


def precedence() -> Case:
    """0 for what stands under a mandate, 1 for the rest: an order in which to be read, and nothing else."""
    return Case(When(mandate__isnull=False, then=Value(0)), default=Value(1))


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
    # The version of the agreement in force between the two when it came.
    version = models.ForeignKey(
        "agreements.Version", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    leaf_hash = models.BinaryField()
    ended_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    # What became of it on its way to somebody's eyes (`rules.passages`): each is set once, by the first that counts.
    fetched_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    # The colleague in whose hands it is, on each side; null while it is everybody's there.
    sender_person = person()
    recipient_person = person()
    # The clock that runs out first, so that the desk need not sort every notice that waits.
    due_at = models.DateTimeField(null=True)
    # The mandate that it was sent under; and the kind that it was sent as, where it was taken as another.
    mandate = models.ForeignKey(
        "parties.Mandate", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    sent_as = models.CharField(max_length=16, null=True)  # noqa: DJ001 - null means: as what it is.
    # Computed by the database itself: among those that are due at the same time, what stands under a mandate is first.
    rank = models.GeneratedField(
        expression=precedence(), output_field=models.PositiveSmallIntegerField(), db_persist=True
    )
    # Since when the ladder says that nobody of the recipient can be reached about it; until somebody answers.
    unreachable_since = models.DateTimeField(null=True)
    # The same: it cannot disagree with the state.
    waits_for = models.GeneratedField(
        expression=whose_turn(), output_field=models.CharField(max_length=ID, null=True), db_persist=True
    )

    class Meta:
        constraints: ClassVar = [
            # From its end the periods of retention run: an end without a time would keep the content for ever.
            models.CheckConstraint(
                condition=Q(among("state", ENDED), ended_at__isnull=False)
                | Q(among("state", NOT_ENDED), ended_at=None),
                name="notice_ends_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(ended_at__isnull=False), name="notice_is_erased_after_its_end"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None) | Q(seen_at__isnull=False, seen_at__lte=F("acknowledged_at")),
                name="notice_acknowledged_was_seen",
            ),
            models.CheckConstraint(
                condition=Q(among("state", UNACKNOWLEDGED), acknowledged_at=None)
                | Q(among("state", TAKEN_ON), acknowledged_at__isnull=False)
                | Q(state=NoticeState.WITHDRAWN.value),
                name="notice_is_acknowledged_at_a_time",
            ),
            models.CheckConstraint(condition=not_before("received_at"), name="notice_passes_after_it_came"),
            models.CheckConstraint(
                condition=Q(unreachable_since=None) | Q(ended_at=None), name="notice_is_unreachable_while_it_waits"
            ),
            models.CheckConstraint(condition=among("state", NoticeState), name="notice_state_is_known"),
            models.CheckConstraint(condition=among("kind", NoticeKind), name="notice_kind_is_known"),
            models.CheckConstraint(condition=among("category", Category), name="notice_category_is_known"),
            models.CheckConstraint(condition=among("urgency", Urgency), name="notice_urgency_is_known"),
            # The other way round it is held by the writer (``take``): older rows came in before there were mandates.
            models.CheckConstraint(
                condition=Q(mandate=None) | among("kind", sorted(MANDATED)), name="mandate_stands_behind_its_kinds"
            ),
            models.CheckConstraint(
                condition=Q(sent_as=None) | (among("sent_as", sorted(MANDATED)) & Q(kind=NoticeKind.USER_REPORT.value)),
                name="notice_is_taken_as_a_user_report_or_as_sent",
            ),
        ]
        # The lists, newest first (ids sort by commit): each index is walked once for each state that is asked for
        # (``walks``), so that a list of every state needs no index of its own. Then the desk, due soonest first.
        indexes: ClassVar = [
            models.Index(fields=["sender", "state", "id"], name="notice_of_sender"),
            models.Index(fields=["recipient", "state", "id"], name="notice_of_recipient"),
            models.Index(fields=["sender", "recipient", "state", "id"], name="notice_between"),
            models.Index(fields=["waits_for", "due_at", "rank", "id"], name="notice_waits_for"),
            # What is in somebody's hands, due soonest first. A new notice is in nobody's: no row here.
            *(
                models.Index(
                    fields=[f"{side}_person", "waits_for", "due_at", "rank", "id"],
                    name=f"notice_in_hands_of_{side}",
                    condition=Q(**{f"{side}_person__isnull": False}),
                )
                for side in ("sender", "recipient")
            ),
            # What the sweep has still to look at; `erased_at` is set once nothing of it is left to be erased.
            models.Index(
                fields=["ended_at", "id"],
                name="notice_to_erase",
                condition=Q(ended_at__isnull=False, erased_at=None),
            ),
            models.Index(
                fields=["waits_for", "sender"],
                name="notice_unreachable",
                condition=Q(unreachable_since__isnull=False),
            ),
        ]


class Message(models.Model):
    """What one side said to the other about a notice, in the order of the ids.

    Its text is the opening of its event, in one place alone, and goes as that does; its receipt is the event's.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="messages", db_index=False)
    event = models.CharField(max_length=ID, unique=True)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    sent_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["notice", "id"], name="message_of_notice")]


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
    # Copies, by which each side finds its open notices about the same thing without looking at anybody else's.
    sender = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    recipient = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    linked = models.BooleanField(default=True)  # While the notice is open.

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "position"], name="pointer_has_its_place"),
            models.CheckConstraint(
                condition=Q(erased_at=None, canonical__isnull=False, input__isnull=False, digest__isnull=False)
                | Q(erased_at__isnull=False, canonical=None, input=None, digest=None),
                name="pointer_is_whole_or_erased",
            ),
        ]
        # Half a SHA-256 of the canonical form: long URLs do not swell the indexes by which related notices are found.
        indexes: ClassVar = [
            models.Index(fields=["digest", side, "notice"], name=f"pointer_of_{side}", condition=Q(linked=True))
            for side in ("sender", "recipient")
        ]


class Hold(models.Model):
    """A legal hold: while it is not released nothing of the notice is erased.

    Who placed it is a party's handle, as in the leaf; why, is the opening of the event, in one place alone.
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="holds", db_index=False)
    event = models.CharField(max_length=ID, unique=True)
    placed_by = models.CharField(max_length=HANDLE)
    placed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["notice"], condition=Q(released_at=None), name="notice_is_under_one_hold_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(released_at__gte=F("placed_at")),
                name="hold_is_released_after_it_is_placed",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["notice"], name="hold_of_notice")]


class Upload(models.Model):
    """A sealed file of one party. Two parties with the same content hold two files, so neither learns of the other.

    Its own key stands here while notices may name it; afterwards only the case keys of those that did open it.
    """

    id = models.CharField(primary_key=True, max_length=ID)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False)
    sha256 = models.BinaryField()
    size = models.BigIntegerField()
    file = models.CharField(max_length=32, unique=True)
    key = models.BinaryField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(size__gte=0), name="upload_has_a_size"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["party", "sha256"], name="upload_of_party"),
            models.Index(fields=["expires_at"], name="upload_nameable", condition=Q(key__isnull=False)),
        ]


class CaseKey(models.Model):
    """The key of one notice. The keys of its files are sealed under it: without it they open nothing for ever."""

    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, primary_key=True, related_name="case_key")
    key = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at=None, key__isnull=False) | Q(erased_at__isnull=False, key=None),
                name="case_key_is_whole_or_erased",
            ),
        ]


class Exhibit(models.Model):
    """One file that a notice names, at its place in ``evidence``: held, or known by its digest alone (I-15).

    The files of appeals stand behind those of their notice: under one case key they go when it goes.
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="exhibits", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.TextField(null=True)  # noqa: DJ001 - null means erased, which is not an empty text.
    media_type = models.CharField(max_length=130, null=True)  # noqa: DJ001 - the same.
    sha256 = models.BinaryField(null=True)
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, related_name="exhibits")
    sealed_key = models.BinaryField(null=True)
    appeal = models.CharField(max_length=ID, null=True)  # noqa: DJ001 - null means: of the notice itself.
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "position"], name="exhibit_has_its_place"),
            models.CheckConstraint(
                condition=Q(erased_at=None, name__isnull=False, media_type__isnull=False, sha256__isnull=False)
                | Q(
                    erased_at__isnull=False,
                    name=None,
                    media_type=None,
                    sha256=None,
                    upload__isnull=True,
                    sealed_key=None,
                ),
                name="exhibit_is_whole_or_erased",
            ),
            models.CheckConstraint(
                condition=Q(upload__isnull=True, sealed_key=None) | Q(upload__isnull=False, sealed_key__isnull=False),
                name="exhibit_has_its_file_and_its_key",
            ),
        ]


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
