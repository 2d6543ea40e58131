"""The figures: true, cheap, open to few, and without a word that somebody typed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse
from tests.houses import body
from tests.server.api.contract import breaches, described
from tests.server.api.doors import NOTICES, ask, hot, of, put

from mufakat.server.api import metrics, problems, tallies
from mufakat.server.journal import standing
from mufakat.server.notices import operations

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House, Server
    from tests.server.api.doors import Reply

PAGE = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def fresh() -> None:
    """No test believes what another counted."""
    metrics.remembered.forget()


def scrape(token: str = "", *, peer: str = "127.0.0.1", **headers: str) -> Reply:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent |= {"Authorization": f"Bearer {token}"} if token else {}
    return of(Client(REMOTE_ADDR=peer).get("/metrics", headers=sent))


def value(name: str, **labels: str) -> float:
    """The sum of a figure over the labels that are not named."""
    metrics.remembered.forget()
    samples = [one for family in parse(scrape().body.decode()) for one in family.samples if one.name == name]
    return sum(one.value for one in samples if labels.items() <= one.labels.items())


# -- Who may read them ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_the_machine_itself_reads_them(house: House, peer: str) -> None:
    assert scrape(peer=peer).status == 200


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.7", "", "unix"])
def test_another_machine_does_not(house: House, peer: str) -> None:
    assert scrape(peer=peer).status == 401


@pytest.mark.parametrize("name", metrics.PROXIED)
def test_a_proxy_on_the_machine_is_not_the_machine(house: House, name: str) -> None:
    assert scrape(**{name: "127.0.0.1"}).status == 401


@pytest.mark.parametrize(
    ("seat", "status"),
    [
        (("auditor", "auditor"), 200),
        (("mufakat", "admin"), 200),
        (("kominfo", "officer"), 403),
        (("kominfo", "approver"), 403),
        (("telegram", "reviewer"), 403),
        (("isp-a", "engineer"), 403),
    ],
)
@pytest.mark.parametrize("peer", ["127.0.0.1", "192.0.2.7"])
def test_a_token_reads_them_by_its_role_wherever_it_comes_from(
    house: House, seat: tuple[str, str], status: int, peer: str
) -> None:
    assert scrape(house.token(*seat), peer=peer).status == status


def test_a_token_for_other_deeds_does_not(house: House) -> None:
    from mufakat.rules.permissions import Deed

    token = house.token("mufakat", "admin", scopes=[Deed.MANAGE_PEOPLE_AND_KEYS])
    assert scrape(token, peer="192.0.2.7").status == 403


def test_a_bad_token_does_not_help_even_the_machine(house: House) -> None:
    assert scrape("mfk_wrong").status == 401


def test_every_answer_is_as_the_schema_says(house: House) -> None:
    answers = [scrape(), scrape(Accept="application/openmetrics-text; version=x"), scrape("x")]
    answers.append(scrape(house.token("kominfo", "officer")))
    assert [fault for one in answers for fault in breaches(described(), "GET", "/metrics", one)] == []


# -- What they say ----------------------------------------------------------------------------------------------------


def test_both_formats_are_read_by_the_librarys_parser(house: House) -> None:
    hot(body(), token=house.token("kominfo", "officer"))
    plain = {family.name for family in parse(scrape().body.decode())}
    strict = {
        family.name
        for family in parse_openmetrics(scrape(Accept="application/openmetrics-text; version=1.0.0").body.decode())
    }
    assert len(strict) > 15
    # The older format calls a counter by its whole name, and what is said of the build a gauge.
    assert {re.sub("_(total|info)$", "", name) for name in plain} == strict


def test_every_figure_stands_on_the_page_and_the_page_names_no_other(house: House) -> None:
    names = {
        re.sub("_(bucket|sum|count)$", "", sample.name) if family.type == "histogram" else sample.name
        for family in parse(scrape().body.decode())
        for sample in family.samples
    }
    told = {name for row in PAGE.splitlines() if row.startswith("| `") for name in re.findall("mufakat_[a-z_]+", row)}
    hot(body(), token=house.token("kominfo", "officer"))
    counted = ("notices_received", "decisions_made", "refusals", "screened")
    empty = {f"mufakat_{name}_total" for name in counted}  # Until there is one.
    assert names | empty == told


def test_notices_are_counted_by_state(house: House) -> None:
    officer = house.token("kominfo", "officer")
    ids = [hot(body(), token=officer, key=f"k{number}").json()["id"] for number in range(3)]
    put(f"{NOTICES}/{ids[0]}/acknowledgement", b"", house.token("telegram", "reviewer"))
    states = {state: value("mufakat_notices", state=state) for state in ("received", "acknowledged")}
    assert states == {"received": 2, "acknowledged": 1}


def test_what_was_taken_is_counted_once_and_by_kind(house: House) -> None:
    officer = house.token("kominfo", "officer")
    before = dict(operations.RECEIVED.items())
    hot(body(), token=officer, key="a")
    hot(body(), token=officer, key="a")
    hot(body(explanation=""), token=officer, key="b")
    put(f"{NOTICES}/batch", b'{"notices": [' + body(kind="user_report") + b", {}]}", officer, "c")
    after = dict(operations.RECEIVED.items())
    assert {kind: many - before.get(kind, 0) for kind, many in after.items() if many != before.get(kind, 0)} == {
        "trusted_flag": 1,
        "user_report": 1,
    }


def test_a_repetition_and_a_refusal_are_counted(house: House) -> None:
    officer = house.token("kominfo", "officer")
    first = value("mufakat_answers_replayed_total"), value("mufakat_refusals_total", type="not-admissible")
    hot(body(), token=officer, key="a")
    hot(body(), token=officer, key="a")
    hot(b"{}", token=officer, key="b")
    second = value("mufakat_answers_replayed_total"), value("mufakat_refusals_total", type="not-admissible")
    assert [after - before for before, after in zip(first, second, strict=True)] == [1, 1]


def test_the_documentation_itself_refuses_nobody(house: House) -> None:
    before = tallies.refusals.items()
    described()
    assert tallies.refusals.items() == before


def test_overdue_clocks_the_outbox_and_leaves_are_counted(house: House) -> None:
    from datetime import UTC, datetime, timedelta

    from mufakat.server.journal import door
    from mufakat.server.notices.models import Clock

    leaves = value("mufakat_leaves_pending")
    house.submit()
    assert (value("mufakat_clocks_overdue"), value("mufakat_outbox_waiting")) == (0, 1)
    late = datetime.now(UTC) - timedelta(hours=1)
    door.commit(lambda _: Clock.objects.order_by("due_at")[:1].get() and Clock.objects.update(due_at=late))
    assert value("mufakat_clocks_overdue") == Clock.objects.count() > 0
    assert value("mufakat_leaves_pending") == leaves + 1
    assert 0 <= value("mufakat_outbox_oldest_seconds") < 60


def test_what_waits_for_reviewers_is_counted(house: House) -> None:
    from datetime import UTC, datetime, timedelta

    from tests.server.filters.notified import desk
    from tests.server.filters.seeding import seed_hits

    from mufakat.rules.filtering import HitState

    what, ends = ("notifications", "holds"), ("waiting", "oldest_seconds")
    names = [f"mufakat_{one}_{end}" for one in what for end in ends]
    assert [value(name) for name in names] == [0, 0, 0, 0]
    at_desk = desk(house, at=None)
    at_desk.hit()
    hour = timedelta(hours=1)
    at = datetime.now(UTC)
    seed_hits(at_desk.seeded, 2, action="hold", state=HitState.HELD, at=at - hour, due_at=at + hour)
    found = [value(name) for name in names]
    assert (found[0], 0 <= found[1] < 600, found[2], 3600 <= found[3] < 4200) == (1, True, 2, True)


def test_the_writer_says_how_it_works(house: House) -> None:
    names = ("mufakat_writer_commits_total", "mufakat_writer_commit_seconds_count", "mufakat_writer_wait_seconds_count")
    before = [value(name) for name in names]
    house.submit()
    assert [value(name) - first for name, first in zip(names, before, strict=True)] == [1, 1, 1]
    assert (value("mufakat_writer_open"), value("mufakat_writer_waiting_operations")) == (1, 0)
    assert value("mufakat_writer_group_operations_bucket", le="1.0") >= 1


def test_a_closed_writer_shows(house: House) -> None:
    house.writer.close()
    assert value("mufakat_writer_open") == 0


def test_requests_are_counted_by_pattern_at_both_doors(house: House) -> None:
    officer = house.token("kominfo", "officer")
    count = "mufakat_http_request_duration_seconds_count"
    before = value(count, method="POST", route="api/v1/notices", status="201")
    hot(body(), token=officer, key="a")
    Client().post(NOTICES, body(), content_type="application/json", headers=sent(officer, "b"))
    assert value(count, method="POST", route="api/v1/notices", status="201") - before == 2


def sent(token: str, key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key}


# -- What they do not say ---------------------------------------------------------------------------------------------


def test_no_label_holds_what_somebody_typed_nor_a_party(house: House) -> None:
    canary = "zq7canary"
    Client().generic(canary.upper(), f"/{canary}")
    Client().get(f"/api/v1/notices/{canary}", headers=sent("x", canary))
    hot(body(to=canary, explanation=canary), token=house.token("kominfo", "officer"), key=canary)
    house.submit()
    text = scrape().body.decode()
    labels = {label for family in parse(text) for one in family.samples for label in one.labels}
    # A route has the words of our own addresses, and one of them is the name of a service.
    values = {
        told
        for family in parse(text)
        for one in family.samples
        for label, told in one.labels.items()
        if label != "route"
    }
    assert canary not in text.lower()
    assert "kominfo" not in text
    assert not [told for told in values if "telegram" in told]
    assert labels <= {
        "method",
        "route",
        "status",
        "process",
        "kind",
        "what",
        "state",
        "shard",
        "type",
        "le",
        "version",
        "python",
        "database",
    }


def test_strangers_do_not_fill_the_figures(house: House) -> None:
    before = {key for key, _ in tallies.requests()}  # The figures are the process's: others have asked too.
    for number in range(50):
        Client().generic(f"M{number}", f"/nowhere/{number}")
    scrape()
    assert len({key for key, _ in tallies.requests() if key[0] == tallies.OTHER} - before) <= 3


def test_every_type_of_refusal_is_one_of_the_known(house: House) -> None:
    hot(b"{", token=house.token("kominfo", "officer"))
    known = {kind.slug for kind in problems.kinds()}
    assert {slug for slug, _ in tallies.refusals.items()} <= known


# -- What they cost ---------------------------------------------------------------------------------------------------


def queries(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        ask()
    return len(caught)


def test_a_scrape_asks_the_same_few_things_however_many_notices_there_are(house: House) -> None:
    few = queries(scrape)
    for number in range(20):
        house.submit(key=f"k{number}")
    metrics.remembered.forget()
    standing.remembered.forget()
    assert queries(scrape) == few == 20


def test_the_next_scrape_asks_the_database_nothing(house: House) -> None:
    scrape()
    assert queries(scrape) == 0


def test_old_figures_are_given_while_new_ones_are_counted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = {"outbox": [metrics.remembered.get().waiting.outbox]}
    house.submit()
    monkeypatch.setattr(metrics.remembered, "_until", float("-inf"))
    waiting["outbox"].append(metrics.remembered.get().waiting.outbox)
    assert metrics.remembered._thread is not None
    metrics.remembered._thread.join()
    waiting["outbox"].append(metrics.remembered.get().waiting.outbox)
    assert waiting["outbox"] == [0, 0, 1]


def test_open_rows_are_counted_in_their_own_indexes(house: House) -> None:
    if connection.vendor != "sqlite":
        return  # The plan is read in SQLite's words; PostgreSQL goes by the size of the table, which is small here.
    with CaptureQueriesContext(connection) as caught:
        scrape()
    plans = []
    with connection.cursor() as cursor:
        for query in caught.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plans.append(" ".join(str(row[3]) for row in cursor.fetchall()))
    text = "\n".join(plans)
    assert {"clock_running", "outbox_open"} <= set(re.findall(r"INDEX (\w+)", text))


def test_a_real_server_shows_them_to_its_machine_alone(server: Server) -> None:
    assert ask(server, "GET", "/metrics").status == 200
    assert ask(server, "GET", "/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status == 401
