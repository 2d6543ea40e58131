"""The deeds of the agreements room. Each is one event or more, in one transaction, told to every side.

open_talks ──▶ act: propose · counter · agree · decline · withdraw ──▶ (sweep: begins, ends) ──▶ show · end
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.rules.permissions import Deed
from mufakat.server.agreements import queries
from mufakat.server.agreements.answering import Acting
from mufakat.server.agreements.beginning import (
    next_due as next_due,  # noqa: PLC0414 - the room's door.
    settle_due as settle_due,  # noqa: PLC0414 - the same.
    sweep as sweep,  # noqa: PLC0414 - the same.
)
from mufakat.server.agreements.leaving import Ending
from mufakat.server.agreements.opening import Opening
from mufakat.server.agreements.recording import (
    record as record,  # noqa: PLC0414 - the same.
    record_all as record_all,  # noqa: PLC0414 - the same.
)
from mufakat.server.agreements.reopening import reconsider as reconsider  # noqa: PLC0414 - the same.
from mufakat.server.agreements.showing import Showing
from mufakat.server.journal import door
from mufakat.server.journal.answers import Key

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.journal.answers import Answer
    from mufakat.server.parties.queries import Caller

OPEN = "POST /api/v1/agreements"
ACT = "POST /api/v1/agreements/{id}/points/{point}"
SHOW = "POST /api/v1/agreements/{id}/points/{point}/evidence"
END = "POST /api/v1/agreements/{id}/ending"


def open_talks(raw: bytes, *, by: Caller, at: datetime, key: Key | str | None = None) -> Answer:
    """Open talks (`rules.agreement.AgreementIn`): 201 AgreementOut. Raises BadAgreementError, NotPermittedError."""
    del at  # The writer's moment counts.
    by.require(Deed.PROPOSE_POINT)
    answer: Answer = door.writer().commit(Opening(raw, by, _key(key, by, OPEN, raw)))
    return answer


def act(agreement: str, point: str, raw: bytes, *, by: Caller, at: datetime, key: Key | str | None = None) -> Answer:  # noqa: PLR0913 - which point, what, who, when.
    """Do something with a point (`rules.agreement.ActIn`): 200 AgreementOut.

    Raises NotFoundError, BadAgreementError, NotPermittedError, PointStandsError, NotNowError.
    """
    del at
    queries.agreement_for(by, agreement)
    answer: Answer = door.writer().commit(Acting(agreement, point, raw, by, _key(key, by, ACT, raw, agreement, point)))
    return answer


def show(agreement: str, point: str, raw: bytes, *, by: Caller, at: datetime, key: Key | str | None = None) -> Answer:  # noqa: PLR0913 - the same.
    """Show something for a point in force (`agreement_reading.ShowingIn`): 201 AgreementOut. Raises as `act` does."""
    del at
    queries.agreement_for(by, agreement, deed=Deed.SHOW_EVIDENCE)
    made = Showing(agreement, point, raw, by, _key(key, by, SHOW, raw, agreement, point))
    answer: Answer = door.writer().commit(made)
    return answer


def end(agreement: str, raw: bytes, *, by: Caller, at: datetime, key: Key | str | None = None) -> Answer:
    """End an agreement, or its talks (`agreement_reading.EndingIn`): 200 AgreementOut. Raises as `act` does."""
    del at
    queries.agreement_for(by, agreement, deed=Deed.AGREE_POINT)
    answer: Answer = door.writer().commit(Ending(agreement, raw, by, _key(key, by, END, raw, agreement)))
    return answer


def _key(key: Key | str | None, by: Caller, route: str, raw: bytes, *ids: str) -> Key | None:
    """The key as the writer takes it: of this party, on this very address."""
    if not isinstance(key, str):
        return key
    for name, value in zip(("{id}", "{point}"), ids, strict=False):
        route = route.replace(name, value)
    return Key.of(by.party_id, route, key, raw)
