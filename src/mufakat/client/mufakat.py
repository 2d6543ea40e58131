"""The client itself: one method for each thing that can be asked of the API."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from urllib.parse import quote, urlencode

from mufakat.client import answers, signing
from mufakat.client.agreements import Agreements
from mufakat.client.answers import Batch, Decided, Message, Taken
from mufakat.client.banks import Banks
from mufakat.client.errors import BadAnswerError, UntrustedReceiptError
from mufakat.client.hits import Hits
from mufakat.client.http import Transport
from mufakat.client.notifications import Notifications
from mufakat.client.policies import Policies
from mufakat.client.receipts import Receipts
from mufakat.client.restrictions import Restrictions
from mufakat.client.signing import Signing
from mufakat.proof import tenure, verify
from mufakat.proof.errors import ProofError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from mufakat.client.http import Response
    from mufakat.proof.key import SigningKey
    from mufakat.proof.signed import Given
    from mufakat.proof.tenure import Trusted
    from mufakat.proof.verify import Verified

TOKEN = re.compile(r"[!-~]{1,4096}")
KEY = re.compile(r"[!-~]{1,255}")

NDJSON = "application/x-ndjson"
JUDGED = 600.0  # Seconds without a byte: a file of a million lines is judged before it is answered.
TAKEN = 7_200.0  # Seconds in all for such a file.
PIECE = 1024 * 1024  # Bytes of a file that are in memory at once.


@dataclass
class Client(Agreements, Banks, Hits, Notifications, Policies, Receipts, Restrictions, Signing):
    """Speaks for one token.

    ``keys`` are the keys that receipts are verified with: get them once, by a way you trust, and keep them. Without
    any, ``trust()`` takes the server's own word for them. With ``signing_key``, which your party enrolled, notices,
    deliveries and acknowledgements are signed, for the log of ``keys`` or the one called ``origin``. Threads may share
    it, and take turns: for speed give each its own.
    """

    url: str
    token: str = field(repr=False)
    keys: Sequence[Trusted] = ()
    transport: Transport | None = None
    signing_key: SigningKey | None = field(default=None, repr=False)
    origin: str = ""

    def __post_init__(self) -> None:
        self.token = self.token.strip()  # As it comes out of a file.
        if not TOKEN.fullmatch(self.token):
            raise ValueError("a token is one word of visible ASCII characters")  # It is not repeated here.
        if self.transport is None:
            self.transport = Transport(self.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connection go."""
        self._transport.close()

    # -- Sending -----------------------------------------------------------------------------------------------------

    def submit(self, notice: Mapping[str, Any] | bytes, *, key: str | None = None) -> Taken:
        """Send a notice. Repeated with the same key it is the same notice; without one, a key is made for this call.

        Raises ProblemError when it is refused, UnreachableError (with the key) when no answer came.
        """
        key = key or secrets.token_urlsafe(24)
        body = _bytes(notice)
        answer = self._post("/api/v1/notices", body, key, given=self._signed_notice(body))
        return answers.taken_of(answers.whole(answer, key), key, "idempotent-replayed" in answer.headers)

    def submit_batch(self, notices: Sequence[Mapping[str, Any] | bytes], *, key: str | None = None) -> Batch:
        """Send up to 1,000 notices. Each is judged alone: look at the status of every item."""
        key = key or secrets.token_urlsafe(24)
        items = [_bytes(one) for one in notices]
        body = b'{"notices":[' + b",".join(items) + b"]"
        if self.signing_key is not None:
            # Of the bytes as the server finds them: without the blanks around an item.
            given = [self._signed_notice(item.strip(b" \t\r\n")) for item in items]
            body += b',"signatures":' + json.dumps([signing.told(one) for one in given]).encode()
        body += b"}"
        answer = answers.whole(self._post("/api/v1/notices/batch", body, key), key)
        outcome, receipt = answers.items_of(answer, key), answer.get("receipt")
        if [item.get("index") for item in outcome] != list(range(len(notices))):
            raise BadAnswerError("it does not speak of every item of the batch, in order", key)
        if receipt is not None and not isinstance(receipt, str):
            raise BadAnswerError("its receipt is no text", key)
        return Batch(outcome, receipt, key)

    def upload(self, file: Path | str | BinaryIO) -> str:
        """Store a file of evidence, at most 50 MiB, and return its SHA-256: what a notice of the next 24 hours names.

        A file that is open already is sent from where it stands; it must be one that can be read twice. Nothing is held
        in memory. Repeated, it stores nothing twice.
        """
        if not isinstance(file, str | Path):
            return self._upload(file)
        with Path(file).open("rb") as opened:
            return self._upload(opened)

    def acknowledge(self, notice: str, *, note: str = "", key: str | None = None) -> Taken:
        """Say that your party has it; signed, where there is a ``signing_key``."""
        given = self._signed_receipt(self._checked(notice), "notice.acknowledged", note) if self.signing_key else None
        return self._turn(notice, "acknowledgement", {"note": note}, key, given)

    def take_delivery(self, notice: str, *, key: str | None = None) -> Taken:
        """Fetch a notice and sign that it arrived, with the ``signing_key``; doing it again changes nothing.

        The answer is the notice as ``notice()`` gives it, with its content.
        """
        if self.signing_key is None:
            raise ValueError("a delivery is signed: give the client a signing_key")
        found = self._checked(notice)
        self._turn(notice, "delivery", {}, key, self._signed_receipt(found, "notice.delivered"))
        return found

    def seen(self, notice: str, *, key: str | None = None) -> Taken:
        """Say that a person or system of your party has seen it: no promise yet, and no clock stops."""
        return self._turn(notice, "seen", {}, key)

    def reply(self, notice: str, text: str, *, key: str | None = None) -> Message:
        """Write to the other side. Repeated with the same key it is the same message."""
        key = key or secrets.token_urlsafe(24)
        answer = self._post(f"/api/v1/notices/{quote(notice, safe='')}/messages", _bytes({"text": text}), key)
        return answers.message_of(answers.whole(answer, key), key, "idempotent-replayed" in answer.headers)

    def hand_over(self, notice: str, *, to: str | None, note: str = "", key: str | None = None) -> Taken:
        """Put it into the hands of a colleague, such as ``reviewer-2``; None gives it back to all of your party."""
        return self._turn(notice, "handover", {"to": to, "note": note}, key)

    def withdraw(self, notice: str, *, reason: str, key: str | None = None) -> Taken:
        """Take a notice of your party back."""
        return self._turn(notice, "withdrawal", {"reason": reason}, key)

    def warn(  # noqa: PLR0913 - what a letter is made of, each by name.
        self,
        notice: str,
        step: str,
        text: str,
        *,
        language: str | None = None,
        legal_ground: Mapping[str, str] | None = None,
        reasons_weighed: str | None = None,
        key: str | None = None,
    ) -> Mapping[str, Any]:
        """Send a step of the notice's ladder as a document, with its number and receipt.

        Raises ProblemError where the profile has no such step, or where its turn or time has not come.
        """
        key = key or secrets.token_urlsafe(24)
        told = {"step": step, "text": text, "language": language, "legal_ground": legal_ground}
        body = _bytes({**told, "reasons_weighed": reasons_weighed})
        return answers.whole(self._post(f"/api/v1/notices/{quote(notice, safe='')}/warnings", body, key), key)

    # -- Deciding ----------------------------------------------------------------------------------------------------

    def decide(self, notice: str, decision: Mapping[str, Any] | bytes, *, key: str | None = None) -> Decided:
        """Decide on a notice that your party received, or ask for information; repeated with the same key it is one.

        Raises ProblemError with every fault where reasons are incomplete, UnreachableError (with the key) when no
        answer came.
        """
        key = key or secrets.token_urlsafe(24)
        answer = self._post(f"/api/v1/notices/{quote(notice, safe='')}/decision", _bytes(decision), key)
        return answers.decided_of(answers.whole(answer, key), key, "idempotent-replayed" in answer.headers)

    def approve_measure(self, measure: str, *, note: str = "", key: str | None = None) -> Mapping[str, Any]:
        """Agree, as a second person, to a measure that cannot be undone."""
        return self._moved(f"measures/{quote(measure, safe='')}/approval", {"note": note}, key)

    def decline_measure(self, measure: str, *, reason: str, key: str | None = None) -> Mapping[str, Any]:
        """Disagree, as a second person: the measure is never put in hand."""
        return self._moved(f"measures/{quote(measure, safe='')}/declining", {"reason": reason}, key)

    def confirm_measure(
        self, measure: str, *, note: str = "", undone: bool | None = None, key: str | None = None
    ) -> Mapping[str, Any]:
        """Say that a measure is carried out; or undone, where it was to be. Saying it again changes nothing.

        ``undone`` says which of the two you mean: a measure may end, or be reversed, meanwhile.
        """
        told: dict[str, Any] = {"note": note} if undone is None else {"note": note, "undone": undone}
        return self._moved(f"measures/{quote(measure, safe='')}/confirmation", told, key)

    def fail_measure(self, measure: str, *, reason: str, key: str | None = None) -> Mapping[str, Any]:
        """Say that a measure could not be carried out, or not undone."""
        return self._moved(f"measures/{quote(measure, safe='')}/failure", {"reason": reason}, key)

    def give_reasons(self, statement: str, *, how: str, key: str | None = None) -> Mapping[str, Any]:
        """Say that the statement of reasons reached whoever is affected, and by which way, such as ``in_service``."""
        return self._moved(f"statements/{quote(statement, safe='')}/delivery", {"how": how}, key)

    def decision(self, decision: str) -> Decided:
        """One decision; ``raw["appeal"]`` is the code for whoever is affected, for those who hand it out."""
        return answers.decided_of(self._get(f"/api/v1/decisions/{quote(decision, safe='')}"))

    def measures(self, *, state: str = "") -> Iterator[Mapping[str, Any]]:
        """Your party's measures, oldest first, fetched as you go; without a state those that wait for somebody."""
        yield from self._pages("/api/v1/measures", {"state": state})

    # -- Reading -----------------------------------------------------------------------------------------------------

    def notice(self, notice: str) -> Taken:
        """One notice; ``raw["notice"]`` is the body as it was sent, while it is not erased."""
        return answers.taken_of(self._get(f"/api/v1/notices/{quote(notice, safe='')}"))

    def notices(self, *, state: str = "", to: str = "") -> Iterator[Taken]:
        """All notices of your party, newest first, fetched page by page as you go."""
        yield from map(answers.taken_of, self._pages("/api/v1/notices", {"state": state, "to": to}))

    def messages(self, notice: str) -> Iterator[Message]:
        """What both sides wrote about a notice, oldest first, fetched page by page as you go."""
        yield from map(answers.message_of, self._pages(f"/api/v1/notices/{quote(notice, safe='')}/messages", {}))

    def warnings(self, notice: str) -> Sequence[Mapping[str, Any]]:
        """What was sent on the ladders of a notice, oldest first."""
        return answers.items_of(self._get(f"/api/v1/notices/{quote(notice, safe='')}/warnings"))

    def events(self, notice: str) -> Sequence[Mapping[str, Any]]:
        """What happened to a notice: leaves, and what opens their commitments."""
        return answers.items_of(self._get(f"/api/v1/notices/{quote(notice, safe='')}/events"))

    def parties(self) -> Sequence[Mapping[str, Any]]:
        """To whom a notice can be sent."""
        return answers.items_of(self._get("/api/v1/parties"))

    # -- Trusting ----------------------------------------------------------------------------------------------------

    def trust(self, shard: str = "1") -> Sequence[Trusted]:
        """Take the server's keys of a shard as they are now. Compare them with what you got another way."""
        answer = self._transport.request("GET", f"/log/{quote(shard, safe='')}/keys.json", body=None, headers={})
        try:
            self.keys = tenure.read(answers.good(answer).body.decode())
        except (ProofError, UnicodeDecodeError, RecursionError) as error:
            raise BadAnswerError(f"no keys: {error}") from None
        return self.keys

    def verify(self, taken: Taken | Message | Decided) -> Verified:
        """Check the receipt of a notice, message or decision, and that it speaks of this notice and this leaf."""
        try:
            found = verify.verify(taken.receipt.encode(), keys=self.keys)
        except ProofError as error:
            raise UntrustedReceiptError(str(error)) from error
        notice = taken.id if isinstance(taken, Taken) else taken.notice
        if found.notice != notice or found.leaf_hash != answers.bytes_of(taken.leaf):
            raise UntrustedReceiptError("the receipt is good, but of another notice")
        return found

    def verify_batch(self, batch: Batch) -> Verified | None:
        """Check the receipt of a batch against the leaves of the items that were taken; None when none was."""
        leaves = [answers.bytes_of(one.get("leaf")) for one in batch.items if one.get("status") == 201]
        if batch.receipt is None and not leaves:
            return None
        try:
            return verify.verify((batch.receipt or "").encode(), keys=self.keys, leaves=leaves)
        except ProofError as error:
            raise UntrustedReceiptError(str(error)) from error

    # -- Inside ------------------------------------------------------------------------------------------------------

    @property
    def _transport(self) -> Transport:
        if self.transport is None:  # pragma: no cover - __post_init__ made one.
            raise ValueError("no transport")
        return self.transport

    def _pages(self, path: str, asked: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        after = ""
        met: set[str] = set()
        while after not in met:
            met.add(after)
            page = self._get(f"{path}?{urlencode({**asked, 'after': after})}")
            yield from answers.items_of(page)
            following = page.get("next")
            if following is None or following == "":
                return
            if not isinstance(following, str):
                raise BadAnswerError("the next page has no name")
            after = following
        raise BadAnswerError("the pages go round in a circle")

    def _upload(self, file: BinaryIO) -> str:
        start = file.tell()
        hashed = hashlib.sha256()
        while part := file.read(PIECE):
            hashed.update(part)
        digest, length = hashed.hexdigest(), file.tell() - start
        file.seek(start)
        headers = {
            **self._headers(),
            "Content-Type": "application/octet-stream",
            "Content-Length": str(length),
        }
        stored = json.loads(
            answers.good(self._transport.request("PUT", f"/api/v1/evidence/{digest}", body=file, headers=headers)).body
        )
        return str(stored["sha256"])

    def _imported(self, path: str, file: Path | str | BinaryIO) -> Sequence[Mapping[str, Any]]:
        if isinstance(file, str | Path):
            with Path(file).open("rb") as opened:
                return self._imported(path, opened)
        start = file.tell()
        length = file.seek(0, os.SEEK_END) - start
        file.seek(start)
        # Taken twice it is taken once, so that it has a key like everything that may be repeated.
        headers = {
            **self._headers(),
            "Content-Type": NDJSON,
            "Content-Length": str(length),
            "Idempotency-Key": f'"{secrets.token_urlsafe(24)}"',
        }
        patient = replace(self._transport, timeout=JUDGED, deadline=TAKEN)
        try:
            answer = answers.good(patient.request("POST", path, body=file, headers=headers))
        finally:
            patient.close()
        return [answers.an_object(line) for line in answer.body.splitlines()]

    def _read(self, path: str, *, headers: Mapping[str, str] | None = None) -> bytes:
        sent = {**self._headers(), "Accept": "*/*", **(headers or {})}
        return answers.good(self._transport.request("GET", path, body=None, headers=sent)).body

    def _handed_in(self, path: str, file: Path | str | BinaryIO, media_type: str, key: str | None) -> Mapping[str, Any]:
        if isinstance(file, str | Path):
            with Path(file).open("rb") as opened:
                return self._handed_in(path, opened, media_type, key)
        key = _key(key)
        start = file.tell()
        length = file.seek(0, os.SEEK_END) - start
        file.seek(start)
        headers = {
            **self._headers(),
            "Content-Type": media_type,
            "Content-Length": str(length),
            "Idempotency-Key": f'"{key}"',
        }
        return answers.whole(answers.good(self._transport.request("POST", path, body=file, headers=headers)), key)

    def _checked(self, notice: str) -> Taken:
        """The notice, whose receipt is verified where there are keys to do it: what is signed must be true."""
        found = self.notice(notice)
        if self.keys:
            self.verify(found)
        return found

    def _turn(
        self, notice: str, deed: str, told: Mapping[str, str | None], key: str | None, given: Given | None = None
    ) -> Taken:
        key = key or secrets.token_urlsafe(24)
        answer = self._post(f"/api/v1/notices/{quote(notice, safe='')}/{deed}", _bytes(told), key, given=given)
        return answers.taken_of(answers.whole(answer, key), key, "idempotent-replayed" in answer.headers)

    def _moved(self, place: str, told: Mapping[str, Any] | bytes, key: str | None) -> Mapping[str, Any]:
        key = key or secrets.token_urlsafe(24)
        return answers.whole(self._post(f"/api/v1/{place}", _bytes(told), key), key)

    def _lines(self, path: str, body: bytes) -> list[Mapping[str, Any]]:
        key = secrets.token_urlsafe(24)  # It says that this may be repeated.
        answer = self._post(path, body, key, form="application/x-ndjson")
        return [answers.an_object(line, key) for line in answer.body.split(b"\n") if line.strip()]

    def _post(
        self, path: str, body: bytes, key: str, *, form: str = "application/json", given: Given | None = None
    ) -> Response:
        headers = {**self._headers(), "Content-Type": form, "Idempotency-Key": f'"{_key(key)}"'}
        headers |= signing.header(given)
        return answers.good(self._transport.request("POST", path, body=body, headers=headers))

    def _get(self, path: str) -> Mapping[str, Any]:
        return answers.whole(answers.good(self._transport.request("GET", path, body=None, headers=self._headers())))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}


def _key(key: str | None) -> str:
    """The key that was given, or a new one."""
    made = key or secrets.token_urlsafe(24)
    if not KEY.fullmatch(made):
        raise ValueError("a key is 1 to 255 visible ASCII characters")
    return made


def _bytes(body: Mapping[str, Any] | bytes) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
