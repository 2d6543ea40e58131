"""Chats with the Government Channel bot: whose chat one may become, how the word that binds it looks, and the limits.

A chat carries what its person could do at the desk, and nothing that the person could not: the ordinary rules judge
every deed. Here stands only what is the bot's own. Times are aware; numbers say their unit.
"""

import hashlib
import re
from datetime import timedelta
from enum import StrEnum

from mufakat.rules.mandate import Quota
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role

LIFE = timedelta(minutes=15)
"""How long a word that binds a chat is good for; it binds one chat, once."""
WORD_BYTES = 32
"""Random bytes of such a word: 43 characters of base64url, of the 64 that the service takes behind ``?start=``."""
STALE = timedelta(days=1)
"""After so long without an answer what was begun in a chat is put aside, and what was typed is erased."""
REMEMBERED = timedelta(days=2)
"""How long an update of the service is known again; it repeats none after a day."""
BUTTONS = timedelta(days=60)
"""How long a button does what it says; an older one leads to the desk."""

MAX_LINKS = 20
"""Links in one message."""
MAX_TYPED = 4_000
"""Characters of what is typed into a chat for a notice, a question or reasons (the service cuts at 4,096)."""

PACE = Quota(30, 30)
"""Messages and taps of a person: so many at once, and so many a minute."""
STRANGERS = Quota(5, 2)
"""The same for somebody whom nobody knows."""
TOLD_AN_HOUR = 60
"""Events that a chat is told within an hour. The last one says that no more is sent until then: the desk has all."""

WORD = re.compile(r"[A-Za-z0-9_-]{43}")
SENDERS = frozenset({PartyKind.REGULATOR, PartyKind.TRUSTED_FLAGGER, PartyKind.COURT})
"""The kinds of parties whose officers flag and ask."""


class Because(StrEnum):
    """Why a chat was unbound, or could not be reached. A code of ours: it stays when what is personal is erased."""

    BY_PERSON = "by_person"  # At the desk, by a program in the seat, or in the chat itself.
    BY_ADMIN = "by_admin"
    PERSON_ENDED = "person_ended"
    REPLACED = "replaced"  # The person bound another chat.
    BLOCKED = "blocked"  # The person wants nothing from the bot.


def may_be_bound(kind: PartyKind, role: Role) -> bool:
    """Whether somebody in this role of a party of this kind may have a chat: who asks, or answers."""
    if role is Role.OFFICER:
        return kind in SENDERS
    return role in {Role.REPRESENTATIVE, Role.REVIEWER} and kind is PartyKind.PLATFORM


def is_word(text: str) -> bool:
    """Whether it has the form of a word that binds; what has not is never asked of the database."""
    return WORD.fullmatch(text) is not None


def digest_of(word: str) -> bytes:
    """What is stored of a word: it is 256 random bits, so its plain digest tells nothing."""
    return hashlib.sha256(word.encode("utf-8", "replace")).digest()
