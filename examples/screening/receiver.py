"""A receiver of measures to start from: it takes the webhooks of an instance and does to items what their hits say.

    export MUFAKAT_URL=https://mufakat.example MUFAKAT_TOKEN=... MUFAKAT_WEBHOOK_SECRET=whsec_...
    python receiver.py --port 8080 --database measures.sqlite3

The token is that of a reviewer of the platform, the secret that of the endpoint (`mufakat endpoint set`). Nothing but
the standard library and `mufakat.client` is needed.

A webhook names a hit and says nothing of it. So the hit is asked for, and how it stands *now* decides: it does not
matter in which order webhooks come, or how often. An item is treated as the strongest of its hits asks for; when one of
them is released or restored, what the others ask for remains. `carry_out` is where your own service does it.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import quote

from mufakat.client import ClientError, Transport
from mufakat.client.webhooks import Receiver, WebhookEvent
from mufakat.formats.webhook import WebhookRefusedError

ABOUT_HITS = frozenset({"filter.hit", "hit.released", "hit.blocked", "hit.restored"})
STRENGTH = ("none", "label", "warn", "hold", "block")  # From the mildest on.
OF_STATE = {"held": "hold", "blocked": "block", "released": "none", "restored": "none"}
LARGEST = 20 * 1024  # Bytes of a webhook.
GONE = 404

TABLES = """
CREATE TABLE IF NOT EXISTS delivery (id TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hit (id TEXT PRIMARY KEY, item TEXT NOT NULL, measure TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS hit_of_item ON hit (item);
CREATE TABLE IF NOT EXISTS item (sha256 TEXT PRIMARY KEY, id TEXT, measure TEXT NOT NULL, since TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS step (item TEXT NOT NULL, measure TEXT NOT NULL, because TEXT NOT NULL, at TEXT NOT NULL);
"""
"""An item is known by the SHA-256 of your own id for it: of child sexual abuse the instance keeps nothing else."""


class NotNowError(Exception):
    """The instance cannot say how the hit stands: the webhook is to come again."""


class Instance:
    """Asks an instance how a hit stands."""

    def __init__(self, url: str, token: str) -> None:
        self._transport = Transport(url, timeout=10.0, deadline=20.0, attempts=2)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def hit(self, pk: str) -> dict[str, Any] | None:
        """The hit; None where it is none of this platform's."""
        try:
            answer = self._transport.request(
                "GET", f"/api/v1/hits/{quote(pk, safe='')}", body=None, headers=self._headers
            )
        except ClientError as error:
            raise NotNowError(str(error)) from error
        if answer.status == GONE:
            return None
        if answer.status != 200:
            raise NotNowError(f"the instance answered {answer.status}")
        try:
            found: dict[str, Any] = json.loads(answer.body)
        except ValueError as error:
            raise NotNowError("the instance answered with what is no JSON") from error
        return found


class Measures:
    """What is done to items, in one SQLite file. Every step is one transaction with what it follows from."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(TABLES)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def knows(self, delivery: str) -> bool:
        """Whether this delivery was carried out before: the same one may come again."""
        return bool(self._database.execute("SELECT 1 FROM delivery WHERE id = ?", [delivery]).fetchone())

    def follow(self, delivery: str, hit: dict[str, Any] | None) -> None:
        """Treat the item of a hit as all of its hits ask for, and note the delivery, together or not at all."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._database.execute("BEGIN IMMEDIATE")
        try:
            if hit is not None:
                self._treat(hit, at)
            self._database.execute("INSERT INTO delivery VALUES (?, ?)", [delivery, at])
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise

    def _treat(self, hit: dict[str, Any], at: str) -> None:
        sha256, own = hit["item"]["item_sha256"], hit["item"].get("item")
        self._database.execute("INSERT OR REPLACE INTO hit VALUES (?, ?, ?)", [hit["id"], sha256, asked_by(hit)])
        rows = self._database.execute("SELECT measure FROM hit WHERE item = ?", [sha256])
        after = max((row[0] for row in rows), key=STRENGTH.index)
        found = self._database.execute("SELECT measure, id FROM item WHERE sha256 = ?", [sha256]).fetchone()
        before, known = found or ("none", None)
        if after == before:
            return  # Said already, or weaker than what stands.
        carry_out(own or known, sha256, before, after)
        self._database.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?)", [sha256, own or known, after, at])
        self._database.execute("INSERT INTO step VALUES (?, ?, ?, ?)", [sha256, after, hit["id"], at])


def asked_by(hit: dict[str, Any]) -> str:
    """What a hit asks for as it stands: by its state; what only told something, by its action."""
    state, action = hit["state"], hit["action"]
    return OF_STATE.get(state, action if action in STRENGTH else "none")


def carry_out(item: str | None, sha256: str, before: str, after: str) -> None:
    """Here your service labels, warns of, hides or shows the item. Doing it again must change nothing.

    Raise where it cannot be done: nothing is noted then, and the webhook comes again.
    """
    print(f"{item or sha256}: {before} -> {after}", flush=True)


class Handler(BaseHTTPRequestHandler):
    """One webhook at a time, so that of two about one hit the later look is the one that stays."""

    receiver: Receiver
    instance: Instance
    measures: Measures
    timeout = 10.0  # Seconds that a sender may say nothing.

    def do_POST(self) -> None:
        """Take a webhook: 204 once it is safe here, 401 where it is not genuine, 503 where it is to come again."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length[:9]) > LARGEST:
            self._answer(413)
            return
        try:
            event = self.receiver.take(dict(self.headers.items()), self.rfile.read(int(length)))
        except WebhookRefusedError:
            self._answer(401)
            return
        try:
            self._follow(event)
        except NotNowError as error:
            self.log_message("%s is to come again: %s", event.delivery, error)
            self._answer(503)
        else:
            self._answer(204)

    def _follow(self, event: WebhookEvent) -> None:
        if event.type not in ABOUT_HITS or self.measures.knows(event.delivery):
            return
        self.measures.follow(event.delivery, self.instance.hit(str(event.data["case"])))

    def _answer(self, status: int) -> None:
        self.close_connection = True  # What of a refused body was not read must not be read as a request.
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="Does to items what the hits of an instance say.")
    parser.add_argument(
        "--port", type=int, default=8080, help="on 127.0.0.1; put a server with a certificate before it"
    )
    parser.add_argument("--database", default="measures.sqlite3")
    asked = parser.parse_args()
    with closing(Measures(asked.database)) as measures:
        Handler.receiver = Receiver(*os.environ["MUFAKAT_WEBHOOK_SECRET"].split())
        Handler.instance = Instance(os.environ["MUFAKAT_URL"], os.environ["MUFAKAT_TOKEN"])
        Handler.measures = measures
        with HTTPServer(("127.0.0.1", asked.port), Handler) as server:
            print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
            server.serve_forever()


if __name__ == "__main__":
    main()
