"""What the leaves of a log say about each other: whether it can all have happened as it stands there.

Each leaf is looked at once, in the order of the log, with what is remembered of those before it. A leaf says types,
ids, times, channels and which fields it commits to, and no more: which rules need something else is said in
``docs/monitor.md`` and not looked at here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mufakat.proof import canonical, leaf as leaves
from mufakat.rules.events import COMMITTED, ERASING, EventType
from mufakat.runners.monitor_alarms import Alarms, Kind

if TYPE_CHECKING:
    from mufakat.proof.leaf import Leaf
    from mufakat.runners.monitor_state import State

AHEAD: Final = timedelta(minutes=2)
"""How far a clock of the log may go before the monitor's."""
GRACE: Final = timedelta(hours=1)
"""After its end a restriction is to be ended by an event; the worker may be behind."""
APPROVALS: Final = 2

_FIRST: Final = {
    "ntc": EventType.NOTICE_RECEIVED,
    "rst": EventType.RESTRICTION_PROPOSED,
    "agr": EventType.AGREEMENT_OPENED,
    "mnd": EventType.MANDATE_GRANTED,
}
"""How the id of a case begins → what it begins with. Everything else about it comes later."""
_MADE: Final = {
    EventType.DECISION_MADE: "dec_",
    EventType.INFORMATION_ASKED: "dec_",
    EventType.APPEAL_LODGED: "apl_",
    EventType.DISPUTE_COMPLETED: "apl_",
}
"""What an event makes, by how its id begins: nothing speaks of it before."""
_SPEAKING: Final = {
    **dict.fromkeys((EventType.APPEAL_LODGED, EventType.DISPUTE_COMPLETED), ("dec_",)),
    **dict.fromkeys(
        (EventType.APPEAL_UPHELD, EventType.APPEAL_REVERSED, EventType.APPEAL_PARTLY_REVERSED), ("dec_", "apl_")
    ),
    **dict.fromkeys((EventType.APPEAL_DISMISSED, EventType.DISPUTE_SETTLED), ("dec_", "apl_")),
    **dict.fromkeys((EventType.DECISION_INFORMED, EventType.DECISION_REVERSED), ("dec_",)),
}
"""What an event must name that was made before, in its own case."""
_DECIDED: Final = frozenset({"outcome", "reasons"})
_CARRIED: Final = frozenset(
    {
        *(EventType.RESTRICTION_APPLIED, EventType.RESTRICTION_LIFTED, EventType.RESTRICTION_EXPIRED),
        *(EventType.RESTRICTION_OPENED, EventType.RESTRICTION_OVERDUE, EventType.RESTRICTION_SEEN),
    }
)
"""What happens to a restriction only once it was published."""
_ENDS: Final = frozenset({EventType.RESTRICTION_LIFTED, EventType.RESTRICTION_EXPIRED})


@dataclass(slots=True)
class Meaning:
    """The rules, over what is remembered in `state`. Alarms gather in `alarms`.

    `now` is the monitor's time; `earliest` is when what is new to it can have happened at the earliest, None where that
    is not known.
    """

    state: State
    source: str
    now: datetime
    earliest: datetime | None = None
    alarms: Alarms = field(init=False)
    newest: datetime | None = None
    is_story: bool = False
    _channels: dict[str, tuple[int, str] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.alarms = Alarms(self.source, self.state.origin)
        told = self.state.get("newest")
        self.newest = None if told is None else datetime.fromisoformat(told)
        self.is_story = self.state.get("story") is not None

    def take(self, index: int, leaf: Leaf, raw: bytes) -> None:
        """Look at one leaf, and remember it."""
        digest = canonical.to_base64(leaves.leaf_hash(raw))
        if index == 0 and leaf.type == EventType.EXAMPLE_BEGUN:
            self.is_story = True
            self.state.put("story", leaf.id)
        before = self.state.add_event(leaf.id, index)
        if before is not None:
            self._alarm(Kind.DUPLICATE, index, leaf, f"event {leaf.id} stands at {before} already")
        self._channel(index, leaf, digest)
        self._time(index, leaf)
        self._members(index, leaf)
        self._case(index, leaf)
        self._made(index, leaf)
        if leaf.type in ERASING:
            self.state.put_thing(leaf.id, "erasure", leaf.case, refs=list(leaf.ref))
        if leaf.c:
            self.state.add_opened(index, leaf.id, digest)

    def done(self) -> None:
        """After the last leaf: remember where all of it stands, and look for what should have come by now."""
        for name, head in self._channels.items():
            if head is not None:
                self.state.put_channel(name, *head)
        if self.newest is not None:
            self.state.put("newest", self.newest.isoformat())
        if self.is_story:
            return
        for id_, told in self.state.things("closed").items():
            if datetime.fromisoformat(told["until"]) + GRACE < self.now:
                said = f"restriction {told['owner']} was to end at {told['until']}, and no event ends it."
                self._alarm(Kind.RESTRICTION, None, None, said)
                self.state.forget_thing(id_)

    # -- What every leaf must keep to --------------------------------------------------------------------------------

    def _channel(self, index: int, leaf: Leaf, digest: str) -> None:
        if leaf.chan not in self._channels:
            self._channels[leaf.chan] = self.state.channel(leaf.chan)
        last = self._channels[leaf.chan]
        seq, head = (0, None) if last is None else last
        if leaf.seq != seq + 1:
            said = f"channel {leaf.chan} goes on with number {leaf.seq} after {seq}"
            self._alarm(Kind.CHANNEL, index, leaf, said)
        elif leaf.prev != head:
            said = f"number {leaf.seq} of channel {leaf.chan} does not follow the leaf that stands before it"
            self._alarm(Kind.CHANNEL, index, leaf, said)
        self._channels[leaf.chan] = (leaf.seq, digest)

    def _time(self, index: int, leaf: Leaf) -> None:
        at = datetime.fromisoformat(leaf.at)
        if self.newest is not None and at < self.newest:
            said = f"its time {leaf.at} is before that of the leaf before it"
            self._alarm(Kind.TIME, index, leaf, said)
        elif at > self.now + AHEAD:
            self._alarm(Kind.TIME, index, leaf, f"its time {leaf.at} lies ahead")
        elif self.earliest is not None and at < self.earliest and not self.is_story:
            said = f"its time {leaf.at} is long before the log held it: it was back-dated, or kept back"
            self._alarm(Kind.TIME, index, leaf, said)
        self.newest = at if self.newest is None else max(at, self.newest)

    def _members(self, index: int, leaf: Leaf) -> None:
        known = COMMITTED.get(leaf.type)  # type: ignore[call-overload]  # A text equals its enum's member.
        # A type that this version does not know has rules that it does not know.
        if known is not None and not leaf.c.keys() <= known:
            named = ", ".join(sorted(leaf.c.keys() - known))
            self._alarm(Kind.MEMBERS, index, leaf, f"{leaf.type} commits to {named}, which it cannot have")

    def _case(self, index: int, leaf: Leaf) -> None:
        """A case begins once, with what begins it."""
        if leaf.case is None or (first := _FIRST.get(leaf.case[:3])) is None:
            return
        known = self.state.thing(leaf.case)
        if leaf.type == first:
            if known is not None:
                self._alarm(Kind.ORDER, index, leaf, f"{leaf.case} begins a second time")
            self.state.put_thing(leaf.case, "case", None, begun=leaf.id)
        elif known is None:
            self._alarm(Kind.ORDER, index, leaf, f"{leaf.type} speaks of {leaf.case}, which did not begin before")
            self.state.put_thing(leaf.case, "case", None, begun=None)

    # -- What things must keep to ------------------------------------------------------------------------------------

    def _made(self, index: int, leaf: Leaf) -> None:
        for prefix in _SPEAKING.get(leaf.type, ()):  # type: ignore[call-overload]
            self._speaks(index, leaf, prefix)
        if (prefix := _MADE.get(leaf.type)) is not None:  # type: ignore[call-overload]
            for made in (one for one in leaf.ref if one.startswith(prefix)):
                if self.state.thing(made) is not None:
                    self._alarm(Kind.DUPLICATE, index, leaf, f"{made} is made a second time")
                self.state.put_thing(made, "made", leaf.case)
        if leaf.type == EventType.DECISION_MADE:
            self._decision(index, leaf)
        elif leaf.type == EventType.NOTICE_RECEIVED:
            self._count(leaf)
        elif leaf.type.startswith("restriction."):
            self._restriction(index, leaf)

    def _speaks(self, index: int, leaf: Leaf, prefix: str) -> None:
        named = [one for one in leaf.ref if one.startswith(prefix)]
        known = [self.state.thing(one) for one in named]
        if not named:
            self._alarm(Kind.ORDER, index, leaf, f"{leaf.type} names no {_WORDS[prefix]}")
        elif any(one is None or one["owner"] != leaf.case for one in known):
            said = f"{leaf.type} speaks of a {_WORDS[prefix]} that was not made before in its case"
            self._alarm(Kind.ORDER, index, leaf, said)

    def _decision(self, index: int, leaf: Leaf) -> None:
        missing = sorted(_DECIDED - leaf.c.keys())
        if not any(one.startswith("sor_") for one in leaf.ref):
            missing.append("a statement of reasons")
        if missing:
            self._alarm(Kind.DECISION, index, leaf, f"a decision without {' and '.join(missing)}")

    def _count(self, leaf: Leaf) -> None:
        sender, recipient = leaf.chan.split(">")
        year = int(leaf.at[:4])
        self.state.count(sender, year, sent=1)
        self.state.count(recipient, year, received=1)

    def _restriction(self, index: int, leaf: Leaf) -> None:
        if leaf.case is None:
            self._alarm(Kind.RESTRICTION, index, leaf, f"{leaf.type} names no restriction")
            return
        key = leaf.case + "/order"
        told: dict[str, Any] = self.state.thing(key) or {"approvals": [], "published": False}
        said: str | None = None
        if leaf.type == EventType.RESTRICTION_PROPOSED:
            told |= {"proposed": leaf.id, "law": leaf.law, "until": leaf.due}
            said = _unfounded(leaf)
        elif leaf.type == EventType.RESTRICTION_APPROVED:
            told["approvals"] = [*told["approvals"], leaf.id]
        elif leaf.type == EventType.RESTRICTION_PUBLISHED:
            said = _unordered(leaf, told)
            told["published"] = True
            if leaf.due is not None:
                self.state.put_thing(leaf.case + "/closed", "closed", leaf.case, until=leaf.due)
        elif leaf.type in _CARRIED and not told["published"]:
            said = f"{leaf.type} of {leaf.case}, which was never published"
        if leaf.type in _ENDS:
            self.state.forget_thing(leaf.case + "/closed")
        self.state.put_thing(
            key, "order", leaf.case, **{name: one for name, one in told.items() if name not in {"kind", "owner"}}
        )
        if said is not None:
            self._alarm(Kind.RESTRICTION, index, leaf, said)

    def _alarm(self, kind: Kind, index: int | None, leaf: Leaf | None, said: str) -> None:
        self.alarms.add(kind, said, index=index, event=None if leaf is None else leaf.id)


_WORDS: Final = {"dec_": "decision", "apl_": "appeal"}


def _unfounded(leaf: Leaf) -> str | None:
    """What a proposal must name."""
    missing = [word for word, one in (("a law", leaf.law), ("an end", leaf.due)) if one is None]
    return f"a restriction is proposed without {' and '.join(missing)}" if missing else None


def _unordered(leaf: Leaf, told: dict[str, Any]) -> str | None:
    """What must stand before a publication, by its own references and by what the log holds."""
    if told.get("proposed") is None or told["proposed"] not in leaf.ref:
        return f"{leaf.case} is published without its proposal"
    if leaf.law is None or leaf.due is None:
        return f"{leaf.case} is published without a law or an end"
    if (leaf.law, leaf.due) != (told.get("law"), told.get("until")):
        return f"{leaf.case} is published with another law or end than it was proposed with"
    approved = set(told["approvals"]) & set(leaf.ref)
    if len(approved) < APPROVALS:
        return f"{leaf.case} is published with {len(approved)} of {APPROVALS} approvals"
    return None
