"""What can go wrong for a client.

ClientError
├── ProblemError            the server refused, and says why (RFC 9457)
├── UnreachableError        no answer came, also after repeating; with the same key it can be repeated later
├── BadAnswerError          an answer came that cannot be read; with the same key it can be repeated later
└── UntrustedReceiptError   an answer came whose receipt does not verify under the keys that are trusted
"""

from __future__ import annotations

from typing import Any

MOST_ERRORS = 1_000


class ClientError(Exception):
    """The root of the client's errors."""


class ProblemError(ClientError):
    """The server's refusal: ``status``, the stable ``type``, the sentence, and ``errors`` with their JSON pointers.

    Of a fault in a file that has lines, its ``line`` stands there too.
    """

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.type = str(problem.get("type", "about:blank"))
        self.detail = str(problem.get("detail") or problem.get("title") or f"the server answered {status}")
        listed = problem.get("errors")
        self.errors: list[dict[str, Any]] = [
            {
                "pointer": str(one.get("pointer", "")),
                "detail": str(one.get("detail", "")),
                **({"line": one["line"]} if isinstance(one.get("line"), int) else {}),
            }
            for one in (listed[:MOST_ERRORS] if isinstance(listed, list) else ())
            if isinstance(one, dict)
        ]
        says = "; ".join([self.detail, *(f"{_place(one)}: {one['detail']}" for one in self.errors)])
        # The words are the server's: nothing in them may move a cursor.
        super().__init__("".join(one if one.isprintable() else "?" for one in says[:10_000]))


def _place(error: dict[str, Any]) -> str:
    return f"line {error['line']}" if "line" in error else str(error["pointer"])


class UnreachableError(ClientError):
    """No answer. ``key`` is the key it was sent with: repeating with it is safe."""

    def __init__(self, reason: str, key: str | None) -> None:
        self.key = key
        super().__init__(f"no answer came: {reason}")


class BadAnswerError(ClientError):
    """An answer that no server of ours gives. ``key`` is the key it was sent with: it may have been taken."""

    def __init__(self, reason: str, key: str | None = None) -> None:
        self.key = key
        super().__init__(reason if reason.startswith("the answer cannot") else f"the answer cannot be read: {reason}")


class UntrustedReceiptError(ClientError):
    """The receipt does not verify; do not rely on the answer."""
