"""`--sign-key FILE`: sign what is sent with a key of the party. The private key is read here, and never sent."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from mufakat.cli import _print, _server
from mufakat.client import signing
from mufakat.client.errors import BadAnswerError
from mufakat.proof.errors import KeyTextError
from mufakat.proof.key import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 4096  # Bytes of a key file; the text of a key has some hundred.


def option(words: str) -> Callable[..., Any]:
    """The option, with what is signed."""
    return click.option(
        "--sign-key",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"A file with a private key of the party ({words}).",
    )


def read(file: Path | None) -> SigningKey | None:
    """The key of a file that nobody else may read; what cannot be used ends with a sentence."""
    if file is None:
        return None
    try:
        with file.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            text = stream.read(LARGEST).decode("ascii", "replace").strip()
    except OSError as error:
        _server.stop(f"{_print.safe(file)}: {error.strerror}")
    if mode & 0o077:
        _server.stop(f"{_print.safe(file)} can be read by others (mode {mode:o}); make it 600")
    try:
        return SigningKey.parse(text)
    except KeyTextError:
        _server.stop(f"{_print.safe(file)} holds no private key; make one with: mufakat party key make")


def write(file: Path, key: SigningKey) -> None:
    """A new key file, for its owner alone; one that is there already is not written over."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(key.private_text() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        _server.stop(f"{_print.safe(file)}: {error.strerror}")


def for_notice(house: _server.Instance, key: SigningKey | None, raw: bytes) -> dict[str, str]:
    """The header of a notice."""
    if key is None:
        return {}
    return signing.header(signing.of_notice(key, raw, origin=house.log))


def for_receipt(
    house: _server.Instance, key: SigningKey | None, notice: str, type_: str, *, who: str, note: str = ""
) -> dict[str, str]:
    """The header of a delivery or an acknowledgement, after the leaf of the notice was looked at."""
    if key is None:
        return {}
    path = f"/api/v1/notices/{quote(notice, safe='')}"
    found, events = (_read(house, place, who) for place in (path, f"{path}/events"))
    _, origin, *_ = [*str(found["receipt"]).splitlines(), "", ""]
    # A notice may have begun in a former shard of this log; it is no other log's.
    if origin.rpartition("/")[0] != house.log.rpartition("/")[0]:
        _server.stop(f"{_print.safe(origin)} is no shard of this instance's log; nothing was signed", _server.NO)
    try:
        given = signing.of_receipt(key, found, events["items"], type_, origin=origin, note=note)
    except BadAnswerError as error:
        _server.stop(str(error), _server.NO)
    return signing.header(given)


def _read(house: _server.Instance, path: str, who: str) -> Any:
    reply = house.request("GET", path, seat=who)
    if not reply.good:
        _server.refuse(reply)
    return reply.json()
