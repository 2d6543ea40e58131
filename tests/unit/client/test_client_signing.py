"""What the client signs, it has looked at: a server that lies gets no signature for what it made up."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mufakat.client import BadAnswerError, Client, signing
from mufakat.proof import leaf, receipt, signed
from mufakat.proof.key import SigningKey
from mufakat.proof.signed import Outcome

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "receipts.json").read_text(encoding="utf-8"))
LOG = SigningKey.parse(VECTORS["key"]["private_text"])
GOLDEN = leaf.decode(VECTORS["leaf"].encode())
TELEGRAM = SigningKey("telegram", bytes(range(33, 65)))
KOMINFO = SigningKey("kominfo", bytes(range(1, 33)))


def shown(**changes: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A notice and its events as a server shows them, the leaf changed."""
    data = leaf.encode(msgspec.structs.replace(GOLDEN, **changes))
    hash_ = leaf.leaf_hash(data)
    note = receipt.sign_custody(LOG, notice=GOLDEN.case or "", leaf_hash=hash_, at=GOLDEN.at, mmd=None)
    notice = {"id": GOLDEN.case, "leaf": base64.b64encode(hash_).decode(), "receipt": note}
    return notice, [{"leaf": base64.b64encode(data).decode()}]


def sign(notice: dict[str, Any], events: list[dict[str, Any]], origin: str = LOG.name) -> signed.Given:
    return signing.of_receipt(TELEGRAM, notice, events, "notice.delivered", origin=origin)


def test_the_recipient_signs_the_leaf_that_it_saw() -> None:
    notice, events = shown()
    given = sign(notice, events)
    c = signed.of_receipt(base64.b64decode(notice["leaf"]))
    members: dict[str, Any] = {"type": "notice.delivered", "actor": "telegram", "chan": "telegram>kominfo", "c": c}
    made = msgspec.structs.replace(GOLDEN, **members, sig=(given.signature,))
    checked = signed.check(made, origin=LOG.name, keys=[TELEGRAM.verify_key])
    assert [one.outcome for one in checked] == [Outcome.GOOD]


LIES = {
    "another leaf": lambda notice, events: ({**notice, "leaf": base64.b64encode(bytes(32)).decode()}, events),
    "no leaf": lambda notice, _: (notice, []),
    "no base64": lambda notice, _: (notice, [{"leaf": "?"}, {"leaf": 5}, {}]),
    "another notice": lambda notice, events: ({**notice, "id": GOLDEN.id}, events),
    "to somebody else": lambda *_: shown(chan="kominfo>meta"),
    "no notice": lambda *_: shown(type="notice.seen"),
    "no receipt": lambda notice, events: ({**notice, "receipt": ""}, events),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies_gets_no_signature(lie: str) -> None:
    with pytest.raises(BadAnswerError):
        sign(*LIES[lie](*shown()))


def test_nothing_is_signed_for_another_log() -> None:
    with pytest.raises(BadAnswerError):
        sign(*shown(), origin="localhost/log/2")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"to": 5}', b"[" * 100_000])
def test_of_what_is_no_notice_nothing_is_signed(body: bytes) -> None:
    assert signing.of_notice(KOMINFO, body, origin=LOG.name) is None


def test_each_signature_has_a_salt_of_its_own() -> None:
    made = [signing.of_notice(KOMINFO, b'{"to":"telegram"}', origin=LOG.name) for _ in range(2)]
    assert len({one.salt for one in made if one is not None}) == 2


def test_a_client_that_does_not_know_the_log_signs_nothing() -> None:
    client = Client("http://127.0.0.1:9", "token", signing_key=KOMINFO)
    with pytest.raises(ValueError, match="the log"):
        client.submit({"to": "telegram"})
    other = SigningKey("localhost/log/2", bytes(32))
    two = Client("http://127.0.0.1:9", "token", signing_key=KOMINFO, keys=[LOG.verify_key, other.verify_key])
    with pytest.raises(ValueError, match="the log"):
        two.submit({"to": "telegram"})


def test_the_private_key_is_not_shown() -> None:
    shown_ = repr(Client("http://127.0.0.1:9", "token", signing_key=KOMINFO))
    assert (KOMINFO.private_text() in shown_, "kominfo" in shown_) == (False, False)
