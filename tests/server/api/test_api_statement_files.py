"""Dumps of the DSA Transparency Database over HTTP: each good row once, each bad one named, whatever comes between."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.server.api.doors import Reply, get, of
from tests.server.api.handed_in import imported
from tests.unit.formats.test_formats_dsa import GOOD, changed
from tests.unit.formats.test_formats_dsa_dump import cells, written

from mufakat.formats import dsa
from mufakat.proof import tree
from mufakat.server.decisions import dsa_imports, dsa_queries
from mufakat.server.decisions.dsa_rows import ForeignStatement
from mufakat.server.journal.models import Event

if TYPE_CHECKING:
    from tests.houses import House

PATH = "/api/v1/statements/import"


def name_of(number: int) -> str:
    return str(uuid.UUID(int=number))


def dump(*numbers: int, **said: str) -> bytes:
    rows = [cells(changed(puid=f"P-{number}"), uuid=name_of(number), **said) for number in numbers]
    return written(*rows)


def send(house: House, data: bytes, *, handle: str = "telegram", seat: str = "representative") -> Reply:
    return imported(house, data, handle=handle, seat=seat)


def lines(answer: Reply) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.body
    return [json.loads(line) for line in answer.body.splitlines()]


def end(answer: Reply) -> tuple[int, int, int, int]:
    last = lines(answer)[-1]
    assert last["end"] == "done", last
    return last["read"], last["taken"], last["repeated"], last["refused"]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dsa_imports, "PORTION", 3)


def test_a_dump_is_taken_whole_and_once(house: House) -> None:
    data = dump(*range(8))
    assert end(send(house, data)) == (8, 8, 0, 0)
    assert end(send(house, data)) == (8, 0, 8, 0)
    assert end(send(house, dump(*range(10)))) == (10, 2, 8, 0)
    assert ForeignStatement.objects.count() == 10


def test_each_portion_is_one_event_that_commits_to_its_rows(house: House) -> None:
    told = [line for line in lines(send(house, dump(*range(5)))) if "leaf" in line]
    assert [(line["taken"], line["first"], line["last"]) for line in told] == [(3, 2, 4), (2, 5, 6)]
    for line in told:
        event = Event.objects.get(leaf_hash=base64.b64decode(line["leaf"]))
        rows = ForeignStatement.objects.filter(event=event.id).order_by("position")
        digest = hashlib.sha256(b"".join(b"%b %b\n" % (row.uuid.encode(), bytes(row.body or b"")) for row in rows))
        (opening,) = event.openings.all()
        assert json.loads(bytes(opening.value or b"")) == {"count": len(rows), "sha256": digest.hexdigest()}
        assert line["receipt"].startswith("mufakat/custody-batch/v1\n")
        root = base64.b64encode(tree.root([bytes(event.leaf_hash)])).decode()
        assert f"\n1\n{root}\n" in line["receipt"]


def test_a_bad_row_is_named_with_its_column_and_harms_no_other(house: House) -> None:
    rows = [cells(changed(puid=f"P-{number}"), uuid=name_of(number)) for number in range(5)]
    rows[1]["platform_uid"] = "a b"
    rows[4]["category"] = "x"
    answer = send(house, written(*rows))
    assert end(answer) == (5, 3, 0, 2)
    refused = [line for line in lines(answer) if "errors" in line]
    assert [(line["line"], line["errors"]) for line in refused] == [
        (3, [{"pointer": "platform_uid", "detail": "The puid format is invalid."}]),
        (6, [{"pointer": "category", "detail": "The selected category is invalid."}]),
    ]


def test_an_identifier_is_used_once_within_a_file_and_after_it(house: House) -> None:
    rows = [cells(GOOD, uuid=name_of(1)), cells(GOOD, uuid=name_of(2)), cells(GOOD, uuid=name_of(1))]
    answer = send(house, written(*rows))
    assert end(answer) == (3, 1, 1, 1)
    other = send(house, written(cells(changed(decision_facts="Other."), uuid=name_of(1))))
    assert end(other) == (1, 0, 0, 1)
    assert lines(other)[0]["errors"] == [{"pointer": "platform_uid", "detail": dsa_imports.USED}]
    named = send(house, written(cells(changed(puid="P-9"), uuid=name_of(1))))
    assert lines(named)[0]["errors"] == [{"pointer": "uuid", "detail": dsa_imports.NAMED}]
    assert ForeignStatement.objects.count() == 1


def test_an_import_that_broke_off_is_done_again_and_doubles_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = dump(*range(8))
    whole = dsa_imports.Portion.run
    seen: list[int] = []

    def failing(portion: dsa_imports.Portion, moment: Any) -> Any:
        seen.append(len(portion.rows))
        if len(seen) == 2:
            raise RuntimeError("the power is gone")
        return whole(portion, moment)

    monkeypatch.setattr(dsa_imports.Portion, "run", failing)
    last = lines(send(house, data))[-1]
    assert (last["end"], last["taken"]) == ("interrupted", 3)
    assert ForeignStatement.objects.count() == 3
    assert end(send(house, data)) == (8, 5, 3, 0)
    assert ForeignStatement.objects.count() == 8


def test_what_came_in_goes_out_the_same(house: House) -> None:
    data = dump(*range(8), decision_facts='=1+1, "so" they\nsaid')
    send(house, data)
    viewer = house.caller("telegram", "reviewer")
    found = b"".join(dsa.write_dump(dsa_queries.rows(viewer)))
    first, again = (list(dsa.read_dump([one])) for one in (data, found))
    assert [one._replace(number=0) for one in again] == [one._replace(number=0) for one in first]


def test_a_call_without_a_file_is_refused(house: House) -> None:
    answer = send(house, b"")
    assert answer.status == 422
    assert [one["detail"] for one in answer.json()["errors"]] == ["There is nothing in this file."]


def test_a_file_that_is_no_dump_is_refused_in_words(house: House) -> None:
    answer = send(house, b"a,b\n1,2\n")
    assert end(answer) == (1, 0, 0, 1)
    assert "Nothing of this file was taken" in lines(answer)[0]["errors"][0]["detail"]


@pytest.mark.parametrize(("handle", "seat"), [("kominfo", "officer"), ("auditor", "auditor"), ("isp-a", "engineer")])
def test_only_a_platform_hands_in(house: House, handle: str, seat: str) -> None:
    assert send(house, dump(1), handle=handle, seat=seat).status == 403
    assert ForeignStatement.objects.count() == 0


@pytest.mark.invariant("I-10")
def test_nobody_else_finds_what_was_imported(house: House) -> None:
    send(house, dump(1))
    assert get(f"/api/v1/statement/{name_of(1)}", house.token("kominfo", "officer")).status == 404
    assert get(f"/api/v1/statement/{name_of(1)}", house.token("telegram", "reviewer")).status == 200


def test_the_address_takes_no_parameters(house: House) -> None:
    headers = {"Authorization": f"Bearer {house.token('telegram', 'reviewer')}"}
    answer = of(Client().generic("POST", f"{PATH}?format=csv", dump(1), content_type="text/csv", headers=headers))
    assert (answer.status, answer.pointers) == (422, ["/format"])
