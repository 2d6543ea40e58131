"""The Python SDK: send notices and read them back, over HTTP, with nothing but the standard library and the pure core.

    with Client("https://mufakat.example", token) as mufakat:
        taken = mufakat.submit({...})
        mufakat.verify(taken)

A request that may or may not have arrived is repeated with the same Idempotency-Key, so that a repetition never makes a
second notice.
"""

from __future__ import annotations

from mufakat.client.answers import Batch, Decided, Message, Taken
from mufakat.client.errors import (
    BadAnswerError,
    ClientError,
    ProblemError,
    UnreachableError,
    UntrustedReceiptError,
)
from mufakat.client.http import Transport
from mufakat.client.mufakat import Client

__all__ = [
    "BadAnswerError",
    "Batch",
    "Client",
    "ClientError",
    "Decided",
    "Message",
    "ProblemError",
    "Taken",
    "Transport",
    "UnreachableError",
    "UntrustedReceiptError",
]
