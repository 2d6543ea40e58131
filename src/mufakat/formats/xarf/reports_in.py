"""XARF v4 in: each report becomes one notice; nothing that it says is lost (`derive`), nothing is made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.formats.items import Bad, Encoding, Item, Stream
from mufakat.formats.json_files import NO_DEFAULTS
from mufakat.formats.members import bounded, filled
from mufakat.formats.records import records_of
from mufakat.formats.streams import json_pieces
from mufakat.formats.xarf.derive import EXTENSION, Derived, derive, without_files
from mufakat.formats.xarf.extension import restore
from mufakat.formats.xarf.shape import check
from mufakat.rules.fault import Fault, Faults
from mufakat.rules.reading import UNREAD, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def read_xarf(
    stream: Stream, *, defaults: Mapping[str, object] = NO_DEFAULTS, encoding: Encoding | None = None
) -> Iterator[Item | Bad]:
    """Read one report, an array of reports, or reports one behind the other (one a line); numbered by record.

    XARF says neither to whom a report goes nor of what kind it is nor on which law it stands: `defaults` say it.
    """
    pieces = json_pieces(stream, encoding)
    if isinstance(pieces, Fault):
        yield Bad(1, (pieces,))
        return
    for number, record in enumerate(records_of(pieces), start=1):
        yield Bad(number, (record,)) if isinstance(record, Fault) else _item(number, record, defaults)


def notice_of(report: Any, faults: Faults) -> Derived | None:
    """What plain values from JSON say as a XARF report, our extension included; None and faults where they are none."""
    check(report, faults)
    if faults.found:
        return None
    derived = derive(report, faults)
    if EXTENSION in report and not faults.found:
        derived = restore(derived, report[EXTENSION], faults)
    return None if faults.found else derived


def _item(number: int, record: bytes, defaults: Mapping[str, object]) -> Item | Bad:
    faults = Faults()
    value = parse_json(record, faults)
    derived = notice_of(value, faults) if value is not UNREAD else None
    if derived is None:
        return Bad(number, tuple(faults.found))
    members = filled(filled(derived.members, defaults), derived.guesses)
    whole = without_files(derived._replace(members=members))  # A default may have said the category.
    return bounded(Item(number, msgspec.json.encode(whole.members), whole.remarks, whole.files))
