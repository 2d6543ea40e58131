"""What follows from what was found: rules that are data, with a mode each, and their tests beside them.

No code is in a policy. A rule says when (`any_of`, `all_of`, `none_of` over banks, categories, counts, kinds and
languages), then what, in which mode, and the reason in both languages. The first live rule by priority decides; what
only would have decided is told as shadow. A match of a bank that allows ends the matter.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from mufakat.screening.item import Action, Item, ItemKind

Name = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$(?!\n)",
        extra_json_schema={"description": "a name: small letters, digits and hyphens, at most 64"},
    ),
]


class Mode(StrEnum):
    """How far a rule may go."""

    SHADOW = "shadow"  # It is told what it would have done, and nothing is done.
    SAMPLE = "sample"  # It acts on a part of the items (`percent`), always the same part.
    LIVE = "live"


class Atom(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question about an item; all members that are given must hold.

    `bank`: an entry of it was found. `category`: an entry of this category was found. `least`: so many different
    entries of what `bank` and `category` name (1 where it is not given). `kind`, `language`: of the item.
    """

    bank: Name | None = None
    category: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    least: Annotated[int, Meta(ge=1, le=100)] | None = None
    kind: ItemKind | None = None
    language: Annotated[str, Meta(min_length=1, max_length=35)] | None = None


Atoms = Annotated[tuple[Atom, ...], Meta(max_length=50)]


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All of `all_of`, one of `any_of` where it is given, none of `none_of`."""

    any_of: Atoms = ()
    all_of: Atoms = ()
    none_of: Atoms = ()


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence for people, in both languages."""

    id: Annotated[str, Meta(min_length=1, max_length=1_000)]
    en: Annotated[str, Meta(min_length=1, max_length=1_000)]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule. A higher `priority` is asked first; `percent` is for the mode `sample` alone."""

    name: Name
    when: When
    then: Action
    reason: Words
    mode: Mode = Mode.SHADOW
    percent: Annotated[int, Meta(ge=1, le=99)] | None = None
    priority: Annotated[int, Meta(ge=0, le=1_000)] = 0


class Expected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a test expects."""

    action: Action = Action.NONE
    rule: Name | None = None


class PolicyTest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test that travels with the policy: an item, what the banks would find in it, and what must follow.

    `found` names entries as ``bank: [category, …]``, so that a policy is tested without its banks.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    item: Item
    found: dict[Name, tuple[str, ...]]
    expect: Expected


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy. Its name and version are what a verdict cites: ``name/version``."""

    policy: Name
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    rules: Annotated[tuple[Rule, ...], Meta(min_length=1, max_length=200)]
    tests: Annotated[tuple[PolicyTest, ...], Meta(max_length=500)] = ()

    @property
    def ref(self) -> str:
        """What a verdict cites."""
        return f"{self.policy}/{self.version}"
