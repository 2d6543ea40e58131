"""``mufakat party key``: the keys with which a party signs. The private one stays in its file."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import click

from mufakat.cli import _print, _server, _signing
from mufakat.proof import commitment, signed
from mufakat.proof.errors import KeyTextError
from mufakat.proof.key import SigningKey
from mufakat.rules.parties import HOUSE


@click.group()
def key() -> None:
    """The keys with which a party signs: public lines; private ones are never sent here."""


@key.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--party", "handle", required=True, help="The handle of the party, which becomes the key's name.")
@_print.as_json
def make(file: Path, handle: str, as_json: bool) -> None:
    """Make a new key and keep it in FILE (mode 600), which must not be there yet; print its public line."""
    try:
        made = SigningKey.generate(handle)
    except KeyTextError as error:
        _server.stop(str(error))
    _signing.write(file, made)
    if as_json:
        _print.print_json({"file": str(file), "key": made.vkey, "label": made.verify_key.label})
    else:
        click.echo(made.vkey)


@key.command()
@click.argument("handle")
@click.argument("vkey", required=False)
@_signing.option("it signs its enrolment, and events from then on")
@_print.as_json
def enrol(handle: str, vkey: str | None, sign_key: Path | None, as_json: bool) -> None:
    """Enrol a key on the party's word; the party is told.

    VKEY is a public line (<name>+<id>+<base64>), for what the party agrees. With --sign-key the key of that file is
    enrolled, which shows that it is at hand, and signs notices, deliveries and acknowledgements too.
    """
    private = _signing.read(sign_key)
    if (vkey is None) == (private is None):
        raise click.UsageError("give VKEY, or --sign-key FILE")
    with _server.instance() as house:
        told: dict[str, Any] = {"party": handle, "key": vkey}
        if private is not None:
            told |= {"key": private.vkey, **_proof(private, handle, origin=house.log)}
        made = house.deed("key-enrol", told)
    if as_json:
        _print.print_json(made)
    else:
        click.echo(f"{made['id']}: {_print.safe(made['party'])} signs with {_print.safe(made['key'])}")


def _proof(private: SigningKey, handle: str, *, origin: str) -> dict[str, Any]:
    salt = secrets.token_bytes(commitment.SALT_LENGTH)
    given = signed.enrol(private, private.vkey, origin=origin, sender=HOUSE, recipient=handle, salt=salt)
    return {"salt": given.salt, "signatures": [{"k": given.k, "s": given.s}]}


@key.command()
@click.argument("handle")
@click.argument("key_or_id", metavar="KEY")
@click.option("--reason", required=True, help="Why. The party reads it.")
@_print.as_json
def retire(handle: str, key_or_id: str, reason: str, as_json: bool) -> None:
    """Retire a key, by its id or its line: from now on it signs nothing; what it signed stays signed."""
    with _server.instance() as house:
        done = house.deed("key-retire", {"party": handle, "key": key_or_id, "reason": reason})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"{done['id']}: retired at {done['retired_at']}")


@key.command("list")
@click.argument("handle")
@_print.as_json
def keys(handle: str, as_json: bool) -> None:
    """List the keys of a party, oldest first."""
    with _server.instance() as house:
        found = house.deed("key-list", {"party": handle})
    if as_json:
        _print.print_json(found)
        return
    rows = [(one["id"], one["enrolled_at"], one["retired_at"] or "in force", one["key"]) for one in found]
    heads = ("key", "enrolled", "retired", "line")
    _print.table(heads, rows, empty="no keys; enrol one with: mufakat party key enrol HANDLE VKEY")


@key.command()
@click.argument("handle")
@_print.as_json
def waive(handle: str, as_json: bool) -> None:
    """Take unsigned notices of a party again that asked for signatures: only after you have asked the party itself."""
    with _server.instance() as house:
        done = house.deed("signing-waive", {"party": handle})
    if as_json:
        _print.print_json(done)
    else:
        click.echo(f"{_print.safe(done['party'])}: what it sends is taken unsigned again")


key.add_command(retire, "revoke")  # The same under the name that others look for.
