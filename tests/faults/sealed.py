"""Opens sealed files with a reader of its own: a fault in the server's shall not hide a loss."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from books import Books, Exhibit, Upload
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK = 64 * 1024 + 16


def digest_of(folder: Path, name: str, key: bytes) -> bytes:
    """Return the digest of a file's content; nothing where it is missing, cut or otherwise does not open."""
    path = folder / "evidence" / name[:2] / name
    if not path.exists():
        return b""
    sealed, digest, cipher = path.read_bytes(), hashlib.sha256(), AESGCM(key)
    starts = range(0, max(len(sealed), 1), BLOCK)
    for number, start in enumerate(starts):
        nonce = number.to_bytes(11, "big") + (b"\1" if number == len(starts) - 1 else b"\0")
        try:
            digest.update(cipher.decrypt(nonce, sealed[start : start + BLOCK], b"mufakat/vault/v1"))
        except InvalidTag:
            return b""
    return digest.digest()


def is_held(exhibit: Exhibit, folder: Path) -> bool:
    """Whether the key of the notice opens the file that the exhibit stands for."""
    if exhibit.case is None or exhibit.file is None or exhibit.sealed_key is None:
        return False
    context = f"mufakat/exhibit/v1 {exhibit.notice} {exhibit.position}".encode()
    try:
        key = AESGCM(exhibit.case).decrypt(exhibit.sealed_key[:12], exhibit.sealed_key[12:], context)
    except InvalidTag:
        return False
    return digest_of(folder, exhibit.file, key) == exhibit.sha256


def is_stored(upload: Upload, folder: Path) -> bool:
    """Whether the file of an upload opens with the upload's own key."""
    return upload.key is not None and digest_of(folder, upload.file, upload.key) == upload.sha256


def unopened(books: Books, folder: Path) -> Iterator[str]:
    """Say which files the database speaks of do not open; whatever was answered, no row may stand without its file."""
    for exhibits in books.exhibits.values():
        for exhibit in exhibits:
            if not is_held(exhibit, folder):
                yield f"file {exhibit.position} of {exhibit.notice} does not open"
    for upload in books.uploads:
        if upload.key is not None and not is_stored(upload, folder):
            yield f"the file of {upload.id} does not open"
