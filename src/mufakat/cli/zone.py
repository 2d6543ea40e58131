"""``mufakat zone``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mufakat.cli import _print, _server
from mufakat.formats import rpz

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INCLUDED = "mufakat.conf"
NAMED = re.compile(r'^zone "([^"]+)"', re.MULTILINE)
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
    "--operator",
    "operators",
    multiple=True,
    metavar="HANDLE",
    help="Begin the zones of this operator alone; repeatable.",
)
@click.option("--shadow", is_flag=True, help="Begin also the lists that only measure.")
@_print.as_json
def prepare(folder: Path, operators: Sequence[str], shadow: bool, as_json: bool) -> None:
    """Write what a BIND primary is set up with into FOLDER: mufakat.conf to include, and a file for each new zone.

    Zones that have a file in FOLDER already are left as they are, and mufakat.conf names them whatever is chosen, since
    BIND forgets each zone that is not named. Then: rndc reconfig.
    """
    with _server.instance() as house:
        plan = house.deed("zone-plan", {"operators": list(operators), "shadow": shadow})
    folder.mkdir(parents=True, exist_ok=True)
    timers = rpz.Timers(*plan["timers"])
    chosen = [one["zone"] for one in plan["zones"] if one["chosen"]]
    made = [name for name in chosen if begun(file_of(folder, name), name, timers)]
    # A zone without a file is refused, and so is the whole configuration where an operator is not set up in it yet.
    zones = [one for one in plan["zones"] if file_of(folder, one["zone"]).exists()]
    dropped = sorted(named(folder / INCLUDED) - {one["zone"] for one in zones})
    (folder / INCLUDED).write_text(included(folder.absolute(), zones, key=plan["key"] or KEY), encoding="ascii")
    if dropped:
        click.echo(f"no longer named in {folder / INCLUDED}: {', '.join(dropped)}", err=True)
    if as_json:
        _print.print_json({"folder": str(folder), "made": made, "zones": len(zones), "dropped": dropped})
    else:
        click.echo(f"{len(zones)} zones in {folder / INCLUDED}, {len(made)} of them new")


def file_of(folder: Path, name: str) -> Path:
    """Where BIND keeps a zone; it is there once the zone was begun."""
    return folder / f"{name}.db"


def named(path: Path) -> set[str]:
    """The zones that the file to include names so far."""
    try:
        return set(NAMED.findall(path.read_text(encoding="ascii", errors="replace")))
    except FileNotFoundError:
        return set()


def begun(path: Path, name: str, timers: rpz.Timers) -> bool:
    """Write the file of an empty zone, unless there is one: BIND keeps the zone in it from then on."""
    try:
        with path.open("x", encoding="ascii") as file:
            file.writelines(rpz.write(name, 1, (), timers=timers))
    except FileExistsError:
        return False
    return True


def included(folder: Path, zones: Sequence[Mapping[str, Any]], *, key: str) -> str:
    """What named.conf includes. It names an ACL and a list of servers for each operator, which the operator's are."""
    lines = [
        "// Written by `mufakat zone prepare`. Your named.conf has the keys, and for each operator an acl and servers:",
        '//   acl "mufakat-isp-a" { key "isp-a"; };  primaries "mufakat-isp-a" { 192.0.2.53 key "isp-a"; };',
    ]
    for one in zones:
        name, whose = one["zone"], f"mufakat-{one['operator']}"
        lines += [
            f'zone "{name}" {{',
            f'    type primary; file "{file_of(folder, name)}";',
            f'    update-policy {{ grant "{key}" zonesub ANY; }};',
            f'    allow-transfer {{ key "{key}"; "{whose}"; }}; notify explicit; also-notify {{ "{whose}"; }};',
            "    notify-delay 0; max-journal-size 64m;",
            "};",
        ]
    return "\n".join(lines) + "\n"
