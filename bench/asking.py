"""Clients who read: each holds one connection, asks the questions in a shuffled order, and looks at every answer."""

from __future__ import annotations

import http.client
import random
import re
import statistics
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.contest import WrongError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

CLIENTS = 2  # As many as the machine has cores, besides nobody who writes.
PATIENCE = 120  # Seconds: the peer may take its time.


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as whom, and what the answer must be like: `right` gets its body."""

    name: str
    path: str
    headers: Mapping[str, str]
    right: Callable[[bytes], bool]


@dataclass(slots=True)
class Answered:
    """How long the answers to each question took, in milliseconds."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def quantile(self, share: float, names: Sequence[str] | None = None) -> float:
        """The time within which this share of the answers came."""
        found = sorted(value for name in names or self.times for value in self.times[name])
        return found[min(len(found) - 1, int(share * len(found)))]

    def worst(self, share: float) -> tuple[str, float]:
        """The question of which this is the greatest, and how much it is."""
        return max(((name, self.quantile(share, [name])) for name in self.times), key=lambda pair: pair[1])

    def rate(self, names: Sequence[str]) -> float:
        """Answers a second, all clients together, with every question asked as often as every other."""
        mean = statistics.fmean(statistics.fmean(self.times[name]) for name in names)
        return CLIENTS * 1000 / mean


def ask(port: int, questions: Sequence[Question], *, times: int, seed: int) -> Answered:
    """Ask every question so many times, all clients together."""
    order = [question for question in questions for _ in range(times)]
    random.Random(seed).shuffle(order)  # noqa: S311 - an order, no secret.
    found = Answered()
    with ThreadPoolExecutor(CLIENTS) as clients:
        for pairs in clients.map(lambda part: list(_answers(port, part)), [order[n::CLIENTS] for n in range(CLIENTS)]):
            for name, took in pairs:
                found.times[name].append(took)
    return found


def _answers(port: int, questions: Sequence[Question]) -> Iterator[tuple[str, float]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    for question in questions:
        started = time.perf_counter()
        connection.request("GET", question.path, headers=dict(question.headers))
        answer = connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - started) * 1000
        if answer.status != 200 or not question.right(body):
            raise WrongError(f"{question.name}: {answer.status}, and not what is there: {body[:300]!r}")
        yield question.name, took
    connection.close()


def cookie(port: int, email: str, password: str) -> str:
    """The session of somebody who signs in as people do."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/account/login/")
    page = connection.getresponse()
    found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.read())
    if found is None:
        raise WrongError("the sign-in page has no form")
    jar = _cookies(page)
    form = urlencode({"csrfmiddlewaretoken": found[1].decode(), "login": email, "password": password})
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in jar.items()),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", "/account/login/", body=form, headers=headers)
    answer = connection.getresponse()
    answer.read()
    jar |= _cookies(answer)
    if answer.status != 302:
        raise WrongError(f"nobody could sign in: {answer.status}")
    return "; ".join(f"{name}={value}" for name, value in jar.items())


def _cookies(answer: http.client.HTTPResponse) -> dict[str, str]:
    pairs = [header.split(";")[0].partition("=") for header in answer.headers.get_all("Set-Cookie") or ()]
    return {name: value for name, _, value in pairs}
