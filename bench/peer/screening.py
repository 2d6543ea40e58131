"""The peer and the floor of ``filter.screen``, on the same ASGI server as ours, without any framework.

``peer``: what one writes in a day. Words in small letters, runs of them in a set, hosts with what is above them, and
digests; it undoes no spelling, tells no places, knows no policy and writes nothing down. ``floor``: each line read and
answered.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from msgspec import json

from bench.screen import Corpus, Known, by_hand
from mufakat.screening.item import Action, Item, Verdict

decode, encoder = json.Decoder(Item).decode, json.Encoder()


@cache
def known() -> Known:
    corpus = Corpus()
    return Known(frozenset(corpus.phrases), frozenset(corpus.hosts), frozenset(corpus.digests))


def looked_up(item: Item) -> Verdict:
    found = by_hand(item, known=known())
    return Verdict(item=item.item, action=Action.HOLD if found else Action.NONE, rule=None, policy=None)


def through(item: Item) -> Verdict:
    return Verdict(item=item.item, action=Action.NONE, rule=None, policy=None)


async def peer(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await _served(scope, receive, send, looked_up)


async def floor(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await _served(scope, receive, send, through)


async def _served(scope: dict[str, Any], receive: Any, send: Any, judge: Any) -> None:
    if scope["type"] == "lifespan":
        known()
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/x-ndjson")]})
    lines = b"".join(parts).split(b"\n") if scope["method"] == "POST" else []
    for start in range(0, len(lines), 1_000):
        body = encoder.encode_lines([judge(decode(line)) for line in lines[start : start + 1_000] if line])
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
