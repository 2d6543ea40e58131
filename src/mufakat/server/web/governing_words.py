"""The words of the governance of filtering: areas, figures, where they come from, and how an objective stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from mufakat.rules.objective import Area, Figure, Reached, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

AREAS: Mapping[Area, Promise] = {
    Area.PROCESS: _("Process"),
    Area.ORGANISATION: _("Organisation"),
    Area.TECHNOLOGY: _("Technology"),
    Area.PEOPLE: _("People"),
}

FIGURES: Mapping[Figure, Promise] = {
    Figure.ANSWERED_IN_TIME: _("Notices answered in time"),
    Figure.ACKNOWLEDGED_IN_TIME: _("Notices taken on in time"),
    Figure.DECISIONS_UPHELD: _("Contested decisions that stood"),
    Figure.NOTICES_HELD: _("Own notices that were right"),
    Figure.DRILLS_ANSWERED: _("Test messages answered in time"),
    Figure.SHADOW_RESULTS: _("Shadow results that people found too"),
    Figure.REVIEWERS_TRAINED: _("Reviewers who are trained"),
    Figure.EXPOSURE_KEPT: _("Reviewers whose exposure to harmful content stayed within its limit"),
}

SOURCES: Mapping[Source, Promise] = {
    Source.COUNTED: _("Counted by the system"),
    Source.RECORDED: _("Written down in reviews"),
    Source.NOT_YET: _("Not measured yet"),
}

REACHED: Mapping[Reached, Promise] = {
    Reached.REACHED: _("Reached"),
    Reached.UNSURE: _("Below, perhaps by chance"),
    Reached.MISSED: _("Missed"),
    Reached.NO_FIGURES: _("Nothing counted yet"),
    Reached.NOT_MEASURED: _("Not measured yet"),
}
