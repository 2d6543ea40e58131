"""Receipts, good and spoilt at every byte, and what the Python verifier says of each: for our other verifiers."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mufakat.proof import checkpoint, leaf, note, policy as policies, receipt, tenure
from mufakat.proof.checkpoint import Checkpoint
from mufakat.proof.cosignature import CosigningKey
from mufakat.proof.edge import Edge
from mufakat.proof.errors import ProofError
from mufakat.proof.key import SigningKey
from mufakat.proof.reader import TileReader
from mufakat.proof.tlog_proof import TlogProof
from mufakat.proof.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

VECTORS = json.loads((Path(__file__).parent / "vectors" / "receipts.json").read_text(encoding="utf-8"))
GOLDEN = json.loads((Path(__file__).parent / "vectors" / "ledger_golden.json").read_text(encoding="utf-8"))
LOG = SigningKey.parse(VECTORS["key"]["private_text"])
NEW = SigningKey(LOG.name, bytes([9]) * 32)  # The key that comes after.
OTHER = SigningKey("other.example", bytes(32))
WITNESS = CosigningKey("witness.example", bytes([1]) * 32)
SECOND = CosigningKey("second.example", bytes([2]) * 32)
AT = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
NOTICE = "ntc_01jd8v9r1ze8k3n7p5s2a4b6d9"
LEAF: bytes = VECTORS["leaf"].encode()
KEYS = LOG.vkey + "\n"
WITNESSES = f"witness w {WITNESS.verify_key.vkey}\nwitness s {SECOND.verify_key.vkey}\n"
POLICY = f"log {LOG.vkey}\n{WITNESSES}group g any w s\nquorum g\n"
ONES = b"\xff" * 32
SIZES = (1, 2, 3, 5, 255, 256, 257)


class Case(NamedTuple):
    """What a verifier is given; bytes in base64, the time in milliseconds."""

    name: str
    receipt: str
    keys: str = KEYS
    policy: str | None = None
    leaf: str | None = None
    at: int = int((AT + timedelta(minutes=1)).timestamp() * 1000)


def expected(case: Case) -> str:
    """The kind of a receipt that is good, or the error's name."""
    try:
        policy = None if case.policy is None else policies.parse(base64.b64decode(case.policy))
        found = verify(
            base64.b64decode(case.receipt),
            keys=tenure.read(case.keys),
            leaf=None if case.leaf is None else base64.b64decode(case.leaf),
            policy=policy,
            at=datetime.fromtimestamp(case.at / 1000, UTC),
        )
    except ProofError as error:
        return type(error).__name__.removesuffix("Error")
    return found.kind.value


def encoded(data: bytes | str) -> str:
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def tree(size: int) -> tuple[TileReader, Checkpoint]:
    """A log of which every leaf but the middle one says its number."""
    entries = [LEAF if place == size // 2 else str(place).encode() for place in range(size)]
    growth = Edge().grow([leaf.leaf_hash(entry) for entry in entries])
    tiles = {one.tile: one.content for one in growth.tiles}
    return TileReader(tiles.__getitem__), Checkpoint(origin=LOG.name, size=size, root=growth.root())


def proof(size: int = 5, *signers: SigningKey, lines: str = "", **changes: Any) -> bytes:
    reader, head = tree(size)
    index = changes.get("index", size // 2)
    values: dict[str, Any] = {
        "index": index,
        "hashes": tuple(reader.inclusion(size // 2, size)),
        "checkpoint": (checkpoint.sign(*(signers or (LOG,)), size=size, root=head.root) + lines).encode(),
        "extra": LEAF,
    }
    return TlogProof(**{**values, **changes}).to_bytes()


def cosigned(size: int = 5, key: CosigningKey = WITNESS, *, at: datetime = AT) -> str:
    return key.cosign(tree(size)[1], at=at)


def spoilt(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Every byte changed, dropped, doubled, and followed by what looks like nothing."""
    for place in range(len(data)):
        yield f"{place} changed", data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        yield f"{place} dropped", data[:place] + data[place + 1 :]
        yield f"{place} doubled", data[: place + 1] + data[place:]
        for byte in (b"\n", b"\r", b" ", b"=", b"\xc2\xa0", b"\xff")[place % 3 :: 3]:
            yield f"{place} then {byte!r}", data[:place] + byte + data[place:]


def cases(*, step: int = 1) -> list[Case]:
    """All of them; of the spoilt ones every `step`-th."""
    found = [*good(), *attacks(), *keyed(), *policed(), *leaved()]
    many = [
        Case(f"{name} {what}", encoded(data), policy=policy)
        for name, whole, policy in (
            ("custody", VECTORS["custody"].encode(), None),
            ("batch", VECTORS["batch"]["receipt"].encode(), None),
            ("inclusion", proof(), None),
            ("witnessed", proof(2, lines=cosigned(2)), encoded(POLICY)),
        )
        for what, data in spoilt(whole)
    ]
    return [*found, *many[::step]]


def good() -> Iterator[Case]:
    yield Case("custody", encoded(VECTORS["custody"]))
    yield Case("custody with its leaf", encoded(VECTORS["custody"]), leaf=encoded(LEAF))
    yield Case("custody within a minute", encoded(VECTORS["custody_mmd_60"]))
    yield Case("batch", encoded(VECTORS["batch"]["receipt"]))
    for size in SIZES:
        yield Case(f"inclusion in {size}", encoded(proof(size)))
    yield Case("inclusion with its leaf apart", encoded(proof(extra=None)), leaf=encoded(LEAF))
    yield Case("witnessed by one", encoded(proof(lines=cosigned())), policy=encoded(POLICY))
    both = cosigned() + cosigned(key=SECOND)
    yield Case("witnessed by two", encoded(proof(lines=both)), policy=encoded(POLICY.replace("g any", "g all")))
    yield Case("signed by a stranger too", encoded(proof(5, LOG, OTHER)))
    text = GOLDEN["checkpoint_70000"].encode()
    key = GOLDEN["key"]["vkey"] + "\n"
    yield Case("golden head, foreign leaf", encoded(proof(checkpoint=text)), keys=key)


def attacks() -> Iterator[Case]:
    """Of the notes' list: bytes 21 to 26."""
    custody, signed = VECTORS["custody"], checkpoint.sign(LOG, size=5, root=tree(5)[1].root)
    text, line = signed.split("\n\n")
    receipts: dict[str, bytes] = {
        "nothing": b"",
        "header alone": b"c2sp.org/tlog-proof@v1",
        "node for a leaf": proof(extra=b"\x01" + bytes(64)),
        "shorter proof": proof(hashes=tuple(tree(5)[0].inclusion(2, 5))[:-1]),
        "longer proof": proof(hashes=(*tree(5)[0].inclusion(2, 5), bytes(32))),
        "64 hashes": proof().replace(b"index 2\n", b"index 2\n" + (encoded(bytes(32)) + "\n").encode() * 62),
        "other index": proof(index=3),
        "index of the size": proof(index=5),
        "index 02": proof().replace(b"index 2", b"index 02"),
        "index -1": proof().replace(b"index 2", b"index -1"),
        "index of 20 digits": proof().replace(b"index 2", b"index 18446744073709551616"),
        "index 2^63-1": proof().replace(b"index 2", b"index 9223372036854775807"),
        "no index": proof().replace(b"index 2\n", b""),
        "empty extra": proof().replace(b"extra " + encoded(LEAF).encode(), b"extra "),
        "extra twice": proof().replace(b"index", b"extra AA==\nindex"),
        "other extra": proof(extra=VECTORS["batch"]["leaves"][1].encode()),
        "extra that is no leaf": proof(1, extra=b"0"),
        "no checkpoint": proof().partition(b"\n\n")[0] + b"\n\n",
        "no leaf": proof(extra=None),
        "size 0": proof(checkpoint=note.sign(f"{LOG.name}\n0\n{encoded(bytes(32))}\n", LOG).encode()),
        "size 0, empty root": proof(
            checkpoint=note.sign(f"{LOG.name}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", LOG).encode()
        ),
        "size 05": proof(checkpoint=note.sign(text.replace("\n5\n", "\n05\n") + "\n", LOG).encode()),
        "size of 20 digits": proof(checkpoint=note.sign(text.replace("\n5\n", f"\n{2**64}\n") + "\n", LOG).encode()),
        "extension line": proof(checkpoint=note.sign(text + "\nextension\n", LOG).encode()),
        "two lines": proof(checkpoint=note.sign(f"{LOG.name}\n5\n", LOG).encode()),
        "root of 31 bytes": proof(checkpoint=note.sign(f"{LOG.name}\n5\n{encoded(bytes(31))}\n", LOG).encode()),
        "another log's head": proof(checkpoint=checkpoint.sign(OTHER, size=5, root=bytes(32)).encode()),
        "a custody receipt as head": proof(checkpoint=custody.encode()),
        "a head as custody receipt": signed.encode(),
        "no blank line": custody.replace("\n\n", "\n").encode(),
        "no signature": custody.partition("\n\n")[0].encode() + b"\n\n",
        "17 signatures": custody.encode() + line.encode() * 17,
        "16 strangers": custody.encode() + "".join(f"— s{n}.example {encoded(bytes(9))}\n" for n in range(15)).encode(),
        "the same line twice": (custody + custody.partition("\n\n")[2]).encode(),
        "known name, other id": f"{custody.partition('— ')[0]}— {LOG.name} {encoded(bytes(68))}\n".encode(),
        "known key, signature of another text": proof(checkpoint=signed.replace("\n5\n", "\n6\n").encode()),
        "64 zero bytes": f"{text}\n\n— {LOG.name} {encoded(LOG.key_id + bytes(64))}\n".encode(),
        "s beyond the order": f"{text}\n\n— {LOG.name} {encoded(LOG.key_id + LOG.sign(b'')[:32] + ONES)}\n".encode(),
        "signature of 63 bytes": f"{text}\n\n— {LOG.name} {encoded(LOG.key_id + bytes(63))}\n".encode(),
        "only an id": f"{text}\n\n— {LOG.name} {encoded(LOG.key_id)}\n".encode(),
        "hyphen for dash": custody.replace("—", "-").encode(),
        "a tab in the text": note_of("mufakat/custody/v1\tx\n"),
        "lines of a Mac": custody.replace("\n", "\r").encode(),
        "lines of Windows": custody.replace("\n", "\r\n").encode(),
        "a byte order mark": b"\xef\xbb\xbf" + custody.encode(),
        "a lone surrogate": custody.encode().replace(b"ntc", b"\xed\xa0\x80"),
        "too long": custody.encode() + b"x" * 2**20,
        "a megabyte of proof": proof() + b"x" * 2**20,
        "a name with a next line": note_of("mufakat/custody/v1\n\x85\n"),
        "custody v2": note_of(custody.partition("\n\n")[0].replace("custody/v1", "custody/v2") + "\n"),
        "five lines": note_of("\n".join(custody.split("\n")[:5]) + "\n"),
        "mmd 0": note_of(custody.partition("\n\n")[0].replace("mmd none", "mmd 0") + "\n"),
        "mmd 86401": note_of(custody.partition("\n\n")[0].replace("mmd none", "mmd 86401") + "\n"),
        "no such day": note_of(custody.partition("\n\n")[0].replace("2026-11-22", "2026-11-31") + "\n"),
        "no leap day": note_of(custody.partition("\n\n")[0].replace("2026-11-22", "2100-02-29") + "\n"),
        "leap second": note_of(custody.partition("\n\n")[0].replace("01:02:03", "23:59:60") + "\n"),
        "year 0": note_of(custody.partition("\n\n")[0].replace("2026", "0000") + "\n"),
        "a party for a notice": note_of(custody.partition("\n\n")[0].replace("ntc_", "pty_") + "\n"),
        "another origin": note_of(custody.partition("\n\n")[0].replace("log/1", "log/2") + "\n"),
    }
    yield from (Case(name, encoded(data)) for name, data in receipts.items())


def note_of(text: str) -> bytes:
    """A note of this text, signed by the log's key whatever it says; also what `note.sign` refuses to sign."""
    return f"{text}\n— {LOG.name} {encoded(LOG.key_id + LOG.sign(text.encode()))}\n".encode()


def keyed() -> Iterator[Case]:
    """Keys and their tenures: rotation, attacks 38 and 39, and what is no file of keys."""
    custody, until = encoded(VECTORS["custody"]), "2026-11-22T01:02:03.456Z"
    for first, last in ((0, None), (5, 5), (6, None), (0, 4), (0, 5), ("2026-11-22T01:02:03.456Z", None)):
        item = {"vkey": LOG.vkey, "from": first, "to": last}
        yield Case(f"tenure {first} to {last}", encoded(proof()), keys=json.dumps({"keys": [item]}))
    for end in (None, until, until.replace("456", "455"), "9999-12-31T23:59:59.999Z"):
        yield Case(f"until {end}", custody, keys=json.dumps({"keys": [{"vkey": LOG.vkey, "until": end}]}))
    both = json.dumps({"keys": [{"vkey": LOG.vkey, "to": 4}, {"vkey": NEW.vkey, "from": 3}]})
    for size in (2, 3, 5):
        for signers in ((LOG,), (NEW,), (LOG, NEW)):
            name = f"size {size} by {[one.key_id.hex() for one in signers]}"
            yield Case(name, encoded(proof(size, *signers)), keys=both)
    yield Case("only a stranger's key", custody, keys=OTHER.vkey)
    yield Case("a stranger's key too", custody, keys=f"{OTHER.vkey}\n{LOG.vkey}")
    yield Case(
        "a key's end beside another log",
        encoded(proof(5, LOG, OTHER)),
        keys=json.dumps({"keys": [{"vkey": LOG.vkey, "to": 4}, {"vkey": OTHER.vkey}]}),
    )
    weak = SigningKey("weak.example", bytes(32)).vkey.partition("+")[0]
    bad = [
        *("", " \n", "x", "a+b", "a+b+c", LOG.vkey[:-1], LOG.vkey.replace("+ca", "+cb"), f"\u00a0{LOG.vkey[:5]}"),
        *(LOG.vkey.upper(), VECTORS["key"]["private_text"], WITNESS.verify_key.vkey, f"+{LOG.vkey.partition('+')[2]}"),
        *(
            f"{weak}+00000000+{encoded(bytes([1, 1]) + bytes(31))}",
            f"{weak}+00000000+{encoded(bytes([1]) + ONES)}",
        ),
        *("{", '{"keys": null}', '{"keys": [null]}', '{"keys": [{"vkey": 5}]}', '{"keys": []}', "{}", '{"keys": {}}'),
        *(json.dumps({"keys": [{"vkey": LOG.vkey, **item}]}) for item in BAD_TENURES),
    ]
    yield from (Case(f"keys {place}: {text[:40]}", custody, keys=text) for place, text in enumerate(bad))


BAD_TENURES: list[dict[str, Any]] = [
    *({"from": -1}, {"from": 1.5}, {"from": True}, {"from": []}, {"from": 2, "to": 1}, {"to": -1}, {"to": {}}),
    *({"until": 5}, {"until": ""}, {"until": "2026-11-22"}, {"until": ["2026-11-22T01:02:03.456Z"]}, {"until": {}}),
]


def policed() -> Iterator[Case]:
    """Policies and cosignatures: attacks 24 and 25."""
    line, w, s = cosigned(), WITNESS.verify_key, SECOND.verify_key
    raw = base64.b64decode(line.split(" ")[2])
    wrong_type = checkpoint.sign(SigningKey(w.name, bytes([1]) * 32), size=5, root=tree(5)[1].root).split("\n\n")[1]
    lines: dict[str, str] = {
        "nobody": "",
        "an unknown witness": cosigned(key=CosigningKey("third.example", bytes([3]) * 32)),
        "signed as a log": wrong_type,
        "changed": f"— {w.name} {encoded(raw[:-1] + bytes([raw[-1] ^ 1]))}\n",
        "without its time": f"— {w.name} {encoded(raw[:4] + raw[12:])}\n",
        "time 0": stamped(0),
        "time 2^63": stamped(2**63),
        "time 2^64-1": stamped(2**64 - 1),
        "of the future": cosigned(at=AT + timedelta(minutes=7)),
        "a little ahead": cosigned(at=AT + timedelta(minutes=5)),
        "of another head": cosigned(3),
    }
    yield from (
        Case(f"cosigned: {name}", encoded(proof(lines=one)), policy=encoded(POLICY)) for name, one in lines.items()
    )
    base = f"log {LOG.vkey}\nwitness w {w.vkey}\nwitness s {s.vkey}\n"
    good = encoded(proof(lines=line))
    policies_ = [
        *(f"{base}quorum none\n", f"{base}quorum w\n", f"{base}quorum s\n", f"{base}group g 2 w s\nquorum g\n", base),
        *("", "quorum none", "quorum none\r\n", "quorum none\nquorum none\n", "quorum x\n", "x\n", "# only a word\n"),
        *(f"{base}group g 0 w s\nquorum g\n", f"{base}group g 3 w s\nquorum g\n", f"{base}group g 01 w s\nquorum g\n"),
        *(
            f"{base}group g constructor w s\nquorum g\n",
            f"{base}group g any w w\nquorum g\n",
            f"{base}group g any\nquorum g\n",
        ),
        *(
            f"{base}group g any g\nquorum g\n",
            f"{base}group g any h\ngroup h any w\nquorum g\n",
            f"{base}group w any s\nquorum w\n",
        ),
        *(f"{base}group g any w\ngroup h any w s\nquorum h\n", f"{base}group g any w\ngroup h all g s\nquorum h\n"),
        *(f"witness w {w.vkey}\nwitness v {w.vkey}\ngroup g 2 w v\nquorum g\n", f"log {w.vkey}\nquorum none\n"),
        *(
            f"witness w {LOG.vkey}\nquorum w\n",
            f"witness none {w.vkey}\nquorum none\n",
            f"log {OTHER.vkey}\nquorum none\n",
        ),
        *(f"log {LOG.vkey}\nlog {LOG.vkey} https://x.example\nquorum none\n", f"log {LOG.vkey} a b\nquorum none\n"),
        *(
            f" \t{base}\t quorum\tw \n",
            f"{base}quorum w\x00\n",
            f"{base}quorum \x7f\n",
            f"witness \xe9 {w.vkey}\nquorum \xe9\n",
        ),
        f"witness w {CosigningKey(LOG.name, bytes([1]) * 32).verify_key.vkey}\nquorum w\n",
    ]
    yield from (Case(f"policy {place}", good, policy=encoded(one)) for place, one in enumerate(policies_))
    yield Case("custody is never witnessed", encoded(VECTORS["custody"]), policy=encoded(POLICY))
    yield Case(
        "custody with a policy of logs", encoded(VECTORS["custody"]), policy=encoded(f"log {LOG.vkey}\nquorum none\n")
    )
    yield Case(
        "custody of another log", encoded(VECTORS["custody"]), policy=encoded(f"log {OTHER.vkey}\nquorum none\n")
    )


def stamped(time: int) -> str:
    """A cosignature at a time at which no witness of ours would sign."""
    message = f"cosignature/v1\ntime {time}\n{tree(5)[1].text()}".encode()
    signature = WITNESS._private.sign(message)
    data = WITNESS.verify_key.key_id + time.to_bytes(8) + signature
    return f"— {WITNESS.verify_key.name} {encoded(data)}\n"


def leaved() -> Iterator[Case]:
    """Leaves that are not written as leaves are, each in a log of its own."""
    said = json.loads(LEAF)
    changes: list[dict[str, Any]] = [
        *(
            {"v": 2},
            {"v": True},
            {"v": "1"},
            {"v": 1.5},
            {"seq": 0},
            {"seq": 2},
            {"seq": 2**53},
            {"seq": 1.5},
            {"seq": "1"},
        ),
        *(
            {"prev": encoded(bytes(32))},
            {"prev": "x", "seq": 2},
            {"prev": encoded(bytes(32)), "seq": 2},
            {"actor": "A"},
        ),
        *(
            {"actor": ""},
            {"actor": None},
            {"actor": "a" * 64},
            {"at": "2026-11-22T01:02:03Z"},
            {"at": None},
            {"due": "x"},
        ),
        *({"due": None}, {"law": None}, {"law": "A"}, {"case": None}, {"case": "xxx_01jd8v9r1ze8k3n7p5s2a4b6d9"}),
        *({"case": said["id"]}, {"chan": "kominfo"}, {"chan": "a>b>c"}, {"id": NOTICE}, {"type": "notice"}),
        *(
            {"type": "notice." + "x" * 40},
            {"type": "Notice.received"},
            {"type": "notice.received.again"},
            {"ref": None},
        ),
        *(
            {"ref": [NOTICE]},
            {"ref": [NOTICE] * 33},
            {"ref": ["x"]},
            {"ref": {}},
            {"sig": []},
            {"sig": [{}]},
            {"sig": {}},
        ),
        *({"sig": said["sig"] * 5}, {"sig": [{**said["sig"][0], "x": ""}]}, {"sig": [{**said["sig"][0], "s": "AA=="}]}),
        *(
            {"c": {}},
            {"c": []},
            {"c": {"A": encoded(bytes(32))}},
            {"c": {"a": "x"}},
            {"c": {"__proto__": encoded(bytes(32))}},
        ),
        *(
            {"c": {f"a{'b' * n}": encoded(bytes(32)) for n in range(31)}},
            {"c": {"a1": encoded(bytes(32))}},
            {"extra": 1},
        ),
        *({"c": {"constructor": encoded(bytes(32))}}, {"c": {"a": encoded(bytes(32))[:-2] + "B="}}),
    ]
    texts = [json.dumps({**said, **one}, separators=(",", ":"), sort_keys=True) for one in changes]
    plain = VECTORS["leaf"]
    texts += [json.dumps({n: v for n, v in said.items() if n != name}, separators=(",", ":")) for name in said]
    texts += [plain + " ", " " + plain, plain.replace(":", ": ", 1), plain[:-1], "[]", "null", "", '"x"', "1", "{}"]
    texts += [
        plain.replace('"v":1', '"v":1.0'),
        plain.replace('"v":1', '"v":1e0'),
        plain.replace("{", '{"actor":"a",', 1),
    ]
    texts += [plain.replace("kominfo", "k\\u006fminfo", 1), json.dumps(said), plain + "x" * 4096]
    for place, one in enumerate(texts):
        head = checkpoint.sign(LOG, size=1, root=leaf.leaf_hash(one.encode())).encode()
        made = TlogProof(index=0, hashes=(), checkpoint=head, extra=one.encode() or None).to_bytes()
        yield Case(f"leaf {place}: {one[:60]}", encoded(made))
    given = VECTORS["batch"]["leaves"]
    custody = VECTORS["custody"]
    yield Case("another leaf", encoded(custody), leaf=encoded(given[1]))
    yield Case("a leaf for a batch", encoded(VECTORS["batch"]["receipt"]), leaf=encoded(given[0]))
    other = receipt.sign_custody(LOG, notice=NOTICE, leaf_hash=leaf.leaf_hash(LEAF), at="2026-11-22T01:02:03.457Z")
    yield Case("a leaf of another time", encoded(other), leaf=encoded(LEAF))
    case = NOTICE.replace("d9", "d8")
    other = receipt.sign_custody(LOG, notice=case, leaf_hash=leaf.leaf_hash(LEAF), at=said["at"])
    yield Case("a leaf of another case", encoded(other), leaf=encoded(LEAF))
    free = receipt.sign_custody(LOG, notice=NOTICE, leaf_hash=leaf.leaf_hash(b"free text"), at=said["at"])
    yield Case("free text for a leaf", encoded(free), leaf=encoded(b"free text"))
