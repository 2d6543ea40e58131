"""Read everything that can be reached, as one reader."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from django.test import Client
from tests.server.api.contract import described, operations
from tests.server.canaries import banked, governed, keyed, negotiated, notified, policed, restricted, screened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.canaries.world import World

    from mufakat.rules.permissions import Role

LINK = re.compile(r"""(?:href|src|action|hx-get)=["']([^"'#]+)["']""")
MINE = "readersownword"
CLOCKED = ("clocks/takedown_same_day/pause", "clocks/takedown_same_day/resume")
DEEDS = ("acknowledgement", "withdrawal", "seen", "messages", "handover", "decision", "warnings", "delivery", *CLOCKED)
CONTACT_DEEDS = ("versions", "removal")
STATEMENT_DEEDS = ("delivery", "submission")
MEASURE_DEEDS = ("approval", "declining", "confirmation", "failure")
NOTHING = ["00000-00000-00000-00000-000000"]  # What opens nothing, where the world has nothing of the kind.
MOST = 150  # Pages of one reader; there are far fewer.


def addresses(world: World, handles: list[str]) -> list[str]:
    """Everything that OpenAPI says can be read, with every id there is."""
    fillings = {
        "notice": list(world.notices),
        "endpoint": world.endpoints,
        "delivery": ["dlv_00000000000000000000000000"],
        "handle": handles,
        "shard": ["1", "example"],
        "position": ["0", "1", "2", "7"],
        "chat": ["cht_00000000000000000000000000"],
        "contact": list(world.contacts),
        "drill": list(world.drills),
        "warning": world.warnings,
        "decision": list(world.decisions),
        "uuid": list(world.statements),
        "puid": list(world.statements.values()),
        "appeal": world.appeals,
        "agreement": list(world.agreements),
        "point": world.points,
        "number": ["1", "2"],
        "objective": world.objectives,
        "review": world.reviews,
        "followup": world.followups,
        "party": handles,
        "year": ["2017"],
        "entry": [*world.notices, *world.decisions],
        "list": ["terrorism", "shadow-terrorism", "allow"],
        "file": ["domains.json", "rpz.zone", "hosts.txt", "squid.txt"],
        "restriction": list(world.restrictions),
        "notification": world.notifications,
        "name": world.names,
        "hit": world.hits,
        "policy": world.policies,
        "backtest": world.backtests,
        "sample": world.samples,
    }
    queries = [
        "",
        f"?state=received&to={MINE}&after={MINE}&grade={MINE}",
        "?state=withdrawn",
        "?to=platform-a",
        "?grade=custody",
    ]
    files = [
        *("", "?format=csv", "?format=json", "?format=ndjson", "?format=csv&report=true", f"?format={MINE}&{MINE}=1"),
        "?format=csv&to=platform-a&state=received&since=2017-07-10",
        "?format=xarf&contact=abuse@reader.example&domain=reader.example",
        "?format=xarf&contact=abuse@reader.example&domain=reader.example&report=true",
    ]
    found = []
    for method, path, operation in operations(described()):
        if method != "get":
            continue
        paths = [path]
        for name in re.findall(r"{([a-z_0-9]+)}", path):
            paths = [one.replace(f"{{{name}}}", value) for one in paths for value in fillings.get(name, NOTHING)]
        asked = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
        questions = files if "format" in asked else queries if asked else [""]
        found += [one + query for one in paths for query in questions]
    return found


def said(response: Any) -> str:
    """Everything that an answer says: headers, cookies and body."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    return f"{response.status_code}\n{response.headers}\n{response.cookies}\n" + content.decode("utf-8", "replace")


def api(world: World, token: str, handles: list[str]) -> Iterator[tuple[str, str]]:
    """What the API says to a token: reads, every page of every list, and refused deeds on every notice."""
    client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})
    for path in addresses(world, handles):
        yield f"GET {path}", said(client.get(path))
    after = ""
    while True:
        response = client.get(f"/api/v1/notices?after={after}")
        yield f"GET notices after {after}", said(response)
        after = response.json().get("next") or ""
        if not after:
            break
    # A deed that is refused must not tell more than a read: its body is bad, so that nothing changes.
    paths = [f"/api/v1/notices/{notice}/{deed}" for notice in world.notices for deed in DEEDS]
    paths += [f"/api/v1/tasks/{task}/{deed}" for task in world.tasks for deed in ("done", "reopening")]
    paths += [f"/api/v1/contacts/{contact}/{deed}" for contact in world.contacts for deed in CONTACT_DEEDS]
    paths += [f"/api/v1/measures/{one}/{deed}" for one in world.measures for deed in MEASURE_DEEDS]
    paths += [f"/api/v1/decisions/{one}/seen" for one in world.decisions]
    paths += [f"/api/v1/statements/{one}/{deed}" for one in world.decisions.values() if one for deed in STATEMENT_DEEDS]
    paths += [f"/api/v1/decisions/{one}/appeals" for one in world.decisions]
    paths += [f"/api/v1/appeals/{one}/resolution" for one in world.appeals]
    paths += [f"/api/v1/agreements/{one}/{deed}" for one in world.agreements for deed in negotiated.DEEDS]
    paths += governed.refused(world)
    paths += restricted.refused(world)
    paths += screened.refused(world)
    paths += policed.refused(world)
    paths += notified.refused(world)
    paths += banked.refused(world)
    paths += keyed.refused(world)
    for path in paths:
        for raw in (b'{"note": 5, "reason": 5, "text": 5, "to": 5}', b"{"):
            yield f"POST {path}", said(client.post(path, raw, content_type="application/json"))


def disclosures() -> Iterator[tuple[str, str, str]]:
    """What everybody may read of every event of the log, with its case; it is the same for every reader."""
    from datetime import UTC, datetime

    from mufakat.server.journal import sequencer
    from mufakat.server.journal.models import Event

    while sequencer.part(at=datetime.now(UTC)).more:
        pass
    client = Client()
    for shard, event, case in Event.objects.values_list("shard", "id", "case"):
        path = f"/log/{shard}/disclosure/{event}.json"
        yield case, path, said(client.get(path))


def registered(case: str) -> str:
    """What the register shows of a case."""
    from datetime import UTC, datetime

    from mufakat.server.register import histories

    return "\n".join(repr(one.entry) for one in histories.projected([case], at=datetime.now(UTC)))


def pages(world: World, seat: tuple[str, Role] | None) -> Iterator[tuple[str, str]]:
    """What the pages say, each as one text."""
    for path, response in answers(world, seat):
        yield f"page {path}", said(response)


def answers(world: World, seat: tuple[str, Role] | None) -> Iterator[tuple[str, Any]]:
    """The pages: everything that a link or a form leads to, and the page of every notice there is."""
    client = Client()
    if seat is not None:
        client.force_login(world.people[seat], backend="allauth.account.auth_backends.AuthenticationBackend")
    waiting = ["/", "/desk/", "/desk/notices/", "/log/", "/account/", "/nowhere"]
    for notice in world.notices:
        here = f"/desk/notices/{notice}"
        waiting += [here, f"{here}/receipt", f"{here}/evidence/0", f"{here}/evidence/1"]
        waiting += [f"{here}/order", f"{here}/warnings/notice_of_intended_block"]
    waiting += [f"/desk/warnings/{one}" for one in world.warnings]
    for one in world.imports:
        here = f"/desk/imports/{one}"
        waiting += [here, *(f"{here}/{part}" for part in ("progress", "refused.csv", "receipts.ndjson", "start"))]
    waiting += ["/desk/intake", *(f"/desk/intake/{mail}" for mail in world.mails)]
    waiting += ["/desk/appeals", *(f"/desk/appeals/{one}" for one in world.appeals)]
    waiting += [f"/desk/decisions/{one}/appeal" for one in world.decisions]
    waiting += ["/desk/agreements/", "/agreements/", *(f"/desk/agreements/{one}" for one in world.agreements)]
    waiting += [f"/desk/agreements/{one}/sheet" for one in world.agreements]
    waiting += ["/desk/telegram/", "/desk/endpoints", "/desk/deliveries", "/register/exports/"]
    waiting += ["/desk/contacts/", *(f"/desk/parties/{handle}" for handle in world.parties)]
    waiting += [f"/desk/contacts/{contact}/{part}" for contact in world.contacts for part in ("change", "remove")]
    waiting += ["/desk/import", *(f"/desk/notices.file?format={form}" for form in ("csv", "json", "ndjson"))]
    waiting += governed.pages(world)
    waiting += restricted.pages(world)
    met = set(waiting)
    while waiting:
        path = waiting.pop(0)
        response = client.get(path)
        text = "" if response.streaming else response.content.decode("utf-8", "replace")
        yield path, response
        response.close()
        moved = [response.headers["Location"]] if "Location" in response.headers else []
        for link in (*LINK.findall(text), *moved):
            parts = urlsplit(urljoin(f"http://testserver{path}", html.unescape(link)))
            following = parts.path + (f"?{parts.query}" if parts.query else "")
            # Every day has its exports, and the days have no beginning.
            skipped = ("/static/", "/account/logout", "/api/", "/register/exports/")
            # A receipt of the register is signed codes alone, and there is one for every step. So is the proof of the
            # log: the leaf, which the events of the API show, and hashes.
            proof = following.startswith("/register/") and "/receipts/" in following
            proof = proof or following.endswith("?grade=inclusion")
            if (
                parts.netloc == "testserver"
                and following not in met
                and not following.startswith(skipped)
                and not proof
            ):
                met.add(following)
                waiting.append(following)
        things = (world.notices, world.mails, world.contacts, world.parties, world.imports, world.decisions)
        assert len(met) < MOST + 12 * sum(len(one) for one in things)
