"""Receipts of events: of custody at once, of inclusion once the log holds the leaf, witnessed once witnesses saw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from mufakat.client import answers
from mufakat.client.asking import Asking
from mufakat.client.errors import BadAnswerError, UntrustedReceiptError
from mufakat.proof import leaf, verify
from mufakat.proof.errors import ProofError
from mufakat.rules.events import EventType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mufakat.proof.leaf import Leaf
    from mufakat.proof.tenure import Trusted
    from mufakat.proof.verify import Verified

LONGEST = 10  # Seconds that a server waits at most.


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as a file: ``content`` to keep, byte for byte, and what it proves."""

    content: bytes
    verified: Verified

    @property
    def grade(self) -> str:
        """``custody`` or ``inclusion``; whether witnesses saw it is for a policy of the reader (``mufakat verify``)."""
        return self.verified.kind.value


class Receipts(Asking):
    """The part of ``Client`` that fetches receipts."""

    keys: Sequence[Trusted]

    def receipt(self, notice: str, *, grade: str = "", event: str = "", wait: int = 0) -> Receipt:
        """Give the receipt of a notice, or of another ``event`` of it, verified with the keys that are trusted.

        With ``wait`` (seconds, ten at most) the server waits for the grade that is asked for; where none is, for the
        best one that is reached by then. Raises ProblemError (404) while the grade is not there, and
        UntrustedReceiptError for a receipt that is not good, or of another event.
        """
        asked = urlencode({"grade": grade, "event": event})
        prefer = {"Prefer": f"wait={min(wait, LONGEST)}"} if wait > 0 else {}
        content = self._read(f"/api/v1/notices/{quote(notice, safe='')}/receipt?{asked}", headers=prefer)
        try:
            found = verify.verify(content, keys=self.keys)
        except ProofError as error:
            raise UntrustedReceiptError(str(error)) from error
        if found.notice != notice or found.leaf_hash != self._digest(notice, event, found.leaf):
            raise UntrustedReceiptError("the receipt is good, but of something else")
        return Receipt(content, found)

    def _digest(self, notice: str, event: str, own: Leaf | None) -> bytes | None:
        """The hash of the leaf that is asked for: the one that is at hand, else the one among the notice's events."""
        for one in [own] if own is not None else self._leaves(notice):
            if one.case == notice and (one.id == event if event else one.type == EventType.NOTICE_RECEIVED):
                return leaf.leaf_hash(leaf.encode(one))
        return None

    def _leaves(self, notice: str) -> Iterator[Leaf]:
        for shown in answers.items_of(self._get(f"/api/v1/notices/{quote(notice, safe='')}/events")):
            try:
                yield leaf.decode(answers.bytes_of(shown.get("leaf")))
            except ProofError as error:
                raise BadAnswerError(str(error)) from None
