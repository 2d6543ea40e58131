"""What may not enter a bank: what is blank, too short, not in its one form, or would match what everybody says."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from mufakat.locator import Kind, Reason, Refusal, hosts, is_public_suffix, parse, telegram
from mufakat.screening import ordinary
from mufakat.screening.bank import BankKind
from mufakat.screening.banks.locators import BELOW
from mufakat.screening.banks.patterns import BadPatternError, compiled
from mufakat.screening.banks.phrases import WORD_VIEWS
from mufakat.screening.fold import View, fold
from mufakat.screening.pointers import DROPPED
from mufakat.screening.views import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mufakat.locator import Locator

MIN_PHRASE = 4
"""Letters and digits that a phrase must have."""
MAX_WORDS = 32
"""Words that a phrase may have."""

HASH = re.compile(r"[0-9a-f]{64}")
# SHA-256 of nothing at all, and what a program writes that could not read the file.
EMPTY_FILES = frozenset({"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "0" * 64, "f" * 64})
# Half of the bits of PDQ are set, by its definition; of a picture without features there are far fewer or more.
PDQ_BITS = range(80, 177)
UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
SINGLE = "abcdefghijklmnopqrstuvwxyz0123456789 .,!?-_/\né你"


class Code(StrEnum):
    """Why a value may not enter. Codes are for machines and stay; sentences may change."""

    BLANK = "blank"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BAD_FORM = "bad_form"
    BAD_TEXT = "bad_text"
    PUBLIC_SUFFIX = "public_suffix"
    MATCHES_TOO_MUCH = "matches_too_much"
    NOT_CANONICAL = "not_canonical"  # The one fault that mends itself: `canonical` is the form to take.


class Refused(NamedTuple):
    """Why a value may not enter a bank, in one sentence that does not repeat it; and the form in which it may."""

    code: Code
    detail: str
    canonical: str | None = None


def check(kind: BankKind, value: str) -> Refused | None:
    """Why a value may not enter a bank of this kind, or None if it may.

    Takes any text. `ImportError` for a pattern where the extra is missing.
    """
    if not value.strip():
        return Refused(Code.BLANK, "There is nothing here to look for.")
    if UNWRITABLE.search(value):
        return Refused(Code.BAD_TEXT, "There is a character inside that no text holds.")
    return CHECKS[kind](value)


def _phrase(value: str) -> Refused | None:
    said = [words(fold(value, view).text) for view in WORD_VIEWS]
    if not all(said):
        return Refused(Code.BLANK, "A phrase needs words: there is no letter and no digit here.")
    if any(sum(map(len, each)) < MIN_PHRASE for each in said):
        return Refused(Code.TOO_SHORT, f"A phrase of less than {MIN_PHRASE} letters is found everywhere.")
    if any(len(each) > MAX_WORDS for each in said):
        return Refused(Code.TOO_LONG, f"A phrase has at most {MAX_WORDS} words.")
    if any(ordinary.WORDS.issuperset(each) for each in said):
        return Refused(Code.MATCHES_TOO_MUCH, "These are words that everybody uses.")
    # What cannot be seen in a phrase was pasted along with it, and would only keep the plain view from matching.
    return _in_one_form(value, DROPPED.sub("", fold(value, View.PLAIN).text).strip())


def _locator(value: str) -> Refused | None:
    found = parse(value)
    if isinstance(found, Refusal):
        is_suffix = found.reason is Reason.PUBLIC_SUFFIX
        return Refused(Code.PUBLIC_SUFFIX if is_suffix else Code.BAD_FORM, found.sentence)
    if found.kind is Kind.FILE:
        return Refused(Code.BAD_FORM, "This is a digest of a file: it belongs into a bank of digests.")
    return _of_host(found) or _in_one_form(value, found.canonical)


def _of_host(found: Locator) -> Refused | None:
    is_whole = found.kind is Kind.HOST or found.canonical.endswith(f"{found.host}{BELOW}")
    if not is_whole or found.host is None:
        return None
    if is_public_suffix(found.host) or found.host in hosts.above_suffixes():
        return Refused(Code.PUBLIC_SUFFIX, "Below this name are strangers' names: give the whole name.")
    if found.host in telegram.HOSTS:
        return Refused(Code.MATCHES_TOO_MUCH, "This is all of Telegram: name the account, channel or message.")
    return None


def _digest(value: str) -> Refused | None:
    found = parse(value)
    canonical = "" if isinstance(found, Refusal) else found.canonical.removeprefix("sha256:")
    if not HASH.fullmatch(canonical):
        return Refused(Code.BAD_FORM, "A digest is SHA-256: 64 hexadecimal digits.")
    if canonical in EMPTY_FILES:
        return Refused(Code.MATCHES_TOO_MUCH, "This is the digest of an empty file, or stands for none.")
    return _in_one_form(value, canonical)


def _pdq(value: str) -> Refused | None:
    canonical = value.strip().lower()
    if not HASH.fullmatch(canonical):
        return Refused(Code.BAD_FORM, "A PDQ hash has 64 hexadecimal digits.")
    if int(canonical, 16).bit_count() not in PDQ_BITS:
        return Refused(Code.MATCHES_TOO_MUCH, "This is the hash of a picture without features, and near to many.")
    return _in_one_form(value, canonical)


def _pattern(value: str) -> Refused | None:
    try:
        pattern = compiled(value)
    except BadPatternError as error:
        return Refused(Code.BAD_FORM, str(error))
    if any(pattern.search(one) for one in SINGLE):
        return Refused(Code.MATCHES_TOO_MUCH, "It matches single characters.")
    if sum(pattern.search(one) is not None for one in ordinary.SENTENCES) >= ordinary.MOST:
        return Refused(Code.MATCHES_TOO_MUCH, "It matches sentences that everybody writes.")
    return None


def _in_one_form(value: str, canonical: str) -> Refused | None:
    if value == canonical:
        return None
    return Refused(Code.NOT_CANONICAL, "It is not in its one form.", canonical)


CHECKS: Mapping[BankKind, Callable[[str], Refused | None]] = {
    BankKind.DIGEST: _digest,
    BankKind.LOCATOR: _locator,
    BankKind.PHRASE: _phrase,
    BankKind.PATTERN: _pattern,
    BankKind.PDQ: _pdq,
}
