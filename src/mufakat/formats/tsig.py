"""A secret that two name servers share (TSIG, RFC 8945), as `tsig-keygen` of BIND writes it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from mufakat.proof import canonical
from mufakat.rules.errors import RefusedError

ALGORITHMS: Final = frozenset({"hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"})
"""What is still thought to be safe (RFC 8945, section 6)."""

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|#[^\n]*", re.DOTALL)
_KEY = re.compile(r'\s*key\s+"?([^\s"{};]+)"?\s*\{([^{}]*)\}\s*;\s*').fullmatch
_LINE = re.compile(r'\s*([a-z]+)\s+"?([^\s";]+)"?\s*').fullmatch


class BadTSIGError(RefusedError):
    """The text is not one key; the sentence repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class TSIGKey:
    """A key: its name, its algorithm, and the secret in base64, which no `repr` shows."""

    name: str
    algorithm: str
    secret: str = field(repr=False)


def parse(text: str) -> TSIGKey:
    """Read `key "name" { algorithm hmac-sha256; secret "…"; };`. Raises BadTSIGError."""
    found = _KEY(_COMMENT.sub(" ", text))
    if found is None:
        raise BadTSIGError('A key is written as: key "name" { algorithm hmac-sha256; secret "…"; };')
    lines = [_LINE(line) for line in found[2].split(";") if line.strip()]
    told = {line[1]: line[2] for line in lines if line is not None}
    if None in lines or len(lines) != 2 or told.keys() != {"algorithm", "secret"}:
        raise BadTSIGError("A key has an algorithm and a secret, and nothing else.")
    algorithm = told["algorithm"].lower()
    if algorithm not in ALGORITHMS:
        raise BadTSIGError(f"The algorithm of a key is one of {', '.join(sorted(ALGORITHMS))}.")
    if not canonical.from_base64(told["secret"]):
        raise BadTSIGError("The secret of a key is base64.")
    return TSIGKey(found[1], algorithm, told["secret"])
