import hashlib
from collections.abc import Sequence

from hypothesis import given, settings, strategies as st

from mufakat.proof import fork, merkle, policy, tile, tree
from mufakat.proof.checkpoint import Checkpoint
from mufakat.proof.edge import Edge
from mufakat.proof.errors import (
    BundleError,
    CheckpointError,
    ConsistencyError,
    ForkFileError,
    InclusionError,
    PolicyError,
    TilePathError,
    TlogProofError,
)
from mufakat.proof.reader import TileReader
from mufakat.proof.tile import Bundle, Tile
from mufakat.proof.tlog_proof import TlogProof

HASHES = [hashlib.sha256(n.to_bytes(4)).digest() for n in range(1200)]
TILES = {(one.tile.level, one.tile.index): one.content for one in Edge().grow(HASHES).tiles}
READER = TileReader(lambda one: TILES[one.level, one.index][: one.length])

# No deadline: the machine may be busy with other tests.
patient = settings(deadline=None, max_examples=60)
sizes = st.integers(0, len(HASHES)) | st.sampled_from([0, 1, 2, 255, 256, 257, 511, 512, 513, 1024, 1025])
digests = st.binary(min_size=32, max_size=32)


def naive_root(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + naive_root(hashes[:split]) + naive_root(hashes[split:])).digest()


def naive_path(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """Section 2.1.1."""
    if len(hashes) == 1:
        return []
    split = 1 << (len(hashes) - 1).bit_length() - 1
    if index < split:
        return [*naive_path(index, hashes[:split]), naive_root(hashes[split:])]
    return [*naive_path(index - split, hashes[split:]), naive_root(hashes[:split])]


def naive_subproof(old: int, hashes: Sequence[bytes], *, whole: bool) -> list[bytes]:
    """Section 2.1.2."""
    if old == len(hashes):
        return [] if whole else [naive_root(hashes)]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    if old <= split:
        return [*naive_subproof(old, hashes[:split], whole=whole), naive_root(hashes[split:])]
    return [*naive_subproof(old - split, hashes[split:], whole=False), naive_root(hashes[:split])]


@patient
@given(st.lists(st.integers(0, 300), max_size=4))
def test_a_tree_grown_in_any_batches_is_the_recursive_one(batches: list[int]) -> None:
    edge, store = Edge(), {}
    for batch in batches:
        before = edge.size
        growth = edge.grow(HASHES[before : before + batch])
        assert [one.tile for one in growth.tiles] == list(tile.tiles_of(growth.size, since=before))
        edge = growth.edge
        store.update({one.tile: one.content for one in growth.tiles})
    assert edge.root() == naive_root(HASHES[: edge.size])
    assert Edge.load(edge.size, store.__getitem__) == edge


@patient
@given(sizes)
def test_the_root_from_tiles_is_the_recursive_one(size: int) -> None:
    assert READER.root(size) == naive_root(HASHES[:size])


@patient
@given(sizes.filter(bool), st.data())
def test_an_inclusion_proof_from_tiles_is_the_recursive_one(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    assert READER.inclusion(index, size) == naive_path(index, HASHES[:size])


@patient
@given(sizes.filter(bool), st.data())
def test_a_consistency_proof_from_tiles_is_the_recursive_one(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    assert READER.consistency(old, new) == naive_subproof(old, HASHES[:new], whole=True)


@patient
@given(sizes.filter(bool), st.data())
def test_a_changed_inclusion_proof_does_not_verify(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    good = READER.inclusion(index, size)
    proof = data.draw(st.lists(st.sampled_from([*good, bytes(32), HASHES[index]]), max_size=12))
    place = data.draw(st.integers(0, size))
    try:
        merkle.verify_inclusion(proof, index=place, size=size, leaf_hash=HASHES[index], root=READER.root(size))
    except InclusionError:
        return
    assert (proof, place) == (good, index)


@patient
@given(sizes.filter(lambda size: size > 1), st.data())
def test_a_changed_consistency_proof_does_not_verify(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    good = READER.consistency(old, new)
    proof = data.draw(st.lists(st.sampled_from([*good, bytes(32)]), max_size=12))
    roots = {"old_root": READER.root(old), "new_root": READER.root(new)}
    try:
        merkle.verify_consistency(proof, old=old, new=new, **roots)
    except ConsistencyError:
        assert proof != good
        return
    assert proof == good


@patient
@given(st.integers(0, tile.MAX_LEVEL), st.integers(0, tile.MAX_INDEX), st.integers(1, 256))
def test_a_path_is_read_back(level: int, index: int, width: int) -> None:
    both: list[Tile | Bundle] = [Tile(level, index, width), Bundle(index, width)]
    assert [tile.parse(one.path) for one in both] == both


@patient
@given(
    st.text(alphabet="tile/enrs0123456789x.p", max_size=30) | st.from_regex(r"tile/\d{1,2}/(x\d{3}/)?\d{3}(\.p/\d+)?")
)
def test_a_path_has_one_spelling(path: str) -> None:
    try:
        found = tile.parse(path)
    except TilePathError:
        return
    assert found.path == path


@patient
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_entries_are_read_back(entries: list[bytes]) -> None:
    assert tile.decode_bundle(tile.encode_bundle(entries), len(entries)) == entries


@patient
@given(st.binary(max_size=200), st.integers(1, 5))
def test_any_bytes_are_a_bundle_or_refused_in_the_family(data: bytes, width: int) -> None:
    try:
        entries = tile.decode_bundle(data, width)
    except BundleError:
        return
    assert (tile.encode_bundle(entries), len(entries)) == (data, width)


@patient
@given(st.text() | st.builds("{}\n{}\n{}\n".format, st.just("a"), st.text("0123456789", max_size=4), st.text("AB=")))
def test_any_text_is_a_checkpoint_or_refused_in_the_family(text: str) -> None:
    try:
        head = Checkpoint.parse(text)
    except CheckpointError:
        return
    assert head.text() == text


@patient
@given(
    st.integers(0, 2**63 - 2), st.lists(digests, max_size=63), st.none() | st.binary(min_size=1), st.binary(min_size=1)
)
def test_a_tlog_proof_is_read_back(index: int, hashes: list[bytes], extra: bytes | None, note: bytes) -> None:
    proof = TlogProof(index=index, hashes=tuple(hashes), extra=extra, checkpoint=note)
    assert TlogProof.parse(proof.to_bytes()) == proof


@patient
@given(st.binary().map(b"c2sp.org/tlog-proof@v1\nindex 0\n".__add__) | st.binary())
def test_any_bytes_are_a_tlog_proof_or_refused_in_the_family(data: bytes) -> None:
    try:
        proof = TlogProof.parse(data)
    except TlogProofError:
        return
    assert proof.to_bytes() == data


@patient
@given(st.binary() | st.text("quorum nogpalyw#\t \n123").map(str.encode))
def test_any_bytes_are_a_policy_or_refused_in_the_family(data: bytes) -> None:
    try:
        read = policy.parse(data)
    except PolicyError:
        return
    assert read.is_met([]) == (read.quorum is None)


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert READER.root(0) == tree.empty_root()


@patient
@given(st.data())
def test_every_fork_is_proven_and_no_honest_log_ever_is(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, len(HASHES)))
    old = data.draw(st.integers(1, new))
    at = data.draw(st.integers(0, new - 1))
    other = [*HASHES[:at], hashlib.sha256(b"another").digest(), *HASHES[at + 1 : new]]
    grown = {(one.tile.level, one.tile.index): one.content for one in Edge().grow(other).tiles}
    reader = TileReader(lambda one: grown[one.level, one.index][: one.length])
    older = Checkpoint(origin="log.example/1", size=old, root=naive_root(HASHES[:old]))
    newer = Checkpoint(origin="log.example/1", size=new, root=reader.root(new))
    path = fork.path_of(reader, old=old, new=new)
    assert fork.contradict(older, newer, path) == (at < old)
    # And no other way makes one of an honest pair.
    honest = Checkpoint(origin="log.example/1", size=new, root=READER.root(new))
    assert not fork.contradict(older, honest, path)
    assert not fork.contradict(older, honest, fork.path_of(READER, old=old, new=new))
    assert not fork.contradict(older, honest, data.draw(st.lists(digests | st.sampled_from(HASHES), max_size=20)))


@patient
@given(
    st.binary(max_size=2000) | st.binary(max_size=200).map(lambda rest: b"mufakat/fork/v1\nolder 1\nnewer 1\n" + rest)
)
def test_bytes_that_are_no_file_of_a_fork_are_refused_in_plain_words(data: bytes) -> None:
    try:
        found = fork.Fork.parse(data)
    except ForkFileError:
        return
    assert found.to_bytes() == data
