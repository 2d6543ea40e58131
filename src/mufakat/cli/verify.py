"""`mufakat verify`: check receipts offline, with nothing but the files and the keys one trusts."""

import json
from collections.abc import Sequence
from typing import Any, Final

import click

from mufakat.cli import _keys, _print, _signers
from mufakat.proof import canonical, note
from mufakat.proof.errors import AmbiguousKeyError, ProofError
from mufakat.proof.key import VerifyKey
from mufakat.proof.verify import Kind, Verified, verify as verify_receipt

_BAD: Final = 1  # Exit codes; 0 is good, 2 (click's own) is usage.


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "keys",
    "--key",
    metavar="VKEY|FILE",
    multiple=True,
    required=True,
    help="A key you trust: its text, or a file of such lines, or a log's keys.json. May be given several times.",
)
@click.option("--quorum", metavar="FILE", help="The witnesses you ask for. Only for witnessed receipts.")
@click.option("leaf_file", "--leaf", metavar="FILE", help="The leaf's bytes; the receipt must be the one for them.")
@click.option(
    "party_keys",
    "--party-key",
    metavar="VKEY|FILE",
    multiple=True,
    help="A key of a party, or the list of its keys: whose signatures the leaf carries. May be given several times.",
)
@click.option("as_json", "--json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def verify(
    context: click.Context,
    files: tuple[str, ...],
    keys: tuple[str, ...],
    quorum: str | None,
    leaf_file: str | None,
    party_keys: tuple[str, ...],
    as_json: bool,
) -> None:
    """Check each receipt FILE offline (`-` is standard input) against keys you trust.

    Exit status: 0 when all are good, 1 when one is bad, 2 when the command cannot be carried out as given.
    """
    if quorum is not None:
        raise click.UsageError(
            "--quorum is for witnessed receipts, which this version does not verify yet: leave it out."
        )
    if leaf_file is not None and len(files) > 1:
        raise click.UsageError("--leaf belongs to one receipt: give one FILE with it.")
    if [*files, *keys, *party_keys, leaf_file].count("-") > 1:
        raise click.UsageError("Standard input can be read once only: give `-` once.")
    trusted = [key for text in keys for key in _keys.read(text)]
    leaf = None if leaf_file is None else _read(leaf_file)
    receipts = [(file, _read(file)) for file in files]
    parties = [key for text in party_keys for key in _signers.read(text)]
    rows = [_row(file, receipt, trusted, leaf, parties) for file, receipt in receipts]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        for row in rows:
            click.echo(_sentence(row, asked=bool(parties)))
    context.exit(0 if all(row["good"] for row in rows) else _BAD)


def _read(file: str) -> bytes:
    """Read a little more than any receipt may have, so that the verification refuses what is too long."""
    try:
        with click.open_file(file, "rb") as stream:
            content: bytes = stream.read(note.MAX_LENGTH + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not the name of a file"
        raise click.UsageError(f"{_print.plain(file)} cannot be read: {reason}.") from None
    return content


def _row(
    file: str, receipt: bytes, trusted: Sequence[VerifyKey], leaf: bytes | None, parties: Sequence[VerifyKey]
) -> dict[str, Any]:
    try:
        verified = verify_receipt(receipt, keys=trusted, leaf=leaf)
    except AmbiguousKeyError as error:
        raise click.UsageError(str(error)) from None
    except ProofError as error:
        names = ("kind", "origin", "notice", "leaf", "count", "root", "at", "mmd", "signatures")
        return {"file": file, "good": False, **dict.fromkeys(names), "reason": str(error)}
    signatures = _signers.facts(receipt, leaf, verified, parties)
    good, reason = (True, None) if _signers.hold(signatures) else (False, "A signature of a party does not hold.")
    return {"file": file, "good": good, **_facts(verified), "signatures": signatures, "reason": reason}


def _facts(verified: Verified) -> dict[str, Any]:
    return {
        "kind": verified.kind.value,
        "origin": verified.origin,
        "notice": verified.notice,
        "leaf": None if verified.leaf_hash is None else canonical.to_base64(verified.leaf_hash),
        "count": verified.count,
        "root": canonical.to_base64(verified.root),
        "at": verified.at,
        "mmd": verified.mmd,
    }


def _sentence(row: dict[str, Any], *, asked: bool) -> str:
    signers = _signers.sentence(row["signatures"]) if asked else ""
    if not row["good"]:
        return _print.plain(f"bad: {row['file']}: {row['reason']}{signers}")
    what, digest = f"notice {row['notice']}", f"leaf {row['leaf']}"
    if row["kind"] == Kind.CUSTODY_BATCH:
        what, digest = f"{row['count']} notices", f"root {row['root']}"
    promise = "" if row["mmd"] is None else f", to be in the log within {row['mmd']} seconds"
    return _print.plain(f"good: {row['origin']} took {what} into custody at {row['at']}{promise} ({digest}){signers}")
