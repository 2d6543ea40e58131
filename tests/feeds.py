"""Signed lists as a house makes them, for the tests of their readers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.formats import feed as feeds
from mufakat.formats.feed import Domain, Feed, Ground, Opening, Proof
from mufakat.formats.feed_chain import Names
from mufakat.proof import canonical, commitment, leaf as leaves, receipt
from mufakat.proof.key import SigningKey
from mufakat.rules.restriction import Match

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = SigningKey.generate("log.example/1", seed=bytes(range(32)))
OTHER = SigningKey.generate("other.example/1", seed=bytes(range(1, 33)))
AT = datetime(2017, 7, 14, 8, 0, tzinfo=UTC)
END = AT + timedelta(days=90)
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def made_id(prefix: str, number: int) -> str:
    """An id of the right form."""
    digits = []
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits.append(ALPHABET[digit])
    return f"{prefix}_{''.join(reversed(digits))}"


@dataclass(frozen=True)
class Order:
    """A restriction that was published, with the names that are still closed."""

    names: tuple[str, ...]
    until: datetime = END
    since: datetime = AT
    match: Match = Match.EXACT
    number: int = 1
    lifted: tuple[str, ...] = ()
    key: SigningKey = KEY
    leaf: dict[str, Any] = field(default_factory=dict)  # Members of the leaf that are to be otherwise.

    @property
    def id(self) -> str:
        return made_id("rst", self.number)

    def proof(self) -> Proof:
        """As the feed carries it."""
        value, salt = Names(self.match, tuple(sorted(self.names))).value(), secrets.token_bytes(32)
        members: dict[str, Any] = {
            "actor": "kominfo",
            "at": canonical.timestamp(self.since),
            "c": {"names": canonical.to_base64(commitment.commit("names", salt, value))},
            "case": self.id,
            "chan": "kominfo>house",
            "due": canonical.timestamp(self.until),
            "id": made_id("evt", self.number),
            "law": "id",
            "prev": None,
            "ref": (),
            "seq": 1,
            "sig": (),
            "type": "restriction.published",
            "v": 1,
        }
        data = leaves.encode(leaves.Leaf(**{**members, **self.leaf}))
        signed = receipt.sign_custody(
            self.key, notice=self.id, leaf_hash=leaves.leaf_hash(data), at=canonical.timestamp(self.since)
        )
        return Proof(
            authority="kominfo",
            ground=Ground(system="id", instrument="UU 11/2008", provision="Pasal 40 ayat (2b)"),
            id=self.id,
            issuer="Ministry of the example",
            layer="dns",
            leaf=canonical.to_base64(data),
            match=self.match,
            opening=Opening(salt=canonical.to_base64(salt), value=value.decode()),
            receipt=signed,
            since=canonical.timestamp(self.since),
            until=canonical.timestamp(self.until),
        )

    def domains(self) -> list[Domain]:
        """Its entries."""
        until = canonical.timestamp(self.until)
        return [
            Domain(match=self.match, name=name, restriction=self.id, until=until)
            for name in self.names
            if name not in self.lifted
        ]


def listed(orders: Sequence[Order], *, serial: int = 1, at: datetime = AT, **changes: Any) -> Feed:
    """A list of these orders."""
    return replace_members(
        Feed(
            apex="terrorism.isp-a.rpz.mufakat",
            at=canonical.timestamp(at),
            domains=tuple(sorted((one for order in orders for one in order.domains()), key=lambda one: one.name)),
            expire=86_400,
            format=feeds.FORMAT,
            list="terrorism",
            look_up="https://house.example/restrictions/",
            operator="isp-a",
            origin=KEY.name,
            position=serial,
            restrictions=tuple(order.proof() for order in orders),
            serial=serial,
            shadow=False,
        ),
        changes,
    )


def replace_members(feed: Feed, changes: dict[str, Any]) -> Feed:
    """The same list, otherwise."""
    return msgspec.structs.replace(feed, **changes)


def signed(feed: Feed, *, key: SigningKey = KEY) -> bytes:
    """The document."""
    return b"".join(feeds.write(feed, feed.domains, feed.restrictions, key=key))


def document(orders: Sequence[Order], **told: Any) -> bytes:
    """The document of these orders."""
    return signed(listed(orders, **told))


__all__ = ["AT", "END", "KEY", "OTHER", "Order", "document", "listed", "made_id", "replace", "signed"]
