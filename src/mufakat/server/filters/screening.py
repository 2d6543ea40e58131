"""Screen what a platform hands in: the verdict, and before it leaves, every hit in the books.

The engine is asked outside of the writer. What it says is written by one operation, hits and counts together, and only
then answered: a hit that somebody acts on is in the books whatever happens next, and asking again writes nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from mufakat.formats import screened as format_
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.filtering import HitState  # noqa: TC001 - msgspec evaluates the annotations of a struct.
from mufakat.rules.permissions import Deed
from mufakat.screening.item import Action, Match, Verdict
from mufakat.server.filters import engines, holdings, striking, tallying, verdicts
from mufakat.server.filters.striking import OVER, StaleError
from mufakat.server.journal import door
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.errors import BusyError
from mufakat.server.journal.figures import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from mufakat.formats.items import Bad
    from mufakat.screening.item import Item
    from mufakat.server.filters.striking import Written
    from mufakat.server.filters.verdicts import Counted, Judged, Struck
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

ATTEMPTS: Final = (False, True, True, True, True)
"""How often an item is judged, because a policy or a bank changed meanwhile: first by the engine at hand, then anew."""

HITS: Final = 500
"""Hits of one commit: a tenth of a second of the writer's time."""

BLOCKS: Final = 20
"""Blocks of one commit: each may be a notice and a decision besides, some ten milliseconds."""

SCREENED = Tally()
"""What this process screened, and what came of it, for the figures; counted once it is durable."""


class UnsettledError(BusyError):
    """Policies or banks change faster than anything is judged by them."""

    def __init__(self) -> None:
        super().__init__("policies or banks change faster than items are judged; nothing was answered")


class MatchOut(Match, frozen=True):
    """One entry of one bank that was found: where in the text, in characters; no span beside the text."""


class VerdictOut(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict, and where it is in the books: the hit and how it stands. Act by the state, not by the action.

    What a rule asks for is one thing, what may follow another: a block is held where no agreement leaves it to a
    machine. Both are absent where nothing was hit; the rest is the engine's own.
    """

    item: str
    action: Action
    rule: str | None
    policy: str | None
    matches: tuple[MatchOut, ...] = ()
    shadow: tuple[str, ...] = ()
    hit: str | UnsetType = UNSET
    state: HitState | UnsetType = UNSET


class Said(NamedTuple):
    """What is answered to one line: a verdict, or why the line was not screened."""

    line: int
    out: Verdict | VerdictOut | BadScreeningError


@dataclass(slots=True)
class Writing:
    """What was judged, on its way to the writer: a part of the hits, and with the last part the counts."""

    struck: Sequence[Struck]
    named: Mapping[str, str]
    counted: Mapping[Counted, int]
    by: Caller
    weight: int = 1
    key: Key | None = None
    plan: Plan | None = None

    def run(self, moment: Moment) -> Any:
        written = striking.write(self.struck, self.named, by=self.by, moment=moment)
        tallying.add(self.counted, moment)
        return written


@dataclass(slots=True)
class WritingOne:
    """The same of one item with an idempotency key: the answer is a row, and a repetition gets its bytes."""

    writing: Writing
    answered: Callable[[Mapping[int, Written]], bytes]
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        return Answer(200, self.answered(self.writing.run(moment)), "")


@dataclass(slots=True)
class Screening:
    """Items that were judged, and what has to be written before anybody hears of it."""

    judged: Judged
    named: Mapping[str, str]
    by: Caller
    written: dict[int, Written] = field(default_factory=dict)

    def writings(self) -> Iterator[Writing]:
        """The operations, in their order; nearly always one."""
        parts = list(_parts(self.judged.struck)) or [[]]
        for part in parts[:-1]:
            yield Writing(part, self.named, {}, self.by, weight=1 + len(part))
        yield Writing(parts[-1], self.named, self.judged.counted, self.by, weight=1 + len(parts[-1]))

    def said(self) -> list[Said]:
        """What is answered to each line, in their order."""
        out: list[Verdict | VerdictOut | BadScreeningError] = list(self.judged.said)
        for place, one in self.written.items():
            verdict = out[place]
            if isinstance(verdict, Verdict):
                out[place] = answered(verdict, one)
        return list(map(Said, self.judged.lines, out))


class Prepared(NamedTuple):
    """One item that was judged, and what has to be written before anybody hears of it."""

    screening: Screening
    writing: WritingOne


def prepare(items: Sequence[tuple[int, Item] | Bad], *, by: Caller, at: datetime, anew: bool = False) -> Screening:
    """Judge these items, each with its line; nothing is written yet. `anew`: by the engine as the rows stand now."""
    holdings.require(by, Deed.SCREEN)
    engine = engines.ready(by.party_id, anew=anew)
    return Screening(verdicts.judge(engine, items, at=at), engine.named, by)


def screen_many(items: Sequence[tuple[int, Item] | Bad], *, by: Caller, at: datetime) -> list[Said]:
    """Screen these items: what is answered to each, once every hit is durable. Raises BusyError, NotPermittedError."""
    for anew in ATTEMPTS:
        found = prepare(items, by=by, at=at, anew=anew)
        try:
            for writing in found.writings():
                found.written |= door.writer().commit(writing)
        except StaleError:
            continue
        count(found.judged)
        return found.said()
    raise UnsettledError


def screen(raw: bytes, *, by: Caller, at: datetime, key: Key | None = None) -> Answer:
    """Screen one item (JSON): the verdict, once a hit is durable.

    Raises BadScreeningError with every fault, also for a private item; BusyError, NotPermittedError.
    """
    for anew in ATTEMPTS:
        found, writing = prepare_one(raw, by=by, at=at, key=key, anew=anew)
        try:
            answer: Answer = door.writer().commit(writing)
        except StaleError:
            continue
        count(found.judged)
        return answer
    raise UnsettledError


def prepare_one(raw: bytes, *, by: Caller, at: datetime, key: Key | None = None, anew: bool = False) -> Prepared:
    """Judge one item, for the writer. Raises BadScreeningError."""
    holdings.require(by, Deed.SCREEN)
    item = format_.read_item(raw)
    if isinstance(item, tuple):
        raise BadScreeningError(item)
    found = prepare([(1, item)], by=by, at=at, anew=anew)
    verdict = found.judged.said[0]
    if isinstance(verdict, BadScreeningError):
        raise verdict
    writing = next(found.writings())

    def body(written: Mapping[int, Written]) -> bytes:
        return msgspec.json.encode(answered(verdict, written[0]) if written else verdict)

    return Prepared(found, WritingOne(writing, body, key))


def answered(verdict: Verdict, written: Written) -> VerdictOut:
    """The verdict with its hit. What was let go or restored is not acted upon again: not for the same content."""
    out = VerdictOut(
        item=verdict.item,
        action=verdict.action,
        rule=verdict.rule,
        policy=verdict.policy,
        matches=tuple(MatchOut(one.bank, one.entry, one.span) for one in verdict.matches),
        shadow=verdict.shadow,
        hit=written.id,
        state=written.state,
    )
    return msgspec.structs.replace(out, action=Action.NONE) if written.state in OVER else out


def count(judged: Judged) -> None:
    """So much more was screened."""
    refused = sum(isinstance(one, BadScreeningError) for one in judged.said)
    for what, many in (("items", len(judged.said) - refused), ("refused", refused), ("hits", len(judged.struck))):
        if many:
            SCREENED.add(what, many)


def _parts(struck: Sequence[Struck]) -> Iterator[list[Struck]]:
    """The hits in parts that a commit takes."""
    part: list[Struck] = []
    blocks = 0
    for one in struck:
        is_block = one.verdict.action is Action.BLOCK
        if part and (len(part) == HITS or blocks + is_block > BLOCKS):
            yield part
            part, blocks = [], 0
        part.append(one)
        blocks += is_block
    if part:
        yield part
