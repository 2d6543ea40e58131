"""A talk: what a person is about in a chat, from its first message until it is sent or put aside.

One at a time in a chat. What is sent goes by the ordinary operation, under a key that is the chat's and the message's
that began it: however often the service brings the same tap, it is done once. Only then the talk ends, and what was
typed is erased here. If power fails between the two, the same tap does the same again and gets the same answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules import chats as rules, retention
from mufakat.rules.chat_steps import TYPED, Plan, Step, next_step, without_last
from mufakat.rules.decision import Automation, Outcome
from mufakat.rules.errors import DocumentRefusedError, NotFoundError, RefusedError
from mufakat.rules.permissions import Deed
from mufakat.server.connectors.government_bot import asking, configuration, replies, telling, words
from mufakat.server.connectors.government_bot.asking import FAULTS, BadAnswerError
from mufakat.server.connectors.government_bot.models import Talk
from mufakat.server.decisions import operations as decisions
from mufakat.server.journal.answers import Key
from mufakat.server.notices import operations, queries, talk as messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mufakat.server.connectors.government_bot.chats import Owner
    from mufakat.server.connectors.government_bot.replies import Reply
    from mufakat.server.journal.work import Moment

    Act = Callable[[Moment], list[Reply]]
    """What is written and answered, in one commit."""


def open_in(owner: Owner) -> Talk | None:
    """What the person is about, if anything."""
    return Talk.objects.filter(chat=owner.chat, ended_at=None).first()


def get(pk: str) -> Talk | None:
    """A talk by its id."""
    return Talk.objects.filter(pk=pk).first()


def step_of(talk: Talk) -> Step:
    """What is waited for."""
    return next_step(Plan(talk.plan), talk.said or {})


def begin(owner: Owner, plan: Plan, *, message: int, said: dict[str, Any], case: str = "") -> Act:
    """Begin a talk, and ask its first question."""

    def act(moment: Moment) -> list[Reply]:
        if Talk.objects.filter(chat=owner.chat, ended_at=None).exists():
            return [_say(owner, words.BEGUN.say(owner.chat.language))]
        made = Talk.objects.create(
            id=moment.id("tlk"),
            chat=owner.chat,
            plan=plan.value,
            message=message,
            case=case,
            said=said,
            begun_at=moment.at,
            touched_at=moment.at,
        )
        return [asked(owner, made, moment=moment)]

    return act


def begin_notice(owner: Owner, links: list[str], *, message: int) -> Act:
    """Begin a notice about these links; where one party alone could be meant, it is not asked for."""
    owner.caller.require(Deed.SUBMIT)
    said: dict[str, Any] = {"locators": links}
    if len(found := asking.recipients(owner.caller)) == 1:
        said[Step.TO.value] = found[0][0]
    return begin(owner, Plan.NOTICE, message=message, said=said)


def asked(owner: Owner, talk: Talk, *, moment: Moment) -> Reply:
    """The question of the step that is waited for."""
    plan, step = Plan(talk.plan), step_of(talk)
    said: dict[str, Any] = talk.said or {}
    if step is Step.CONFIRM and plan is Plan.NOTICE and "body" not in said:
        # Made once and kept: what is sent is what was shown, whatever mandates say by then.
        said = {**said, "body": asking.body(owner, said)}
        Talk.objects.filter(pk=talk.pk).update(said=said)
    found = asking.question(owner, plan, step, said, case=talk.case, at=moment.at)
    rows = replies.buttons(owner.chat, talk.pk, found.choices, moment=moment, step=step.value)
    return replies.say(_chat(owner), found.text, rows)


def typed(owner: Owner, talk: Talk, text: str, *, at: datetime) -> Act:
    """A text that came while this talk was open."""
    step, language = step_of(talk), owner.chat.language
    if step not in TYPED:
        return lambda moment: [_say(owner, words.BEGUN.say(language)), asked(owner, talk, moment=moment)]
    if len(text) > rules.MAX_TYPED:
        return lambda _moment: [_say(owner, words.TOO_LONG.say(language, most=rules.MAX_TYPED))]
    try:
        value = asking.answered(owner, step, talk.said or {}, text.strip(), at=at)
    except BadAnswerError as error:
        says = str(error)
        return lambda _moment: [_say(owner, says)]
    return _set(owner, talk, step, {step.value: value})


def chosen(owner: Owner, talk: Talk, meaning: list[Any], *, callback: str, at: datetime) -> Act:
    """A button of this talk, at the step that it is for."""
    if meaning == ["discard"]:
        return _heard(callback, put_aside(owner, talk))
    if meaning == ["back"]:
        said = without_last(Plan(talk.plan), talk.said or {})
        said.pop("body", None)
        return _heard(callback, _set(owner, talk, step_of(talk), said, whole=True))
    if meaning == ["send"]:
        return _sent(owner, talk, callback=callback, at=at)
    step, value = step_of(talk), meaning[1]
    if step is Step.GROUND and isinstance(value, str):
        told = {Step.GROUND.value: "own", "law_kind": "terms" if value == "terms" else "law"}
        return _heard(callback, _set(owner, talk, step, told))
    return _heard(callback, _set(owner, talk, step, {step.value: value}))


def put_aside(owner: Owner, talk: Talk) -> Act:
    """End it without anything being sent; what was typed is erased."""

    def act(moment: Moment) -> list[Reply]:
        end(talk, moment=moment)
        return [_say(owner, words.PUT_ASIDE.say(owner.chat.language))]

    return act


def end(talk: Talk, *, moment: Moment, case: str | None = None) -> bool:
    """End it and erase what was typed; `case` is the notice that came of it."""
    ended: dict[str, Any] = {"ended_at": moment.at, "said": None}
    return Talk.objects.filter(pk=talk.pk, ended_at=None).update(**ended, case=case or talk.case) == 1


def _set(owner: Owner, talk: Talk, step: Step, told: dict[str, Any], *, whole: bool = False) -> Act:
    """Write an answer down, unless another one to the same question was first, and ask the next question."""

    def act(moment: Moment) -> list[Reply]:
        now = Talk.objects.filter(pk=talk.pk, ended_at=None).first()
        if now is None or step_of(now) is not step:
            return [_say(owner, words.ANSWERED.say(owner.chat.language))]
        now.said = told if whole else {**(now.said or {}), **told}
        now.touched_at = moment.at
        now.save(update_fields=["said", "touched_at"])
        return [asked(owner, now, moment=moment)]

    return act


def _heard(callback: str, act: Act) -> Act:
    return lambda moment: [replies.answer(callback), *act(moment)]


def _sent(owner: Owner, talk: Talk, *, callback: str, at: datetime) -> Act:
    """Do what was agreed to, once, and then end the talk."""
    try:
        case, says = _DO[Plan(talk.plan)](owner, talk, at)
    except RefusedError as error:
        refused = refusal(owner, error)
        return lambda _moment: [replies.answer(callback), _say(owner, refused)]

    def act(moment: Moment) -> list[Reply]:
        end(talk, moment=moment, case=case)
        notice = queries.get_for(owner.caller, case)
        rows = replies.buttons(owner.chat, case, telling.choices(owner, notice), moment=moment)
        return [replies.answer(callback), replies.say(_chat(owner), says, rows)]

    return act


def _submitted(owner: Owner, talk: Talk, at: datetime) -> tuple[str, str]:
    raw = msgspec.json.encode((talk.said or {})["body"])
    answer = operations.submit(raw, by=owner.caller, at=at, key=f"telegram-{owner.chat.pk}-{talk.message}")
    made: dict[str, Any] = msgspec.json.decode(answer.body)
    says = words.TAKEN.say(
        owner.chat.language,
        case=made["id"],
        at=made["received_at"],
        leaf=queries.leaves_of([made["id"]])[made["id"]].hex(),
        page=configuration.page_of(f"/desk/notices/{made['id']}/receipt"),
    )
    return made["id"], says


def _messaged(owner: Owner, talk: Talk, at: datetime) -> tuple[str, str]:
    del at
    text = (talk.said or {})[Step.TEXT.value]
    messages.send(talk.case, by=owner.caller, text=text, key=_key(owner, talk, text.encode()))
    return talk.case, words.SAID.say(owner.chat.language)


def _withdrawn(owner: Owner, talk: Talk, at: datetime) -> tuple[str, str]:
    del at
    reason = retention.read_reason((talk.said or {})[Step.REASON.value])
    operations.withdraw(talk.case, by=owner.caller, reason=reason, key=_key(owner, talk, reason.encode()))
    return talk.case, words.WITHDRAWN.say(owner.chat.language)


def _asked(owner: Owner, talk: Talk, at: datetime) -> tuple[str, str]:
    del at
    told = {
        "outcome": Outcome.NEEDS_INFORMATION.value,
        "reasons": (talk.said or {})[Step.TEXT.value],
        "language": owner.chat.language,
    }
    _decided(owner, talk, told)
    return talk.case, words.ASKED.say(owner.chat.language)


def _refused(owner: Owner, talk: Talk, at: datetime) -> tuple[str, str]:
    """A refusal with complete reasons (I-05). It stands on the ground that the notice itself names."""
    del at
    said: dict[str, Any] = talk.said or {}
    raw = queries.body(queries.get_for(owner.caller, talk.case, deed=Deed.DECIDE))
    notice: dict[str, Any] = msgspec.json.decode(raw) if raw is not None else {}
    ground = {name: notice[name] for name in ("legal_ground", "terms_ground") if notice.get(name)}
    told = {
        "outcome": Outcome.REFUSE.value,
        "refusal": said[Step.REFUSAL.value],
        "ground": ground,
        "facts": said[Step.FACTS.value],
        "reasons": said[Step.REASONS.value],
        "language": owner.chat.language,
        "automated": {"detection": False, "decision": Automation.NONE.value},
    }
    _decided(owner, talk, told)
    return talk.case, words.DECIDED.say(owner.chat.language)


def _decided(owner: Owner, talk: Talk, told: dict[str, Any]) -> None:
    raw = msgspec.json.encode(told)
    decisions.decide(talk.case, raw, by=owner.caller, key=_key(owner, talk, raw))


_DO: dict[Plan, Callable[[Owner, Talk, datetime], tuple[str, str]]] = {
    Plan.NOTICE: _submitted,
    Plan.MESSAGE: _messaged,
    Plan.ASK: _asked,
    Plan.REFUSE: _refused,
    Plan.WITHDRAW: _withdrawn,
}
"""Plan → the ordinary operation; the notice that it is about, and what the person reads then."""


def _key(owner: Owner, talk: Talk, raw: bytes) -> Key:
    return Key.of(owner.caller.party_id, f"telegram: {talk.plan}", talk.pk, raw)


def refusal(owner: Owner, error: RefusedError) -> str:
    """Why not, in words; the sentences of the rules are English."""
    language = owner.chat.language
    if isinstance(error, NotFoundError):
        return words.NO_SUCH.say(language)
    why = str(error)
    if isinstance(error, DocumentRefusedError):
        why = "\n".join(f"– {fault.detail}" for fault in error.faults[:FAULTS])
    return words.REFUSED.say(language, why=why)


def _chat(owner: Owner) -> int:
    return owner.chat.user or 0


def _say(owner: Owner, text: str) -> Reply:
    return replies.say(_chat(owner), text)
