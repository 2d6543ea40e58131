"""One flagger sends a hundred times its quota, with 32 tokens: what others notice of it, and a recount of the quota.

A real server; the flood comes from a process of its own. Rounds without and with the flood take turns on one server.
The ratio is the others' p95 with the flood against the p95 without; below 2 is what is promised. Afterwards the
notices of the flagger are counted in the database: they are its burst and what the minutes brought, to one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench import report
from bench.contest import WrongError
from bench.house import PARTY, House, environ, grant, prepare, token
from bench.server import Server, free_port

BURST, PER_MINUTE = 100, 600  # Ten a second: a hundred times that is what a flagger can really send.
TIMES = 100
TOKENS = 32
OTHERS = 4  # Connections of another party, each in no hurry.
PAUSE = 0.1  # Seconds between its notices.
PROMISED = 2.0
BODY = Path(__file__).parent / "notice.json"

ISSUE = """
import json, sys
from mufakat.cli import _server
_server.set_up()
from mufakat.server.journal import door
from mufakat.server.parties import mandates, operations, queries
party, many = sys.argv[1], int(sys.argv[2])
with door.open_house():
    for each in queries.mandates_of(queries.party_by_handle(party).id):
        mandates.revoke(each.id, reason="Another one is granted.")
    person = queries.person_in(party, "officer")
    print(json.dumps([operations.issue_token(person).token for _ in range(many)]))
"""


@dataclass
class Heard:
    """What a client heard: seconds of each answer, and how many had which status."""

    took: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def note(self, status: int, seconds: float) -> None:
        self.took.append(seconds)
        self.statuses[status] = self.statuses.get(status, 0) + 1

    @property
    def p95_ms(self) -> float:
        return statistics.quantiles(self.took, n=20)[-1] * 1000


async def send(  # noqa: PLR0913 - what a client is told, each by name.
    port: int, credential: str, name: str, *, pause: float, until: float, heard: Heard
) -> None:
    """Notices over one connection, one begun every `pause` seconds at the earliest."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = BODY.read_bytes()
    head = f"POST /api/v1/notices HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {credential}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: {name}-"
    number, due = 0, time.monotonic()
    while (now := time.monotonic()) < until:
        if now < due:
            await asyncio.sleep(due - now)
        due = max(due + pause, time.monotonic() - pause)
        started = time.monotonic()
        writer.write(f"{head}{number}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        heard.note(int(answer.split(b" ", 2)[1]), time.monotonic() - started)
        number += 1
    writer.close()


async def clients(port: int, credentials: list[str], run: str, *, pause: float, seconds: float) -> Heard:
    """A connection for each credential, all at once."""
    heard, until = Heard(), time.monotonic() + seconds
    names = [f"{run}-{place}" for place in range(len(credentials))]
    each = zip(credentials, names, strict=True)
    await asyncio.gather(*(send(port, one, name, pause=pause, until=until, heard=heard) for one, name in each))
    return heard


def flood(port: int, run: str, seconds: float) -> None:
    """The flagger, in a process of its own: credentials come in by standard input, what it heard goes out."""
    credentials = json.load(sys.stdin)
    pause = TOKENS / (PER_MINUTE / 60 * TIMES)
    heard = asyncio.run(clients(port, credentials, run, pause=pause, seconds=seconds))
    print(json.dumps(heard.statuses))


def measured(  # noqa: PLR0913 - what is measured, each by name.
    house: House, flagger: list[str], other: str, *, rounds: int, seconds: float, work: Path
) -> dict[str, object]:
    """The rounds, and the recount."""
    port = free_port()
    told = environ(house.instance, PORT=str(port))
    calm: list[float] = []
    flooded: list[float] = []
    statuses: dict[str, int] = {}
    with Server([sys.executable, "-m", "mufakat.cli", "serve"], environ=told, port=port, log=work / "server.log"):
        asyncio.run(clients(port, [other] * OTHERS, "warm", pause=PAUSE, seconds=2))
        began = time.monotonic()
        for number in range(rounds):
            heard = asyncio.run(clients(port, [other] * OTHERS, f"calm{number}", pause=PAUSE, seconds=seconds))
            calm.append(heard.p95_ms)
            command = [sys.executable, "-m", "bench.quota", "--flood", str(port), f"flood{number}", str(seconds + 1)]
            with ThreadPoolExecutor(1) as beside:
                sending = beside.submit(
                    subprocess.run, command, input=json.dumps(flagger), capture_output=True, text=True, check=True
                )
                time.sleep(1)
                heard = asyncio.run(clients(port, [other] * OTHERS, f"both{number}", pause=PAUSE, seconds=seconds))
                for status, many in json.loads(sending.result().stdout).items():
                    statuses[status] = statuses.get(status, 0) + many
            flooded.append(heard.p95_ms)
            if set(heard.statuses) != {201}:
                raise WrongError(f"others were answered {heard.statuses}")
        lasted = time.monotonic() - began
    recounted(house, statuses, lasted)
    before, after = statistics.median(calm), statistics.median(flooded)
    return {
        "id": "quota.flood",
        "unit": "p95 with the flood / without",
        "ours": round(after / before, 2),
        "calm_p95_ms": [round(one, 1) for one in calm],
        "flooded_p95_ms": [round(one, 1) for one in flooded],
        "answers": statuses,
    }


def recounted(house: House, statuses: dict[str, int], lasted: float) -> None:
    """What was taken is what was answered, and no more than the quota gave in that time, to one."""
    question = (
        "SELECT count(*) FROM notices_notice n JOIN parties_party p ON p.id = n.sender_id"
        " WHERE p.handle = 'bnpt' AND n.mandate_id IS NOT NULL"
    )
    with house.instance.reading() as connection:
        stored = int(house.instance.fetch(connection, question)[0][0])
    if stored != statuses.get("201", 0):
        raise WrongError(f"{statuses.get('201', 0)} were answered with 201, {stored} are stored")
    most = BURST + lasted * PER_MINUTE / 60 + 1
    if stored > most:
        raise WrongError(f"{stored} are stored, the quota gave {most:.1f}")
    print(f"  recount: {stored} stored and answered; the quota gave at most {most:.1f}", file=sys.stderr)


def main() -> int:
    """The command line of ``python -m bench.quota``."""
    parser = argparse.ArgumentParser(prog="python -m bench.quota", description=__doc__)
    parser.add_argument("--flood", nargs=3, metavar=("PORT", "RUN", "SECONDS"), help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each half of a round")
    told = parser.parse_args()
    if told.flood:
        flood(int(told.flood[0]), told.flood[1], float(told.flood[2]))
        return 0
    report.OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="work-", dir=report.OUT) as folder:
        work = Path(folder)
        house = prepare(work)
        command = [sys.executable, "-c", ISSUE, "bnpt", str(TOKENS)]
        made = subprocess.run(command, env=environ(house.instance), capture_output=True, text=True, check=True)
        grant(house.instance, "bnpt", burst=BURST, per_minute=PER_MINUTE)
        other = token(house.instance, PARTY, "officer")
        row = measured(house, json.loads(made.stdout), other, rounds=told.rounds, seconds=told.seconds, work=work)
    (report.OUT / "quota.json").write_text(json.dumps([row], indent=2) + "\n", encoding="utf-8")
    print(json.dumps(row, indent=2))
    return 0 if float(str(row["ours"])) < PROMISED else 1


if __name__ == "__main__":
    raise SystemExit(main())
