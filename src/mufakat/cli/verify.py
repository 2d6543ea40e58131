"""`mufakat verify`: check receipts offline, with nothing but the files and the keys one trusts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import click

from mufakat.cli import _keys, _print, _signers
from mufakat.proof import canonical, note, policy as policies
from mufakat.proof.cosignature import Cosignature
from mufakat.proof.errors import AmbiguousKeyError, PolicyError, ProofError
from mufakat.proof.party_keys import Listed
from mufakat.proof.policy import Policy
from mufakat.proof.tenure import Tenure
from mufakat.proof.verify import Kind, Verified, verify as verify_receipt

_BAD: Final = 1  # Exit codes; 0 is good, 2 (click's own) is usage.
_LATEST: Final = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())  # What a date can say.
_FACTS: Final = (
    *("kind", "origin", "notice", "leaf", "count", "root", "at", "mmd"),
    *("index", "size", "checkpoint", "cosigned", "event", "signatures"),
)


@dataclass(frozen=True, slots=True)
class _Trust:
    """What whoever asks trusts: keys, whose cosignatures, keys of parties; the time is that of this machine."""

    keys: Sequence[Tenure]
    policy: Policy | None
    parties: Sequence[Listed]
    at: datetime


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
@click.option(
    "quorum_file",
    "--quorum",
    metavar="FILE",
    help="A policy (C2SP tlog-policy): whose cosignatures you ask for. Only witnessed receipts are good then.",
)
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
    quorum_file: str | None,
    leaf_file: str | None,
    party_keys: tuple[str, ...],
    as_json: bool,
) -> None:
    """Check each receipt FILE offline (`-` is standard input) against keys you trust: of custody, or of inclusion.

    A custody receipt says that the operator took something; an inclusion receipt proves that the log holds it; with
    --quorum, that witnesses of your choice saw the log with it.

    Exit status: 0 when all are good, 1 when one is bad, 2 when the command cannot be carried out as given.
    """
    if leaf_file is not None and len(files) > 1:
        raise click.UsageError("--leaf belongs to one receipt: give one FILE with it.")
    if [*files, *keys, *party_keys, leaf_file, quorum_file].count("-") > 1:
        raise click.UsageError("Standard input can be read once only: give `-` once.")
    trust = _Trust(
        [key for text in keys for key in _keys.tenures(text)],
        None if quorum_file is None else _policy(quorum_file),
        [key for text in party_keys for key in _signers.read(text)],
        datetime.now(UTC),
    )
    leaf = None if leaf_file is None else _read(leaf_file)
    receipts = [(file, _read(file)) for file in files]
    rows = [_row(file, receipt, trust, leaf) for file, receipt in receipts]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        for row in rows:
            click.echo(_sentence(row, asked=bool(trust.parties)))
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


def _policy(file: str) -> Policy:
    try:
        return policies.parse(_read(file))
    except PolicyError as error:
        told = f"--quorum {_print.plain(file)} does not say whose cosignatures witnessed receipts need. {error}"
        raise click.UsageError(told) from None


def _row(file: str, receipt: bytes, trust: _Trust, leaf: bytes | None) -> dict[str, Any]:
    try:
        verified = verify_receipt(receipt, keys=trust.keys, leaf=leaf, policy=trust.policy, at=trust.at)
    except AmbiguousKeyError as error:
        raise click.UsageError(str(error)) from None
    except ProofError as error:
        return {"file": file, "good": False, **dict.fromkeys(_FACTS), "reason": str(error)}
    signatures = _signers.facts(verified, trust.parties)
    # Whoever gives no keys of parties asks for the operator's word alone; what the leaf carries is told all the same.
    reason = _signers.problem(signatures) if trust.parties else None
    return {"file": file, "good": reason is None, **_facts(verified), "signatures": signatures, "reason": reason}


def _facts(verified: Verified) -> dict[str, Any]:
    head, said = verified.checkpoint, verified.leaf
    return {
        "kind": verified.kind.value,
        "origin": verified.origin,
        "notice": verified.notice,
        "leaf": None if verified.leaf_hash is None else canonical.to_base64(verified.leaf_hash),
        "count": verified.count,
        "root": canonical.to_base64(verified.root),
        "at": verified.at,
        "mmd": verified.mmd,
        "index": verified.index,
        "size": None if head is None else head.size,
        "checkpoint": None if head is None else {"origin": head.origin, "root": canonical.to_base64(head.root)},
        "cosigned": None if head is None else [_cosigned(one) for one in verified.cosignatures],
        "event": None
        if said is None
        else {
            "id": said.id,
            "type": said.type,
            "at": said.at,
            "actor": said.actor,
            "case": said.case,
            "chan": said.chan,
            "seq": said.seq,
        },
    }


def _cosigned(one: Cosignature) -> dict[str, Any]:
    # A witness whose clock is past every calendar is told by its seconds alone.
    told = canonical.timestamp(datetime.fromtimestamp(one.time, UTC)) if one.time <= _LATEST else None
    return {"witness": one.key.name, "key": one.key.vkey, "time": one.time, "at": told}


def _sentence(row: dict[str, Any], *, asked: bool) -> str:
    signers = _signers.sentence(row["signatures"]) if asked else ""
    if not row["good"]:
        return _print.plain(f"bad: {row['file']}: {row['reason']}{signers}")
    if row["checkpoint"] is not None:
        return _print.plain(_held(row) + signers)
    what, digest = f"notice {row['notice']}", f"leaf {row['leaf']}"
    if row["kind"] == Kind.CUSTODY_BATCH:
        what, digest = f"{row['count']} notices", f"root {row['root']}"
    promise = "" if row["mmd"] is None else f", to be in the log within {row['mmd']} seconds"
    return _print.plain(f"good: {row['origin']} took {what} into custody at {row['at']}{promise} ({digest}){signers}")


def _held(row: dict[str, Any]) -> str:
    """What an inclusion or a witnessed receipt proves; the time of the event is the leaf's own word."""
    event = row["event"]
    what = f"{event['type']} by {event['actor']}" + ("" if event["case"] is None else f" about {event['case']}")
    where = f"at index {row['index']} of {row['size']} leaves"
    seen = "".join(f", cosigned by {one['witness']} at {one['at'] or one['time']}" for one in row["cosigned"])
    chain = f"no. {event['seq']} of {event['chan']}"
    return (
        f"good ({row['kind']}): the log {row['origin']} holds {what}, dated {event['at']}, {chain}, {where}{seen} "
        f"(leaf {row['leaf']}, root {row['checkpoint']['root']})"
    )
