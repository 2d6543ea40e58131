"""Lives of the real server under the recorder: what was sent, what is owed since when, and every file operation."""

import base64
import hashlib
import json
import queue
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import clients
import promises
import recorder
from clients import Batch, Client, Notice, Reply, Upload
from crashstates import differences
from promises import BatchReceipt, Promise, Receipt
from recorder import Recording

from mufakat.cli._server import Instance
from mufakat.proof.key import VerifyKey

if TYPE_CHECKING:
    from tests.houses import Server

CLIENTS = 8


@dataclass
class Life:
    """One recorded life of the server: what was sent, what is owed since when, and every file operation."""

    server: "Server"
    log: Path
    seed: int
    notices: dict[str, Notice] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    promises: dict[str, Promise] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    recording: Recording = field(default_factory=lambda: Recording((), ()))
    unseen: list[str] = field(default_factory=list)  # What the recorder missed: it must be nothing.
    keys: list[VerifyKey] = field(default_factory=list)  # What the server publishes.

    @property
    def receipts(self) -> int:
        """How many notices have one."""
        batched = sum(len(batch.taken) for batch in self.promises.values() if isinstance(batch, BatchReceipt))
        return batched + sum(isinstance(promise, Receipt) for promise in self.promises.values())

    def owe(self, name: str, make: Callable[[], Promise]) -> None:
        """Note that an answer is in hand, now; what it promises is worked out afterwards."""
        mark = recorder.mark(self.log)
        self.promises[name], self.marks[name] = make(), mark

    @property
    def instance(self) -> Instance:
        """The command line's way in."""
        return Instance(None, self.server.data)


def first_life(server: "Server", library: Path, *, seed: int, count: int) -> Life:
    """Record a server that makes its key, takes notices from many senders, and is killed.

    In between come batches, the recipient acknowledges, a token is issued and revoked, and people sign in, with the
    right password and the wrong one.
    """
    shutil.rmtree(server.data / "keys")  # Nothing was signed with it; this life makes its own.
    life = Life(server, server.data.parent / "first.log", seed)
    known, tokens = _begun(life, library)
    representative = _issue(life, "telegram", "representative")
    work = list(islice(clients.notices(tokens, prefix="first", rng=Random(seed)), count))  # noqa: S311  Reproducible.
    taken: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    with ThreadPoolExecutor(1) as beside:
        deeds = _interleaved(_deeds(life, tokens), _evidence(life, tokens))
        others = beside.submit(_others, life, representative, deeds, taken)
        try:
            _send(life, work, taken)
        finally:
            taken.put(None)
        others.result()
    server.kill()
    return _ended(life, known)


def second_life(life: Life, library: Path, *, count: int) -> Life:
    """Record the next start on what the kill left, more notices, and an orderly end."""
    server = life.server
    later = Life(server, server.data.parent / "second.log", life.seed, dict(life.notices), dict(life.batches))
    later.uploads = list(life.uploads)
    later.promises, later.marks = dict(life.promises), dict.fromkeys(life.promises, 0)  # In hand from the beginning.
    known, tokens = _begun(later, library)
    made = clients.notices(tokens, prefix="second", rng=Random(life.seed))  # noqa: S311  Reproducible, not secret.
    _send(later, list(islice(made, count)), queue.SimpleQueue())
    if server.stop() != 0:
        raise RuntimeError("the server did not end well")
    return _ended(later, known)


def _begun(life: Life, library: Path) -> tuple[tuple[recorder.Known, ...], list[str]]:
    known = recorder.photograph(life.server.data)
    life.server.environ.update(recorder.environment(library, root=life.server.data, log=life.log))
    life.server.start()
    with Client(life.server.port) as client:
        published = json.loads(client.request("GET", "/log/1/keys.json").body)
    file = life.server.data / "keys" / "1.key"
    life.owe("key", lambda: promises.PublishedKey("keys/1.key", file.read_bytes()))
    life.keys = [VerifyKey.parse(one["vkey"]) for one in published["keys"]]
    return known, [_issue(life, handle, "officer") for handle in ("kominfo", "bnpt")]


def _ended(life: Life, known: tuple[recorder.Known, ...]) -> Life:
    life.recording = Recording(known, recorder.read(life.log), life.marks)
    life.unseen = differences(life.recording, life.server.data)
    return life


def _issue(life: Life, handle: str, seat: str) -> str:
    token = str(life.instance.deed("token-issue", {"party": handle, "role": seat})["token"])
    life.owe(f"token of {handle} in {life.log.stem}", lambda: promises.Issue(token))
    return token


def _send(life: Life, work: Sequence[Notice], taken: "queue.SimpleQueue[str | None]") -> None:
    def heard(notice: Notice, reply: Reply | None) -> None:
        if reply is None or reply.status != 201:
            raise RuntimeError(f"{notice.key} was answered {reply}")
        life.owe(notice.key, lambda: Receipt.of(notice, reply).proven(life.keys))
        taken.put(json.loads(reply.body)["id"])

    life.notices.update({notice.key: notice for notice in work})
    clients.drive(life.server.port, work, clients=CLIENTS, heard=heard)


def _others(life: Life, representative: str, deeds: Iterator[None], taken: "queue.SimpleQueue[str | None]") -> None:
    """Do while the notices come in whatever else writes."""
    for number, notice in enumerate(iter(taken.get, None)):
        if number % 8 == 0:
            _acknowledge(life, representative, notice)
        if number % 10 == 5:
            next(deeds, None)
    for _ in deeds:
        """Whatever there was no time for."""


def _interleaved(*deeds: Iterator[None]) -> Iterator[None]:
    """One deed of each in turn, until none is left."""
    for step in zip_longest(*deeds):
        yield from step


def _evidence(life: Life, tokens: Sequence[str]) -> Iterator[None]:
    """Upload a file at each step: of every third nothing more is heard, the others are named by a notice at once."""
    rng = Random(life.seed + 2)  # noqa: S311  Reproducible, not secret.
    made = clients.notices(tokens, prefix="naming", rng=rng)
    for number, size in enumerate((0, 1, 5_000, 65_536, 65_537, 131_072, 200_000, 400_000, 1_500_000)):
        notice = next(made)
        upload = Upload(notice.token, rng.randbytes(size))
        life.uploads.append(upload)
        with Client(life.server.port) as client:
            reply = client.upload(upload)
            if reply.status != 201:
                raise RuntimeError(f"the upload was answered {reply}")
            life.owe(f"upload of {size} bytes", partial(promises.Stored, bytes.fromhex(upload.sha256)))
            if number % 3 != 2:
                _name(life, client, notice, upload)
        yield


def _name(life: Life, client: Client, notice: Notice, upload: Upload) -> None:
    """Send a notice that names the file, and one within itself."""
    inside = upload.content[:3_000] + b"inside"
    files = [
        {"name": "uploaded.bin", "sha256": upload.sha256},
        {"name": "inside", "sha256": hashlib.sha256(inside).hexdigest(), "content": base64.b64encode(inside).decode()},
    ]
    evidence = [{"media_type": "application/octet-stream", **file} for file in files]
    naming = Notice(notice.key, notice.token, json.dumps({**json.loads(notice.raw), "evidence": evidence}).encode())
    life.notices[naming.key] = naming
    reply = client.submit(naming)
    if reply.status != 201:
        raise RuntimeError(f"the notice that names a file was answered {reply}")
    life.owe(naming.key, lambda: Receipt.of(naming, reply).proven(life.keys))


def _acknowledge(life: Life, representative: str, notice: str) -> None:
    raw, key = json.dumps({"note": "Seen, we look at it."}).encode(), f"acknowledged-{notice}"
    path = f"{clients.NOTICES}/{notice}/acknowledgement"
    with Client(life.server.port) as client:
        reply = client.post(path, raw, token=representative, key=key)
    if reply.status != 200:
        raise RuntimeError(f"the acknowledgement was answered {reply}")
    life.owe(key, partial(promises.Acknowledgement, key, notice, raw, reply.body))


def _deeds(life: Life, tokens: Sequence[str]) -> Iterator[None]:
    """Do one deed at each step."""
    (email, password), (other, _) = (
        life.server.accounts[seat] for seat in (("bnpt", "officer"), ("isp-a", "engineer"))
    )
    for tries in (1, 2):
        with Client(life.server.port) as client:
            if client.sign_in(other, "not the password").status != 200:
                raise RuntimeError("the page did not come again")
        life.owe(f"wrong password {tries}", partial(promises.WrongPassword, tries))
        yield
    items = clients.notices(tokens[:1], prefix="item", rng=Random(life.seed + 1))  # noqa: S311  Reproducible.
    for size in (20, 150):  # The larger one waits in a queue of its own.
        batch = Batch(f"batch-of-{size}", tokens[0], tuple(one.raw for one in islice(items, size)))
        life.batches[batch.key] = batch
        with Client(life.server.port) as client:
            reply = client.submit_batch(batch)
        life.owe(batch.key, partial(BatchReceipt.of, batch, reply, life.keys))
        yield
    with Client(life.server.port) as client:
        if client.sign_in(email, password).status != 302:
            raise RuntimeError("the sign-in was refused")
    life.owe("sign-in", lambda: promises.SignIn(email))
    yield
    issued = life.instance.deed("token-issue", {"party": "isp-a", "role": "engineer"})
    life.owe("token to revoke", lambda: promises.Issue(issued["token"]))
    yield
    life.instance.deed("token-revoke", {"id": issued["id"]})
    life.owe("revocation", lambda: promises.Revocation(issued["id"]))
