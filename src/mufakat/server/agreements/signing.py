"""Signatures by keys: a party that enrolled a key may sign a proposal with it, beside the name of whoever did.

What is signed is the text of `rules.agreement_text`, which can be verified anywhere, by the key alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.proof import canonical
from mufakat.proof.errors import ProofError
from mufakat.proof.key import VerifyKey
from mufakat.rules import agreement_text
from mufakat.rules.errors import BadAgreementError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.server.parties import keys

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.agreement import Signed
    from mufakat.server.agreements.models import Proposal
    from mufakat.server.parties.queries import Caller


def text_for(row: Proposal) -> str:
    """What is signed of a proposal, whose point is loaded with it."""
    point = row.point
    return agreement_text.text_of(point.agreement_id, point.name, point.version, row.number, row.sha256)


def verify(row: Proposal, by: Caller, signed: Signed, *, at: datetime) -> None:
    """Raise BadAgreementError where the key is none of the party's, or did not sign this."""
    if signed.key not in keys.in_force(by.party_id, at=at):
        detail = f"{by.handle} has no such key enrolled now."
        raise BadAgreementError([Fault("/signed/key", FaultCode.NOT_ENTITLED, detail)])
    signature = canonical.from_base64(signed.signature)
    try:
        good = signature is not None and VerifyKey.parse(signed.key).verifies(signature, text_for(row).encode())
    except ProofError:
        good = False
    if not good:
        detail = f"This is not the key's signature of the {agreement_text.HEAD} text that ends with {row.sha256}."
        raise BadAgreementError([Fault("/signed/signature", FaultCode.BAD_FORM, detail)])
