"""The house's side of the tests with real servers: its publisher, step by step or by itself."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.dns.servers import until

from mufakat.formats import rpz, tsig
from mufakat.server.connectors.dns import parts, publishing
from mufakat.server.connectors.dns.configuration import DNS
from mufakat.server.journal import outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.dns.servers import Primary
    from tests.server.restrictions.ordering import Ministry

OPERATORS = ("isp-a", "isp-b", "isp-c")


def zone(list_: str = "terrorism", operator: str = "isp-a", *, shadow: bool = False) -> str:
    return rpz.zone_name(list_, operator, shadow=shadow)


def zones(*operators: str, lists: Sequence[str] = (rpz.ALLOW, "terrorism")) -> list[str]:
    """The zones of these operators, as a primary is set up for them."""
    return [zone(list_, operator) for operator in operators for list_ in lists]


@dataclass
class Publishing:
    """A house that publishes to servers."""

    ministry: Ministry

    @classmethod
    @contextmanager
    def to(
        cls,
        ministry: Ministry,
        settings_of: Callable[..., None],
        primaries: Sequence[Primary],
        *,
        timers: rpz.Timers | None = None,
    ) -> Iterator[Publishing]:
        told = tuple(("127.0.0.1", one.port) for one in primaries)
        key = tsig.read(primaries[0].key.text)
        settings_of(MUFAKAT_DNS=DNS(rpz.SUFFIX, told, key, timers or rpz.TIMERS))
        try:
            yield cls(ministry)
        finally:
            publishing.close()

    def run(self) -> None:
        """Until nothing is left that the servers would take now."""
        while parts.published(at=self.ministry.at).more:
            pass

    def until_there(self, primary: Primary, should: set[str]) -> None:
        """Until a server that comes back has this on the list of isp-a."""

        def there() -> bool:
            self.run()
            return primary.serial(zone()) is not None and primary.owners(zone()) == should

        until(there, "the server has it", primary)

    def forget(self) -> None:
        """As after a restart of the process."""
        publishing.close()

    @contextmanager
    def working(self) -> Iterator[None]:
        """By itself, woken by the bell as the worker's part is."""
        stop, bell = threading.Event(), threading.Event()
        outbox.bell.hear(bell)

        def live() -> None:
            from django.db import connections

            while not stop.is_set():
                bell.clear()
                if not parts.published(at=self.ministry.at, stop=stop).more:
                    bell.wait(1.0)
            connections.close_all()

        thread = threading.Thread(target=live, name="publisher")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            outbox.bell.leave(bell)
            bell.set()
            thread.join()
