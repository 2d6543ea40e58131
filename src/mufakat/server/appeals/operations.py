"""Deeds of the appeals room: its door for everybody else."""

from __future__ import annotations

from mufakat.server.appeals.closing import (
    decided as decided,  # noqa: PLC0414 - given on.
    next_due as next_due,  # noqa: PLC0414 - the same.
    reversed_ as reversed_,  # noqa: PLC0414 - the same.
    sweep as sweep,  # noqa: PLC0414 - the same.
)
from mufakat.server.appeals.lodging import (
    lodge as lodge,  # noqa: PLC0414 - given on.
    lodge_by_code as lodge_by_code,  # noqa: PLC0414 - the same.
    read_by_code as read_by_code,  # noqa: PLC0414 - the same.
)
from mufakat.server.appeals.resolving import resolve as resolve  # noqa: PLC0414 - given on.
