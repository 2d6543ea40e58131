"""A million entries of the register, made by the product's own projection from histories that never happened.

========== =====================================================================================================
notices    about half of all entries; every second one was decided, with its statement; every twentieth contested
parties    two senders of many, one of few (``RARE``, one in 5,000); forty platforms, the first with two fifths
words      of a vocabulary in which a few are everywhere and most are nowhere (Zipf); ``EVEN`` and ``ODD`` never meet
categories narcotics in the older half alone: what is common there fills no page of the newest
========== =====================================================================================================
"""

from __future__ import annotations

import random
from bisect import bisect
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.entries import Happened, Party, entries_of
from mufakat.rules.events import EventType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mufakat.rules.entries import Projected

COUNT = 1_000_000
PAGE = 50
BEGUN = datetime(2015, 1, 1, tzinfo=UTC)
YEARS = timedelta(days=3_650)
SHARD = "1"
RARE = "flagger-rare"
SENDERS = ("kominfo", "bnpt")
PLATFORMS = tuple(f"platform-{number:02}" for number in range(40))
PARTIES = {
    **{handle: Party(handle, "regulator") for handle in (*SENDERS, RARE)},
    **{handle: Party(handle, "platform") for handle in PLATFORMS},
}
EVEN, ODD = "evenword", "oddword"
VOCABULARY = tuple(f"w{number:05}a" for number in range(30_000))
_WEIGHTS = tuple(accumulate(1 / (rank + 10) for rank in range(len(VOCABULARY))))
_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
AUTOMATED = msgspec.json.encode({"detection": False, "decision": "none"})
GROUND = {"legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"}}


@dataclass(slots=True)
class Sought:
    """Every word that an entry must have, and the newest entries that have them."""

    words: frozenset[str]
    newest: deque[str] = field(default_factory=lambda: deque(maxlen=PAGE))
    found: int = 0

    def look(self, one: Projected, words: frozenset[str]) -> None:
        if self.words <= words:
            self.newest.append(one.entry.id)
            self.found += 1


def made(sought: Mapping[str, Sought], *, count: int = COUNT) -> Iterator[Projected]:
    """The entries, oldest first; each is looked at by all that is sought."""
    chance = random.Random(5)  # noqa: S311 - the same every time, no secret.
    number = position = entries = 0
    while entries < count:
        history = _history(number, position, share=entries / count, chance=chance)
        number, position = number + 1, position + len(history)
        for one in sorted(entries_of(history, parties=PARTIES, at=BEGUN + 2 * YEARS), key=lambda each: each.place):
            words = frozenset(one.words)
            for each in sought.values():
                each.look(one, words)
            yield one
            entries += 1


def word(rank: int) -> str:
    """The word of this rank: the first is in nearly all texts."""
    return VOCABULARY[rank]


def _text(chance: random.Random, words: int) -> str:
    total = _WEIGHTS[-1]
    return " ".join(VOCABULARY[bisect(_WEIGHTS, chance.random() * total)] for _ in range(words))


def _id(prefix: str, number: int) -> str:
    signs = ""
    for _ in range(26):
        number, sign = divmod(number, 32)
        signs = _SIGNS[sign] + signs
    return f"{prefix}_{signs}"


def _history(number: int, position: int, *, share: float, chance: random.Random) -> list[Happened]:
    at = BEGUN + YEARS * share
    sender = RARE if number % 5_000 == 77 else SENDERS[number % 2]
    platform = PLATFORMS[0] if number % 5 < 2 else PLATFORMS[number % len(PLATFORMS)]
    category = _category(number, share)
    notice, decision = _id("ntc", number), _id("dec", number)
    leaf = number.to_bytes(32)
    told: defaultdict[str, Any] = defaultdict(dict)

    def event(type_: str, *, refs: Sequence[str] = (), back: bool = True, **openings: bytes) -> Happened:
        told["events"] = told.get("events", 0) + 1
        ends = (platform, sender) if back else (sender, platform)
        return Happened(
            id=_id("evt", position + told["events"]),
            shard=SHARD,
            position=position + told["events"],
            type=type_,
            at=at + timedelta(seconds=told["events"]),
            case=notice,
            sender=ends[0],
            recipient=ends[1],
            leaf_hash=leaf,
            law="id",
            refs=tuple(refs),
            openings=openings,
        )

    subject = {"kind": "trusted_flag", "category": category, "urgency": "normal", "profile": "id-2017"}
    links = [f"https://host{chance.randrange(20_000):05}.example/{number}"]
    history = [
        event(
            EventType.NOTICE_RECEIVED,
            back=False,
            subject=msgspec.json.encode({**subject, "measures_asked": ["remove"], "territory": ["ID"]}),
            legal_ground=msgspec.json.encode({**GROUND, "terms_ground": None}),
            locators=msgspec.json.encode(links),
        )
    ]
    if number % 2 == 0:
        acts = number % 6 != 0
        items = [{"measure": _id("mea", number), "locator": 0, "name": "disable", "territory": ["ID"]}] if acts else []
        history.append(
            event(
                EventType.DECISION_MADE,
                refs=(decision, _id("sor", number)),
                outcome=b"act_full" if acts else b"refuse",
                refusal=b"" if acts else b"not_illegal",
                items=msgspec.json.encode(items),
                ground=msgspec.json.encode(GROUND),
                reasons=f"{EVEN if number % 4 else ODD} {_text(chance, 40)}".encode(),
                facts=b"f",
                language=b"id",
                automated=AUTOMATED,
            )
        )
    if number % 20 == 0:
        history.append(event(EventType.APPEAL_LODGED, refs=(_id("apl", number), decision), standing=b"uploader"))
        history.append(
            event(EventType.APPEAL_UPHELD, refs=(_id("apl", number), decision), reasons=_text(chance, 20).encode())
        )
    return history


def _category(number: int, share: float) -> str:
    if share < 0.5 and number % 3 == 0:
        return "narcotics"
    return ("terrorism", "fraud", "gambling", "hate")[number % 4]
