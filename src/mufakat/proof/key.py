"""Ed25519 keys of signed notes, and their text forms (C2SP signed-note, signature type 0x01; Go's `sumdb/note`).

The public text, `<name>+<id>+<base64(0x01 ‖ public key)>`, is the vkey; the private one is
`PRIVATE+KEY+<name>+<id>+<base64(0x01 ‖ seed)>`. The id is SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)[:4], eight
lower-case hex digits. It is no protection: 32 bits can be made to collide.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, Self, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mufakat.proof import canonical
from mufakat.proof.errors import (
    AmbiguousKeyError,
    KeyAlgorithmError,
    KeyIDError,
    KeyNameError,
    KeysFileError,
    KeyTextError,
    NoKeyError,
    PrivateKeyGivenError,
    WeakKeyError,
)

KEY_LENGTH: Final = 32  # Bytes of a seed and of a public key.
SIGNATURE_LENGTH: Final = 64  # Bytes.

PRIVATE: Final = "PRIVATE+KEY+"  # What the text of every private key starts with.

_ED25519: Final = b"\x01"
# Lone surrogates are no UTF-8 either. `\s` is what Unicode calls a space.
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+").fullmatch
_FIELD_PRIME: Final = 2**255 - 19
# The y coordinates of the eight points of small order, as libsodium's `ge25519_has_small_order` lists them.
_SMALL_ORDER: Final = frozenset(
    {
        0,
        1,
        _FIELD_PRIME - 1,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    }
)


class _Named(Protocol):
    """A key that signature lines name."""

    @property
    def name(self) -> str: ...

    @property
    def key_id(self) -> bytes: ...


class KeysFileItem(msgspec.Struct):
    """A key in a log's keys.json: its vkey, and nothing that is said of it."""

    vkey: str


_Known = TypeVar("_Known", bound=_Named)
_Item = TypeVar("_Item", bound=KeysFileItem)


class _File(msgspec.Struct, Generic[_Item]):
    keys: list[_Item]


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key: its name, its 32 bytes, and the 4-byte id that follows from both.

    Raises KeyNameError, KeyTextError (length) or WeakKeyError.
    """

    name: str
    public_key: bytes
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise KeyNameError
        require_strong(self.public_key)
        object.__setattr__(self, "key_id", _key_id(self.name, self.public_key))

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read a vkey, strictly: every byte has one meaning. Raises KeyTextError and its children."""
        if vkey.startswith(PRIVATE):
            raise PrivateKeyGivenError
        name, key_id, public_key = split(vkey, _ED25519)
        key = cls(name, public_key)
        if key.key_id.hex() != key_id:
            raise KeyIDError
        return key

    @property
    def vkey(self) -> str:
        """The public text."""
        return f"{self.label}+{canonical.to_base64(_ED25519 + self.public_key)}"

    @property
    def label(self) -> str:
        """Name and id, `<name>+<8 hex digits>`: how a leaf's `sig` names a key."""
        return f"{self.name}+{self.key_id.hex()}"

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Ask whether this is the key's 64-byte signature of the message (RFC 8032)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """A private key: a name and a 32-byte seed, which no `repr` shows.

    Raises KeyNameError or KeyTextError (length).
    """

    __slots__ = ("_private", "_seed", "verify_key")

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != KEY_LENGTH:
            raise KeyTextError
        self._seed = bytes(seed)
        self._private = Ed25519PrivateKey.from_private_bytes(self._seed)
        self.verify_key: Final = VerifyKey(name, self._private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str, *, seed: bytes | None = None) -> Self:
        """Make a new key from the system's randomness, or from a seed of 32 bytes."""
        return cls(name, secrets.token_bytes(KEY_LENGTH) if seed is None else seed)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the private text, strictly. Raises KeyTextError and its children; none of them repeats the text."""
        if not text.startswith(PRIVATE):
            raise KeyTextError
        name, key_id, seed = split(text.removeprefix(PRIVATE), _ED25519)
        key = cls(name, seed)
        if key.key_id.hex() != key_id:
            raise KeyIDError
        return key

    @property
    def name(self) -> str:
        """The name, for a log its origin."""
        return self.verify_key.name

    @property
    def key_id(self) -> bytes:
        """The 4-byte id."""
        return self.verify_key.key_id

    @property
    def vkey(self) -> str:
        """The public text."""
        return self.verify_key.vkey

    def private_text(self) -> str:
        """Give the private text, for the key file and for nothing else."""
        return f"{PRIVATE}{self.verify_key.label}+{canonical.to_base64(_ED25519 + self._seed)}"

    def sign(self, message: bytes) -> bytes:
        """Give the 64-byte signature; the same message always gives the same bytes (RFC 8032)."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"<SigningKey {self.verify_key.label}>"


def is_name(name: str) -> bool:
    """Ask whether a key, and so a log, can have this name: not empty, no Unicode space, plus or control character."""
    return _NAME(name) is not None


def read_keys(text: str) -> list[VerifyKey]:
    """Read a file of public keys: vkeys, one a line, or a log's keys.json.

    Of keys.json only the vkeys count: `origin`, `from` and `to` are signed by nobody. Raises KeyTextError and its
    children; NoKeyError where there is none.
    """
    return [VerifyKey.parse(item.vkey) for item in read_items(text, KeysFileItem)]


def read_items(text: str, kind: type[_Item]) -> list[_Item]:
    """Read a file of public keys, of each what `kind` says: of a vkey on a line, nothing else. None is parsed.

    Raises KeysFileError, and NoKeyError where there is none.
    """
    if text.lstrip().startswith("{"):
        try:
            items = msgspec.json.decode(text, type=_File[kind]).keys  # type: ignore[valid-type]
        except (msgspec.DecodeError, UnicodeEncodeError):
            raise KeysFileError from None
    else:
        items = [kind(vkey=line) for line in text.split()]
    if not items:
        raise NoKeyError
    return items


def by_name_and_id(keys: Sequence[_Known]) -> dict[tuple[str, bytes], _Known]:
    """Give the keys by name and id, as signature lines name them. Raises AmbiguousKeyError where two have the same."""
    found: dict[tuple[str, bytes], _Known] = {}
    for key in keys:
        if found.setdefault((key.name, key.key_id), key) != key:
            raise AmbiguousKeyError
    return found


def require_strong(public_key: bytes) -> None:
    """Refuse what is no Ed25519 key: another length (KeyTextError), or one under which all can sign (WeakKeyError)."""
    if len(public_key) != KEY_LENGTH:
        raise KeyTextError
    y = int.from_bytes(public_key, "little") & (2**255 - 1)  # The highest bit is the sign of x.
    if y >= _FIELD_PRIME or y in _SMALL_ORDER:
        raise WeakKeyError


def key_id_of(name: str, kind: bytes, public_key: bytes) -> bytes:
    """Give the 4-byte id of a key of this signature type (`kind`, one byte)."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key).digest()[:4]


def split(text: str, kind: bytes) -> tuple[str, str, bytes]:
    """Give name, hex id and the 32 bytes of a key of this signature type; the id is not compared yet.

    Raises KeyTextError, and KeyAlgorithmError for another type.
    """
    parts = text.split("+", 2)  # Base64 may hold a plus itself.
    if len(parts) != 3:
        raise KeyTextError
    name, key_id, encoded = parts
    data = canonical.from_base64(encoded)
    if not data:
        raise KeyTextError
    if data[:1] != kind:
        raise KeyAlgorithmError
    if len(data) != 1 + KEY_LENGTH:
        raise KeyTextError
    return name, key_id, data[1:]


def _key_id(name: str, public_key: bytes) -> bytes:
    return key_id_of(name, _ED25519, public_key)
