"""What is written wrong in canonical JSON, keys, notes, leaves and receipts."""

from mufakat.proof.errors.root import ProofError


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


class LeafError(ProofError):
    """A leaf breaks its schema; `member` is the member's name, or `leaf` for the whole."""

    def __init__(self, member: str, problem: str) -> None:
        super().__init__(member, problem)
        self.member = member
        self.problem = problem

    def __str__(self) -> str:
        return f"The leaf is not valid: {self.member} {self.problem}."


class NotSignableError(ProofError):
    """The type is none that a party signs, or the commitment is missing of which the statement speaks."""

    sentence = "A party signs nothing of this kind."


class SignatureTextError(ProofError):
    """The text is not a party's signature, to the byte."""

    sentence = "A party's signature is written k=<name>+<8 hex digits>; salt=<base64>; s=<base64>."


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
