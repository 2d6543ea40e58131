"""What the client signs, it has looked at: a server that lies gets no signature for what it made up."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from mufakat.client import BadAnswerError, Client, UntrustedReceiptError, signing
from mufakat.proof import leaf, receipt, signed
from mufakat.proof.key import SigningKey
from mufakat.proof.signed import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mufakat.client.receipts import Receipt

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


# -- Enrolling, and what a receipt is of -------------------------------------------------------------------------------


class Told(Client):
    """A client to whom a server says these things, by the end of the address; what is sent is kept."""

    def told(self, **shown_: Any) -> Told:
        self.answers: dict[str, Any] = shown_
        self.sent: list[Mapping[str, Any]] = []
        return self

    def _get(self, path: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.answers[path.rpartition("/")[2]]
        return found

    def _read(self, path: str, *, headers: Mapping[str, str] | None = None) -> bytes:
        del path, headers
        found: bytes = self.answers["receipt"]
        return found

    def _moved(self, place: str, told: Mapping[str, Any] | bytes, key: str | None) -> Mapping[str, Any]:
        del place, key
        assert isinstance(told, dict)
        self.sent.append(told)
        return told


def client(**shown_: Any) -> Told:
    return Told("http://127.0.0.1:9", "token", keys=[LOG.verify_key]).told(**shown_)


def test_a_key_is_enrolled_in_the_log_that_the_client_knows() -> None:
    mufakat = client(keys={"keys_for": LOG.name})
    (one,) = mufakat.enrol_key(TELEGRAM)["signatures"]
    salt = base64.b64decode(mufakat.sent[0]["salt"])
    said = signed.statement(
        origin=LOG.name,
        type_="key.enrolled",
        sender="telegram",
        recipient="mufakat",
        actor="telegram",
        case=None,
        c=signed.of_key(TELEGRAM.vkey, salt=salt),
    )
    assert signed.verifies(one["k"], one["s"], said, keys=[TELEGRAM.verify_key]) is Outcome.GOOD


@pytest.mark.parametrize("named", ["localhost/log/other", "", None, 5])
def test_no_key_is_enrolled_in_a_log_that_only_the_server_names(named: object) -> None:
    mufakat = client(keys={"keys_for": named})
    with pytest.raises(BadAnswerError, match="another log"):
        mufakat.enrol_key(TELEGRAM)
    assert mufakat.sent == []
    unknowing = Told("http://127.0.0.1:9", "token").told(keys={"keys_for": LOG.name})
    with pytest.raises(ValueError, match="the log"):
        unknowing.enrol_key(TELEGRAM)


SEEN = msgspec.structs.replace(GOLDEN, id="evt_01m8a8pb2jegd8cnwh8p119ex9", type="notice.seen", c={})


def receipted(of: leaf.Leaf, *, event: str = "", listed: Sequence[leaf.Leaf] = (GOLDEN, SEEN)) -> Receipt:
    """The receipt of this leaf, where another one may have been asked for."""
    assert GOLDEN.case is not None
    hash_ = leaf.leaf_hash(leaf.encode(of))
    note = receipt.sign_custody(LOG, notice=GOLDEN.case, leaf_hash=hash_, at=of.at, mmd=None)
    events = [{"leaf": base64.b64encode(leaf.encode(one)).decode()} for one in listed]
    return client(receipt=note.encode(), events={"items": events}).receipt(GOLDEN.case, event=event)


def test_a_receipt_is_of_the_event_that_was_asked_for() -> None:
    assert receipted(GOLDEN).verified.leaf_hash == leaf.leaf_hash(leaf.encode(GOLDEN))
    assert receipted(GOLDEN, event=GOLDEN.id).grade == "custody"
    assert receipted(SEEN, event=SEEN.id).grade == "custody"


@pytest.mark.parametrize(("of", "event"), [(SEEN, ""), (SEEN, GOLDEN.id), (GOLDEN, SEEN.id), (GOLDEN, "evt_none")])
def test_a_good_receipt_of_another_event_of_the_notice_is_none(of: leaf.Leaf, event: str) -> None:
    with pytest.raises(UntrustedReceiptError, match="something else"):
        receipted(of, event=event)


def test_where_no_event_of_the_notice_has_the_leaf_the_receipt_is_none() -> None:
    with pytest.raises(UntrustedReceiptError, match="something else"):
        receipted(GOLDEN, listed=[])
    another = msgspec.structs.replace(GOLDEN, case="ntc_01m8a8pb2jegd8cnwh8p119ex9")
    with pytest.raises(UntrustedReceiptError, match="something else"):
        receipted(another, listed=[another])
