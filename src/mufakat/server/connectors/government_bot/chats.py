"""Whose chat is whose: a word that binds, the binding, its end, and what is known of whether it can be reached.

A person asks for a word at the desk, where the person is signed in; whoever brings it to the bot within a quarter of an
hour, first, is taken for that person. So the word is shown once, stored as its digest, and a newer one ends it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mufakat.rules import chats as rules
from mufakat.rules.chats import Because
from mufakat.rules.errors import NotFoundError, NotPermittedError, RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.permissions import Deed, Reach
from mufakat.server.connectors.government_bot import configuration
from mufakat.server.connectors.government_bot.models import Chat, Ticket
from mufakat.server.journal import door, ids, operations as journal
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.journal.work import Deed as Writing
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from mufakat.server.journal.work import Moment
    from mufakat.server.parties.queries import Caller

SHOWN = 100
LANGUAGES = ("id", "en")


class NotForThisSeatError(NotPermittedError):
    """The seat has nothing to do in a chat."""

    def __str__(self) -> str:
        return (
            "The Government Channel bot is for officers of authorities and flaggers, and for representatives and "
            "reviewers of platforms."
        )


class SpentWordError(RefusedError):
    """Nobody has, or has any more, what binds a chat."""

    def __init__(self) -> None:
        super().__init__("This link was used, is too old, or was replaced by a newer one. Make a new one at the desk.")


class TakenChatError(RefusedError):
    """The chat is somebody else's."""

    def __init__(self) -> None:
        super().__init__("This Telegram account is bound to another person. End that binding first: /stop.")


class Made(NamedTuple):
    """The answer that is stored, and the word where it was made just now: the only time it is known."""

    answer: Answer
    word: str | None


class Owner(NamedTuple):
    """A chat in force, and who acts in it."""

    chat: Chat
    caller: Caller


def link_of(word: str) -> str:
    """What a person opens to bind a chat."""
    return f"https://t.me/{configuration.require().name}?start={word}"


def require_seat(by: Caller) -> None:
    """Raise unless the seat may have a chat."""
    by.require(Deed.BIND_CHAT)
    if not rules.may_be_bound(by.kind, by.role):
        raise NotForThisSeatError(Deed.BIND_CHAT, by.role)


def offer(*, by: Caller, key: Key | None, told: Callable[[Ticket], bytes]) -> Made:
    """Make a word that binds a chat to the caller's person. The stored answer (`told`) does not hold it."""
    configuration.require()
    require_seat(by)
    word = base64.urlsafe_b64encode(ids.entropy(rules.WORD_BYTES)).rstrip(b"=").decode()

    def run(moment: Moment) -> Answer:
        # What is not used yet is good no more: of two words in the world one is forgotten by its owner.
        Ticket.objects.filter(person_id=by.person_id, used_at=None).delete()
        made = Ticket.objects.create(
            id=moment.id("tkt"),
            person_id=by.person_id,
            digest=rules.digest_of(word),
            made_at=moment.at,
            expires_at=moment.at + rules.LIFE,
        )
        return Answer(201, told(made), made.pk)

    answer: Answer = door.writer().commit(Writing(run, key=key))
    return Made(answer, None if answer.replayed else word)


def bind(word: str, *, user: int, language: str, moment: Moment) -> Chat:
    """Bind this chat to whom the word was made for. In an operation of the writer.

    Raises SpentWordError, TakenChatError, NotForThisSeatError; a word that bound nothing stays as it is.
    """
    found = Ticket.objects.filter(digest=rules.digest_of(word)).first() if rules.is_word(word) else None
    if found is None or found.expires_at <= moment.at:
        raise SpentWordError
    mine = Chat.objects.filter(user=user, ended_at=None).first()
    if found.used_at is not None:
        if mine is not None and mine.person_id == found.person_id:
            return mine  # The same message again.
        raise SpentWordError
    if mine is not None and mine.person_id != found.person_id:
        raise TakenChatError
    caller = parties.caller_by_person(found.person_id)
    if caller is None:
        raise SpentWordError
    require_seat(caller)
    Ticket.objects.filter(pk=found.pk).update(used_at=moment.at)
    if mine is not None:
        return mine
    for former in Chat.objects.filter(person_id=caller.person_id, ended_at=None):
        end(former, Because.REPLACED, actor=caller.handle, moment=moment)
    return _bound(caller, user=user, language=language, moment=moment)


def _bound(caller: Caller, *, user: int, language: str, moment: Moment) -> Chat:
    pk = moment.id("cht")
    happening = journal.Happening(
        type=EventType.CHAT_BOUND,
        sender=caller.handle,
        recipient=HOUSE,
        case=caller.party_id,  # Leaves know no ids of chats; the others name the leaf that bound it.
        actor=caller.handle,
        committed={"chat": msgspec.json.encode({"telegram": user})},
        to=(f"party:{caller.handle}",),
    )
    (event,) = journal.append([happening], moment)
    return Chat.objects.create(
        id=pk,
        person_id=caller.person_id,
        party_id=caller.party_id,
        user=user,
        language=language if language in LANGUAGES else LANGUAGES[0],
        event=event.id,
        bound_at=moment.at,
    )


def end(chat: Chat, because: Because, *, actor: str, moment: Moment) -> bool:
    """Unbind it; False where it was unbound already. In an operation of the writer."""
    ended = {"ended_at": moment.at, "because": because.value, "unreachable_since": None}
    if Chat.objects.filter(pk=chat.pk, ended_at=None).update(**ended) != 1:
        return False
    committed = {"because": because.value.encode()}
    journal.append([_about(chat, EventType.CHAT_UNBOUND, actor=actor, committed=committed)], moment)
    return True


def revoke(chat: str, *, by: Caller, key: Key | None, told: Callable[[Chat], bytes]) -> Answer:
    """End a chat: its own person does, or who looks after the people of the party. Doing it again changes nothing."""
    get_for(by, chat)

    def run(moment: Moment) -> Answer:
        found = get_for(by, chat)
        because = Because.BY_PERSON if found.person_id == by.person_id else Because.BY_ADMIN
        end(found, because, actor=by.handle, moment=moment)
        return Answer(200, told(get_for(by, chat)), found.pk)

    answer: Answer = door.writer().commit(Writing(run, key=key))
    return answer


def end_of_ended(moment: Moment) -> int:
    """End the chats of people who have no access any more. In an operation of the writer."""
    left = Chat.objects.filter(ended_at=None, person__is_active=False).select_related("party")
    return sum(end(one, Because.PERSON_ENDED, actor=HOUSE, moment=moment) for one in left.order_by("pk"))


def note_reached(chat: Chat, *, reached: bool, moment: Moment) -> bool:
    """Write down that the person blocked the bot, or let it in again; False where that is known."""
    known = Chat.objects.filter(pk=chat.pk, ended_at=None, unreachable_since__isnull=not reached)
    if known.update(unreachable_since=None if reached else moment.at) != 1:
        return False
    type_ = EventType.CHAT_REACHABLE if reached else EventType.CHAT_UNREACHABLE
    committed = {} if reached else {"because": Because.BLOCKED.value.encode()}
    journal.append([_about(chat, type_, actor=HOUSE, committed=committed)], moment)
    return True


def _about(chat: Chat, type_: EventType, *, actor: str, committed: dict[str, bytes]) -> journal.Happening:
    handle = parties.handles()[chat.party_id]
    return journal.Happening(
        type=type_,
        sender=actor,
        recipient=handle if actor == HOUSE else HOUSE,
        case=chat.party_id,
        actor=actor,
        committed=committed,
        ref=(chat.event,),
        to=(f"party:{handle}",),
    )


def owner_of(user: int) -> Owner | None:
    """Who acts in the chat of this number now; None for a stranger, and for whoever has no access any more."""
    chat = Chat.objects.filter(user=user, ended_at=None).first()
    caller = parties.caller_by_person(chat.person_id) if chat is not None else None
    if chat is None or caller is None or not rules.may_be_bound(caller.kind, caller.role):
        return None
    return Owner(chat, caller)


def owner(chat: str) -> Owner | None:
    """The same by the chat's own id."""
    found = Chat.objects.filter(pk=chat, ended_at=None).first()
    return owner_of(found.user) if found is not None and found.user is not None else None


def bound_to(parties_: Collection[str]) -> list[Chat]:
    """The chats of these parties that can be told something, of people who have access."""
    open_ = Chat.objects.filter(party_id__in=set(parties_), ended_at=None, unreachable_since=None)
    return list(open_.filter(person__is_active=True).select_related("person").order_by("pk"))


def get_for(by: Caller, chat: str) -> Chat:
    """A chat that the caller may see: its own, or as who looks after people any of the party. Raises NotFoundError."""
    found = _seen_by(by).filter(pk=chat).first() if ids.is_id(chat, "cht") else None
    if found is None:
        raise NotFoundError("chat")
    return found


def list_for(by: Caller) -> Sequence[Chat]:
    """The same, newest first; there are few."""
    return list(_seen_by(by).order_by("-pk")[:SHOWN])


def of_party(party: str) -> Sequence[Chat]:
    """All of a party (its id), newest first, for who runs the instance."""
    found = Chat.objects.filter(party_id=party).select_related("person", "party")
    return list(found.order_by("-pk")[:SHOWN])


def waiting_for(by: Caller, *, at: datetime) -> Ticket | None:
    """The word that the caller's person has not brought yet."""
    return Ticket.objects.filter(person_id=by.person_id, used_at=None, expires_at__gt=at).order_by("-pk").first()


def _seen_by(by: Caller) -> QuerySet[Chat]:
    of_party = Chat.objects.filter(party_id=by.party_id).select_related("person", "party")
    if by.require(Deed.BIND_CHAT) is Reach.PEOPLE_AND_KEYS:
        return of_party
    return of_party.filter(person_id=by.person_id)
