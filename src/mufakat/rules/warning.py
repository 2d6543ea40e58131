"""Steps of a ladder as documents: which one may be sent, and when. Pure.

A ladder puts its later steps to people: a numbered letter, the announcement of a block. What they send is a document
with a number, a ground and a receipt. A step can be sent once, after every one under it that people decide about was
sent, and after its waiting time, which counts from when the one before was really sent. Nobody can skip a step, send
one early, or send more letters than the profile knows: there is no way to ask for it.

How the other side answered is no input here (I-05); that it did ends the clock, and with it every step. What it wrote
has to be weighed, in words, before a step for which the profile says so.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, inspect

from mufakat.rules import admissibility, clock
from mufakat.rules.clock import Rest
from mufakat.rules.errors import DocumentRefusedError, NotNowError
from mufakat.rules.fault import FaultCode, Faults, excerpt
from mufakat.rules.notice import LanguageTag, LegalGround
from mufakat.rules.places import LEGAL_SYSTEMS
from mufakat.rules.profile_shape import Act, Calendar, Ladder, LadderStep
from mufakat.rules.reading import UNREAD, parse_json, read as read_value

LONGEST = 4_000
"""Characters of a document's own words."""

Said = Annotated[str, Meta(min_length=1, max_length=LONGEST)]


class BadWarningError(DocumentRefusedError):
    """The document cannot be sent as it stands."""

    what = "warning"


class WarningIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is sent: which step of the notice's ladder, in whose words, on which ground.

    Without `legal_ground` it stands on the law of the notice, without `language` it is in the notice's language.
    `reasons_weighed` says what came of the other side's reasons, and is needed where the profile says so.
    """

    step: Annotated[str, Meta(min_length=1, max_length=64)]
    text: Said
    language: LanguageTag | None = None
    legal_ground: LegalGround | None = None
    reasons_weighed: Said | None = None


class Sent(Struct, frozen=True):
    """A document that was sent: for which step, and when."""

    step: str
    at: datetime


_WARNING = inspect.type_info(WarningIn)


def read(raw: bytes) -> WarningIn:
    """The body, or BadWarningError with every fault of it."""
    faults = Faults()
    document = parse_json(raw, faults)
    found: WarningIn | None = read_value(document, _WARNING, "", faults) if document is not UNREAD else None
    if found:
        judge(found, faults)
    if not found or faults.found:
        raise BadWarningError(faults.found)
    return found


def judge(found: WarningIn, faults: Faults) -> None:
    """The texts say something, and the law is one."""
    admissibility.judge_text(found.text, "/text", faults, refused=admissibility.CONTROL)
    if found.reasons_weighed:
        admissibility.judge_text(found.reasons_weighed, "/reasons_weighed", faults, refused=admissibility.CONTROL)
    if law := found.legal_ground:
        if law.system and law.system not in LEGAL_SYSTEMS:
            detail = f"{excerpt(law.system)} is no system of law: a country's code in lower case, eu, or un."
            faults.add("/legal_ground/system", FaultCode.NOT_IN_LIST, detail)
        admissibility.judge_text(law.instrument, "/legal_ground/instrument", faults)
        admissibility.judge_text(law.provision, "/legal_ground/provision", faults)


def documents(ladder: Ladder) -> tuple[LadderStep, ...]:
    """The steps that people send, in order."""
    return tuple(step for step in ladder.steps if step.act is Act.PROPOSE)


def step_of(ladder: Ladder, name: str) -> LadderStep | None:
    """The step of this name, where people send it."""
    return next((step for step in documents(ladder) if step.name == name), None)


def letters_of(ladder: Ladder) -> int:
    """How many letters may be sent on it at most."""
    named = sum(step.letter is not None for step in ladder.steps)
    return named if ladder.at_most_letters is None else min(named, ladder.at_most_letters)


def opens_at(
    ladder: Ladder,
    step: LadderStep,
    *,
    sent: Sequence[Sent],
    calendars: Sequence[Calendar] = (),
    rests: Sequence[Rest] = (),
) -> datetime | None:
    """Before when the step is too early, as the one it counts from was sent; None where it counts from none.

    Times in which the clock rested are waited out.
    """
    if step_of(ladder, step.counted_from) is None:
        return None
    since = next((one.at for one in sent if one.step == step.counted_from), None)
    if since is None:
        return None
    at = clock.due_at(step.after, at=since, calendars=calendars)
    for rest in rests:
        at = clock.after_rest(step.after, at, since=since, rest=rest, calendars=calendars)
    return at


def require(  # noqa: PLR0913 - what a step may hang on, each by name.
    ladder: Ladder,
    name: str,
    *,
    came: Collection[str],
    sent: Sequence[Sent],
    at: datetime,
    calendars: Sequence[Calendar] = (),
    rests: Sequence[Rest] = (),
) -> LadderStep:
    """The step, where it may be sent now; `came` are the steps of the ladder whose time has come, `sent` those sent.

    Raises BadWarningError where the ladder has no such step, NotNowError where it may not be sent now.
    """
    step = step_of(ladder, name)
    if step is None:
        raise no_step(name, [one.name for one in documents(ladder)])
    done = {one.step for one in sent}
    if name in done:
        raise NotNowError(f"The step {name} was sent already; it is sent once.")
    for before in documents(ladder):
        if before.name == name:
            break
        if before.name not in done:
            raise NotNowError(f"The step {before.name} comes before {name}, and was not sent.")
    if name not in came:
        raise NotNowError(f"The time of the step {name} has not come; the ladder asks for it when it has.")
    opens = opens_at(ladder, step, sent=sent, calendars=calendars, rests=rests)
    if opens is not None and at < opens:
        raise NotNowError(
            f"The step {name} waits {_in_words(step)} after {step.counted_from} was sent: until {_instant(opens)}."
        )
    letters = sum(one.letter is not None and one.name in done for one in documents(ladder))
    if step.letter is not None and letters >= letters_of(ladder):
        raise NotNowError(f"At most {letters_of(ladder)} letters are sent on one notice; so many were.")
    return step


def require_weighed(step: LadderStep, weighed: str | None) -> None:
    """Raise BadWarningError where the profile wants reasons weighed and nothing is said of them."""
    if step.weighs_reasons and not weighed:
        faults = Faults()
        article = f" ({step.article})" if step.article else ""
        detail = f"Say how the reasons of the other side were weighed: the profile asks for it here{article}."
        faults.add("/reasons_weighed", FaultCode.MISSING, detail)
        raise BadWarningError(faults.found)


def no_step(name: str, known: Sequence[str]) -> BadWarningError:
    """The refusal of a step that the profile does not know for this notice."""
    faults = Faults()
    there = f"there is: {', '.join(known)}" if known else "it has none that people send"
    detail = f"The ladder of this notice has no step {excerpt(name)}; {there}."
    faults.add("/step", FaultCode.NOT_IN_LIST, detail)
    return BadWarningError(faults.found)


def no_ground() -> BadWarningError:
    """The refusal of a document that stands on no law: the notice names none, or it was erased."""
    faults = Faults()
    faults.add("/legal_ground", FaultCode.NO_GROUND, "The notice names no law; write the one that this stands on.")
    return BadWarningError(faults.found)


def _in_words(step: LadderStep) -> str:
    found = step.after
    return found.elapsed or found.working or found.period or "its time"


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
