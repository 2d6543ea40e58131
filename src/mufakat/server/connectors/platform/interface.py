"""What a connector to a service with content is: its declared capabilities, and a verb for each.

A verb that a service does not have is not overridden, and refuses; the table of `rules.measures_planning` says the same
cell by cell, and a test holds each connector to its column.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from mufakat.rules.measures_planning import Capability, Way, declared
from mufakat.server.connectors.platform.errors import CannotError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mufakat.rules.measures_planning import Verb
    from mufakat.server.connectors.platform.orders import Order, Receipt, Snapshot, Target

REPEATABLE = frozenset({Capability.HIDE, Capability.REMOVE, Capability.SUSPEND, Capability.CLOSE, Capability.RESTORE})
"""Verbs that done twice are as done once; a message that is sent twice is two messages."""


class PlatformConnector(ABC):
    """A connector. Every verb is carried out at most as far as its order says; whoever calls it keeps the books."""

    way: ClassVar[Way]

    @property
    def capabilities(self) -> frozenset[Verb]:
        """What it can do itself where it has every right."""
        return declared(self.way)

    @abstractmethod
    async def resolve(self, locator: str) -> Target | None:
        """What a locator names, as the service knows it; None where there is nothing public by it."""

    @abstractmethod
    async def able(self, target: Target) -> frozenset[Verb]:
        """Of the capabilities, those that it has the rights for at this target."""

    @abstractmethod
    async def snapshot(self, target: Target) -> Snapshot | None:
        """Evidence of what is there; None where the service lets nothing be read after the fact."""

    @abstractmethod
    def stream(self) -> AsyncIterator[Any]:
        """What is published, as the service tells it."""

    async def carry(self, order: Order) -> Receipt:
        """Carry an order out by the verb that it names."""
        verb = VERBS.get(order.verb)
        if verb is None:
            raise CannotError(f"{order.verb} is no order.")
        done: Receipt = await getattr(self, verb)(order)
        return done

    async def warn(self, order: Order) -> Receipt:
        """Say something to whoever wrote it."""
        raise self._cannot(order)

    async def label(self, order: Order) -> Receipt:
        """Say something beside it."""
        raise self._cannot(order)

    async def hide(self, order: Order) -> Receipt:
        """Let nobody see it, or hear its author, until it is restored."""
        raise self._cannot(order)

    async def remove(self, order: Order) -> Receipt:
        """Take it away."""
        raise self._cannot(order)

    async def suspend(self, order: Order) -> Receipt:
        """Let its author in no more, until it is restored or ends."""
        raise self._cannot(order)

    async def close(self, order: Order) -> Receipt:
        """Close the channel."""
        raise self._cannot(order)

    async def restore(self, order: Order) -> Receipt:
        """Undo what the act `order.undoes` did."""
        raise self._cannot(order)

    def _cannot(self, order: Order) -> CannotError:
        return CannotError(f"{self.way} cannot {order.verb} {order.subject}.")


VERBS = {
    verb: verb.value
    for verb in (
        *(Capability.WARN, Capability.LABEL, Capability.HIDE, Capability.REMOVE),
        *(Capability.SUSPEND, Capability.CLOSE, Capability.RESTORE),
    )
}
