"""One family of errors: each class is one reason why something is not screened, or a policy is not used.

ScreeningError
├── ItemRefusedError      this item is not screened; nothing of it was looked at
│   ├── PrivateItemError    it was said in private (I-13)
│   └── TextTooLongError    its text is longer than is taken
├── NaiveTimeError        a time without its zone
├── SameBankTwiceError    two banks of one name: an entry could not be told
└── BadPolicyError        carries what is wrong with the policy, each fault with its place
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mufakat.screening.policy_checks import PolicyFault


class ScreeningError(Exception):
    """The root of the errors of screening."""


class ItemRefusedError(ScreeningError):
    """An item that is not screened. `item` is its id, which is never part of the sentence."""

    def __init__(self, item: str, sentence: str) -> None:
        self.item = item
        super().__init__(sentence)


class PrivateItemError(ItemRefusedError):
    """The item was said in private. What is private is not screened, whoever hands it in (I-13)."""

    def __init__(self, item: str) -> None:
        super().__init__(item, "This item is private; only what was said in public is screened.")


class TextTooLongError(ItemRefusedError):
    """The text has more characters than are taken. It is not cut: what is cut away would not be screened."""

    def __init__(self, item: str, length: int, limit: int) -> None:
        self.length = length
        self.limit = limit
        super().__init__(item, f"The text has {length} characters; at most {limit} are taken.")


class NaiveTimeError(ScreeningError):
    """A time without its zone: which entries count could not be known."""

    def __init__(self) -> None:
        super().__init__("The time needs its zone.")


class SameBankTwiceError(ScreeningError):
    """Two banks have one name, so that a match would not say whose entry it was."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Two banks have the name {name}.")


class BadPolicyError(ScreeningError):
    """The policy cannot be used as it stands. `faults` are what is wrong with it, never none."""

    def __init__(self, faults: Iterable[PolicyFault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(f"The policy cannot be used: {first.detail} ({first.pointer or 'the whole'})")
