"""The operator's keys of each shard.

The first is made on first start with private permissions, read by the writer, published in ``keys.json``. A key may be
exchanged (``rotation``): then keys and tenures lie in a folder beside the first one. ``keys.json`` there is what is
published, and what decides here which key signs what; it is read anew whenever it changed, by every process.

Custody is the operator's word. Its key signs nothing else than receipts, the lists of operators (`formats.feed`), and
the heads of the log (``notary``). While two keys are in office both sign heads, and the older one alone signs the rest:
so whoever has not fetched the new key yet has a month to do it.
"""

from __future__ import annotations

import json
import stat
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from mufakat.proof import tenure
from mufakat.proof.errors import KeyTextError
from mufakat.proof.key import SigningKey, VerifyKey
from mufakat.proof.tenure import Tenure
from mufakat.server.journal.files import sync_folder, write_private

if TYPE_CHECKING:
    from collections.abc import Sequence

TENURES: Final = "keys.json"
EXAMPLE: Final = "example"  # The shard of the story, which no other follows.


class KeyFileError(RuntimeError):
    """The key file cannot be used; the sentence says what to do."""


def origin(shard: str) -> str:
    """The name of the shard's log: the configured origin with its last segment, the shard, exchanged."""
    live: str = settings.MUFAKAT_ORIGIN
    return f"{live.rsplit('/', 1)[0]}/{shard}"


def live_shard() -> str:
    """The shard that takes what happens now."""
    live: str = settings.MUFAKAT_ORIGIN
    return live.rsplit("/", 1)[1]


def shards() -> list[str]:
    """Every shard that has a key, the live one first, ``example`` last."""
    found = {path.stem for path in Path(settings.MUFAKAT_DATA, "keys").glob("*.key")}
    others = sorted(found - {live_shard(), EXAMPLE})
    return [live_shard(), *others, *({EXAMPLE} & found - {live_shard()})]


def key_file(shard: str) -> Path:
    """Where the shard's private key lies."""
    if shard == live_shard() and settings.MUFAKAT_KEY_FILE:
        return Path(settings.MUFAKAT_KEY_FILE)
    return Path(settings.MUFAKAT_DATA, "keys", f"{shard}.key")


def make_key(shard: str) -> None:
    """Make the key unless there is one: fsynced, directory too, before anything is signed with it."""
    path = key_file(shard)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        write_private(path, SigningKey.generate(origin(shard)).private_text() + "\n", replace=False)
    sync_folder(path.parent.parent)  # The folder of the keys is new as well.


def later_keys(shard: str) -> Path:
    """The folder of the keys after the first one, and of the tenures of all."""
    first = key_file(shard)
    return first.with_name(f"{first.name}.d")


def signing_key(shard: str) -> SigningKey:
    """The key that signs receipts and lists: the oldest in office. Raises KeyFileError."""
    found = tenures(shard)
    if not found:
        return _read(key_file(shard), shard)
    return _held(shard, next(one.key for one in found if one.last is None))


def signing_keys(shard: str, size: int) -> list[SigningKey]:
    """The keys that sign a head of so many leaves: all that are in office for it. Raises KeyFileError."""
    found = tenures(shard)
    if not found:
        return [_read(key_file(shard), shard)]
    return [_held(shard, one.key) for one in found if one.covers(size)]


def verify_keys(shard: str) -> list[VerifyKey]:
    """Every key that ever signed for the shard, for what lies here and is our own. Raises KeyFileError."""
    return [one.key for one in tenures(shard)] or [_read(key_file(shard), shard).verify_key]


def tenures(shard: str) -> Sequence[Tenure]:
    """The keys with their tenures, oldest first; none as long as there has been one key only. Raises KeyFileError."""
    path = later_keys(shard) / TENURES
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return _tenures(path, (found.st_ino, found.st_size, found.st_mtime_ns))


def appoint(shard: str, found: Sequence[Tenure]) -> None:
    """Write the tenures, durable before anybody acts on them; one at least is in office."""
    write_private(later_keys(shard) / TENURES, json.dumps(_published(shard, found), indent=1) + "\n", replace=True)


def forget() -> None:
    """Read every key anew: for whoever exchanges files behind our back."""
    _read_at.cache_clear()
    _tenures.cache_clear()


def published(shard: str) -> dict[str, object]:
    """``keys.json`` of a shard: its keys, for which sizes of the log, and until when for custody."""
    return _published(shard, trusted(shard))


def trusted(shard: str) -> Sequence[Tenure]:
    """The keys with their tenures, also where there has been one only. Raises KeyFileError."""
    return tenures(shard) or (Tenure(key=signing_key(shard).verify_key),)


def _published(shard: str, found: Sequence[Tenure]) -> dict[str, object]:
    return {"origin": origin(shard), "keys": [_told(one) for one in found]}


def _told(one: Tenure) -> dict[str, object]:
    ended = {} if one.until is None else {"until": one.until}
    return {"vkey": one.key.vkey, "from": one.first, "to": one.last, **ended}


@lru_cache(maxsize=64)
def _tenures(path: Path, stamp: tuple[int, int, int]) -> Sequence[Tenure]:
    del stamp  # With another one it is read anew.
    try:
        found = tenure.read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, KeyTextError) as error:
        raise KeyFileError(f"the tenures of keys in {path} cannot be read: {error}") from None
    if all(one.last is not None for one in found):
        raise KeyFileError(f"none of the keys in {path} is in office")
    return tuple(found)


def _held(shard: str, key: VerifyKey) -> SigningKey:
    """The private key of a public one: the first, or one of the later ones."""
    later = later_keys(shard) / f"{key.key_id.hex()}.key"
    found = _read(later if later.exists() else key_file(shard), shard)
    if found.verify_key != key:
        raise KeyFileError(f"the private key of {key.label} is not there: {later}")
    return found


def _read(path: Path, shard: str) -> SigningKey:
    return _read_at(path, shard, origin(shard))


@lru_cache(maxsize=64)
def _read_at(path: Path, shard: str, named: str) -> SigningKey:
    """A private key, refused when others could read it or when it bears another name."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise KeyFileError(f"the key of shard {shard} cannot be read: {error.strerror}: {path}") from None
    except UnicodeDecodeError:
        raise KeyFileError(f"the key of shard {shard} cannot be read: it is not text: {path}") from None
    if stat.S_IMODE(mode) & 0o077:
        raise KeyFileError(f"the key {path} can be read by others (mode {stat.S_IMODE(mode):o}); make it 600")
    try:
        key = SigningKey.parse(text)
    except KeyTextError:
        raise KeyFileError(f"{path} holds no private key of a log") from None
    if key.name != named:
        raise KeyFileError(f"the key {path} is of {key.name}, but this log is {named} (MUFAKAT_ORIGIN)")
    return key
