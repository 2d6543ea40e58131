"""When a version of a policy goes live: by a second person, on figures that say what it does to people's words (I-06).

The figures are those of one back-test. They count while they say what would happen now: of this very version, beside
the policy that is live at this moment, with its rules as they stand, and no older than `FRESH`.

Pure: plain values in, plain values out.
"""

from datetime import datetime
from typing import NamedTuple

from mufakat.rules.errors import BadScreeningError, NotPermittedError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.filtering import FRESH
from mufakat.rules.permissions import Deed, Role


class Figures(NamedTuple):
    """A back-test: of which version, beside which one (None: nothing was live), made when.

    `exact` says that its rules were tried in their modes. A back-test as if every rule were live is another policy's
    where one of them is not: a rule in shadow that says `none` would hide there what a live one does.
    """

    policy: str
    against: str | None
    made_at: datetime
    exact: bool


class OwnProposalError(NotPermittedError):
    """Who proposed a version of a policy is not the one who promotes it (I-06)."""

    def __str__(self) -> str:
        return "You proposed this version; somebody else of your platform looks at its figures and promotes it."


def require_other(proposer: int, person: int, *, role: Role) -> None:
    """Refuse that whoever proposed a version lets it go live. Raises OwnProposalError."""
    if proposer == person:
        raise OwnProposalError(Deed.PROMOTE_POLICY, role)


def require(figures: Figures | None, *, policy: str, live: str | None, at: datetime) -> None:
    """Refuse to promote `policy` beside `live` on figures that do not say what would happen at `at`.

    Raises BadScreeningError; None is a back-test that is not there.
    """
    if figures is None or figures.policy != policy:
        raise _refused(FaultCode.NOT_IN_LIST, "This is no back-test of this version: name one of its own.")
    if not figures.exact:
        detail = "This back-test was made as if every rule were live, and not every rule is: try the rules as they are."
        raise _refused(FaultCode.CONTRADICTS, detail)
    if figures.against != live:
        detail = "Another policy is live now than this back-test was made against: try it again beside that one."
        raise _refused(FaultCode.CONTRADICTS, detail)
    if figures.made_at + FRESH < at:
        detail = f"This back-test is older than {FRESH.days} days: what people write has changed since. Try it again."
        raise _refused(FaultCode.BAD_DATE, detail)


def _refused(code: FaultCode, detail: str) -> BadScreeningError:
    return BadScreeningError([Fault("/backtest", code, detail)])
