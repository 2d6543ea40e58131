"""Of what the table declares, what the bot may do in a chat: from its own membership there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mufakat.rules.measures_planning import Capability, Subject, Way, declared

if TYPE_CHECKING:
    from aiogram.types import ResultChatMemberUnion

    from mufakat.rules.measures_planning import Verb

NEEDS: Final[dict[Verb, str]] = {
    (Capability.REMOVE, Subject.CONTENT): "can_delete_messages",
    (Capability.HIDE, Subject.AUTHOR): "can_restrict_members",
    (Capability.SUSPEND, Subject.AUTHOR): "can_restrict_members",
    (Capability.RESTORE, Subject.AUTHOR): "can_restrict_members",
}
"""Rights that an administrator is given one by one; reading needs that it is one."""


def able(member: ResultChatMemberUnion, kind: str) -> frozenset[Verb]:
    """What a bot with this membership can do in a chat of this kind."""
    if member.status not in {"administrator", "creator"}:
        return frozenset()
    owner = member.status == "creator"
    found = set()
    for verb in declared(Way.TELEGRAM_BOT):
        needed = NEEDS.get(verb)
        if needed is None or owner or getattr(member, needed, False):
            found.add(verb)
    if kind == "channel":
        found.discard((Capability.HIDE, Subject.AUTHOR))  # Who reads a channel writes nothing there.
        if not (owner or getattr(member, "can_post_messages", False)):
            found -= {(Capability.WARN, Subject.AUTHOR), (Capability.RESTORE, Subject.CONTENT)}
    return frozenset(found)
