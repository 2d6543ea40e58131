"""`--party-key VKEY|FILE`: whose signatures a leaf carries, and whether they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mufakat.cli import _print
from mufakat.proof import note, party_keys
from mufakat.proof.errors import KeyTextError, PrivateKeyGivenError
from mufakat.proof.key import VerifyKey
from mufakat.proof.party_keys import Listed
from mufakat.proof.signed import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.proof.verify import Verified

WORDS = {
    Outcome.GOOD: "signed by",
    Outcome.BAD: "NOT signed by",
    Outcome.UNKNOWN: "signed, it says, by (no such key was given)",
    Outcome.FOREIGN: "NOT for this party to sign, but signed by",
    Outcome.NOT_ENROLLED: "signed, BEFORE it was enrolled, by",
    Outcome.RETIRED: "signed, AFTER it was retired, by",
}


def read(text: str) -> Sequence[Listed]:
    """A key, or a file of them: lines, or the list of a party as it is downloaded."""
    try:
        return [Listed(key=VerifyKey.parse(text))]
    except PrivateKeyGivenError as error:
        raise click.UsageError(str(error)) from None  # Without the text: it would stay in somebody's log.
    except KeyTextError:
        pass
    try:
        with click.open_file(text, "rb") as stream:
            return party_keys.read(stream.read(note.MAX_LENGTH + 1).decode())
    except (OSError, ValueError):  # ValueError: a NUL in the name, or no UTF-8.
        told = f"--party-key {_print.plain(text)} is neither a key nor a file that can be read."
        raise click.UsageError(told) from None
    except KeyTextError as error:
        raise click.UsageError(f"--party-key {_print.plain(text)}: {error}") from None


def facts(verified: Verified, keys: Sequence[Listed]) -> list[dict[str, str]] | None:
    """The signatures of the leaf that a good receipt is of; None where the leaf is not at hand."""
    if verified.leaf is None:
        return None
    checked = party_keys.check(verified.leaf, origin=verified.origin, index=verified.index, keys=keys)
    return [{"key": one.k, "party": one.party, "outcome": one.outcome.value} for one in checked]


def sentence(signatures: Sequence[dict[str, str]] | None) -> str:
    """What is said of them behind a receipt; nothing where nothing is known."""
    if signatures is None:
        return ""
    if not signatures:
        return ", signed by no party"
    return "".join(f", {WORDS[Outcome(one['outcome'])]} {one['key']}" for one in signatures)


def problem(signatures: Sequence[dict[str, str]] | None) -> str | None:
    """Why whoever gave keys of parties is not to take the receipt for signed; None where a given key signed it.

    A signature by a key that was not given is not wrong, and shows nothing by itself.
    """
    if signatures is None:
        return "Who signed it cannot be seen without the leaf: give --leaf."
    outcomes = {one["outcome"] for one in signatures}
    if outcomes - {Outcome.GOOD, Outcome.UNKNOWN}:
        return "A signature of a party does not hold."
    return None if Outcome.GOOD in outcomes else "None of the given keys of parties signed it."
