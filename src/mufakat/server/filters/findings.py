"""What a finding says: in the openings of its event, in the notice of own detection, and in the decision on it.

The texts are made of names and codes, never of what the item said. Of child sexual abuse not even the item's own id is
kept, but its digest (I-15).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from mufakat import locator
from mufakat.locator import Locator
from mufakat.proof import canonical
from mufakat.rules import acting
from mufakat.rules.admissibility import CONTROL
from mufakat.rules.decision import Automation, Outcome
from mufakat.rules.notice import Category, MeasureName, NoticeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.screening.item import Item, Match, Verdict
    from mufakat.screening.policy import Rule

LINE: Final = 255
"""Characters of a line of a ground."""

NAMED: Final = 20
"""Entries that the facts of a decision name."""


class Basis(NamedTuple):
    """An entry that a hit rests on: its row, its bank and name, and what it says of itself."""

    pk: int
    bank: str
    entry: str
    category: str
    ground: str


class Finding(NamedTuple):
    """A hit before it is written: the item, the verdict, the rule, and the entries that it rests on."""

    item: Item
    verdict: Verdict
    rule: Rule
    basis: tuple[Basis, ...]
    sensitive: bool

    @property
    def category(self) -> Category:
        """The word of a notice for it."""
        if self.sensitive:
            return Category.CHILD_SEXUAL_ABUSE
        return acting.category_of({one.category for one in self.basis})

    @property
    def language(self) -> str:
        """In which of the rule's languages its author is told: English to who wrote in it, else Indonesian."""
        return "en" if (self.item.language or "").lower().partition("-")[0] == "en" else "id"

    @property
    def ground(self) -> dict[str, Any]:
        """The clause that the first entry names, as the ground of a notice and of a decision."""
        clause = _line(self.basis[0].ground) if self.basis else self.rule.name
        return {"terms_ground": {"document": _line(f"{self.verdict.policy}: {self.rule.name}"), "clause": clause}}


def digest(item: str) -> bytes:
    """What a hit keeps of a platform's own id for an item."""
    return hashlib.sha256(item.encode("utf-8", "replace")).digest()


def content(item: Item) -> bytes:
    """What a hit keeps of what was said: the same for the same content, however it is sent."""
    said = msgspec.json.encode((_sound(item.text), [_sound(url) for url in item.urls], item.sha256, item.pdq))
    return hashlib.sha256(said).digest()


def pointed_at(item: Item) -> str | None:
    """What a notice about the item would point at: its own id, or its channel, where one is a locator; else nothing."""
    for text in (item.item, item.channel):
        if text and isinstance(locator.parse(text), Locator):
            return text
    return None


def told_verdict(found: Finding) -> bytes:
    """The opening `verdict`: codes and names, which stay."""
    return canonical.encode(
        {
            "action": found.verdict.action.value,
            "category": found.category.value,
            "matches": [_match(one) for one in found.verdict.matches],
            "policy": found.verdict.policy,
            "rule": found.rule.name,
        }
    )


def told_item(found: Finding) -> bytes:
    """The opening `item`: what was said, by whom and where, while it is kept; of child sexual abuse codes alone."""
    item = found.item
    told: dict[str, Any] = {
        "item_sha256": digest(item.item).hex(),
        "kind": item.kind.value,
        "locator": pointed_at(item),
        "sha256": item.sha256,
    }
    if not found.sensitive:
        told |= {name: _sound(getattr(item, name)) for name in ("item", "at", "author", "channel", "text")}
        told |= {"urls": [_sound(url) for url in item.urls], "language": item.language}
    return msgspec.json.encode(told)


def notice(found: Finding, *, to: str, pointed: str) -> bytes:
    """The notice of own detection, as it would be sent."""
    return msgspec.json.encode(
        {
            "to": to,
            "kind": NoticeKind.OWN_DETECTION.value,
            "category": found.category.value,
            "locators": [pointed],
            "explanation": facts(found),
            "language": found.language,
            **found.ground,
        }
    )


class Said(NamedTuple):
    """What a person says with a decision, where it differs from what the rule says."""

    measure: MeasureName
    automation: Automation
    ground: Mapping[str, Any] | None = None
    reasons: str = ""


def decision(found: Finding, said: Said) -> bytes:
    """The decision on that notice: what is done, on which ground, by which rule, and how much of it a machine did."""
    reasons = f"{_spoken(said.reasons or getattr(found.rule.reason, found.language))} {_by(found, said.automation)}"
    return msgspec.json.encode(
        {
            "outcome": Outcome.ACT_FULL.value,
            "items": [{"locator": 0, "measure": said.measure.value}],
            "ground": said.ground or found.ground,
            "facts": facts(found),
            "reasons": reasons,
            "language": found.language,
            "automated": {"detection": True, "decision": said.automation.value},
        }
    )


def facts(found: Finding) -> str:
    """What was found, by names and places; not what was said."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in found.verdict.matches:
        spans = places.setdefault((one.bank, one.entry), [])
        if isinstance(one.span, tuple):
            spans.append(f"{one.span[0]}-{one.span[1]}")
    named = [
        f"{bank} {entry}" + (f" ({', '.join(spans)})" if spans else "")
        for (bank, entry), spans in list(places.items())[:NAMED]
    ]
    listed = _spoken("; ".join(named))
    if found.language == "en":
        return f"Rule {found.rule.name} of policy {found.verdict.policy} found, by bank, entry and place: {listed}."
    return (
        f"Aturan {found.rule.name} dari kebijakan {found.verdict.policy} menemukan, menurut bank, entri dan letak: "
        f"{listed}."
    )


def _by(found: Finding, automation: Automation) -> str:
    name, policy = found.rule.name, found.verdict.policy
    if automation is Automation.FULL:
        if found.language == "en":
            return f"A machine decided so, by rule {name} of policy {policy}."
        return f"Diputuskan oleh mesin, menurut aturan {name} dari kebijakan {policy}."
    if found.language == "en":
        return f"A person decided so, on what rule {name} of policy {policy} found."
    return f"Diputuskan oleh seseorang, atas temuan aturan {name} dari kebijakan {policy}."


def _match(one: Match) -> dict[str, Any]:
    span = list(one.span) if isinstance(one.span, tuple) else None
    return {"bank": one.bank, "entry": one.entry, "span": span}


def _line(text: str) -> str:
    """One line of a ground."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:LINE].strip() or "-"


def _spoken(text: str) -> str:
    """A text without what a decision may not hold: line breaks and tabs are all that is not seen."""
    return CONTROL.sub(" ", text).strip()


def _sound(text: str) -> str:
    """The text as UTF-8 can hold it."""
    return text.encode("utf-8", "replace").decode()
