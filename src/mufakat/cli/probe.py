"""``mufakat probe``: whether names are closed at resolvers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mufakat.cli import _print, _server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.runners.probe import Looked, Target

STATES = ("open", "closed")
SHOWN = ("operator", "carrying", "resolvers", "closed", "open", "silent")


@click.group()
def probe() -> None:
    """Ask resolvers whether names are closed: A, AAAA, with DNSSEC's DO bit, and over TCP."""


@probe.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--resolver", "resolvers", multiple=True, metavar="ADDRESS[#PORT]", help="Whom to ask; may be repeated.")
@click.option(
    "--zone", metavar="ZONE", help="The list whose canary shows that it filters: terrorism.isp-a.rpz.mufakat."
)
@click.option("--reference", metavar="ADDRESS[#PORT]", help="A resolver that filters nothing, to compare with.")
@click.option("--expect", type=click.Choice(STATES), help="Exit 1 where a name is answered otherwise.")
@click.option("--restriction", metavar="ID", help="Without names: this restriction alone.")
@_print.as_json
@click.pass_context
def run(
    context: click.Context,
    names: tuple[str, ...],
    resolvers: tuple[str, ...],
    zone: str | None,
    reference: str | None,
    expect: str | None,
    restriction: str | None,
    as_json: bool,
) -> None:
    """Ask these resolvers for these NAMEs, from this machine. Without any: ask every operator's, through the instance.

    Exit status: 0 when everything was answered, as expected; 1 when not, or when an operator keeps closed what was
    lifted; 2 when the command cannot be carried out as given.
    """
    if not names:
        if resolvers or zone or reference or expect:
            raise click.UsageError("Name what is asked for, or leave all options but --restriction away.")
        context.exit(_of_the_instance(restriction, as_json=as_json))
    if not resolvers or restriction:
        raise click.UsageError("Name a --resolver to be asked; --restriction goes without names.")
    context.exit(_from_here(names, resolvers, zone, reference, expect, as_json=as_json))


# -- From here --


def _from_here(
    names: Sequence[str],
    resolvers: Sequence[str],
    zone: str | None,
    reference: str | None,
    expect: str | None,
    *,
    as_json: bool,
) -> int:
    from mufakat.formats import rpz

    try:
        from mufakat.runners import probe as runner
    except ImportError as error:
        raise click.ClickException(str(error)) from None
    canary = rpz.canary(_plain(zone)) if zone else None
    wanted = [_plain(name) for name in names]
    questions = [runner.Question(_target(one), wanted, canary) for one in resolvers]
    looked = runner.look(questions, reference=_target(reference) if reference else None)
    if as_json:
        _print.print_json({"resolvers": [_told(one) for one in looked]})
    else:
        _show(looked)
    states = [one.state.value for each in looked for one in each.seen]
    good = all(state == expect if expect else state in STATES for state in states)
    return 0 if good and not any(each.filters is False for each in looked) else _server.NO


def _plain(name: str) -> str:
    """A name as it is asked for: A-labels, lower case."""
    import dns.exception
    import dns.name

    try:
        found = dns.name.from_text(name.strip(), idna_codec=dns.name.IDNA_2003)
        return found.to_text(omit_final_dot=True).lower()
    except (dns.exception.DNSException, UnicodeError, ValueError):
        raise click.UsageError(f"{_print.safe(name)} is no name that could be asked for.") from None


def _target(text: str) -> Target:
    from mufakat.rules.probing import BadResolverError, read_target
    from mufakat.runners.probe import Target

    try:
        return Target(*read_target(text))
    except BadResolverError as error:
        raise click.UsageError(str(error)) from None


def _told(one: Looked) -> dict[str, Any]:
    seen = [{"name": each.name, "state": each.state.value, **dict(_ways(each))} for each in one.seen]
    return {"address": one.question.at.address, "port": one.question.at.port, "filters": one.filters, "names": seen}


def _ways(seen: Any) -> list[tuple[str, str]]:
    return [(way.value, reading.value) for way, reading in seen.readings.items()]


def _show(looked: Sequence[Looked]) -> None:
    rows = [
        (f"{each.question.at.address}#{each.question.at.port}", one.name, one.state.value, one.ways)
        for each in looked
        for one in each.seen
    ]
    _print.table(("resolver", "name", "state", "by each way"), rows, empty="")
    for each in looked:
        if each.question.canary is not None:
            words = {True: "filters by the list", False: "does not filter by the list", None: "did not answer"}
            click.echo(f"{each.question.at.address}#{each.question.at.port} {words[each.filters]}")


# -- Through the instance --


def _of_the_instance(restriction: str | None, *, as_json: bool) -> int:
    with _server.instance() as house:
        found = house.deed("probe-run", {"restriction": restriction})
    if as_json:
        _print.print_json(found)
    else:
        rows = [
            (each["restriction"], each["state"], *(one[name] for name in SHOWN), one["opened"]["all"] or "-")
            for each in found["restrictions"]
            for one in each["operators"]
        ]
        heads = ("restriction", "state", "operator", "says", "resolvers", "closed", "open", "silent", "all open since")
        _print.table(heads, rows, empty="Nothing is followed at any resolver.")
    return _server.NO if found["behind"] else 0
