"""Signatures by keys: a party that enrolled a key may sign a proposal with it, beside the name of whoever did.

What is signed is a text of six lines, so that it can be read and verified anywhere, by the key alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.proof import canonical
from mufakat.proof.errors import ProofError
from mufakat.proof.key import VerifyKey
from mufakat.rules.errors import BadAgreementError
from mufakat.rules.fault import Fault, FaultCode

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.agreement import Signed
    from mufakat.server.agreements.models import Proposal
    from mufakat.server.parties.queries import Caller

HEAD = "mufakat/point/v1"


def text_of(agreement: str, point: str, version: int, proposal: int, sha256: str) -> str:
    """What is signed: which proposal for which version of which point, and the SHA-256 of its terms as stored."""
    return f"{HEAD}\n{agreement}\n{point}\n{version}\n{proposal}\n{sha256}\n"


def text_for(row: Proposal) -> str:
    """The same of a row, whose point is loaded with it."""
    point = row.point
    return text_of(point.agreement_id, point.name, point.version, row.number, row.sha256)


def verify(row: Proposal, by: Caller, signed: Signed, *, at: datetime) -> None:
    """Raise BadAgreementError where the key is none of the party's, or did not sign this."""
    if signed.key not in enrolled(by.party_id, at=at):
        detail = f"{by.handle} has no such key enrolled now."
        raise BadAgreementError([Fault("/signed/key", FaultCode.NOT_ENTITLED, detail)])
    signature = canonical.from_base64(signed.signature)
    try:
        good = signature is not None and VerifyKey.parse(signed.key).verifies(signature, text_for(row).encode())
    except ProofError:
        good = False
    if not good:
        detail = f"This is not the key's signature of the text that begins with {HEAD} and ends with {row.sha256}."
        raise BadAgreementError([Fault("/signed/signature", FaultCode.BAD_FORM, detail)])


def enrolled(party: str, *, at: datetime) -> frozenset[str]:
    """The keys with which this party signs at `at`."""
    del party, at
    return frozenset()
