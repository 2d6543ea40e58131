"""`mufakat monitor`: watch a log from outside, and remember what was seen."""

from __future__ import annotations

import json
import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mufakat.cli import _keys, _print
from mufakat.cli.log import keys_option, opened
from mufakat.proof import canonical
from mufakat.proof.errors import AmbiguousKeyError
from mufakat.runners import monitor_receipts as receipts
from mufakat.runners.monitor import BUDGET, Monitor
from mufakat.runners.monitor_receipts import Held, NoReceiptError
from mufakat.runners.monitor_round import SHARE, Terms
from mufakat.runners.monitor_state import BadStateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.proof.tenure import Tenure
    from mufakat.runners.monitor_alarms import Alarm
    from mufakat.runners.monitor_round import Told

_BAD: Final = 1
ALARMS: Final = "alarms.ndjson"
OFF: Final = "off"


@click.group()
def monitor() -> None:
    """Watch the public log from outside: whether it only grows, and whether what it says can be true."""


@monitor.command()
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@keys_option
@click.option(
    "folder",
    "--state",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where is kept what was seen; proofs and alarms lie there, too.",
)
@click.option(
    "receipt_files",
    "--receipt",
    metavar="FILE",
    multiple=True,
    help="A receipt, or the head that another monitor keeps: it is compared. May be given several times.",
)
@click.option("--once", is_flag=True, help="One round, and end. The default without --every.")
@click.option("--every", metavar="SECONDS", type=click.FloatRange(1, 86_400), help="Round after round.")
@click.option(
    "max_age", "--max-age", metavar="SECONDS|off", default="86400", show_default=True, help="So long nothing may come."
)
@click.option(
    "--mmd", metavar="SECONDS", type=click.FloatRange(1, 86_400), default=60, show_default=True, help="So late may be."
)
@click.option(
    "share",
    "--disclosures",
    metavar="N",
    type=click.IntRange(0, 1_000_000),
    default=SHARE,
    show_default=True,
    help="How many documents of new entries, and as many of old ones, a round looks at.",
)
@click.option(
    "--budget",
    metavar="SECONDS",
    type=click.FloatRange(1, 86_400),
    default=BUDGET.total_seconds(),
    show_default=True,
    help="So long a server may take in a round; the first look at a big log takes longer than others.",
)
@_print.as_json
@click.pass_context
def run(
    context: click.Context,
    urls: tuple[str, ...],
    keys: tuple[str, ...],
    folder: Path,
    receipt_files: tuple[str, ...],
    once: bool,
    every: float | None,
    max_age: str,
    mmd: float,
    share: int,
    budget: float,
    as_json: bool,
) -> None:
    """Watch the log at each URL (…/log/<shard>, or a folder of its files), and compare those of one log.

    The first URL of a log is its own server; those behind it are mirrors, which may be behind or away for a day.

    A fork is proven by a file that `mufakat log fork` verifies. Alarms are said, and kept in <state>/alarms.ndjson.
    Exit status with --once: 0 when nothing is wrong, 1 on an alarm, 2 wrong use. Otherwise it goes on until stopped.
    """
    if once and every is not None:
        raise click.UsageError("--once and --every contradict each other.")
    trusted = [key for text in keys for key in _keys.tenures(text)]
    terms = Terms(trusted, folder, mmd=timedelta(seconds=mmd), max_age=_age(max_age), share=share)
    held = [_held(file, trusted) for file in receipt_files]
    logs = [opened(url) for url in urls]
    watching = Monitor(logs, terms, held, progress=_progress, budget=timedelta(seconds=budget))
    saying = _Saying(folder, as_json=as_json)
    try:
        if every is None:
            told = watching.once()
            saying(told)
            context.exit(_BAD if any(one.alarms for one in told) else 0)
        stop = threading.Event()
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: stop.set())
        watching.on(every, stop=stop, say=saying)
    except (BadStateError, AmbiguousKeyError) as error:
        raise click.UsageError(_print.plain(str(error))) from None
    finally:
        for log in logs:
            log.close()


class _Saying:
    """Says what a round found; of round after round only what the one before it did not find."""

    def __init__(self, folder: Path, *, as_json: bool) -> None:
        self._file = folder / ALARMS
        self._as_json = as_json
        self._said: set[Alarm] = set()

    def __call__(self, told: Sequence[Told]) -> None:
        found = {alarm for one in told for alarm in one.alarms}
        for one in told:
            at = canonical.timestamp(one.at)
            fresh = [alarm for alarm in one.alarms if alarm not in self._said]
            for alarm in fresh:
                self._line(alarm.as_json(at=at), f"ALARM {alarm.kind.value}: {alarm.said}")
            self._keep([alarm.as_json(at=at) for alarm in fresh])
            if one.origin is not None:
                good = "nothing is wrong" if not one.alarms else f"alarms: {len(one.alarms)}"
                self._line(one.as_json(), f"{one.origin}: {one.size} entries, {one.new} new; {good}")
        self._said = found

    def _line(self, said: dict[str, Any], words: str) -> None:
        if self._as_json:
            _print.print_line(said)
        else:
            click.echo(_print.plain(words))

    def _keep(self, alarms: Sequence[dict[str, Any]]) -> None:
        if not alarms:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(one, separators=(",", ":")) + "\n" for one in alarms)
        except OSError as error:
            # They were said before: whoever watches has heard of them whatever the state of this disk is.
            click.echo(_print.plain(f"mufakat: {self._file} cannot be written: {error.strerror}"), err=True)


def _age(text: str) -> timedelta | None:
    if text == OFF:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 10**9:
        raise click.UsageError("--max-age is a number of seconds from 1 on, or off.")
    return timedelta(seconds=seconds)


def _held(file: str, trusted: Sequence[Tenure]) -> Held:
    try:
        with click.open_file(file, "rb") as stream:
            content: bytes = stream.read(receipts.MAX_LENGTH + 1)
        return receipts.read(file, content, trusted)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not the name of a file"
        raise click.UsageError(f"{_print.plain(file)} cannot be read: {reason}.") from None
    except NoReceiptError as error:
        raise click.UsageError(_print.plain(str(error))) from None


def _progress(done: int, size: int) -> None:
    click.echo(f"{done} of {size} entries", err=True)
