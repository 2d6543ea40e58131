"""Overlays: what a practice adds to the profile of a statute, and what it may not.

A practice that is known from the press alone may name things: steps, categories, documents, a remedy. It may make a
line less certain. It never makes a clock shorter, calls a ground urgent, or sets an amount that the statute does not
hold: whoever reads of a shorter term in a newspaper writes it in a note.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from mufakat.rules.durations import parse_elapsed, parse_period, parse_working
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import Line, NoticeKind
from mufakat.rules.profile_powers import AlsoCalled, KindRule, RemedyRule, Sourced
from mufakat.rules.profile_shape import (
    CategoryRule,
    Certainty,
    ClockName,
    ClockRule,
    Confidence,
    Duration,
    Ladder,
    LadderStep,
    Letter,
    Name,
    Profile,
    Source,
)

OVERLAY = "overlay_of"
"""The member that makes a file an overlay."""

_RANKS: Mapping[Certainty, int] = {
    Certainty.PRIMARY_READ: 4,
    Certainty.SECONDARY_READ: 3,
    Certainty.GIVEN: 2,
    Certainty.PRESS_READ: 2,
    Certainty.MEMORY: 1,
    Certainty.OURS: 0,
}
_TRUST = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


class KindName(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a kind of notice is called as a document."""

    kind: NoticeKind
    code: Annotated[str, Meta(min_length=1, max_length=24)] | None = None
    called: Line | None = None


class StepName(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a step of a ladder is called, and its letter. `amount` is here only to be refused with its reason."""

    ladder: Name
    step: Name
    called: Line
    letter: Letter | None = None
    amount: int | None = None


class ClockNote(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said of a clock of the statute."""

    name: ClockName
    duration: Duration | None = None


class Overlay(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is laid over a profile."""

    name: Name
    overlay_of: Name
    title: Line
    certainty: Confidence
    note: Annotated[str, Meta(min_length=1, max_length=2000)]
    sources: Annotated[tuple[Source, ...], Meta(max_length=200)] = ()
    categories: Annotated[tuple[CategoryRule, ...], Meta(max_length=50)] = ()
    also_called: Annotated[tuple[AlsoCalled, ...], Meta(max_length=100)] = ()
    kinds: Annotated[tuple[KindName, ...], Meta(max_length=len(NoticeKind))] = ()
    steps: Annotated[tuple[StepName, ...], Meta(max_length=100)] = ()
    clocks: Annotated[tuple[ClockNote, ...], Meta(max_length=200)] = ()
    remedies: Annotated[tuple[RemedyRule, ...], Meta(max_length=40)] = ()


def laid_over(overlay: Overlay, base: Profile, faults: Faults) -> Profile:
    """The base with everything that the overlay adds; what it may not do is noted as a fault."""
    _check_head(overlay, base, faults)
    _check_sources(overlay, base, faults)
    _check_categories(overlay, base, faults)
    kinds = _kinds(overlay, base, faults)
    ladders = _ladders(overlay, base, faults)
    clocks = _clocks(overlay, base, faults)
    _check_remedies(overlay, base, faults)
    return replace(
        base,
        name=overlay.name,
        title=overlay.title,
        certainty=overlay.certainty,
        note=overlay.note,
        sources=(*base.sources, *overlay.sources),
        categories=(*base.categories, *overlay.categories),
        also_called=(*base.also_called, *overlay.also_called),
        kinds=kinds,
        ladders=ladders,
        clocks=clocks,
        remedies=(*base.remedies, *overlay.remedies),
        based_on=base.name,
    )


def _check_head(overlay: Overlay, base: Profile, faults: Faults) -> None:
    if overlay.name == base.name:
        faults.add("/name", FaultCode.REPEATED_ITEM, "An overlay has a name of its own.")
    if base.based_on is not None:
        detail = f"{base.name} is an overlay itself; lay this one over {base.based_on}."
        faults.add(f"/{OVERLAY}", FaultCode.BAD_FORM, detail)
    if _TRUST.index(overlay.certainty) > _TRUST.index(base.certainty):
        detail = f"{base.name} is {base.certainty.value}: what is laid over it is not more certain."
        faults.add("/certainty", FaultCode.BAD_FORM, detail)


def _check_sources(overlay: Overlay, base: Profile, faults: Faults) -> None:
    known = {source.id for source in base.sources}
    for place, source in enumerate(overlay.sources):
        if source.id in known:
            detail = f"Another source is called {source.id} already; give each a name of its own."
            faults.add(f"/sources/{place}/id", FaultCode.REPEATED_ITEM, detail)
        known.add(source.id)
    for pointer, line in _lines(overlay):
        for place, name in enumerate(line.sources):
            if name not in known:
                detail = f"The source {name} is not listed under `sources`, here or in {base.name}."
                faults.add(f"{pointer}/sources/{place}", FaultCode.NOT_IN_LIST, detail)
        if line.certainty not in {None, Certainty.OURS} and not line.sources:
            detail = (
                f"Whatever is {line.certainty} names the source it was read in; without one its certainty is `ours`."
            )
            faults.add(f"{pointer}/certainty", FaultCode.BAD_FORM, detail)


def _lines(overlay: Overlay) -> Sequence[tuple[str, Any]]:
    lists = ("categories", "also_called", "kinds", "steps", "clocks", "remedies")
    return [(f"/{name}/{place}", line) for name in lists for place, line in enumerate(getattr(overlay, name))]


def _check_categories(overlay: Overlay, base: Profile, faults: Faults) -> None:
    known = {rule.code for rule in base.categories}
    for place, rule in enumerate(overlay.categories):
        if rule.urgent:
            detail = "An overlay calls no ground urgent: only the statute does."
            faults.add(f"/categories/{place}/urgent", FaultCode.BAD_FORM, detail)
        if rule.code in known:
            detail = f"{base.name} has the category {rule.code.value}; write the other word under `also_called`."
            faults.add(f"/categories/{place}/code", FaultCode.REPEATED_ITEM, detail)
        known.add(rule.code)
    for place, one in enumerate(overlay.also_called):
        if one.code not in known:
            detail = f"The category {one.code.value} is listed neither here nor in {base.name}."
            faults.add(f"/also_called/{place}/code", FaultCode.NOT_IN_LIST, detail)


def _kinds(overlay: Overlay, base: Profile, faults: Faults) -> tuple[KindRule, ...]:
    named = {}
    for place, one in enumerate(overlay.kinds):
        rule = base.kind(one.kind)
        if rule is None:
            detail = f"{base.name} does not take {one.kind.value}; an overlay adds no kind of notice."
            faults.add(f"/kinds/{place}/kind", FaultCode.NOT_IN_LIST, detail)
        elif one.kind in named:
            faults.add(f"/kinds/{place}/kind", FaultCode.REPEATED_ITEM, "This kind stands in the list already.")
        else:
            named[one.kind] = replace(
                rule,
                code=one.code or rule.code,
                called=one.called or rule.called,
                certainty=lower(rule.certainty, one.certainty),
                sources=_both(rule.sources, one.sources),
                note=one.note or rule.note,
            )
    return tuple(named.get(rule.kind, rule) for rule in base.kinds)


def _ladders(overlay: Overlay, base: Profile, faults: Faults) -> tuple[Ladder, ...]:
    named: dict[tuple[str, str], LadderStep] = {}
    steps = {(ladder.name, step.name): step for ladder in base.ladders for step in ladder.steps}
    for place, one in enumerate(overlay.steps):
        pointer, step = f"/steps/{place}", steps.get((one.ladder, one.step))
        if one.amount is not None:
            detail = f"An overlay sets no amount: {base.name} holds none, and what the press names binds nobody."
            faults.add(f"{pointer}/amount", FaultCode.BAD_FORM, detail)
        if step is None:
            detail = f"{base.name} has no step {one.step} on a ladder {one.ladder}; an overlay adds none."
            faults.add(f"{pointer}/step", FaultCode.NOT_IN_LIST, detail)
        elif (one.ladder, one.step) in named:
            faults.add(f"{pointer}/step", FaultCode.REPEATED_ITEM, "This step stands in the list already.")
        else:
            named[one.ladder, one.step] = replace(
                step,
                called=one.called,
                letter=_letter(one, step, pointer, faults),
                certainty=lower(step.certainty, one.certainty),
                sources=_both(step.sources, one.sources),
                note=one.note or step.note,
            )
    return tuple(
        replace(each, steps=tuple(named.get((each.name, step.name), step) for step in each.steps))
        for each in base.ladders
    )


def _letter(one: StepName, step: LadderStep, pointer: str, faults: Faults) -> Letter | None:
    """The letter under its new code: the same one, with the same consequence."""
    if one.letter is None:
        return step.letter
    if step.letter is None or one.letter.number != step.letter.number:
        detail = "An overlay gives a letter another code; it adds none, and moves none to another place."
        faults.add(f"{pointer}/letter", FaultCode.BAD_FORM, detail)
        return step.letter
    if one.letter.carries not in {None, step.letter.carries}:
        detail = f"This letter carries {step.letter.carries or 'nothing'}; an overlay lets it carry nothing else."
        faults.add(f"{pointer}/letter/carries", FaultCode.BAD_FORM, detail)
    return replace(one.letter, carries=step.letter.carries)


def _clocks(overlay: Overlay, base: Profile, faults: Faults) -> tuple[ClockRule, ...]:
    noted: dict[str, ClockRule] = {}
    for place, one in enumerate(overlay.clocks):
        pointer, rule = f"/clocks/{place}", next((each for each in base.clocks if each.name == one.name), None)
        if rule is None:
            detail = f"{base.name} has no clock {one.name}; an overlay adds none."
            faults.add(f"{pointer}/name", FaultCode.NOT_IN_LIST, detail)
            continue
        if one.name in noted:
            faults.add(f"{pointer}/name", FaultCode.REPEATED_ITEM, "This clock stands in the list already.")
        if one.duration is not None and not is_as_long(one.duration, rule.duration):
            detail = f"An overlay never makes a clock shorter; in {base.name} it runs longer, or in another form."
            faults.add(f"{pointer}/duration", FaultCode.BAD_FORM, detail)
        noted[one.name] = replace(
            rule,
            duration=one.duration or rule.duration,
            certainty=lower(rule.certainty, one.certainty),
            sources=_both(rule.sources, one.sources),
            note=one.note or rule.note,
        )
    return tuple(noted.get(rule.name, rule) for rule in base.clocks)


def _check_remedies(overlay: Overlay, base: Profile, faults: Faults) -> None:
    known = {(rule.remedy, rule.who) for rule in base.remedies}
    for place, rule in enumerate(overlay.remedies):
        if (rule.remedy, rule.who) in known:
            detail = f"{base.name} has this remedy already."
            faults.add(f"/remedies/{place}/remedy", FaultCode.REPEATED_ITEM, detail)
        if rule.clock is not None and base.clock(rule.clock) is None:
            faults.add(f"/remedies/{place}/clock", FaultCode.NOT_IN_LIST, f"There is no clock called {rule.clock}.")
        known.add((rule.remedy, rule.who))


def lower(one: Certainty, other: Certainty) -> Certainty:
    """The less certain of two; `ours` stays what it is."""
    return min(one, other, key=_RANKS.__getitem__)


def is_as_long(new: Duration, old: Duration) -> bool:
    """Whether a duration of the same form is not shorter than the other; one of another form never is."""
    measures: Sequence[tuple[str, Callable[[str], Any], tuple[str, ...]]] = (
        ("elapsed", parse_elapsed, ()),
        ("undue_delay", parse_elapsed, ()),
        ("working", parse_working, ("calendar",)),
        ("period", parse_period, ("zone",)),
        ("repeat", parse_elapsed, ("times",)),
    )
    for form, parse, same in measures:
        told, was = getattr(new, form), getattr(old, form)
        if told is not None and was is not None:
            lengths = parse(told), parse(was)
            alike = all(getattr(new, each) == getattr(old, each) for each in same)
            return alike and type(lengths[0]) is type(lengths[1]) and bool(lengths[0] >= lengths[1])
    return new == old


def _both(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))
