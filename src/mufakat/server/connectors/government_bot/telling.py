"""What a chat is told of a notice: codes, times, the number, and what its person may do next.

Of child sexual abuse no locator leaves over the bot, not even to whoever sent it (I-15); of others a few, written so
that nothing follows them by mistake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from mufakat.rules.errors import NotPermittedError
from mufakat.rules.lifecycle import OPEN_STATES, NoticeState
from mufakat.rules.notice import Category
from mufakat.rules.permissions import Deed
from mufakat.server.connectors.government_bot import configuration, words
from mufakat.server.connectors.government_bot.words import coded, line
from mufakat.server.notices import queries as notices
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.connectors.government_bot.chats import Owner
    from mufakat.server.connectors.government_bot.replies import Choice
    from mufakat.server.notices.queries import Notice
    from mufakat.server.parties.queries import Caller

SHOWN = 5  # Locators in a message.
LOCATOR = 120  # Characters of one.
SCHEMES = {"http": "hxxp", "https": "hxxps"}


def page(notice: str) -> str:
    """Where the notice stands."""
    return configuration.page_of(f"/desk/notices/{notice}")


def facts(owner: Owner, notice: Notice, *, links: bool) -> str:
    """A notice by its codes, with its links where that may be."""
    language = owner.chat.language
    handles = parties.handles()
    said = [
        line("case", notice.id, language),
        line("state", coded(notice.state, language), language),
        line("from", handles[notice.sender_id], language),
        line("to", handles[notice.recipient_id], language),
        line("category", coded(notice.category, language), language),
        line("kind", coded(notice.kind, language), language),
        line("urgency", coded(notice.urgency, language), language),
    ]
    if notice.due_at is not None:
        said.append(line("due", moment(notice.due_at), language))
    if links and notice.category != Category.CHILD_SEXUAL_ABUSE:
        said += [defanged(one.canonical) for one in notices.pointers(notice)[:SHOWN] if one.canonical is not None]
    return "\n".join([*said, page(notice.id)])


def status(owner: Owner, notice: Notice) -> str:
    """The same with the digest of its receipt."""
    leaf = notices.leaves_of([notice.id])[notice.id]
    return facts(owner, notice, links=False) + "\n" + line("leaf", leaf.hex(), owner.chat.language)


def told(owner: Owner, type_: str, notice: Notice) -> str:
    """The message of an event."""
    mine = notice.recipient_id == owner.caller.party_id
    says = words.EVENTS[type_].say(owner.chat.language)
    return says + "\n\n" + facts(owner, notice, links=mine and type_ == "notice.received")


def choices(owner: Owner, notice: Notice) -> list[Choice]:
    """The buttons of what this person may do about it now; each is asked again when it is tapped."""
    language, by = owner.chat.language, owner.caller
    state = NoticeState(notice.state)
    found: list[Choice] = []

    def offer(phrase: words.Phrase, deed: str) -> None:
        found.append((phrase.say(language), [deed]))

    if notice.recipient_id == by.party_id:
        if state is NoticeState.RECEIVED and may(by, Deed.ACKNOWLEDGE):
            offer(words.ACKNOWLEDGE, "acknowledge")
        if state in OPEN_STATES and may(by, Deed.DECIDE):
            offer(words.ASK, "ask")
            offer(words.REFUSE, "refuse")
        elif state in OPEN_STATES and may(by, Deed.MESSAGE):
            offer(words.ASK, "message")
    elif may(by, Deed.WITHDRAW):
        if state is NoticeState.NEEDS_INFORMATION:
            offer(words.ANSWER, "message")
        if state in OPEN_STATES:
            offer(words.WITHDRAW, "withdraw")
    offer(words.STATUS, "status")
    return found


def may(by: Caller, deed: Deed) -> bool:
    """Whether the seat may do this at all."""
    try:
        by.require(deed)
    except NotPermittedError:
        return False
    return True


def moment(at: datetime) -> str:
    """A time as people here read it."""
    here = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    return f"{here:%Y-%m-%d %H:%M %Z}"


def defanged(text: str) -> str:
    """A locator that no program makes a link of: ``hxxps[:]//t[.]me/x``, ``tg:username:x``."""
    text = text if len(text) <= LOCATOR else text[: LOCATOR - 1] + "…"
    scheme, mark, rest = text.partition("://")
    if mark:
        host, slash, path = rest.partition("/")
        return f"{SCHEMES.get(scheme, scheme)}[:]//{host.replace('.', '[.]')}{slash}{path.replace('.', '[.]')}"
    return text.replace(".", "[.]").replace("@", "[@]")


def summary(said: Sequence[str]) -> str:
    """Lines of which those that are empty are left out."""
    return "\n".join(one for one in said if one)
