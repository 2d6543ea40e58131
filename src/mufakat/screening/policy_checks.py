"""What is wrong with a policy whose parts are sound each by itself."""

from __future__ import annotations

from typing import NamedTuple


class PolicyFault(NamedTuple):
    """One thing that is wrong: where (a JSON pointer into the policy, RFC 6901), and a sentence that says what."""

    pointer: str
    detail: str
