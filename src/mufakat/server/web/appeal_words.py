"""The words of appeals: for every code that a page shows, what a person reads beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from mufakat.rules.appeal import AppealState, Level, Resolution, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

STANDINGS: Mapping[Standing, Promise] = {
    Standing.UPLOADER: _("Whoever published the content"),
    Standing.SENDER: _("The sender of the notice"),
    Standing.PLATFORM: _("The platform"),
    Standing.THIRD_PARTY: _("Somebody else who is affected"),
}

# The same of oneself.
CLAIMS: Mapping[Standing, Promise] = {
    Standing.UPLOADER: _("I published the content"),
    Standing.THIRD_PARTY: _("I am affected in another way"),
}

LEVELS: Mapping[Level, Promise] = {
    Level.INTERNAL: _("Another person of the platform"),
    Level.OUT_OF_COURT: _("A body outside, out of court"),
    Level.JUDICIAL: _("A court"),
}

STATES: Mapping[AppealState, Promise] = {
    AppealState.LODGED: _("Waits to be resolved"),
    AppealState.UPHELD: _("The decision stands"),
    AppealState.REVERSED: _("The decision is reversed"),
    AppealState.PARTLY: _("The decision is partly reversed"),
    AppealState.INADMISSIBLE: _("Not heard"),
}

# In the order of the interface; none is marked or offered first.
RESOLUTIONS: Mapping[Resolution, Promise] = {
    Resolution.UPHELD: _("The decision stands"),
    Resolution.REVERSED: _("Reverse the decision"),
    Resolution.PARTLY: _("Reverse a part of it"),
    Resolution.INADMISSIBLE: _("The appeal cannot be heard"),
}
