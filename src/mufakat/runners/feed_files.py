"""The list as files of this machine: a zone, `hosts.txt`, `squid.txt`; and the command that makes a server read them.

A file is written where something in it changes, and only then the command runs; it runs once more after each start, and
again as long as it failed, since a server that was down meanwhile still has what the file said before.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from mufakat.formats import lists, rpz
from mufakat.rules.restriction import Match
from mufakat.runners.feed_shelf import replace
from mufakat.runners.feed_standing import NotShownError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from mufakat.formats.feed import Domain
    from mufakat.runners.feed_standing import Standing

PATIENCE: Final = 120.0  # Seconds that a check or a reload may take: a million names take half a minute.
WORDS: Final = 300  # Characters of what a command says that are repeated.

_serial = re.compile(rb"^@ SOA [^ ]+ [^ ]+ ([0-9]+) ", re.MULTILINE).search


@dataclass
class ZoneFile:
    """The zone as a file `<zone>.zone` of a folder."""

    folder: Path
    _written: tuple[Domain, ...] | None = field(default=None, init=False, repr=False)

    def show(self, shown: Standing) -> bool:
        """Write it where something in it changed; whether it did. Raises NotShownError."""
        if self._written == shown.dns:
            return False
        feed = shown.feed
        path = self.folder / f"{feed.apex}.zone"
        head = msgspec.structs.replace(feed.head, serial=next_serial(path, feed.serial))
        text = lists.zone(head, shown.dns, action=rpz.action_of(feed.list))
        put(path, text, check=self._check(feed.apex))
        self._written = shown.dns
        return True

    def _check(self, apex: str) -> Callable[[Path], None] | None:
        program = shutil.which("named-checkzone", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            return None
        return lambda draft: run([program, "-q", apex, str(draft)], "the zone is not one")


@dataclass
class ListFile:
    """A file that `lists` can write, in a place of its own."""

    path: Path
    kind: str
    _written: tuple[Domain, ...] | None = field(default=None, init=False, repr=False)

    def show(self, shown: Standing) -> bool:
        """Write it where something in it changed; whether it did. Raises NotShownError."""
        entries = shown.closing(self.kind)
        if self._written == entries:
            return False
        trees = {one.name for one in entries if one.match is Match.SUBTREE}
        put(self.path, lists.WRITERS[self.kind](shown.feed.head, entries, trees))
        self._written = entries
        return True


@dataclass
class Files:
    """Files, and behind them a command."""

    files: Sequence[ZoneFile | ListFile]
    command: Sequence[str] = ()
    _waiting: bool = field(default=True, init=False, repr=False)

    def show(self, shown: Standing) -> bool:
        """Write what changed and run the command. Raises NotShownError, after every file had its turn.

        A file that cannot be written keeps up neither the others nor the command: what another one opened would stay
        closed as long.
        """
        changed, problems = False, list[str]()
        for one in self.files:
            try:
                changed = one.show(shown) or changed
            except NotShownError as error:
                problems.append(str(error))
            self._waiting = self._waiting or changed
        try:
            self._read(shown)
        except NotShownError as error:
            problems.append(str(error))
        if problems:
            raise NotShownError("; ".join(problems))
        return changed

    def _read(self, shown: Standing) -> None:
        """Have the server read what it has not. Raises NotShownError."""
        if self._waiting and self.command:
            words = [word.replace("{zone}", shown.feed.apex) for word in self.command]
            run(words, "the command did not make the server read the list")
        self._waiting = False


def next_serial(path: Path, listed: int) -> int:
    """The serial of the next file: that of the list, or where the file has it already the one behind it.

    What ends by itself changes the file, and not the list.
    """
    try:
        with path.open("rb") as file:
            found = _serial(file.read(2_000))
    except OSError:
        found = None
    if found is None:
        return listed
    before = int(found[1]) % 2**32
    return listed if rpz.is_newer(listed, before) else rpz.later(before)


def put(path: Path, text: Iterable[str], *, check: Callable[[Path], None] | None = None) -> None:
    """Replace a file. Raises NotShownError."""
    try:
        replace(path, (piece.encode() for piece in text), check=check)
    except OSError as error:
        raise NotShownError(f"{path} cannot be written: {error.strerror}") from None


def run(words: Sequence[str], fault: str) -> None:
    """Run a command without a shell. Raises NotShownError with the fault and what the command said."""
    try:
        done = subprocess.run(  # noqa: S603  The operator's own command, or the checker that was found.
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
        )
    except (OSError, ValueError) as error:
        raise NotShownError(f"{fault}: {type(error).__name__}") from None
    except subprocess.TimeoutExpired:
        raise NotShownError(f"{fault}: it took longer than {PATIENCE:.0f} seconds") from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()[:WORDS]
        raise NotShownError(f"{fault} (status {done.returncode}): {said}")
