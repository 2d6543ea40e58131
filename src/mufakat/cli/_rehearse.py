"""``mufakat agreement rehearse``: a draft, or a profile, on what came in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from mufakat.cli import _print, _seat, _server
from mufakat.rules import profile as profiles

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = {"notice.acknowledged": "taken on", "decision.made": "decided"}


@click.command()
@click.argument("agreement_id", required=False)
@click.option("--profile", metavar="REF|FILE", help="This profile, instead of that on the table.")
@click.option(
    "--from", "sender", metavar="HANDLE", help="On what this party sent; with --to, and without an agreement."
)
@click.option("--to", "recipient", metavar="HANDLE", help="On what was sent to this party.")
@click.option(
    "--notices", type=click.IntRange(1, 100_000), default=500, show_default=True, help="On so many, the newest."
)
@_print.seat_options("representative")
@_print.as_json
def rehearse(
    agreement_id: str | None,
    profile: str | None,
    sender: str | None,
    recipient: str | None,
    notices: int,
    handle: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Say how the newest notices would have met the clocks of what is on the table of an agreement.

    Or of a profile, a file of one as well, with --profile, --from and --to: then the operator asks, for two parties.
    """
    alone = agreement_id is None
    if alone and not (profile and sender and recipient):
        raise click.UsageError("name an agreement, or --profile, --from and --to")
    if not alone and (sender or recipient):
        raise click.UsageError("--from and --to go without an agreement: its parties are known")
    with _server.instance() as house:
        if alone:
            told = {"profile": profile, "sender": sender, "recipient": recipient, "notices": notices}
            found = house.deed("profile-rehearse", {**told, "text": _text(profile or "")})
        else:
            who = _seat.seat(house, handle, role, "platform", quiet=as_json)
            asked = urlencode({"notices": notices, "profile": profile or ""})
            path = f"/api/v1/agreements/{quote(agreement_id or '', safe='')}/rehearsal?{asked}"
            answer = house.request("GET", path, seat=who)
            if not answer.good:
                _server.refuse(answer)
            found = answer.json()
    if as_json:
        _print.print_json(found)
    else:
        show(found)


def _text(profile: str) -> str | None:
    """The text of a profile that is a file here; None where it is a name."""
    path = Path(profile)
    if not profile.endswith((".yaml", ".yml")):
        return None
    try:
        with path.open("rb") as stream:
            return stream.read(profiles.MAX_PROFILE_BYTES + 1).decode(errors="replace")
    except OSError as error:
        raise click.UsageError(f"{_print.safe(profile)} cannot be read: {error.strerror}.") from None


def show(found: Mapping[str, Any]) -> None:
    """The rehearsal in lines."""
    since = f", {found['from']} to {found['to']}" if found["from"] else ""
    click.echo(f"{_print.safe(found['profile'])} on {found['notices']} notices{since}\n")
    rows = [
        (
            one["name"],
            ", ".join(f"{state} {many}" for state, many in one["states"].items()),
            "a right" if one["right"] else _share(one["in_time"]),
            one["certainty"] + (", a target" if one["target"] else ""),
        )
        for one in found["clocks"]
    ]
    _print.table(("clock", "how many stand how", "in time", "certainty"), rows, empty="No clock of it would have run.")
    click.echo()
    steps = [
        (NAMES.get(one["step"], one["step"]), _share(one["was"]), _share(one["would"]), one["gained"], one["lost"])
        for one in found["steps"]
    ]
    _print.table(("step", "in time as it was", "under the draft", "gained", "lost"), steps, empty="")
    for kind, many in found["not_taken"].items():
        click.echo(f"not taken under it: {many} of the kind {kind}")
    if found["not_seen"]:
        click.echo(f"not written yet, so not rehearsed: {', '.join(found['not_seen'])}")
    click.echo("\nAs things went: nobody knows how people would have acted by other clocks.")


def _share(one: Mapping[str, Any]) -> str:
    if one["value"] is None:
        return "–"
    return f"{100 * one['value']:.1f} % ({100 * one['lower']:.1f} – {100 * one['upper']:.1f})"
