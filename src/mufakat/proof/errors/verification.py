"""Well made, but not of what was asked: what the signatures and the hashes of the tree do not bear out."""

from mufakat.proof.errors.root import ProofError


class VerificationError(ProofError):
    """The receipt is well made, but does not prove what was asked."""


class WrongOriginError(VerificationError):
    """The origin line does not name a key that signed: a receipt in one log's name, signed by another's key."""

    def __init__(self, origin: str) -> None:
        super().__init__(origin)
        self.origin = origin

    def __str__(self) -> str:
        return f"The receipt speaks for {self.origin}, but none of the keys that signed it has that name."


class OutOfTenureError(VerificationError):
    """Keys that the reader knows signed, but none within the sizes or the time that the file of keys gives it.

    `name` is the first one's: a new key before it was in use, or one that was replaced or revoked.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return (
            f"A key of {self.name} signed this, but by the file of keys it was not in use for it: "
            "it came later, or was replaced or revoked before."
        )


class LogNotInPolicyError(VerificationError):
    """The reader's policy names logs, and the key of this one (`origin`) is not among them."""

    def __init__(self, origin: str) -> None:
        super().__init__(origin)
        self.origin = origin

    def __str__(self) -> str:
        return f"The receipt is of {self.origin}, whose key is not one of the policy's logs."


class NotWitnessedError(VerificationError):
    """The policy asks for cosignatures that the receipt does not have; one of custody never has any."""

    sentence = "The witnesses that the policy asks for did not cosign this receipt."


class LeafNeededError(VerificationError):
    """The proof carries no leaf, and none was given."""

    sentence = "This inclusion receipt does not carry its leaf: give the leaf's bytes with it."


class LeafCountError(VerificationError):
    """The receipt is for `expected` leaves, `given` were given."""

    def __init__(self, expected: int, given: int) -> None:
        super().__init__(expected, given)
        self.expected = expected
        self.given = given

    def __str__(self) -> str:
        return f"The receipt covers {self.expected} leaves, but {self.given} were given; all of them are needed."


class LeafMismatchError(VerificationError):
    """The hashes do not lead to the hash in the receipt."""

    sentence = "The receipt was given for other content: the leaf does not hash to what was signed."


class LeafDisagreesError(VerificationError):
    """The leaf is the one that was signed for, but its `member` says something else than the receipt."""

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member

    def __str__(self) -> str:
        return f"The leaf and the receipt contradict each other: {self.member} differs."


class TileMismatchError(VerificationError):
    """The tile at `path` is not the one that the log's entries make."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"The log's {self.path} is not what its entries make: a tile or an entry was altered."


class RootMismatchError(VerificationError):
    """The entries make another root than the signed one."""

    sentence = "The log's entries do not make its signed root: an entry was altered, dropped or moved."


class InclusionError(VerificationError):
    """The proof does not lead from this leaf, at this index, to this root."""

    sentence = "The log's tree does not hold this leaf at this place: the proof does not lead to its root."


class ConsistencyError(VerificationError):
    """The proof does not lead to both roots."""

    sentence = "The newer tree does not begin with the older one: the log was rewritten, or the proof is not of these."


class NoForkError(VerificationError):
    """Both heads can be true, as far as this file shows."""

    sentence = "The file does not show that the two heads contradict each other."
