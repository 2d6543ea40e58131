"""A million entries of the register, made by the product's own projection from histories that never happened.

A pool of cases is projected for each half; the million are copies of them with ids, places and hosts of their own.

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
from mufakat.rules.entry import first_place
from mufakat.rules.events import EventType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mufakat.rules.entries import Entry

COUNT = 1_000_000
PAGE = 50
POOL = 5_000  # Cases of each half.
HOSTS = 20_000
HOST = "hostxxxxx"
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


@dataclass(frozen=True, slots=True)
class Made:
    """An entry's row: `fields` are those that the peer has columns for."""

    place: int
    id: str
    case: str
    kind: str
    state: str
    body: bytes
    words: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Model:
    """An entry of the pool: what a copy replaces in it, and by which questions all its copies are found."""

    entry: Entry
    body: bytes
    words: str
    signs: str
    finds: Sequence[str]
    maybe: Sequence[str]


def made(sought: Mapping[str, Sought], *, count: int = COUNT) -> Iterator[Made]:
    """The entries, oldest first; what is sought learns of each that it finds."""
    chance = random.Random(5)  # noqa: S311 - the same every time, no secret.
    pools = [[_models(number, share, sought, chance) for number in range(POOL)] for share in (0.25, 0.75)]
    entries = number = 0
    while entries < count:
        share = entries / count
        models = pools[share >= 0.5][number % POOL]
        signs, host = _signs(number), f"host{chance.randrange(HOSTS):05}"
        at = BEGUN + YEARS * share
        for turn, model in enumerate(models):
            id_ = model.entry.id.replace(model.signs, signs)
            body = model.body.replace(model.signs.encode(), signs.encode()).replace(HOST.encode(), host.encode())
            words = model.words.replace(model.signs, signs).replace(HOST, host)
            for name in model.finds:
                sought[name].newest.append(id_)
            for name in model.maybe:
                if host in sought[name].words:
                    sought[name].newest.append(id_)
            place = first_place(at) + (number * 4 + turn) % (1 << 19)
            fields = model.entry.fields
            yield Made(place, id_, f"ntc_{signs}", model.entry.kind, model.entry.state, body, words, fields)
            entries += 1
        number += 1


def _models(number: int, share: float, sought: Mapping[str, Sought], chance: random.Random) -> list[_Model]:
    """The entries of one case of the pool."""
    history = _history(number, 10 * number, share=share, chance=chance)
    found = []
    for one in sorted(entries_of(history, parties=PARTIES, at=BEGUN + 2 * YEARS), key=lambda each: each.place):
        words = frozenset(one.words)
        # A host is each copy's own.
        asked = {name: each.words - words for name, each in sought.items()}
        finds = [name for name, missing in asked.items() if not missing]
        hosts = [name for name, missing in asked.items() if missing and HOST in words and _are_hosts(missing)]
        found.append(
            _Model(one.entry, msgspec.json.encode(one.entry), " ".join(one.words), _signs(number), finds, hosts)
        )
    return found


def _are_hosts(words: frozenset[str]) -> bool:
    return all(word.startswith("host") for word in words)


def word(rank: int) -> str:
    """The word of this rank: the first is in nearly all texts."""
    return VOCABULARY[rank]


def _text(chance: random.Random, words: int) -> str:
    total = _WEIGHTS[-1]
    return " ".join(VOCABULARY[bisect(_WEIGHTS, chance.random() * total)] for _ in range(words))


def _signs(number: int) -> str:
    signs = ""
    for _ in range(25):
        number, sign = divmod(number, 32)
        signs = _SIGNS[sign] + signs
    return "7" + signs


def _id(prefix: str, number: int) -> str:
    return f"{prefix}_{_signs(number)}"


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
    links = [f"https://{HOST}.example/{number}"]
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
