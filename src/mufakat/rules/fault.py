"""What is wrong with a document, said so that a clerk can mend it.

A fault names its place by a JSON pointer (RFC 6901) and carries one sentence. What a stranger typed is never repeated
in a sentence except as a short excerpt in ASCII.
"""

from enum import StrEnum

import msgspec

EXCERPT_LENGTH = 40
"""Characters of foreign text that a sentence may repeat."""

MAX_FAULTS = 250
"""A hostile document may hold a hundred thousand faults; nobody mends more than this in one go."""

MAX_NAME_LENGTH = 128
"""Characters of a member name that a pointer may repeat; a fault in a longer one points to the object around it."""


class FaultCode(StrEnum):
    """Why a document is refused. Codes are for machines and stay; sentences may change."""

    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_YAML = "not_yaml"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_MANY_FAULTS = "too_many_faults"
    REPEATED_MEMBER = "repeated_member"
    UNKNOWN_MEMBER = "unknown_member"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    NOT_IN_LIST = "not_in_list"
    BAD_FORM = "bad_form"
    BAD_TEXT = "bad_text"
    BAD_NUMBER = "bad_number"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    REPEATED_ITEM = "repeated_item"
    BAD_DATE = "bad_date"
    UNKNOWN_PARTY = "unknown_party"
    WRONG_RECIPIENT = "wrong_recipient"
    NOT_ENTITLED = "not_entitled"
    OUTSIDE_MANDATE = "outside_mandate"
    MANDATE_NOT_IN_FORCE = "mandate_not_in_force"
    NO_GROUND = "no_ground"
    LOCATOR_REFUSED = "locator_refused"
    DIGEST_MISMATCH = "digest_mismatch"
    NOT_UPLOADED = "not_uploaded"
    EVIDENCE_REFUSED = "evidence_refused"
    NOT_WITH_OUTCOME = "not_with_outcome"
    NOT_AGREED = "not_agreed"
    AGREED_FIELD = "agreed_field"  # Missing, and asked for by what the two sides agreed.
    CONTRADICTS = "contradicts"
    OVER_BLOCKING = "over_blocking"  # What would be closed is not this order's to close.


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong: where (RFC 6901 pointer, "" is the whole document), why (code), and a sentence.

    `line` (from 1) is told for documents that people write line by line.
    """

    pointer: str
    code: FaultCode
    detail: str
    line: int | None = None


class Faults:
    """Collects faults, at most `MAX_FAULTS` of them; the last one then says that there are more."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, pointer: str, code: FaultCode, detail: str) -> None:
        """Note one fault."""
        if len(self.found) < MAX_FAULTS:
            self.found.append(Fault(pointer, code, detail))
        elif len(self.found) == MAX_FAULTS:
            more = "There are more faults than can be listed; mend these first."
            self.found.append(Fault("", FaultCode.TOO_MANY_FAULTS, more))

    def __len__(self) -> int:
        return len(self.found)


def excerpt(text: str, *, limit: int = EXCERPT_LENGTH) -> str:
    """The beginning of a foreign text, quoted, ASCII only, safe in a log, a terminal and a page's text."""
    return ascii(text[:limit]) + ("..." if len(text) > limit else "")


def can_be_repeated(name: str) -> bool:
    """Whether a pointer may repeat this name of a member: at most 128 printable characters."""
    return len(name) <= MAX_NAME_LENGTH and name.isprintable()


def within(pointer: str, name: str) -> str:
    """The pointer to member `name` of the object at `pointer`, or to that object where the name cannot be repeated."""
    if not can_be_repeated(name):
        return pointer
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
