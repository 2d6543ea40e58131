"""The operator's key of each shard.

Made on first start with private permissions, read by the writer, published as ``keys.json``.

Custody is the operator's word. Its key signs nothing else than receipts and the lists of operators now
(`formats.feed`), and checkpoints when the log runs.
"""

from __future__ import annotations

import stat
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from django.conf import settings

from mufakat.proof.errors import KeyTextError
from mufakat.proof.key import SigningKey
from mufakat.server.journal.files import sync_folder, write_private


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
    others = sorted(found - {live_shard(), "example"})
    return [live_shard(), *others, *({"example"} & found - {live_shard()})]


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


@cache
def signing_key(shard: str) -> SigningKey:
    """The shard's key, refused when others could read it or when it bears another name."""
    path = key_file(shard)
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
    if key.name != origin(shard):
        raise KeyFileError(f"the key {path} is of {key.name}, but this log is {origin(shard)} (MUFAKAT_ORIGIN)")
    return key


def published(shard: str) -> dict[str, object]:
    """``keys.json`` of a shard."""
    made = datetime.fromtimestamp(key_file(shard).stat().st_mtime, tz=UTC)
    since = made.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"origin": origin(shard), "keys": [{"vkey": signing_key(shard).vkey, "from": since, "to": None}]}
