import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mufakat.cli.verify import verify
from mufakat.proof import canonical, checkpoint, leaf, receipt, tree
from mufakat.proof.checkpoint import Checkpoint
from mufakat.proof.cosignature import CosigningKey
from mufakat.proof.key import SigningKey
from mufakat.proof.tlog_proof import TlogProof

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
VKEY: str = VECTORS["key"]["vkey"]
PRIVATE: str = VECTORS["key"]["private_text"]
CUSTODY: str = VECTORS["custody"]
NOTICE = "ntc_01jd8v9r1ze8k3n7p5s2a4b6d9"
AT = "2026-11-22T01:02:03.456Z"
GOOD = f"good: localhost/log/1 took notice {NOTICE} into custody at {AT} (leaf {VECTORS['leaf_hash']})\n"

LOG = SigningKey.parse(PRIVATE)
WITNESS = CosigningKey("witness.example", bytes([1]) * 32)
POLICY = f"witness w {WITNESS.verify_key.vkey}\nquorum w\n"
SAID = leaf.decode(VECTORS["leaf"].encode())
HASHES = [leaf.leaf_hash(one) for one in (b"0", b"1", VECTORS["leaf"].encode())]
HEAD = Checkpoint(origin=LOG.name, size=3, root=tree.root(HASHES))
ROOT = canonical.to_base64(HEAD.root)


def inclusion(lines: str = "", extra: bytes | None = VECTORS["leaf"].encode()) -> bytes:
    """The receipt of the third leaf of three: its sibling is the node above the other two."""
    signed = checkpoint.sign(LOG, size=HEAD.size, root=HEAD.root) + lines
    return TlogProof(index=2, hashes=(tree.root(HASHES[:2]),), checkpoint=signed.encode(), extra=extra).to_bytes()


def cosigned(at: datetime = datetime(2026, 11, 22, 1, 2, 4, tzinfo=UTC)) -> str:
    return WITNESS.cosign(HEAD, at=at)


class Desk:
    """A folder, and the command started in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(verify, arguments, input=stdin)

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.run(*arguments, "--json").stdout)
        return rows


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def good(desk: Desk) -> str:
    return desk.file("good.txt", CUSTODY)


@pytest.fixture
def bad(desk: Desk) -> str:
    return desk.file("bad.txt", CUSTODY.replace("log/1\nntc_0", "log/1\nntc_1"))


def test_a_good_receipt_is_told_in_one_sentence(desk: Desk, good: str) -> None:
    result = desk.run(good, "--key", VKEY)
    assert (result.exit_code, result.stdout) == (0, GOOD)


def test_a_bad_receipt_is_told_with_its_file_and_reason(desk: Desk, bad: str) -> None:
    result = desk.run(bad, "--key", VKEY)
    reason = "is not a signature of this text: the text or the signature was changed."
    assert (result.exit_code, result.stdout) == (1, f"bad: {bad}: The signature of localhost/log/1 {reason}\n")


def test_one_bad_receipt_among_good_ones_fails_the_command(desk: Desk, good: str, bad: str) -> None:
    result = desk.run(good, bad, good, "--key", VKEY)
    assert (result.exit_code, [line[:4] for line in result.stdout.splitlines()]) == (1, ["good", "bad:", "good"])


def test_standard_input_is_read_for_a_dash(desk: Desk) -> None:
    assert desk.run("-", "--key", VKEY, stdin=CUSTODY).stdout == GOOD


def test_a_merge_delay_is_told(desk: Desk) -> None:
    result = desk.run(desk.file("r", VECTORS["custody_mmd_60"]), "--key", VKEY)
    assert ", to be in the log within 60 seconds (leaf " in result.stdout


def test_a_batch_receipt_is_told_by_its_count(desk: Desk) -> None:
    result = desk.run(desk.file("r", VECTORS["batch"]["receipt"]), "--key", VKEY)
    assert result.stdout == (
        f"good: localhost/log/1 took 3 notices into custody at {AT} (root {VECTORS['batch']['root']})\n"
    )


@pytest.mark.parametrize(
    "content", [VKEY, f"{VKEY}\n", json.dumps({"origin": "x", "keys": [{"vkey": VKEY, "from": 0, "to": None}]})]
)
def test_the_key_may_stand_in_a_file(desk: Desk, good: str, content: str) -> None:
    assert desk.run(good, "--key", desk.file("keys", content)).exit_code == 0


def test_the_origin_in_a_file_of_keys_is_not_believed(desk: Desk, good: str) -> None:
    stranger = SigningKey("stranger.example", bytes(32)).vkey
    keys = desk.file("keys.json", json.dumps({"origin": "localhost/log/1", "keys": [{"vkey": stranger}]}))
    assert desk.run(good, "--key", keys).exit_code == 1


def test_several_keys_may_be_given(desk: Desk, good: str) -> None:
    stranger = SigningKey("stranger.example", bytes(32)).vkey
    assert desk.run(good, "--key", stranger, "--key", VKEY).exit_code == 0


def test_the_leaf_of_the_receipt_is_accepted(desk: Desk, good: str) -> None:
    assert desk.run(good, "--key", VKEY, "--leaf", desk.file("leaf", VECTORS["leaf"])).exit_code == 0


def test_another_leaf_is_bad(desk: Desk, good: str) -> None:
    result = desk.run(good, "--key", VKEY, "--leaf", desk.file("leaf", VECTORS["batch"]["leaves"][1]))
    assert (result.exit_code, "other content" in result.stdout) == (1, True)


def test_an_inclusion_receipt_is_named_as_such(desk: Desk) -> None:
    result = desk.run(desk.file("r", inclusion()), "--key", VKEY)
    assert (result.exit_code, result.stdout) == (
        0,
        (
            f"good (inclusion): the log localhost/log/1 holds notice.received by kominfo about {NOTICE}, dated {AT}, "
            f"no. 1 of kominfo>telegram, at index 2 of 3 leaves (leaf {VECTORS['leaf_hash']}, root {ROOT})\n"
        ),
    )


def test_what_only_begins_like_an_inclusion_receipt_is_bad(desk: Desk) -> None:
    result = desk.run(desk.file("r", "c2sp.org/tlog-proof@v1\n"), "--key", VKEY)
    assert (result.exit_code, "The inclusion receipt is not valid" in result.stdout) == (1, True)


def test_a_witnessed_receipt_is_named_with_its_witnesses(desk: Desk) -> None:
    result = desk.run(desk.file("r", inclusion(cosigned())), "--key", VKEY, "--quorum", desk.file("p", POLICY))
    assert (result.exit_code, result.stdout[:18]) == (0, "good (witnessed): ")
    assert ", cosigned by witness.example at 2026-11-22T01:02:04.000Z (leaf " in result.stdout


def test_a_receipt_without_the_witnesses_that_are_asked_for_is_bad(desk: Desk) -> None:
    result = desk.run(desk.file("r", inclusion()), "--key", VKEY, "--quorum", desk.file("p", POLICY))
    assert (result.exit_code, "did not cosign" in result.stdout) == (1, True)


def test_a_custody_receipt_is_never_witnessed(desk: Desk, good: str) -> None:
    result = desk.run(good, "--key", VKEY, "--quorum", desk.file("p", POLICY))
    assert (result.exit_code, "did not cosign" in result.stdout) == (1, True)


def test_a_cosignature_of_the_future_is_bad(desk: Desk) -> None:
    ahead = cosigned(at=datetime.now(UTC) + timedelta(days=1))
    result = desk.run(desk.file("r", inclusion(ahead)), "--key", VKEY, "--quorum", desk.file("p", POLICY))
    assert (result.exit_code, "one in the future" in result.stdout) == (1, True)


def test_a_policy_without_a_quorum_leaves_the_receipt_at_inclusion(desk: Desk) -> None:
    result = desk.run(desk.file("r", inclusion()), "--key", VKEY, "--quorum", desk.file("p", "quorum none\n"))
    assert result.stdout.startswith("good (inclusion): ")


def test_json_tells_all_of_a_witnessed_receipt(desk: Desk) -> None:
    file, policy = desk.file("r", inclusion(cosigned())), desk.file("p", POLICY)
    row = desk.rows(file, "--key", VKEY, "--quorum", policy)[0]
    assert {name: row[name] for name in ("kind", "index", "size", "checkpoint", "cosigned", "event", "leaf")} == {
        "kind": "witnessed",
        "index": 2,
        "size": 3,
        "checkpoint": {"origin": "localhost/log/1", "root": ROOT},
        "cosigned": [
            {
                "witness": "witness.example",
                "key": WITNESS.verify_key.vkey,
                "time": 1795309324,
                "at": "2026-11-22T01:02:04.000Z",
            }
        ],
        "event": {
            "id": SAID.id,
            "type": "notice.received",
            "at": AT,
            "actor": "kominfo",
            "case": NOTICE,
            "chan": "kominfo>telegram",
            "seq": 1,
        },
        "leaf": VECTORS["leaf_hash"],
    }


def test_json_of_a_custody_receipt_with_its_leaf_tells_the_event(desk: Desk, good: str) -> None:
    row = desk.rows(good, "--key", VKEY, "--leaf", desk.file("leaf", VECTORS["leaf"]))[0]
    assert (row["kind"], row["event"]["type"], row["event"]["chan"]) == ("custody", "notice.received", SAID.chan)


def test_the_leaf_of_an_inclusion_receipt_may_be_given_apart(desk: Desk) -> None:
    bare, leaf_file = desk.file("r", inclusion(extra=None)), desk.file("leaf", VECTORS["leaf"])
    codes = [
        desk.run(bare, "--key", VKEY).exit_code,
        desk.run(bare, "--key", VKEY, "--leaf", leaf_file).exit_code,
        desk.run(bare, "--key", VKEY, "--leaf", desk.file("other", VECTORS["batch"]["leaves"][1])).exit_code,
    ]
    assert codes == [1, 0, 1]


def test_the_sizes_in_a_file_of_keys_narrow(desk: Desk) -> None:
    receipt_file = desk.file("r", inclusion())
    good = [
        desk.run(receipt_file, "--key", desk.file("k", json.dumps({"keys": [{"vkey": VKEY, **range_}]}))).exit_code
        for range_ in ({"from": 3}, {"from": 4}, {"from": 0, "to": 3}, {"from": 0, "to": 2})
    ]
    assert good == [0, 1, 0, 1]


def test_json_tells_all_of_a_good_receipt(desk: Desk, good: str) -> None:
    assert desk.rows(good, "--key", VKEY) == [
        {
            "file": good,
            "good": True,
            "kind": "custody",
            "origin": "localhost/log/1",
            "notice": NOTICE,
            "leaf": VECTORS["leaf_hash"],
            "count": 1,
            "root": VECTORS["leaf_hash"],
            "at": AT,
            "mmd": None,
            **dict.fromkeys(("index", "size", "checkpoint", "cosigned", "event", "signatures")),
            "reason": None,
        }
    ]


def test_json_tells_why_a_receipt_is_bad_and_nothing_that_is_not_proven(desk: Desk, bad: str) -> None:
    row = desk.rows(bad, "--key", VKEY)[0]
    assert {name: value for name, value in row.items() if value is not None} == {
        "file": bad,
        "good": False,
        "reason": row["reason"],
    }


def test_good_and_bad_rows_have_the_same_members(desk: Desk, good: str, bad: str) -> None:
    first, second = desk.rows(good, bad, "--key", VKEY)
    assert first.keys() == second.keys()


def test_json_of_a_batch_has_its_root_and_no_leaf(desk: Desk) -> None:
    row = desk.rows(desk.file("r", VECTORS["batch"]["receipt"]), "--key", VKEY)[0]
    assert (row["kind"], row["notice"], row["leaf"], row["count"], row["root"]) == (
        "custody-batch",
        None,
        None,
        3,
        VECTORS["batch"]["root"],
    )


def test_json_with_a_bad_receipt_fails_the_command(desk: Desk, bad: str) -> None:
    assert desk.run(bad, "--key", VKEY, "--json").exit_code == 1


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
def test_hostile_bytes_do_not_reach_the_terminal(desk: Desk, flags: tuple[str, ...]) -> None:
    hostile = SigningKey("\u202e\u009b2Jevil", bytes(32))
    whole = receipt.sign_custody(hostile, notice=NOTICE, leaf_hash=bytes(32), at=AT)
    name = desk.file("\x1b[2J\u202e\r.txt", whole)
    output = desk.run(name, "--key", hostile.vkey, *flags).stdout
    assert [sign for sign in output if sign != "\n" and not " " <= sign <= "~"] == []


def test_a_reason_does_not_repeat_what_a_stranger_wrote(desk: Desk) -> None:
    result = desk.run(desk.file("r", "\x1b]0;owned\x07\n\n— evil AAAA\n"), "--key", VKEY)
    assert ("owned" in result.output, result.exit_code) == (False, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--key", VKEY),
        ("{good}",),
        ("{folder}/missing", "--key", VKEY),
        ("{folder}", "--key", VKEY),
        ("{good}", "{folder}/missing", "--key", VKEY),
        ("a\0b", "--key", VKEY),
        ("{good}", "--key", "{folder}/missing"),
        ("{good}", "--key", "{folder}"),
        ("{good}", "--key", "{good}"),
        ("{good}", "--key", VKEY[:-1]),
        ("{good}", "--key", VKEY.replace("+ca", "+cb")),
        ("{good}", "--key", ""),
        ("{good}", "--key", VKEY, "--leaf", "{folder}/missing"),
        ("{good}", "{good}", "--key", VKEY, "--leaf", "{good}"),
        ("-", "-", "--key", VKEY),
        ("-", "--key", "-"),
        ("{good}", "--key", VKEY, "--colour"),
    ],
    ids=[
        "no-receipt",
        "no-key",
        "missing-receipt",
        "folder-for-a-receipt",
        "one-of-two-missing",
        "nul-in-name",
        "missing-key-file",
        "folder-for-a-key",
        "receipt-for-a-key",
        "cut-off-key",
        "misprinted-key",
        "empty-key",
        "missing-leaf",
        "one-leaf-for-two-receipts",
        "standard-input-twice",
        "standard-input-for-receipt-and-key",
        "unknown-option",
    ],
)
def test_what_cannot_be_carried_out_is_usage(desk: Desk, good: str, arguments: tuple[str, ...]) -> None:
    filled = [text.format(good=good, folder=desk.folder) for text in arguments]
    result = desk.run(*filled)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_quorum_is_refused_in_a_clear_sentence(desk: Desk, good: str) -> None:
    result = desk.run(good, "--key", VKEY, "--quorum", desk.file("policy", ""))
    assert (result.exit_code, "witnessed receipts" in result.stderr) == (2, True)


@pytest.mark.parametrize("in_file", [False, True], ids=["as-text", "in-a-file"])
def test_a_private_key_given_by_mistake_is_refused_and_not_shown(desk: Desk, good: str, in_file: bool) -> None:  # noqa: FBT001
    result = desk.run(good, "--key", desk.file("private", PRIVATE) if in_file else PRIVATE)
    assert (result.exit_code, "private key" in result.stderr, PRIVATE[-20:] in result.output) == (2, True, False)


def test_a_file_of_keys_that_is_not_text_is_usage(desk: Desk, good: str) -> None:
    assert desk.run(good, "--key", desk.file("key", b"\xff\xfe")).exit_code == 2


def test_two_keys_that_collide_are_usage(desk: Desk, good: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mufakat.proof.key._key_id", lambda _name, _key: bytes.fromhex("ca7f8a1b"))
    collided = SigningKey("localhost/log/1", bytes(32)).vkey
    assert desk.run(good, "--key", VKEY, "--key", collided).exit_code == 2


def test_an_endless_file_is_refused_instead_of_read(desk: Desk) -> None:
    result = desk.run("/dev/zero", "--key", VKEY)
    assert (result.exit_code, "longer than 1 MiB" in result.stdout) == (1, True)
