"""Deeds of the restrictions room: its door for everybody else."""

from __future__ import annotations

from mufakat.server.restrictions.answering import object_to as object_to  # noqa: PLC0414 - given on.
from mufakat.server.restrictions.approving import approve as approve  # noqa: PLC0414 - the same.
from mufakat.server.restrictions.confirming import confirm as confirm  # noqa: PLC0414 - the same.
from mufakat.server.restrictions.ending import sweep as end_due  # noqa: F401 - the same.
from mufakat.server.restrictions.lifting import lift_by as lift  # noqa: F401 - the same.
from mufakat.server.restrictions.proposing import propose as propose  # noqa: PLC0414 - the same.
from mufakat.server.restrictions.publishing import (
    sweep as publish_due,  # noqa: F401 - the same.
    told as told,  # noqa: PLC0414 - the same.
)
from mufakat.server.restrictions.reconsidering import reconsider as reconsider  # noqa: PLC0414 - the same.
