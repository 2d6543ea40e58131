"""The list in a name server of this machine, by signed updates (RFC 2136, TSIG): BIND, Knot, PowerDNS.

What the server holds is compared with what stands, and the difference is sent, openings first, each step on the state
that was read and with the next serial. It is read again, by transfer, whenever its serial is not the one that we left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mufakat.formats import rpz
from mufakat.runners import updates
from mufakat.runners.feed_standing import NotShownError
from mufakat.runners.primary import Primary, PrimaryError
from mufakat.runners.transfer import TransferError
from mufakat.runners.updates import SOA, Update

if TYPE_CHECKING:
    from mufakat.runners.feed_standing import Standing

TAKEN: Final = "NOERROR"


@dataclass
class _Held:
    """What the server has of the zone, in this state."""

    soa: SOA
    lines: set[str]
    strange: set[str]
    has_canary: bool


@dataclass
class NameServer:
    """A name server, and the zone in it that has the list's name.

    Where the house itself writes to the zone, `drop_only` takes away what is past its end and leaves all else to it.
    """

    primary: Primary
    drop_only: bool = False
    _held: _Held | None = field(default=None, init=False, repr=False)

    def show(self, shown: Standing) -> bool:
        """Make the zone hold what stands; whether something changed. Raises NotShownError."""
        try:
            return self._show(shown)
        except (PrimaryError, TransferError) as error:
            self._held = None
            raise NotShownError(f"the name server: {error}") from None

    def _show(self, shown: Standing) -> bool:
        zone, action = shown.feed.apex, rpz.action_of(shown.feed.list)
        held = self._look(zone, action)
        gone, come = self._difference(held, shown)
        founds = not held.has_canary and not self.drop_only
        if not gone and not come and not founds:
            return False
        steps, before = [], held.soa
        for remove, add in updates.portions(zone, gone, come):
            after = SOA(rpz.later(before.serial), before.timers, before.mname, before.rname)
            founds_here = founds and before is held.soa
            steps.append(Update(zone, before, after, remove, add, action, founds=founds_here))
            before = after
        said = self.primary.send(steps)
        if any(one != TAKEN for one in said):
            self._held = None  # Somebody else wrote meanwhile, or it is not ours to write.
            refusal = next(one for one in said if one != TAKEN)
            raise NotShownError(f"the name server did not take the update of {zone}: {refusal}")
        lines = (held.lines - set(gone)) | set(come)
        self._held = _Held(before, lines, held.strange - set(gone), has_canary=held.has_canary or founds)
        return True

    def _look(self, zone: str, action: rpz.Action) -> _Held:
        """Know what the zone holds."""
        (soa,) = self.primary.soas([zone])
        if soa is None:
            raise NotShownError(f"the name server does not serve the zone {zone}")
        if self._held is None or self._held.soa.serial != soa.serial:
            found = self.primary.lines(zone, action)
            if found.serial != soa.serial:
                raise NotShownError(f"somebody writes to the zone {zone}")
            self._held = _Held(soa, found.lines, found.strange, has_canary=found.has_canary)
        return self._held

    def _difference(self, held: _Held, shown: Standing) -> tuple[list[str], list[str]]:
        """The owners that have to go, and those that have to come."""
        wanted = {owner for one in shown.dns for owner in rpz.owners(one.name, one.match)}
        there = held.lines | held.strange
        if self.drop_only:
            ended = {owner for one in shown.ended for owner in rpz.owners(one.name, one.match)}
            over = there if shown.outlived else ended & there
            return sorted(over - wanted), []
        return sorted((held.lines - wanted) | held.strange), sorted(wanted - held.lines)
