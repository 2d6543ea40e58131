"""Signing what is sent with a key of one's own party, and enrolling such keys; the private key never leaves here.

What is signed names the log. A server could name another one, so that the signature counts there: the log is the one
whose receipts are trusted (``keys``), or the one that is given.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from mufakat.client import answers
from mufakat.client.asking import Asking
from mufakat.client.errors import BadAnswerError
from mufakat.proof import commitment, leaf, signed
from mufakat.proof.errors import ProofError
from mufakat.rules.parties import HOUSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.client.answers import Taken
    from mufakat.proof.key import SigningKey
    from mufakat.proof.leaf import Leaf
    from mufakat.proof.signed import Given
    from mufakat.proof.tenure import Trusted

HEADER = "Mufakat-Signature"


class Signing(Asking):
    """What a client does with a key of its party. See ``Client``."""

    signing_key: SigningKey | None
    origin: str
    keys: Sequence[Trusted]

    def party_keys(self, party: str) -> Mapping[str, Any]:
        """Every key with which a party ever signed events, and from which leaf to which each counts; public."""
        return self._get(f"/api/v1/parties/{quote(party, safe='')}/keys")

    def enrol_key(self, new: SigningKey, *, key: str | None = None) -> Mapping[str, Any]:
        """Enrol a key of your party, which bears its handle as its name; the public line and signatures are sent.

        ``signing_key``, where there is one, signs beside it: what a further key needs. ``key`` is the idempotency key.
        It is signed for the log that the client knows (see ``Client``); where the server enrols keys in another one,
        nothing is signed: BadAnswerError.
        """
        log, named = self._log(), self.party_keys(new.name).get("keys_for")
        if named != log:
            raise BadAnswerError(f"it enrols keys in another log than {log}")
        beside = self.signing_key
        signers = [new] if beside is None or beside.vkey == new.vkey else [new, beside]
        salt = secrets.token_bytes(commitment.SALT_LENGTH)
        ends = {"sender": new.name, "recipient": HOUSE}
        made = [signed.enrol(one, new.vkey, origin=log, **ends, salt=salt) for one in signers]
        told = {
            "vkey": new.vkey,
            "salt": made[0].salt,
            "signatures": [{"k": one.k, "s": one.s} for one in made],
        }
        return self._moved(f"parties/{quote(new.name, safe='')}/keys", told, key)

    def retire_key(self, party: str, key_id: str, *, reason: str, key: str | None = None) -> Mapping[str, Any]:
        """Retire a key of your party, by its id, at once."""
        place = f"parties/{quote(party, safe='')}/keys/{quote(key_id, safe='')}/retirement"
        return self._moved(place, {"reason": reason}, key)

    def require_signatures(self, party: str, *, key: str | None = None) -> Mapping[str, Any]:
        """From now on notices and acknowledgements of your party are refused unsigned; only the operator undoes it."""
        return self._moved(f"parties/{quote(party, safe='')}/keys/requirement", {}, key)

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _log(self) -> str:
        """The log for which is signed: the given one, or the one whose receipts are trusted."""
        names = {self.origin} if self.origin else {one.name for one in self.keys}
        if len(names) != 1:
            raise ValueError("to sign, the client must know the log: give the keys of one log, or its origin")
        return names.pop()

    def _signed_notice(self, body: bytes) -> Given | None:
        """What the sender signs of a notice; nothing where it has no key."""
        if self.signing_key is None:
            return None
        return of_notice(self.signing_key, body, origin=self._log())

    def _signed_receipt(self, taken: Taken, type_: str, note: str = "") -> Given | None:
        """What the recipient signs of a notice, whose leaf is looked at first; nothing where it has no key."""
        if self.signing_key is None:
            return None
        events = answers.items_of(self._get(f"/api/v1/notices/{quote(taken.id, safe='')}/events"))
        return of_receipt(self.signing_key, taken.raw, events, type_, origin=self._log(), note=note)


def header(given: Given | None) -> dict[str, str]:
    """The header of a request, where something was signed."""
    return {} if given is None else {HEADER: given.text()}


def of_notice(key: SigningKey, body: bytes, *, origin: str) -> Given | None:
    """What a sender signs of a notice: to whom it says that it is. Nothing of what is no notice: it is refused."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    recipient = found.get("to") if isinstance(found, dict) else None
    if not isinstance(recipient, str):
        return None
    salt = secrets.token_bytes(commitment.SALT_LENGTH)
    return signed.receive(key, body, origin=origin, recipient=recipient, salt=salt)


def of_receipt(  # noqa: PLR0913 - what was received, and what is said of it; each by name.
    key: SigningKey,
    notice: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]],
    type_: str,
    *,
    origin: str,
    note: str = "",
) -> Given:
    """What a recipient signs of a notice, from the notice and its events as the server shows them.

    Raises BadAnswerError where the leaf is none by which this notice came to this party through this log.
    """
    began = _began(notice, events)
    sender, _, recipient = began.chan.partition(">")
    receipt = str(notice.get("receipt", "")).splitlines()
    if recipient != key.name or receipt[1:2] != [origin]:
        raise BadAnswerError(f"the notice did not come to {key.name} through {origin}")
    leaf_hash = answers.bytes_of(notice.get("leaf"))
    ends = {"origin": origin, "sender": sender}
    if type_ == "notice.delivered":
        return signed.deliver(key, str(began.case), leaf_hash, **ends)
    salt = secrets.token_bytes(commitment.SALT_LENGTH)
    return signed.acknowledge(key, str(began.case), leaf_hash, **ends, note=note, salt=salt)


def _began(notice: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Leaf:
    """The leaf by which the notice came: it has the hash that the notice names, and is of this notice."""
    for one in events:
        data = answers.bytes_of(one.get("leaf"))
        if leaf.leaf_hash(data) != answers.bytes_of(notice.get("leaf")):
            continue
        try:
            found = leaf.decode(data)
        except ProofError as error:
            raise BadAnswerError(str(error)) from None
        if found.type == "notice.received" and found.case == notice.get("id"):
            return found
    raise BadAnswerError("no event of the notice has the leaf that the notice names")


def told(given: Given | None) -> Any:
    """As JSON has it, in the list of a batch."""
    return None if given is None else msgspec.to_builtins(given)
