"""What a server answers, as the client's types: read with care, for a hostile one may answer anything."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mufakat.client.errors import BadAnswerError, ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.client.http import Response


@dataclass(frozen=True, slots=True)
class Taken:
    """A notice as the server answers it; ``key`` is what it was sent with, ``raw`` the whole answer."""

    id: str
    state: str
    received_at: str
    clocks: Sequence[Mapping[str, str]]
    receipt: str
    leaf: str
    raw: Mapping[str, Any]
    key: str = ""
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What one side of a notice wrote to the other; ``text`` is None once it is erased."""

    id: str
    notice: str
    party: str
    sent_at: str
    text: str | None
    receipt: str
    leaf: str
    raw: Mapping[str, Any]
    key: str = ""
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, or a question to the sender (then ``statement`` is None); ``raw`` is the whole answer."""

    id: str
    notice: str
    outcome: str
    state: str
    statement: str | None
    measures: Sequence[Mapping[str, Any]]
    receipt: str
    leaf: str
    raw: Mapping[str, Any]
    key: str = ""
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """The outcome of a batch: one entry an item, in order, and the receipt over the leaves of those that were taken."""

    items: Sequence[Mapping[str, Any]]
    receipt: str | None
    key: str


def good(answer: Response) -> Response:
    """The answer, if it is one of success. Raises ProblemError."""
    if 200 <= answer.status < 300:
        return answer
    if 300 <= answer.status < 400:
        raise ProblemError(answer.status, {"detail": f"the server answered {answer.status}: it points elsewhere"})
    try:
        problem = json.loads(answer.body)
    except (ValueError, RecursionError):
        problem = {}
    raise ProblemError(answer.status, problem if isinstance(problem, dict) else {})


def whole(answer: Response, key: str | None = None) -> Mapping[str, Any]:
    """The object of an answer. Raises BadAnswerError."""
    return an_object(answer.body, key)


def an_object(raw: bytes, key: str | None = None) -> Mapping[str, Any]:
    """An object of JSON. Raises BadAnswerError."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadAnswerError("it is not JSON", key) from None
    if not isinstance(found, dict):
        raise BadAnswerError("it is no object", key)
    return found


def items_of(answer: Mapping[str, Any], key: str | None = None) -> Sequence[Mapping[str, Any]]:
    """The objects of a list. Raises BadAnswerError."""
    found = answer.get("items")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadAnswerError("it holds no list of objects", key)
    return found


def bytes_of(text: object) -> bytes:
    """What base64 says; of anything else nothing, which is the hash of no leaf."""
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return b""  # The hash of no leaf: nothing verifies with it.


def taken_of(raw: Mapping[str, Any], key: str = "", replayed: bool = False) -> Taken:  # noqa: FBT001, FBT002
    """A notice. Raises BadAnswerError."""
    texts = [raw.get(name) for name in ("id", "state", "received_at", "receipt", "leaf")]
    clocks = raw.get("clocks")
    if not all(isinstance(text, str) for text in texts) or not isinstance(clocks, list):
        raise BadAnswerError("it is no notice", key or None)
    id_, state, received_at, receipt, leaf = map(str, texts)
    return Taken(id_, state, received_at, clocks, receipt, leaf, raw=raw, key=key, replayed=replayed)


def message_of(raw: Mapping[str, Any], key: str = "", replayed: bool = False) -> Message:  # noqa: FBT001, FBT002
    """A message. Raises BadAnswerError."""
    texts = [raw.get(name) for name in ("id", "notice", "from", "sent_at", "receipt", "leaf")]
    text = raw.get("text")
    if not all(isinstance(one, str) for one in texts) or not (text is None or isinstance(text, str)):
        raise BadAnswerError("it is no message", key or None)
    id_, notice, party, sent_at, receipt, leaf = map(str, texts)
    return Message(id_, notice, party, sent_at, text, receipt, leaf, raw=raw, key=key, replayed=replayed)


def decided_of(raw: Mapping[str, Any], key: str = "", replayed: bool = False) -> Decided:  # noqa: FBT001, FBT002
    """A decision. Raises BadAnswerError."""
    texts = [raw.get(name) for name in ("id", "notice", "outcome", "state", "receipt", "leaf")]
    statement, measures = raw.get("statement"), raw.get("measures")
    sound = all(isinstance(one, str) for one in texts) and (statement is None or isinstance(statement, str))
    if not sound or not isinstance(measures, list) or not all(isinstance(one, dict) for one in measures):
        raise BadAnswerError("it is no decision", key or None)
    id_, notice, outcome, state, receipt, leaf = map(str, texts)
    return Decided(id_, notice, outcome, state, statement, measures, receipt, leaf, raw=raw, key=key, replayed=replayed)


def text_of(found: object, otherwise: str) -> str:
    """A text. Raises BadAnswerError."""
    if not isinstance(found, str) or not found:
        raise BadAnswerError(otherwise)
    return found
