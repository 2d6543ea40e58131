"""The words of agreements: what a reader sees beside the codes of points, obligations and their states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from mufakat.rules import condition
from mufakat.rules.agreement import FRAME, Act, AgreementState, PointState
from mufakat.rules.differences import Member
from mufakat.rules.obligation import ObligationKind, ObligationState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

STATES: Mapping[AgreementState, Promise] = {
    AgreementState.TALKS: _("In talks"),
    AgreementState.IN_FORCE: _("In force"),
    AgreementState.ENDED: _("Ended"),
}

POINT_STATES: Mapping[PointState, Promise] = {
    PointState.PROPOSED: _("Proposed"),
    PointState.COUNTERED: _("Countered"),
    PointState.AGREED: _("Agreed"),
    PointState.IN_FORCE: _("In force"),
    PointState.SUPERSEDED: _("Superseded"),
    PointState.ENDED: _("Ended"),
    PointState.FAILED: _("Failed"),
    PointState.WITHDRAWN: _("Withdrawn"),
}

# The points that profiles name; a point of one's own stands for itself.
POINTS: Mapping[str, Promise] = {
    FRAME: _("The frame"),
    "government_channel": _("Government channel"),
    "trusted_flagger": _("Trusted flagger"),
    "representative": _("Representative in the country"),
    "filtering_governance": _("Governance of filtering"),
    "self_censoring": _("Self-screening"),
    "web_block_and_reopen": _("Block at the web layer, and reopening"),
}

ACTS: Mapping[Act, Promise] = {
    Act.PROPOSE: _("Propose"),
    Act.COUNTER: _("Propose something else"),
    Act.AGREE: _("Agree"),
    Act.DECLINE: _("Say no"),
    Act.WITHDRAW: _("Take it back"),
}

OBLIGATIONS: Mapping[ObligationKind, Promise] = {
    ObligationKind.REPRESENTATIVE_REACHABLE: _("The representative can be reached"),
    ObligationKind.ACKNOWLEDGED_IN_TIME: _("Notices are taken on in time"),
    ObligationKind.ANSWERED_IN_TIME: _("Notices are answered in time"),
    ObligationKind.MANDATE_GRANTED: _("The mandate is granted"),
    ObligationKind.WITHIN_SCOPE: _("Notices stay within the mandate"),
    ObligationKind.REASONS_GIVEN: _("Reasons reach whoever asked"),
    ObligationKind.REVIEW_HELD: _("The governance is reviewed"),
    ObligationKind.EVIDENCE_GIVEN: _("The evidence is handed in"),
    ObligationKind.CONFIRMED: _("The other side confirms it"),
    ObligationKind.SCREENING_RUNNING: _("Self-screening is running"),
    ObligationKind.LIST_SYNCHRONISED: _("The restriction list is synchronised"),
}

OBLIGATION_STATES: Mapping[ObligationState, Promise] = {
    ObligationState.KEPT: _("Kept"),
    ObligationState.DUE: _("Due"),
    ObligationState.LATE: _("Late"),
    ObligationState.BROKEN: _("Broken"),
    ObligationState.NOT_MEASURED: _("Not measured yet"),
}

# What a reopening condition can ask of a point beside that it is in force.
KEPT: Mapping[str, Promise] = {
    condition.KEPT: _("everything in it is kept"),
    **{kind.value: word for kind, word in OBLIGATIONS.items()},
}

# What of a proposal can differ.
MEMBERS: Mapping[Member, Promise] = {
    Member.OWNER: _("Owed by"),
    Member.TEXT_ID: _("Indonesian text"),
    Member.TEXT_EN: _("English text"),
    Member.EVIDENCE: _("Evidence asked for"),
    Member.DUE_AT: _("Evidence due"),
    Member.FROM_AT: _("In force from"),
    Member.OBLIGATIONS: _("What the program checks"),
    Member.PROFILE: _("Profile"),
    Member.ENDS_AT: _("Ends"),
    Member.CATEGORIES: _("Categories"),
    Member.AUTOMATIC: _("May be done by machine"),
    Member.GROUNDS: _("Grounds to tell an authority of a hit"),
    Member.ALL_OF: _("Reopening asks for all of"),
    Member.ANY_OF: _("Reopening asks for one of"),
}

# What the one whose turn it is does next: the viewer's own party, and any other.
OURS_NEXT = _("Your party's turn: read it and answer")
THEIRS_NEXT = _("%(party)s answers next")
