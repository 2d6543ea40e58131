"""What a page shows of a proposal: its terms in words, and what in them is new.

Words are made when they are shown: on paper the same terms stand in both languages, side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mufakat.rules import agreement as rules, differences
from mufakat.rules.admissibility import moment_of
from mufakat.rules.differences import Kind, Member
from mufakat.server.web import agreement_words, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from django.utils.functional import Promise

    from mufakat.rules.agreement import Frame, PointTerms
    from mufakat.rules.differences import Change
    from mufakat.rules.obligation import ObligationTerms
    from mufakat.server.web.words import Coded


@dataclass(frozen=True, slots=True)
class Who:
    """A party: its name, and the handle by which everything else names it."""

    handle: str
    name: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """An obligation in words, and how it stands where that is known."""

    kind: Coded
    terms: ObligationTerms

    @property
    def details(self) -> Sequence[str]:
        """What is set for it, a piece each."""
        one, found = self.terms, []
        if one.party is not None:
            found.append(_("mandate of %(party)s") % {"party": one.party})
        if one.at_least is not None:
            found.append(_("at least %(percent)d %%") % {"percent": one.at_least})
        if one.over_days is not None:
            found.append(days(one.over_days, over=True))
        if one.every_days is not None:
            found.append(days(one.every_days, over=False))
        return found


def days(count: int, *, over: bool) -> str:
    """``over 30 days``, ``every 90 days``."""
    if over:
        return _("over one day") if count == 1 else _("over %(count)d days") % {"count": count}
    return _("every day") if count == 1 else _("every %(count)d days") % {"count": count}


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a condition: the point, and the obligation where one is named; ``holds`` where that is known."""

    code: str
    point: Coded
    obligation: Coded | None
    holds: bool | None = None


@dataclass(frozen=True, slots=True)
class FrameFace:
    """What the whole agreement stands in."""

    profile: str
    ends_at: datetime | None
    categories: Sequence[Coded]
    automatic: Sequence[Coded]
    grounds: Sequence[str]
    all_of: Sequence[Term]
    any_of: Sequence[Term]


@dataclass(frozen=True, slots=True)
class TermsFace:
    """What a proposal says."""

    owner: Who
    text_id: str
    text_en: str
    evidence: Sequence[str]
    due_at: datetime | None
    from_at: datetime | None
    obligations: Sequence[Owed]
    frame: FrameFace | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of what differs: ``tag`` is ``ins``, ``del`` or nothing; ``about`` is its word where it is a code."""

    tag: str
    text: str
    about: str | Promise = ""


@dataclass(frozen=True, slots=True)
class ChangeFace:
    """A member that differs; of a text ``lang`` says in which language it is."""

    member: Coded
    pieces: Sequence[Shown]
    lang: str = ""


_TAGS: Mapping[Kind, str] = {Kind.KEPT: "", Kind.REMOVED: "del", Kind.ADDED: "ins"}
_LANGUAGES: Mapping[Member, str] = {Member.TEXT_ID: "id", Member.TEXT_EN: "en"}


def terms_face(terms: PointTerms, who: Callable[[str], Who]) -> TermsFace:
    """The terms, laid out; `who` names a party by its handle."""
    return TermsFace(
        who(terms.owner),
        terms.text.id,
        terms.text.en,
        terms.evidence,
        _moment(terms.due_at),
        _moment(terms.from_at),
        [Owed(words.coded(agreement_words.OBLIGATIONS, one.kind), one) for one in terms.obligations],
        frame_face(terms.frame) if terms.frame is not None else None,
    )


def frame_face(frame: Frame, held: Callable[[str], bool] | None = None) -> FrameFace:
    """The frame; `held` says of each term of its condition whether it holds."""
    condition = frame.reopening
    return FrameFace(
        frame.profile,
        _moment(frame.ends_at),
        [words.coded(words.CATEGORIES, one) for one in frame.categories or ()],
        [words.coded(words.MEASURES, one) for one in frame.automatic],
        [differences.ground_line(one) for one in frame.grounds],
        [term_face(one, held) for one in condition.all_of] if condition else [],
        [term_face(one, held) for one in condition.any_of] if condition else [],
    )


def term_face(code: str, held: Callable[[str], bool] | None = None) -> Term:
    """A term of a condition in words."""
    point, _dot, asked = code.partition(".")
    return Term(
        code,
        words.coded(agreement_words.POINTS, point),
        words.coded(agreement_words.KEPT, asked) if asked else None,
        held(code) if held is not None else None,
    )


def changes_of(old: PointTerms, new: PointTerms) -> Sequence[ChangeFace]:
    """What is new against an older proposal, member by member."""
    return [_change(one) for one in differences.of_terms(old, new)]


def _change(change: Change) -> ChangeFace:
    table = _TABLES.get(change.member, {})
    pieces = [
        Shown(_TAGS[piece.kind], _readable(change.member, piece.text), table.get(piece.text.partition(" ")[0], ""))
        for piece in change.pieces
    ]
    return ChangeFace(words.coded(agreement_words.MEMBERS, change.member), pieces, _LANGUAGES.get(change.member, ""))


_TABLES: Mapping[Member, Mapping[str, Promise]] = {
    Member.OBLIGATIONS: {code.value: word for code, word in agreement_words.OBLIGATIONS.items()},
    Member.CATEGORIES: {code.value: word for code, word in words.CATEGORIES.items()},
    Member.AUTOMATIC: {code.value: word for code, word in words.MEASURES.items()},
    Member.ALL_OF: agreement_words.POINTS,
    Member.ANY_OF: agreement_words.POINTS,
}
_MOMENTS = frozenset({Member.DUE_AT, Member.FROM_AT, Member.ENDS_AT})


def _readable(member: Member, text: str) -> str:
    return text.replace("T", " ", 1) if member in _MOMENTS else text


def _moment(text: str | None) -> datetime | None:
    return moment_of(text) if text is not None else None


def read(stored: str) -> PointTerms:
    """The terms of a stored proposal."""
    return rules.from_json(stored)
