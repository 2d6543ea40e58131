"""What the bot writes to people: warnings in both languages, and notes for those who watch over it. Pure.

Nothing here repeats what somebody wrote, or names a person: a link, ids and codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mufakat.rules.measures_planning import Capability, Subject, Why
from mufakat.server.connectors.platform.orders import Outcome

if TYPE_CHECKING:
    from mufakat.server.connectors.platform.orders import Order, Receipt

DONE: Final = {
    Capability.WARN: "warned",
    Capability.REMOVE: "deleted; a deleted message cannot come back",
    Capability.HIDE: "its author writes no more in this chat",
    Capability.SUSPEND: "its author is banned from this chat",
    Capability.RESTORE: "undone",
}
WHY: Final = {
    Why.NO_VERB: "Telegram gives a bot no way to",
    Why.REQUEST_ONLY: "it can only be asked for",
    Why.ONLY_IN_CHAT: "a bot reaches no further than its chat",
    Why.NO_RIGHT: "the chat did not give the bot the right",
    Why.CANNOT_BE_UNDONE: "it cannot be undone, and nobody said that a machine may (--may-delete)",
}


def warning(rule: str | None, policy: str | None, contact: str) -> str:
    """Under a message, for whoever wrote it and whoever reads it."""
    basis = f"({rule or '-'}, {policy or '-'})"
    lines = [
        f"Pesan ini tidak sesuai dengan aturan layanan ini {basis}. Peringatan ini dibuat oleh mesin.",
        f"This message is not in line with the rules of this service {basis}. A machine gave this warning.",
    ]
    if contact:
        lines.append(f"Keberatan / objections: {contact}")
    return "\n".join(lines)


def became(order: Order, receipt: Receipt) -> str:
    """What became of an act, for those who watch."""
    where = order.target.locator
    match receipt.outcome:
        case Outcome.DONE:
            return f"{where}: {DONE[order.verb]}"
        case Outcome.ALREADY:
            return f"{where}: {order.verb} was not needed ({receipt.says})"
        case Outcome.UNCERTAIN:
            return f"{where}: {order.verb} may have been done or not, and is not repeated: please look ({receipt.says})"
        case _:
            return f"{where}: NOT DONE: {order.verb} of {_object(order.subject)}; please do it by hand ({receipt.says})"


def _object(subject: Subject) -> str:
    return {Subject.CONTENT: "the message", Subject.AUTHOR: "its author", Subject.CHANNEL: "the chat"}[subject]


def task(link: str, measure: str, why: Why) -> str:
    """A measure that a person has to take."""
    return f"{link}: NOT DONE: {measure}: {WHY[why]}; please do it by hand"


def would(link: str, verb: Capability, subject: Subject) -> str:
    """What a dry run leaves undone."""
    return f"{link}: dry run: would {verb.value} {_object(subject)}; nothing was done to it"


def held(link: str, hit: str | None, rule: str | None) -> str:
    """A reviewer decides next."""
    return (
        f"{link}: held for a reviewer of the platform (rule {rule or '-'}, {hit or 'no hit'}); nothing was done to it"
    )


def told(link: str, action: str, rule: str | None) -> str:
    """The platform was told, and nothing follows here."""
    return f"{link}: {action} (rule {rule or '-'}); nothing was done to it"
