"""Taps: a button is an id of ours and a number; whose it is, what it means and whether it may be is asked here.

Three things must agree before anything is done: the account that taps is bound, the button was made for that very chat,
and the ordinary operation lets the person in that seat do it. Nothing that the service carries is believed besides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mufakat.rules import chats as rules
from mufakat.rules.chat_steps import Plan
from mufakat.rules.errors import RefusedError
from mufakat.server.connectors.government_bot import replies, talks, telling, words
from mufakat.server.connectors.government_bot.models import Button
from mufakat.server.journal.answers import Key
from mufakat.server.notices import operations, queries

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.connectors.government_bot.chats import Owner
    from mufakat.server.connectors.government_bot.replies import Reply
    from mufakat.server.connectors.government_bot.talks import Act
    from mufakat.server.journal.work import Moment

DATA = re.compile(r"(?P<button>[A-Za-z0-9_-]{22})\.(?P<place>[0-9]{1,2})")
PLANS = {"message": Plan.MESSAGE, "ask": Plan.ASK, "refuse": Plan.REFUSE, "withdraw": Plan.WITHDRAW}


def tapped(owner: Owner, *, data: str, callback: str, message: int, at: datetime) -> Act:
    """A tap of this person."""
    language = owner.chat.language
    match = DATA.fullmatch(data)
    button = Button.objects.filter(pk=match["button"]).first() if match else None
    if match is None or button is None or at - button.made_at > rules.BUTTONS:
        return _only(callback, words.OLD_BUTTON.say(language))
    if button.chat_id != owner.chat.pk:
        return _only(callback, words.NOT_YOURS.say(language))
    place = int(match["place"])
    if place >= len(button.choices):
        return _only(callback, words.OLD_BUTTON.say(language))
    meaning: list[Any] = button.choices[place]
    if button.case.startswith("tlk_"):
        return _of_talk(owner, button, meaning, callback=callback, at=at)
    return _of_notice(owner, button.case, meaning[0], callback=callback, message=message)


def _of_talk(owner: Owner, button: Button, meaning: list[Any], *, callback: str, at: datetime) -> Act:
    language = owner.chat.language
    talk = talks.get(button.case)
    if talk is None or talk.chat_id != owner.chat.pk:
        return _only(callback, words.OLD_BUTTON.say(language))
    if talk.ended_at is not None:
        done = meaning == ["send"] and bool(talk.case)
        says = words.SENT_ALREADY.say(language, case=talk.case) if done else words.ANSWERED.say(language)
        return _only(callback, says)
    if talks.step_of(talk).value != button.step:
        return _only(callback, words.ANSWERED.say(language))
    return talks.chosen(owner, talk, meaning, callback=callback, at=at)


def _of_notice(owner: Owner, case: str, deed: str, *, callback: str, message: int) -> Act:
    if deed == "acknowledge":
        return _acknowledged(owner, case, callback=callback)
    if deed in PLANS:
        try:
            queries.get_for(owner.caller, case)
        except RefusedError as error:
            return _only(callback, talks.refusal(owner, error))
        begun = talks.begin(owner, PLANS[deed], message=message, said={}, case=case)
        return lambda moment: [replies.answer(callback), *begun(moment)]
    shown = status(owner, case)
    return lambda moment: [replies.answer(callback), *shown(moment)]


def _acknowledged(owner: Owner, case: str, *, callback: str) -> Act:
    """A tap is the act of a person: the operation is that of the page, and doing it again changes nothing."""
    by = owner.caller
    try:
        operations.acknowledge(case, by=by, key=Key.of(by.party_id, "telegram: acknowledge", case, b""))
    except RefusedError as error:
        return _only(callback, talks.refusal(owner, error))

    def act(moment: Moment) -> list[Reply]:
        said = words.ACKNOWLEDGED.say(owner.chat.language)
        return [replies.answer(callback, said), *_shown(owner, case, moment=moment, before=said + "\n\n")]

    return act


def status(owner: Owner, case: str) -> Act:
    """How a notice stands, for whoever may see it."""
    try:
        queries.get_for(owner.caller, case)
    except RefusedError as error:
        says = talks.refusal(owner, error)
        return lambda _moment: [replies.say(owner.chat.user or 0, says)]
    return lambda moment: _shown(owner, case, moment=moment)


def _shown(owner: Owner, case: str, *, moment: Moment, before: str = "") -> list[Reply]:
    notice = queries.get_for(owner.caller, case)
    rows = replies.buttons(owner.chat, case, telling.choices(owner, notice), moment=moment)
    return [replies.say(owner.chat.user or 0, before + telling.status(owner, notice), rows)]


def _only(callback: str, text: str) -> Act:
    """Answer, and change nothing."""
    return lambda _moment: [replies.answer(callback, text)]
