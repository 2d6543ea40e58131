"""What a profile should not be without: ten lines from the Manila Principles and the Santa Clara Principles.

A statute often lacks one. Then the profile adds it, with the certainty `ours`, or it is found here: a profile with a
finding is well-formed, and still not one that should run. The words are ours; the principles are named so that anybody
can look them up (manilaprinciples.org, 2015; santaclaraprinciples.org, second version, 2021).
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from mufakat.rules.notice import NoticeKind
from mufakat.rules.parties import PartyKind
from mufakat.rules.profile_powers import Listener, NoticeField, RemedyName, Telling
from mufakat.rules.profile_shape import Act, Actor, Profile

BLOCK = "block"
"""How what proposes a block at the network ends: `notice_of_intended_block`."""

_AUTHORITY = (NoticeKind.REQUEST, NoticeKind.ORDER)
_AUTHORITIES = frozenset({PartyKind.REGULATOR, PartyKind.COURT, PartyKind.TRUSTED_FLAGGER})


class Finding(Struct, frozen=True):
    """What a profile lacks: which line of the list, which principle asks for it, where, and a sentence."""

    check: str
    article: str
    pointer: str
    detail: str
    line: int | None = None


class Line(Struct, frozen=True):
    """A line of the list: its name, the principle it comes from, what it asks, and where a profile fails it."""

    name: str
    article: str
    asks: str
    fails: Callable[[Profile], Iterator[tuple[str, str]]]


def findings(profile: Profile) -> tuple[Finding, ...]:
    """Everything that a profile lacks, in the order of the list."""
    return tuple(
        Finding(line.name, line.article, pointer, detail) for line in LIST for pointer, detail in line.fails(profile)
    )


def table() -> str:
    """The list as a Markdown table; ends with a newline."""
    rows = [f"| `{line.name}` | {line.asks} | {line.article} |\n" for line in LIST]
    return "".join(["| line | what a profile says | where that is asked |\n", "|---|---|---|\n", *rows])


def closes(profile: Profile) -> bool:
    """Whether anything is closed at the network under this profile."""
    return profile.restriction is not None or bool(_blocks(profile))


def _blocks(profile: Profile) -> Sequence[tuple[str, bool]]:
    """The steps that propose a block, and whether reasons are weighed before."""
    return [
        (f"/ladders/{place}/steps/{number}", step.weighs_reasons)
        for place, ladder in enumerate(profile.ladders)
        for number, step in enumerate(ladder.steps)
        if step.act is Act.PROPOSE and (step.proposes or "").endswith(BLOCK)
    ]


def _no_ground(profile: Profile) -> Iterator[tuple[str, str]]:
    if not profile.kinds:
        yield "", "It does not say who may send what, and on which ground; list the kinds of notice under `kinds`."
    for place, rule in enumerate(profile.kinds):
        if rule.kind in _AUTHORITY and NoticeField.LEGAL_GROUND not in {each.field for each in rule.required}:
            yield f"/kinds/{place}", f"A notice of the kind {rule.kind.value} is taken without a legal ground."


def _anybody_commands(profile: Profile) -> Iterator[tuple[str, str]]:
    for place, rule in enumerate(profile.kinds):
        allowed = {PartyKind.REGULATOR, PartyKind.COURT} if rule.kind is NoticeKind.ORDER else _AUTHORITIES
        if rule.kind in _AUTHORITY and set(rule.senders) - allowed:
            yield f"/kinds/{place}/senders", f"A {rule.kind.value} may come from somebody who is no authority."


def _no_order(profile: Profile) -> Iterator[tuple[str, str]]:
    restriction = profile.restriction
    if restriction is None:
        for pointer, _ in _blocks(profile):
            yield pointer, "A block is proposed, and `restriction` does not say under what."
        return
    if not restriction.needs_order.value:
        yield "/restriction/needs_order", "A block is possible without an order."
    order = profile.kind(NoticeKind.ORDER)
    by_courts = order is not None and set(order.senders) == {PartyKind.COURT}
    if not by_courts and restriction.legal_review is None:
        yield "/restriction", "No court orders a block, and nobody looks at the law in its place (`legal_review`)."


def _no_end(profile: Profile) -> Iterator[tuple[str, str]]:
    restriction = profile.restriction
    if restriction is None:
        return  # What a block needs is the line above.
    if restriction.review_every is None:
        yield "/restriction", "A block is never looked at again (`review_every`)."
    longest = restriction.longest.value
    if not (longest.elapsed or longest.period or longest.working):
        yield "/restriction/longest", "A block has no sunset: say how long it lasts at most."


def _no_hearing(profile: Profile) -> Iterator[tuple[str, str]]:
    for pointer, weighs in _blocks(profile):
        if not weighs:
            yield pointer, "A block is proposed without weighing the reasons of the platform (`weighs_reasons: true`)."
    restriction = profile.restriction
    if restriction is not None:
        if restriction.reasons_weighed is None or not restriction.reasons_weighed.value:
            yield "/restriction", "Reasons need not be weighed before a block (`reasons_weighed`)."
        if restriction.wait_for_answer is None:
            yield "/restriction", "The platform has no time to answer before a block (`wait_for_answer`)."


def _no_refusal(profile: Profile) -> Iterator[tuple[str, str]]:
    if not _has(profile, RemedyName.REFUSAL, Actor.RECIPIENT):
        yield "/remedies", "The recipient may not refuse with reasons (a remedy `refusal` for the recipient)."


def _no_appeal(profile: Profile) -> Iterator[tuple[str, str]]:
    appeals = [rule for rule in profile.remedies if (rule.remedy, rule.who) == (RemedyName.APPEAL, Actor.AFFECTED)]
    if not appeals:
        yield "/remedies", "Those affected have no appeal (a remedy `appeal` for the affected)."
    for rule in appeals:
        clock = profile.clock(rule.clock) if rule.clock is not None else None
        if clock is None or not clock.right:
            where = f"/remedies/{profile.remedies.index(rule)}"
            yield where, "The appeal has no time of its own: name a clock that is a right (`right: true`)."


def _no_way_back(profile: Profile) -> Iterator[tuple[str, str]]:
    ways = {rule.remedy for rule in profile.remedies}
    if RemedyName.REOPENING not in ways:
        yield "/remedies", "Nothing says how what was taken or closed comes back (a remedy `reopening`)."


def _no_notice(profile: Profile) -> Iterator[tuple[str, str]]:
    if not _tells(profile, Listener.AFFECTED, Telling.DECISION):
        yield "/publicity", "Those affected are not told of the decision and its reasons."


def _no_numbers(profile: Profile) -> Iterator[tuple[str, str]]:
    if not _tells(profile, Listener.PUBLIC, Telling.NUMBERS):
        yield "/publicity", "The public is not told how much was asked, by whom, and what came of it."


def _has(profile: Profile, remedy: RemedyName, who: Actor) -> bool:
    return any((rule.remedy, rule.who) == (remedy, who) for rule in profile.remedies)


def _tells(profile: Profile, who: Listener, of: Telling) -> bool:
    return any((rule.tells, rule.of) == (who, of) for rule in profile.publicity)


_STATE = "Santa Clara 2.0, foundational: state involvement"
_NOTICE = "Santa Clara 2.0, operational: notice; Manila VI"
_NUMBERS = "Santa Clara 2.0, operational: numbers; Manila VI"
_APPEAL = "Santa Clara 2.0, operational: appeal; Manila V"

LIST: tuple[Line, ...] = (
    Line("legal_ground", "Manila III", "Whoever speaks with authority names the law.", _no_ground),
    Line("authority", _STATE, "Only an authority commands.", _anybody_commands),
    Line("order", "Manila II", "Nothing is closed without an order, and somebody looks at the law.", _no_order),
    Line("sunset", "Manila IV", "What is closed has an end, and is reviewed before.", _no_end),
    Line("hearing", "Manila V", "The platform has time to answer, and its reasons are weighed first.", _no_hearing),
    Line("refusal", "Manila I", "The recipient may refuse with reasons.", _no_refusal),
    Line("appeal", _APPEAL, "Those affected may appeal, in a time of their own.", _no_appeal),
    Line("way_back", "Manila V", "What was taken or closed can come back.", _no_way_back),
    Line("notice", _NOTICE, "Those affected are told, with reasons.", _no_notice),
    Line("numbers", _NUMBERS, "The public learns how much was asked and done.", _no_numbers),
)
"""The ten lines."""
