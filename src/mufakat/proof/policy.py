"""Trust policies: which logs a reader accepts, and whose cosignatures it asks for (C2SP tlog-policy).

One item a line:

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>...
    quorum <name>|none

A group names what was defined before it, so there are no cycles, and nothing is a member twice, so nobody counts twice.
Names are octets without meaning. Keys of logs are of type 0x01 here, those of witnesses of type 0x04.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from mufakat.proof.cosignature import WitnessKey
from mufakat.proof.errors import KeyTextError, PolicyError
from mufakat.proof.key import VerifyKey

MAX_LENGTH: Final = (
    2**20
)  # Bytes. 32 logs, witnesses and groups, which the specification wishes for, take some thousand.

_NONE: Final = b"none"
_Key = TypeVar("_Key", VerifyKey, WitnessKey)

_refused = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]").search
_threshold = re.compile(rb"[1-9][0-9]{0,5}").fullmatch


@dataclass(frozen=True, slots=True)
class Group:
    """At least `threshold` of the members, which are names of witnesses and groups."""

    threshold: int
    members: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy that `parse` has read: logs, witnesses and groups by name in the order of their lines, and the quorum.

    `quorum` is the name of a witness or group, None where no cosignature is asked for.
    """

    logs: tuple[VerifyKey, ...]
    witnesses: Mapping[bytes, WitnessKey]
    groups: Mapping[bytes, Group]
    quorum: bytes | None

    def is_met(self, cosigned: Iterable[WitnessKey]) -> bool:
        """Ask whether these witnesses are a quorum; unknown ones do not count, and one that comes twice counts once."""
        if self.quorum is None:
            return True
        keys = {key.public_key for key in cosigned}
        met = {name for name, key in self.witnesses.items() if key.public_key in keys}
        for name, group in self.groups.items():
            if sum(member in met for member in group.members) >= group.threshold:
                met.add(name)
        return self.quorum in met


def parse(data: bytes) -> Policy:
    """Read a policy, strictly. Raises PolicyError, which names the line."""
    if len(data) > MAX_LENGTH:
        raise PolicyError(None, "is longer than 1 MiB")
    # A file that was cut off may name another quorum: `group1` for `group12`.
    if data and not data.endswith(b"\n"):
        raise PolicyError(data.count(b"\n") + 1, "does not end in a newline; the file may be cut off")
    reading = _Reading()
    for number, line in enumerate(data.split(b"\n"), start=1):
        if _refused(line) is not None:
            raise PolicyError(number, "holds a control character, for example a carriage return")
        try:
            reading.take(line.strip(b" \t"))
        except _LineError as error:
            raise PolicyError(number, str(error)) from None
    if not reading.has_quorum:
        raise PolicyError(None, "has no line `quorum`")
    return Policy(
        logs=tuple(reading.logs.values()),
        witnesses=reading.witnesses,
        groups=reading.groups,
        quorum=reading.quorum,
    )


class _LineError(Exception):
    """What is wrong with a line; `parse` adds its number."""


@dataclass(slots=True)
class _Reading:
    """What was read so far. Logs and witnesses are told apart by their bytes: a key under two names is one key."""

    logs: dict[bytes, VerifyKey] = field(default_factory=dict)
    witnesses: dict[bytes, WitnessKey] = field(default_factory=dict)
    groups: dict[bytes, Group] = field(default_factory=dict)
    quorum: bytes | None = None
    has_quorum: bool = False
    _members: set[bytes] = field(default_factory=set)

    def take(self, line: bytes) -> None:
        if not line or line.startswith(b"#"):
            return
        match re.split(rb"[ \t]+", line):
            case [b"log", vkey] | [b"log", vkey, _]:
                self._log(vkey)
            case [b"witness", name, vkey] | [b"witness", name, vkey, _]:
                self._witness(name, vkey)
            case [b"group", name, threshold, *members]:
                self._group(name, threshold, members)
            case [b"quorum", name]:
                self._quorum(name)
            case _:
                raise _LineError("is not a log, witness, group or quorum as they are written")

    def _log(self, vkey: bytes) -> None:
        key = _key(VerifyKey.parse, vkey)
        if self.logs.setdefault(key.public_key, key) is not key:
            raise _LineError("names the key of a log that was named before")

    def _witness(self, name: bytes, vkey: bytes) -> None:
        self._require_new(name)
        key = _key(WitnessKey.parse, vkey)
        if any(key.public_key == known.public_key for known in self.witnesses.values()):
            raise _LineError("names the key of a witness that was named before")
        self.witnesses[name] = key

    def _group(self, name: bytes, threshold: bytes, members: list[bytes]) -> None:
        self._require_new(name)
        for member in members:
            self._require_known(member)
            if member in self._members:
                raise _LineError("has a member that is one already")
            self._members.add(member)
        self.groups[name] = Group(_count(threshold, len(members)), tuple(members))

    def _quorum(self, name: bytes) -> None:
        if self.has_quorum:
            raise _LineError("is a second quorum")
        self.has_quorum = True
        if name != _NONE:
            self._require_known(name)
            self.quorum = name

    def _require_new(self, name: bytes) -> None:
        if name == _NONE or name in self.witnesses or name in self.groups:
            raise _LineError("defines a name that is taken")

    def _require_known(self, name: bytes) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise _LineError("refers to a name that no line before it defines")


def _key(parse_key: Callable[[str], _Key], vkey: bytes) -> _Key:
    try:
        return parse_key(vkey.decode())
    except UnicodeDecodeError:
        raise _LineError("has a key that is not UTF-8") from None
    except KeyTextError as error:
        raise _LineError(f"has no good key: {error}") from None


def _count(threshold: bytes, members: int) -> int:
    if threshold == b"all":
        count = members
    elif threshold == b"any":
        count = 1
    elif _threshold(threshold) is not None:
        count = int(threshold)
    else:
        raise _LineError("has a threshold that is neither a number nor `all` or `any`")
    if not 1 <= count <= members:
        raise _LineError("asks for more members than it has, or has none")
    return count
