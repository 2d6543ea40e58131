"""Orders for injector.c: which call on which file fails next, and what it did so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# In the place of an errno:
KILL = "kill"  # The call is made, and nobody of the process group lives to see it return.
HOLD = "hold"  # The call waits until the order is withdrawn or replaced, and is made then.


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that happened, and the size that the recorder's log had then."""

    order: str
    mark: int


@dataclass(frozen=True, slots=True)
class Injector:
    """The folder of the orders. It lies outside the folder that is recorded, and belongs to one run of a program."""

    library: Path
    folder: Path

    def environment(self, other: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the variables that make a process obey; `other` are the recorder's, whose library comes first."""
        self.folder.mkdir(exist_ok=True)
        made = {**(other or {}), "MUFAKAT_FAULT_FOLDER": str(self.folder.resolve())}
        made["LD_PRELOAD"] = " ".join(filter(None, (made.get("LD_PRELOAD"), str(self.library.resolve()))))
        return made

    def order(self, call: str, file: str, what: int | str, *, always: bool = False, after: int = 0) -> None:
        """Order the `sync` or `write` of a file to fail with an errno: the next one, or the one after some."""
        draft = self.folder / "draft"
        draft.write_text(f"{what} {'always' if always else 'once'} {after}")
        draft.rename(self.folder / f"{call}@{file}")

    def withdraw(self, order: str = "*@*") -> None:
        """Let all calls succeed again, or those of one order, `call@file`."""
        for path in self.folder.glob(order):
            path.unlink()

    def fired(self) -> list[Fired]:
        """Return what happened so far, in its order."""
        path = self.folder / "fired"
        lines = path.read_text().splitlines() if path.exists() else []
        return [Fired(order, int(mark)) for order, mark in (line.rsplit(" ", 1) for line in lines)]
