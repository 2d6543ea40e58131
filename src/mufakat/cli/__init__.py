"""``mufakat``: one file per noun.

Only ``_server`` imports the server, inside functions, so that the bare wheel stays bare.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import click

from mufakat import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

# In which file a command stands, where it is not the one of its name.
ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType({"migrate": "serve", "welcome": "serve"})
NAMES: Final = (
    *("serve", "migrate", "welcome", "doctor", "work", "example"),
    *("party", "person", "token", "representative", "mandate", "agreement"),
    *("notice", "decision", "measure", "appeal", "governance", "evidence", "statement", "register"),
    *("restriction", "never-block", "resolver", "zone", "feed", "probe"),
    *("bank", "hit", "notification", "policy", "sample", "screen", "telegram"),
    *("log", "monitor", "receipt", "verify"),
    *("mail", "delivery", "endpoint", "profile", "capacity"),
)


class Nouns(click.Group):
    """The commands, each read when it is asked for: to read all of them takes longer than most need to answer."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in NAMES:
            return None
        attribute = cmd_name.replace("-", "_")
        module = import_module(f"mufakat.cli.{ELSEWHERE.get(cmd_name, attribute)}")
        found: click.Command = getattr(module, attribute)
        return found


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mufakat")
def main() -> None:
    """Notices with signed receipts, decisions with reasons, blocks with an end.

    Commands that read or write an instance use its data directory ($MUFAKAT_DATA, default ./data): through the running
    server, or by themselves when none runs. Exit status: 0 good, 1 no, 2 wrong use.
    """
