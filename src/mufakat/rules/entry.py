"""What the register is made of and from (I-12): an event as it is read, an entry as the public sees it.

Nothing else goes in: leaves, the openings that are not erased, which kinds the parties were registered as, and the
time. What of it is shown stands in `publicity.ENTRIES`, field by field; a field that is not named there cannot get
into an entry. `entries` makes them; a kind of entry is a word, and later rooms add theirs there.
"""

import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct

from mufakat.rules.publicity import ENTRIES, Because, is_office


class Happened(Struct, frozen=True, kw_only=True):
    """An event as the register reads it.

    `openings` are the values of the fields that it commits to; None says that a value was erased. `refs` are the ids
    that its leaf names, `due` the time.
    """

    id: str
    shard: str
    position: int
    type: str
    at: datetime
    case: str
    sender: str
    recipient: str
    leaf_hash: bytes
    law: str | None = None
    due: datetime | None = None
    refs: tuple[str, ...] = ()
    openings: Mapping[str, bytes | None] = MappingProxyType({})

    def value(self, name: str) -> bytes | None:
        """What was committed to under this name; None where it is erased, or nothing was."""
        return self.openings.get(name)

    def ref(self, prefix: str) -> str | None:
        """The first id that begins so."""
        return next((one for one in self.refs if one.startswith(prefix)), None)


class Hidden(Struct, frozen=True, omit_defaults=True):
    """Why a field is not shown, and until when where that is known."""

    because: Because
    until: str | None = None


class Step(Struct, frozen=True):
    """One public event of an entry: by its hash it is found in the log, by its id its receipt."""

    type: str
    at: str
    event: str
    leaf: str


class Entry(Struct, frozen=True, kw_only=True):
    """What the public sees of one thing.

    id          of the thing itself: ``ntc_``, ``dec_``, ``sor_``, ``apl_``, ``mnd_``, ``ctc_``, ``pty_``, ``agr_``,
                ``rst_``.
    kind        notice, decision, statement, appeal, mandate, representative, party, agreement, restriction.
    at          when it began (RFC 3339, milliseconds); entries are listed newest first.
    state       whose turn it is, or how it stands; a code.
    title       codes, from which a page makes a line: first the kind.
    fields      name → what is shown: codes, times, numbers, lists and objects of them, and texts that people wrote.
    hidden      name → why a field that is there is not shown. No name is in both.
    event, leaf the event that began it and its leaf's hash in base64; `shard` is the log it stands in.
    steps       its public events, oldest first; the first is `event`.
    related     ids of other entries.
    """

    id: str
    kind: str
    at: str
    state: str
    title: tuple[str, ...]
    fields: dict[str, Any]
    hidden: dict[str, Hidden]
    event: str
    leaf: str
    shard: str
    steps: tuple[Step, ...]
    related: tuple[str, ...]


class Party(Struct, frozen=True):
    """A party as it was registered; `kind` is None where the journal does not say."""

    handle: str
    kind: str | None
    name: str = ""


class Projected(Struct, frozen=True, kw_only=True):
    """An entry with what the register keeps beside it; all of it is made from what is shown alone.

    `place` is its place in the order, `words` what it is found by, `changes_at` when time alone changes it.
    """

    entry: Entry
    case: str
    place: int
    words: tuple[str, ...]
    changes_at: datetime | None


Parties = Mapping[str, Party]

NOBODY: Final = Party("", None)


class Terms(Struct, frozen=True):
    """What hides fields of a case for a time, or for good."""

    delayed_until: datetime | None = None
    undisclosed_until: datetime | None = None
    protected: Because | None = None


class Sheet:
    """The fields of one entry while it is made: each goes through `publicity`."""

    def __init__(self, kind: str, terms: Terms, at: datetime) -> None:
        self.kind = kind
        self.fields: dict[str, Any] = {}
        self.hidden: dict[str, Hidden] = {}
        self._terms = terms
        self._at = at

    def put(self, name: str, value: Any) -> None:
        """Show a value, where this field is shown; None is no field."""
        rule = ENTRIES[self.kind][name]
        if value is None:
            return
        if self._terms.protected is not None and not rule.protected:
            self.hidden[name] = Hidden(self._terms.protected)
        elif not rule.undisclosed and _lies_ahead(self._terms.undisclosed_until, self._at):
            self.hidden[name] = Hidden(Because.NON_DISCLOSURE, moment(self._terms.undisclosed_until))
        elif not rule.delayed and _lies_ahead(self._terms.delayed_until, self._at):
            self.hidden[name] = Hidden(Because.DELAYED, moment(self._terms.delayed_until))
        else:
            self.fields[name] = value

    def hide(self, name: str, because: Because) -> None:
        """Say that a field is there and why it is not shown, whatever the table says."""
        _ = ENTRIES[self.kind][name]
        if name not in self.fields:
            self.hidden.setdefault(name, Hidden(because))

    @property
    def protected(self) -> Because | None:
        """Why nothing here may lead to content; None where it may."""
        return self._terms.protected

    @property
    def changes_at(self) -> datetime | None:
        """When the first of what hides ends."""
        ends = (self._terms.delayed_until, self._terms.undisclosed_until)
        return min((end for end in ends if end is not None and end > self._at), default=None)


def made(  # noqa: PLR0913 - the parts of an entry, each by name.
    sheet: Sheet,
    *,
    id_: str,
    state: str,
    title: tuple[str, ...],
    steps: Sequence[Happened],
    related: Iterable[str] = (),
    second: bool = False,
    changes_at: datetime | None = None,
) -> Projected:
    """The entry of a filled sheet; `steps` are its public events, `second` marks the second entry of one event."""
    first = steps[0]
    entry = Entry(
        id=id_,
        kind=sheet.kind,
        at=instant(first.at),
        state=state,
        title=(sheet.kind, *title),
        fields=dict(sorted(sheet.fields.items())),
        hidden=dict(sorted(sheet.hidden.items())),
        event=first.id,
        leaf=hash_of(first),
        shard=first.shard,
        steps=tuple(Step(one.type, instant(one.at), one.id, hash_of(one)) for one in steps),
        related=tuple(dict.fromkeys(related)),
    )
    soonest = min((one for one in (sheet.changes_at, changes_at) if one is not None), default=None)
    return Projected(
        entry=entry,
        case=first.case,
        place=place_of(first, second=second),
        words=words_of(entry),
        changes_at=soonest,
    )


_TIES: Final = 21  # Bits below the millisecond; with 42 above them the years up to 2109 fit a signed number.
_LAST: Final = (1 << 42) - 1
_PLACES: Final = 19  # Of these, bits for the position in the shard; the two above them part the shards.
_EACH: Final = 2  # Entries that one event begins: a decision and its statement.


def place_of(event: Happened, *, second: bool = False) -> int:
    """Where an entry stands in the order of the register: by time, then as the journal has it.

    Positions of a shard are free of gaps, so what was committed in one millisecond has places of its own.
    """
    position = (event.position * _EACH + second) % (1 << _PLACES)
    shard = zlib.crc32(event.shard.encode()) % (1 << _TIES - _PLACES)
    return first_place(event.at) + (shard << _PLACES) + position


def first_place(at: datetime) -> int:
    """The least place that an entry of this millisecond, or a later one, can have."""
    since = at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    milliseconds = (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000
    return max(0, min(milliseconds, _LAST)) << _TIES


def fold(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: without case and marks; whatever is no letter or digit parts them."""
    kept = unicodedata.normalize("NFKD", text).casefold().translate(_SIGNS)
    return tuple(word[:LONGEST_WORD] for word in kept.split())


LONGEST_WORD: Final = 64
MOST_WORDS: Final = 2_000


class _Signs(dict[int, int | None]):
    """What becomes of each sign of a text that was folded: itself, a gap, or nothing; found out once for most."""

    REMEMBERED = 0x2000  # The alphabets; what lies above are too many signs to keep.

    def __missing__(self, code: int) -> int | None:
        sign = chr(code)
        kept = code if sign.isalnum() else None if unicodedata.category(sign)[0] == "M" else ord(" ")
        if code < self.REMEMBERED:
            self[code] = kept
        return kept


_SIGNS: Final = _Signs()


def words_of(entry: Entry) -> tuple[str, ...]:
    """What an entry is found by, made of what it shows: words of its texts, and one mark for each code of a filter."""
    texts = [*entry.title, entry.state, entry.id]
    _gather((value for name, value in entry.fields.items() if not name.endswith("_at")), texts)
    # All of them at once: a gap parts the words of two texts as it does those of one.
    found = dict.fromkeys(fold(" ".join(texts)))
    marks = [mark("kind", entry.kind)]
    marks += [mark("party", handle) for handle in parties_of(entry)]
    marks += [mark(name, entry.fields[name]) for name in ("category", "outcome") if name in entry.fields]
    return (*list(found)[:MOST_WORDS], *marks)


def parties_of(entry: Entry) -> tuple[str, ...]:
    """The handles that an entry shows."""
    names = ("sender", "recipient", "holder", "party", "handle", "authority", "platform")
    named = [entry.fields.get(name) for name in names]
    named += [*entry.fields.get("parties", ()), *entry.fields.get("operators", ())]
    return tuple(dict.fromkeys(one for one in named if isinstance(one, str)))


def mark(name: str, value: str) -> str:
    """One word for a code of a filter, different for different values; `fold` leaves none that looks so in a text."""
    return f"§{name}§{value.encode().hex()}"


def _gather(values: Iterable[Any], texts: list[str]) -> None:
    """Add the texts in these values, in their order."""
    for value in values:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, list | tuple):
            _gather(value, texts)
        elif isinstance(value, Mapping):
            _gather(value.values(), texts)


def public_party(handle: str, parties: Parties) -> Party:
    """A party as registered."""
    return parties.get(handle, NOBODY)


def is_named(handle: str, parties: Parties) -> bool:
    """Whether the public sees this party's handle."""
    return is_office(public_party(handle, parties).kind)


def text_of(event: Happened, name: str) -> str | None:
    """An opening as text; None where there is none, or no more."""
    value = event.value(name)
    return value.decode("utf-8", "replace") if value is not None else None


def json_of(event: Happened, name: str) -> Any:
    """An opening as JSON; None where there is none, or no more, or it is something else."""
    value = event.value(name)
    if value is None:
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def moment(at: datetime | None) -> str | None:
    """The instant, where there is one."""
    return instant(at) if at is not None else None


def hash_of(event: Happened) -> str:
    """The leaf's hash in base64."""
    return msgspec.json.encode(event.leaf_hash).decode()[1:-1]


def _lies_ahead(end: datetime | None, at: datetime) -> bool:
    return end is not None and at < end
