"""The root of the family."""

from typing import ClassVar


class ProofError(Exception):
    """The root of the family."""

    sentence: ClassVar[str] = "The proof does not hold."

    def __str__(self) -> str:
        return self.sentence
