"""What the form of an order offers, and what the guard says of the names that were typed, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import network_names
from mufakat.rules.agreement import FRAME
from mufakat.rules.network_names import Refusal
from mufakat.rules.notice import Category, LegalGround
from mufakat.rules.parties import PartyKind
from mufakat.rules.profile_powers import Layer
from mufakat.rules.restriction import MAX_NAMES, Match, RestrictionIn
from mufakat.server.agreements import profiles, queries as agreements, standing
from mufakat.server.parties import queries as parties
from mufakat.server.restrictions import guarding
from mufakat.server.web import restriction_words
from mufakat.server.web.agreement_faces import in_ours
from mufakat.server.web.restriction_form import Offers
from mufakat.server.web.words import coded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.agreements.queries import Whole
    from mufakat.server.parties.queries import Caller, Party
    from mufakat.server.web.restriction_form import OrderForm
    from mufakat.server.web.words import Coded

LOOKED = 500  # Names that a page says something of, one by one.
NOWHEN = ""
IMPOSSIBLE, WEIGHTY = (coded(restriction_words.VERDICTS, one) for one in ("impossible", "weighty"))


@dataclass(frozen=True, slots=True)
class FindingFace:
    """One thing that the guard finds."""

    code: Coded | None
    verdict: Coded
    detail: str


@dataclass(frozen=True, slots=True)
class Named:
    """A line of the names: what it means, or why it means none; and what speaks against closing it."""

    number: int
    name: str
    refused: str
    findings: Sequence[FindingFace]

    @property
    def is_impossible(self) -> bool:
        """Whether it cannot be closed here."""
        return bool(self.refused) or any(one.verdict is IMPOSSIBLE for one in self.findings)


@dataclass(frozen=True, slots=True)
class Looked:
    """What the guard says of an order: of the whole, and of each name."""

    whole: Sequence[FindingFace]
    names: Sequence[Named]
    more: int

    @property
    def impossible(self) -> int:
        """Lines that cannot be closed here."""
        return sum(one.is_impossible for one in self.names)

    @property
    def weighty(self) -> int:
        """Lines for which each approver gives reasons."""
        return sum(bool(one.findings) and not one.is_impossible for one in self.names)


def offers_for(caller: Caller) -> Offers:
    """Whom an order of this party can name, and what may open it again."""
    known = parties.parties()
    talks = [one for one in agreements.listed(caller).items if one.row.ended_at is None]
    names = [name for name in profiles.refs() if "@" not in name]
    return Offers(
        operators=_named(one for one in known if one.kind == PartyKind.OPERATOR),
        platforms=_named(one for one in known if one.kind == PartyKind.PLATFORM),
        agreements=[
            *((one.row.id, f"{in_ours(one.row.title_id, one.row.title_en)} …{one.row.id[-8:]}") for one in talks),
            *((name, name) for name in names),
        ],
        points=_points(talks),
    )


def looked_at(form: OrderForm, *, by: Caller, at: datetime) -> Looked:
    """What the guard says of what was typed, whatever else is still missing in the form. Reads; stores nothing."""
    lines = form.numbered()
    read = list(network_names.read_all(line.text for line in lines[:MAX_NAMES]))
    names = tuple(one for one in read if isinstance(one, str))
    found = _found(_draft(form, names), authority=by.party_id, at=at) if names else {}
    faces = [
        Named(line.number, "", one.detail, ())
        if isinstance(one, Refusal)
        else Named(line.number, one, "", found.get(one, ()))
        for line, one in zip(lines, read, strict=False)
    ]
    # What something speaks against stands first: nobody reads past a thousand sound names.
    faces.sort(key=lambda one: (not one.refused and not one.findings, one.number))
    return Looked(found.get("", ()), faces[:LOOKED], max(0, len(lines) - LOOKED))


def _found(order: RestrictionIn, *, authority: str, at: datetime) -> Mapping[str, list[FindingFace]]:
    """By name, what makes it impossible first; of the whole order under the empty name."""
    judged = guarding.judge(order, at=at, authority=authority)
    found: dict[str, list[FindingFace]] = {}
    for fault in judged.faults:
        index = fault.pointer.rpartition("/")[2]
        name = order.names[int(index)] if index.isdigit() else ""
        found.setdefault(name, []).append(FindingFace(None, IMPOSSIBLE, fault.detail))
    for one in judged.warnings:
        code = coded(restriction_words.FINDINGS, one.code)
        found.setdefault(one.name, []).append(FindingFace(code, WEIGHTY, one.detail))
    return found


def _draft(form: OrderForm, names: tuple[str, ...]) -> RestrictionIn:
    """The order as far as the guard asks about it; what is typed elsewhere is judged when it is proposed."""
    category, match = form.typed("category"), form.typed("match")
    return RestrictionIn(
        list=Category(category) if category in set(Category) else Category.OTHER,
        names=names,
        match=Match(match) if match in set(Match) else Match.EXACT,
        layer=Layer.DNS,
        operators=tuple(form.chosen("operators")),
        legal_ground=LegalGround(system="id", instrument="-", provision="-"),
        reason="-",
        proportionality="-",
        review_at=NOWHEN,
        sunset_at=NOWHEN,
        notices=tuple(form.lines("notices")),
        platform=form.typed("platform") or None,
    )


def _named(found: Iterable[Party]) -> list[tuple[str, str]]:
    return [(one.handle, f"{one.name} · {one.handle}") for one in found]


def _points(talks: Sequence[Whole]) -> list[str]:
    """The points that are talked about, then those of the profile that holds where nothing is agreed, each once."""
    of_talks = [point.name for one in talks for point in one.newest() if point.name != FRAME]
    return list(dict.fromkeys([*of_talks, *(point.name for point in profiles.load(standing.PROFILE).points)]))
