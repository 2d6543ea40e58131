"""Evidence: files are uploaded, or come inside a notice; both sides read them, nobody else, and nobody once erased."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tests.server.api.doors import NOTICES, Reply
from tests.server.api.test_api_evidence import streamed
from tests.simulator import books
from tests.simulator.acts import Foreseen, Request
from tests.simulator.keeping import Sweep
from tests.simulator.model import KEPT, SUBMITTERS, Named, require
from tests.simulator.reads import Read
from tests.simulator.wire import ask, get

from mufakat.server.journal import vault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tests.simulator.acts import Circumstances
    from tests.simulator.books import ExhibitRow, Seen, UploadRow
    from tests.simulator.model import Case, Model


@dataclass(eq=False)
class Upload(Request):
    """A file is stored, so that a notice may name it. Sent again it is stored anew, in the place of the first."""

    name: ClassVar[str] = "upload"
    content: bytes
    through_hot_door: bool = True

    def __str__(self) -> str:
        return f"upload of {self.sha256.hex()[:8]} by {self.seat}"

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.content).digest()

    def send(self) -> Reply:
        if self.through_hot_door:
            return streamed(self.content, token=self.token.text)
        path = f"/api/v1/evidence/{self.sha256.hex()}"
        headers = {"Authorization": f"Bearer {self.token.text}"}
        return ask("PUT", path, self.content, headers)

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped_at_the_door(model, around):
            return stopped
        if self.seat.role not in SUBMITTERS:
            return Foreseen(403, "not-permitted")
        return Foreseen(201, effect=True)

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        rows = [row for row in books.uploads().values() if row.keyed]
        ours = [row for row in rows if (row.party, row.sha256) == (self.seat.party_id, self.sha256)]
        before = [named for named in model.uploads.values() if named.row in ours]
        new = [row for row in ours if row not in [named.row for named in before]]
        require(len(new) <= 1, "evidence", f"{self} made {len(new)} rows")
        for row in new:
            free = [
                one for one in model.nameable(self.seat.party_id, self.sha256, row.expires_at - KEPT) if not one.cases
            ]
            require(not free or row.id in {one.row.id for one in free}, "evidence", f"{self} is stored twice")
            model.uploads[row.id] = Named(row)
            model.contents[self.sha256] = self.content
        return bool(new)


@dataclass(eq=False)
class SweepEvidence(Sweep):
    """Files that nobody named in their time, and what dead processes left."""

    name: ClassVar[str] = "sweep of evidence"

    def sweep(self, at: datetime) -> Any:
        from mufakat.server.notices import evidence

        found = evidence.sweep(at=at)
        return [found.uploads, found.keys, found.files]

    def claim(self, model: Model, seen: Seen, want: Foreseen) -> bool:
        rows = books.uploads()
        gone = [pk for pk, named in model.uploads.items() if rows.get(pk) != named.row]
        for pk in gone:
            named = model.uploads.pop(pk)
            require(named.row.expires_at <= self.at, "evidence", f"{self} took {pk} before its time")  # type: ignore[operator]
            kept = pk in rows and rows[pk] == named.row._replace(keyed=False)
            require(
                kept == bool(named.cases),
                "evidence",
                f"{self} left {pk}, which {len(named.cases)} notices name: {kept}",
            )
        self.count = len(gone)
        return bool(gone)

    def left(self, model: Model) -> set[Any]:
        late = {pk for pk, named in model.uploads.items() if named.row.expires_at <= self.at}  # type: ignore[operator]
        known = {row.file for row in books.uploads().values()}
        old = self.at.timestamp() - KEPT.total_seconds()  # type: ignore[union-attr]
        return late | {name for name, at in on_disk().items() if name not in known and at < old}


@dataclass(eq=False)
class Look(Read):
    """The files of a notice (``position`` is None), or one of them."""

    name: ClassVar[str] = "look"
    case: Case
    position: int | None = None

    def __str__(self) -> str:
        return f"look at file {self.position} of {self.case.id} by {self.seat}"

    def send(self) -> Reply:
        return get(
            f"{NOTICES}/{self.case.id}/evidence{'' if self.position is None else f'/{self.position}'}", self.token.text
        )

    def foresee(self, model: Model, around: Circumstances) -> Foreseen:
        if stopped := self.stopped(model, around):
            return stopped
        if not self.case.sees(self.seat.handle):
            return Foreseen(404, "not-found")
        if self.position is None:
            return Foreseen(200)
        if self.position >= len(self.case.evidence):
            return Foreseen(404, "not-found")
        if "evidence" in self.case.erased:
            return Foreseen(410, "erased")
        return Foreseen(200) if self.case.evidence[self.position].held else Foreseen(404, "not-found")

    def settle(self, model, reply, seen, around):
        want = self.foresee(model, around)
        if reply is not None and reply.status == 200 and want.status == 404:
            require(held=False, promise="I-10", words=f"{self} shows what it must not")
        return super().settle(model, reply, seen, around)

    def heard(self, model: Model, reply: Reply, want: Foreseen, around: Circumstances) -> None:
        if reply.status != 200:
            return
        if self.position is not None:
            due = model.contents[self.case.evidence[self.position].sha256]
            require(reply.body == due, "evidence", f"{self} shows other bytes than were sent")
            return
        found = [(one["state"], one["sha256"]) for one in reply.json()["items"]]
        if "evidence" in self.case.erased:
            due_list: list[tuple[str, str | None]] = [("erased", None)] * len(self.case.evidence)
        else:
            due_list = [("held" if one.held else "digest_only", one.sha256.hex()) for one in self.case.evidence]
        require(found == due_list, "evidence", f"{self} shows {found}, due is {due_list}")


def on_disk() -> dict[str, float]:
    """The files of the vault, and when they were last written."""
    return {path.name: path.stat().st_mtime for path in vault.root().glob("*/*") if path.is_file()}


def in_order(model: Model, touched: set[str] | None) -> None:
    """Rows, files and keys are what the model holds; the files of these notices, or all, are opened."""
    rows, shown = books.uploads(), books.exhibits()
    # (1) What each notice names, at its place.
    found: dict[str, list[ExhibitRow]] = {}
    for one in shown:
        found.setdefault(one.notice, []).append(one)
    due = {case.id for case in model.cases.values() if case.evidence}
    require(found.keys() == due, "evidence", f"files of other notices than are due: {sorted(found.keys() ^ due)[:3]}")
    for name, exhibits in found.items():
        of_a_notice(model, model.cases[name], exhibits, rows, whole=touched is None or name in touched)
    # (2) Whatever may be named is the model's; whatever may not is needed by a notice.
    keyed = {pk: row for pk, row in rows.items() if row.keyed}
    due_rows = {pk: named.row for pk, named in model.uploads.items()}
    require(keyed == due_rows, "evidence", f"files that may be named: {sorted(keyed)}, due are {sorted(due_rows)}")
    idle = rows.keys() - keyed.keys() - {one.upload for one in shown}
    require(not idle, "evidence", f"files that nobody needs: {sorted(idle)[:3]}")
    # (3) A row never names a file that is not there.
    lost = {row.file for row in rows.values()} - on_disk().keys()
    require(not lost, "evidence", f"rows name files that are not there: {sorted(lost)[:3]}")


def of_a_notice(
    model: Model, case: Case, found: list[ExhibitRow], rows: Mapping[str, UploadRow], *, whole: bool
) -> None:
    """The files of one notice open to what was sent, until they are erased, and never after."""
    if "evidence" in case.erased:
        left = [one for one in found if any(value is not None for value in one[2:])]
        require(not left, "I-09", f"the evidence of {case.id} is erased and has still {left[:1]}")
        return
    said = [(one.position, one.sha256, one.upload is not None) for one in found]
    due = [(place, one.sha256, one.held) for place, one in enumerate(case.evidence)]
    require(said == due, "evidence", f"{case.id} names {said}, due is {due}")
    for one in found:
        if one.upload is None:
            require(one.sealed_key is None, "I-15", f"{case.id} has a key for what is a digest alone")
            continue
        row = rows.get(one.upload)
        require(row is not None, "evidence", f"{case.id} names a file without a row")
        same = (row.party, row.sha256) == (model.parties[case.sender].id, one.sha256)  # type: ignore[union-attr]
        require(same, "evidence", f"{case.id} holds another file than its sender's")
        if (named := model.uploads.get(one.upload)) and case.id not in named.cases:
            require(named.row.expires_at > case.received_at, "evidence", f"{case.id} names a file whose time had ended")
            named.cases.add(case.id)
        if whole:
            content = content_of(one, row)  # type: ignore[arg-type]
            opens = content is not None and hashlib.sha256(content).digest() == one.sha256
            require(opens, "evidence", f"a file of {case.id} does not open to what was sent")


def content_of(one: ExhibitRow, row: UploadRow) -> bytes | None:
    """The bytes of a file, opened past the server's own way of reading; None where it does not open."""
    context = f"mufakat/exhibit/v1 {one.notice} {one.position}"
    try:
        key = vault.unwrap(one.sealed_key or b"", under=one.case_key or b"", context=context)
        return b"".join(vault.opened(row.file, key))
    except vault.DamagedFileError:
        return None
