"""From which leaf to which leaf a party's key counts, read out of the log (docs/adr/0003).

A key's `key.enrolled` carries the key's own signature, so that the leaf names it by its label; `key.retired` refers to
that leaf. Where a signature stands between the two it counts, whatever time anybody claims: nobody signs into the past
with a stolen key, the operator neither. `Tenures` is fed with the leaves of one log in their order, as a monitor reads
them, and names what does not hold; `check` looks at one leaf by the list of keys that a server gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from mufakat.proof import canonical, commitment, key as keys_of_logs, signed
from mufakat.proof.errors import KeysFileError, NotSignableError
from mufakat.proof.key import VerifyKey
from mufakat.proof.leaf import Leaf
from mufakat.proof.signed import Checked, Outcome

_Place = TypeVar("_Place", int, str)


class Wrong(StrEnum):
    """What is wrong with a signature of a leaf."""

    BAD = "bad"  # The key did not sign this.
    FOREIGN = "foreign"  # By somebody whose word it is not.
    NOT_ENROLLED = "not_enrolled"  # By a key that was not enrolled before this leaf.
    RETIRED = "retired"  # By a key that was retired before this leaf.
    REPEATED = "repeated"  # The same statement stands in an earlier leaf.
    UNPROVED = "unproved"  # An enrolment without the signature of the key itself.


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with which signature of the leaf at `index`."""

    index: int
    event: str
    label: str
    wrong: Wrong


@dataclass(slots=True)
class Tenure:
    """A key's time in the log, by the indices of leaves; still in force while there is no end."""

    begins: int
    ends: int | None = None

    def covers(self, index: int) -> bool:
        """Ask whether the key counts at this leaf."""
        return self.begins <= index and (self.ends is None or index < self.ends)


@dataclass(slots=True)
class Tenures:
    """The keys of parties in one log. Of one that is not among `keys` the signature's place is judged, not itself."""

    origin: str
    keys: Sequence[VerifyKey]
    found: dict[str, Tenure] = field(default_factory=dict)
    _enrolments: dict[str, str] = field(default_factory=dict)
    _said: set[tuple[str, bytes]] = field(default_factory=set)

    def take(self, index: int, leaf: Leaf) -> list[Finding]:
        """Read the next leaf; what is wrong with its signatures, by keys that are known."""
        if leaf.type == "key.enrolled":
            return self._enrol(index, leaf)
        if leaf.type == "key.retired":
            for event in leaf.ref:
                if (label := self._enrolments.get(event)) is not None and self.found[label].ends is None:
                    self.found[label].ends = index
        return [
            Finding(index, leaf.id, label, wrong)
            for label, outcome in self._checked(leaf)
            if (wrong := self._wrong(index, leaf, label, outcome)) is not None
        ]

    def _enrol(self, index: int, leaf: Leaf) -> list[Finding]:
        """The first signature is the new key's own; a second is by one that is in force."""
        if not leaf.sig:
            return []  # A key for what is agreed alone: it signs no event.
        label = leaf.sig[0].k
        wrong = []
        for place, (one, outcome) in enumerate(self._checked(leaf)):
            held = self.found.get(one)
            if outcome is Outcome.BAD or outcome is Outcome.FOREIGN:
                found = Wrong.UNPROVED if place == 0 else Wrong.BAD
                wrong.append(Finding(index, leaf.id, one, found))
            elif place and (held is None or not held.covers(index)):
                wrong.append(Finding(index, leaf.id, one, Wrong.NOT_ENROLLED if held is None else Wrong.RETIRED))
        if label not in self.found and not wrong:
            self.found[label] = Tenure(index)
            self._enrolments[leaf.id] = label
        return wrong

    def _checked(self, leaf: Leaf) -> list[tuple[str, Outcome]]:
        checked = [(one.k, one.outcome) for one in signed.check(leaf, origin=self.origin, keys=self.keys)]
        if checked and self._statement(leaf) is None:
            # Nobody can have signed what cannot be written down, whether the key is known or not.
            return [(label, Outcome.BAD) for label, _ in checked]
        return checked

    def _statement(self, leaf: Leaf) -> bytes | None:
        try:
            return signed.statement_of(leaf, origin=self.origin)
        except NotSignableError:
            return None

    def _wrong(self, index: int, leaf: Leaf, label: str, outcome: Outcome) -> Wrong | None:
        if outcome is Outcome.BAD:
            return Wrong.BAD
        if outcome is Outcome.FOREIGN:
            return Wrong.FOREIGN
        said = (label, signed.mark(signed.statement_of(leaf, origin=self.origin)))
        if said in self._said:
            return Wrong.REPEATED
        self._said.add(said)
        tenure = self.found.get(label)
        if tenure is None or index < tenure.begins:
            return Wrong.NOT_ENROLLED
        return None if tenure.covers(index) else Wrong.RETIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A key of a party as a server lists it: from where to where it counts.

    In the log `origin` it counts from the leaf at `index` to before the leaf at `retired_index`, elsewhere from
    `enrolled_at` to before `retired_at` (canonical timestamps). Nobody signed that; what is None bounds nothing, so
    nothing in a list makes a reader accept more than the key alone would.
    """

    key: VerifyKey
    origin: str | None = None
    index: int | None = None
    retired_index: int | None = None
    enrolled_at: str | None = None
    retired_at: str | None = None

    def why_not(self, *, origin: str, index: int | None, at: str) -> Outcome | None:
        """Why the key does not count at this leaf of a log, dated `at`; None where it does.

        A leaf of which nobody knows the place, or of another log than the key's, has but its time to be judged by.
        """
        if index is not None and self.index is not None and self.origin == origin:
            return _outside(index, self.index, self.retired_index)
        return _outside(at, self.enrolled_at, self.retired_at)


def check(found: Leaf, *, origin: str, index: int | None, keys: Sequence[Listed]) -> tuple[Checked, ...]:
    """Give each signature of a leaf of this log, as `signed.check` does, and whether its key was in force there.

    `index` is the leaf's place in the log, None where nobody knows it yet.
    """
    barred = [(one, one.why_not(origin=origin, index=index, at=found.at)) for one in keys]
    known = signed.check(found, origin=origin, keys=[one.key for one in keys])
    # A label may be that of several keys: a signature counts where one counts that made it.
    counting = signed.check(found, origin=origin, keys=[one.key for one, why in barred if why is None])
    checked = []
    for one, counted in zip(known, counting, strict=True):
        outcome = one.outcome
        if outcome is Outcome.GOOD and counted.outcome is not Outcome.GOOD:
            outcome = next((why for key, why in barred if key.key.label == one.k and why is not None), outcome)
        checked.append(Checked(one.k, outcome))
    return tuple(checked)


def _outside(place: _Place, begins: _Place | None, ends: _Place | None) -> Outcome | None:
    if begins is not None and place < begins:
        return Outcome.NOT_ENROLLED
    return Outcome.RETIRED if ends is not None and place >= ends else None


class _Item(msgspec.Struct, frozen=True):
    """A key in the list that a server gives; what else stands there is not read."""

    vkey: str
    origin: str | None = None
    index: int | None = None
    retired_index: int | None = None
    enrolled_at: str | None = None
    retired_at: str | None = None


class _List(msgspec.Struct, frozen=True):
    items: list[_Item]


def read(text: str) -> list[Listed]:
    """Read the public keys of parties: a list as it is downloaded, or vkeys, one a line. Raises KeyTextError."""
    if not text.lstrip().startswith("{"):
        return [Listed(key=one) for one in keys_of_logs.read_keys(text)]
    try:
        items = msgspec.json.decode(text, type=_List).items
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise KeysFileError from None
    times = [time for one in items for time in (one.enrolled_at, one.retired_at) if time is not None]
    # Texts are compared as times where they have one form; any other could stand after every time there is.
    if not all(map(canonical.is_timestamp, times)):
        raise KeysFileError
    return [Listed(key=VerifyKey.parse(one.vkey), **_bounds(one)) for one in items]


def _bounds(one: _Item) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__ if name != "vkey"}


def is_enrolled_by(leaf: Leaf, vkey: str, *, salt: bytes) -> bool:
    """Ask whether this leaf enrolled this key: its commitment opens to the line."""
    committed = canonical.from_base64(leaf.c.get("key", "")) or b""
    return leaf.type == "key.enrolled" and commitment.opens(committed, "key", salt, vkey.encode())
