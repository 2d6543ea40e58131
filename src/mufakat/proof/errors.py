"""One family of errors: each class is one reason why a proof does not hold.

    ProofError
    ├── CanonicalError              JSON (RFC 8785)
    │   ├── NotEncodableError         the value has no canonical JSON
    │   ├── NotJSONError              the bytes are not JSON
    │   ├── DuplicateMemberError      an object names one member twice
    │   ├── TooDeepError              nested deeper than 16
    │   └── NotCanonicalError         JSON, but not in its one spelling
    ├── NaiveTimeError              a time without its zone
    ├── CommitmentError             a name or a salt that no commitment is made of
    ├── HashLengthError             a tree hash that is not 32 bytes
    ├── TreeSizeError               a size or an index that the tree does not have
    ├── TileError                   the log as files (C2SP tlog-tiles)
    │   ├── TileCoordinateError       no tile has this level, index or width
    │   ├── TilePathError             a path that no tile has
    │   ├── TileLengthError           names the path: shorter or longer than its width
    │   ├── EntryTooLongError         more than 65,535 bytes
    │   └── BundleError               entries cut off, missing or followed by something
    ├── KeyTextError                the text of a key, or of a file of keys
    │   ├── KeyNameError              empty, or with a space, a plus or a control character
    │   ├── KeyAlgorithmError         not Ed25519 (type 0x01)
    │   ├── KeyIDError                the id is not the one of this name and key
    │   ├── WeakKeyError              a key under which everybody can sign
    │   ├── PrivateKeyGivenError      a private key where a public one belongs
    │   ├── KeysFileError             neither vkeys nor a keys.json
    │   └── NoKeyError                a file without any key
    ├── AmbiguousKeyError           two known keys with one name and id
    ├── NoteError                   the C2SP signed note
    │   ├── NoteTooLongError          more than 1 MiB
    │   ├── NotUTF8Error
    │   ├── ControlCharacterError     carriage returns among them
    │   ├── MissingBlankLineError     no text, or no line between text and signatures
    │   ├── MissingFinalNewlineError  cut off, or something appended
    │   ├── TooManySignaturesError    more than 16
    │   ├── MalformedSignatureError   a line that is not `— <name> <canonical base64>`
    │   ├── DuplicateSignatureError   two lines by one name and id
    │   ├── BadSignatureError         a known key, but not its signature
    │   └── NoKnownSignatureError     no known key signed
    ├── CheckpointError             names the line (C2SP tlog-checkpoint)
    ├── CosignatureTimeError        names the witness: no time, one beyond 2^63-1, or one in the future
    ├── PolicyError                 names the line (C2SP tlog-policy)
    ├── TlogProofError              names the line (C2SP tlog-proof)
    ├── ForkFileError               names the line: not a file of two heads that contradict each other
    ├── LeafError                   names the member
    ├── ReceiptError                the text inside the note
    │   ├── ReceiptKindError          not a custody receipt
    │   └── ReceiptLineError          names the line
    └── VerificationError           well made, but not of what was asked
        ├── WrongOriginError          signed by another log's key
        ├── LogNotInPolicyError       a log that the reader's policy does not name
        ├── NotWitnessedError         fewer witnesses than the policy asks for
        ├── LeafNeededError           an inclusion receipt without its leaf
        ├── LeafCountError            another number of leaves
        ├── LeafMismatchError         another leaf, or another order
        ├── LeafDisagreesError        the leaf contradicts its receipt
        ├── TileMismatchError         names the path: not the tile that the entries make
        ├── RootMismatchError         the entries do not make the signed root
        ├── InclusionError            the hashes do not lead from leaf to root
        ├── ConsistencyError          the newer tree does not begin with the older one
        └── NoForkError               two heads that can both be true

`str(error)` is a sentence for people. It repeats no byte of the input that was not checked before.
"""

from typing import ClassVar


class ProofError(Exception):
    """The root of the family."""

    sentence: ClassVar[str] = "The proof does not hold."

    def __str__(self) -> str:
        return self.sentence


class CanonicalError(ProofError):
    """A value, or bytes, outside canonical JSON."""


class NotEncodableError(CanonicalError):
    """The value has no canonical JSON: NaN, an integer beyond 2^53-1, a lone surrogate, a key that is no string."""

    sentence = "The value cannot be written as canonical JSON."


class NotJSONError(CanonicalError):
    """The bytes are not UTF-8 JSON as RFC 8259 has it."""

    sentence = "The bytes are not JSON."


class DuplicateMemberError(CanonicalError):
    """An object names one member twice, so that two readers may see two values."""

    sentence = "An object names one of its members twice."


class TooDeepError(CanonicalError):
    """Objects and lists are nested deeper than `canonical.MAX_DEPTH`."""

    sentence = "Objects and lists are nested too deeply."


class NotCanonicalError(CanonicalError):
    """The bytes are JSON, but not the one spelling that RFC 8785 gives to their value."""

    sentence = "The JSON is not written in its canonical form."


class NaiveTimeError(ProofError):
    """A time came without its zone."""

    sentence = "A time needs its zone."


class CommitmentError(ProofError):
    """The name is no field of a leaf, or the salt is not 32 bytes."""

    sentence = "A commitment needs the name of a field and a salt of 32 bytes."


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


class KeyTextError(ProofError):
    """The text is not a key."""

    sentence = "The key is not written as <name>+<8 hex digits>+<base64>."


class KeyNameError(KeyTextError):
    """The name is empty or holds a Unicode space, a plus or a control character."""

    sentence = "The name of the key is empty, or holds a space, a plus or a control character."


class KeyAlgorithmError(KeyTextError):
    """The key is of a type other than 0x01."""

    sentence = "The key is not an Ed25519 key (signature type 0x01), the only kind that this version knows."


class KeyIDError(KeyTextError):
    """The id is not the one that follows from the name and the key: a misprint, or a swapped key."""

    sentence = "The id inside the key does not belong to its name and bytes."


class WeakKeyError(KeyTextError):
    """The point has a small order or is spelt beyond the field: anybody can make signatures that verify under it."""

    sentence = "The key is one under which anybody can sign."


class PrivateKeyGivenError(KeyTextError):
    """A private key was given where a public one belongs."""

    sentence = "This is a private key. Give the public one, and keep this one secret."


class KeysFileError(KeyTextError):
    """The file looks like JSON, but is no keys.json."""

    sentence = "The file of keys is not a keys.json."


class NoKeyError(KeyTextError):
    """The file holds no key."""

    sentence = "The file holds no key."


class AmbiguousKeyError(ProofError):
    """Two known keys differ, but share name and id: 32 bits of id can be made to collide."""

    sentence = "Two of the given keys share their name and id."


class NoteError(ProofError):
    """The note is not a signed note, or not one signed by a known key."""


class NoteTooLongError(NoteError):
    """The note is longer than `note.MAX_LENGTH`."""

    sentence = "The note is longer than 1 MiB."


class NotUTF8Error(NoteError):
    """The note is not UTF-8."""

    sentence = "The note is not UTF-8 text."


class ControlCharacterError(NoteError):
    """The note holds a control character other than the newline; a carriage return is one."""

    sentence = "The note holds a control character, for example a carriage return."


class MissingBlankLineError(NoteError):
    """No blank line separates a text from its signatures."""

    sentence = "No blank line separates the note's text from its signatures."


class MissingFinalNewlineError(NoteError):
    """The note, or a text to sign, does not end in a newline."""

    sentence = "The note does not end in a newline; it may be cut off."


class TooManySignaturesError(NoteError):
    """The note has more than `note.MAX_SIGNATURES` signature lines, or a text was to get that many."""

    sentence = "The note has more than 16 signatures."


class MalformedSignatureError(NoteError):
    """A line after the blank line is not `— <name> <canonical base64 of id and signature>`; or there is none."""

    sentence = "A signature line of the note is malformed."


class DuplicateSignatureError(NoteError):
    """Two signature lines have one name and id."""

    sentence = "The note has two signatures by the same key."


class BadSignatureError(NoteError):
    """A known key's line does not hold its signature of this text."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"The signature of {self.name} is not a signature of this text: the text or the signature was changed."


class NoKnownSignatureError(NoteError):
    """None of the known keys signed."""

    sentence = "None of the given keys signed this note."


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


class LeafError(ProofError):
    """A leaf breaks its schema; `member` is the member's name, or `leaf` for the whole."""

    def __init__(self, member: str, problem: str) -> None:
        super().__init__(member, problem)
        self.member = member
        self.problem = problem

    def __str__(self) -> str:
        return f"The leaf is not valid: {self.member} {self.problem}."


class ReceiptError(ProofError):
    """The text is not a receipt, to the byte."""


class ReceiptKindError(ReceiptError):
    """The first line names no receipt that this version knows."""

    sentence = "The signed text is not a custody receipt."


class ReceiptLineError(ReceiptError):
    """A line is wrong, missing or too many; `line` names it."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line

    def __str__(self) -> str:
        return f"The receipt is not valid: {self.line}."


class VerificationError(ProofError):
    """The receipt is well made, but does not prove what was asked."""


class WrongOriginError(VerificationError):
    """The origin line does not name a key that signed: a receipt in one log's name, signed by another's key."""

    def __init__(self, origin: str) -> None:
        super().__init__(origin)
        self.origin = origin

    def __str__(self) -> str:
        return f"The receipt speaks for {self.origin}, but none of the keys that signed it has that name."


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
