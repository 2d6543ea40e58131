"""The receiver of measures in `examples/screening`, as a process of its own: signed, in any order, never twice."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mufakat.formats import webhook
from mufakat.formats.webhook import Secret

PROGRAM = Path(__file__).parents[2] / "examples" / "screening" / "receiver.py"
SECRET = Secret(b"made-up secret of an endpoint...")
TOKEN = "mfk_made_up"


class Instance:
    """Answers how hits stand, as the API does."""

    def __init__(self):
        self.hits: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append((self.path, self.headers["Authorization"]))
                found = outer.hits.get(self.path.rpartition("/")[2])
                status = outer.status if outer.status != 200 else 200 if found else 404
                body = json.dumps(found or {"status": status}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def stands(self, hit, state, *, action="hold", item="m1", kept=True):
        told = {"item_sha256": sha256(item.encode()).hexdigest(), **({"item": item} if kept else {})}
        self.hits[hit] = {"id": hit, "state": state, "action": action, "rule": "r", "policy": "p/1", "item": told}

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Running:
    """The program, and what is sent to it."""

    def __init__(self, folder, instance):
        self.folder = folder
        self.environ = {
            **os.environ,
            "MUFAKAT_URL": f"http://127.0.0.1:{instance.server.server_port}",
            "MUFAKAT_TOKEN": TOKEN,
            "MUFAKAT_WEBHOOK_SECRET": SECRET.text(),
        }
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), "--port", "0", "--database", str(self.folder / "measures.sqlite3")],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().rpartition(":")[2])

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.communicate(timeout=60)

    def tell(self, type_, hit, *, delivery=None, **changed):
        """Send a webhook; the status of the answer."""
        at = datetime.now(UTC)
        body = webhook.payload(type_, at, {"event": "evt_made_up", "case": hit, "links": {}})
        named = delivery or f"{hit}-{type_}"
        headers = webhook.headers(named, body, keys=[SECRET], at=changed.pop("at", at)) | changed.pop("headers", {})
        return self.post(changed.pop("body", body), headers)

    def post(self, body, headers):
        line = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request("POST", "/", body=body, headers=headers)
            return line.getresponse().status
        finally:
            line.close()

    def rows(self, sql):
        file = sqlite3.connect(f"file:{quote(str(self.folder / 'measures.sqlite3'))}?mode=ro", uri=True)
        try:
            return file.execute(sql).fetchall()
        finally:
            file.close()

    @property
    def items(self):
        return dict(self.rows("SELECT coalesce(id, sha256), measure FROM item"))

    @property
    def steps(self):
        return [row[0] for row in self.rows("SELECT measure FROM step ORDER BY rowid")]


@pytest.fixture
def instance():
    made = Instance()
    yield made
    made.close()


@pytest.fixture
def running(tmp_path, instance):
    made = Running(tmp_path, instance)
    yield made
    made.stop()


def test_a_hit_is_carried_out_and_undone(running, instance):
    for state, type_ in (("held", "filter.hit"), ("blocked", "hit.blocked"), ("restored", "hit.restored")):
        instance.stands("hit_1", state)
        assert running.tell(type_, "hit_1") == 204
    assert (running.items, running.steps) == ({"m1": "none"}, ["hold", "block", "none"])
    assert {token for _, token in instance.asked} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("action", ["label", "warn"])
def test_what_is_only_told_is_done_by_its_action(running, instance, action):
    instance.stands("hit_1", "told", action=action)
    running.tell("filter.hit", "hit_1")
    assert running.items == {"m1": action}


def test_the_same_webhook_twice_changes_nothing_and_asks_nothing(running, instance):
    instance.stands("hit_1", "held")
    assert [running.tell("filter.hit", "hit_1") for _ in range(3)] == [204] * 3
    assert (running.steps, len(instance.asked)) == (["hold"], 1)


def test_webhooks_the_wrong_way_round_end_alike(running, instance):
    instance.stands("hit_1", "restored")
    running.tell("hit.restored", "hit_1")
    running.tell("filter.hit", "hit_1")
    assert (running.items, running.steps) == ({}, [])


def test_an_item_is_treated_as_the_strongest_of_its_hits_asks_for(running, instance):
    instance.stands("hit_1", "told", action="label")
    instance.stands("hit_2", "blocked")
    for hit in ("hit_2", "hit_1"):
        running.tell("filter.hit", hit)
    assert running.items == {"m1": "block"}
    instance.stands("hit_2", "restored")
    running.tell("hit.restored", "hit_2")
    assert (running.items, running.steps) == ({"m1": "label"}, ["block", "label"])


def test_an_item_of_which_the_instance_keeps_a_digest_alone_is_known_by_that(running, instance):
    instance.stands("hit_1", "held", kept=False)
    running.tell("filter.hit", "hit_1")
    assert running.items == {sha256(b"m1").hexdigest(): "hold"}


def test_what_is_not_genuine_is_not_carried_out(running, instance):
    instance.stands("hit_1", "held")
    old = datetime.now(UTC) - timedelta(minutes=6)
    assert running.tell("filter.hit", "hit_1", at=old) == 401
    assert running.tell("filter.hit", "hit_1", headers={webhook.SIGNATURE: "v1,AAAA"}) == 401
    assert running.tell("filter.hit", "hit_1", body=b"{}") == 401
    assert running.post(b"", {}) == 401
    assert running.post(b"x" * 20_481, {}) == 413
    assert (running.items, instance.asked) == ({}, [])


def test_other_events_are_taken_and_left_alone(running, instance):
    assert running.tell("notice.received", "ntc_1") == 204
    assert running.tell("filter.hit", "hit_of_nobody") == 204
    assert (running.items, [path for path, _ in instance.asked]) == ({}, ["/api/v1/hits/hit_of_nobody"])


def test_while_the_instance_cannot_be_asked_the_webhook_is_to_come_again(running, instance):
    instance.stands("hit_1", "held")
    instance.status = 500
    assert running.tell("filter.hit", "hit_1") == 503
    instance.status = 200
    assert running.tell("filter.hit", "hit_1") == 204
    assert running.items == {"m1": "hold"}


def test_what_was_done_is_still_known_after_it_was_killed(running, instance):
    instance.stands("hit_1", "held")
    running.tell("filter.hit", "hit_1")
    running.stop(signal.SIGKILL)
    running.start()
    assert running.tell("filter.hit", "hit_1") == 204
    assert (running.items, running.steps) == ({"m1": "hold"}, ["hold"])
