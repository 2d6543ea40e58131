"""The questions of a talk: what is asked at each step, with which buttons, and what a typed answer becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mufakat import locator
from mufakat.rules.chat_steps import Plan, Step
from mufakat.rules.chats import MAX_LINKS
from mufakat.rules.decision import Refusal
from mufakat.rules.errors import NotAdmissibleError, RefusedError
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.parties import PartyKind
from mufakat.server.connectors.government_bot import configuration, grounds, telling, words
from mufakat.server.connectors.government_bot.words import coded, line
from mufakat.server.notices import operations as notices
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.server.connectors.government_bot.chats import Owner
    from mufakat.server.connectors.government_bot.replies import Choice

    Said = Mapping[str, Any]

DECIDERS = frozenset({PartyKind.PLATFORM, PartyKind.OPERATOR})
RECIPIENTS = 20  # Buttons; whoever wants another party sends at the desk.
EXCERPT = 600  # Characters of what was typed, in a summary.
AUTHORITY = frozenset({NoticeKind.REQUEST, NoticeKind.ORDER})  # They name a law.
FAULTS = 5


class Question(NamedTuple):
    """What is asked, and the buttons that answer it."""

    text: str
    choices: Sequence[Choice]


class BadAnswerError(RefusedError):
    """What was typed is no answer to what was asked; the sentence is in the person's language."""


def question(  # noqa: PLR0913 - whose, which, and what was said, each by name.
    owner: Owner, plan: Plan, step: Step, said: Said, *, case: str, at: datetime
) -> Question:
    """What is asked at this step."""
    language = owner.chat.language
    if step is Step.CONFIRM:
        return _summary(owner, plan, said, case=case, at=at)
    if step in TYPED:
        return Question(TYPED[step](plan, said).say(language, case=case), [_discard(language)])
    if step is Step.REFUSAL:
        return Question(words.ASK_REFUSAL.say(language, case=case), _codes(step, list(Refusal), language))
    return _of_notice(owner, step, said, at=at)


def _law(plan: Plan, said: Said) -> words.Phrase:
    del plan
    return words.ASK_TERMS if said.get("law_kind") == "terms" else words.ASK_LAW


TYPED: Mapping[Step, Any] = {
    Step.LAW: _law,
    Step.EXPLANATION: lambda _plan, _said: words.ASK_EXPLANATION,
    Step.TEXT: lambda plan, _said: words.ASK_QUESTION if plan is Plan.ASK else words.ASK_TEXT,
    Step.FACTS: lambda _plan, _said: words.ASK_FACTS,
    Step.REASONS: lambda _plan, _said: words.ASK_REASONS,
    Step.REASON: lambda _plan, _said: words.ASK_REASON,
}


def _of_notice(owner: Owner, step: Step, said: Said, *, at: datetime) -> Question:
    language, by = owner.chat.language, owner.caller
    if step is Step.TO:
        named: list[Choice] = [(f"{name} · {handle}", [step.value, handle]) for handle, name in recipients(by)]
        return Question(words.ASK_TO.say(language), [*named[:RECIPIENTS], _discard(language)])
    if step is Step.CATEGORY:
        asks = words.ASK_CATEGORY.say(language, many=len(said["locators"]))
        return Question(asks, _codes(step, list(Category), language))
    if step is Step.URGENCY:
        return Question(words.ASK_URGENCY.say(language), _codes(step, list(Urgency), language))
    recipient, category = parties.directory()[said["to"]][0], Category(said["category"])
    if step is Step.KIND:
        kinds = grounds.kinds_for(by, category, recipient, at=at)
        return Question(words.ASK_KIND.say(language), _codes(step, kinds, language))
    kind = NoticeKind(said["kind"])
    found = grounds.offered(by, category, kind, recipient, at=at)
    offers: list[Choice] = [(grounds.shown(one), [Step.GROUND.value, one]) for one in found]
    offers.append((words.OWN_LAW.say(language), [Step.GROUND.value, grounds.OWN]))
    if kind not in AUTHORITY:
        offers.append((words.TERMS.say(language), [Step.GROUND.value, "terms"]))
    return Question(words.ASK_GROUND.say(language), [*offers, _discard(language)])


def recipients(by: parties.Caller) -> list[tuple[str, str]]:
    """To whom the caller may send: handle and name of each who decides about content."""
    return [
        (one.handle, one.name)
        for one in parties.parties()
        if PartyKind(one.kind) in DECIDERS and one.handle != by.handle
    ]


def links_in(text: str, language: str) -> list[str]:
    """The links of a message, one on a line; raises BadAnswerError where one cannot be taken."""
    lines = [one.strip() for one in text.split("\n") if one.strip()]
    if len(lines) > MAX_LINKS:
        raise BadAnswerError(words.TOO_MANY_LINKS.say(language, most=MAX_LINKS))
    for number, one in enumerate(lines, start=1):
        parsed = locator.parse(one)
        if isinstance(parsed, locator.Refusal):
            if number == 1 and len(lines) == 1 and " " in one:
                raise BadAnswerError(words.NO_LINKS.say(language))
            raise BadAnswerError(words.BAD_LINK.say(language, line=number, why=parsed.sentence))
    if not lines:
        raise BadAnswerError(words.NO_LINKS.say(language))
    return lines


def body(owner: Owner, said: Said) -> dict[str, Any]:
    """The notice, as the API takes it. Where a mandate holds in one country alone, that is where it asks."""
    category, kind = Category(said["category"]), NoticeKind(said["kind"])
    made: dict[str, Any] = {
        "to": said["to"],
        "kind": said["kind"],
        "category": said["category"],
        "urgency": said["urgency"],
        "locators": list(said["locators"]),
        "explanation": said["explanation"],
        "language": owner.chat.language,
    }
    ground = said["law"] if said["ground"] == grounds.OWN else said["ground"]
    made["terms_ground" if "document" in ground else "legal_ground"] = dict(ground)
    countries = {one.terms.country for one in grounds.mandates_for(owner.caller, category, kind)}
    if countries and None not in countries:
        made["territory"] = sorted(country for country in countries if country)[:1]
    return made


def _summary(owner: Owner, plan: Plan, said: Said, *, case: str, at: datetime) -> Question:
    language = owner.chat.language
    if plan is Plan.NOTICE:
        return _notice_summary(owner, said, at=at)
    named = [line("case", case, language)]
    named += [
        line(name, coded(str(said[name]), language) if name == "refusal" else excerpt(said[name]), language)
        for name in ("refusal", "facts", "reasons", "reason", "text")
        if name in said
    ]
    return Question(words.SUMMARY.say(language) + "\n\n" + "\n".join(named), _ends(language))


def _notice_summary(owner: Owner, said: Said, *, at: datetime) -> Question:
    language = owner.chat.language
    made = said["body"]
    ground = made.get("legal_ground") or made["terms_ground"]
    protected = made["category"] == Category.CHILD_SEXUAL_ABUSE
    named = [
        line("to", made["to"], language),
        line("category", coded(made["category"], language), language),
        line("kind", coded(made["kind"], language), language),
        line("urgency", coded(made["urgency"], language), language),
        line("ground", grounds.shown(ground), language),
        # What was typed may hold the locator (I-15): it is not said back.
        "" if protected else line("explanation", excerpt(made["explanation"]), language),
    ]
    if protected:
        named.append(words.NO_LOCATORS.say(language, many=len(made["locators"])))
    else:
        named += [telling.defanged(one) for one in made["locators"]]
    text = words.SUMMARY.say(language) + "\n\n" + telling.summary(named)
    try:
        notices.admit(msgspec.json.encode(made), by=owner.caller, at=at)
    except RefusedError as error:
        faults = error.faults[:FAULTS] if isinstance(error, NotAdmissibleError) else ()
        details = [f"– {fault.detail}" for fault in faults] or [f"– {error}"]
        desk = words.AT_DESK.say(language, page=configuration.page_of("/desk/send"))
        return Question("\n".join([text, "", words.FAULTS.say(language), *details, desk]), _ends(language, sends=False))
    return Question(text, _ends(language))


def answered(owner: Owner, step: Step, said: Said, text: str, *, at: datetime) -> Any:
    """What a typed text is as the answer to a step; raises BadAnswerError."""
    language = owner.chat.language
    if not text or not all(each.isprintable() or each in "\n\t" for each in text):
        raise BadAnswerError(words.NOT_TEXT.say(language))
    if step is not Step.LAW:
        return text
    parts = grounds.typed(text)
    if parts is None:
        raise BadAnswerError(words.BAD_GROUND.say(language))
    if said.get("law_kind") == "terms":
        return {"document": parts[0], "clause": parts[1]}
    profile = grounds.profile_of(owner.caller, parties.directory()[said["to"]][0], at=at)
    return {"system": grounds.system_of(profile), "instrument": parts[0], "provision": parts[1]}


def excerpt(text: str) -> str:
    """The beginning of a text."""
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def _codes(step: Step, codes: Sequence[str], language: str) -> list[Choice]:
    named: list[Choice] = [(coded(str(code), language), [step.value, str(code)]) for code in codes]
    return [*named, _discard(language)]


def _ends(language: str, *, sends: bool = True) -> list[Choice]:
    ends: list[Choice] = [(words.BACK.say(language), ["back"]), _discard(language)]
    return [(words.SEND.say(language), ["send"]), *ends] if sends else ends


def _discard(language: str) -> Choice:
    return words.DISCARD.say(language), ["discard"]
