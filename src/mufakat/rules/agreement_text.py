"""What a party's key signs of a proposal: a text of six lines, so that it can be read and verified anywhere. Pure.

mufakat/point/v1
<id of the agreement>
<name of the point>
<version of the point>
<number of the proposal>
<SHA-256 of the terms as they are stored (RFC 8785), in hexadecimal>
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import rfc8785

HEAD: Final = "mufakat/point/v1"


def text_of(agreement: str, point: str, version: int, proposal: int, sha256: str) -> str:
    """What is signed: which proposal for which version of which point, and the digest of its terms."""
    return f"{HEAD}\n{agreement}\n{point}\n{version}\n{proposal}\n{sha256}\n"


def text_in(agreement: Mapping[str, Any], point: str, proposal: int) -> str:
    """The same from an agreement as the API shows it; the digest is that of the terms shown, whoever named another.

    LookupError where that proposal is not the newest of the point's newest version.
    """
    newest = max((one for one in agreement["points"] if one["name"] == point), key=lambda one: one["version"])
    found = newest["proposals"][-1]
    if found["number"] != proposal:
        raise LookupError(f"proposal {found['number']} of {point} is on the table, not {proposal}")
    return text_of(agreement["id"], point, newest["version"], proposal, digest_of(found["terms"]))


def digest_of(terms: Mapping[str, Any]) -> str:
    """The SHA-256 of terms as plain values."""
    return hashlib.sha256(rfc8785.dumps(dict(terms))).hexdigest()
