"""`--key VKEY|FILE`: the keys of logs that whoever asks trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mufakat.cli import _print
from mufakat.proof import note, tenure
from mufakat.proof.errors import KeyTextError, PrivateKeyGivenError
from mufakat.proof.key import VerifyKey
from mufakat.proof.tenure import Tenure

if TYPE_CHECKING:
    from collections.abc import Sequence


def read(text: str) -> Sequence[VerifyKey]:
    """The keys alone, whatever a file says of their tenures."""
    return tenure.keys_of(tenures(text))


def tenures(text: str) -> Sequence[Tenure]:
    """Take the text for a key first, which has no end; only what is none can be the name of a file."""
    try:
        return [Tenure(key=VerifyKey.parse(text))]
    except PrivateKeyGivenError as error:
        raise click.UsageError(str(error)) from None  # Without the text: it would stay in somebody's log.
    except KeyTextError as error:
        problem = error
    try:
        with click.open_file(text, "rb") as stream:
            content: bytes = stream.read(note.MAX_LENGTH + 1)
    except (OSError, ValueError):  # ValueError: a NUL in the name.
        told = f"--key {_print.plain(text)} is neither a key nor a file that can be read. {problem}"
        raise click.UsageError(told) from None
    try:
        return tenure.read(content.decode())
    except UnicodeDecodeError:
        raise click.UsageError(f"--key {_print.plain(text)}: the file is not UTF-8 text.") from None
    except KeyTextError as error:
        raise click.UsageError(f"--key {_print.plain(text)}: {error}") from None
