"""A served house with real resolvers: everything over HTTP, everything else by itself."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.dns import servers
from tests.dns.publishing import zones
from tests.dns.test_story import ELEVEN

from mufakat.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import Server

pytestmark = pytest.mark.fault

OPERATORS = {"isp-a": "bind", "isp-b": "unbound"}


def order() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "list": "terrorism",
        "names": list(ELEVEN),
        "operators": list(OPERATORS),
        "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
        "reason": "A made-up placeholder.",
        "proportionality": "Nothing milder was left.",
        "review_at": (now + timedelta(days=20)).isoformat(),
        "sunset_at": (now + timedelta(days=60)).isoformat(),
        "platform": "telegram",
        "reopening": {"agreement": "id-2017", "all_of": ["representative"]},
    }


def test_closed_and_opened_over_http_and_seen_at_every_operator(
    stopped_server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        network = stack.enter_context(servers.network(zones(*OPERATORS)))
        primary = network.primary
        stopped_server.environ |= {
            "MUFAKAT_DNS_PRIMARY": primary.address,
            "MUFAKAT_DNS_KEY_FILE": str(primary.key.file(primary.folder)),
            "MUFAKAT_RESOLVER_ALLOW": "127.0.0.0/8",
            "MUFAKAT_PROBE_REFERENCE": f"127.0.0.1#{network.world.port}",
        }
        stopped_server.start()

        def seat(handle: str, name: str) -> Client:
            return stack.enter_context(Client(stopped_server.url, stopped_server.token(handle, name)))

        officer = seat("kominfo", "officer")
        engineers = {operator: seat(operator, "engineer") for operator in OPERATORS}
        for operator, engineer in engineers.items():
            engineer.set_resolver("127.0.0.1", port=network.resolvers[OPERATORS[operator]].port)
        pk = officer.propose_restriction(order())["id"]
        for approver in ("approver", "approver-2"):
            seat("kominfo", approver).approve_restriction(pk, note="Looked at.")
        seat("telegram", "representative").object_to_restriction(pk, note="We removed the channels.")

        def every(count: str) -> Callable[[], bool]:
            def seen() -> bool:
                found = officer.restriction_matrix(pk)["operators"]
                return [one[count] for one in found] == [len(ELEVEN)] * len(OPERATORS)

            return seen

        servers.until(every("closed"), "closed at every operator", primary, seconds=60, pause=0.1)
        assert {next(iter(one.resolvers()))["state"] for one in engineers.values()} == {"ready"}
        asked = officer.closed_name(ELEVEN[0])
        assert asked["closed"] is True

        lifted = officer.lift_restriction(pk, note="Settled.")
        assert lifted["state"] == "lifted"
        servers.until(every("open"), "open at every operator", primary, seconds=60, pause=0.1)
        found = {one["operator"]: one for one in officer.restriction_matrix(pk)["operators"]}
        assert {one["carrying"] for one in found.values()} == {"open"}
        assert officer.closed_name(ELEVEN[0])["closed"] is False
        since = datetime.fromisoformat(officer.restriction(pk)["ended_at"])
        with capsys.disabled():
            for operator, one in found.items():
                after = (datetime.fromisoformat(one["opened"]["all"]) - since).total_seconds()
                print(f"\n  {operator}: all names seen open {after:.2f} s after the commit", end="")
        assert stopped_server.run("probe", "run", "--restriction", pk).returncode == 0
