"""What each answer of the server promises, and whether a database still keeps it."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sealed
from books import ACKNOWLEDGED, BATCH, RECEIVED, SUBMIT, Answer, Books, Event, evidence_of, locators_of
from clients import NOTICES, Batch, Notice, Reply

from mufakat.proof import verify
from mufakat.proof.key import VerifyKey


class Promise(Protocol):
    """An answer in somebody's hands."""

    def broken(self, ledger: "Ledger") -> str:
        """Return in words what is missing of it, or nothing."""


class Ledger:
    """Books with what promises look things up by, and the folder they lie in."""

    def __init__(self, books: Books, folder: Path) -> None:
        self.books, self.folder = books, folder
        self.answers = {(answer.route, answer.key): answer for answer in books.answers}
        self.first: dict[str, Event] = {event.case: event for event in books.events if event.type == RECEIVED}
        self.acknowledged: set[str] = {event.case for event in books.events if event.type == ACKNOWLEDGED}
        self.pending = frozenset(books.pending)
        self.outbox = frozenset(books.outbox)
        self.revoked = {pk for pk, revoked in books.tokens.values() if revoked}


@dataclass(frozen=True, slots=True)
class Taken:
    """A notice that somebody has the leaf of: its rows, its leaf and openings, and that it will be told."""

    notice: str
    raw: bytes
    leaf_hash: bytes

    def missing(self, ledger: Ledger) -> Iterator[str]:
        books = ledger.books
        kept = {
            "the notice": books.states.get(self.notice, ("", b""))[1] == self.leaf_hash,
            "the payload": books.payloads.get(self.notice) == (self.raw, hashlib.sha256(self.raw).digest()),
            "the locators": books.pointers.get(self.notice) == locators_of(self.raw),
            "the event": self.notice in ledger.first,
            "a file": self._files(ledger),
        }
        if event := ledger.first.get(self.notice):
            openings = {field for field, _, _ in books.openings.get(event.id, ())}
            kept |= {
                "the leaf": event.leaf_hash == self.leaf_hash,
                "the openings": openings == {"payload", "locators", "explanation", "subject", "legal_ground"},
                "its place in the log's queue": event.id in ledger.pending,
                "the outbox row": (event.id, "party:telegram") in ledger.outbox,
            }
        return (words for words, good in kept.items() if not good)

    def _files(self, ledger: Ledger) -> bool:
        """Each file that the notice names is there, whole, and opens with the notice's key."""
        found = ledger.books.exhibits.get(self.notice, ())
        named = tuple(one.sha256 for one in found) == evidence_of(self.raw)
        return named and all(sealed.is_held(one, ledger.folder) for one in found)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A notice was taken (I-01), and its key always gets this answer (I-02)."""

    answer: Answer
    taken: Taken
    custody: str
    clocks: frozenset[str]

    @classmethod
    def of(cls, notice: Notice, reply: Reply) -> "Receipt":
        """From the answer; `proven` has its receipt verified."""
        told = json.loads(reply.body)
        digest = hashlib.sha256(notice.raw).digest()
        return cls(
            Answer(SUBMIT, notice.key, digest, reply.status, reply.body, told["id"]),
            Taken(told["id"], notice.raw, base64.b64decode(told["leaf"])),
            told["receipt"],
            frozenset(clock["name"] for clock in told["clocks"]),
        )

    def proven(self, keys: Sequence[VerifyKey]) -> "Receipt":
        """Verify the receipt as its holder would, and return the promise."""
        proof = verify.verify(self.custody.encode(), keys=keys)
        if (proof.notice, proof.leaf_hash) != (self.taken.notice, self.taken.leaf_hash):
            raise ValueError("the receipt is of another notice than its answer")
        return self

    def broken(self, ledger: Ledger) -> str:
        missing = list(self.taken.missing(ledger))
        if ledger.answers.get((SUBMIT, self.answer.key)) != self.answer:
            missing.append("the answer")
        if ledger.books.clocks.get(self.taken.notice, {}).keys() != self.clocks:
            missing.append("the clocks")
        event = ledger.first.get(self.taken.notice)
        if event and event.custody != self.custody:
            missing.append("the receipt")
        return ", ".join(missing)


@dataclass(frozen=True, slots=True)
class BatchReceipt:
    """Many notices were taken at once, under one answer and one receipt."""

    answer: Answer
    taken: tuple[Taken, ...]

    @classmethod
    def of(cls, batch: Batch, reply: Reply, keys: Sequence[VerifyKey]) -> "BatchReceipt":
        """From the answer, in which every item was taken; its receipt is verified."""
        told = json.loads(reply.body)
        taken = tuple(
            Taken(item["id"], raw, base64.b64decode(item["leaf"]))
            for item, raw in zip(told["items"], batch.items, strict=True)
        )
        verify.verify(told["receipt"].encode(), keys=keys, leaves=[one.leaf_hash for one in taken])
        digest = hashlib.sha256(batch.raw).digest()
        return cls(Answer(BATCH, batch.key, digest, 200, reply.body, taken[0].notice), taken)

    def broken(self, ledger: Ledger) -> str:
        missing = [f"{words} of item {place}" for place, one in enumerate(self.taken) for words in one.missing(ledger)]
        if ledger.answers.get((BATCH, self.answer.key)) != self.answer:
            missing.append("the answer")
        return ", ".join(missing)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The recipient's deed: the answer to its key, and the event."""

    key: str
    notice: str
    raw: bytes
    body: bytes

    def broken(self, ledger: Ledger) -> str:
        route = f"POST {NOTICES}/{self.notice}/acknowledgement"
        wanted = Answer(route, self.key, hashlib.sha256(self.raw).digest(), 200, self.body, self.notice)
        if ledger.answers.get((route, self.key)) != wanted:
            return "the answer"
        return "" if self.notice in ledger.acknowledged else "the event"


@dataclass(frozen=True, slots=True)
class Issue:
    """A token that was shown works."""

    token: str

    def broken(self, ledger: Ledger) -> str:
        return "" if hashlib.sha256(self.token.encode()).digest() in ledger.books.tokens else "the token"


@dataclass(frozen=True, slots=True)
class Revocation:
    """A token that was revoked never works again."""

    id: str

    def broken(self, ledger: Ledger) -> str:
        return "" if self.id in ledger.revoked else "the revocation"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file was taken: it is there, whole, and a notice may name it."""

    sha256: bytes

    def broken(self, ledger: Ledger) -> str:
        found = [one for one in ledger.books.uploads if one.sha256 == self.sha256]
        return "" if any(sealed.is_stored(one, ledger.folder) for one in found) else "the uploaded file"


@dataclass(frozen=True, slots=True)
class SignIn:
    """The page's write, which goes through a lent connection: the time of the sign-in."""

    email: str

    def broken(self, ledger: Ledger) -> str:
        return "" if self.email in ledger.books.signed_in else "the time of the sign-in"


@dataclass(frozen=True, slots=True)
class WrongPassword:
    """A wrong password is counted against the guesser: a power cut gives no new tries."""

    tries: int

    def broken(self, ledger: Ledger) -> str:
        return "" if ledger.books.wrong_passwords >= self.tries else "the count of wrong passwords"


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """The key that receipts are verified with: were it lost, the next start would sign with another."""

    path: str
    content: bytes

    def broken(self, ledger: Ledger) -> str:
        path = ledger.folder / self.path
        return "" if path.exists() and path.read_bytes() == self.content else "the key"
