"""``mufakat zone``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mufakat.cli import _print, _server
from mufakat.formats import rpz

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INCLUDED = "mufakat.conf"
KEY = "mufakat-publisher"  # Where none is configured yet.


@click.group()
def zone() -> None:
    """The lists of closed names as zones of the DNS, one for each list and operator."""


@zone.command("list")
@_print.as_json
def listed(as_json: bool) -> None:
    """Which zones there are, and which serial the primary servers have."""
    with _server.instance() as house:
        found = house.deed("zone-list", {})
    if as_json:
        _print.print_json(found)
        return
    rows = [(one["zone"], one["serial"], one["published"] or "never", one["published_at"] or "") for one in found]
    _print.table(("zone", "serial", "published", "at"), rows, empty="no list has been needed yet")


@zone.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--operator", "operators", multiple=True, metavar="HANDLE", help="Only of this operator; may be repeated."
)
@click.option("--shadow", is_flag=True, help="Also the lists that only measure.")
@_print.as_json
def prepare(folder: Path, operators: Sequence[str], shadow: bool, as_json: bool) -> None:
    """Write what a BIND primary is set up with into FOLDER: mufakat.conf to include, and a file for each new zone.

    Zones that have a file already are left as they are. Then: rndc reconfig.
    """
    with _server.instance() as house:
        plan = house.deed("zone-plan", {"operators": list(operators), "shadow": shadow})
    folder.mkdir(parents=True, exist_ok=True)
    timers = rpz.Timers(*plan["timers"])
    made = [one["zone"] for one in plan["zones"] if begun(folder / f"{one['zone']}.db", one["zone"], timers)]
    (folder / INCLUDED).write_text(included(folder.absolute(), plan), encoding="ascii")
    if as_json:
        _print.print_json({"folder": str(folder), "made": made, "zones": len(plan["zones"])})
    else:
        click.echo(f"{len(plan['zones'])} zones in {folder / INCLUDED}, {len(made)} of them new")


def begun(path: Path, name: str, timers: rpz.Timers) -> bool:
    """Write the file of an empty zone, unless there is one: BIND keeps the zone in it from then on."""
    try:
        with path.open("x", encoding="ascii") as file:
            file.writelines(rpz.write(name, 1, (), timers=timers))
    except FileExistsError:
        return False
    return True


def included(folder: Path, plan: Mapping[str, Any]) -> str:
    """What named.conf includes. It names an ACL and a list of servers for each operator, which the operator's are."""
    lines = [
        "// Written by `mufakat zone prepare`. Your named.conf has the keys, and for each operator an acl and servers:",
        '//   acl "mufakat-isp-a" { key "isp-a"; };  primaries "mufakat-isp-a" { 192.0.2.53 key "isp-a"; };',
    ]
    key = plan["key"] or KEY
    for one in plan["zones"]:
        name, whose = one["zone"], f"mufakat-{one['operator']}"
        lines += [
            f'zone "{name}" {{',
            f'    type primary; file "{folder / name}.db";',
            f'    update-policy {{ grant "{key}" zonesub ANY; }};',
            f'    allow-transfer {{ key "{key}"; "{whose}"; }}; notify explicit; also-notify {{ "{whose}"; }};',
            "    notify-delay 0; max-journal-size 64m;",
            "};",
        ]
    return "\n".join(lines) + "\n"
