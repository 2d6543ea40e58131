"""What comes in from the service: each update is dealt with once, by whoever's chat it came from.

The process that speaks with the service hands every update here and carries out what is answered. What changes anything
is written together with the update's number and the answer: if the same update comes again (the service repeats, the
process died), the same is answered and nothing is done anew. A stranger changes nothing and leaves no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from mufakat.rules import chats as rules
from mufakat.rules.chats import Because
from mufakat.rules.errors import RefusedError, TooOftenError
from mufakat.rules.mandate import Quota
from mufakat.rules.permissions import Deed
from mufakat.server.connectors.government_bot import asking, chats, configuration, doing, replies, talks, telling, words
from mufakat.server.connectors.government_bot.asking import BadAnswerError
from mufakat.server.connectors.government_bot.models import Chat, Heard
from mufakat.server.journal import door
from mufakat.server.register.doors import Door

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.server.connectors.government_bot.chats import Owner
    from mufakat.server.connectors.government_bot.replies import Reply
    from mufakat.server.connectors.government_bot.talks import Act
    from mufakat.server.journal.work import Moment

KNOWN = Door(lambda: rules.PACE, named=str)
STRANGERS = Door(lambda: rules.STRANGERS, named=str)
WARNINGS = Quota(1, 1)  # How often somebody who is too fast is told so.
WARNED = Door(lambda: WARNINGS, named=str)


class Update(msgspec.Struct, forbid_unknown_fields=True):
    """One update, as far as it matters here: who, where, and what; no file, no name, nothing that was forwarded.

    `inside` is whether the bot is in the chat now, where `kind` is "member".
    """

    bot: int
    update: int
    kind: Literal["message", "tap", "member"]
    user: int
    chat: int
    private: bool
    message: int = 0
    text: Annotated[str, msgspec.Meta(max_length=8_192)] = ""
    file: bool = False
    forwarded: bool = False
    language: Annotated[str, msgspec.Meta(max_length=35)] = ""
    callback: Annotated[str, msgspec.Meta(max_length=64)] = ""
    data: Annotated[str, msgspec.Meta(max_length=64)] = ""
    inside: bool = True


def hear(told: Update, *, at: datetime) -> list[Reply]:
    """Deal with one update; what the process is to do about it."""
    if not told.private or told.chat != told.user:
        return _outside(told)
    owner = chats.owner_of(told.user)
    try:
        (KNOWN if owner else STRANGERS).enter(str(told.user), at=at)
    except TooOftenError:
        return _too_often(told, at=at)
    if told.kind == "message" and told.text.startswith("/start "):
        return _started(told, told.text.removeprefix("/start ").strip())
    if owner is None:
        return _stranger(told)
    known = _known(told)
    return _once(told, _act_of(owner, told, at=at)) if known is None else known


def _outside(told: Update) -> list[Reply]:
    """In a group or a channel nobody knows who reads: the bot goes out of it, and hears nothing there."""
    if told.kind == "tap":
        return [replies.answer(told.callback, words.NOT_YOURS.say(told.language))]
    return [replies.leave(told.chat)] if told.inside else []


def _too_often(told: Update, *, at: datetime) -> list[Reply]:
    if told.kind == "tap":
        return [replies.answer(told.callback, words.SLOWER.say(told.language[:2]))]
    try:
        WARNED.enter(str(told.user), at=at)
    except TooOftenError:
        return []
    return [replies.say(told.chat, words.SLOWER.say(told.language[:2]))] if told.kind == "message" else []


def _stranger(told: Update) -> list[Reply]:
    if told.kind == "tap":
        return [replies.answer(told.callback, words.NOT_YOURS.say(told.language[:2]))]
    return [replies.say(told.chat, words.STRANGER.say(told.language[:2]))] if told.kind == "message" else []


def _started(told: Update, word: str) -> list[Reply]:
    """Somebody brings a word that binds a chat."""

    def run(moment: Moment) -> Chat:
        chat = chats.bind(word, user=told.user, language=told.language[:2], moment=moment)
        chats.note_reached(chat, reached=True, moment=moment)
        return chat

    try:
        chat = door.commit(run)
    except RefusedError as error:
        return [replies.say(told.chat, words.REFUSED.say(told.language[:2], why=error))]
    owner = chats.owner(chat.pk)
    seat = owner.caller.seat if owner else ""
    return [replies.say(told.chat, words.BOUND.say(chat.language, seat=seat))]


def _known(told: Update) -> list[Reply] | None:
    found = Heard.objects.filter(bot=told.bot, update=told.update).values_list("replies", flat=True).first()
    return found if found is None else list(found)


def _once(told: Update, act: Act) -> list[Reply]:
    """Do it and remember it, in one commit; another process that was faster is believed."""

    def run(moment: Moment) -> list[Reply]:
        known = _known(told)
        if known is not None:
            return known
        made = act(moment)
        Heard.objects.create(bot=told.bot, update=told.update, at=moment.at, replies=made)
        return made

    return door.commit(run)


def _act_of(owner: Owner, told: Update, *, at: datetime) -> Act:
    if told.kind == "tap":
        return doing.tapped(owner, data=told.data, callback=told.callback, message=told.message, at=at)
    if told.kind == "member":
        return _member(owner, inside=told.inside)
    if owner.chat.unreachable_since is None:
        return _message(owner, told, at=at)
    act = _message(owner, told, at=at)

    def again(moment: Moment) -> list[Reply]:
        chats.note_reached(owner.chat, reached=True, moment=moment)  # Who writes can be reached.
        return act(moment)

    return again


def _member(owner: Owner, *, inside: bool) -> Act:
    """The person blocked the bot, or let it in again."""

    def act(moment: Moment) -> list[Reply]:
        chats.note_reached(owner.chat, reached=inside, moment=moment)
        return []

    return act


def _message(owner: Owner, told: Update, *, at: datetime) -> Act:
    if told.file:
        return _saying(owner, words.NO_FILES.say(owner.chat.language, page=configuration.page_of("/desk/")))
    if told.forwarded:
        return _saying(owner, words.NO_FORWARDS.say(owner.chat.language))
    if told.text.startswith("/"):
        return _command(owner, told.text)
    talk = talks.open_in(owner)
    return talks.typed(owner, talk, told.text, at=at) if talk is not None else _links(owner, told)


def _links(owner: Owner, told: Update) -> Act:
    """A message that answers nothing: of a sender it is taken for links."""
    if not telling.may(owner.caller, Deed.SUBMIT):
        return _saying(owner, _help(owner))
    try:
        links = asking.links_in(told.text, owner.chat.language)
    except BadAnswerError as error:
        return _saying(owner, str(error))
    return talks.begin_notice(owner, links, message=told.message)


def _command(owner: Owner, text: str) -> Act:
    name, _, rest = text.partition(" ")
    if name in {"/id", "/en"}:
        return _speak(owner, name[1:])
    if name == "/cancel":
        talk = talks.open_in(owner)
        nothing = words.NOTHING_BEGUN.say(owner.chat.language)
        return talks.put_aside(owner, talk) if talk is not None else _saying(owner, nothing)
    if name == "/status":
        return doing.status(owner, rest.strip())
    if name == "/stop":
        return _stop(owner)
    return _saying(owner, _help(owner))


def _speak(owner: Owner, language: str) -> Act:
    def act(moment: Moment) -> list[Reply]:
        del moment
        Chat.objects.filter(pk=owner.chat.pk).update(language=language)
        owner.chat.language = language
        return [replies.say(owner.chat.user or 0, _help(owner))]

    return act


def _stop(owner: Owner) -> Act:
    def act(moment: Moment) -> list[Reply]:
        if (talk := talks.open_in(owner)) is not None:
            talks.end(talk, moment=moment)
        chats.end(owner.chat, Because.BY_PERSON, actor=owner.caller.handle, moment=moment)
        return [replies.say(owner.chat.user or 0, words.UNBOUND.say(owner.chat.language))]

    return act


def _help(owner: Owner) -> str:
    sends = telling.may(owner.caller, Deed.SUBMIT)
    return (words.HELP_SENDER if sends else words.HELP_RECIPIENT).say(owner.chat.language)


def _saying(owner: Owner, text: str) -> Act:
    return lambda _moment: [replies.say(owner.chat.user or 0, text)]


def forget() -> None:
    """Begin anew with counting."""
    for each in (KNOWN, STRANGERS, WARNED):
        each.forget()


def encoded(told: dict[str, Any]) -> Update:
    """An update from plain values."""
    return msgspec.convert(told, Update)
