"""What the commands of screening read: a policy, a folder of banks, items, a moment. What is wrong is said by line."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mufakat.cli import _print
from mufakat.formats import banks as bank_files, policies
from mufakat.formats.screened import read_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mufakat.formats.items import Bad
    from mufakat.rules.errors import DocumentRefusedError
    from mufakat.rules.fault import Fault
    from mufakat.screening.bank import Bank
    from mufakat.screening.item import Item
    from mufakat.screening.policy import Policy

folder = click.option(
    "--banks",
    "folder",
    metavar="FOLDER",
    required=True,
    help="The banks: one file each, <name>.ndjson, whose first line says what the bank is.",
)
when = click.option(
    "--at", "started", metavar="TIME", help="The time that counts for entries that end (RFC 3339). Without it: now."
)


def moment(text: str | None) -> datetime:
    """The moment that was given, or now."""
    if text is None:
        return datetime.now(UTC)
    with contextlib.suppress(ValueError):
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None and 1970 <= at.year <= 2100:
            return at
    raise click.UsageError("--at is a moment with its zone, from 1970 to 2100, such as 2026-11-26T12:00:00+07:00.")


def read(file: str, limit: int) -> bytes:
    """Read a little more than a file may have, so that what reads it refuses what is too long."""
    try:
        with click.open_file(file, "rb") as stream:
            content: bytes = stream.read(limit + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name.
        unreadable(file, error)
    return content


def policy(file: str, *, known: Iterable[Bank] | None = None) -> Policy:
    """The policy in this file; the command ends where it has faults, with each of them and its line."""
    raw = read(file, policies.MAX_POLICY_BYTES)
    try:
        return policies.parse(raw, banks=None if known is None else {bank.name: bank.allow for bank in known})
    except policies.PolicyRefusedError as refused:
        stop(file, refused)


def banks(folder: str) -> list[Bank]:
    """The banks of a folder, by name; the command ends where one has faults, with each of them and its line."""
    try:
        paths = sorted(path for path in Path(folder).iterdir() if path.name.endswith(bank_files.SUFFIX))
    except (OSError, ValueError) as error:
        unreadable(folder, error)
    if not paths:
        raise click.UsageError(f"{_print.safe(folder)} holds no bank: no file ends in {bank_files.SUFFIX}.")
    return [_bank(path) for path in paths]


def items(file: str) -> Iterator[tuple[int, Item] | Bad]:
    """The items of a file (`-` is standard input), each with its line."""
    try:
        with click.open_file(file, "rb") as stream:
            yield from read_items(stream)
    except (OSError, ValueError) as error:
        unreadable(file, error)


def only_once(*files: str) -> None:
    """Refuse to read standard input twice."""
    if files.count("-") > 1:
        raise click.UsageError("Standard input can be read once only: give `-` once.")


def sentence(file: str, fault: Fault, *, line: int | None = None) -> str:
    """A fault in one line."""
    place = f" ({fault.pointer})" if fault.pointer else ""
    return _print.safe(f"{file}:{fault.line if line is None else line}: {fault.detail}{place}")


def as_fault(fault: Fault) -> dict[str, Any]:
    """A fault for machines."""
    return {"line": fault.line, "pointer": fault.pointer, "code": fault.code.value, "detail": fault.detail}


def stop(file: str, refused: DocumentRefusedError) -> NoReturn:
    """End the command with every fault of a file."""
    for fault in refused.faults:
        click.echo(sentence(file, fault), err=True)
    raise click.exceptions.Exit(2)


def unreadable(file: str, error: Exception) -> NoReturn:
    """End the command because a file cannot be read."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "not the name of a file"
    raise click.UsageError(f"{_print.safe(file)} cannot be read: {reason}.") from None


def _bank(path: Path) -> Bank:
    from mufakat.screening import banks as shelves

    try:
        with path.open("rb") as stream:
            head, entries = bank_files.read_bank(stream)
    except OSError as error:
        unreadable(str(path), error)
    except bank_files.BankRefusedError as refused:
        stop(str(path), refused)
    except ImportError as error:
        raise click.UsageError(f"{_print.safe(path)}: {error}") from None
    if path.name != f"{head.bank}{bank_files.SUFFIX}":
        raise click.UsageError(f"{_print.safe(path)}: this file holds the bank {head.bank}; name it so.")
    try:
        return shelves.make(head.bank, head.kind, entries, allow=head.allow)
    except ImportError as error:
        raise click.UsageError(f"{_print.safe(path)}: {error}") from None
