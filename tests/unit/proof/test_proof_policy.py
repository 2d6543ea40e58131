import pytest

from mufakat.proof import policy
from mufakat.proof.cosignature import CosigningKey
from mufakat.proof.errors import PolicyError
from mufakat.proof.key import SigningKey

LOG = SigningKey("log.example/1", bytes(range(32)))
WITNESSES = {name: CosigningKey(f"w.example/{name}", bytes([n]) * 32).verify_key for n, name in enumerate("abcdef", 1)}
LINES = [f"log {LOG.vkey} https://log.example/1", *(f"witness {name} {key.vkey}" for name, key in WITNESSES.items())]
EXAMPLE = ["group parties all a b", "group civil 2 c d e", "group all-of-them all parties civil", "quorum all-of-them"]


def text(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in (*LINES, *lines)).encode()


def met(data: bytes, cosigned: str) -> bool:
    return policy.parse(data).is_met([WITNESSES[name] for name in cosigned])


def test_a_policy_is_read() -> None:
    read = policy.parse(text(*EXAMPLE))
    assert (read.logs, list(read.witnesses.values()), read.groups[b"civil"], read.quorum) == (
        (LOG.verify_key,),
        list(WITNESSES.values()),
        policy.Group(2, (b"c", b"d", b"e")),
        b"all-of-them",
    )


@pytest.mark.parametrize(
    ("cosigned", "good"),
    [("abcd", True), ("abce", True), ("abcdef", True), ("acde", False), ("abc", False), ("", False)],
)
def test_groups_of_groups_are_counted(cosigned: str, good: bool) -> None:  # noqa: FBT001
    assert met(text(*EXAMPLE), cosigned) == good


@pytest.mark.parametrize(
    ("threshold", "cosigned"), [("any", "a"), ("1", "b"), ("2", "ab"), ("all", "abc"), ("3", "abc")]
)
def test_a_threshold_is_reached_and_not_undercut(threshold: str, cosigned: str) -> None:
    data = text(f"group g {threshold} a b c", "quorum g")
    assert (met(data, cosigned), met(data, cosigned[1:])) == (True, False)


def test_a_single_witness_is_a_quorum() -> None:
    assert (met(text("quorum a"), "a"), met(text("quorum a"), "b")) == (True, False)


def test_no_quorum_is_always_met() -> None:
    assert met(b"quorum none\n", "")


def test_attack_25_the_same_key_twice_counts_once() -> None:
    assert not met(text("group g 2 a b c", "quorum g"), "aaa")


def test_attack_25_a_witness_that_the_policy_does_not_know_does_not_count() -> None:
    assert not met(text("group g 2 a b c", "quorum g"), "adef")


def test_attack_25_one_key_under_two_names_is_refused() -> None:
    again = CosigningKey("another.example", bytes([1]) * 32).verify_key
    with pytest.raises(PolicyError, match="line 8 names the key of a witness"):
        policy.parse(text(f"witness again {again.vkey}", "quorum a"))


def test_a_log_under_two_names_is_refused() -> None:
    with pytest.raises(PolicyError, match="named before"):
        policy.parse(text(f"log {SigningKey('another.example', bytes(range(32))).vkey}", "quorum a"))


@pytest.mark.parametrize(
    "lines",
    [
        ["group g any g", "quorum g"],
        ["group g any h", "group h any g", "quorum g"],
        ["group g any h", "group h any a", "quorum g"],
        ["quorum g", "group g any a"],
        ["quorum z"],
        ["group g any z", "quorum g"],
        ["group g any none", "quorum g"],
    ],
    ids=["itself", "cycle", "forward", "quorum-forward", "unknown-quorum", "unknown-member", "none-as-member"],
)
def test_attack_25_a_name_that_is_not_defined_before_is_refused(lines: list[str]) -> None:
    with pytest.raises(PolicyError, match="no line before it defines"):
        policy.parse(text(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ["group g 2 a a", "quorum g"],
        ["group g any a b", "group h any a c", "quorum h"],
        ["group g any a", "group h 2 g a", "quorum h"],
    ],
)
def test_attack_25_nobody_is_a_member_twice(lines: list[str]) -> None:
    with pytest.raises(PolicyError, match="a member that is one already"):
        policy.parse(text(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["quorum a", "quorum a"],
        ["quorum none", "quorum a"],
        ["quorum"],
        ["quorum a b"],
        ["QUORUM a"],
        [f"witness a {WITNESSES['a'].vkey}", "quorum a"],
        ["group a any b", "quorum a"],
        ["group none any a", "quorum none"],
        ["group g any a", "group g any b", "quorum g"],
        ["group g 0 a b", "quorum g"],
        ["group g 3 a b", "quorum g"],
        ["group g 01 a b", "quorum g"],
        ["group g -1 a b", "quorum g"],
        ["group g most a b", "quorum g"],
        ["group g all", "quorum g"],
        ["group g any", "quorum g"],
        ["group g", "quorum a"],
        [f"witness x {LOG.vkey}", "quorum a"],
        [f"log {WITNESSES['a'].vkey}", "quorum a"],
        ["log nonsense", "quorum a"],
        [f"log {LOG.private_text()}", "quorum a"],
        [f"witness x {WITNESSES['a'].vkey} url more", "quorum a"],
        ["frobnicate", "quorum a"],
        ["quorum a\r"],
        ["quorum a\x00"],
        ["# \x7f", "quorum a"],
        ["quorum\u00a0a"],
    ],
)
def test_another_policy_is_refused(lines: list[str]) -> None:
    with pytest.raises(PolicyError):
        policy.parse(text(*lines))


def test_a_policy_that_was_cut_off_is_refused() -> None:
    with pytest.raises(PolicyError, match="cut off"):
        policy.parse(text("group g any a", "group g1 any b", "quorum g1")[:-2])


def test_a_key_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(PolicyError, match="UTF-8"):
        policy.parse(b"log \xff+00000000+AAAA\nquorum none\n")


def test_a_policy_without_end_is_refused() -> None:
    with pytest.raises(PolicyError, match="1 MiB"):
        policy.parse(b"#" * policy.MAX_LENGTH + b"\n")


def test_spaces_tabs_comments_and_empty_lines_are_allowed() -> None:
    data = text(" \t", "  # caf\u00e9", "\tgroup  g\t any a \t", " quorum\tg ")
    assert met(data, "a")


def test_a_name_is_octets_without_meaning() -> None:
    data = b"witness \xe2\x84\xaa " + WITNESSES["a"].vkey.encode() + b"\nquorum \xe2\x84\xaa\n"
    assert met(data, "a")


def test_a_key_is_not_repeated_in_the_error() -> None:
    with pytest.raises(PolicyError) as caught:
        policy.parse(text(f"log {LOG.private_text()}", "quorum a"))
    assert LOG.private_text()[-20:] not in str(caught.value)
