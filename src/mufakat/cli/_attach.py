"""Files of evidence on their way into an instance, and into the notice that names them."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from typing import TYPE_CHECKING, Any

from mufakat.cli import _print, _server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ANY_TYPE = "application/octet-stream"


def upload(house: _server.Instance, file: Path, *, who: str) -> _server.Reply:
    """Store one file; it is read twice, and never held in memory."""
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
            stream.seek(0)
            return house.upload(f"/api/v1/evidence/{digest}", stream, size=size, seat=who)
    except OSError as error:
        _server.stop(f"{_print.safe(file)}: {error.strerror}")


def digest_of(file: Path) -> str:
    """The SHA-256 of a file."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        _server.stop(f"{_print.safe(file)}: {error.strerror}")


def attached(house: _server.Instance, raw: bytes, files: Sequence[Path], *, who: str) -> bytes:
    """The notice with the files stored and named in it; it ends here when one is refused.

    For child_sexual_abuse no byte leaves the sender: the files are named by their digests alone.
    """
    try:
        notice: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return raw  # The instance says what is wrong with it.
    if not isinstance(notice, dict) or not isinstance(notice.get("evidence") or [], list):
        return raw
    named = list(notice.get("evidence") or [])
    for file in files:
        if notice.get("category") == "child_sexual_abuse":
            digest = digest_of(file)
        else:
            reply = upload(house, file, who=who)
            if not reply.good:
                _server.refuse(reply, where=_print.safe(file))
            digest = reply.json()["sha256"]
        media_type = mimetypes.guess_type(file.name)[0] or ANY_TYPE
        named.append({"name": file.name, "media_type": media_type, "sha256": digest, "content": None})
    return json.dumps({**notice, "evidence": named}, ensure_ascii=False).encode("utf-8", "surrogateescape")
