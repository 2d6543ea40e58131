"""The errors of the Bot API, in its own words."""

from __future__ import annotations

from typing import Any


class ProblemError(Exception):
    """An answer that is not ok."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    @property
    def body(self) -> dict[str, Any]:
        """As it is sent."""
        told: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return {**told, "parameters": self.parameters} if self.parameters else told


def bad(what: str, **parameters: Any) -> ProblemError:
    return ProblemError(400, f"Bad Request: {what}", **parameters)


def forbidden(what: str) -> ProblemError:
    return ProblemError(403, f"Forbidden: {what}")


def conflict(what: str) -> ProblemError:
    return ProblemError(409, f"Conflict: {what}")


def flood(seconds: int) -> ProblemError:
    return ProblemError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


UNAUTHORIZED = ProblemError(401, "Unauthorized")
NOT_FOUND = ProblemError(404, "Not Found")
