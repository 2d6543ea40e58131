"""Worse houses that decide: one person is enough, reasons are not asked for, notices close too early or never."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from mufakat.rules import measure, reasons
from mufakat.rules.measure import MeasureState
from mufakat.server.appeals import closing
from mufakat.server.decisions import faces, measures
from mufakat.server.decisions.models import Measure
from mufakat.server.journal.parts import Swept


def one_person_is_enough() -> Any:
    """What cannot be undone is put in hand at once; again the database alone refuses."""
    return patch.object(measure, "first_state", lambda name: MeasureState.ORDERED)


def reasons_not_asked_for() -> Any:
    """Decisions are taken without facts and grounds."""
    return patch.object(reasons, "complete", lambda draft, faults: None)


def closed_too_early() -> Any:
    """A notice closes as soon as it is looked at."""
    return patch.object(closing, "_may_close", lambda found, at: True)


def never_closed() -> Any:
    """Nobody looks whether a notice has come to its end."""
    return patch.object(closing, "_look", lambda moment, at: (0, 0))


def codes_for_everybody() -> Any:
    """The code of whoever is affected is shown to both sides."""
    return patch.object(faces, "hands_out", lambda row, viewer: True)


def measures_never_end() -> Any:
    """What was ordered for a while stays."""
    return patch.object(measures, "sweep", lambda at, stop=None: Swept(0, more=False))


def measures_end_early() -> Any:
    """What was ordered for a while is undone at once."""
    ending = Measure.objects.filter(ends_at__isnull=False, state__in=["ordered", "confirmed"])
    return patch.object(measures, "_due", lambda at: ending.all())
