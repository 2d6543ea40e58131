"""Terms and agreements as people write them in a file, YAML or JSON; and the key that signs for a party."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from mufakat.cli import _print, _server
from mufakat.proof.errors import ProofError
from mufakat.proof.key import SigningKey
from mufakat.rules.fault import Faults
from mufakat.rules.reading import Members, parse_json
from mufakat.rules.yaml_reading import parse_yaml

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 512 * 1024  # Bytes: as much as is read of an agreement.


def read(file: Path) -> Any:
    """The plain values of the file, JSON or YAML; '-' is standard input. Ends with a sentence where it is neither."""
    raw = _bytes(file)
    faults = Faults()
    if raw.lstrip()[:1] == b"{":
        value, line = parse_json(raw, faults), ""
    else:
        document = parse_yaml(raw, faults, limit=LARGEST)
        value, line = document.value, f":{document.line_of('')}"
    if faults.found:
        _server.stop(f"{_print.safe(file)}{line}: {faults.found[0].detail}")
    if name := _repeated(value):
        _server.stop(f"{_print.safe(file)}: {_print.safe(name)} stands twice in one place")
    return value


def sent(value: Any) -> bytes:
    """The values as they are sent. A number that no two readers read alike is not sent at all."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except TypeError:
        _server.stop("a number in the file is not finite, or does not fit into 64 bits")


def signing_key(file: Path) -> SigningKey:
    """The private key of a file, in the text form of signed notes."""
    try:
        return SigningKey.parse(_bytes(file).decode().strip())
    except (ProofError, UnicodeDecodeError):
        _server.stop(f"{_print.safe(file)}: this is no private key (PRIVATE+KEY+…)")  # Nothing of it is repeated.


def _bytes(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read(LARGEST + 1) if str(file) == "-" else file.read_bytes()
    except OSError as error:
        _server.stop(f"{_print.safe(file)}: {error.strerror}")


def _repeated(value: Any) -> str | None:
    """A name that stands twice in one object: which of the two is meant, nobody can know."""
    if isinstance(value, Members) and value.repeated:
        return str(value.repeated[0])
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((name for one in inner if (name := _repeated(one))), None)
