"""Worse houses that decide: reversals that undo nothing, people who judge themselves, notices that close too early."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from mufakat.rules import appeal, measure, reasons
from mufakat.rules.measure import MeasureState
from mufakat.server.appeals import closing, resolving
from mufakat.server.appeals.models import Window
from mufakat.server.decisions import faces, measures, operations
from mufakat.server.decisions.models import Measure
from mufakat.server.journal.parts import Swept


def reversals_undo_nothing() -> Any:
    """The decision is reversed in words, and what was done stays done."""
    return patch.object(operations, "order_inverse", lambda undone, moment: [])


def reversals_forgotten() -> Any:
    """The appeal succeeds, and the decision stands."""
    return patch.object(operations, "mark_reversed", lambda decision, partly, moment: True)


def deciders_judge_themselves() -> Any:
    """Nobody asks who decided but the database, which refuses: what should be said is an error."""
    return patch.object(appeal, "require_resolver", lambda role, **named: None)


def whoever_refused_decides_again() -> Any:
    """A refusal was reversed, and the same person decides anew."""
    return patch.object(operations, "require_another", lambda by, notice: None)


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


def windows_not_opened() -> Any:
    """A decision is made, and nobody will ever look at its notice."""
    return patch.object(Window.objects, "update_or_create", lambda **named: None)


def windows_never_over() -> Any:
    """Who is late is heard."""
    return patch.object(appeal, "is_open", lambda until, at: True)


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


def notices_not_reopened() -> Any:
    """A refusal is reversed, and nobody decides anew."""
    return patch.object(
        resolving, "NoticeState", type("Other", (), {"DECIDED": "no such state", "CLOSED": "no such state"})
    )
