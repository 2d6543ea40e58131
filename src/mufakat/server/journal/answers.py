"""Idempotency: the first answer to a key is a row of the same transaction, and a repetition gets its bytes.

Scope is party and route; the fingerprint is the SHA-256 of the body (draft-ietf-httpapi-idempotency-key-header). An
erased answer leaves its receipt behind: a repetition then learns that it was taken, and no more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mufakat.rules.errors import ErasedError, KeyReusedError
from mufakat.server.journal import queries, store
from mufakat.server.journal.models import Answer as Row

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        """The key of a body."""
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
    if not keys:
        return {}
    wanted = {key.scope for key in keys}
    texts = sorted({key.key for key in keys})
    marks = ", ".join(["%s"] * len(texts))
    sql = f"SELECT party_id, route, key, digest, status, body, subject FROM journal_answer WHERE key IN ({marks})"  # noqa: S608 - placeholders alone are put in.
    rows = (Given(*row) for row in store.fetch(sql, texts))
    return {row[:3]: row for row in rows if row[:3] in wanted}


def replay(given: Given, key: Key) -> tuple[Answer | None, Exception | None]:
    """The former answer, or why there is none: other content, or erased since."""
    if given.digest != key.digest:
        return None, KeyReusedError(given.subject)
    if given.body is None:
        # The receipt holds no personal data: it is what remains.
        return None, ErasedError(queries.custody(queries.first_event_of(given.subject)))
    return Answer(given.status, given.body, given.subject, replayed=True), None


def remember(given: Sequence[tuple[Key | None, Answer]], moment: Moment) -> None:
    """Write the answers down before anybody hears them."""
    rows = [
        (key.party, key.route, key.key, key.digest, answer.status, answer.body, answer.subject, moment.at, None)
        for key, answer in given
        if key is not None
    ]
    store.insert(Row, ("party_id", "route", "key", "digest", "status", "body", "subject", "at", "erased_at"), rows)
