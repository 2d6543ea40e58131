"""The daily files and the feed: every entry of the day in both forms, no formula, nothing that the page hides."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
from django.test import Client
from tests.houses import body
from tests.server.decisions.deciding import decide, taken
from tests.server.web.register_checks import filled, follow

from mufakat.formats import atom, register_table
from mufakat.formats.csv_columns import unguard
from mufakat.rules.publicity import ENTRIES, NEVER
from mufakat.server.journal.errors import BusyError
from mufakat.server.register import exports, queries

if TYPE_CHECKING:
    from tests.houses import House

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
NAMES = {"a": atom.NAMESPACE}


def lately() -> list[str]:
    """Today and the day before: midnight may have passed since the parties of a house were written down."""
    today = datetime.now(UTC).date()
    return [(today - timedelta(days=ago)).isoformat() for ago in (1, 0)]


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def as_csv(*days: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for day in days or lately():
        response = Client().get(f"/register/exports/{day}.csv")
        assert response.status_code == 200
        found += csv.DictReader(io.StringIO(content(response).decode("utf-8-sig"), newline=""))
    return found


def as_parquet(*days: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for day in days or lately():
        response = Client().get(f"/register/exports/{day}.parquet")
        assert response.status_code == 200
        found += pq.read_table(io.BytesIO(content(response))).to_pylist()
    return found


def test_every_entry_of_the_day_is_in_both_files(house: House) -> None:
    filled(house)
    wanted = {one.id for one in queries.search(limit=500).items}
    assert sorted(row["id"] for row in as_csv()) == sorted(wanted)
    assert sorted(row["id"] for row in as_parquet()) == sorted(wanted)


def test_both_files_say_what_the_entry_says(house: House) -> None:
    _, decision = filled(house)
    entry = queries.get(decision)
    row = next(one for one in as_csv() if one["id"] == decision)
    same = next(one for one in as_parquet() if one["id"] == decision)
    # One hash in 64 begins with the plus of base64, which is guarded like a formula.
    found = (row["outcome"], row["legal_ground.instrument"], unguard(row["leaf"]))
    assert found == ("act_full", "UU 11/2008", entry.leaf)
    assert json.loads(row["measures"]) == entry.fields["measures"]
    assert json.loads(row["hidden"]) == {"facts": "personal"}
    assert json.loads(row["related"]) == list(entry.related) == same["related"]
    assert (same["outcome"], same["reasons"]) == ("act_full", entry.fields["reasons"])
    assert same["decided_at"] == datetime.fromisoformat(entry.fields["decided_at"])


@pytest.mark.parametrize("text", ['=HYPERLINK("https://a.example")', "+1", "-1", "@SUM(1)", "\uff1d1"])
def test_no_cell_is_a_formula_and_parquet_has_the_text(house: House, text: str) -> None:
    from mufakat.rules.publicity import public_words

    ground = {"system": "id", "instrument": text, "provision": text}
    notice = taken(house, legal_ground=ground)
    decision = decide(house, notice, reasons=f"{text} is the beginning of these reasons")["id"]
    follow()
    rows = as_csv()
    assert not [cell for row in rows for cell in row.values() if cell.startswith(FORMULAS)]
    row = next(one for one in rows if one["id"] == notice)
    same = next(one for one in as_parquet() if one["id"] == notice)
    assert unguard(row["legal_ground.instrument"]) == same["legal_ground.instrument"]
    told = next(one for one in as_parquet() if one["id"] == decision)
    assert told["reasons"] == public_words(f"{text} is the beginning of these reasons".strip())


def test_another_day_has_its_own_file(house: House) -> None:
    filled(house)
    assert as_csv("2017-07-14") == []
    assert as_parquet("2017-07-14") == []


@pytest.mark.parametrize(
    "name",
    [
        "2017-02-30.csv",
        "soon.csv",
        "2017-7-1.csv",
        "20170714.csv",
        "2017-07-14.xlsx",
        "2017-07-14.exe",
        "1999-01-01.csv",
    ],
)
def test_a_file_that_is_none_is_not_found(house: House, name: str) -> None:
    assert Client().get(f"/register/exports/{name}").status_code == 404


def test_there_is_no_file_of_tomorrow(house: House) -> None:
    tomorrow = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    assert Client().get(f"/register/exports/{tomorrow}.csv").status_code == 404


def test_the_days_go_back_to_the_first_entry(house: House) -> None:
    filled(house)
    oldest = queries.search(limit=500).items[-1].at[:10]
    page = Client().get("/register/exports/").content.decode()
    assert f"/register/exports/{oldest}.csv" in page
    before = (datetime.fromisoformat(oldest) - timedelta(days=1)).date().isoformat()
    for day in (before, "2999-01-01", "soon"):
        assert Client().get(f"/register/exports/?until={day}").status_code == 404


def test_what_was_erased_since_is_not_in_the_file(house: House) -> None:
    from mufakat.server.notices import erasure

    notice = house.submit(body(legal_ground={"system": "id", "instrument": "Peraturan unik", "provision": "1"})).subject
    follow()
    assert "Peraturan unik" in json.dumps(as_csv())
    erasure.erase(notice, reason="by order")
    follow()
    assert "Peraturan unik" not in json.dumps(as_csv())
    assert "Peraturan unik" not in json.dumps(as_parquet(), default=str)


def test_files_are_attachments_of_their_type_and_are_not_kept_by_caches(house: House) -> None:
    for form, type_ in exports.MEDIA_TYPES.items():
        response = Client().get(f"/register/exports/2017-07-14.{form}")
        head = Client().head(f"/register/exports/2017-07-14.{form}")
        assert response.headers["Content-Disposition"] == f'attachment; filename="register-2017-07-14.{form}"'
        assert response.headers["Content-Type"] == head.headers["Content-Type"] == type_
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        assert int(response.headers["Content-Length"]) == len(content(response))


def test_few_files_are_made_at_a_time(house: House) -> None:
    with exports.slots.one("192.0.2.1"), exports.slots.one("192.0.2.2"):
        busy = Client().get("/register/exports/2017-07-14.csv")
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "2")
        with pytest.raises(BusyError):
            exports.made(datetime.now(UTC).date(), exports.Form.CSV, asked_by="192.0.2.3")
    assert as_csv("2017-07-14") == []


def test_the_dictionary_names_every_column(house: House) -> None:
    schema = Client().get("/register/exports/schema.json").json()
    assert [one["name"] for one in schema["fields"]] == [column.name for column in register_table.COLUMNS]
    page = Client().get("/register/exports/").content.decode()
    assert all(f"<div>{column.name}</div>" in page for column in register_table.COLUMNS)


def test_every_field_of_an_entry_has_its_columns_and_nothing_private_has_one() -> None:
    columns = [column.name for column in register_table.COLUMNS]
    fields = {name for names in ENTRIES.values() for name in names}
    assert {name.partition(".")[0] for name in register_table.KINDS} == set(register_table._FIELDS) == fields
    assert len(set(columns)) == len(columns)
    assert not NEVER & {name.partition(".")[0] for name in columns}


def test_codes_of_the_dictionary_are_those_that_stand_in_the_file(house: House) -> None:
    filled(house)
    coded = {column.name: column.codes for column in register_table.COLUMNS if column.codes}
    for row in as_csv():
        assert {name: row[name] for name in coded if row[name] and row[name] not in coded[name]} == {}


def test_the_feed_holds_the_newest_entries_with_links_to_their_pages(house: House) -> None:
    notice, decision = filled(house)
    response = Client().get("/register/feed.atom")
    feed = ET.fromstring(response.content)  # noqa: S314 - ours.
    assert response.headers["Content-Type"] == atom.MEDIA_TYPE
    ids = [one.text for one in feed.findall("a:entry/a:id", NAMES)]
    assert ids == [f"urn:mufakat:register:{one.id}" for one in queries.search().items]
    links = [one.attrib["href"] for one in feed.findall("a:entry/a:link", NAMES)]
    assert f"http://testserver/register/decisions/{decision}" in links
    assert f"http://testserver/register/notices/{notice}" in links


def test_the_feed_of_a_search_is_its_own_and_goes_on(house: House) -> None:
    for number in range(queries.PAGE + 1):
        house.submit(key=f"k{number}")
    follow()
    first = ET.fromstring(Client().get("/register/feed.atom?kind=notice").content)  # noqa: S314 - ours.
    more = next(one.attrib["href"] for one in first.findall("a:link", NAMES) if one.attrib["rel"] == "next")
    second = ET.fromstring(Client().get(more.removeprefix("http://testserver")).content)  # noqa: S314 - ours.
    assert [len(each.findall("a:entry", NAMES)) for each in (first, second)] == [queries.PAGE, 1]
    plain = ET.fromstring(Client().get("/register/feed.atom").content)  # noqa: S314 - ours.
    assert first.findtext("a:id", namespaces=NAMES) != plain.findtext("a:id", namespaces=NAMES)
