"""What keeps a connector from carrying an order out.

ConnectorError
├── CannotError      the service has no such verb, or not here: a person's task
├── OtherOrderError  another order has this name already
├── LaterError       not done; to be tried again, after `seconds` where the service says so
├── LostError        no answer came, and it may have been done
└── LockedOutError   the service knows us no more: our token is wrong, or was revoked
"""

from __future__ import annotations


class ConnectorError(Exception):
    """The root."""


class CannotError(ConnectorError):
    """The service has no such verb, or not here."""


class OtherOrderError(ConnectorError):
    """Another order has this name already."""

    def __init__(self, case: str, act: str) -> None:
        super().__init__(f"Another order is known as {act} in {case}.")


class LaterError(ConnectorError):
    """Not done; to be tried again."""

    def __init__(self, says: str, seconds: float | None = None) -> None:
        self.seconds = seconds
        super().__init__(says)


class LostError(ConnectorError):
    """No answer came, and it may have been done."""


class LockedOutError(ConnectorError):
    """The service knows us no more."""
