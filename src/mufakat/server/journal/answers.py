"""Idempotency: the first answer to a key is a row of the same transaction, and a repetition gets its bytes.

Scope is party and route; the fingerprint is the SHA-256 of the body (draft-ietf-httpapi-idempotency-key-header). An
erased answer leaves its receipt behind: a repetition then learns that it was taken, and no more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q

from mufakat.rules import retention
from mufakat.rules.errors import ErasedError, KeyReusedError
from mufakat.rules.retention import Erasable
from mufakat.server.journal import queries, store
from mufakat.server.journal.models import ROUTE, Answer as Row

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment

Scope = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Key:
    """Who said it, where, with which key, and the digest of what was said."""

    party: str
    route: str
    key: str
    digest: bytes

    @classmethod
    def of(cls, party: str, route: str, key: str, raw: bytes) -> Key:
        """The key of a body. An address that is longer than the column ends in its digest."""
        if len(route) > ROUTE:
            digest = hashlib.sha256(route.encode()).hexdigest()[:32]
            route = f"{route[: ROUTE - len(digest) - 1]}~{digest}"
        return cls(party, route, key, hashlib.sha256(raw).digest())

    @property
    def scope(self) -> Scope:
        return (self.party, self.route, self.key)


class Answer(NamedTuple):
    """An HTTP answer that can be given again byte for byte; ``subject`` is the id it made."""

    status: int
    body: bytes
    subject: str
    replayed: bool = False


class Given(NamedTuple):
    """A stored answer; an erased one has no body."""

    party: str
    route: str
    key: str
    digest: bytes
    status: int
    body: bytes | None
    subject: str


def known(keys: Sequence[Key]) -> dict[Scope, Given]:
    """The stored answers to these keys, in one query."""
    return found(keys, store.fetch(*question(keys))) if keys else {}


def question(keys: Sequence[Key]) -> store.Question:
    """What to ask for the stored answers to these keys, one at least (`found`)."""
    texts = sorted({key.key for key in keys})
    texts += texts[-1:] * (store.rounded(len(texts)) - len(texts))
    marks = ", ".join(["%s"] * len(texts))
    sql = f"SELECT party_id, route, key, digest, status, body, subject FROM journal_answer WHERE key IN ({marks})"  # noqa: S608 - placeholders alone are put in.
    return sql, texts


def found(keys: Sequence[Key], rows: Sequence[store.Row]) -> dict[Scope, Given]:
    """The stored answers to these keys among the rows that were found: another party may use the same key."""
    wanted = {key.scope for key in keys}
    given = (Given(*row) for row in rows)
    return {row[:3]: row for row in given if row[:3] in wanted}


def was_given(key: Key) -> bool:
    """Whether this very content was answered under this key, be the answer erased since; a read, outside the writer."""
    party, route, text = key.scope
    return Row.objects.filter(party_id=party, route=route, key=text, digest=key.digest).exists()


def knows(key: Key) -> bool:
    """Whether anything was answered under this key, be the content another; a read, outside the writer."""
    party, route, text = key.scope
    return Row.objects.filter(party_id=party, route=route, key=text).exists()


def replay(given: Given, key: Key) -> tuple[Answer | None, Exception | None]:
    """The former answer, or why there is none: other content, or erased since."""
    if given.digest != key.digest:
        return None, KeyReusedError(given.subject)
    if given.body is None:
        # The receipt holds no personal data: it is what remains. An answer that took nothing has none.
        receipt = queries.custody_of([given.subject]).get(given.subject, "") if given.subject else ""
        return None, ErasedError(receipt, done=bool(given.subject))
    return Answer(given.status, given.body, given.subject, replayed=True), None


def remember(given: Sequence[tuple[Key | None, Answer]], moment: Moment) -> None:
    """Write the answers down before anybody hears them."""
    rows = [
        (key.party, key.route, key.key, key.digest, answer.status, answer.body, answer.subject, moment.at)
        for key, answer in given
        if key is not None
    ]
    store.insert(Row, ("party_id", "route", "key", "digest", "status", "body", "subject", "at"), rows)


class Expired(NamedTuple):
    """A stored answer whose period has passed."""

    pk: int
    at: datetime
    subject: str


def expired(*, at: datetime, limit: int, after: Expired | None = None) -> list[Expired]:
    """Answers whose period has passed at `at`, oldest first, those after `after`; a read, outside the writer.

    Where a key is kept longer than others its rows are walked over, in the order of the partial index `answer_whole`.
    """
    long, short = (at - retention.RETENTION[what].period for what in (Erasable.ANSWERS, Erasable.OTHER_ANSWERS))
    found = Row.objects.filter(body__isnull=False, erased_at=None, at__lte=max(long, short)).order_by("at", "pk")
    about = Q()
    for prefix in retention.ABOUT_NOTICES:
        about |= Q(subject__startswith=prefix)
    found = found.filter(Q(about, at__lte=long) | Q(~about, at__lte=short))
    if after is not None:
        found = found.filter(Q(at__gt=after.at) | Q(at=after.at, pk__gt=after.pk))
    return [Expired(*row) for row in found.values_list("pk", "at", "subject")[:limit]]


def erase(moment: Moment, *, rows: Collection[int] = (), subjects: Collection[str] = ()) -> int:
    """Take the bodies out of stored answers: these rows, and all about these subjects.

    The rows stay: a repeated key answers 410 and is never taken as new. Called inside an operation of the writer.
    """
    chosen = Row.objects.filter(Q(pk__in=rows) | Q(subject__in=subjects), erased_at=None)
    return chosen.update(body=None, erased_at=moment.at)


def about(subjects: Collection[str]) -> set[str]:
    """Those of the subjects about which a stored answer still has its body."""
    return set(Row.objects.filter(subject__in=subjects, erased_at=None).values_list("subject", flat=True))


def of_the_same(subjects: Collection[str], *, route: str, whole: str) -> list[int]:
    """The answers given to many at once in which these subjects came: each item's own answer bears its batch's mark.

    `route` is that of the items, `whole` that of the batches.
    """
    items = Row.objects.filter(subject__in=subjects, route=route, erased_at=None)
    marked = {(party, batch_key(bytes(body))) for party, body in items.values_list("party_id", "body") if body}
    found = Row.objects.filter(route=whole, key__in={key for _, key in marked}, erased_at=None)
    return [pk for pk, party, key in found.values_list("pk", "party_id", "key") if (party, key) in marked]


def mark_of(key: Key) -> bytes:
    """What an item's stored answer holds: the key under which its batch came, and the digest of the batch."""
    return key.key.encode() + key.digest


def batch_key(mark: bytes) -> str:
    """The key in a mark."""
    return mark[:-32].decode()
