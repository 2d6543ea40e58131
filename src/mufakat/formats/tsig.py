"""The file of a key that two servers of names share, as `tsig-keygen` writes it (BIND's grammar, RFC 8945). Pure."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final

ALGORITHMS: Final = ("hmac-sha256", "hmac-sha384", "hmac-sha512")
"""Those that are taken; SHA-1 and MD5 are not."""

_KEY = re.compile(
    r"""key\s+"?(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]{0,252})"?\s*\{\s*
        algorithm\s+"?(?P<algorithm>[A-Za-z0-9-]+)"?\s*;\s*
        secret\s+"?(?P<secret>[A-Za-z0-9+/=]+)"?\s*;\s*
        \}\s*;?""",
    re.VERBOSE,
)
# What stands in quotes is no comment: a secret may hold two slashes.
_COMMENT = re.compile(r'(?P<quoted>"[^"\n]*")|(?:#|//)[^\n]*|/\*.*?\*/', re.DOTALL)
_LEAST = 16  # Bytes of a secret.


class KeyFileError(ValueError):
    """The text is not one such key; the sentence says what is wrong, and holds nothing of the secret."""


@dataclass(frozen=True, slots=True)
class TSIGKey:
    """A name, an algorithm of `ALGORITHMS`, and the secret in base64."""

    name: str
    algorithm: str
    secret: str = field(repr=False)


def read(text: str) -> TSIGKey:
    """The one key of the file. Raises KeyFileError."""
    found = _KEY.fullmatch(_COMMENT.sub(lambda each: each["quoted"] or " ", text).strip())
    if found is None:
        raise KeyFileError('it must be one key: key "name" { algorithm hmac-sha256; secret "…"; };')
    algorithm = found["algorithm"].lower()
    if algorithm not in ALGORITHMS:
        raise KeyFileError(f"its algorithm must be one of {', '.join(ALGORITHMS)}")
    try:
        secret = base64.b64decode(found["secret"], validate=True)
    except binascii.Error:
        raise KeyFileError("its secret must be base64") from None
    if len(secret) < _LEAST:
        raise KeyFileError(f"its secret must have {_LEAST} bytes at least")
    return TSIGKey(found["name"].rstrip("."), algorithm, found["secret"])
