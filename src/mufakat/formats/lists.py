"""The list of an operator as files that programs read: a zone of the DNS, `hosts.txt`, `squid.txt`. Pure.

Every entry has its end beside it, as a comment; no case number stands in any of these files. Each ends with comments
that hold a signed note over all the bytes before them: the text that `feed` names, with the digest of these bytes.

`hosts.txt` closes the name alone, also where the order closes all below it: a file of hosts cannot say more. In
`squid.txt` such a name has a dot before it, and what that covers is left out, as Squid asks for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from mufakat.formats import feed as feeds, rpz
from mufakat.formats.feed import Domain, FeedRefusedError, Head, Refusal
from mufakat.proof import note
from mufakat.rules.restriction import Match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.proof.key import SigningKey, VerifyKey


class Closed(NamedTuple):
    """A name that is closed until then, and until when what is below it is, where it is."""

    name: str
    until: str
    below: str | None


SIGNED: Final = " signed by the log, over every byte before this line:"


def zone(
    head: Head, domains: Iterable[Domain], *, timers: rpz.Timers = rpz.TIMERS, action: rpz.Action
) -> Iterator[str]:
    """The zone file; the entries come sorted by name."""
    yield rpz.head(head.apex, head.serial, timers)
    does = f" CNAME {action.value} ; until "
    for one in merged(domains):
        yield f"{rpz.escaped(one.name)}{does}{one.until}\n"
        if one.below is not None:
            yield f"{rpz.escaped(f'*.{one.name}')}{does}{one.below}\n"


def hosts(head: Head, domains: Iterable[Domain], trees: Collection[str] = ()) -> Iterator[str]:
    """A file of hosts, in both families of addresses; the entries come sorted by name."""
    del trees
    yield _beginning(head)
    for one in merged(domains):
        yield f"0.0.0.0 {one.name} # until {one.until}\n:: {one.name} # until {one.until}\n"


def squid(head: Head, domains: Iterable[Domain], trees: Collection[str] = ()) -> Iterator[str]:
    """A file for Squid's `acl … dstdomain`; the entries come sorted by name, `trees` are those of all below them.

    A comment fills its own line, as Squid reads them.
    """
    yield _beginning(head)
    for one in merged(domains):
        if not any(parent in trees for parent in parents(one.name)):
            yield f"# until {one.below or one.until}\n{'' if one.below is None else '.'}{one.name}\n"


def sign(head: Head, pieces: Iterable[str], *, key: SigningKey, comment: str = "#") -> Iterator[bytes]:
    """The same text, and behind it the comments with the note."""
    digest = hashlib.sha256()
    for piece in feeds.portions(text.encode() for text in pieces):
        digest.update(piece)
        yield piece
    signed = note.sign(head.text(digest.digest()), key)
    lines = [SIGNED, *(f" {line}".rstrip() for line in signed.removesuffix("\n").split("\n"))]
    yield "".join(f"{comment}{line}\n" for line in lines).encode()


def verify(raw: bytes, *, keys: Sequence[VerifyKey], comment: str = "#") -> Head:
    """What the note at the end of a file says of it. Raises FeedRefusedError."""
    before, mark, behind = raw.rpartition(f"{comment}{SIGNED}\n".encode())
    if not mark or (before and not before.endswith(b"\n")):
        raise FeedRefusedError(Refusal.NOT_A_LIST, "The file does not end with a signature.")
    lines = behind.split(b"\n")
    sign_ = comment.encode()
    if lines.pop() or not all(line.startswith(sign_) for line in lines):
        raise FeedRefusedError(Refusal.NOT_A_LIST, "Something stands behind the signature of the file.")
    signed = b"".join(line.removeprefix(sign_).removeprefix(b" ") + b"\n" for line in lines)
    head, digest = feeds.opened(signed, keys)
    if hashlib.sha256(before).digest() != digest:
        raise FeedRefusedError(Refusal.CHANGED, "The file was changed after it was signed.")
    return head


def parents(name: str) -> Iterator[str]:
    """The names above a name, the nearest first."""
    while name:
        name = name.partition(".")[2]
        if name:
            yield name


def _beginning(head: Head) -> str:
    return f"# {head.apex} serial {head.serial}, written {head.at}; an entry counts until the time beside it\n"


def merged(domains: Iterable[Domain]) -> Iterator[Closed]:
    """One of each name, which several restrictions may close; the entries come sorted by name."""
    held: Closed | None = None
    for entry in domains:
        below = entry.until if entry.match is Match.SUBTREE else None
        if held is not None and held.name == entry.name:
            latest = max(held.below or "", below or "") or None
            held = Closed(entry.name, max(held.until, entry.until), latest)
            continue
        if held is not None:
            yield held
        held = Closed(entry.name, entry.until, below)
    if held is not None:
        yield held


Writer = Callable[[Head, Iterable[Domain], Collection[str]], Iterator[str]]
WRITERS: Final[Mapping[str, Writer]] = MappingProxyType({"hosts.txt": hosts, "squid.txt": squid})
