"""Lists among a million notices: the same few questions however many there are, and no table read from end to end."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from tests.houses import body
from tests.server.api.doors import NOTICES, get, put

from mufakat.rules import retention
from mufakat.rules.lifecycle import NoticeState
from mufakat.server.notices import queries
from mufakat.server.notices.models import Notice, Pointer
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client
    from tests.houses import House

OFFICER = ("kominfo", "officer")
REVIEWER = ("telegram", "reviewer")
SHARED = "https://situs.example/a"
TABLES = r"(?:notices|journal)_\w+"
QUESTIONS = [
    "",
    "?state=received",
    "?state=decided",
    "?to=telegram",
    "?to=telegram&state=received",
    "?after={notice}",
    "?after={notice}&to=telegram&state=received",
    "/{notice}",
    "/{notice}/events",
]
PAGES = ["/desk/", "/desk/notices/", "/desk/notices/?state=received&after={notice}", "/desk/notices/{notice}"]

Asked = list[tuple[str, Any]]


@contextmanager
def asked() -> Iterator[Asked]:
    """The statements that the block runs in this thread, with their values."""
    found: Asked = []

    def note(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's own.
        found.append((sql, values))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(note):
        yield found


def plan(sql: str, values: Any) -> list[str]:
    """How the database would go about it, step by step, with so little in the tables that a scan would be cheaper."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            return [str(row[-1]) for row in cursor.fetchall()]
        cursor.execute("SET enable_seqscan = off")  # A scan is chosen here only where no index serves.
        cursor.execute(f"EXPLAIN {sql}", values)
        steps: list[str] = []
        for (line,) in cursor.fetchall():
            if not steps or "->" in line:
                steps.append(line)
            else:
                steps[-1] += f"\n{line}"  # What a step looks for stands below it.
        return steps


def is_scan(step: str) -> bool:
    """Whether a step of a plan reads a table of ours from end to end, through an index or not."""
    if connection.vendor == "sqlite":
        return re.search(rf"\bSCAN {TABLES}|\bSCAN U\d", step) is not None
    through = re.search(rf"Index (?:Only )?Scan .*on {TABLES}", step) is not None and "Index Cond" not in step
    return through or re.search(rf"Seq Scan on {TABLES}", step) is not None


def fill(house: House, count: int, *, first: int = 0) -> list[str]:
    """So many notices about one thing, oldest first."""
    return [house.submit(body(locators=[SHARED]), key=f"k{number}").subject for number in range(first, first + count)]


def signed_in(browser_of: Callable[[str, str], Client], seat: tuple[str, str]) -> Client:
    browser = browser_of(*seat)
    browser.get("/desk/")
    return browser


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("seat", [OFFICER, REVIEWER], ids=lambda seat: seat[0])
def test_no_table_is_scanned_for_the_api(house: House, seat: tuple[str, str], question: str) -> None:
    made = fill(house, 3)
    token = house.token(*seat)
    with asked() as found:
        answer = get(f"{NOTICES}{question.format(notice=made[1])}", token)
    assert answer.status == 200
    assert len(found) >= 2
    assert [step for sql, values in found for step in plan(sql, values) if is_scan(step)] == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("seat", [OFFICER, REVIEWER], ids=lambda seat: seat[0])
def test_no_table_is_scanned_for_a_page(
    house: House, browser_of: Callable[[str, str], Client], seat: tuple[str, str], page: str
) -> None:
    made = fill(house, 3)
    browser = signed_in(browser_of, seat)
    with asked() as found:
        assert browser.get(page.format(notice=made[1])).status_code == 200
    assert len(found) >= 2
    assert [step for sql, values in found for step in plan(sql, values) if is_scan(step)] == []


def test_a_scan_would_be_noticed(house: House) -> None:
    fill(house, 1)
    steps = [
        *plan("SELECT * FROM notices_notice WHERE language = %s", ["id"]),
        *plan('SELECT * FROM journal_event U0 WHERE U0."custody" = %s', [""]),
        *plan("SELECT id FROM notices_notice WHERE language = %s ORDER BY id DESC LIMIT 5", ["id"]),
    ]
    assert [is_scan(step) for step in steps].count(True) == 3


@pytest.mark.parametrize("newest", [True, False])
def test_a_walk_of_a_list_sorts_nothing_but_its_page(house: House, newest: bool) -> None:  # noqa: FBT001
    """A sort inside a walk would read all that a party ever sent."""
    fill(house, 1)
    viewer = house.caller(*OFFICER)
    parts: Any
    for side in queries.sides(viewer):
        column, parts = ("id", Notice.objects.filter(**side, state="received"))
        if not newest:
            column, parts = ("notice_id", Pointer.objects.filter(**side, linked=True, digest=b"x" * 16).distinct())
        walk = parts.order_by(f"-{column}" if newest else column).values_list(column)[:51]
        steps = plan(*walk.query.sql_with_params())
        assert [step for step in steps if "TEMP B-TREE" in step or re.match(r" *(->)? *Sort\b", step)] == []


def test_the_desk_sorts_nothing(house: House) -> None:
    fill(house, 1)
    with asked() as found:
        queries.waiting_for(house.caller(*REVIEWER), size=10)
    steps = [
        step for sql, values in found if "notice_notice" in sql or "waits_for" in sql for step in plan(sql, values)
    ]
    assert steps
    assert [step for step in steps if "TEMP B-TREE" in step or re.match(r" *(->)? *Sort\b", step)] == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_api_asks_as_often_for_fifty_as_for_two(
    house: House, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parties, "REMEMBERED", 600.0)  # Whatever else this machine does meanwhile.
    made = fill(house, 2)
    token = house.token(*REVIEWER)
    counts = []
    for _ in range(2):
        get(NOTICES, token)  # Whom the token speaks for is remembered from here on.
        with asked() as found:
            assert get(f"{NOTICES}{question.format(notice=made[-1])}", token).status == 200
        counts.append(len(found))
        made += fill(house, 50 - len(made), first=len(made))
    assert len(made) == 50
    assert counts[0] == counts[1]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_as_often_for_fifty_as_for_two(
    house: House, browser_of: Callable[[str, str], Client], page: str
) -> None:
    made = fill(house, 2)
    browser = signed_in(browser_of, REVIEWER)
    counts = []
    for _ in range(2):
        with asked() as found:
            assert browser.get(page.format(notice=made[-1])).status_code == 200
        counts.append(len(found))
        made += fill(house, 50 - len(made), first=len(made))
    assert counts[0] == counts[1]


def test_what_waits_is_due_soonest_first_then_oldest_first_then_what_has_no_clock(house: House) -> None:
    made = fill(house, 4)
    at = datetime(2017, 7, 14, tzinfo=UTC)
    from mufakat.server.journal.work import Deed

    def date(_: Any) -> None:
        for notice, due in zip(made, [None, at.replace(day=15), at, at], strict=True):
            Notice.objects.filter(pk=notice).update(due_at=due)

    house.writer.commit(Deed(date))
    found, count = queries.waiting_for(house.caller(*REVIEWER), size=10)
    assert ([one.notice.id for one in found], count) == ([made[2], made[3], made[1], made[0]], 4)


@pytest.mark.parametrize(
    ("state", "waits_for"),
    [
        ("received", "telegram"),
        ("acknowledged", "telegram"),
        ("needs_information", "kominfo"),
        ("decided", None),
        ("closed", None),
        ("withdrawn", None),
    ],
)
def test_the_database_knows_whose_turn_it_is(house: House, state: str, waits_for: str | None) -> None:
    from mufakat.server.journal.work import Deed

    (notice,) = fill(house, 1)
    ended = datetime.now(UTC) if retention.has_ended(NoticeState(state)) else None
    taken_on = datetime.now(UTC) if state not in {"received", "withdrawn"} else None
    times = {"ended_at": ended, "seen_at": taken_on, "acknowledged_at": taken_on}
    house.writer.commit(Deed(lambda _: Notice.objects.filter(pk=notice).update(state=state, **times)))
    seats = {"telegram": REVIEWER, "kominfo": OFFICER}
    waiting = {name for name, seat in seats.items() if queries.waiting_for(house.caller(*seat), size=1)[1]}
    assert waiting == ({waits_for} if waits_for else set())


def test_the_due_time_of_a_notice_is_that_of_the_clock_that_runs_out_first(house: House) -> None:
    def due_is_soonest() -> bool:
        running = notice.clocks.filter(ended_at=None).order_by("due_at").values_list("due_at", flat=True)
        return Notice.objects.get(pk=notice.pk).due_at == (running[0] if running else None)

    notice = Notice.objects.get(pk=fill(house, 1)[0])
    seen = [due_is_soonest()]
    put(f"{NOTICES}/{notice.id}/acknowledgement", {}, house.token("telegram", "representative"))
    seen.append(due_is_soonest() and notice.clocks.filter(ended_at=None).exists())
    put(f"{NOTICES}/{notice.id}/withdrawal", {"reason": "A slip."}, house.token(*OFFICER))
    seen.append(due_is_soonest() and not notice.clocks.filter(ended_at=None).exists())
    assert seen == [True, True, True]


def test_beyond_a_thousand_the_desk_says_more_and_not_how_many(
    house: House, browser_of: Callable[[str, str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "COUNTED", 3)
    browser = signed_in(browser_of, REVIEWER)
    said = []
    for first in (0, 3, 4):
        fill(house, 3 if first == 0 else 1, first=first)
        text = browser.get("/desk/").content.decode()
        said.append(re.search(r"(?:More than )?\d+ notices wait", text))
    assert [one and one[0] for one in said] == [
        "3 notices wait",
        "More than 3 notices wait",
        "More than 3 notices wait",
    ]


def test_one_link_written_twice_relates_a_notice_once(house: House) -> None:
    first = fill(house, 1)[0]
    second = house.submit(body(locators=[SHARED, SHARED]), key="twice").subject
    viewer = house.caller(*REVIEWER)
    assert [one.id for one in queries.related(viewer, queries.get_for(viewer, first))] == [second]


def test_at_most_a_page_is_related_oldest_first(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    made = fill(house, 6)
    viewer = house.caller(*OFFICER)
    assert [one.id for one in queries.related(viewer, queries.get_for(viewer, made[1]))] == [made[0], *made[2:4]]
