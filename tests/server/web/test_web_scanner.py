"""Opening an address changes nothing: every one of them is opened as everybody, and as a link scanner nobody knows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.houses import body
from tests.server.agreements.talking import in_force
from tests.server.api.chatted import chat_of
from tests.server.api.contract import described, operations
from tests.server.appeals.contesting import code_of
from tests.server.decisions.deciding import decide, taken
from tests.server.restrictions.ordering import ordered
from tests.server.web.screening_pages import one_of_each

from mufakat.server.appeals import lodging
from mufakat.server.connectors import endpoints, expansion
from mufakat.server.journal import door
from mufakat.server.journal.answers import Key
from mufakat.server.notices import escalation, hands, passages, talk
from mufakat.server.parties import drills
from mufakat.server.restrictions import operations as restrictions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.houses import House

SEATS = [
    *(("kominfo", "officer"), ("kominfo", "approver"), ("bnpt", "officer"), ("telegram", "representative")),
    *(("telegram", "reviewer"), ("isp-a", "engineer"), ("auditor", "auditor"), ("mufakat", "admin")),
]
# Rows that signing in writes, and the one note that reading makes.
NOT_COMPARED = {"django_session", "axes_accesslog", "parties_person"}
NOTED = "fetched_at"
PARAMETER = re.compile(r"[<{](?:\w+:)?(?P<name>\w+)[>}]")
PREVIEWS = {"User-Agent": "ExampleLinkPreview/1.0", "Sec-Purpose": "prefetch"}


@pytest.fixture
def notices(house: House) -> list[str]:
    """One as it came, one that was talked about, one acknowledged, one withdrawn, with a message of each side."""
    from mufakat.server.notices import operations

    made = [str(house.submit(key=f"k{number}").subject) for number in range(4)]
    officer, reviewer = house.caller("kominfo", "officer"), house.caller("telegram", "reviewer")
    for by in (officer, reviewer):
        talk.send(made[1], by=by, text="A made-up word.")
    passages.see(made[1], by=reviewer)
    hands.hand_over(made[1], by=reviewer, seat="reviewer-2")
    door.commit(lambda moment: passages.delivered(made[1:2], moment=moment))
    operations.acknowledge(made[2], by=reviewer)
    operations.withdraw(made[3], by=officer, reason="A slip.")
    return made


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours, but for the note and what signing in writes."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table in NOT_COMPARED:
                continue
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the database's own names.
            names = [column[0] for column in cursor.description]
            values = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            found[table] = sorted(
                [{name: plain(value) for name, value in row.items() if name != NOTED} for row in values], key=repr
            )
    return found


def plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Every address that Django routes, parameters as they are written."""
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from patterns(one, route)


@pytest.fixture
def fillings(house: House, notices: list[str]) -> dict[str, list[str]]:
    """What stands for each parameter of an address: something that is there, or would be had anybody uploaded it."""
    from mufakat.server.appeals.models import Appeal
    from mufakat.server.connectors.models import Delivery, Endpoint
    from mufakat.server.journal.models import Event
    from mufakat.server.notices.models import Task
    from mufakat.server.parties.models import ContactPoint, Drill, Mandate

    # A drill, an endpoint with what waits for it, and a task: the one who is asked has no contacts, so that its ladder
    # comes to the phone at once.
    contact = ContactPoint.objects.filter(party__handle="telegram").order_by("pk")[0].pk
    drills.send(contact, by=None)
    drill = Drill.objects.get()
    owner = house.caller("telegram", "representative")
    hook = "https://hooks.telegram.example/mufakat"
    endpoints.set_up(hook, by=owner, key=Key.of(owner.party_id, "a route", "k1", b""), told=lambda one: one.id.encode())
    expansion.expand(at=datetime.now(UTC) + timedelta(seconds=2))
    house.submit(body(to="isp-b", kind="order"), key="a call")
    escalation.sweep(at=datetime.now(UTC) + timedelta(hours=2))
    decided = decide(house, taken(house, key="decided"))
    words = b'{"reasons": "A made-up word of doubt.", "evidence": []}'
    lodging.lodge(decided["id"], words, by=house.caller("kominfo", "officer"), at=datetime.now(UTC))
    agreement = in_force()
    at = datetime.now(UTC)
    restriction = restrictions.propose(ordered(at), by=house.caller("kominfo", "officer"), at=at)
    return {
        **one_of_each(house),
        "restriction": [restriction.subject],
        "agreement": [agreement["id"]],
        "point": ["terms", "nonsense"],
        "number": ["1"],
        "notice": [*notices, decided["notice"]],
        "decision": [decided["id"]],
        "measure": [decided["measures"][0]["id"]],
        "statement": [decided["statement"]],
        "appeal": [Appeal.objects.get().pk],
        "path": ["notices", "decisions", "nonsense"],
        "day": ["2026-01-01"],
        "form": ["csv", "nonsense"],
        "list_name": ["terrorism", "allow"],
        "resolver": ["1"],
        "file": ["rpz.zone", "domains.json", "hosts.txt", "squid.txt", "nonsense"],
        "event": list(Event.objects.filter(case__in=notices).values_list("pk", flat=True)),
        "chat": [chat_of(house, user=55)],
        "contact": [contact],
        "drill": [drill.pk],
        "code": [drill.code, code_of(decided)],
        "endpoint": [Endpoint.objects.get().pk],
        "delivery": [str(Delivery.objects.filter(carrier="webhook").order_by("pk")[0].pk)],
        "mandate": [Mandate.objects.filter(party__handle="kominfo").order_by("pk")[0].pk],
        "task": [Task.objects.get(act="phone_task").pk],
        "warning": ["wrn_01m89vygyhe4mtytf7q822wp85"],
        "step": ["notice_of_intended_block", "letter_1", "reminder"],
        "name": ["acknowledge_within"],
        "deed": ["disable", "test"],
        "objective": ["obj_01m89vygyhe4mtytf7q822wp85"],
        "review": ["rev_01m89vygyhe4mtytf7q822wp85"],
        "followup": ["fol_01m89vygyhe4mtytf7q822wp85"],
        "year": ["2026"],
        "party": ["telegram"],
        "sha256": ["0" * 64],
        "found": ["imp_01m89vygyhe4mtytf7q822wp85"],
        "handle": ["telegram"],
        "shard": ["1"],
        "key": ["nonsense"],
        "rest": ["0/000.p/1", "entries/000.p/1", "nonsense"],
        "position": ["0"],
        "uuid": ["01890a5d-ac96-774b-bcce-b302099a8057"],
        "puid": ["A-PUID"],
        "run": ["nonsense"],
        "entry": [decided["id"]],
    }


def addresses(fillings: dict[str, list[str]]) -> list[str]:
    """Everything that can be opened, filled with what there is."""
    routed = [f"/{route}" for route in patterns(get_resolver()) if "(?" not in route and "^" not in route]
    described_ = [path for method, path, _ in operations(described()) if method == "get"]
    found = []
    for path in {*routed, *described_}:
        filled = [path]
        for mark in PARAMETER.finditer(path):
            filled = [one.replace(mark[0], value) for one in filled for value in fillings[mark["name"]]]
        found += filled
    return sorted(
        {
            *found,
            "/desk/?hands=mine",
            "/desk/?hands=unassigned",
            "/desk/notices/?state=received",
            "/desk/measures?state=failed",
            "/desk/agreements/new?profile=id-2017",
            "/desk/agreements/?state=talks",
        }
    )


def test_a_scanner_that_opens_every_address_as_everybody_changes_nothing(
    house: House, fillings: dict[str, list[str]], browser_of: Callable[[str, str], Client]
) -> None:
    everything = [path for path in addresses(fillings) if not path.startswith(("/account/", "/static"))]
    machines = [path for path in everything if path.startswith(("/api/", "/log/", "/metrics"))]
    pages = [path for path in everything if path not in machines]
    opening: list[tuple[Client, list[str]]] = [(Client(headers=PREVIEWS), everything)]
    opening += [(Client(headers={**PREVIEWS, "Authorization": "Bearer mfk_made_up"}), everything)]
    opening += [(browser_of(*seat), pages) for seat in SEATS]
    opening += [(Client(headers={"Authorization": f"Bearer {house.token(*seat)}"}), machines) for seat in SEATS]
    assert len(pages) > 30 < len(machines)
    door.commit(lambda _: None)
    before = rows()
    statuses: set[int] = set()
    for number, (client, paths) in enumerate(opening):
        for path in paths:
            for open_ in (client.get, client.head) if number % 4 == 0 else (client.get,):
                response: Any = open_(path)
                statuses.add(response.status_code)
                b"".join(response.streaming_content) if response.streaming else response.content
                response.close()
    door.commit(lambda _: None)
    assert rows() == before
    assert {200, 302, 401, 404, 405} <= statuses
    assert max(statuses) < 500


@pytest.mark.parametrize("who", ["nobody", "made-up token", *SEATS], ids=str)
def test_only_the_recipient_leaves_a_note(
    house: House, notices: list[str], browser_of: Callable[[str, str], Client], who: Any
) -> None:
    from mufakat.server.notices.models import Notice

    del house
    bearing = {} if who == "nobody" else {"Authorization": "Bearer mfk_made_up"}
    client = Client(headers={**PREVIEWS, **bearing}) if isinstance(who, str) else browser_of(*who)
    client.get(f"/desk/notices/{notices[0]}")
    client.head(f"/desk/notices/{notices[1]}")
    door.commit(lambda _: None)
    noted = set(Notice.objects.exclude(fetched_at=None).values_list("id", flat=True))
    assert noted == ({notices[0]} if who[0] == "telegram" else set())
