"""``/verify``: a good receipt is good here too, anything else proves nothing, and nothing of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from tests.server.web.web_checks import complaints, html

from mufakat.proof import receipt
from mufakat.server.journal import signer

if TYPE_CHECKING:
    from tests.houses import House


def receipt_of(house: House) -> str:
    from mufakat.server.notices import queries

    notice = house.submit().subject
    return queries.receipt(queries.get_for(house.caller("kominfo", "officer"), notice))


def test_a_receipt_is_verified(house: House) -> None:
    response = Client().post("/verify", {"receipt": receipt_of(house)})
    assert complaints(response) == []
    assert "The receipt is good." in html(response)


@pytest.mark.parametrize("spoilt", ["mufakat/custody/v1", "ntc_", "mmd 60", "— "])
def test_a_receipt_that_was_changed_proves_nothing(house: House, spoilt: str) -> None:
    text = receipt_of(house)
    assert spoilt in text
    response = Client().post("/verify", {"receipt": text.replace(spoilt, spoilt[:-1] + "x")})
    assert complaints(response) == []
    assert "This receipt proves nothing here." in html(response)


@pytest.mark.parametrize("text", ["", " ", "nothing", "<script>alert(1)</script>", "\u202e", "x" * 20_000, "\ud800"])
def test_what_is_no_receipt_is_refused_inert(house: House, text: str) -> None:
    response = Client().post("/verify", {"receipt": text.encode("utf-8", "replace").decode()})
    assert response.status_code in {200, 422}
    assert complaints(response) == []
    assert "The receipt is good." not in html(response)


def test_the_keys_of_another_shard_can_be_asked_for(house: House) -> None:
    assert "/log/1/keys.json" in html(Client().get("/verify?shard=1"))
    assert "/log/1/keys.json" in html(Client().get("/verify?shard=%3Cscript%3E"))


def test_whoever_verifies_is_told_the_keys_of_the_log_that_signed(house: House) -> None:
    del house
    signer.make_key("example")
    key = signer.signing_key("example")
    note = receipt.sign_custody_batch(key, count=1, root=b"r" * 32, at="2017-07-14T01:05:00.000Z", mmd=60)
    shown = html(Client().post("/verify", {"receipt": note}))
    assert "The receipt is good." in shown
    assert ("/log/example/keys.json" in shown, "/log/1/keys.json" in shown) == (True, False)
    assert 'action="/verify?shard=example"' in shown
