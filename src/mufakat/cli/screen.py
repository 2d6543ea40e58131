"""`mufakat screen`: judge items by a policy, offline, with nothing but files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from mufakat.cli import _print, _screening
from mufakat.formats.items import Bad
from mufakat.screening.errors import ItemRefusedError
from mufakat.screening.judging import Screener

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mufakat.screening.item import Item, Match, Verdict
    from mufakat.screening.policy import Rule

_BAD: Final = 1  # Exit codes; 0 is good, 2 (click's own) is usage.
_AROUND: Final = 20
_LONG: Final = 80
"""Characters of a text that are shown on each side of a match, and of the match itself."""


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--policy", "policy_file", metavar="FILE", required=True, help="The policy (YAML).")
@_screening.folder
@_screening.when
@_print.as_json
@click.pass_context
def screen(
    context: click.Context,
    files: tuple[str, ...],
    policy_file: str,
    folder: str,
    started: str | None,
    as_json: bool,
) -> None:
    """Judge each item of FILE (NDJSON, one a line, `-` is standard input) by a policy; nothing is done to anybody.

    Said is what follows, by which rule and version of the policy, and each entry with its place in the text. With
    --json it is one object a line, as the API answers. A private item is refused and not looked at.

    Exit status: 0 when every item was judged, whatever follows: to hold or to block is an answer, no error. 1 when a
    line was refused, 2 when the command cannot be carried out as given.
    """
    _screening.only_once(policy_file, *files)
    at = _screening.moment(started)
    banks = _screening.banks(folder)
    policy = _screening.policy(policy_file, known=banks)
    screener = Screener(policy, banks)
    rules = {rule.name: rule for rule in policy.rules}
    good = True
    for file in files:
        for each in _screening.items(file):
            number = each.number if isinstance(each, Bad) else each[0]
            said = _judged(screener, each, at)
            good = good and not isinstance(said, dict)
            if as_json:
                _print.print_line({"file": file, "line": number, **_as_json(said)})
            else:
                item = None if isinstance(each, Bad) else each[1]
                _say(f"{file}:{number}", item, said, rules)
    context.exit(0 if good else _BAD)


_Refusal = dict[str, Any]


def _judged(screener: Screener, each: tuple[int, Item] | Bad, at: datetime) -> Verdict | _Refusal:
    if isinstance(each, Bad):
        return {"item": None, "refused": "; ".join(f"{fault.detail} ({fault.pointer})" for fault in each.faults)}
    try:
        return screener.judge(each[1], at=at)
    except ItemRefusedError as refused:
        return {"item": refused.item, "refused": str(refused)}


def _as_json(said: Verdict | _Refusal) -> dict[str, Any]:
    if isinstance(said, dict):
        return said
    plain: dict[str, Any] = msgspec.to_builtins(said)
    return plain


def _say(place: str, item: Item | None, said: Verdict | _Refusal, rules: Mapping[str, Rule]) -> None:
    if isinstance(said, dict):
        name = "" if said["item"] is None else f"{said['item']}: "
        click.echo(_print.safe(f"{place}: {name}refused: {said['refused']}"))
        return
    by = "" if said.rule is None else f" by {said.rule} ({said.policy})"
    allowed = said.rule is None and said.matches
    click.echo(_print.safe(f"{place}: {said.item}: {said.action}{by}{', because it is allowed' if allowed else ''}"))
    if said.rule is not None:
        click.echo(_print.safe(f"    {rules[said.rule].reason.id} / {rules[said.rule].reason.en}"))
    for match in said.matches:
        click.echo(_print.safe(f"    {match.bank} {match.entry}{_where(match, '' if item is None else item.text)}"))
    if said.shadow:
        click.echo(_print.safe(f"    in shadow: {', '.join(said.shadow)}"))


def _where(match: Match, text: str) -> str:
    """The place of a match, between the marks [ and ], with a little of what is around it."""
    if match.span is msgspec.UNSET:
        return ", beside the text"
    start, end = match.span
    shown = text[start:end] if end - start <= _LONG else f"{text[start : start + _LONG]}..."
    before = ("..." if start > _AROUND else "") + text[max(0, start - _AROUND) : start]
    after = text[end : end + _AROUND] + ("..." if len(text) > end + _AROUND else "")
    return f" at {start}-{end}: {before}[{shown}]{after}"
