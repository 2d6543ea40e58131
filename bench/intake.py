"""The intake suite: taking a notice, reading a locator, verifying a receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import intake_batch, intake_list, intake_single, locators, receipts, suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.contest import Maker

MAKERS: Mapping[str, Maker] = {
    "intake.single.sqlite": intake_single.sqlite,
    "intake.single.postgres": intake_single.postgres,
    "intake.batch.sqlite": intake_batch.sqlite,
    "intake.batch.postgres": intake_batch.postgres,
    "intake.list": intake_list.contest,
    "locator.parse": locators.contest,
    "receipt.verify": receipts.contest,
}

if __name__ == "__main__":
    raise SystemExit(suite.main("intake", MAKERS))
