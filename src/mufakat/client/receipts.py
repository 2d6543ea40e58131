"""Receipts of events: of custody at once, of inclusion once the log holds the leaf, witnessed once witnesses saw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from mufakat.client.asking import Asking
from mufakat.client.errors import UntrustedReceiptError
from mufakat.proof import verify
from mufakat.proof.errors import ProofError

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        best one that is reached by then. Raises ProblemError (404) while the grade is not there, UntrustedReceiptError.
        """
        asked = urlencode({"grade": grade, "event": event})
        prefer = {"Prefer": f"wait={min(wait, LONGEST)}"} if wait > 0 else {}
        content = self._read(f"/api/v1/notices/{quote(notice, safe='')}/receipt?{asked}", headers=prefer)
        try:
            found = verify.verify(content, keys=self.keys)
        except ProofError as error:
            raise UntrustedReceiptError(str(error)) from error
        if found.notice != notice or (event and found.leaf is not None and found.leaf.id != event):
            raise UntrustedReceiptError("the receipt is good, but of something else")
        return Receipt(content, found)
