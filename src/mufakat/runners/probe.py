"""Ask resolvers whether names are closed there: A, AAAA, with the DO bit, and over TCP. Needs the extra `dns`.

Every question goes out by its own port with its own number, and waits a bounded time; one resolver is asked so many at
once and all of them together so many, so that nobody is flooded and a silent one holds up nobody. Nothing that a
resolver says is believed further than `rules.probing` reads it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from mufakat.rules import probing
from mufakat.rules.probing import NO_MARK, Answer, Mark, Reading, Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dns.message import Message

    from mufakat.rules.restriction import Sighting

try:
    import dns.asyncquery
    import dns.edns
    import dns.exception
    import dns.flags
    import dns.message
    import dns.name
    import dns.rcode
    import dns.rdataclass
    import dns.rdatatype
except ImportError:  # pragma: no cover - the bare wheel's test looks at the sentence.
    raise ImportError("Asking resolvers needs: pip install 'mufakat[dns]'", name="dns") from None

LONGEST: Final = 10.0  # Seconds for all of it; what was not answered by then is silent.
AT_ONCE: Final = 256  # Questions that wait at the same time.
OF_ONE: Final = 32  # Of them at one resolver.
PATIENCE: Final = 1.5  # Seconds for an answer; a question that got none is put once more.
TRIES: Final = 2
PAYLOAD: Final = 1_232  # Bytes of an answer by UDP (DNS flag day 2020).

KINDS: Final[Mapping[Way, tuple[str, bool, bool]]] = {
    # The type of record, whether with the DO bit, whether over TCP.
    Way.A: ("A", False, False),
    Way.AAAA: ("AAAA", False, False),
    Way.SIGNED: ("A", True, False),
    Way.TCP: ("A", False, True),
}


class Target(NamedTuple):
    """A resolver."""

    address: str
    port: int = probing.PORT


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one resolver: names, and the canary that shows how it closes, where there is one."""

    at: Target
    names: Sequence[str]
    canary: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a resolver answers for a name, and when it said so."""

    name: str
    state: Sighting
    readings: Mapping[Way, Reading]
    at: datetime

    @property
    def ways(self) -> str:
        return probing.in_words(self.readings)


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one question. `filters` is None where no canary was asked, or no answer came to it."""

    question: Question
    filters: bool | None
    mark: Mark | None
    seen: Sequence[Seen] = ()


@dataclass(slots=True)
class Asker:
    """Asks within bounds: so many questions may wait in all, and so many at each resolver.

    `reference` is a resolver that filters nothing; it is asked where an answer alone does not say it.
    """

    reference: Target | None = None
    patience: float = PATIENCE
    until: float = field(default_factory=lambda: time.monotonic() + LONGEST)
    everywhere: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    each: defaultdict[Target, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(OF_ONE))
    )

    async def look(self, question: Question) -> Looked:
        """How the resolver closes, where a canary tells it, and what it answers for each name."""
        mark: Mark | None = NO_MARK
        filters: bool | None = None
        if question.canary is not None:
            beside = f"{secrets.token_hex(6)}.{question.canary}"
            asked = [self.ask(question.at, name, Way.A) for name in (question.canary, beside)]
            canary, other = await asyncio.gather(*asked)
            mark = probing.mark_of(canary, other, name=question.canary)
            if canary is None:  # Nobody there: its names are not waited for.
                return Looked(question, None, None, [_silent(name) for name in question.names])
            filters = mark is not None
        reads = [self._see(question.at, name, mark or NO_MARK) for name in question.names]
        return Looked(question, filters, mark, await asyncio.gather(*reads))

    async def _see(self, at: Target, name: str, mark: Mark) -> Seen:
        answers = await asyncio.gather(*(self.ask(at, name, way) for way in Way))
        readings = {way: probing.read(one, name=name, mark=mark) for way, one in zip(Way, answers, strict=True)}
        compared = None
        if self.reference is not None and probing.needs_reference(readings):
            way = probing.way_of_reference(readings)
            compared = probing.read(await self.ask(self.reference, name, way), name=name)
        return Seen(name, probing.judge(readings, compared), readings, datetime.now(UTC))

    async def ask(self, at: Target, name: str, way: Way) -> Answer | None:
        """One answer, or None where none came that could be read."""
        for _ in range(TRIES):
            async with self.each[at], self.everywhere:
                if time.monotonic() > self.until:
                    return None
                # Whatever comes back (nothing, garbage, a closed door) is no answer; it is nobody's fault here.
                with suppress(dns.exception.DNSException, OSError, EOFError, ValueError):
                    return await self._once(at, name, way)
        return None

    async def _once(self, at: Target, name: str, way: Way) -> Answer:
        kind, signed, by_tcp = KINDS[way]
        number = secrets.randbelow(1 << 16)
        query = dns.message.make_query(name, kind, use_edns=0, want_dnssec=signed, payload=PAYLOAD, id=number)
        if not by_tcp:
            got = await dns.asyncquery.udp(
                query, at.address, self.patience, at.port, ignore_unexpected=True, ignore_errors=True
            )
            if not got.flags & dns.flags.TC:
                return told(got)
        return told(await dns.asyncquery.tcp(query, at.address, self.patience, at.port))


def look(questions: Sequence[Question], *, reference: Target | None = None, patience: float = PATIENCE) -> list[Looked]:
    """Ask all of it at once, within the bounds; the results stand in the order of the questions."""
    return asyncio.run(look_async(questions, reference=reference, patience=patience))


async def look_async(
    questions: Sequence[Question], *, reference: Target | None = None, patience: float = PATIENCE
) -> list[Looked]:
    """The same inside a running event loop."""
    asker = Asker(reference, patience)
    return list(await asyncio.gather(*(asker.look(one) for one in questions)))


def _silent(name: str) -> Seen:
    readings = dict.fromkeys(Way, Reading.SILENT)
    return Seen(name, probing.judge(readings), readings, datetime.now(UTC))


def told(message: Message) -> Answer:
    """An answer as it is read."""
    a, aaaa = dns.rdatatype.A, dns.rdatatype.AAAA
    answers = [record for rrset in message.answer if rrset.rdtype in {a, aaaa} for record in rrset]
    aliases = [record for rrset in message.answer if rrset.rdtype == dns.rdatatype.CNAME for record in rrset]
    return Answer(
        rcode=dns.rcode.to_text(message.rcode()),
        addresses=frozenset(record.address for record in answers[: probing.MOST_ADDRESSES]),
        targets=frozenset(plain(record.target) for record in aliases[: probing.MOST_ADDRESSES]),
        zones=_owners(message.authority),
        added=_owners(message.additional),
        errors=frozenset(int(one.code) for one in message.options if isinstance(one, dns.edns.EDEOption)),
    )


def _owners(section: Iterable[dns.rrset.RRset]) -> frozenset[str]:
    return frozenset(plain(rrset.name) for rrset in section if rrset.rdtype == dns.rdatatype.SOA)


def plain(name: dns.name.Name) -> str:
    """Lower case, without the last dot; the root is the empty name."""
    return "" if name == dns.name.root else name.to_text(omit_final_dot=True).lower()
