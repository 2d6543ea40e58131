"""A block in the books: the notice of own detection, the decision on it, and its statement of reasons with appeal code.

By a machine only under an agreement in force that lists the measure for one (I-06); else by the person who decides. All
of it runs in the open transaction of the writer, by the same deeds by which anybody's notice is taken and decided.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mufakat.rules import acting
from mufakat.rules.errors import NotAdmissibleError
from mufakat.server.agreements import asking, operations as agreements, standing
from mufakat.server.decisions import operations as decisions
from mufakat.server.filters import findings
from mufakat.server.notices import detecting

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.notice import MeasureName
    from mufakat.server.agreements.standing import Governed
    from mufakat.server.filters.findings import Finding, Said
    from mufakat.server.journal.work import Moment
    from mufakat.server.notices.operations import Submission
    from mufakat.server.parties.queries import Caller


class Allowed(NamedTuple):
    """The agreement under which a machine may block, None where none is, and the measures that it lists for one."""

    under: Governed | None
    automatic: frozenset[MeasureName]


class Blocked(NamedTuple):
    """What a block made."""

    notice: str
    decision: str


class _Decided(msgspec.Struct):
    """The id in a decision's answer."""

    id: str


NOBODY = Allowed(None, frozenset())


def allowed(platform: str, moment: Moment) -> Allowed:
    """What a machine of this platform may do now, by the oldest agreement in force that lists a block at all."""
    agreements.settle_due(moment)
    for governed in standing.of_recipient(platform, moment=moment):
        agreed = asking.agreed(governed.version)
        if agreed is not None and acting.by_machine(agreed.automatic) is not None:
            return Allowed(governed, agreed.automatic)
    return NOBODY


def prepared(found: Finding, pointed: str, *, by: Caller, at: datetime) -> Submission | None:
    """The notice of own detection; None where none could be taken, so that a person has to look."""
    try:
        return detecting.prepare(findings.notice(found, to=by.handle, pointed=pointed), by=by, at=at)
    except NotAdmissibleError:
        return None


def block(  # noqa: PLR0913 - what is decided, on what, by whom, and what allows it; each by name.
    found: Finding, said: Said, submission: Submission, *, under: Governed | None, by: Caller, moment: Moment
) -> Blocked:
    """Take the notice and decide on it. Raises BadDecisionError with every fault of what a person said."""
    # A token that was issued for screening alone is enough: who may block is ruled here, not by its scopes.
    decider = dataclasses.replace(by, scopes=None)
    notice = detecting.take(submission, by=decider, moment=moment)
    raw = findings.decision(found, said)
    answer = decisions.Deciding(notice, raw, decider, None, under).run(moment)
    return Blocked(notice, msgspec.json.decode(answer.body, type=_Decided).id)
