"""What follows from a verdict, and from what is decided about its hit later. Pure.

It goes by the state in the platform's books, not by what a rule asked for: what is held waits for a reviewer, and
nothing is done to it; what was let go or restored is left alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from mufakat.rules.filtering import HitState
from mufakat.rules.measures_planning import Capability, Hand, Scope, Subject, Task, Way, plan
from mufakat.rules.notice import MeasureName
from mufakat.screening.item import Action
from mufakat.server.connectors.platform.orders import Order, Outcome, Receipt, Target
from mufakat.server.connectors.telegram import words
from mufakat.server.connectors.telegram.books import HitRow, Note, Owed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.measures_planning import Verb
    from mufakat.server.connectors.telegram.asking import Answered
    from mufakat.server.connectors.telegram.places import Heard

DAY: Final = 86_400
AUTHORS: Final = frozenset({(Capability.HIDE, Subject.AUTHOR), (Capability.SUSPEND, Subject.AUTHOR)})


@dataclass(frozen=True, slots=True)
class Conduct:
    """What whoever answers for the chats agreed to. `contact` is where to object, in every warning.

    `dry_run`: people are told what would be done, and nothing is.
    """

    may_delete: bool = False
    suspend_days: int = 0
    contact: str = ""
    dry_run: bool = False


class Place(msgspec.Struct, frozen=True):
    """What an order about something heard needs, kept beside its hit: numbers and its link, nothing of its content."""

    chat: int
    message: int
    link: str
    evidence: str
    user: int | None = None
    channel: int | None = None
    rule: str | None = None
    policy: str | None = None


@dataclass(slots=True)
class Follow:
    """What is to be written with an update."""

    owed: list[Owed] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    hits: list[HitRow] = field(default_factory=list)


def place_of(heard: Heard, verdict: Answered) -> Place:
    """What is kept of something heard: its evidence is the digest of the item as it was screened."""
    evidence = hashlib.sha256(msgspec.json.encode(heard.item, order="sorted")).hexdigest()
    user, channel = heard.author
    told = {"user": user, "channel": channel, "rule": verdict.rule, "policy": verdict.policy}
    return Place(heard.chat, heard.message, heard.link, evidence, **told)  # type: ignore[arg-type]


def follow(heard: Heard, verdict: Answered, able: frozenset[Verb], conduct: Conduct, *, at: int) -> Follow:
    """What follows from a verdict."""
    found = Follow()
    if verdict.action is Action.NONE or verdict.state in {HitState.RELEASED, HitState.RESTORED}:
        return found
    place = place_of(heard, verdict)
    if verdict.hit is not None and verdict.state is not None:
        found.hits.append(HitRow(verdict.hit, verdict.state.value, heard.locator, msgspec.json.encode(place).decode()))
    if verdict.state is HitState.BLOCKED:
        _blocked(found, heard.locator, place, able, conduct=conduct, at=at)
    elif verdict.state is HitState.TOLD and verdict.action is Action.WARN:
        _measure(found, heard.locator, MeasureName.WARN, place, able=able, conduct=conduct, at=at)
    elif verdict.state is HitState.TOLD and verdict.action is Action.LABEL:
        _measure(found, heard.locator, MeasureName.LABEL, place, able=able, conduct=conduct, at=at)
    elif verdict.state is HitState.TOLD:
        found.notes.append(Note(heard.locator, "told", words.told(heard.link, verdict.action.value, verdict.rule)))
    else:
        # Held, or asked for without a place in the books: a person decides.
        found.notes.append(Note(heard.locator, "held", words.held(heard.link, verdict.hit, verdict.rule)))
    return found


def decided(row: HitRow, able: frozenset[Verb], conduct: Conduct, *, at: int) -> Follow:
    """What follows when a reviewer blocks what was held."""
    found = Follow()
    _blocked(found, row.name, msgspec.json.decode(row.heard, type=Place), able, conduct=conduct, at=at)
    return found


def restored(row: HitRow, done: Sequence[tuple[Order, Receipt]], others: Sequence[str] = ()) -> Follow:
    """What follows when what was done is to be undone: the inverse of each act that has one, and the rest said.

    `others` is how the other hits of the same item stand: an edited message may have several, and acts have the item's
    name. What one that is blocked asks for stays.
    """
    found = Follow()
    for order, receipt in done:
        if receipt.outcome is not Outcome.DONE or order.verb is Capability.RESTORE:
            continue
        if order.verb is not Capability.WARN and HitState.BLOCKED.value in others:
            continue
        if receipt.undone_by is None:
            said = f"{order.target.locator}: to be restored, and it was deleted: a deleted message cannot come back; "
            found.notes.append(Note(row.name, f"undo:{order.act}", said + "its author may write it again"))
            continue
        numbers = dict(order.target.numbers)
        if order.verb is Capability.WARN:
            numbers["warning"] = receipt.remote or 0
        elif order.verb is Capability.SUSPEND and "user" in numbers:
            numbers["banned"] = 1
        subject = Subject.CONTENT if order.verb is Capability.WARN else Subject.AUTHOR
        undoing = Order(
            case=row.name,
            act=f"undo:{order.act}",
            way=Way.TELEGRAM_BOT,
            verb=Capability.RESTORE,
            subject=subject,
            target=Target(order.target.locator, numbers),
            undoes=order.act,
        )
        found.owed.append(Owed(undoing, None, None))
    return found


def _blocked(  # noqa: PLR0913 - what a measure is made of.
    found: Follow, name: str, place: Place, able: frozenset[Verb], *, conduct: Conduct, at: int
) -> None:
    _measure(found, name, MeasureName.REMOVE, place, able=able, conduct=conduct, at=at)
    if conduct.suspend_days and (place.user or place.channel):
        _measure(found, name, MeasureName.SUSPEND_ACCOUNT, place, able=able, conduct=conduct, at=at)


def _measure(  # noqa: PLR0913 - what a measure is made of.
    found: Follow,
    name: str,
    measure: MeasureName,
    place: Place,
    *,
    able: frozenset[Verb],
    conduct: Conduct,
    at: int,
) -> None:
    """The least restrictive verb that the chat allows, or a task for a person."""
    if place.user is None:
        # Of a channel that writes a bot can only ban it; of nobody known, nothing.
        able -= {(Capability.HIDE, Subject.AUTHOR)} if place.channel is not None else AUTHORS
    hand = Hand(Way.TELEGRAM_BOT, able)
    step = plan(measure, [hand], scope=Scope.CHAT, irreversibly=conduct.may_delete)
    if isinstance(step, Task):
        found.notes.append(Note(name, f"task:{measure.value}", words.task(place.link, measure.value, step.why)))
        return
    if conduct.dry_run:
        found.notes.append(Note(name, f"would:{step.verb.value}", words.would(place.link, step.verb, step.subject)))
        return
    numbers = {"chat": place.chat, "message": place.message}
    numbers |= {"user": place.user} if place.user is not None else {}
    numbers |= {"channel": place.channel} if place.channel is not None and place.user is None else {}
    ends = step.subject is Subject.AUTHOR and step.verb is not Capability.WARN and "user" in numbers
    order = Order(
        case=name,
        act=step.verb.value,
        way=step.way,
        verb=step.verb,
        subject=step.subject,
        target=Target(place.link, numbers),
        text=words.warning(place.rule, place.policy, conduct.contact) if step.verb is Capability.WARN else "",
        until=at + conduct.suspend_days * DAY if ends else None,
    )
    found.owed.append(Owed(order, place.evidence, None if step.undone_by is None else step.undone_by.value))
