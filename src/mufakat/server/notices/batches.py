"""A thousand notices in one call: each is judged alone, all that are taken share one transaction and one receipt.

A bad item fails alone, and so does a repeated one: an item is known by the digest of its bytes, so that an import which
is resumed with other cuts between its batches still doubles nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from django.db import DataError, IntegrityError, transaction

from mufakat.proof import canonical, receipt, tree
from mufakat.rules.errors import RefusedError
from mufakat.rules.permissions import Deed
from mufakat.server.journal import answers, door, signer
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.notices import operations
from mufakat.server.notices.faces import encode
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.notices.operations import Submission
    from mufakat.server.parties.queries import Caller

ROUTE = "POST /api/v1/notices/batch"
ITEM = "POST /api/v1/notices/batch item"
LARGEST = 1_000  # Items of a batch.


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


@dataclass(slots=True)
class BatchSubmission:
    """The admitted items of a batch on their way to the writer, and the problems of the others."""

    items: dict[int, Submission]
    problems: dict[int, ItemOut]
    key: Key | None
    told: Callable[[Exception], tuple[int, msgspec.Raw]]
    plan: Plan | None = None

    @property
    def weight(self) -> int:
        return max(1, len(self.items))

    def run(self, moment: Moment) -> Answer:
        # (1) Items that were sent before, in another batch or in this one, fail alone.
        known = answers.known([item.key for item in self.items.values()])
        seen = {scope: given.subject for scope, given in known.items()}
        fresh: dict[int, Submission] = {}
        twins: dict[int, int] = {}
        first_of: dict[tuple[str, str, str], int] = {}
        outcome = dict(self.problems)
        for index, item in self.items.items():
            if item.key.scope in seen:
                outcome[index] = self._failed(index, RepeatedItemError(seen[item.key.scope]))
            elif item.key.scope in first_of:
                twins[index] = first_of[item.key.scope]
            else:
                first_of[item.key.scope] = index
                fresh[index] = item
        # (2) The others in one statement per table; one by one only after a refusal of the database.
        taken = self._write(fresh, outcome, moment)
        for index, first in twins.items():
            error = RepeatedItemError(taken[first].id) if first in taken else RefusedError("It repeats a refused item.")
            outcome[index] = self._failed(index, error)
        # (3) One signature over the root of their leaves.
        note = None
        if taken:
            root = tree.root([taken[index].leaf_hash for index in sorted(taken)])
            key = signer.signing_key(signer.live_shard())
            at = canonical.timestamp(moment.at)
            note = receipt.sign_custody_batch(key, count=len(taken), root=root, at=at, mmd=None)
        for index, one in taken.items():
            outcome[index] = ItemOut(index, 201, one.id, canonical.to_base64(one.leaf_hash))
        subject = taken[min(taken)].id if taken else ""
        return Answer(200, encode(BatchOut([outcome[index] for index in sorted(outcome)], note)), subject)

    def _write(
        self, fresh: dict[int, Submission], outcome: dict[int, ItemOut], moment: Moment
    ) -> dict[int, operations.Taken]:
        try:
            with transaction.atomic():
                return dict(zip(fresh, self._together(list(fresh.values()), moment), strict=True))
        except (IntegrityError, DataError):
            taken: dict[int, operations.Taken] = {}
            for index, item in fresh.items():
                try:
                    with transaction.atomic():
                        taken[index] = self._together([item], moment)[0]
                except (IntegrityError, DataError) as error:
                    outcome[index] = self._failed(index, error)
            return taken

    def _together(self, items: Sequence[Submission], moment: Moment) -> list[operations.Taken]:
        taken = operations.take(items, moment, receipts=False)
        remembered = [(item.key, Answer(201, b"", one.id)) for item, one in zip(items, taken, strict=True)]
        answers.remember(remembered, moment)
        return taken

    def _failed(self, index: int, error: Exception) -> ItemOut:
        status, problem = self.told(error)
        return ItemOut(index, status, problem=problem)


def prepare(
    items: Sequence[bytes],
    *,
    by: Caller,
    at: datetime,
    key: Key | None,
    told: Callable[[Exception], tuple[int, msgspec.Raw]],
) -> BatchSubmission:
    """Check every item of a batch and make the good ones ready for the writer.

    `told` turns an item's error into its status and problem.
    """
    by.require(Deed.SUBMIT)
    directory = parties.directory()
    admitted: dict[int, Submission] = {}
    problems: dict[int, ItemOut] = {}
    for index, raw in enumerate(items):
        name = f"item-{hashlib.sha256(raw).hexdigest()}"
        try:
            admitted[index] = operations.prepare(raw, by=by, at=at, key=name, directory=directory, route=ITEM)
        except RefusedError as error:
            status, problem = told(error)
            problems[index] = ItemOut(index, status, problem=problem)
    return BatchSubmission(admitted, problems, key, told)


def submit_batch(
    items: Sequence[bytes],
    *,
    by: Caller,
    at: datetime,
    key: Key,
    told: Callable[[Exception], tuple[int, msgspec.Raw]],
) -> Answer:
    """Take what can be taken of a batch and say of every item what became of it, once all is durable."""
    answer: Answer = door.writer().commit(prepare(items, by=by, at=at, key=key, told=told))
    return answer
