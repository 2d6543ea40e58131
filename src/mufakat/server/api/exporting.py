"""``GET /api/v1/notices/export``: the notices of a party as a file, streamed, or the report of that export."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from django.http import StreamingHttpResponse

from mufakat import formats
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.permissions import Deed
from mufakat.server.api import parameters, problems
from mufakat.server.journal import ids
from mufakat.server.notices import exports
from mufakat.server.notices.exports import Address, Export
from mufakat.server.notices.queries import Wanted

if TYPE_CHECKING:
    from django.http import HttpRequest

    from mufakat.formats import Format
    from mufakat.server.parties.queries import Caller

PARAMETERS = ("format", "state", "to", "after", "upto", "since", "contact", "domain", "report")
HANDLE = re.compile(r"[a-z0-9-]{1,63}")
NDJSON = "application/x-ndjson"


class ReportLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said of one notice: that its content was erased, why it was not written, or what the file lost of it."""

    id: str
    erased: bool = False
    errors: list[dict[str, str]] = []
    losses: list[dict[str, str]] = []


class ReportEnd(msgspec.Struct, frozen=True):
    """The last line of a report: counts, and the length of the file that holds the same notices (``upto=newest``)."""

    end: str
    written: int
    erased: int
    refused: int
    losses: int
    bytes: int
    newest: str | None


def asked(query: str, *, at: datetime) -> tuple[Format, Wanted, Address | None, bool]:
    """Read the parameters. Raises BadRequestError with every fault."""
    faults = Faults()
    told = parameters.read(query, PARAMETERS, faults)
    if told.get("format") not in set(formats.Format):
        faults.add("/format", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(formats.Format)}")
    if "state" in told and told["state"] not in set(NoticeState):
        faults.add("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(NoticeState)}")
    if "to" in told and not HANDLE.fullmatch(told["to"]):
        faults.add("/to", FaultCode.BAD_FORM, "must be the handle of a party")
    for name in ("after", "upto"):
        if name in told and not ids.is_id(told[name], "ntc"):
            faults.add(f"/{name}", FaultCode.BAD_FORM, "must be the id of a notice")
    if told.get("report", "true") != "true":
        faults.add("/report", FaultCode.NOT_IN_LIST, "must be true, or left out")
    since = _since(told.get("since"), faults)
    address = _address(told, faults, at=at)
    if faults.found:
        raise problems.BadRequestError(faults.found)
    state = NoticeState(told["state"]) if "state" in told else None
    wanted = Wanted(state, told.get("to"), told.get("after"), told.get("upto"), since)
    return formats.Format(told["format"]), wanted, address, "report" in told


def _since(text: str | None, faults: Faults) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        faults.add("/since", FaultCode.BAD_DATE, "must be a date or a time, such as 2017-07-14 or 2017-07-14T10:00:00Z")
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _address(told: dict[str, str], faults: Faults, *, at: datetime) -> Address | None:
    """Where we can be reached: XARF asks for it."""
    names = ("contact", "domain")
    if told.get("format") != formats.Format.XARF:
        for name in names:
            if name in told:
                faults.add(f"/{name}", FaultCode.UNKNOWN_MEMBER, "Only XARF asks for this.")
        return None
    missing = [name for name in names if name not in told]
    for name in missing:
        faults.add(f"/{name}", FaultCode.MISSING, "XARF asks where your party can be reached: contact and domain.")
    if missing:
        return None
    address = Address(told["contact"], told["domain"])
    for fault in exports.faults_of(address, at=at):
        last = fault.pointer.rsplit("/", 1)[-1]
        faults.add(f"/{last}" if last in names else "/contact", fault.code, fault.detail)
    return address


def view(request: HttpRequest, caller: Caller, *, at: datetime) -> StreamingHttpResponse:
    """The file, or the report of the same export."""
    caller.require(Deed.READ)
    form, wanted, address, wants_report = asked(request.META.get("QUERY_STRING", ""), at=at)
    export = Export(caller, wanted, form, address)
    if wants_report:
        parts = (msgspec.json.encode(line) + b"\n" for line in exports.lines(export))
        work = exports.Work(caller, parts)
        return StreamingHttpResponse(work, content_type=NDJSON, headers={"Cache-Control": "no-store"})
    headers = {
        "Content-Disposition": f'attachment; filename="notices-{at:%Y%m%d}.{form.value}"',
        "Cache-Control": "no-store",
    }
    work = exports.Work(caller, export.file())
    return StreamingHttpResponse(work, content_type=exports.MEDIA_TYPES[form], headers=headers)
