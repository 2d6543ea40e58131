"""Refusals of the connectors room.

NotNowError                      (`rules.errors`) in order, and not possible as things stand
├── TooManyEndpointsError    a party has as many as it can have
├── DisabledEndpointError    nothing is sent to an endpoint that is disabled
├── NotDeadError             only a dead letter is tried anew
└── ClosedAddressError       a dead letter to an endpoint that is disabled
"""

from __future__ import annotations

from mufakat.rules.errors import NotNowError


class TooManyEndpointsError(NotNowError):
    """A party has as many as it can have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A party has at most {most} active endpoints; disable one first.")


class DisabledEndpointError(NotNowError):
    """Nothing is sent to an endpoint that is disabled."""

    def __init__(self) -> None:
        super().__init__("This endpoint is disabled; enable it first.")


class NotDeadError(NotNowError):
    """Only a dead letter is tried anew; what still waits is tried by itself."""

    def __init__(self) -> None:
        super().__init__("This is no dead letter: it is on its way, or it has arrived.")


class ClosedAddressError(NotNowError):
    """A dead letter to an endpoint that is disabled would only die again."""

    def __init__(self) -> None:
        super().__init__("Its endpoint is disabled; its party has to enable it first.")
