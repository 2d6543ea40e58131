from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from mufakat.formats import policies
from mufakat.formats.policies import MAX_POLICY_BYTES, PolicyRefusedError
from mufakat.screening.policy import Mode, Words

EXAMPLES = Path(__file__).parents[3] / "examples" / "screening"
EXAMPLE = (EXAMPLES / "policy.yaml").read_bytes()

GOOD = """\
policy: orchard
version: 1
rules:
  - name: one
    when:
      any_of:
        - {bank: fruit}
    then: hold
    reason: {id: Sebab., en: Why.}
tests:
  - name: it holds
    item: {item: t, at: "2026-11-26T12:00:00Z", visibility: public, kind: message}
    found: {fruit: [ripe]}
    expect: {action: hold}
"""


def faults(text: str | bytes, banks: dict[str, bool] | None = None) -> list[tuple[int | None, str]]:
    with pytest.raises(PolicyRefusedError) as refused:
        policies.parse(text if isinstance(text, bytes) else text.encode(), banks=banks)
    return [(fault.line, fault.pointer) for fault in refused.value.faults]


def test_the_example_is_sound_and_its_tests_hold() -> None:
    assert policies.parse(EXAMPLE).ref == "orchard/1"


def test_a_rule_without_a_mode_begins_in_shadow() -> None:
    assert policies.parse(GOOD.encode()).rules[0].mode is Mode.SHADOW


@pytest.mark.parametrize("text", [GOOD.encode(), EXAMPLE])
def test_what_is_written_is_read_back_alike(text: bytes) -> None:
    read = policies.parse(text)
    assert policies.parse(policies.write(read)) == read


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("then: hold", "then: hold\n    code: print()", (9, "/rules/0/code")),
        ("then: hold", "then: destroy", (8, "/rules/0/then")),
        ("then: hold", "then: none", (14, "/tests/0/expect")),
        ("{bank: fruit}", "{bank: Fruit}", (7, "/rules/0/when/any_of/0/bank")),
        ("{bank: fruit}", '{bank: "fruit\\n"}', (7, "/rules/0/when/any_of/0/bank")),
        ("{bank: fruit}", "{bank: fruit, least: 0}", (7, "/rules/0/when/any_of/0/least")),
        ("{bank: fruit}", "{kind: message}", (5, "/rules/0/when")),
        ("{bank: fruit}", "{}", (7, "/rules/0/when/any_of/0")),
        ("name: one", "name: one\n    name: two", (5, "/rules/0/name")),
        ("version: 1", "version: 1.5", (2, "/version")),
        ("{id: Sebab., en: Why.}", "{en: Why.}", (9, "/rules/0/reason/id")),
        ("found: {fruit: [ripe]}", "found: {fruit: ripe}", (13, "/tests/0/found/fruit")),
        ("found: {fruit: [ripe]}", "found: {fruit: [1]}", (13, "/tests/0/found/fruit")),
        ("found: {fruit: [ripe]}", "found: {Fruit!: [ripe]}", (13, "/tests/0/found")),
        ("found: {fruit: [ripe]}", f"found: {{fruit: [{', '.join(['a'] * 101)}]}}", (13, "/tests/0/found/fruit")),
        ("visibility: public", "visibility: private", (12, "/tests/0/item")),
        ("visibility: public, ", "", (12, "/tests/0/item/visibility")),
        ("{bank: fruit}", "&a {bank: fruit}", (7, "")),
        ("{bank: fruit}", "!!python/name:os.system {bank: fruit}", (7, "")),
    ],
)
def test_a_fault_has_its_line(old: str, new: str, place: tuple[int, str]) -> None:
    assert place in faults(GOOD.replace(old, new, 1))


def test_an_unknown_bank_is_named_on_its_line() -> None:
    assert faults(GOOD, banks={"other": False}) == [(7, "/rules/0/when/any_of/0/bank"), (13, "/tests/0/found/fruit")]


def test_faults_stand_in_the_order_of_the_lines() -> None:
    lines = [line for line, _ in faults(GOOD.replace("bank: fruit", "bank: F", 1).replace("policy: orchard", "p: 1"))]
    assert lines == sorted(lines, key=lambda line: line or 0)


@pytest.mark.parametrize("text", ["", "a", "[]", "\ufeff", "policy: [", "rules: 1\n", "\x00", "? {a: b}\n: c"])
def test_what_is_no_policy_is_refused(text: str) -> None:
    assert faults(text)


def test_a_policy_that_is_too_large_is_refused_unread() -> None:
    assert faults(b"#" * MAX_POLICY_BYTES + b"\n#") == [(1, "")]


@pytest.mark.parametrize(
    "sign", ["\x85", "\u2028", "\ufeff", "\u202e", "\x00", "\n", "'", '"', ": ", "no", "2026-11-26", "=", "~"]
)
def test_a_reason_is_written_so_that_it_is_read_alike(sign: str) -> None:
    read = policies.parse(EXAMPLE)
    rule = replace(read.rules[0], reason=Words(id=sign, en=f"a{sign}b"))
    changed = replace(read, rules=(rule, *read.rules[1:]))
    assert policies.parse(policies.write(changed)) == changed
