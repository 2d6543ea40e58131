"""Resolvers of operators whose answers a test decides; what is asked of them and written down is the house's own."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.server.restrictions.ordering import OFFICER

from mufakat.rules.probing import Reach, ResolverIn
from mufakat.rules.restriction import Sighting
from mufakat.server.journal import door, queries as events
from mufakat.server.restrictions import matrix, queries, resolvers, sighting, watching
from mufakat.server.restrictions.models import Carrying, Resolver
from mufakat.server.restrictions.sighting import Found, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.restrictions.ordering import Ministry

    from mufakat.server.restrictions.matrix import MatrixOut, OperatorOut
    from mufakat.server.restrictions.watching import Turn

LOOPBACK = Reach((ipaddress.ip_network("127.0.0.0/8"),))
CLOSED, OPEN, SILENT = Sighting.CLOSED, Sighting.OPEN, Sighting.SILENT


@dataclass
class Network:
    """What each resolver (by port) answers: for the canary, and for a name that is on or off the list."""

    ministry: Ministry
    filters: dict[int, bool | None] = field(default_factory=dict)
    # A resolver that follows its list answers by the rows; one named here answers so, for all names or for one.
    says: dict[int | tuple[int, str], Sighting] = field(default_factory=dict)
    asked: list[tuple[int, str | None]] = field(default_factory=list)

    def resolver(self, operator: str = "isp-a", port: int = 5301) -> str:
        by = self.ministry.house.caller(operator, "engineer")
        found = json.loads(resolvers.add(ResolverIn("127.0.0.1", port), by=by).body)
        return str(found["id"])

    def work(self) -> None:
        """What goes on by itself, and the probes, for what is due now."""
        self.ministry.work()
        for turns in iter(partial(watching.turns, at=self.ministry.at), []):
            outcomes = [self.outcome(turn) for turn in turns]
            door.commit(partial(sighting.record, outcomes))
            self.ministry.work()

    def outcome(self, turn: Turn) -> Outcome:
        at = self.ministry.at
        self.asked.append((turn.port, None))
        filters = self.filters.get(turn.port, True) if turn.canaries else None
        found = [self._answer(turn, name) for name in turn.names]
        return Outcome(turn, filters, at, found)

    def _answer(self, turn: Turn, name: watching.Asked) -> Found:
        self.asked.append((turn.port, name.name))
        by_list = OPEN if name.lifted else CLOSED
        said = self.says.get((turn.port, name.name), self.says.get(turn.port, by_list))
        return Found(name.pk, said, f"a={said.value}", self.ministry.at)

    # -- What is there to see

    def matrix(self, pk: str) -> MatrixOut:
        return matrix.matrix(queries.known(pk), viewer=self.ministry.house.caller(*OFFICER))

    def operator(self, pk: str, handle: str = "isp-a") -> OperatorOut:
        return next(one for one in self.matrix(pk).operators if one.operator == handle)

    def carrying(self, pk: str, handle: str = "isp-a") -> Carrying:
        return Carrying.objects.get(restriction=pk, operator__handle=handle)

    def party(self, handle: str = "isp-a") -> str:
        return self.ministry.house.caller(handle, "engineer").party_id

    def row(self, pk: str) -> Resolver:
        return Resolver.objects.get(pk=int(pk))

    def sights(self, pk: str) -> list[dict[str, Any]]:
        """What the events of a restriction say was seen."""
        rows = [one for one in events.events_of(pk) if one.type == "restriction.seen"]
        return [json.loads(bytes(one.openings.get(field="sight").value or b"")) for one in rows]


def network(ministry: Ministry, settings_of: Callable[..., None]) -> Network:
    settings_of(MUFAKAT_PROBES=LOOPBACK)
    return Network(ministry)
