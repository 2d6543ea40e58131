"""`mufakat policy`: check a filter policy offline, run its tests, try it; and what an instance does with policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from mufakat.cli import _policy_deeds, _print, _screening
from mufakat.formats import policies
from mufakat.formats.items import Bad
from mufakat.screening import backtest as back, policy_checks
from mufakat.screening.item import Action
from mufakat.screening.policy import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mufakat.screening.backtest import Said, Table
    from mufakat.screening.item import Item
    from mufakat.screening.policy import Atom, Policy, Rule, When

_BAD: Final = 1  # Exit codes; 0 is good, 2 (click's own) is usage.
_NOTHING: Final = "none"


@click.group()
def policy() -> None:
    """Filter policies: what follows from what banks find, as rules that are data.

    check, test and backtest need nothing but files; all others speak to the instance.
    """


for deed in _policy_deeds.COMMANDS:
    policy.add_command(deed)


@policy.command()
@click.argument("file", metavar="FILE")
@click.option("--banks", "folder", metavar="FOLDER", help="The banks: every name in the policy must be one of them.")
@_print.as_json
@click.pass_context
def check(context: click.Context, file: str, folder: str | None, as_json: bool) -> None:
    """Check the policy FILE (`-` is standard input): every fault with its line, or its rules in their order.

    Refused are unknown members, a rule that is never reached because a live one before it always holds, a measure that
    needs no entry as its basis, a test with a private item, a test that does not hold.

    Exit status: 0 when it is good, 1 when it has faults, 2 when the command cannot be carried out as given.
    """
    banks = None if folder is None else {bank.name: bank.allow for bank in _screening.banks(folder)}
    raw = _screening.read(file, policies.MAX_POLICY_BYTES)
    try:
        found = policies.parse(raw, banks=banks)
    except policies.PolicyRefusedError as refused:
        if as_json:
            faults = [_screening.as_fault(fault) for fault in refused.faults]
            _print.print_json({"file": file, "good": False, "faults": faults, "policy": None})
        else:
            for fault in refused.faults:
                click.echo(_screening.sentence(file, fault))
        context.exit(_BAD)
    if as_json:
        _print.print_json({"file": file, "good": True, "faults": [], "policy": _facts(found)})
    else:
        _show(found)


@policy.command()
@click.argument("file", metavar="FILE")
@_print.as_json
@click.pass_context
def test(context: click.Context, file: str, as_json: bool) -> None:
    """Run the tests of the policy FILE, as if every rule were live: what each expects, and what follows.

    No bank is needed: a test says itself what banks would find.

    Exit status: 0 when all hold, 1 when one does not or the policy has faults, 2 when the command cannot be carried out
    as given.
    """
    raw = _screening.read(file, policies.MAX_POLICY_BYTES)
    try:
        found = policies.parse(raw, tests=False)
    except policies.PolicyRefusedError as refused:
        for fault in refused.faults:
            click.echo(_screening.sentence(file, fault), err=True)
        context.exit(_BAD)
    tried = list(policy_checks.run(found))
    if as_json:
        rows = [
            {"name": each.test.name, "holds": each.holds, "action": each.action.value, "rule": each.rule}
            for each in tried
        ]
        _print.print_json({"file": file, "policy": found.ref, "good": all(each.holds for each in tried), "tests": rows})
    else:
        for each in tried:
            word = "holds" if each.holds else f"DOES NOT HOLD: {policy_checks.told(each)}"
            click.echo(_print.safe(f"{each.test.name}: {word}"))
        click.echo(f"{sum(each.holds for each in tried)} of {len(tried)} tests of {found.ref} hold.")
    context.exit(0 if all(each.holds for each in tried) else _BAD)


@policy.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.argument("file", metavar="ITEMS")
@_screening.folder
@click.option("--live", is_flag=True, help="As if every rule of NEW were live: what would follow if it were promoted.")
@click.option("--samples", type=click.IntRange(0, 100), default=back.SAMPLES, show_default=True, help="For each row.")
@_screening.when
@_print.as_json
@click.pass_context
def backtest(
    context: click.Context,
    old: str,
    new: str,
    file: str,
    folder: str,
    live: bool,
    samples: int,
    started: str | None,
    as_json: bool,
) -> None:
    """Judge ITEMS (NDJSON, `-` is standard input) by the policies OLD and NEW: what would change, how often, for which.

    OLD may be `none`: nothing was done before. Nothing is done to anybody. Rows are counted by action and rule before
    and after; the same items give the same samples. Private items are counted and not looked at.

    Exit status: 0 when all items were read, 1 when a line was none, 2 when the command cannot be carried out as given.
    """
    _screening.only_once(old, new, file)
    at = _screening.moment(started)
    banks = _screening.banks(folder)
    before = None if old == _NOTHING else _screening.policy(old, known=banks)
    after = _screening.policy(new, known=banks)
    items = _Items(file)
    table = back.compare(
        before,
        back.live(after) if live else after,
        items,
        banks=banks,
        at=at,
        samples=samples,
    )
    if as_json:
        _print.print_json(_table(table, unread=items.unread))
    else:
        _show_table(table, unread=items.unread)
    context.exit(_BAD if items.unread else 0)


class _Items:
    """The items of a file; a line that is none is said at once, and counted."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.unread = 0

    def __iter__(self) -> Iterator[Item]:
        for each in _screening.items(self._file):
            if isinstance(each, Bad):
                self.unread += 1
                for fault in each.faults:
                    click.echo(_screening.sentence(self._file, fault, line=each.number), err=True)
            else:
                yield each[1]


def _facts(found: Policy) -> dict[str, Any]:
    rules = [
        {
            "name": rule.name,
            "priority": rule.priority,
            "mode": rule.mode.value,
            "percent": rule.percent,
            "then": rule.then.value,
            "when": _condition(rule.when),
            "reason": {"id": rule.reason.id, "en": rule.reason.en},
        }
        for rule in _asked(found)
    ]
    return {"ref": found.ref, "rules": rules, "tests": len(found.tests)}


def _show(found: Policy) -> None:
    modes = ", ".join(f"{sum(rule.mode is mode for rule in found.rules)} {mode}" for mode in reversed(Mode))
    click.echo(f"good: {found.ref}: {len(found.rules)} rules ({modes}), {len(found.tests)} tests hold")
    rows = [(rule.name, rule.priority, _mode(rule), rule.then, _condition(rule.when)) for rule in _asked(found)]
    click.echo()
    _print.table(("rule", "priority", "mode", "then", "when"), rows, empty="It has no rules.")


def _asked(found: Policy) -> Sequence[Rule]:
    return sorted(found.rules, key=lambda rule: -rule.priority)


def _mode(rule: Rule) -> str:
    return rule.mode.value if rule.percent is None else f"{rule.mode} {rule.percent} %"


def _condition(when: When) -> str:
    parts = (("all of", when.all_of), ("one of", when.any_of), ("none of", when.none_of))
    said = [f"{word} {'; '.join(map(_atom, atoms))}" for word, atoms in parts if atoms]
    return " / ".join(said) or "always"


def _atom(atom: Atom) -> str:
    words = [] if atom.bank is None and atom.category is None and atom.least is None else [atom.bank or "any bank"]
    words += [] if atom.category is None else [f"category {atom.category}"]
    words += [] if atom.least is None else [f"at least {atom.least}"]
    words += [] if atom.kind is None else [f"kind {atom.kind}"]
    words += [] if atom.language is None else [f"language {atom.language}"]
    return ", ".join(words)


def _table(table: Table, *, unread: int) -> dict[str, Any]:
    rows = [
        {
            "before": _said(row.before),
            "after": _said(row.after),
            "changes": row.changes,
            "count": row.count,
            "samples": list(row.samples),
        }
        for row in table.rows
    ]
    told = {"before": table.before, "after": table.after, "items": table.items, "changed": table.changed}
    return {**told, "refused": table.refused, "unread": unread, "rows": rows, "shadow": table.would}


def _said(said: Said) -> dict[str, Any]:
    return {"action": said[0].value, "rule": said[1]}


def _show_table(table: Table, *, unread: int) -> None:
    click.echo(
        f"{table.before or 'nothing'} -> {table.after}: {table.items} items, {table.changed} with another action; "
        f"{table.refused} were not looked at (private, or too long), {unread} lines are no items"
    )
    click.echo()
    rows = [
        ("*" if row.changes else "", row.count, _in_words(row.before), _in_words(row.after), " ".join(row.samples))
        for row in table.rows
    ]
    _print.table(("", "items", "before", "after", "samples"), rows, empty="There were no items.")
    for name, count in table.would.items():
        click.echo(f"\n{name} only would have decided (shadow, or outside of its sample): {count}")


def _in_words(said: Said) -> str:
    action, rule = said
    return action.value if action is Action.NONE and rule is None else f"{action} ({rule})"
