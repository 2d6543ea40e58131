"""Receipts of both grades are files to keep; one that is still to come is a page that says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.server.web.web_checks import complaints, html

from mufakat.proof import verify
from mufakat.proof.verify import Kind
from mufakat.server.journal import sequencer, signer
from mufakat.server.journal.models import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House


def sequence() -> None:
    sequencer.part(at=datetime.now(UTC))


def test_both_receipts_of_a_notice_are_linked_and_verify(
    house: House, browser_of: Callable[[str, str], Client]
) -> None:
    notice, browser = house.submit().subject, browser_of("kominfo", "officer")
    sequence()
    shown = html(browser.get(f"/desk/notices/{notice}"))
    event = Event.objects.get(type="notice.received").id
    wanted = {
        f"/desk/notices/{notice}/receipt": (Kind.CUSTODY, f"{notice}.receipt"),
        f"/desk/notices/{notice}/receipt?grade=inclusion": (Kind.INCLUSION, f"{notice}.tlog-proof"),
        f"/desk/notices/{notice}/receipts/{event}": (Kind.CUSTODY, f"{event}.receipt"),
        f"/desk/notices/{notice}/receipts/{event}?grade=inclusion": (Kind.INCLUSION, f"{event}.tlog-proof"),
    }
    found = {}
    for address in wanted:
        assert f'href="{address}"' in shown
        answer = browser.get(address)
        kind = verify.verify(answer.content, keys=signer.trusted("1")).kind
        found[address] = (kind, answer.headers["Content-Disposition"].split('"')[1])
    assert found == wanted


@pytest.mark.parametrize("grade", ["inclusion", "witnessed"])
def test_a_receipt_that_is_still_to_come_is_a_page(
    house: House, browser_of: Callable[[str, str], Client], grade: str
) -> None:
    notice = house.submit().subject
    answer = browser_of("kominfo", "officer").get(f"/desk/notices/{notice}/receipt?grade={grade}")
    assert (answer.status_code, complaints(answer)) == (404, [])
    assert "This receipt is not there yet" in html(answer)


def test_a_grade_that_there_is_not_is_not_found(house: House, browser_of: Callable[[str, str], Client]) -> None:
    notice = house.submit().subject
    assert browser_of("kominfo", "officer").get(f"/desk/notices/{notice}/receipt?grade=x").status_code == 404
