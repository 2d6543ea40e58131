"""Banks: for each kind one obvious reference, and beside it the kernel that is asked in earnest and agrees with it.

A reference reads every entry for every item, so that anybody can see that it is right. A kernel looks up instead. Both
give every entry at most once for an item, at its first place, in the order of the text; what stands beside the text
comes last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.screening.bank import Bank, BankKind
from mufakat.screening.banks.digests import DigestBank
from mufakat.screening.banks.locators import LocatorBank
from mufakat.screening.banks.looked_up import DigestIndex, LocatorIndex
from mufakat.screening.banks.pattern_set import PatternSet
from mufakat.screening.banks.patterns import PatternBank
from mufakat.screening.banks.pdq import PDQBank
from mufakat.screening.banks.pdq_bands import PDQBands
from mufakat.screening.banks.phrase_index import PhraseIndex
from mufakat.screening.banks.phrases import PhraseBank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mufakat.screening.bank import Entry

REFERENCES: Mapping[BankKind, Callable[..., Bank]] = {
    BankKind.DIGEST: DigestBank,
    BankKind.LOCATOR: LocatorBank,
    BankKind.PHRASE: PhraseBank,
    BankKind.PATTERN: PatternBank,
    BankKind.PDQ: PDQBank,
}
KERNELS: Mapping[BankKind, Callable[..., Bank]] = {
    BankKind.DIGEST: DigestIndex,
    BankKind.LOCATOR: LocatorIndex,
    BankKind.PHRASE: PhraseIndex,
    BankKind.PATTERN: PatternSet,
    BankKind.PDQ: PDQBands,
}


def reference(name: str, kind: BankKind, entries: Iterable[Entry], *, allow: bool = False) -> Bank:
    """The bank that anybody can see is right: for tests, and for a handful of entries."""
    return REFERENCES[kind](name, entries, allow=allow)


def make(name: str, kind: BankKind, entries: Iterable[Entry], *, allow: bool = False) -> Bank:
    """The bank to be asked in earnest.

    Entries are not checked here, but where they come in (`entries`); one that can match nothing is passed over.
    `BadPatternError` for a pattern that may not be run; `ImportError` where the extra is missing (patterns, PDQ).
    """
    return KERNELS[kind](name, entries, allow=allow)
