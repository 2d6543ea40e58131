"""Many senders at once, of a server that may die under them: only the standard library, one connection a sender."""

import base64
import hashlib
import http.client
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Self
from urllib.parse import urlencode

NOTICES = "/api/v1/notices"
SIGN_IN = "/account/login/"


class LostError(ConnectionError):
    """The connection broke before the whole answer was read: what became of the request is not known."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a sender repeats until it is answered."""

    key: str
    token: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Many notices under one key."""

    key: str
    token: str
    items: tuple[bytes, ...]

    @property
    def raw(self) -> bytes:
        return b'{"notices":[' + b",".join(self.items) + b"]}"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a notice is to name."""

    token: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def is_replay(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def problem(self) -> str:
        """The last word of a problem's type; empty where the answer is none."""
        if self.headers.get("content-type") != "application/problem+json":
            return ""
        return str(json.loads(self.body)["type"]).rpartition(":")[2]


class Client:
    """One persistent connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def request(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """Send and read the whole answer; LostError where it does not come whole."""
        try:
            self._connection.request(method, path, body, dict(headers or {}))
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise LostError(str(error)) from error
        return Reply(answer.status, content, {name.lower(): value for name, value in answer.getheaders()})

    def post(self, path: str, body: bytes, *, token: str, key: str) -> Reply:
        """One deed of the API."""
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        return self.request("POST", path, body, headers)

    def submit(self, notice: Notice) -> Reply:
        return self.post(NOTICES, notice.raw, token=notice.token, key=notice.key)

    def submit_batch(self, batch: Batch) -> Reply:
        return self.post(f"{NOTICES}/batch", batch.raw, token=batch.token, key=batch.key)

    def upload(self, upload: Upload) -> Reply:
        headers = {"Authorization": f"Bearer {upload.token}", "Content-Type": "application/octet-stream"}
        return self.request("PUT", f"/api/v1/evidence/{upload.sha256}", upload.content, headers)

    def sign_in(self, email: str, password: str) -> Reply:
        """Fill in the page as a browser does."""
        page = self.request("GET", SIGN_IN)
        cookie = page.headers["set-cookie"].partition(";")[0]
        hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.body.decode())
        assert hidden is not None, page.body
        form = {"csrfmiddlewaretoken": hidden[1], "login": email, "password": password}
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", SIGN_IN, urlencode(form).encode(), headers)


def notices(tokens: Sequence[str], *, prefix: str, rng: Random) -> Iterator[Notice]:
    """Make notices for ever, of different sizes: most of one page of the database, some of many."""
    number = 0
    while True:
        number += 1
        made: dict[str, object] = {
            "to": "telegram",
            "kind": "trusted_flag",
            "category": "terrorism",
            "urgency": "urgent",
            "locators": [f"https://t.me/examplechannel/{rng.randrange(1, 10**6)}" for _ in range(rng.randint(1, 4))],
            "explanation": f"Notice {number}: " + "a made-up placeholder " * int(rng.paretovariate(1) * 4 % 500),
            "language": "en",
            "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40"},
        }
        if number % 16 == 0:
            content = rng.randbytes(rng.randint(2_000, 40_000))
            made["evidence"] = [
                {
                    "name": "capture.png",
                    "media_type": "image/png",
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "content": base64.b64encode(content).decode(),
                }
            ]
        yield Notice(f"{prefix}-{number}", tokens[number % len(tokens)], json.dumps(made).encode())


def drive(port: int, work: Iterable[Notice], *, clients: int, heard: Callable[[Notice, Reply | None], None]) -> None:
    """Send all of it in parallel; `heard` is called in the sender's thread the moment it has the whole answer.

    It is called with None where the connection broke; that sender then sends no more.
    """
    waiting = iter(work)
    turn = threading.Lock()

    def send() -> None:
        with Client(port) as client:
            while True:
                with turn:
                    notice = next(waiting, None)
                if notice is None:
                    return
                try:
                    reply = client.submit(notice)
                except LostError:
                    heard(notice, None)
                    return
                heard(notice, reply)

    with ThreadPoolExecutor(clients) as pool:
        for sender in [pool.submit(send) for _ in range(clients)]:
            sender.result()


def send_all(port: int, work: Iterable[Notice], *, clients: int) -> dict[str, Reply]:
    """Send all of it to a server that lives, and return the answers by key; LostError where one does not come."""
    answers: dict[str, Reply] = {}

    def heard(notice: Notice, reply: Reply | None) -> None:
        if reply is None:
            raise LostError(f"no answer to {notice.key}")
        answers[notice.key] = reply

    drive(port, work, clients=clients, heard=heard)
    return answers
