"""A thousand notices in one call: each is judged alone, all that are taken share one transaction and one receipt.

A bad item fails alone, and so does a repeated one: an item is known by the digest of its bytes, so that an import which
is resumed with other cuts between its batches still doubles nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from django.db import DataError, IntegrityError, transaction

from mufakat.proof import canonical, tree
from mufakat.rules.errors import RefusedError
from mufakat.rules.notice import Category
from mufakat.rules.permissions import Deed
from mufakat.server.agreements import asking
from mufakat.server.journal import answers, custody, door, signer
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.journal.work import MORE
from mufakat.server.notices import evidence, operations, queries
from mufakat.server.notices.faces import encode
from mufakat.server.parties import queries as parties, signing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from mufakat.proof.signed import Given
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.notices.operations import Submission
    from mufakat.server.parties.queries import Caller

ROUTE = "POST /api/v1/notices/batch"
ITEM = "POST /api/v1/notices/batch item"
LARGEST = 1_000  # Items of a batch.
PORTION = 125  # Items of one commit while single notices come: none of them waits longer than for as many.
WHOLE = 1_000  # Items of one commit while none comes: each page that many items touch is written once.


class RepeatedItemError(RefusedError):
    """The sender sent these very bytes in a batch before; `first` is the notice they became."""

    def __init__(self, first: str) -> None:
        self.first = first
        super().__init__(f"This item was sent before, byte for byte: it is {first}.")


class ItemOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome of one item: its notice and leaf, or its problem."""

    index: int
    status: int
    id: str | None = None
    leaf: str | None = None
    problem: msgspec.Raw | None = None


class BatchOut(msgspec.Struct, frozen=True):
    """The outcome of every item, in order, and one receipt over the leaves of those that were taken."""

    items: list[ItemOut]
    receipt: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """An item that is stored: its notice, and its leaf's hash."""

    id: str
    leaf_hash: bytes


@dataclass(slots=True)
class BatchSubmission:
    """The admitted items of a batch on their way to the writer, and the problems of the others.

    A batch goes in portions, each with its own commit, so that single notices wait for a portion and not for a
    thousand. Each stored item bears the mark of its batch: where the server dies in between, the same batch sent again
    under the same key finds what it stored, goes on, and gets the receipt over all of it. A batch without a key has no
    mark: it must fit one portion, so that it is stored wholly or not at all.
    """

    items: dict[int, Submission]
    problems: dict[int, ItemOut]
    key: Key | None
    told: Callable[[Exception], tuple[int, msgspec.Raw]]
    plan: Plan | None = None
    outcome: dict[int, ItemOut] = field(default_factory=dict)
    kept: dict[int, Kept] = field(default_factory=dict)
    first_of: dict[tuple[str, str, str], int] = field(default_factory=dict)
    done: int = 0

    @property
    def weight(self) -> int:
        return max(1, len(self.items) - self.done)

    @property
    def mark(self) -> bytes:
        """What says of a stored item that it came with this very batch; nothing does for a batch without a key."""
        return answers.mark_of(self.key) if self.key is not None else b""

    def let_go(self) -> None:
        """Remove what was sealed for its notices: this batch stored nothing new."""
        evidence.let_go(file for item in self.items.values() for file in item.files)

    def run(self, moment: Moment) -> Answer | object:
        size = PORTION if moment.hurried else WHOLE
        portion = list(self.items.items())[self.done : self.done + size]
        fresh = self._fresh(portion, moment)
        # The portion in one statement per table; one by one only after a refusal of the database.
        self._write(fresh, moment)
        self.done += len(portion)
        return MORE if self.done < len(self.items) else self._answer(moment)

    def whole(self, moment: Moment) -> Answer:
        """All of it in this one commit: what another operation does with a batch that fits one portion."""
        if len(self.items) > PORTION:
            raise TypeError(f"a batch of {len(self.items)} items does not fit one commit")
        answer = self.run(moment)
        if not isinstance(answer, Answer):  # pragma: no cover - it fits.
            raise TypeError("a portion did not hold what fits it")
        return answer

    def _fresh(self, portion: Sequence[tuple[int, Submission]], moment: Moment) -> dict[int, Submission]:
        """The items that are not stored yet: what was sent before, in another batch or in this one, fails alone."""
        known = answers.known([item.key for _, item in portion])
        mark = self.mark
        ours = {scope: given.subject for scope, given in known.items() if mark and given.body == mark}
        leaves = queries.leaves_of(list(ours.values())) if ours else {}
        fresh: dict[int, Submission] = {}
        for index, item in portion:
            scope = item.key.scope
            first = self.first_of.setdefault(scope, index)
            if first != index:
                continue  # A twin: what it repeats may not be written yet.
            if scope in ours:
                self.kept[index] = Kept(ours[scope], leaves[ours[scope]])
            elif scope in known:
                self.outcome[index] = self._failed(index, RepeatedItemError(known[scope].subject))
            else:
                fresh[index] = item
        # What was sealed for a notice that is stored already is nobody's.
        left = [
            file.sealed.name for _, item in portion if item.key.scope in known for file in item.files if file.sealed
        ]
        if left:
            moment.after.append(evidence.remover(left))
        return fresh

    def _answer(self, moment: Moment) -> Answer:
        """One signature over the root of all leaves, in the order of the items."""
        outcome = {**self.problems, **self.outcome}
        for index, item in self.items.items():
            first = self.first_of[item.key.scope]
            if first != index and first in self.kept:
                outcome[index] = self._failed(index, RepeatedItemError(self.kept[first].id))
            elif first != index:  # The same bytes are refused for the same reason.
                outcome[index] = msgspec.structs.replace(outcome[first], index=index)
            elif index in self.kept:
                one = self.kept[index]
                outcome[index] = ItemOut(index, 201, one.id, canonical.to_base64(one.leaf_hash))
        note, subject = None, ""
        if self.kept:
            subject = self.kept[min(self.kept)].id
            root = tree.root([self.kept[index].leaf_hash for index in sorted(self.kept)])
            at = canonical.timestamp(moment.at)
            note = custody.Custodian(signer.live_shard()).of_many(count=len(self.kept), root=root, at=at)
        return Answer(200, encode(BatchOut([outcome[index] for index in sorted(outcome)], note)), subject)

    def _write(self, fresh: dict[int, Submission], moment: Moment) -> None:
        after = len(moment.after)
        refused: dict[int, Exception]
        try:
            with transaction.atomic():
                kept, refused = self._together(fresh, moment)
        except (IntegrityError, DataError, RefusedError):
            del moment.after[after:]
            kept, refused = {}, {}
            for index, item in fresh.items():
                try:
                    with transaction.atomic():
                        one, why = self._together({index: item}, moment)
                except (IntegrityError, DataError, RefusedError) as error:
                    refused[index] = error
                else:
                    kept |= one
                    refused |= why
        self.kept.update(kept)
        self.outcome |= {index: self._failed(index, error) for index, error in refused.items()}

    def _together(
        self, items: Mapping[int, Submission], moment: Moment
    ) -> tuple[dict[int, Kept], dict[int, Exception]]:
        """What of these was stored, and why others were not: what the quota does not allow fails alone."""
        places = list(items)
        refused = {places[place]: why for place, why in operations.drawn(list(items.values()), moment).items()}
        written = [place for place in places if place not in refused]
        taken = operations.take([items[place] for place in written], moment, receipts=False)
        remembered = [
            (items[place].key, Answer(201, self.mark, one.id)) for place, one in zip(written, taken, strict=True)
        ]
        answers.remember(remembered, moment)
        kept = {place: Kept(one.id, one.leaf_hash) for place, one in zip(written, taken, strict=True)}
        return kept, dict(refused)

    def _failed(self, index: int, error: Exception) -> ItemOut:
        status, problem = self.told(error)
        return ItemOut(index, status, problem=problem)


def prepare(  # noqa: PLR0913 - who, when, and by which way, each by name.
    items: Sequence[bytes],
    *,
    by: Caller,
    at: datetime,
    key: Key | None,
    told: Callable[[Exception], tuple[int, msgspec.Raw]],
    files: Mapping[int, Sequence[bytes]] | None = None,
    signatures: Sequence[Given | None] = (),
) -> BatchSubmission:
    """Check every item of a batch and make the good ones ready for the writer.

    `told` turns an item's error into its status and problem; `files` are what some items name by digest, stored here;
    `signatures` are what the sender signed of the items, one for each, or none at all.
    """
    by.require(Deed.SUBMIT)
    held = signing.keys_of(by.party_id) if any(signatures) else {}
    directory, mandates, asked = parties.directory(), parties.mandates_of(by.party_id), asking.asking()
    admitted: dict[int, Submission] = {}
    problems: dict[int, ItemOut] = {}
    for index, raw in enumerate(items):
        name = f"item-{hashlib.sha256(raw).hexdigest()}"
        try:
            if files and index in files:
                _store(files[index], raw, name, by=by, at=at, directory=directory)
            admitted[index] = operations.prepare(
                raw,
                by=by,
                at=at,
                key=name,
                directory=directory,
                mandates=mandates,
                asking=asked,
                route=ITEM,
                signature=signatures[index] if signatures else None,
                held=held,
            )
        except RefusedError as error:
            status, problem = told(error)
            problems[index] = ItemOut(index, status, problem=problem)
    return BatchSubmission(admitted, problems, key, told)


def _store(  # noqa: PLR0913 - the same.
    files: Sequence[bytes], raw: bytes, name: str, *, by: Caller, at: datetime, directory: parties.Directory
) -> None:
    """Store the files of an item that will be taken; of one that is refused or was sent before nothing is kept."""
    uploaded = {hashlib.sha256(content).hexdigest() for content in files}
    judged = operations.admit(raw, by=by, at=at, directory=directory, uploaded=uploaded)
    if judged.draft.category is Category.CHILD_SEXUAL_ABUSE or answers.was_given(Key.of(by.party_id, ITEM, name, raw)):
        return
    for content in files:
        evidence.store(content, by=by)


def submit_batch(  # noqa: PLR0913 - as `prepare`.
    items: Sequence[bytes],
    *,
    by: Caller,
    at: datetime,
    key: Key,
    told: Callable[[Exception], tuple[int, msgspec.Raw]],
    signatures: Sequence[Given | None] = (),
) -> Answer:
    """Take what can be taken of a batch and say of every item what became of it, once all is durable."""
    submission = prepare(items, by=by, at=at, key=key, told=told, signatures=signatures)
    answer: Answer = door.writer().commit(submission)
    if answer.replayed:
        submission.let_go()
    return answer
