"""Seeds that failed once. Each is run for ever, with the rows of the table that it was found with.

A seed says what happens only together with the steps, the parties and the deeds; a row whose weight or plan changes
makes another story of it. So whatever a seed finds gets a test of its own beside the code as well.
"""

from __future__ import annotations

from typing import NamedTuple


class Regression(NamedTuple):
    """One run and what it found."""

    seed: int
    steps: int
    parties: int
    deeds: tuple[str, ...]  # Empty: all of the table.
    reason: str


REGISTER = ("list", "issue", "revoke", "end")
INTAKE = ("submit", "batch", "repeat")

BULK = ("batch", "rebatch", "crowd")
HELD = ("submit", "hold", "erase", "sweep")
FILES = ("submit", "batch", "repeat", "reuse", "withdraw", "upload", "look", "erase", "sweep", "kill")

CLOCKS = ("submit", "ignored", "work", "rest", "acknowledge", "withdraw", "climb at once", "task", "show")
TALK = ("submit", "see", "say", "hand over", "acknowledge")
PEOPLE = ("submit", "ignored", "contact", "drill", "contacts")
MEASURED = ("submit", "mandate", "rush", "repeat", "crowd")
VERDICTS = ("submit", "acknowledge", "decide", "carry out", "contest", "close", "decisions", "say", "withdraw", "work")
REVERSALS = ("submit", "acknowledge", "decide", "carry out", "reverse", "close")
CARRIED = ("submit", "acknowledge", "endpoint", "contact", "deliver", "replay", "endpoints", "ignored", "kill")

REGRESSIONS: tuple[Regression, ...] = (
    Regression(10, 60, 6, REGISTER, "a token whose revocation was kept, but answered as unsure, still opened the door"),
    Regression(2, 40, 6, INTAKE, "a batch whose refused item could not be undone got a receipt for nothing"),
    Regression(
        6, 40, 6, FILES, "a notice that named an upload was refused when it was repeated after the upload's day"
    ),
    Regression(
        13, 100, 6, INTAKE, "a batch with files on a disk that failed while undoing was answered 500, not unsure"
    ),
)
