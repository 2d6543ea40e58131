"""What OpenAPI says of the addresses that stand beside the API: health, the log's keys, figures, the schema itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.formats.feed import FORMAT
from mufakat.server.api.components import examples
from mufakat.server.api.documents import ALWAYS, PARAMETERS, problem, schema
from mufakat.server.api.feeds import MEDIA_TYPES

if TYPE_CHECKING:
    from mufakat.server.api.shapes import Schema

NOBODY: list[Schema] = []  # No token is needed.
SHARD = {"in": "path", "name": "shard", "required": True, **PARAMETERS["shard"]}
FIGURES = """\
# HELP mufakat_clocks_overdue Running clocks whose time has passed.
# TYPE mufakat_clocks_overdue gauge
mufakat_clocks_overdue 0.0
"""
ZONE = """\
$ORIGIN terrorism.isp-a.rpz.mufakat.
$TTL 30
@ SOA localhost. root.localhost. 7 60 30 86400 30
@ NS localhost.
canary.terrorism.isp-a.rpz.mufakat A 192.0.2.1
web.example.net CNAME . ; until 2017-10-12T08:00:00.000Z
"""
HOSTS = (
    "0.0.0.0 web.example.net # until 2017-10-12T08:00:00.000Z\n:: web.example.net # until 2017-10-12T08:00:00.000Z\n"
)
CHECKPOINT = """\
localhost/log/1
17
9Cm0tOOr7XSVZ5LDmjz2PMPJ9cZK2ynTnbGbVQ0PeVU=

— localhost/log/1 kdOCzFbXmVJjYUdVVtVjSKVsMnP2FL7JdGJ9rC0xXzEJ3QJtGgXdA2DvLxOe0BvXkCqWZfQ8vT4tqQ1rB9o8nUe3Bgg=
"""
UNREADABLE = {code: ALWAYS[code] for code in (400, 413, 500)}


def public(  # noqa: PLR0913 - what can be said of an address, each by name.
    name: str,
    summary: str,
    description: str,
    responses: dict[int, Schema],
    *,
    tag: str,
    parameters: list[Schema] | None = None,
    security: list[Schema] | None = None,
) -> Schema:
    """One GET."""
    refusals = {code: problem(code, words) for code, words in UNREADABLE.items() if code not in responses}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "description": description,
            "tags": [tag],
            "parameters": parameters or [],
            "responses": dict(sorted({**responses, **refusals}.items())),
            "security": NOBODY if security is None else security,
        }
    }


def answer(name: str, words: str) -> Schema:
    """An answer in JSON."""
    return {"description": words, "content": schema(name)}


def feed() -> Schema:
    """The lists of an operator."""
    document: Schema = {
        "type": "object",
        "required": ["apex", "at", "domains", "format", "origin", "position", "restrictions", "serial", "signature"],
    }
    shown: Schema = {
        "apex": "terrorism.isp-a.rpz.mufakat",
        "at": "2017-07-14T08:00:00.000Z",
        "domains": [],
        "format": FORMAT,
    }
    shown |= {"origin": "localhost/log/1", "position": 7, "restrictions": [], "serial": 7, "signature": "…"}
    return public(
        "feed",
        "A list of an operator",
        "What the operator has to close, each entry with its end, signed by the log; see the page for operators. "
        "`shadow-` before the name of a list is its run that only measures. With `If-None-Match`, 304 where the "
        "serial is the same.",
        {
            200: {
                "description": "The file, signed",
                "content": {
                    "application/json": {"schema": document, "example": shown},
                    "text/dns": {"schema": {"type": "string"}, "example": ZONE},
                    "text/plain": {"schema": {"type": "string"}, "example": HOSTS},
                },
            },
            401: problem(401, "No token in force"),
            403: problem(403, "Not the token of an operator's engineer"),
            404: problem(404, "There is no such list, or not as this file"),
            503: problem(503, "As many as can be sent at once are being sent; repeat it"),
        },
        tag="restrictions",
        parameters=[
            {
                "in": "path",
                "name": "list_name",
                "required": True,
                "description": "A category, such as `terrorism`, or `allow`: what is never closed.",
                "schema": {"type": "string", "pattern": "^(shadow-)?[a-z_-]{1,32}$"},
                "example": "terrorism",
            },
            {
                "in": "path",
                "name": "file",
                "required": True,
                "description": "As a zone, a file of hosts, a file for Squid, or with the proof of every entry.",
                "schema": {"type": "string", "enum": [*MEDIA_TYPES]},
                "example": "domains.json",
            },
        ],
        security=[{"token": []}],
    )


def paths() -> dict[str, Schema]:
    """Address → what is said of it."""
    not_ready = answer("Health", "Not ready, and what stands in the way")
    not_ready["content"]["application/json"]["example"] = examples()["NotReady"]
    checkpoint = problem(404, "No leaf of this shard is in the log yet, or there is no such shard")
    return {
        "/health/live": public(
            "live", "Alive", "The process answers.", {200: answer("Health", "It does")}, tag="operating"
        ),
        "/health/ready": public(
            "ready",
            "Ready",
            "The process can read, write, and has room for more.",
            {200: answer("Health", "It can"), 503: not_ready},
            tag="operating",
        ),
        "/metrics": public(
            "metrics",
            "Figures",
            "How the instance is, for Prometheus: from this machine itself, or with a token of an admin or auditor.",
            {
                200: {
                    "description": "The figures, in the text format or as OpenMetrics where `Accept` names it",
                    "content": {
                        "text/plain": {"schema": {"type": "string"}, "example": FIGURES},
                        "application/openmetrics-text": {"schema": {"type": "string"}, "example": FIGURES + "# EOF\n"},
                    },
                },
                401: problem(401, "From elsewhere, and no token in force"),
                403: problem(403, "The token is for another role"),
            },
            tag="operating",
            security=[{"token": []}, {}],
        ),
        "/log/{shard}/keys.json": public(
            "log_keys",
            "Keys of a shard",
            "By which keys receipts of this shard are verified.",
            {200: answer("Keys", "The keys"), 404: problem(404, "There is no such shard")},
            tag="log",
            parameters=[SHARD],
        ),
        "/log/{shard}/checkpoint": public(
            "log_checkpoint",
            "Head of the log",
            "The signed head of the log (C2SP tlog-checkpoint). Beside it lie, as C2SP tlog-tiles has them, the tiles, "
            "`/log/<shard>/tile/<level>/<index>[.p/<width>]`, and the entries, "
            "`/log/<shard>/tile/entries/<index>[.p/<width>]`: the level is 0 to 63, the index is written in groups of "
            "three digits, all but the last behind an `x` (1234067 is `x001/x234/067`), and `.p/<width>`, 1 to 255, "
            "stands where less than 256 are there. Such paths have a changing number of parts, which this description "
            "cannot list. What everybody may read of an event's fields lies at "
            "`/log/<shard>/disclosure/<event>.json`, as often as the register's door opens for one address (429).",
            {
                200: {
                    "description": "The checkpoint",
                    "content": {"text/plain": {"schema": {"type": "string"}, "example": CHECKPOINT}},
                },
                404: checkpoint,
            },
            tag="log",
            parameters=[SHARD],
        ),
        "/feeds/{list_name}/{file}": feed(),
        "/api/v1/openapi.json": public(
            "openapi",
            "This description",
            "The schema of everything that machines can ask here (OpenAPI 3.1).",
            {
                200: {
                    "description": "The schema",
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "required": ["openapi", "info", "paths", "components"]},
                            "example": {"openapi": "3.1.0", "info": {}, "paths": {}, "components": {}},
                        }
                    },
                }
            },
            tag="operating",
        ),
    }
