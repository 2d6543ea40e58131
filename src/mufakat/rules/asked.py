"""What the profile that two parties agreed on asks of a notice between them: who sends it, what it holds, about what.

Judged beside everything else in `admissibility`, and only where an agreement is in force. Each sentence names the
profile and the article, or says that the rule is ours.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import Category, Draft, NoticeKind
from mufakat.rules.parties import PartyKind
from mufakat.rules.profile_powers import KindRule, NoticeField, RequiredField, Sourced
from mufakat.rules.profile_shape import Certainty, Profile
from mufakat.rules.reading import UNREAD


class Under(Struct, frozen=True):
    """The profile in force between two parties, and the categories that their agreement narrows it to (null: none)."""

    profile: Profile
    categories: frozenset[Category] | None = None


_WORDS: Mapping[NoticeField, str] = MappingProxyType(
    {
        NoticeField.LEGAL_GROUND: "the law it stands on",
        NoticeField.TERMS_GROUND: "the clause of the terms of service it stands on",
        NoticeField.EVIDENCE: "evidence, one file at least",
        NoticeField.CONTENT_DATE: "the date of the content",
        NoticeField.TERRITORY: "where it is to count",
        NoticeField.REQUESTED_MEASURES: "the measures that are asked for",
        NoticeField.EXTERNAL_REFS: "the number it has with its sender",
    }
)


def judge(draft: Draft, kind: NoticeKind, sender: PartyKind, under: Under, faults: Faults) -> None:
    """Note what the profile asks for and this notice, taken as `kind`, does not have."""
    _judge_category(draft, kind, under, faults)
    if not kind or not under.profile.kinds:
        return
    rule = under.profile.kind(kind)
    if rule is None:
        taken = ", ".join(each.kind.value for each in under.profile.kinds)
        detail = f"{under.profile.name}, in force between the two, takes no {kind.value}; it takes: {taken}."
        faults.add("/kind", FaultCode.NOT_ENTITLED, detail)
        return
    _judge_sender(rule, sender, under, faults)
    for each in rule.required:
        _judge_field(draft, kind, each, under, faults)


def _judge_category(draft: Draft, kind: NoticeKind, under: Under, faults: Faults) -> None:
    """I-17: what is ordered is about what the agreement lists, or where it lists nothing the profile."""
    if kind is not NoticeKind.ORDER or not draft.category:
        return
    known = under.categories
    if known is None:
        known = frozenset(rule.code for rule in under.profile.categories)
    if draft.category not in known:
        by = "the agreement in force" if under.categories is not None else under.profile.name
        listed = ", ".join(sorted(known)) or "none"
        detail = f"An order is about what {by} lists, and {draft.category.value} is not in it: {listed}."
        faults.add("/category", FaultCode.NOT_AGREED, detail)


def _judge_sender(rule: KindRule, sender: PartyKind, under: Under, faults: Faults) -> None:
    if sender in rule.senders:
        return
    may = ", ".join(each.value for each in rule.senders)
    detail = f"{rule.kind.value} comes from: {may}, and this party is a {sender.value}: {cited(under.profile, rule)}."
    faults.add("/kind", FaultCode.NOT_ENTITLED, detail)


def _judge_field(draft: Draft, kind: NoticeKind, each: RequiredField, under: Under, faults: Faults) -> None:
    field = each.field
    if field is NoticeField.EVIDENCE and draft.category is Category.CHILD_SEXUAL_ABUSE:
        return  # I-15.
    value = getattr(draft, field.value)
    pointer = f"/{field.value}"
    if value is UNREAD or value or any(fault.pointer == pointer for fault in faults.found):
        return
    detail = f"A notice of the kind {kind.value} needs {_WORDS[field]}: {cited(under.profile, each)}."
    faults.add(pointer, FaultCode.AGREED_FIELD, detail)


def cited(profile: Profile, line: Sourced) -> str:
    """Where a line of a profile says so, in a sentence: its article, and how certain that is where it was not read."""
    if line.certainty is Certainty.OURS:
        return f"{profile.name}, a rule that no law holds (ours)"
    where = f"{profile.name}, {line.article}" if line.article else profile.name
    return where if line.certainty is Certainty.PRIMARY_READ else f"{where} ({line.certainty.value})"
