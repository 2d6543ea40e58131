"""``intake.list``: lists, pages and single notices at a million of them, over HTTP."""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bench import asking, house, million, recount
from bench.asking import Question
from bench.contest import Contest, Sample, Target, WrongError
from bench.server import Server, free_port
from mufakat.proof import verify
from mufakat.proof.errors import ProofError
from mufakat.rules.lifecycle import NoticeState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bench.database import Instance
    from mufakat.proof.key import VerifyKey

TIMES = 25  # Each question in a turn: its 95th percentile is the second slowest.
PEER_TIMES = 2  # Its slow ones take seconds.
PAGE = 50
ABOVE = "ntc_~"  # Above all ids.
PEER = ("--interface", "wsgi", "--workers", "1", "--blocking-threads", "8")
# Seats: who sent nine of ten, who received most, who received one in fifty, who has fifty.
SEATS = {"kominfo": "officer", "telegram": "reviewer", "isp-a": "engineer", "bnpt": "officer"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A list as somebody asks for it: its filters, how many notices lie before the page, and how many it holds."""

    name: str
    handle: str
    items: int
    filters: str = ""
    skipped: int = 0


ASKED = (
    Ask("all, first page", "kominfo", PAGE),
    Ask("all, in the middle", "kominfo", PAGE, skipped=450_000),
    Ask("all, last page", "kominfo", PAGE, skipped=899_000),
    Ask("common state", "kominfo", PAGE, "state=received"),
    Ask("common state, deep", "kominfo", PAGE, "state=received", skipped=450_000),
    Ask("rare state", "kominfo", million.rare_states(sender="kominfo"), "state=needs_information"),
    Ask("common addressee", "kominfo", PAGE, "to=telegram"),
    Ask("rare addressee", "kominfo", 20, f"to={million.RARE}"),
    Ask("rare addressee and state", "kominfo", 20, f"to={million.RARE}&state=needs_information"),
    Ask("all, first page", "telegram", PAGE),
    Ask("rare state", "telegram", million.rare_states(recipient="telegram"), "state=needs_information"),
    Ask("all, first page", "isp-a", PAGE),
    Ask("all, deep", "isp-a", PAGE, skipped=15_000),
    Ask("all of its fifty", "bnpt", million.SMALL),
)


def plainly(ask: Ask) -> str:
    """The page's address with the peer."""
    return f"/api/v1/notices?page={1 + ask.skipped // PAGE}&{ask.filters}"


@dataclass(frozen=True, slots=True)
class Reader:
    """A server that stays up, and the questions it is asked. ``more`` count for the percentiles, not for the rate."""

    name: str
    port: int
    server: Server
    questions: Sequence[Question]
    more: Sequence[Question]
    times: int
    remarks: list[str]

    def run(self) -> Sample:
        asked = [*self.questions, *self.more]
        asking.ask(self.port, asked, times=1, seed=0)  # Imports, connections, what is remembered for a while.
        before = self.server.cpu_seconds()
        found = asking.ask(self.port, asked, times=self.times, seed=1)
        cpu = self.server.cpu_seconds() - before
        name, slowest = found.worst(0.95)
        self.remarks[:] = [
            f"{self.name}: slowest p95 of one question {slowest:,.1f} ms ({name})",
            *(
                f"  {each:<44} p50 {found.quantile(0.5, [each]):8,.1f}  p95 {found.quantile(0.95, [each]):8,.1f} ms"
                for each in found.times
            ),
        ]
        return Sample(
            found.rate([each.name for each in self.questions]),
            1000 * cpu / (len(asked) * self.times),
            found.quantile(0.5),
            found.quantile(0.99),
            slowest,
        )


@dataclass(frozen=True, slots=True)
class Statements:
    """The floor: the rows of the same lists by one prepared statement each, nothing around it."""

    name: str
    instance: Instance
    statements: Sequence[tuple[str, Sequence[Any], int]]

    def run(self) -> Sample:
        took = []
        with self.instance.reading() as connection:
            for _ in range(TIMES):
                for sql, values, items in self.statements:
                    started = time.perf_counter()
                    rows = connection.execute(sql, values).fetchall()
                    took.append(time.perf_counter() - started)
                    if len(rows) < items:
                        raise WrongError(f"{len(rows)} rows instead of {items}: {sql}")
        return Sample(len(took) / sum(took))


@contextmanager
def contest(work: Path) -> Iterator[Contest]:
    """Both servers read the same million; nobody writes meanwhile."""
    prepared = house.prepare(work)
    instance = prepared.instance
    million.build(instance)
    recount.require(instance, answered=million.COUNT, open_at_most=0)
    tokens = {handle: house.token(instance, handle, role) for handle, role in SEATS.items()}
    remarks: dict[str, list[str]] = {"ours": [], "peer": []}
    with ExitStack() as servers:
        ours, peer = free_port(), free_port()
        told = house.environ(instance, PORT=str(ours), GRANIAN_PORT=str(peer))
        command = [sys.executable, "-m", "mufakat.cli", "serve"]
        our_server = servers.enter_context(Server(command, environ=told, port=ours, log=work / "ours.log"))
        command = [sys.executable, "-m", "granian", *PEER, "--host", "127.0.0.1", "--log-level", "warning"]
        command.append("bench.peer.wsgi:application")
        peer_server = servers.enter_context(Server(command, environ=told, port=peer, log=work / "peer.log"))
        with instance.reading() as connection:
            lists = list(_lists(instance, connection, tokens))
            floor = [_bare(instance, connection, ask) for ask in ASKED]
            more = [*_notices(instance, connection, tokens), *_pages(instance, connection, ours)]
        yield Contest(
            "intake.list",
            "lists/s",
            Reader("mufakat serve", ours, our_server, lists, more, TIMES, remarks["ours"]),
            Reader(
                "Django Paginator: OFFSET and count",
                *(peer, peer_server, list(_plain_lists(tokens)), (), PEER_TIMES, remarks["peer"]),
            ),
            Statements("one prepared statement, one thread", instance, floor),
            targets=[Target("p95_ms", 100, at_most=True)],
            remarks=_Later(remarks),
        )


class _Later(list[str]):
    """Remarks that are known only once all have taken their turns."""

    def __init__(self, parts: dict[str, list[str]]) -> None:
        super().__init__()
        self._parts = parts

    def __iter__(self) -> Iterator[str]:
        clients = f"{asking.CLIENTS} clients, each with a connection"
        yield f"{million.COUNT:,} notices; {clients}; the last round, question by question:"
        for part in self._parts.values():
            yield from part


def _lists(instance: Instance, connection: Any, tokens: dict[str, str]) -> Iterator[Question]:
    key = recount.key_of(instance.data)
    for ask in ASKED:
        after = _before(instance, connection, ask) if ask.skipped else ""
        headers = {"Authorization": f"Bearer {tokens[ask.handle]}"}
        path = f"/api/v1/notices?after={after}&{ask.filters}"
        yield Question(f"{ask.handle}: {ask.name}", path, headers, _items(ask.items, key))


def _plain_lists(tokens: dict[str, str]) -> Iterator[Question]:
    for ask in ASKED:
        headers = {"Authorization": f"Bearer {tokens[ask.handle]}"}
        yield Question(f"{ask.handle}: {ask.name}", plainly(ask), headers, _items(ask.items))


def _items(count: int, key: VerifyKey | None = None) -> Callable[[bytes], bool]:
    """Whether an answer holds so many notices; with a key, whether the first one's receipt is good."""

    def right(body: bytes) -> bool:
        items = json.loads(body)["items"]
        if key is not None and items:
            try:
                verify.verify(items[0]["receipt"].encode(), keys=[key])
            except ProofError:
                return False
        return len(items) == count

    return right


def _notices(instance: Instance, connection: Any, tokens: dict[str, str]) -> Iterator[Question]:
    """Single notices: on a link of their own, and on the one that every tenth shares."""
    for handle in ("kominfo", "telegram", "bnpt"):
        for name, shared in (("a notice on a shared link", True), ("a notice on a link of its own", False)):
            notice = _one(instance, connection, handle, shared=shared)
            headers = {"Authorization": f"Bearer {tokens[handle]}"}
            path = f"/api/v1/notices/{notice}"
            yield Question(f"{handle}: {name}", path, headers, partial(_related, shared=shared))
            if not shared:
                yield Question(f"{handle}: its events", f"{path}/events", headers, lambda body: b'"leaf"' in body)


def _related(body: bytes, *, shared: bool) -> bool:
    return bool(json.loads(body)["related"]) is shared


def _one(instance: Instance, connection: Any, handle: str, *, shared: bool) -> str:
    """A newer notice of the party: on the shared link or not."""
    column = "recipient_id" if handle == "telegram" else "sender_id"
    sql = (
        f"SELECT n.id FROM notices_notice n JOIN notices_pointer p ON p.notice_id = n.id WHERE n.{column} ="  # noqa: S608
        f" (SELECT id FROM parties_party WHERE handle = %s) AND p.canonical {'=' if shared else '<>'} %s"
        " ORDER BY n.id DESC LIMIT 1"
    )
    return str(instance.fetch(connection, sql, [handle, million.SHARED])[0][0])


def _pages(instance: Instance, connection: Any, port: int) -> Iterator[Question]:
    """What people open at the desk."""
    lines = (instance.data / "example-accounts.txt").read_text(encoding="utf-8").splitlines()
    accounts = {(handle, seat): (email, password) for handle, seat, email, password in map(str.split, lines)}
    for handle in ("kominfo", "telegram", "bnpt"):
        headers = {"Cookie": asking.cookie(port, *accounts[handle, SEATS[handle]]), "Accept-Language": "en"}
        paths = {
            "the desk": "/desk/",
            "the list's page": "/desk/notices/",
            "the list's page, one state": "/desk/notices/?state=closed",
            "a notice's page": f"/desk/notices/{_one(instance, connection, handle, shared=True)}",
        }
        for name, path in paths.items():
            yield Question(f"{handle}: {name}", path, headers, lambda body: b"</html>" in body)


def _before(instance: Instance, connection: Any, ask: Ask) -> str:
    """The id after which the page begins; a text above all ids for the first page."""
    if not ask.skipped:
        return ABOVE
    sides, values = _told(instance, connection, ask)
    sql = f"SELECT id FROM notices_notice WHERE ({' OR '.join(sides)}) ORDER BY id DESC LIMIT 1 OFFSET %s"  # noqa: S608
    return str(instance.fetch(connection, sql, [*(one for part in values for one in part), ask.skipped - 1])[0][0])


def _bare(instance: Instance, connection: Any, ask: Ask) -> tuple[str, Sequence[Any], int]:
    """The rows of a list, newest first, by one statement whose parts each walk an index."""
    before = _before(instance, connection, ask)
    walks, values = [], []
    for side, party in zip(*_told(instance, connection, ask), strict=True):
        walks.append(
            f"SELECT * FROM (SELECT id FROM notices_notice WHERE {side} AND id < %s"  # noqa: S608
            " ORDER BY id DESC LIMIT %s) AS walk"
        )
        values += [*party, before, PAGE]
    union = f"{' UNION '.join(walks)} ORDER BY 1 DESC LIMIT %s"
    sql = f"SELECT * FROM notices_notice WHERE id IN ({union}) ORDER BY id DESC"  # noqa: S608
    return instance.marked(sql), [*values, PAGE], ask.items


def _told(instance: Instance, connection: Any, ask: Ask) -> tuple[list[str], list[list[str]]]:
    """The parts of a list, side by side and state by state, and the values of each."""
    ids = dict(instance.fetch(connection, "SELECT handle, id FROM parties_party"))
    told = dict(part.split("=") for part in ask.filters.split("&") if part)
    party = ids[ask.handle]
    sides = [("sender_id = %s", [party]), ("recipient_id = %s", [party])]
    if "to" in told:
        sides = [("sender_id = %s AND recipient_id = %s", [party, ids[told["to"]]])]
    states = [told["state"]] if "state" in told else [state.value for state in NoticeState]
    parts = [(f"{side} AND state = %s", [*values, state]) for side, values in sides for state in states]
    return [part for part, _ in parts], [values for _, values in parts]
