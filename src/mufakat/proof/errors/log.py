"""What is written wrong in the log as files: hashes, sizes, tiles, checkpoints, cosignatures, policies, proofs."""

from mufakat.proof.errors.root import ProofError


class HashLengthError(ProofError):
    """A hash of the tree is not 32 bytes."""

    sentence = "A hash of the log's tree must be 32 bytes."


class TreeSizeError(ProofError):
    """A size or an index is negative, beyond 2^63-1, or not one of the tree at hand."""

    sentence = "The log's tree has no such size or index."


class TileError(ProofError):
    """A file of the log is not what tlog-tiles says it is."""


class TileCoordinateError(TileError):
    """The level is not 0 to 63, the width not 1 to 256, or the index is negative or beyond every tree."""

    sentence = "No tile has this level, index or width."


class TilePathError(TileError):
    """The path is not the one spelling of a tile or of an entry bundle."""

    sentence = "This is not the path of a tile or of an entry bundle."


class TileLengthError(TileError):
    """The tile at `path` has `given` bytes, and not the `expected` ones of its width."""

    def __init__(self, path: str, expected: int, given: int) -> None:
        super().__init__(path, expected, given)
        self.path = path
        self.expected = expected
        self.given = given

    def __str__(self) -> str:
        return f"The tile {self.path} has {self.given} bytes, but its width makes {self.expected}."


class EntryTooLongError(TileError):
    """An entry is longer than its length prefix can tell."""

    sentence = "An entry of the log has at most 65,535 bytes."


class BundleError(TileError):
    """The bytes are not as many entries as the bundle's width says; `problem` ends the sentence."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"The entry bundle {self.problem}."


class CheckpointError(ProofError):
    """The signed text is not a checkpoint, to the byte; `line` names what is wrong."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line

    def __str__(self) -> str:
        return f"The checkpoint is not valid: {self.line}."


class CosignatureTimeError(ProofError):
    """A witness whose `name` the reader knows cosigned at no time, at one beyond 2^63-1, or at one to come."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"The cosignature of {self.name} has no time that could be one, or one in the future."


class PolicyError(ProofError):
    """A policy breaks its syntax at `line` (from 1; None for the whole); `problem` ends the sentence."""

    def __init__(self, line: int | None, problem: str) -> None:
        super().__init__(line, problem)
        self.line = line
        self.problem = problem

    def __str__(self) -> str:
        return f"The policy is not valid: {'it' if self.line is None else f'line {self.line}'} {self.problem}."


class TlogProofError(ProofError):
    """The bytes are not a tlog-proof up to the checkpoint; `line` names what is wrong."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line

    def __str__(self) -> str:
        return f"The inclusion receipt is not valid: {self.line}."


class ForkFileError(ProofError):
    """Not a file of two heads: names what is wrong with it."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"This is no file of a fork: {self.problem}."
