"""How a measure is carried out at a service: by the least restrictive verb that fulfils it, or by a person.

A connector declares cell by cell what it can do: which verb, to what, how far it reaches, whether it can be undone. A
decision names a measure (`rules.measure`); which verbs fulfil it, and in which order, is ruled here. What no connector
can do becomes a task for the representative of the service: nothing else is done instead, and nothing is called done
that was not. What cannot be undone is done by a machine only where whoever answers for the place agreed to it (I-06).

Pure: plain values in, plain values out.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from mufakat.rules.notice import MeasureName


class Capability(StrEnum):
    """What a connector may be able to do. The order is from the mildest on, as far as they are measures."""

    RESOLVE = "resolve"  # Find what a locator names.
    SNAPSHOT = "snapshot"  # Evidence of it, before anything is done to it.
    WARN = "warn"
    LABEL = "label"
    HIDE = "hide"  # Nobody sees it, or hears from its author; it can be undone.
    REMOVE = "remove"
    SUSPEND = "suspend"
    CLOSE = "close"
    RESTORE = "restore"
    STREAM = "stream"  # Items come to be screened as they are published.


class Subject(StrEnum):
    """What is done something to."""

    CONTENT = "content"
    AUTHOR = "author"
    CHANNEL = "channel"


class Level(StrEnum):
    """How far a connector's own arm reaches."""

    INLINE_BLOCK = "inline_block"  # Before anybody has seen it.
    ACT = "act"  # Everywhere on the service.
    ACT_IN_CHAT = "act_in_chat"  # Where a chat made it an administrator, and nowhere else.
    LIST_PUBLISH = "list_publish"  # It publishes a list that others carry out.
    REQUEST_ONLY = "request_only"  # It asks; people or systems of the service act, and say so.


class Way(StrEnum):
    """The connectors that there are."""

    TELEGRAM_BOT = "telegram_bot"
    WEBHOOK = "webhook"
    MAIL = "mail"
    DNS = "dns"


class Scope(StrEnum):
    """Where a measure is to hold."""

    CHAT = "chat"
    SERVICE = "service"


Verb = tuple[Capability, Subject]


class Cell(Struct, frozen=True):
    """One cell of the table. `level` None: it cannot, and `how` says why. `undone_by` None: it cannot be undone."""

    level: Level | None
    how: str
    undone_by: Capability | None = None


class Why(StrEnum):
    """Why a person of the service has to do it."""

    NO_VERB = "no_verb"  # No connector of this service can.
    REQUEST_ONLY = "request_only"  # The connector can only ask.
    ONLY_IN_CHAT = "only_in_chat"  # It is to hold on the whole service.
    NO_RIGHT = "no_right"  # The chat did not give the right.
    CANNOT_BE_UNDONE = "cannot_be_undone"  # A machine may not do it without consent.


class Hand(Struct, frozen=True):
    """A connector at a place: of what its table declares, what it may do there."""

    way: Way
    able: frozenset[Verb]


class Step(Struct, frozen=True):
    """What is done: by whom, which verb to what, and what undoes it (None: nothing)."""

    way: Way
    verb: Capability
    subject: Subject
    undone_by: Capability | None


class Task(Struct, frozen=True):
    """What nothing here does: it is put before the representative, with the reason."""

    measure: MeasureName
    why: Why


FULFILS: Final[Mapping[MeasureName, tuple[Verb, ...]]] = MappingProxyType(
    {
        MeasureName.REMOVE: ((Capability.HIDE, Subject.CONTENT), (Capability.REMOVE, Subject.CONTENT)),
        MeasureName.DISABLE: ((Capability.HIDE, Subject.CONTENT),),
        MeasureName.DEMOTE: (),
        MeasureName.LABEL: ((Capability.LABEL, Subject.CONTENT),),
        MeasureName.AGE_RESTRICT: (),
        MeasureName.GEO_RESTRICT: (),
        MeasureName.WARN: ((Capability.WARN, Subject.AUTHOR),),
        MeasureName.PRESERVE: ((Capability.SNAPSHOT, Subject.CONTENT),),
        MeasureName.SUSPEND_ACCOUNT: ((Capability.HIDE, Subject.AUTHOR), (Capability.SUSPEND, Subject.AUTHOR)),
        MeasureName.TERMINATE_ACCOUNT: (),
        MeasureName.CLOSE_CHANNEL: ((Capability.CLOSE, Subject.CHANNEL),),
    }
)
"""The verbs that fulfil a measure, the least restrictive first. A harsher one than was decided is never among them."""

REACHES: Final = (Level.INLINE_BLOCK, Level.ACT, Level.ACT_IN_CHAT, Level.LIST_PUBLISH)
"""The levels at which something is done without asking, the surest first."""


def _asked(how: str) -> Cell:
    return Cell(Level.REQUEST_ONLY, how)


def _never(why: str) -> Cell:
    return Cell(None, why)


_IN_CHAT = Level.ACT_IN_CHAT
_TELEGRAM: Mapping[Verb, Cell] = {
    (Capability.RESOLVE, Subject.CHANNEL): Cell(_IN_CHAT, "getChat of a public name; an invitation is never followed"),
    (Capability.SNAPSHOT, Subject.CONTENT): Cell(
        _IN_CHAT, "the digest of what an update brought; a bot reads no history"
    ),
    (Capability.STREAM, Subject.CONTENT): Cell(
        _IN_CHAT, "messages, posts, their edits and captions, as updates; nothing is told of a deletion"
    ),
    (Capability.WARN, Subject.AUTHOR): Cell(
        _IN_CHAT, "a reply under the message; in a channel it needs can_post_messages", Capability.RESTORE
    ),
    (Capability.LABEL, Subject.CONTENT): _never("Telegram has no label that a bot could set"),
    (Capability.HIDE, Subject.CONTENT): _never("a message is there or it is deleted"),
    (Capability.HIDE, Subject.AUTHOR): Cell(
        _IN_CHAT, "restrictChatMember: reads, and writes no more; supergroups, can_restrict_members", Capability.RESTORE
    ),
    (Capability.REMOVE, Subject.CONTENT): Cell(
        _IN_CHAT, "deleteMessage within 48 hours, can_delete_messages; it cannot be undone"
    ),
    (Capability.SUSPEND, Subject.AUTHOR): Cell(
        _IN_CHAT, "banChatMember or banChatSenderChat, in this chat alone; can_restrict_members", Capability.RESTORE
    ),
    (Capability.HIDE, Subject.CHANNEL): _never("a bot makes no chat private"),
    (Capability.CLOSE, Subject.CHANNEL): _never("a bot can leave a chat and close none"),
    (Capability.RESTORE, Subject.CONTENT): Cell(
        _IN_CHAT, "takes our own warning back, within 48 hours; a deleted message cannot come back"
    ),
    (Capability.RESTORE, Subject.AUTHOR): Cell(
        _IN_CHAT, "restrictChatMember with the chat's rights, unbanChatMember only if banned, unbanChatSenderChat"
    ),
    (Capability.RESTORE, Subject.CHANNEL): _never("nothing was closed"),
}

VERBS: Final[Sequence[Verb]] = tuple(_TELEGRAM)
"""The rows of the table."""


def _asking(how: str, unable: str) -> Mapping[Verb, Cell]:
    """A way that can ask for every measure, and see nothing."""
    blind = {Capability.RESOLVE, Capability.SNAPSHOT, Capability.STREAM}
    return {verb: _never(unable) if verb[0] in blind else _asked(how) for verb in VERBS}


_WEBHOOK: Mapping[Verb, Cell] = {
    **_asking("an event; the platform's own system acts and confirms", "it carries events out"),
    (Capability.STREAM, Subject.CONTENT): Cell(Level.ACT, "the platform sends items to `/api/v1/screen` and its batch"),
}
_MAIL: Mapping[Verb, Cell] = _asking(
    "a letter with ids and a link; a person acts and confirms", "a letter sees nothing"
)
_DNS: Mapping[Verb, Cell] = {
    **dict.fromkeys(VERBS, _never("names of hosts alone")),
    (Capability.HIDE, Subject.CHANNEL): Cell(
        Level.LIST_PUBLISH, "a host's name, by an order of three persons and never by a measure", Capability.RESTORE
    ),
    (Capability.RESTORE, Subject.CHANNEL): Cell(Level.LIST_PUBLISH, "the order is lifted, or ends by itself"),
}

TABLE: Final[Mapping[Way, Mapping[Verb, Cell]]] = MappingProxyType(
    {Way.TELEGRAM_BOT: _TELEGRAM, Way.WEBHOOK: _WEBHOOK, Way.MAIL: _MAIL, Way.DNS: _DNS}
)
"""Cell by cell what each connector can do. Of the verbs of `FULFILS` one that is not here is nowhere."""


def declared(way: Way) -> frozenset[Verb]:
    """What a connector can do itself, where it has every right."""
    return frozenset(verb for verb, cell in TABLE[way].items() if cell.level in REACHES)


def plan(
    measure: MeasureName, hands: Sequence[Hand], *, scope: Scope = Scope.CHAT, irreversibly: bool = False
) -> Step | Task:
    """The least restrictive verb that fulfils a measure here, or the task of a person.

    `irreversibly`: whoever answers for the place agreed that a machine does what cannot be undone, or a person decided.
    """
    why = Why.NO_VERB
    for verb in FULFILS[measure]:
        for level in REACHES:
            for hand in hands:
                cell = TABLE[hand.way].get(verb)
                if cell is None or cell.level is not level:
                    continue
                hindrance = _hindrance(hand, verb, cell, scope, irreversibly=irreversibly)
                if hindrance is None:
                    return Step(hand.way, *verb, cell.undone_by)
                why = hindrance
    if why is Why.NO_VERB and any(_can_ask(hand, measure) for hand in hands):
        why = Why.REQUEST_ONLY
    return Task(measure, why)


def _hindrance(hand: Hand, verb: Verb, cell: Cell, scope: Scope, *, irreversibly: bool) -> Why | None:
    if scope is Scope.SERVICE and cell.level is Level.ACT_IN_CHAT and verb[1] is not Subject.CONTENT:
        return Why.ONLY_IN_CHAT
    if verb not in hand.able:
        return Why.NO_RIGHT
    # A snapshot takes nothing from anybody.
    if cell.undone_by is None and verb[0] is not Capability.SNAPSHOT and not irreversibly:
        return Why.CANNOT_BE_UNDONE
    return None


def _can_ask(hand: Hand, measure: MeasureName) -> bool:
    return any(TABLE[hand.way][verb].level is Level.REQUEST_ONLY for verb in FULFILS[measure])


def table() -> str:
    """The table as Markdown, one verb a row and one connector a column; ends with a newline."""
    heads = " | ".join(f"`{way.value}`" for way in Way)
    rows = [
        f"| {capability.value} | {subject.value} | "
        + " | ".join(_shown(TABLE[way][capability, subject]) for way in Way)
        + " |"
        for capability, subject in VERBS
    ]
    return "\n".join([f"| verb | to | {heads} |", "|---" * (2 + len(Way)) + "|", *rows]) + "\n"


def _shown(cell: Cell) -> str:
    return f"**no**: {cell.how}" if cell.level is None else f"`{cell.level.value}`: {cell.how}"


def plans_table() -> str:
    """Which verbs fulfil each measure, as Markdown; ends with a newline."""
    rows = [
        f"| `{measure.value}` | {', then '.join(f'{verb.value} ({to.value})' for verb, to in verbs) or '–'} | "
        f"{_in_a_chat(measure)} |"
        for measure, verbs in FULFILS.items()
    ]
    return (
        "\n".join(["| measure | verbs, the mildest first | by the bot, in its chat |", "|---|---|---|", *rows]) + "\n"
    )


def _in_a_chat(measure: MeasureName) -> str:
    every = (Hand(Way.TELEGRAM_BOT, declared(Way.TELEGRAM_BOT)),)
    found = plan(measure, every, irreversibly=True)
    if isinstance(found, Task):
        return "a task for the representative"
    careful = plan(measure, every)
    return found.verb.value + ("" if isinstance(careful, Step) else ", where the chat agreed: it cannot be undone")
