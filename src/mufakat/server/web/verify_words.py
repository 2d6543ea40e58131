"""What the page `/verify` says in the browser: why a receipt is refused, and what a good one proves.

By the names that `static/web/verify.js` gives; ``{about}`` is the name, line or member that it is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

REASONS: Mapping[str, str | Promise] = {
    "KeyText": _("A key is not written as keys are: name, plus, eight hexadecimal digits, plus, base64."),
    "KeyName": _("The name of a key is empty, or holds a space, a plus or a control character."),
    "KeyAlgorithm": _("A key is of another kind than Ed25519, the only one that is known here."),
    "KeyID": _("The id inside a key does not belong to it: a misprint, or a swapped key."),
    "WeakKey": _("A key is one under which anybody can sign."),
    "PrivateKeyGiven": _("This is a private key. Give the public one, and keep this one secret."),
    "KeysFile": _("The keys look like a keys.json, but are none."),
    "NoKey": _("No key is given: without one nothing can be verified."),
    "AmbiguousKey": _("Two of the keys share their name and id."),
    "NoteTooLong": _("It is longer than any receipt: more than 1 MiB."),
    "NotUTF8": _("It is not UTF-8 text."),
    "ControlCharacter": _("It holds a control character, for example a carriage return: a program changed its lines."),
    "MissingBlankLine": _("No empty line stands between its text and its signatures."),
    "MissingFinalNewline": _("It does not end in a newline; it may be cut off."),
    "TooManySignatures": _("It has more than 16 signatures."),
    "MalformedSignature": _("One of its signature lines is malformed."),
    "DuplicateSignature": _("It has two signatures by the same key."),
    "BadSignature": _(
        "The signature of {about} is not a signature of this text: the text or the signature was changed."
    ),
    "NoKnownSignature": _("None of the given keys signed it."),
    "Checkpoint": _("The head of the log in it is not written as heads are ({about})."),
    "CosignatureTime": _("The cosignature of {about} has no time that could be one, or one in the future."),
    "Policy": _("The policy is not written as policies are (line or place: {about})."),
    "TlogProof": _("The proof is not written as proofs are ({about})."),
    "Leaf": _("The leaf is not written as leaves are ({about})."),
    "ReceiptKind": _("The signed text is no custody receipt."),
    "ReceiptLine": _("The receipt is not written as receipts are ({about})."),
    "WrongOrigin": _("It speaks for {about}, but none of the keys that signed it has that name."),
    "OutOfTenure": _("A key of {about} signed it that was not in use for it: it came later, or had ended before."),
    "LogNotInPolicy": _("It is of {about}, whose key is not one of the policy's logs."),
    "NotWitnessed": _("The witnesses that the policy asks for did not cosign it."),
    "LeafNeeded": _("It does not carry its leaf: give the leaf with it."),
    "LeafCount": _("It is of several leaves; one alone cannot be checked against it."),
    "LeafMismatch": _("It was given for another leaf."),
    "LeafDisagrees": _("The leaf and the receipt contradict each other ({about})."),
    "Inclusion": _("The log's tree does not hold this leaf at this place: the proof does not lead to its root."),
}

KINDS: Mapping[str, str | Promise] = {
    "custody": _("The receipt is good: the operator of the log took this into custody."),
    "custody-batch": _("The receipt is good: the operator of the log took these notices into custody at once."),
    "inclusion": _("The receipt is good: the log holds this leaf."),
    "witnessed": _("The receipt is good: the log holds this leaf, and the witnesses that you asked for saw it there."),
}

FACTS: Mapping[str, str | Promise] = {
    "origin": _("Log"),
    "notice": _("About"),
    "count": _("Notices in the batch"),
    "type": _("Event"),
    "actor": _("By"),
    "chain": _("Channel and number"),
    "at": _("Dated"),
    "place": _("Place in the log"),
    "mmd": _("To be in the log within"),
    "leaf": _("Leaf hash"),
    "batch": _("Root over the leaf hashes"),
    "root": _("Root of the log"),
    "signed": _("Signed by the key"),
    "cosigned": _("Cosigned by witnesses"),
    "parties": _("Parties' keys named in the leaf, not checked here"),
}

WORDS: Mapping[str, str | Promise] = {
    "bad": _("This receipt proves nothing here."),
    "unread": _("Paste a receipt, or choose its file."),
    "place": _("number {index}, counted from 0, of {size} leaves"),
    "seconds": _("{seconds} seconds"),
    "whole": _("The leaf, byte for byte"),
    "ours": _(
        "You took the keys from this site. Whoever runs it could show you others: compare them with a copy of your own."
    ),
    "yours": _("You gave the keys yourself: what is proven here rests on them, and on nobody else's word."),
    "fault": _("The browser could not finish. Verify it on your own computer."),
    "custody": _("It does not prove yet that the log holds it: ask for the proof of the log."),
}
