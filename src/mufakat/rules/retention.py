"""How long what may be erased is kept: one table, class by class, with its beginning, its period and its reason.

What stays for ever (leaves, receipts, the chain of a channel, ids, states, times) is no class here, so nothing can
name it for erasure (I-09). Until a lawyer of the country has read the table every period is ours, and says so.

Time is a value: `at` and every moment are aware; a class is due from the moment at which its period has passed.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

import msgspec
from msgspec import Struct

from mufakat.rules.errors import BadReasonError
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import TURNS, NoticeState, Turn
from mufakat.rules.profile import Certainty


class Erasable(StrEnum):
    """A class of what can be erased. A class is a content, wherever it lies; see `REPEATED_IN`."""

    EXPLANATION = "explanation"  # What the sender said: the openings of the explanation and of the legal ground.
    LOCATORS = "locators"  # What is pointed at: the rows and the opening.
    PAYLOAD = "payload"  # The body byte for byte, small files included, and the opening of its digest.
    EVIDENCE = "evidence"  # Files: their keys are destroyed.
    NOTES = "notes"  # Notes and reasons of later deeds, of holds too.
    MAIL = "mail"  # Mails that came in: bytes, author, subject, links; and the addresses that letters went to.
    REASONS = "reasons"  # What decisions, and appeals against them, said: ground, facts and reasons.
    MESSAGES = "messages"  # What the two sides said to each other about it.
    ANSWERS = "answers"  # Stored answers to idempotency keys, about a notice or a decision.
    OTHER_ANSWERS = "other_answers"  # Stored answers about anything else, or about nothing that was taken.
    SCREENED = "screened"  # What an item said that a rule of its platform hit: its text, author, channel and id.
    CONTACTS = "contacts"  # What is personal in a former contact, or a former version of one, or a former chat.
    LOGIN_ATTEMPTS = "login_attempts"  # Failed log-ins: name as it was typed, address, program.


class Start(StrEnum):
    """What a period begins with."""

    # The case ended: nobody's turn any more; a contact: it is no longer in force. Before that no period begins.
    ENDED = "ended"
    WRITTEN = "written"  # The row was written.


class Line(Struct, frozen=True):
    """One class in the table: from `starts`, for `period`, for `reason`; how sure we are, and who may extend it."""

    starts: Start
    period: timedelta
    source: str
    certainty: Certainty
    reason: str
    extended_by: str


_HOLD = "legal hold, by the operator"
_YEAR = timedelta(days=365)
_CASE = "So long after the end a case can still be audited, and counted in the report of its year."

RETENTION: Mapping[Erasable, Line] = MappingProxyType(
    {
        Erasable.EXPLANATION: Line(Start.ENDED, _YEAR, "ours", Certainty.OURS, _CASE, _HOLD),
        Erasable.LOCATORS: Line(Start.ENDED, _YEAR, "ours", Certainty.OURS, _CASE, _HOLD),
        Erasable.PAYLOAD: Line(Start.ENDED, _YEAR, "ours", Certainty.OURS, _CASE, _HOLD),
        Erasable.EVIDENCE: Line(Start.ENDED, _YEAR, "ours", Certainty.OURS, _CASE, _HOLD),
        Erasable.NOTES: Line(Start.ENDED, _YEAR, "ours", Certainty.OURS, _CASE, _HOLD),
        Erasable.REASONS: Line(Start.ENDED, _YEAR, "ours", Certainty.OURS, _CASE, _HOLD),
        Erasable.MESSAGES: Line(Start.ENDED, _YEAR, "ours", Certainty.OURS, _CASE, _HOLD),
        Erasable.ANSWERS: Line(
            Start.WRITTEN,
            timedelta(days=400),
            "ours",
            Certainty.OURS,
            "Whoever repeats a request within a year, for a lawsuit too, gets the same bytes; later the receipt alone.",
            _HOLD,
        ),
        Erasable.MAIL: Line(
            Start.WRITTEN,
            _YEAR,
            "ours",
            Certainty.OURS,
            "Whoever wrote may ask a year later what became of it; what a notice was made of is kept with the notice.",
            "nobody",
        ),
        Erasable.OTHER_ANSWERS: Line(
            Start.WRITTEN,
            timedelta(days=30),
            "ours",
            Certainty.OURS,
            "A program that repeats does so within days.",
            "nobody",
        ),
        Erasable.CONTACTS: Line(
            Start.ENDED,
            _YEAR,
            "ours",
            Certainty.OURS,
            "So long after a contact was replaced or removed one can still ask who was told of a notice.",
            "nobody",
        ),
        Erasable.SCREENED: Line(
            Start.WRITTEN,
            timedelta(days=90),
            "ours",
            Certainty.OURS,
            "A reviewer decides within a day; who contests what followed contests the decision, kept as such.",
            "nobody",
        ),
        Erasable.LOGIN_ATTEMPTS: Line(
            Start.WRITTEN,
            timedelta(days=30),
            "ours",
            Certainty.OURS,
            "The lock itself lasts minutes; a month shows who tries again and again.",
            "nobody",
        ),
    }
)
"""The table: every class once."""

OF_A_NOTICE = frozenset(
    {
        Erasable.EXPLANATION,
        Erasable.LOCATORS,
        Erasable.PAYLOAD,
        Erasable.EVIDENCE,
        Erasable.NOTES,
        Erasable.REASONS,
        Erasable.MESSAGES,
        Erasable.ANSWERS,
    }
)
"""The classes that an order to erase a notice may name."""

REPEATED_IN: Mapping[Erasable, frozenset[Erasable]] = MappingProxyType(
    {
        Erasable.EXPLANATION: frozenset({Erasable.PAYLOAD, Erasable.ANSWERS}),
        Erasable.LOCATORS: frozenset({Erasable.PAYLOAD, Erasable.ANSWERS}),
        Erasable.PAYLOAD: frozenset({Erasable.ANSWERS}),
        Erasable.EVIDENCE: frozenset({Erasable.PAYLOAD, Erasable.ANSWERS}),
        Erasable.NOTES: frozenset({Erasable.ANSWERS}),
        Erasable.REASONS: frozenset({Erasable.ANSWERS}),
        Erasable.MESSAGES: frozenset({Erasable.ANSWERS}),
    }
)
"""Where a content lies a second time: the body repeats explanation, locators and small files, an answer may repeat
what was sent. Whoever erases the one erases the other, or nothing would be gone."""

OPENED_BY: Mapping[str, Erasable | None] = MappingProxyType(
    {
        "payload": Erasable.PAYLOAD,
        "locators": Erasable.LOCATORS,
        "explanation": Erasable.EXPLANATION,
        "legal_ground": Erasable.EXPLANATION,
        "note": Erasable.NOTES,
        "reason": Erasable.NOTES,
        "text": Erasable.MESSAGES,
        "weighed": Erasable.MESSAGES,
        "ground": Erasable.REASONS,
        "facts": Erasable.REASONS,
        "reasons": Erasable.REASONS,
        "outcome": None,  # Codes, numbers and days: what was decided stays to be counted.
        "items": None,
        "language": None,
        "automated": None,
        "refusal": None,
        "measure": None,
        "standing": None,
        "how": None,
        "database": None,
        "portion": None,  # A digest: statements are public and name nobody.
        "level": None,
        "body": None,  # An organisation's name.
        "quota": None,
        "evidence": None,  # What was counted of a mandate's notices.
        "seat": None,  # A role and a number, nobody's name.
        "classes": None,  # What was erased is what stays to be seen.
        "clock": None,  # The profile's own name for it, as are the names of steps.
        "step": None,
        "missing": None,
        "name": None,  # An organisation's, and public.
        "kind": None,
        "country": None,
        "subject": None,  # Codes and days: what it was about, in a word, stays to be counted.
        "contact": Erasable.CONTACTS,
        "chat": Erasable.CONTACTS,
        "because": None,  # A code of ours.
        "item": Erasable.SCREENED,
        "verdict": None,  # Codes and names of entries.
        "codes": None,
        "restored": None,  # A number.
        "counts": None,  # Of ten at least.
        "days": None,  # A number.
        "block": None,  # A day.
        "terms": None,  # A mandate's: whoever doubts a notice must still see what its sender was entitled to.
        # What organisations agreed with each other, and how they got there: it binds, and names nobody.
        "title": None,
        "parties": None,
        "point": None,
        "version": None,
        "profile": None,  # A text of rules.
        "key": None,  # Public by its nature.
        "former": None,  # A head of the log, as it was published.
        "received": None,  # The hash of a leaf, public too.
        "obligation": None,  # Codes and figures.
        "by": None,  # Names of points and obligations.
        # What a party wrote about its own governance stays with it, and speaks of roles: no content, nobody's name.
        "objective": None,
        "minutes": None,
        "figures": None,
        "followups": None,
        "followup": None,  # A number.
        "report": None,  # Counts, and public.
        "reply": None,  # What an organisation said about its mandate stays with the mandate.
        # Who closed what, why, and what was said against it stays: it binds everybody, and names nobody.
        "order": None,
        "names": None,
        "proportionality": None,
        "reopening": None,
        "warnings": None,
        "answer": None,
        "operators": None,
        "opening": None,
        "operator": None,
        "sight": None,
        "resolver": None,
        # Names and digests of entries; where a notice proposed them, they go with its locators (`filters.proposing`).
        "bank": None,
        "entries": None,
        "origin": None,
        # What a platform's own policy says, and counts of what it would do: no content, nobody's name.
        "policy": None,
        "table": None,
    }
)
"""With which class the opening of a committed field goes; None: it stays."""

STAYING = frozenset(
    {
        EventType.MAIL_ERASED,
        EventType.NOTICE_ERASED,
        EventType.MANDATE_SUSPENDED,
        EventType.MANDATE_RESUMED,
        EventType.MANDATE_REVOKED,
        EventType.MANDATE_QUOTA_RESTORED,
        EventType.MANDATE_SUSPENSION_DECLINED,
        EventType.KEY_RETIRED,
        EventType.LOG_KEY_REVOKED,
        EventType.AGREEMENT_ENDED,
        EventType.POINT_PROPOSED,
        EventType.POINT_COUNTERED,
        EventType.POINT_SIGNED,
        EventType.POINT_AGREED,
        EventType.POINT_DECLINED,
        EventType.POINT_WITHDRAWN,
        EventType.POINT_EVIDENCED,
        EventType.POINT_CONFIRMED,
        EventType.OBJECTIVE_ENDED,
        EventType.FOLLOWUP_DONE,
        EventType.NAME_PROTECTED,
        EventType.NAME_RELEASED,
    }
)
"""Events whose openings stay, reason included: an erasure without its reason would not be visible (I-09), nor would it
be known for what somebody was silenced."""

ABOUT_NOTICES = ("ntc_", "dec_")
"""How the ids begin that an answer about a notice or a decision is about."""

REASON = 2_000
"""Characters of a reason."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def has_ended(state: NoticeState) -> bool:
    """Whether it is nobody's turn in this state: from here on the periods of its content run."""
    return TURNS[state] is Turn.NOBODY


def with_repetitions(classes: Collection[Erasable]) -> frozenset[Erasable]:
    """The classes and those that repeat their content; applying it again adds nothing."""
    found = set(classes)
    waiting = list(found)
    while waiting:
        more = REPEATED_IN.get(waiting.pop(), frozenset()) - found
        found |= more
        waiting += more
    return frozenset(found)


def due_at(what: Erasable, *, written_at: datetime, ended_at: datetime | None) -> datetime | None:
    """From when on this class may be erased; None while the case that it belongs to is open.

    `ended_at` is when the case ended, None while it has not, or where there is no case.
    """
    line = RETENTION[what]
    start = written_at if line.starts is Start.WRITTEN else ended_at
    if start is None:
        return None
    if start.tzinfo is None:
        raise ValueError("A moment without a zone is no moment.")
    return start + line.period


def is_due(
    what: Erasable, *, written_at: datetime, ended_at: datetime | None, held: bool = False, at: datetime
) -> bool:
    """Whether this class is to be erased at `at`. Never under a hold, however much time has passed."""
    due = due_at(what, written_at=written_at, ended_at=ended_at)
    return not held and due is not None and due <= at


def due_of(*, received_at: datetime, ended_at: datetime | None, held: bool, at: datetime) -> frozenset[Erasable]:
    """The classes of a notice's content that are to be erased at `at`, with everything that repeats them.

    Answers go with the content that they may repeat; their own period is each answer's, see `answer_class`.
    """
    content = OF_A_NOTICE - {Erasable.ANSWERS}
    found = {what for what in content if is_due(what, written_at=received_at, ended_at=ended_at, held=held, at=at)}
    return with_repetitions(found)


def soonest_end(*, at: datetime) -> datetime:
    """Cases that ended later than this have nothing that is due at `at`."""
    return at - min(line.period for line in RETENTION.values() if line.starts is Start.ENDED)


def answer_class(subject: str) -> Erasable:
    """The class of a stored answer, by the id that it is about; "" where nothing was taken."""
    return Erasable.ANSWERS if subject.startswith(ABOUT_NOTICES) else Erasable.OTHER_ANSWERS


def fields_of(classes: Collection[Erasable]) -> frozenset[str]:
    """The committed fields whose openings go with these classes."""
    return frozenset(name for name, what in OPENED_BY.items() if what in classes)


def encode_classes(classes: Collection[Erasable]) -> bytes:
    """The value of the committed field `classes`: a JSON list in the order of the alphabet."""
    return msgspec.json.encode(sorted(what.value for what in classes))


def read_reason(text: str) -> str:
    """The reason without blanks around it. Raises BadReasonError when it is empty, too long, or rewrites a screen."""
    found = text.strip()
    if not found:
        raise BadReasonError("Say why: the reason is empty.")
    if len(found) > REASON:
        raise BadReasonError(f"A reason has at most {REASON} characters; this one has {len(found)}.")
    if control := _CONTROL.search(found):
        raise BadReasonError(
            f"Character {control.start() + 1} of the reason is a control character; "
            "only line breaks and tabs are taken."
        )
    try:
        found.encode()
    except UnicodeEncodeError:
        raise BadReasonError("The reason is not text in UTF-8.") from None
    return found


def table() -> str:
    """RETENTION as a Markdown table, one class a row; ends with a newline."""
    lines = [
        "| class | begins when | kept for | may be extended by | source | certainty | why |",
        "|---|---|---|---|---|---|---|",
    ]
    starts = {Start.ENDED: "the case ends", Start.WRITTEN: "it is written"}
    for what, line in RETENTION.items():
        cells = (starts[line.starts], f"{line.period.days} days", line.extended_by, line.source, line.certainty.value)
        lines.append(f"| `{what.value}` | " + " | ".join(cells) + f" | {line.reason} |")
    return "\n".join(lines) + "\n"


def repetitions_table() -> str:
    """REPEATED_IN as a Markdown table; ends with a newline."""
    lines = ["| whoever erases | erases too |", "|---|---|"]
    for what in Erasable:
        if what in REPEATED_IN:
            more = ", ".join(f"`{one.value}`" for one in sorted(with_repetitions({what}) - {what}))
            lines.append(f"| `{what.value}` | {more} |")
    return "\n".join(lines) + "\n"
