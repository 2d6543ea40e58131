"""The report of a year, one for each side: where every notice is, what was aimed at and reached. Pure.

It holds counts, codes and days, the titles of objectives, and nobody's name. A report that loses a notice is not made
(I-11). The same things are said of whoever asks and of whoever decides.
"""

from datetime import date

import msgspec
from msgspec import Struct

from mufakat.rules import conservation
from mufakat.rules.agreement import Title
from mufakat.rules.conservation import Report, UnbalancedError
from mufakat.rules.objective import Area, Figure, Reached, Source
from mufakat.rules.parties import PartyKind


class Month(Struct, frozen=True):
    """So many of so many in a month, by its first day."""

    month: date
    part: int
    whole: int


class FigureOfYear(Struct, frozen=True, kw_only=True):
    """A figure over the year, with the bounds between which the true share lies with 95 % certainty."""

    figure: Figure
    area: Area
    source: Source
    part: int
    whole: int
    lower: float
    upper: float
    months: tuple[Month, ...]


class AimOfYear(Struct, frozen=True, kw_only=True):
    """An objective that stood in the year, and how it stood by the year's figures."""

    objective: str
    title: Title
    figure: Figure
    area: Area
    at_least: int
    owner: str
    state: Reached
    ended: bool


class ReviewOfYear(Struct, frozen=True, kw_only=True):
    """A review that was held: how much was looked at, decided, and done since."""

    review: str
    held_at: str
    looked_at: int
    decided: int
    done: int


class YearReport(Struct, frozen=True, kw_only=True):
    """The report. `made_at` is until when it was counted; `number` is 0 before it is published."""

    party: str
    kind: PartyKind
    year: int
    number: int
    made_at: str
    sent: Report
    received: Report
    figures: tuple[FigureOfYear, ...]
    objectives: tuple[AimOfYear, ...]
    reviews: tuple[ReviewOfYear, ...]


def sound(report: YearReport) -> YearReport:
    """The same report; UnbalancedError where a notice is nowhere, or in two places (I-11)."""
    for side in (report.sent, report.received):
        if not conservation.balances(side):
            raise UnbalancedError(f"{side} loses a notice, or counts one twice")
    return report


def to_json(report: YearReport) -> bytes:
    """The bytes that are committed to and shown."""
    return msgspec.json.encode(report, order="deterministic")


def from_json(raw: bytes) -> YearReport:
    """The report that these bytes hold."""
    return msgspec.json.decode(raw, type=YearReport)


def is_over(year: int, *, today: date) -> bool:
    """Whether nothing more comes in that belongs to the year; before that its report is only looked at."""
    return today.year > year
