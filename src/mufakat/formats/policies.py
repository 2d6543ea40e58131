"""A filter policy as YAML that people write: read strictly, every fault with its line, and written again. Pure.

The text is the policy of `screening.policy`, member by member; YAML as `rules.yaml_reading` takes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
import yaml
from msgspec import inspect
from msgspec.structs import replace

from mufakat.rules.errors import DocumentRefusedError
from mufakat.rules.fault import FaultCode, Faults, excerpt
from mufakat.rules.reading import UNREAD, read
from mufakat.rules.yaml_reading import parse_yaml
from mufakat.screening import policy_checks
from mufakat.screening.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mufakat.screening.policy import PolicyTest

MAX_POLICY_BYTES: Final = 256 * 1024
"""Room for two hundred rules with their tests."""

MAX_FOUND: Final = 100
"""Banks that a test names, and entries of each."""

MAX_CATEGORY: Final = 64

_POLICY = inspect.type_info(Policy)
_BANK_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_WIDTH = 120


class PolicyRefusedError(DocumentRefusedError):
    """The policy cannot be used as it stands."""

    what = "policy"


def parse(raw: bytes, *, banks: Mapping[str, bool] | None = None, tests: bool = True) -> Policy:
    """The policy that a YAML text (UTF-8, at most 256 KiB) describes, or PolicyRefusedError with every fault.

    Every fault has its line; they stand in the order of the lines. What the parts are to each other, and whether the
    policy's own tests hold, is judged once each part is sound (`screening.policy_checks`). `banks` are those there
    are, by name, and whether each allows; None where they are not known. Without `tests` a test that does not hold is
    no fault: for those who want to see what follows in each.
    """
    faults = Faults()
    document = parse_yaml(raw, faults, limit=MAX_POLICY_BYTES)
    found: Policy = UNREAD
    if not faults.found:
        found = read(document.value, _POLICY, "", faults)
    if not faults.found:
        found = _with_found(found, faults)
    if not faults.found:
        for pointer, detail in policy_checks.check(found, banks=banks, tests=tests):
            faults.add(pointer, FaultCode.CONTRADICTS, detail)
    if faults.found:
        placed = (replace(fault, line=document.line_of(fault.pointer)) for fault in faults.found)
        raise PolicyRefusedError(
            sorted(placed, key=lambda fault: (fault.code is FaultCode.TOO_MANY_FAULTS, fault.line or 0))
        )
    return found


def write(policy: Policy) -> bytes:
    """The same policy as YAML; what is not set is left out. `parse` reads it back alike."""
    text: str = yaml.dump(
        _plain(policy), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )
    return text.encode()


class _Dumper(yaml.SafeDumper):
    """Writes no anchors: they are not read."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _written(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """A text in double quotes where a character cannot be seen: the dumper would lose a NEL in single ones."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _written)


def _plain(value: Any) -> Any:
    """Plain values, without the members that stand at their defaults; a rule always says its mode."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        return {
            field.encode_name: _plain(getattr(value, field.name))
            for field in fields
            if field.required or field.name in {"mode", "action"} or getattr(value, field.name) != field.default
        }
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else msgspec.to_builtins(value)


def _with_found(policy: Policy, faults: Faults) -> Policy:
    """The policy with what its tests find, which the reader leaves as it was written, in its types."""
    tests = (_test(test, f"/tests/{number}/found", faults) for number, test in enumerate(policy.tests))
    return replace(policy, tests=tuple(tests))


def _test(test: PolicyTest, pointer: str, faults: Faults) -> PolicyTest:
    if len(test.found) > MAX_FOUND:
        faults.add(pointer, FaultCode.TOO_MANY, f"At most {MAX_FOUND} banks are taken; these are {len(test.found)}.")
    written: dict[str, Any] = dict(test.found)  # As it was read: any values.
    found: dict[str, tuple[str, ...]] = {}
    for bank, categories in written.items():
        if not _BANK_NAME.fullmatch(bank):
            detail = f"Expected the name of a bank: small letters, digits and hyphens; got {excerpt(bank)}."
            faults.add(pointer, FaultCode.BAD_FORM, detail)
        elif not isinstance(categories, list) or not all(_is_category(each) for each in categories):
            detail = f"Expected a list of categories, one for each entry found, of 1 to {MAX_CATEGORY} characters."
            faults.add(f"{pointer}/{bank}", FaultCode.WRONG_TYPE, detail)
        elif len(categories) > MAX_FOUND:
            detail = f"At most {MAX_FOUND} are taken; these are {len(categories)}."
            faults.add(f"{pointer}/{bank}", FaultCode.TOO_MANY, detail)
        else:
            found[bank] = tuple(categories)
    return replace(test, found=found)


def _is_category(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_CATEGORY
