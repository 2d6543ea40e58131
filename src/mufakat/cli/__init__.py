"""``mufakat``: one file per noun.

Only ``_server`` imports the server, inside functions, so that the bare wheel stays bare.
"""

from __future__ import annotations

import click

from mufakat import __version__
from mufakat.cli import _binding, _rotating
from mufakat.cli.agreement import agreement
from mufakat.cli.appeal import appeal
from mufakat.cli.bank import bank
from mufakat.cli.capacity import capacity
from mufakat.cli.decision import decision
from mufakat.cli.delivery import delivery
from mufakat.cli.doctor import doctor
from mufakat.cli.endpoint import endpoint
from mufakat.cli.evidence import evidence
from mufakat.cli.example import example
from mufakat.cli.feed import feed
from mufakat.cli.governance import governance
from mufakat.cli.hit import hit
from mufakat.cli.log import log
from mufakat.cli.mail import mail
from mufakat.cli.mandate import mandate
from mufakat.cli.measure import measure
from mufakat.cli.monitor import monitor
from mufakat.cli.never_block import never_block
from mufakat.cli.notice import notice
from mufakat.cli.notification import notification
from mufakat.cli.party import party
from mufakat.cli.person import person
from mufakat.cli.policy import policy
from mufakat.cli.probe import probe
from mufakat.cli.profile import profile
from mufakat.cli.receipt import receipt
from mufakat.cli.register import register
from mufakat.cli.representative import representative
from mufakat.cli.resolver import resolver
from mufakat.cli.restriction import restriction
from mufakat.cli.sample import sample
from mufakat.cli.screen import screen
from mufakat.cli.serve import migrate, serve, welcome
from mufakat.cli.statement import statement
from mufakat.cli.telegram import telegram
from mufakat.cli.token import token
from mufakat.cli.verify import verify
from mufakat.cli.work import work
from mufakat.cli.zone import zone


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mufakat")
def main() -> None:
    """Notices with signed receipts, decisions with reasons, blocks with an end.

    Commands that read or write an instance use its data directory ($MUFAKAT_DATA, default ./data): through the running
    server, or by themselves when none runs. Exit status: 0 good, 1 no, 2 wrong use.
    """


COMMANDS = (
    *(serve, migrate, welcome, doctor, work, example, party, person, token, representative, mandate, agreement),
    *(
        notice,
        decision,
        measure,
        appeal,
        governance,
        evidence,
        log,
        mail,
        receipt,
        verify,
        probe,
        profile,
        capacity,
        delivery,
        endpoint,
        feed,
        statement,
        register,
    ),
    *(restriction, never_block, resolver, zone),
    *(log, monitor),
    *(bank, hit, notification, policy, sample, screen, telegram),
)
for command in COMMANDS:
    main.add_command(command)
for command in _binding.COMMANDS:
    telegram.add_command(command)
for command in _rotating.COMMANDS:
    log.add_command(command)
