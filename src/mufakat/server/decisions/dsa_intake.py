"""Take statements of reasons as the DSA Transparency Database does: one, or up to a hundred, all of them or none.

A PUID is used once for ever by a platform; the database refuses a second row of it, and the writer looks first, so that
the refusal can name it. One event says that they were taken: its leaf commits to the digest of the portion, so that
whoever holds the rows can show that they are these and no others.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mufakat.formats import dsa
from mufakat.proof import canonical
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed
from mufakat.server.decisions import dsa_faces
from mufakat.server.decisions.dsa_errors import PuidTakenError, StatementRefusedError
from mufakat.server.decisions.dsa_rows import ForeignStatement, key_of
from mufakat.server.journal import door, operations as journal, store
from mufakat.server.journal.answers import Answer
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from mufakat.formats.dsa import Checked, Row
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.operations import Recorded
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

COLUMNS = (
    *("party_id", "platform", "puid", "puid_key", "uuid", "uuid_key"),
    *("created_at", "event", "position", "body", "residue"),
)


class Prepared(NamedTuple):
    """A statement ready for its row."""

    platform: str
    puid: str
    puid_key: bytes
    uuid: str
    uuid_key: bytes
    created_at: datetime
    body: bytes
    residue: bytes | None


@dataclass(slots=True)
class Submitting:
    """Statements on their way to the writer, which gives them their names and their time."""

    checked: Sequence[Checked]
    by: Caller
    platform: str
    single: bool
    key: Key | None
    plan: Plan | None = None

    @property
    def weight(self) -> int:
        return len(self.checked)

    def run(self, moment: Moment) -> Answer:
        # (1) Two that use one identifier at once come here one after the other.
        puids = [str(one.statement.puid) for one in self.checked]
        if taken := used(self.by.party_id, puids):
            raise PuidTakenError([puid for puid in puids if puid in taken], single=self.single)
        # (2) The event, and a row for each. The time as that database tells it: whole seconds.
        at = moment.at.replace(microsecond=0)
        rows = [self._prepared(one, at, moment) for one in self.checked]
        recorded = write(rows, by=self.by, moment=moment)
        faces = [dsa_faces.face(row, one.statement) for row, one in zip(rows, self.checked, strict=True)]
        body = faces[0] if self.single else {"statements": faces}
        return Answer(201, msgspec.json.encode(body), recorded.case)

    def _prepared(self, one: Checked, at: datetime, moment: Moment) -> Prepared:
        name = str(uuid.UUID(int=_number(moment.id("sor"))))
        residue = msgspec.json.encode(one.residue) if one.residue else None
        row = dsa.Row(0, one.statement, name, self.platform, at, residue)
        return prepared(row, party=self.by.party_id)


def prepared(row: Row, *, party: str) -> Prepared:
    """The row of a statement of this party."""
    puid = row.statement.puid or ""
    keys = key_of(party, puid), key_of(party, row.uuid)
    body = dsa.encoded(row.statement)
    return Prepared(row.platform, puid, keys[0], row.uuid, keys[1], row.created_at, body, row.residue)


class Written(NamedTuple):
    """The event of a portion, and the case that it is."""

    case: str
    event: Recorded
    portion: bytes


def submit(document: Any, *, by: Caller, key: Key | None = None) -> Answer:
    """Take one statement. Raises StatementRefusedError, PuidTakenError."""
    by.require(Deed.IMPORT_STATEMENTS)
    checked = dsa.check(document)
    if not isinstance(checked, dsa.Checked):
        raise StatementRefusedError(checked)
    return _commit([checked], by=by, single=True, key=key)


def submit_batch(document: Any, *, by: Caller, key: Key | None = None) -> Answer:
    """Take a batch of 1 to 100 statements, all of them or none. Raises StatementRefusedError, PuidTakenError."""
    by.require(Deed.IMPORT_STATEMENTS)
    found = dsa.check_batch(document)
    checked = [one for one in found if isinstance(one, dsa.Checked)]
    if len(checked) != len(found):
        raise StatementRefusedError([one for one in found if not isinstance(one, dsa.Checked)])
    if twice := dsa.repeated(str(one.statement.puid) for one in checked):
        raise PuidTakenError(twice, single=False)
    return _commit(checked, by=by, single=False, key=key)


def _commit(checked: Sequence[Checked], *, by: Caller, single: bool, key: Key | None) -> Answer:
    name = parties.party_by_handle(by.handle).name
    answer: Answer = door.writer().commit(Submitting(checked, by, name, single, key))
    return answer


def used(party: str, puids: Collection[str]) -> set[str]:
    """Those of the identifiers that the party used before."""
    keys = [key_of(party, puid) for puid in puids]
    return set(ForeignStatement.objects.filter(puid_key__in=keys).values_list("puid", flat=True))


def committed(rows: Sequence[Prepared]) -> bytes:
    """What the event of a portion commits to: how many rows, and the digest over their names and bodies."""
    # All of them at once: other threads go on while it is computed.
    digest = hashlib.sha256(b"".join([b"%b %b\n" % (row.uuid.encode(), row.body) for row in rows]))
    return canonical.encode({"count": len(rows), "sha256": digest.hexdigest()})


def write(rows: Sequence[Prepared], *, by: Caller, moment: Moment, portion: bytes | None = None) -> Written:
    """One event over all of them, and their rows. Inside an operation of the writer; `portion` is `committed` of them.

    Who has time before the writer's turn computes it there.
    """
    portion = committed(rows) if portion is None else portion
    case = moment.id("sor")
    happening = journal.Happening(
        type=EventType.STATEMENTS_IMPORTED,
        sender=by.handle,
        recipient=HOUSE,
        case=case,
        actor=by.handle,
        committed={"portion": portion},
    )
    event = journal.append([happening], moment)[0]
    store.insert(
        ForeignStatement,
        COLUMNS,
        [(by.party_id, *row[:6], event.id, place, row.body, row.residue) for place, row in enumerate(rows)],
    )
    return Written(case, event, portion)


_DIGITS = {sign: value for value, sign in enumerate("0123456789abcdefghjkmnpqrstvwxyz")}


def _number(name: str) -> int:
    """The UUID in one of our ids."""
    found = 0
    for sign in name.partition("_")[2]:
        found = found << 5 | _DIGITS[sign]
    return found
