"""Deeds of governance: one public function each; how each is done stands in the module it comes from."""

from mufakat.server.governance.objectives import (
    end as end,  # noqa: PLC0414 - given on: this is the room's door.
    set_up as set_up,  # noqa: PLC0414 - the same.
)
from mufakat.server.governance.reports import publish as publish  # noqa: PLC0414 - the same.
from mufakat.server.governance.reviews import (
    done as done,  # noqa: PLC0414 - the same.
    hold as hold,  # noqa: PLC0414 - the same.
)
