"""Export by API: the notices of a party as a file, and the report of that export."""

from __future__ import annotations

import dataclasses
import json
import tracemalloc
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from tests.houses import NOTICE, body
from tests.server.api.doors import FULL, Reply
from tests.server.api.test_api_importing import ndjson, view as imported
from tests.server.notices.test_lists import asked, is_scan, plan

from mufakat import formats
from mufakat.formats import Bad, Format
from mufakat.rules.permissions import Role
from mufakat.server.journal import door
from mufakat.server.notices import exports, operations
from mufakat.server.notices.models import Payload
from mufakat.server.notices.queries import Wanted

if TYPE_CHECKING:
    from tests.houses import House

PATH = "/api/v1/notices/export"
XARF = {"contact": "abuse@kominfo.example", "domain": "kominfo.example"}


def get(token: str, **query: str) -> Reply:
    answer: Any = Client().get(f"{PATH}?{urlencode(query)}", headers={"Authorization": f"Bearer {token}"})
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    return Reply(answer.status_code, {name.lower(): value for name, value in answer.items()}, content)


def report(token: str, **query: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in get(token, report="true", **query).body.splitlines()]


def bodies(raw: bytes, form: Format) -> list[dict[str, Any]]:
    """The notices of a file, null members left out."""
    found = []
    for result in formats.reader(form)([raw]):
        assert not isinstance(result, Bad), result
        found.append(bare(json.loads(result.body)))
    return found


def bare(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: bare(value) if name.endswith("_ground") else value for name, value in members.items() if value is not None
    }


def erase(notice: str) -> None:
    """As the erasure of a payload leaves its row."""
    door.commit(lambda moment: Payload.objects.filter(notice_id=notice).update(raw=None, erased_at=moment.at))


@pytest.fixture
def officer(house: House) -> str:
    return house.token("kominfo", "officer")


SAMPLES = [
    NOTICE,
    FULL,
    {
        **NOTICE,
        "category": "fraud",
        "explanation": "=HYPERLINK(\"x\")\n'quoted', with; signs\t",
        "external": {"a": [1]},
    },
    {**NOTICE, "explanation": "x" * 3000, "external_refs": [{"scheme": "a", "id": "1"}, {"scheme": "b", "id": "2"}]},
]


@pytest.mark.parametrize("form", list(Format))
def test_what_goes_out_comes_in_again_as_it_was(house: House, officer: str, form: Format) -> None:
    for number, sample in enumerate(SAMPLES):
        house.submit(json.dumps(sample).encode(), key=f"k{number}")
    reply = get(officer, format=form, **(XARF if form is Format.XARF else {}))
    assert reply.status == 200
    again = bodies(reply.body, form)
    # XARF names the report it came as; everything else is as it was.
    for one in again:
        one.get("external", {}).pop("xarf", None) if form is Format.XARF else None
    wanted = [bare(sample) for sample in reversed(SAMPLES)]
    if form is Format.XARF:
        again, wanted = [without_refs(one) for one in again], [without_refs(one) for one in wanted]
    assert again == wanted


def without_refs(members: dict[str, Any]) -> dict[str, Any]:
    """Without the number that XARF itself gives, and without an empty residue."""
    refs = [ref for ref in members.get("external_refs", []) if ref["scheme"] != "xarf"]
    found = {**members, "external_refs": refs, "external": members.get("external") or {}}
    return {name: value for name, value in found.items() if value not in ({}, [])}


def test_foreign_columns_survive_in_and_out(house: House, officer: str) -> None:
    fill = json.dumps({name: NOTICE[name] for name in ("to", "kind", "category", "language", "legal_ground")})
    raw = b"locators,explanation,Nomor Surat\nhttps://t.me/contoh_kanal,x,=7\n"
    imported(raw, officer, {"format": "csv", "set": fill})
    found = bodies(get(officer, format="csv").body, Format.CSV)
    assert found[0]["external"] == {"csv": {"Nomor Surat": "=7"}}


def test_a_table_for_a_spreadsheet_holds_no_formula(house: House, officer: str) -> None:
    house.submit(body(explanation="=cmd|' /C calc'!A0"))
    assert b"'=cmd" in get(officer, format="csv").body


def test_an_erased_notice_is_left_out_and_counted(house: House, officer: str) -> None:
    ids = [house.submit(key=f"k{number}").subject for number in range(3)]
    erase(ids[1])
    assert len(get(officer, format="ndjson").body.splitlines()) == 2
    told = report(officer, format="ndjson")
    assert told[0] == {"id": ids[1], "erased": True}
    assert (told[-1]["written"], told[-1]["erased"], told[-1]["newest"]) == (2, 1, ids[2])


@pytest.mark.parametrize("form", list(Format))
def test_an_export_of_nothing_is_an_empty_file(house: House, officer: str, form: Format) -> None:
    reply = get(officer, format=form, **(XARF if form is Format.XARF else {}))
    assert (reply.status, bodies_or_empty(reply.body, form)) == (200, 0)


def bodies_or_empty(raw: bytes, form: Format) -> int:
    return sum(not isinstance(one, Bad) for one in formats.reader(form)([raw]))


def test_the_report_says_how_long_the_file_is(house: House, officer: str) -> None:
    for number in range(30):
        house.submit(key=f"k{number}")
    for form in (Format.CSV, Format.JSON, Format.NDJSON):
        assert report(officer, format=form)[-1]["bytes"] == len(get(officer, format=form).body)


def test_what_xarf_has_no_place_for_is_said(house: House, officer: str) -> None:
    notice = house.submit().subject
    told = report(officer, format="xarf", **XARF)
    assert told[0]["id"] == notice
    assert {"/to", "/kind"} <= {one["pointer"] for one in told[0]["losses"]}


def test_where_another_party_is_reached_is_not_ours_to_say(house: House) -> None:
    house.submit()
    platform = house.token("telegram", "reviewer")
    told = report(platform, format="xarf", contact="abuse@telegram.example", domain="telegram.example")
    assert ("errors" in told[0], told[-1]["refused"]) == (True, 1)


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ({}, ["/format"]),
        ({"format": "docx"}, ["/format"]),
        ({"format": "csv", "state": "x", "after": "y", "upto": "z", "since": "w", "to": "\x00"}, 5),
        ({"format": "csv", "colour": "red"}, ["/colour"]),
        ({"format": "csv", "report": "yes"}, ["/report"]),
        ({"format": "xarf"}, ["/contact", "/domain"]),
        ({"format": "xarf", "contact": "nobody", "domain": "kominfo.example"}, ["/contact", "/contact"]),
        ({"format": "csv", "contact": "a@b.example"}, ["/contact"]),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(
    house: House, officer: str, query: dict[str, str], pointers: Any
) -> None:
    reply = get(officer, **query)
    assert reply.status == 422
    assert len(reply.pointers) == pointers if isinstance(pointers, int) else reply.pointers == pointers


def test_the_filters_narrow_the_file(house: House, officer: str) -> None:
    first, second = (house.submit(body(explanation=text), key=text).subject for text in ("one", "two"))

    def explained(**query: str) -> list[str]:
        return [one["explanation"] for one in bodies(get(officer, format="json", **query).body, Format.JSON)]

    assert explained() == ["two", "one"]
    assert (explained(after=second), explained(upto=first)) == (["one"], ["one"])
    assert get(officer, format="ndjson", state="closed").body == b""
    assert get(officer, format="ndjson", to="isp-a").body == b""
    assert get(officer, format="ndjson", since="2999-01-01").body == b""
    assert explained(since="2017-07-14T10:00:00Z") == ["two", "one"]


@pytest.mark.invariant("I-10")
def test_nobody_exports_what_belongs_to_others(house: House) -> None:
    house.submit()
    assert get(house.token("bnpt", "officer"), format="ndjson").body == b""
    assert len(get(house.token("telegram", "reviewer"), format="ndjson").body.splitlines()) == 1
    assert get(house.token("mufakat", "admin"), format="ndjson").status == 403
    assert get("none", format="ndjson").status == 401


def test_more_exports_than_can_run_are_told_to_come_again(house: House, officer: str) -> None:
    house.submit()
    held = exports.Work(house.caller("kominfo", "officer"), iter(()))
    busy = get(officer, format="csv").status
    held.close()
    assert (busy, get(officer, format="csv").status) == (503, 200)


def test_an_export_takes_no_more_memory_for_more_notices(house: House, officer: str) -> None:
    caller = house.caller("kominfo", "officer")
    peaks = []
    for start, count in ((0, 500), (500, 4_000)):
        raw = b"".join(ndjson(count, external={"n": start, "filler": "x" * 500}).splitlines(keepends=True))
        imported(raw, officer, {"format": "ndjson"})
        tracemalloc.start()
        export = exports.Export(caller, Wanted(), Format.CSV, None)
        assert sum(len(part) for part in export.file()) > 500 * count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert export.counts.written == start + count
    # What came more is two megabytes at least.
    assert peaks[1] - peaks[0] < 500_000


def test_what_a_party_sent_itself_and_what_it_received_stand_in_one_order_and_once(house: House) -> None:
    reviewer = house.token("telegram", "reviewer")
    own = body(kind="own_detection", explanation="own")
    house.submit(body(explanation="first"), key="a")
    by = house.caller("telegram", "reviewer")
    officer = dataclasses.replace(by, role=Role.OFFICER)
    operations.submit(own, by=officer, at=datetime.now(UTC), key="b")
    house.submit(body(explanation="last"), key="c")
    found = bodies(get(reviewer, format="ndjson").body, Format.NDJSON)
    assert [one["explanation"] for one in found] == ["last", "own", "first"]


def test_no_table_is_scanned_for_an_export(house: House) -> None:
    house.submit()
    with asked() as found:
        list(exports.Export(house.caller("kominfo", "officer"), Wanted(to="telegram"), Format.CSV, None).file())
    assert len([sql for sql, _ in found if "notices_payload" in sql]) == 1
    assert [step for sql, values in found for step in plan(sql, values) if is_scan(step)] == []
