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
    ├── ForkFileError               names what is wrong: not a file of two heads that contradict each other
    ├── LeafError                   names the member
    ├── NotSignableError            nothing of this type, or with these fields, is signed by parties
    ├── SignatureTextError          not `k=<label>; salt=<base64>; s=<base64>`
    ├── ReceiptError                the text inside the note
    │   ├── ReceiptKindError          not a custody receipt
    │   └── ReceiptLineError          names the line
    └── VerificationError           well made, but not of what was asked
        ├── WrongOriginError          signed by another log's key
        ├── OutOfTenureError          signed by a key that was not, or no longer, in use for it
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

Their modules: `notes` (bytes and signatures), `log` (the log as files), `verification`. All names are read from here.

`str(error)` is a sentence for people. It repeats no byte of the input that was not checked before.
"""

from mufakat.proof.errors.log import (
    BundleError,
    CheckpointError,
    CosignatureTimeError,
    EntryTooLongError,
    ForkFileError,
    HashLengthError,
    PolicyError,
    TileCoordinateError,
    TileError,
    TileLengthError,
    TilePathError,
    TlogProofError,
    TreeSizeError,
)
from mufakat.proof.errors.notes import (
    AmbiguousKeyError,
    BadSignatureError,
    CanonicalError,
    CommitmentError,
    ControlCharacterError,
    DuplicateMemberError,
    DuplicateSignatureError,
    KeyAlgorithmError,
    KeyIDError,
    KeyNameError,
    KeysFileError,
    KeyTextError,
    LeafError,
    MalformedSignatureError,
    MissingBlankLineError,
    MissingFinalNewlineError,
    NaiveTimeError,
    NoKeyError,
    NoKnownSignatureError,
    NotCanonicalError,
    NoteError,
    NotEncodableError,
    NoteTooLongError,
    NotJSONError,
    NotSignableError,
    NotUTF8Error,
    PrivateKeyGivenError,
    ReceiptError,
    ReceiptKindError,
    ReceiptLineError,
    SignatureTextError,
    TooDeepError,
    TooManySignaturesError,
    WeakKeyError,
)
from mufakat.proof.errors.root import ProofError
from mufakat.proof.errors.verification import (
    ConsistencyError,
    InclusionError,
    LeafCountError,
    LeafDisagreesError,
    LeafMismatchError,
    LeafNeededError,
    LogNotInPolicyError,
    NoForkError,
    NotWitnessedError,
    OutOfTenureError,
    RootMismatchError,
    TileMismatchError,
    VerificationError,
    WrongOriginError,
)

__all__ = [
    "AmbiguousKeyError",
    "BadSignatureError",
    "BundleError",
    "CanonicalError",
    "CheckpointError",
    "CommitmentError",
    "ConsistencyError",
    "ControlCharacterError",
    "CosignatureTimeError",
    "DuplicateMemberError",
    "DuplicateSignatureError",
    "EntryTooLongError",
    "ForkFileError",
    "HashLengthError",
    "InclusionError",
    "KeyAlgorithmError",
    "KeyIDError",
    "KeyNameError",
    "KeyTextError",
    "KeysFileError",
    "LeafCountError",
    "LeafDisagreesError",
    "LeafError",
    "LeafMismatchError",
    "LeafNeededError",
    "LogNotInPolicyError",
    "MalformedSignatureError",
    "MissingBlankLineError",
    "MissingFinalNewlineError",
    "NaiveTimeError",
    "NoForkError",
    "NoKeyError",
    "NoKnownSignatureError",
    "NotCanonicalError",
    "NotEncodableError",
    "NotJSONError",
    "NotSignableError",
    "NotUTF8Error",
    "NotWitnessedError",
    "NoteError",
    "NoteTooLongError",
    "OutOfTenureError",
    "PolicyError",
    "PrivateKeyGivenError",
    "ProofError",
    "ReceiptError",
    "ReceiptKindError",
    "ReceiptLineError",
    "RootMismatchError",
    "SignatureTextError",
    "TileCoordinateError",
    "TileError",
    "TileLengthError",
    "TileMismatchError",
    "TilePathError",
    "TlogProofError",
    "TooDeepError",
    "TooManySignaturesError",
    "TreeSizeError",
    "VerificationError",
    "WeakKeyError",
    "WrongOriginError",
]
