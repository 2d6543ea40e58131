"""What comes back to the address of a letter: a report is noted on it, once, and moves the time of the next contact."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mufakat.formats import dsn
from mufakat.rules import letters as rules
from mufakat.rules.contact import Unreachable
from mufakat.rules.letters import Sign
from mufakat.server.connectors.mail.intake import Taken
from mufakat.server.connectors.mail.models import Bounce, Letter
from mufakat.server.journal.work import Deed
from mufakat.server.parties import contacts

if TYPE_CHECKING:
    from mufakat.server.journal.work import Moment


def deed(raw: bytes, *, letter: str) -> Deed:
    """The operation that notes what came to the bounce address of this letter (the MAC was checked)."""
    report = dsn.read_report(raw)
    digest = hashlib.sha256(raw).digest()

    def run(moment: Moment) -> Taken:
        found = Letter.objects.filter(pk=letter).first()
        # Of a letter that nobody remembers, or of one that is older than this house: nothing hangs on it.
        if found is None or Bounce.objects.filter(letter=found, digest=digest).exists():
            return Taken(letter, "", repeated=found is not None)
        Bounce.objects.create(
            letter=found,
            digest=digest,
            at=moment.at,
            says=report.says.value if report else "",
            status=report.status[:12] if report else "",
            formal=bool(report and report.formal),
        )
        if report is not None:
            note(found, Sign(report.says.value), report.status, moment)
        return Taken(letter, "", repeated=False)

    return Deed(run)


def note(letter: Letter, said: Sign, status: str, moment: Moment) -> None:
    """Move a letter on by one sign. Called inside an operation of the writer."""
    sign = rules.next_sign(Sign(letter.sign), said)
    if sign is not said:
        return  # What is known already says more.
    letter.sign, letter.status, letter.said_at = sign.value, status[:12], moment.at
    # A drill turns to the next contact by itself (``parties.drills``).
    turns = letter.turned_at is None and not letter.type.startswith("drill.")
    if turns and (letter.turn_at is not None or sign in {Sign.FULL, Sign.FAILED}):
        letter.turn_at = rules.turn_at(sign, handed_at=letter.handed_at, at=moment.at)
    letter.save(update_fields=["sign", "status", "said_at", "turn_at"])
    if letter.contact and rules.is_unreachable(sign, status):
        because = Unreachable.MAIL_BOUNCED
        contacts.mark_unreachable(letter.contact, moment=moment, because=because, since=letter.handed_at)
