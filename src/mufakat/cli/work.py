"""``mufakat work``."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import click

from mufakat.cli import _print, _server

EVERY = 3_600.0  # Seconds between two rounds that are asked of a server, which does them by itself too.
WORDS = {
    "reactions": "reactions to events",
    "outbox_expanded": "rows of the outbox turned into deliveries",
    "deliveries_tried": "deliveries tried",
    "deliveries_given_up": "deliveries given up",
    "notices_erased": "notices erased",
    "answers_erased": "stored answers erased",
    "evidence_removed": "files of evidence removed",
    "imports_cleared": "files and refusals of imports removed",
    "contacts_erased": "former contacts erased",
    "drills": "contacts tried",
    "attempts_forgotten": "failed log-ins forgotten",
    "mails_erased": "mails erased",
    "chats_erased": "numbers of former chats erased",
    "chats_tidied": "updates, buttons and unfinished talks of chats dropped",
    "mail_turns": "letters that turned to the next contact",
    "mail_replies": "receipts of mails sent back",
    "mail_verdicts": "mails judged by DKIM",
    "mail_polled": "mails read from the mailbox",
    "register_merged": "steps by which erased words left the index of the register",
    "log_cut": "cuts of the database's log",
}


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now and end.")
@_print.as_json
def work(once: bool, as_json: bool) -> None:
    """Do what goes on by itself: deliver, climb, react; erase what is due, forget what is old.

    A running server does all of this. Without --once this goes on until it is stopped, in a process of its own:
    beside servers on PostgreSQL, or in place of one. Exit 1 when a part failed; the log says why.
    """
    if not once and (status := _server.work()) is not None:
        raise SystemExit(status)
    while True:
        counts, failed = rounds()
        if as_json:
            _print.print_json({"done": counts, "failed": failed})
        else:
            for name, count in counts.items():
                click.echo(f"{count:>7}  {WORDS.get(name, name.replace('_', ' '))}")
            for name in failed:
                click.echo(f"mufakat: {name.replace('_', ' ')}: this failed; the log says why", err=True)
        if once:
            raise SystemExit(_server.NO if failed else 0)
        time.sleep(EVERY)  # Outside the instance, whose lock others need meanwhile.


def rounds() -> tuple[dict[str, int], list[str]]:
    """Part after part until nothing is left: how much each chore did, and which failed."""
    counts: Counter[str] = Counter()
    failed: dict[str, None] = {}
    with _server.instance() as house:
        while True:
            told: dict[str, Any] = house.deed("work", {})
            for one in told["chores"]:
                counts[one["chore"]] += one["done"]
                if one["failed"]:
                    failed[one["chore"]] = None
            if not told["more"]:
                return dict(counts), list(failed)
