"""The list in a name server of this machine, by signed updates (RFC 2136, TSIG): BIND, Knot, PowerDNS.

What the server holds is compared with what stands, and the difference is sent, openings first. The server counts the
serial up by itself. It is read again, by transfer, whenever its serial is not the one that we left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from mufakat.formats import rpz
from mufakat.runners.feed_standing import NotShownError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import dns.message
    import dns.update

    from mufakat.formats.tsig import TSIGKey
    from mufakat.runners.feed_standing import Standing

MISSING: Final = 'Updates of a name server need dnspython: install "mufakat[dns]".'
PATIENCE: Final = 10.0  # Seconds for one message.
TRANSFER: Final = 300.0  # Seconds for a whole zone.
LINES: Final = 200  # Of one message: each takes at most 270 bytes, and a message holds 65,535.

A, CNAME = "A", "CNAME"


@dataclass
class Primary:
    """A name server, by its address, and the zone in it that has the list's name.

    Where the house itself writes to the zone, `drop_only` takes away what is past its end and leaves all else to it.
    """

    host: str
    port: int
    key: TSIGKey | None = None
    drop_only: bool = False
    _held: dict[str, tuple[str, str]] | None = field(default=None, init=False, repr=False)  # Owner → type and target.
    _serial: int | None = field(default=None, init=False, repr=False)
    _zone: str | None = field(default=None, init=False, repr=False)

    def show(self, shown: Standing) -> bool:
        """Make the zone hold what stands. Raises NotShownError."""
        try:
            import dns.exception
        except ImportError:
            raise ImportError(MISSING) from None
        zone = shown.feed.apex
        try:
            self._look(zone)
            gone, come = self._difference(shown)
            self._send(zone, gone, come)
        except dns.exception.DNSException as error:
            self._held = None
            raise NotShownError(f"the name server did not take the list: {type(error).__name__}") from None
        except OSError as error:
            self._held = None
            raise NotShownError(f"the name server cannot be reached: {type(error).__name__}") from None
        return bool(gone or come)

    def _look(self, zone: str) -> None:
        """Know what the zone holds."""
        serial = self._ask_serial(zone)
        if self._held is None or serial != self._serial or zone != self._zone:
            self._held = self._transfer(zone)
        self._serial, self._zone = serial, zone

    def _difference(self, shown: Standing) -> tuple[list[str], dict[str, tuple[str, str]]]:
        """The owners that have to go, and the lines that have to come."""
        held = self._held or {}
        wanted = lines_of(shown)
        if self.drop_only:
            ended = {owner for one in shown.ended for owner in rpz.owners(one.name, one.match)}
            over = held.keys() if shown.outlived else ended & held.keys()
            return sorted(over - wanted.keys()), {}
        gone = sorted(owner for owner, line in held.items() if wanted.get(owner) != line)
        come = {owner: line for owner, line in wanted.items() if held.get(owner) != line}
        return gone, come

    def _send(self, zone: str, gone: Sequence[str], come: dict[str, tuple[str, str]]) -> None:
        """What is opened goes first. Each message is taken as a whole or not at all."""
        for owners in portions(gone):
            message = self._message(zone)
            for owner in owners:
                message.delete(owner)
            self._take(message, zone, dict.fromkeys(owners, None))
        for owners in portions(come):
            message = self._message(zone)
            for owner in owners:
                message.replace(owner, rpz.TTL, *come[owner])
            self._take(message, zone, {owner: come[owner] for owner in owners})

    def _message(self, zone: str) -> dns.update.UpdateMessage:
        import dns.update

        return dns.update.UpdateMessage(f"{zone}.", **self._signed())

    def _take(self, message: dns.update.UpdateMessage, zone: str, lines: Mapping[str, tuple[str, str] | None]) -> None:
        import dns.query
        import dns.rcode

        answer = dns.query.tcp(message, self.host, timeout=PATIENCE, port=self.port)
        if answer.rcode() != dns.rcode.NOERROR:
            self._held = None
            raise NotShownError(f"the name server refused the update of {zone}: {dns.rcode.to_text(answer.rcode())}")
        held = self._held or {}
        for owner, line in lines.items():
            if line is None:
                held.pop(owner, None)
            else:
                held[owner] = line
        # The server counts one on for each message. Where it does not, somebody else wrote: the next look reads all.
        self._serial = rpz.later(self._serial or 0)

    def _ask_serial(self, zone: str) -> int:
        import dns.message
        import dns.query

        query = self._query(zone, "SOA")
        answer = dns.query.tcp(query, self.host, timeout=PATIENCE, port=self.port)
        for found in answer.answer:
            for one in found:
                if hasattr(one, "serial"):
                    return int(one.serial)
        raise NotShownError(f"the name server does not serve the zone {zone}")

    def _transfer(self, zone: str) -> dict[str, tuple[str, str]]:
        """Everything in the zone but what is at its top, message by message: no tree of it is built."""
        import dns.name
        import dns.query
        import dns.rdatatype

        held: dict[str, tuple[str, str]] = {}
        messages = dns.query.xfr(
            self.host, f"{zone}.", port=self.port, timeout=PATIENCE, lifetime=TRANSFER, **self._signed()
        )
        for message in messages:
            for found in message.answer:
                if found.name != dns.name.empty:
                    # Two lines of one owner are none of ours: it is replaced by the one line that it should have.
                    line = (dns.rdatatype.to_text(found.rdtype), " ".join(one.to_text() for one in found))
                    owner = found.name.to_text()
                    held[owner] = line if owner not in held else ("", "")
        return held

    def _query(self, zone: str, kind: str) -> dns.message.QueryMessage:
        import dns.message

        query = dns.message.make_query(f"{zone}.", kind)
        if self.key is not None:
            told = self._signed()
            query.use_tsig(told["keyring"], algorithm=told["keyalgorithm"])
        return query

    def _signed(self) -> dict[str, Any]:
        """How dnspython is told the key."""
        import dns.name
        import dns.tsig

        if self.key is None:
            return {}
        key = dns.tsig.Key(self.key.name, self.key.secret, self.key.algorithm)
        return {"keyring": {key.name: key}, "keyname": key.name, "keyalgorithm": key.algorithm}


def lines_of(shown: Standing) -> dict[str, tuple[str, str]]:
    """Owner → type and target of every line that the zone should have besides its top."""
    does = (CNAME, rpz.action_of(shown.feed.list).value)
    lines = {owner: does for one in shown.dns for owner in rpz.owners(one.name, one.match)}
    return {**lines, rpz.canary(shown.feed.apex): (A, rpz.CANARY_ADDRESS)}


def portions(owners: Iterable[str]) -> Iterator[list[str]]:
    """As many as one message holds."""
    rest = iter(owners)
    while held := list(islice(rest, LINES)):
        yield held
