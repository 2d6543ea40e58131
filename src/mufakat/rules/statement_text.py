"""The statement of reasons, written from a decision: what was decided, why, and what can be done about it.

It holds what Article 17(3) of Regulation (EU) 2022/2065 lists, in Indonesian or English, and is the same for a refusal
as for an act (I-05): only the sentences differ. Parts with `typed` are a person's own words, in the language of the
decision; whoever shows them shows them inert. The text is a function of its values: the same decision reads the same
for ever.
"""

from datetime import datetime, tzinfo

from msgspec import Struct

from mufakat.rules import statement_words as words
from mufakat.rules.decision import Automation, Ground, Outcome, Refusal
from mufakat.rules.measure import IRREVERSIBLE
from mufakat.rules.notice import Category, MeasureName, NoticeKind
from mufakat.rules.reasons import GROUNDED
from mufakat.rules.statement_words import Tongue

NAMED = frozenset({NoticeKind.TRUSTED_FLAG, NoticeKind.REQUEST, NoticeKind.ORDER, NoticeKind.FORWARDED})
"""The kinds whose sender is named to the person affected; a user never is."""


class Done(Struct, frozen=True):
    """One measure: on which locator (from 0), how that is shown (None: erased), where and until when it holds."""

    locator: int
    shown: str | None
    name: MeasureName
    territory: tuple[str, ...] = ()
    ends_at: datetime | None = None


class Told(Struct, frozen=True, kw_only=True):
    """Everything that a statement says. `ground` is None where none was applied or it is erased, a text once it is."""

    decision: str
    notice: str
    party: str
    sender: str
    kind: NoticeKind
    category: Category
    outcome: Outcome
    refusal: Refusal | None
    decided_at: datetime
    locators: int
    done: tuple[Done, ...]
    ground: Ground | None
    facts: str | None
    reasons: str | None
    detected: bool
    automation: Automation
    language: str
    appeal_until: datetime | None = None
    appeal_at: str = ""


class Part(Struct, frozen=True):
    """One part under its heading. `typed` says that a person wrote the lines; there are none once they are erased."""

    name: str
    heading: str
    lines: tuple[str, ...]
    typed: bool = False


class Statement(Struct, frozen=True):
    """The whole: a title, a line about it, and its parts in their order."""

    tongue: Tongue
    title: str
    about: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The statement as plain text, for a letter or a file."""
        blocks = [self.title.upper(), self.about]
        blocks += ["\n".join([part.heading, *part.lines]) for part in self.parts]
        return "\n\n".join(blocks) + "\n"


def tongue_of(language: str) -> Tongue:
    """The language of the frame: Indonesian for Indonesian, English for every other."""
    return Tongue.ID if language.split("-", maxsplit=1)[0].lower() == Tongue.ID else Tongue.EN


def statement(told: Told, *, zone: tzinfo, at: datetime, tongue: Tongue | None = None) -> Statement:
    """The statement as it reads at `at`, its times in `zone`; the frame in the language of the decision by default."""
    spoken = tongue or tongue_of(told.language)
    when = moment(told.decided_at, zone, spoken)
    about = words.ABOUT[spoken].format(decision=told.decision, notice=told.notice, party=told.party, when=when)
    parts = (
        Part("decided", words.DECIDED[spoken], tuple(_decided(told, zone, spoken))),
        Part("source", words.SOURCE[spoken], tuple(_source(told, spoken))),
        Part("facts", words.FACTS[spoken], _lines(told.facts), typed=True),
        Part("ground", words.GROUND[spoken], tuple(_ground(told, spoken))),
        Part("reasons", words.REASONS[spoken], _lines(told.reasons), typed=True),
        Part("machines", words.MACHINES[spoken], _machines(told, spoken)),
        Part("redress", words.REDRESS[spoken], tuple(_redress(told, zone, at, spoken))),
    )
    return Statement(spoken, words.TITLE[spoken], about, parts)


def moment(value: datetime, zone: tzinfo, tongue: Tongue) -> str:
    """A time as people of that language write it, its zone named."""
    local = value.astimezone(zone)
    time = f"{local:%H.%M}" if tongue is Tongue.ID else f"{local:%H:%M}"
    month = words.MONTHS[tongue][local.month - 1]
    shown = words.MOMENT[tongue].format(
        day=local.day, month=month, year=local.year, time=time, zone=local.tzname() or ""
    )
    return shown.strip()


def _decided(told: Told, zone: tzinfo, tongue: Tongue) -> list[str]:
    found = [words.OUTCOMES[told.outcome][tongue]]
    if told.refusal is not None:
        found.append(words.REFUSALS[told.refusal][tongue])
    found += [_measure(one, zone, tongue) for one in told.done]
    touched = {one.locator for one in told.done}
    if told.done and (left := [str(number + 1) for number in range(told.locators) if number not in touched]):
        found.append(words.UNTOUCHED[tongue].format(numbers=", ".join(left)))
    if any(one.name in IRREVERSIBLE for one in told.done):
        found.append(words.SECOND_PERSON[tongue])
    return found


def _measure(one: Done, zone: tzinfo, tongue: Tongue) -> str:
    where = words.IN_PLACES[tongue].format(places=", ".join(one.territory))
    until = words.UNTIL[tongue].format(when=moment(one.ends_at, zone, tongue)) if one.ends_at else None
    return words.MEASURE[tongue].format(
        number=one.locator + 1,
        link=one.shown if one.shown is not None else words.ERASED_LINK[tongue],
        done=words.MEASURES[one.name][tongue],
        code=one.name.value,
        where=where if one.territory else words.EVERYWHERE[tongue],
        until=until or words.WITHOUT_END[tongue],
    )


def _source(told: Told, tongue: Tongue) -> list[str]:
    source = words.SOURCES[told.kind][tongue].format(sender=told.sender if told.kind in NAMED else "")
    return [source, words.CATEGORY[tongue].format(category=words.CATEGORIES[told.category][tongue])]


def _ground(told: Told, tongue: Tongue) -> list[str]:
    if told.ground is None:  # Where a ground is needed there was one: it is erased.
        return [] if told.outcome in GROUNDED else [words.NO_GROUND[tongue]]
    found = []
    if (law := told.ground.legal_ground) is not None:
        found.append(words.LAW[tongue].format(instrument=law.instrument, provision=law.provision, system=law.system))
    if (terms := told.ground.terms_ground) is not None:
        found.append(words.TERMS[tongue].format(document=terms.document, clause=terms.clause))
        if terms.url:
            found.append(words.TERMS_AT[tongue].format(url=terms.url))
    return found


def _machines(told: Told, tongue: Tongue) -> tuple[str, ...]:
    return (words.DETECTION[told.detected][tongue], words.AUTOMATION[told.automation][tongue])


def _redress(told: Told, zone: tzinfo, at: datetime, tongue: Tongue) -> list[str]:
    if told.appeal_until is None:
        return [words.APPEAL_NO_WINDOW[tongue], words.OUTSIDE[tongue]]
    when = moment(told.appeal_until, zone, tongue)
    if told.appeal_until <= at:
        return [words.APPEAL_OVER[tongue].format(when=when), words.OUTSIDE[tongue]]
    found = [words.APPEAL_UNTIL[tongue].format(when=when)]
    if told.appeal_at:
        found.append(words.APPEAL_AT[tongue].format(url=told.appeal_at))
    return [*found, words.OUTSIDE[tongue]]


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text is not None else ()
