"""Why a write was not (or perhaps not) stored.

WriteError
├── BusyError        too much waits, or the turn came too late: nothing was stored
├── ClosedError      the writer is not running: nothing was stored
├── DiskFullError    no room: nothing was stored
└── UnsureError      the commit itself failed: it may be stored; the same key tells
"""

from __future__ import annotations


class WriteError(RuntimeError):
    """A write that the machine, not the sender, stood in the way of."""


class BusyError(WriteError):
    """Too much waits already, or the turn came too late: nothing was stored."""


class ClosedError(WriteError):
    """The writer is not running: nothing was stored."""


class DiskFullError(WriteError):
    """No room on the disk: nothing was stored."""


class UnsureError(WriteError):
    """The commit itself failed: it may or may not be stored; the same key gives the answer."""
