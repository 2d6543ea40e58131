"""A disk that knows what is certain and what is only under way: the model of README.md, rules R1 to R5.

It is fed the records of a recording one by one, and asked in between what a power cut would leave.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import TypeAlias

from recorder import Kind, Known, Record, RecordingError, UnmodelledError

PAGE = 4096  # Bytes; what a kernel writes back at once, so a longer write may survive in part.
SECTOR = 512  # Bytes; what a disk writes whole or not at all.
IGNORED = ("-shm",)  # SQLite's index of the WAL: mapped memory, never synced, built anew after a crash.

_ZEROS = bytes(PAGE)


class Variant(StrEnum):
    """How much of what was not synced survives."""

    STRICT = "strict"  # Nothing.
    NAMES = "names"  # All creations, renames and removals, but no content: the classic of journalling file systems.
    RANDOM = "random"  # Any part, drawn by seed: of the names, and of the pages written.
    TORN = "torn"  # As random, and the last page that survives is cut at a sector.
    ALL = "all"  # Everything: the process was killed, the machine lived on.


class Image:
    """The content of a file in pages: a copy shares them, a change makes one new."""

    __slots__ = ("_pages", "size")

    def __init__(self, content: bytes = b"") -> None:
        self._pages: dict[int, bytes] = {}
        self.size = 0
        self.write(0, content)

    def copy(self) -> "Image":
        other = Image()
        other._pages = self._pages.copy()
        other.size = self.size
        return other

    def write(self, offset: int, content: bytes) -> None:
        for at, piece in _by_page(offset, content):
            number, within = divmod(at, PAGE)
            old = self._pages.get(number, _ZEROS)
            self._pages[number] = old[:within] + piece + old[within + len(piece) :]
        if content:
            self.size = max(self.size, offset + len(content))

    def truncate(self, length: int) -> None:
        if length < self.size:
            last, within = divmod(length, PAGE)
            cut = self._pages.get(last, _ZEROS)[:within] + _ZEROS[within:]
            self._pages = {number: page for number, page in self._pages.items() if number < last}
            if within:
                self._pages[last] = cut
        self.size = length

    def apply(self, record: Record) -> None:
        if record.kind is Kind.WRITE:
            self.write(record.number, record.content)
        else:
            self.truncate(record.number)

    def content(self) -> bytes:
        return b"".join([self._pages.get(number, _ZEROS) for number in range(-(-self.size // PAGE))])[: self.size]


def _by_page(offset: int, content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        size = PAGE - (offset + at) % PAGE
        yield offset + at, content[at : at + size]
        at += size


@dataclass(slots=True, eq=False)
class _Node:
    """A file or a folder, whatever its names."""

    is_folder: bool
    inode: int
    links: int = 0  # How many names it has in the eyes of the running program.
    durable: Image = field(default_factory=Image)  # What every state holds.
    live: Image = field(default_factory=Image)  # What the running program sees.
    pending: list[Record] = field(default_factory=list)  # The writes and truncations between the two.


_Key: TypeAlias = tuple[_Node, str]  # A folder, and a name in it.


@dataclass(slots=True, eq=False)
class _Naming:
    """One change of names: a name gone, a name come, or both at once (a rename, R4)."""

    node: _Node
    end: int
    gone: _Key | None
    come: _Key | None
    waits: set[_Node] = field(default_factory=set)  # The folders yet to be synced until it is durable.

    @property
    def keys(self) -> set[_Key]:
        return {key for key in (self.gone, self.come) if key}

    def apply(self, names: dict[_Key, _Node]) -> None:
        if self.gone and names.get(self.gone) is self.node:
            del names[self.gone]
        if self.come:
            names[self.come] = self.node


class Disk:
    """What is certain on the disk, and what is only under way, after some records."""

    def __init__(self, known: Sequence[Known]) -> None:
        self._root = _Node(is_folder=True, inode=known[0].inode, links=1)
        self._inodes = {known[0].inode: self._root}
        self._durable: dict[_Key, _Node] = {}
        self._live: dict[_Key, _Node] = {}
        self._namings: list[_Naming] = []  # In order, from the first that is not durable.
        self._dirty: set[_Node] = set()  # Those with pending content that may be seen again.
        for one in known[1:]:
            if one.path.endswith(IGNORED):
                continue
            image = Image(one.content or b"")
            new = _Node(is_folder=one.content is None, inode=one.inode, durable=image, live=image.copy())
            node = self._inodes.setdefault(one.inode, new)
            node.links += 1
            self._live[self._key(one.path)] = node
        self._durable.update(self._live)

    @property
    def has_pending_names(self) -> bool:
        return bool(self._namings)

    @property
    def has_pending_content(self) -> bool:
        return bool(self._dirty)

    def do(self, record: Record) -> None:
        if record.path.endswith(IGNORED):
            return
        match record.kind:
            case Kind.WRITE | Kind.TRUNCATE:
                node = self._node(record)
                node.live.apply(record)
                node.pending.append(record)
                self._dirty.add(node)
            case Kind.SYNC:
                self._sync(self._node(record), record.number)
            case Kind.CREATE | Kind.MKDIR:
                self._inodes[record.inode] = _Node(is_folder=record.kind is Kind.MKDIR, inode=record.inode)
                self._name(record, come=record.path)
            case Kind.LINK:
                self._name(record, come=record.path)
            case Kind.UNLINK:
                self._name(record, gone=record.path)
            case Kind.RENAME:
                self._name(record, gone=record.path, come=record.target)
            case Kind.UNMODELLED:
                raise UnmodelledError(f"{record.target} of {record.path}")

    def _node(self, record: Record) -> _Node:
        if record.inode not in self._inodes:
            if not record.path.endswith(" (deleted)"):
                raise RecordingError(f"nobody was seen creating {record.path}")
            self._inodes[record.inode] = _Node(is_folder=False, inode=record.inode)  # No name; a LINK may give one.
        return self._inodes[record.inode]

    def _key(self, path: str) -> _Key:
        *folders, name = path.split("/")
        node = self._root
        for folder in folders:
            node = self._live[node, folder]
        return node, name

    def _name(self, record: Record, *, gone: str | None = None, come: str | None = None) -> None:
        try:
            node = self._inodes[record.inode]
            old, new = self._key(gone) if gone else None, self._key(come) if come else None
        except KeyError:
            raise RecordingError(f"nobody was seen creating {record.path}, or its folder") from None
        if old:
            self._unlink(old)
        if new:
            self._unlink(new)
            self._live[new] = self._inodes[node.inode] = node
            node.links += 1
        naming = _Naming(node, record.end, old, new)
        naming.waits = {folder for folder, _ in naming.keys}
        self._namings.append(naming)

    def _unlink(self, key: _Key) -> None:
        node = self._live.pop(key, None)
        if node:
            node.links -= 1
            if node.links == 0:
                del self._inodes[node.inode]  # The number may come again, for another file.

    def _sync(self, node: _Node, covered: int) -> None:
        # (R1) Content: what was done before the call began. What others did during the call is not promised.
        for record in node.pending:
            if record.end <= covered:
                node.durable.apply(record)
        node.pending = [record for record in node.pending if record.end > covered]
        if not node.pending:
            self._dirty.discard(node)
        # (R2) The name the file was created with, and the folders it was created in.
        self._keep_creation(node, covered)
        # (R3) A folder: all changes of the names in it.
        for naming in self._namings:
            if naming.end <= covered:
                naming.waits.discard(node)
        # What is durable leaves the list, except behind a change of the same name that is not.
        left: list[_Naming] = []
        contested: set[_Key] = set()
        for naming in self._namings:
            if naming.waits or not contested.isdisjoint(naming.keys):
                left.append(naming)
                contested |= naming.keys
            else:
                naming.apply(self._durable)
                if not naming.node.links:
                    self._dirty.discard(naming.node)
        self._namings = left

    def _keep_creation(self, node: _Node, covered: int) -> None:
        for naming in self._namings:
            if naming.node is node and naming.come and not naming.gone and naming.end <= covered:
                naming.waits.clear()
                self._keep_creation(naming.come[0], covered)

    def after_power_cut(
        self, variant: Variant, rng: Random, *, directory_loss: bool
    ) -> tuple[tuple[str, ...], dict[str, Image]]:
        """Return the folders and files that the variant leaves."""
        chance = {Variant.STRICT: 0.0, Variant.NAMES: 0.0, Variant.ALL: 1.0}.get(variant, rng.choice((0.1, 0.5, 0.9)))
        named = 1.0 if variant is Variant.NAMES or not directory_loss else chance
        names = self._durable.copy()
        for naming in self._namings:
            if not naming.waits or rng.random() < named:
                naming.apply(names)
        folders, files = self._tree(names)
        if variant is Variant.ALL:
            return folders, {path: node.live.copy() for path, node in files.items()}
        images = {node: node.durable.copy() for node in files.values()}
        pieces = [
            (record.end, node, at, piece)
            for node in images
            for record in node.pending
            for at, piece in _pieces(record)
            if chance and rng.random() < chance
        ]
        pieces.sort(key=lambda survivor: survivor[0])
        if variant is Variant.TORN:
            _tear(pieces, rng)
        for _, node, at, piece in pieces:
            if piece is None:
                images[node].truncate(at)
            else:
                images[node].write(at, piece)
        return folders, {path: images[node] for path, node in files.items()}

    def _tree(self, names: Mapping[_Key, _Node]) -> tuple[tuple[str, ...], dict[str, _Node]]:
        """Return the folders, parents first, and the files that can be reached from the root."""
        folders: list[str] = []
        files: dict[str, _Node] = {}
        inside: dict[_Node, list[tuple[str, _Node]]] = {}
        for (folder, name), node in names.items():
            inside.setdefault(folder, []).append((name, node))
        waiting = [("", self._root)]
        while waiting:
            prefix, folder = waiting.pop()
            for name, node in inside.pop(folder, ()):
                if node.is_folder:
                    folders.append(prefix + name)
                    waiting.append((f"{prefix}{name}/", node))
                else:
                    files[prefix + name] = node
        return tuple(folders), files


_Piece: TypeAlias = tuple[
    int, _Node, int, bytes | None
]  # Of the record that ends there; None: truncated to that length.


def _pieces(record: Record) -> Iterator[tuple[int, bytes | None]]:
    # (R5) A write reaches the disk page by page.
    if record.kind is Kind.TRUNCATE:
        yield record.number, None
    else:
        yield from _by_page(record.number, record.content)


def _tear(pieces: list[_Piece], rng: Random) -> None:
    # (R5) A page reaches the disk sector by sector; the last one that can be torn is.
    for number in reversed(range(len(pieces))):
        end, node, at, piece = pieces[number]
        inner = range(at // SECTOR * SECTOR + SECTOR, at + len(piece), SECTOR) if piece else ()
        if piece and inner:
            pieces[number] = (end, node, at, piece[: rng.choice(inner) - at])
            return
