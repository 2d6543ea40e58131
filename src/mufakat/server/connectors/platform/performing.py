"""How an order is carried out so that it is done once, evidence first, and its undoing is known before it begins.

1. An order that is known gives its receipt again; another one under its name is refused.
2. What the connector does not declare is refused: it is a person's task.
3. A dry run ends here.
4. Evidence, the order and what undoes it are durable.
5. Of a verb that must not be done twice it is durable that it begins.
6. The service is asked.
7. Its answer is durable.

If power fails before 5, nothing was done, and it is done later. Between 5 and 7 a verb that may be repeated is
repeated; one that may not is uncertain, is not done again, and a person is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from mufakat.rules.measures_planning import TABLE
from mufakat.server.connectors.platform.errors import CannotError, LaterError, LockedOutError, LostError
from mufakat.server.connectors.platform.interface import REPEATABLE
from mufakat.server.connectors.platform.orders import Outcome, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from mufakat.rules.measures_planning import Capability
    from mufakat.server.connectors.platform.interface import PlatformConnector
    from mufakat.server.connectors.platform.orders import Order, Snapshot


class Book(Protocol):
    """Where orders are written down; each is durable when it returns."""

    async def known(self, order: Order) -> Known | None:
        """How this order stands; OtherOrderError where its name is another's."""

    async def owe(self, order: Order, *, evidence: Snapshot | None, undone_by: Capability | None) -> None:
        """It is to be done."""

    async def begin(self, order: Order) -> None:
        """It begins."""

    async def rest(self, order: Order) -> None:
        """It began, and nothing of it was done."""

    async def end(self, order: Order, receipt: Receipt) -> None:
        """This became of it."""


@dataclass(frozen=True, slots=True)
class Known:
    """How an order stands: begun, and its receipt where it has one."""

    begun: bool
    receipt: Receipt | None


def now() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Performer:
    """A connector with its book."""

    connector: PlatformConnector
    book: Book
    clock: Callable[[], datetime] = now

    async def perform(self, order: Order, *, evidence: Snapshot | None = None, dry_run: bool = False) -> Receipt:
        """Carry an order out, or say what became of it before.

        Raises CannotError and OtherOrderError; LaterError, LostError and LockedOutError, after which it is still owed.
        """
        # (1) Is it known?
        known = await self.book.known(order)
        if known is not None and known.receipt is not None:
            return known.receipt
        # (2) Is it declared?
        cell = TABLE[self.connector.way].get((order.verb, order.subject))
        if cell is None or (order.verb, order.subject) not in self.connector.capabilities:
            raise CannotError(f"{self.connector.way} cannot {order.verb} {order.subject}.")
        # (3) Is it earnest?
        if dry_run:
            return Receipt(outcome=Outcome.WOULD, at=self._at(), undone_by=cell.undone_by)
        # (4) Evidence first.
        if known is None:
            evidence = evidence or await self.connector.snapshot(order.target)
            await self.book.owe(order, evidence=evidence, undone_by=cell.undone_by)
        # (5) to (7)
        receipt = await self._carried(order, begun=known is not None and known.begun)
        await self.book.end(order, receipt)
        return receipt

    async def _carried(self, order: Order, *, begun: bool) -> Receipt:
        repeatable = order.verb in REPEATABLE
        if begun and not repeatable:
            return self._uncertain("it began, and what became of it was not heard")
        if not repeatable:
            await self.book.begin(order)
        try:
            return await self.connector.carry(order)
        except CannotError as error:
            return Receipt(outcome=Outcome.REFUSED, at=self._at(), says=str(error))
        except (LaterError, LockedOutError):
            # A service that knows us no more did nothing either: after another token it is still owed.
            if not repeatable:
                await self.book.rest(order)
            raise
        except LostError as error:
            if repeatable:
                raise
            return self._uncertain(str(error))

    def _uncertain(self, why: str) -> Receipt:
        return Receipt(outcome=Outcome.UNCERTAIN, at=self._at(), says=why)

    def _at(self) -> str:
        return self.clock().isoformat(timespec="milliseconds")
