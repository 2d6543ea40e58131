"""``restriction.guard``: an order of ten thousand names, looked at by the guard against over-blocking.

The names are made up, in the mixture that orders of a country hold: most of them plain, one in ten in letters of
another script, some below public authorities, hosts and delivery networks. Known are ten thousand names that were
reopened, a thousand that the house protects, and a hundred things that notices point at. No name comes twice in all
the orders, so that nothing is remembered from one to the next.
"""

from __future__ import annotations

import random
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import idna
from publicsuffixlist import PublicSuffixList

from bench import suite
from bench.contest import Contest, Target, WrongError
from bench.loops import Loop
from mufakat.locator.kinds import Kind
from mufakat.rules import guard, guard_tables
from mufakat.rules.guard import Code, Known, Pointed
from mufakat.rules.guard_tables import Guarded
from mufakat.rules.notice import Category, LegalGround
from mufakat.rules.restriction import MAX_NAMES, RestrictionIn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
ORDERS = 8
ENDINGS = ("example", "example.org", "co.id", "web.id", "my.id", "com", "net", "go.id", "wordpress.com", "gstatic.com")
FOREIGN = "\u0430\u0435\u043e\u0440\u0441\u0445\u4f8b\u3048\xfc\xe9"


def names(chance: random.Random, count: int) -> list[str]:
    """So many made-up names, each another."""
    found: set[str] = set()
    while len(found) < count:
        word = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=chance.randint(5, 14)))
        if chance.random() < 0.1:
            word += chance.choice(FOREIGN)
        found.add(f"{chance.choice(('', 'www.', 'm.', 'slot.'))}{word}.{chance.choice(ENDINGS)}")
    return sorted(found, key=lambda _: chance.random())


def orders() -> Sequence[RestrictionIn]:
    """The same orders every time."""
    chance = random.Random(2017)  # noqa: S311 - no secret.
    pool = names(chance, ORDERS * MAX_NAMES)
    return [
        RestrictionIn(
            list=Category.GAMBLING,
            names=tuple(pool[first : first + MAX_NAMES]),
            operators=("isp-a", "isp-b", "isp-c"),
            legal_ground=LegalGround(system="id", instrument="UU 11/2008", provision="Pasal 40 ayat (2a)"),
            reason="Made up to be measured.",
            proportionality="Made up to be measured.",
            review_at="2026-12-03T09:00:00Z",
            sunset_at="2026-12-26T09:00:00Z",
        )
        for first in range(0, len(pool), MAX_NAMES)
    ]


def knowledge() -> Known:
    """What a house of some years knows."""
    chance = random.Random(2025)  # noqa: S311 - no secret.
    return Known(
        protected={f"rs-{number}.example.org": Guarded.HOUSE for number in range(1_000)},
        reopened={
            f"{''.join(chance.choices('abcdefghijklm', k=9))}{number}.example": AT - timedelta(hours=number % 4_000)
            for number in range(10_000)
        },
        pointed=tuple(
            Pointed(f"https://situs-{number}.example/halaman", Kind.URL, f"situs-{number}.example")
            for number in range(100)
        ),
        contacts=frozenset({"mail.example.org"}),
    )


def by_hand(order: RestrictionIn, *, suffixes: PublicSuffixList, protected: Collection[str]) -> list[str]:
    """What one writes in an hour: each name in A-labels, no suffix, and not one of those that end like a protected one.

    It knows no look-alikes, nothing of notices, and nothing of what was reopened.
    """
    found = []
    for text in order.names:
        try:
            name = idna.encode(text, uts46=True).decode()
        except idna.IDNAError:
            found.append(text)
            continue
        labels = name.split(".")
        upwards = (".".join(labels[place:]) for place in range(len(labels)))
        if suffixes.is_public(name) or any(one in protected for one in upwards):
            found.append(text)
    return found


def read_alone(order: RestrictionIn) -> None:
    """The one step that cannot be left out: each name in A-labels."""
    for text in order.names:
        text.encode("ascii") if text.isascii() else idna.encode(text, uts46=True)


@contextmanager
def contest(_work: Path) -> Iterator[Contest]:
    """The whole look, with everything that is known."""
    items, known = orders(), knowledge()
    every = {*guard_tables.protected(), *known.protected}
    _require_work(items[0], known)
    yield Contest(
        "restriction.guard",
        f"orders/s of one core, each {MAX_NAMES:,} names",
        Loop("mufakat.rules.guard", partial(guard.look, known=known, at=AT), items),
        Loop(
            "idna, publicsuffixlist and a set of names by hand",
            partial(by_hand, suffixes=PublicSuffixList(), protected=every),
            items,
        ),
        Loop("idna: each name in A-labels", read_alone, items),
        targets=[Target("ours", 0.5)],  # Two seconds each.
        remarks=["the peer knows neither look-alikes nor shared names, notices and what was reopened"],
    )


def _require_work(order: RestrictionIn, known: Known) -> None:
    """What is measured finds what is there to be found."""
    found = {one.code for one in guard.look(order, known=known, at=AT)}
    if not {Code.MANY, Code.OFFICIAL, Code.SHARED, Code.LOOK_ALIKE} <= found:
        raise WrongError(f"the guard found only {sorted(found)}")


if __name__ == "__main__":
    sys.exit(suite.main("guard", {"restriction.guard": contest}))
