"""Updates are handed out as Telegram does: until they are confirmed, to one asker, or to a webhook with its secret."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from tests.telegram.bots import until


def test_an_update_comes_until_one_behind_it_is_asked_for(place):
    place.say()
    first = place.updates(offset=0)
    assert place.updates() == first
    assert place.updates(offset=first[-1]["update_id"] + 1) == []


def test_a_negative_offset_forgets_all_but_the_last(place):
    messages = [place.say(str(number)) for number in range(3)]
    [last] = place.updates(offset=-1)
    assert last["message"]["message_id"] == messages[-1].id


def test_at_most_a_hundred_come_at_once(place):
    for number in range(120):
        place.say(str(number))
    assert len(place.updates()) == 100
    assert len(place.updates(limit=7)) == 7


def test_what_was_not_asked_for_does_not_come(place):
    place.updates(offset=10**6, allowed_updates=["edited_message"])
    message = place.say()
    place.api.do(lambda world: world.edit(message, "lain"))
    assert [set(one) - {"update_id"} for one in place.updates()] == [{"edited_message"}]


def test_changes_of_members_come_only_where_they_were_asked_for(place):
    place.updates(offset=10**6)
    other = place.api.do(lambda world: world.user("Lain"))
    place.api.do(lambda world: world.join(place.group, other))
    assert place.updates() == []
    place.updates(allowed_updates=["chat_member"])
    place.api.do(lambda world: world.join(place.group, place.api.world.user("Baru")))
    assert [set(one) - {"update_id"} for one in place.updates()] == [{"chat_member"}]


def test_an_update_is_forgotten_after_a_day(place):
    place.say()
    place.api.do(lambda world: setattr(world, "ahead", 25 * 3600.0))
    assert place.updates() == []


def test_a_question_waits_for_what_comes(place):
    place.updates(offset=10**6)
    timer = threading.Timer(0.2, place.say)
    timer.start()
    [update] = place.updates(timeout=30)
    timer.join()
    assert update["message"]["text"] == "pagi"


def test_a_newer_question_ends_an_older_one(place):
    place.updates(offset=10**6)
    found = []
    older = threading.Thread(target=lambda: found.append(place.call("getUpdates", timeout=30)))
    older.start()
    until(lambda: place.api.do(lambda _: place.bot.asking) == 2)
    place.updates()
    older.join()
    assert (found[0]["error_code"], "terminated by other getUpdates" in found[0]["description"]) == (409, True)


def test_a_bot_that_is_a_member_hears_nothing_of_a_group(place):
    group = place.api.do(lambda world: world.chat("supergroup", "Lain", "grouplain"))
    place.api.do(lambda world: world.join(group, place.bot.account))
    place.updates(offset=10**6)
    place.say("pagi", group)
    assert place.updates() == []


@pytest.fixture
def hook():
    """A server that takes posts; `answers` are what it says next, 200 where there are none."""
    taken: list[Any] = []
    answers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.headers.get("X-Telegram-Bot-Api-Secret-Token"), json.loads(raw)))
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *told):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", taken, answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_is_posted_to_with_its_secret(place, hook):
    url, taken, _ = hook
    place.call("setWebhook", url=url, secret_token="rahasia-1")
    message = place.say()
    until(lambda: any(told.get("message", {}).get("message_id") == message.id for _, told in taken))
    assert {secret for secret, _ in taken} == {"rahasia-1"}


def test_what_a_webhook_does_not_take_is_posted_again(place, hook):
    url, taken, answers = hook
    place.updates(offset=10**6)
    answers += [500, 503]
    place.call("setWebhook", url=url)
    place.say()
    until(lambda: len(taken) == 3)
    assert len({told["update_id"] for _, told in taken}) == 1


def test_updates_are_asked_for_or_posted_never_both(place, hook):
    place.call("setWebhook", url=hook[0])
    code, words = place.refused("getUpdates")
    assert (code, "webhook is active" in words) == (409, True)
    place.call("deleteWebhook")
    assert place.call("getUpdates")["ok"]


@pytest.mark.parametrize(
    "told", [{"url": "http://elsewhere.example/"}, {"url": "https://x.example", "secret_token": "a b"}]
)
def test_a_webhook_is_https_and_its_secret_plain(place, told):
    assert place.refused("setWebhook", **told)[0] == 400
