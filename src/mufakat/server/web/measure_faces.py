"""What a page shows of measures, and the small form by which people of the platform say what became of them.

Measures come in groups by what is to be done with them. A group is one form: whoever carried out forty of them says so
once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mufakat.rules.measure import MeasureDeed, MeasureState
from mufakat.rules.permissions import Deed
from mufakat.server.decisions.measures import PERMITTED
from mufakat.server.web import decision_words, fields, seat, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.decisions.queries import Measure
    from mufakat.server.parties.queries import Caller
    from mufakat.server.web.words import Coded

DEEDS: Mapping[MeasureState, Sequence[MeasureDeed]] = {
    MeasureState.PROPOSED: (MeasureDeed.APPROVE, MeasureDeed.DECLINE),
    MeasureState.ORDERED: (MeasureDeed.CONFIRM, MeasureDeed.FAIL),
    MeasureState.REVERTING: (MeasureDeed.CONFIRM, MeasureDeed.FAIL),
    MeasureState.FAILED: (MeasureDeed.CONFIRM,),
}
"""What people can say of measures in a state, in the order in which they are shown."""

NEEDS_WORDS = frozenset({MeasureDeed.DECLINE, MeasureDeed.FAIL})


class WordsForm(forms.Form):
    """A word with it: a note, or the reason why not."""

    text = forms.CharField(
        label=_("What you say with it"),
        required=False,
        max_length=fields.NOTE,
        validators=[fields.PLAIN],
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The sender reads it. A reason is needed where something is declined or could not be done."),
    )

    def clean_text(self) -> str:
        return fields.lines(self.cleaned_data["text"])


@dataclass(frozen=True, slots=True)
class Sent:
    """A group's form as it was sent, with the measures that were ticked."""

    state: str
    form: WordsForm
    ticked: frozenset[str]


@dataclass(frozen=True, slots=True)
class MeasureFace:
    """One measure. `locator` is its link as it is shown, None once erased; `ours` says that the viewer decided it."""

    row: Measure
    number: int
    locator: str | None
    name: Coded
    inverse: Coded
    state: Coded
    by_time: bool
    ours: bool = False
    ticked: bool = False

    @property
    def times(self) -> Sequence[tuple[Coded, datetime]]:
        """When it reached each state that it has been in."""
        row = self.row
        found = (
            (MeasureState.ORDERED, row.ordered_at),
            (MeasureState.CONFIRMED, row.confirmed_at),
            (MeasureState.REVERTING, row.ended_at),
            (MeasureState.REVERTED, row.reverted_at),
        )
        return [(words.coded(decision_words.MEASURE_TIMES, state), at) for state, at in found if at is not None]


@dataclass(frozen=True, slots=True)
class Group:
    """Measures that wait for the same thing, and the form for it where it is this seat's to do."""

    state: Coded
    deeds: Sequence[str]
    measures: Sequence[MeasureFace]
    form: WordsForm | None

    @property
    def open(self) -> bool:
        """Whether somebody at this seat can do anything here."""
        return self.form is not None


def face_of(row: Measure, locator: str | None, *, caller: Caller | None = None, ticked: bool = False) -> MeasureFace:
    """One measure with its words."""
    return MeasureFace(
        row,
        row.position + 1,
        locator,
        words.coded(words.MEASURES, row.name),
        words.coded(decision_words.INVERSES, row.inverse),
        words.coded(decision_words.MEASURE_STATES, row.state),
        row.ends_at is not None and row.ended_at is not None and row.ended_at >= row.ends_at,
        ours=caller is not None and row.decided_by_id == caller.person_id,
        ticked=ticked,
    )


def groups_of(
    caller: Caller, found: Iterable[tuple[Measure, str | None]], *, sent: Sent | None = None
) -> Sequence[Group]:
    """The measures of the caller's own party that wait for somebody, in groups; each comes with its link as shown."""
    rows: dict[str, list[tuple[Measure, str | None]]] = {state.value: [] for state in DEEDS}
    for row, locator in found:
        if row.party_id == caller.party_id and row.state in rows:
            rows[row.state].append((row, locator))
    return [_group(caller, MeasureState(state), each, sent) for state, each in rows.items() if each]


def _group(
    caller: Caller, state: MeasureState, found: Sequence[tuple[Measure, str | None]], sent: Sent | None
) -> Group:
    mine = sent if sent is not None and sent.state == state else None
    second = state is MeasureState.PROPOSED
    # What was carried out is usually the whole list; what cannot be undone is agreed to one by one.
    faces = [
        face_of(row, locator, caller=caller, ticked=row.id in mine.ticked if mine else not second)
        for row, locator in found
    ]
    deeds = [deed for deed in DEEDS[state] if seat.may(caller, PERMITTED[deed])]
    open_ = bool(deeds) and (not second or any(not face.ours for face in faces))
    form = (mine.form if mine else form_of(state)) if open_ else None
    return Group(words.coded(decision_words.TASKS, state), [deed.value for deed in deeds], faces, form)


def form_of(state: str, data: Any = None) -> WordsForm:
    """The form of a group; there may be several on a page."""
    return WordsForm(data, prefix=f"measures-{state}", auto_id="%s", label_suffix="")


def may_see_tasks(caller: Caller) -> bool:
    """Whether the list of measures is for this seat."""
    return seat.may(caller, Deed.CONFIRM_MEASURE) or seat.may(caller, Deed.APPROVE_MEASURE)
