"""What the engine says of many items at once: verdicts in their order, what was hit, and what is only counted.

Nothing is written here. The live policy's verdict is the answer; versions in shadow judge the same findings beside it,
and leave nothing but counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mufakat.formats.items import Bad
from mufakat.rules import acting
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.screening.errors import ItemRefusedError, PrivateItemError
from mufakat.screening.item import Action, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mufakat.screening.item import Item
    from mufakat.screening.judging import Asked
    from mufakat.screening.policy import Rule
    from mufakat.server.filters.engines import Lane, Ready


class Counted(NamedTuple):
    """Of which version, by which rule (empty: screened at all), whether it only would have acted, which category."""

    policy: str
    rule: str
    shadow: bool
    category: str = ""


class Struck(NamedTuple):
    """An item that a live rule hit: at which place it was, the verdict, and by which rule of which version (its row).

    `sensitive`: among all that was found in it is child sexual abuse, whatever the rule asked for (I-15).
    """

    place: int
    item: Item
    verdict: Verdict
    policy: str
    rule: Rule
    sensitive: bool


@dataclass(slots=True)
class Judged:
    """What is said of some lines: verdicts and refusals with the lines they are of, what was hit, what is counted."""

    lines: list[int] = field(default_factory=list)
    said: list[Verdict | BadScreeningError] = field(default_factory=list)
    struck: list[Struck] = field(default_factory=list)
    counted: Counter[Counted] = field(default_factory=Counter)


def judge(ready: Ready, items: Iterable[tuple[int, Item] | Bad], *, at: datetime) -> Judged:
    """Judge these items at this time."""
    found = Judged()
    lines, said, clean = found.lines, found.said, 0
    ask, live, shadows = ready.asked.ask, ready.live, ready.shadows
    for one in items:
        if isinstance(one, Bad):
            lines.append(one.number)
            said.append(BadScreeningError(one.faults))
            continue
        line, item = one
        lines.append(line)
        try:
            asked = ask(item, at=at)
        except ItemRefusedError as error:
            said.append(_refused(error))
            continue
        clean += 1
        if live is None:
            verdict = Verdict(item=item.item, action=Action.NONE, rule=None, policy=None)
        else:
            verdict = live.screener.verdict(item, asked)
            if verdict.rule is not None or verdict.shadow:
                _note(found, live, item, asked, verdict)
        said.append(verdict)
        for lane in shadows:
            _count_shadow(found.counted, lane, lane.screener.verdict(item, asked), asked)
    for lane in (*([live] if live is not None else ()), *shadows):
        found.counted[Counted(lane.policy, "", shadow=lane is not live)] += clean
    return found


def _note(found: Judged, live: Lane, item: Item, asked: Asked, verdict: Verdict) -> None:
    """What the live policy says of an item beyond that it is clean."""
    for name in verdict.shadow:
        found.counted[Counted(live.policy, name, shadow=True, category=_category(asked))] += 1
    if verdict.rule is None:
        return
    if verdict.action is Action.NONE:
        found.counted[Counted(live.policy, verdict.rule, shadow=False)] += 1
        return
    sensitive = acting.is_sensitive({hit.entry.category for _, hit in asked.hits})
    rule = live.rules[verdict.rule]
    found.struck.append(Struck(len(found.said), item, verdict, live.policy, rule, sensitive))


def _count_shadow(counted: Counter[Counted], lane: Lane, verdict: Verdict, asked: Asked) -> None:
    """What a version in shadow would have done: counts, and nothing of the item."""
    names = (*((verdict.rule,) if verdict.rule is not None else ()), *verdict.shadow)
    for name in names:
        counted[Counted(lane.policy, name, shadow=True, category=_category(asked))] += 1


def _category(asked: Asked) -> str:
    return acting.category_of({hit.entry.category for _, hit in asked.hits}).value if asked.hits else ""


def _refused(error: ItemRefusedError) -> BadScreeningError:
    """Why an item is not screened, with its place."""
    private = isinstance(error, PrivateItemError)
    pointer, code = ("/visibility", FaultCode.NOT_ENTITLED) if private else ("/text", FaultCode.TOO_LONG)
    return BadScreeningError([Fault(pointer, code, str(error))])
