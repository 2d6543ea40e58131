import csv
import io
import itertools
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st
from tests.unit.formats.test_formats_dsa import DOCUMENTS, GOOD, changed

from mufakat.formats import dsa
from mufakat.formats.dsa import columns, lines, rows
from mufakat.formats.dsa.attributes import ATTRIBUTES, Kind

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
AT = datetime(2025, 8, 2, 10, 11, 12, tzinfo=UTC)


def cells(document=GOOD, /, **said):
    """A row as the public database writes it, by column."""
    found = dict.fromkeys(dsa.COLUMNS, "")
    for name, value in document.items():
        if name == "content_id_ean" or value is None:
            continue
        column = columns.column_of(f"/{name}")
        if isinstance(value, list):
            found[column] = json.dumps(value, separators=(",", ":"))
        elif isinstance(value, dict):
            found[column] = str(value.get("EAN-13", ""))
        else:
            found[column] = f"{value} 00:00:00" if ATTRIBUTES[name].kind is Kind.DATE else str(value)
    found |= {"uuid": UUID, "platform_name": "Example", "created_at": "2025-08-02 10:11:12"}
    return found | said


def written(*found, names=dsa.COLUMNS, mark=""):
    rows_of = [list(names), *([one.get(name, "") for name in names] for one in found)]
    return (mark + "".join(map(line, rows_of))).encode("utf-8", "surrogateescape")


def line(row):
    """A row with LF at its end; what holds CR or LF stands in quotation marks."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow(row)
    return f"{file.getvalue()[:-2]}\n"


def read(data):
    return list(dsa.read_dump(io.BytesIO(data)))


def test_a_row_is_the_statement_that_a_platform_would_have_sent():
    [row] = read(written(cells()))
    assert isinstance(row, dsa.Row)
    found = dsa.check(GOOD)
    assert isinstance(found, dsa.Checked)
    assert (row.statement, row.uuid, row.platform, row.created_at) == (found.statement, UUID, "Example", AT)
    assert row.residue is None
    assert row.number == 2


@given(DOCUMENTS)
def test_the_straight_way_and_the_rules_say_the_same_of_every_row(document):
    given_cells = list(cells(document).values())
    straight = rows.RowReader().read(2, given_cells)
    ruled = rows.RowReader().read(2, given_cells, odd=True)
    assert straight == ruled


@given(st.lists(DOCUMENTS, max_size=3))
def test_what_was_written_is_read_again(documents):
    found = [one for one in read(written(*map(cells, documents))) if isinstance(one, dsa.Row)]
    again = read(b"".join(dsa.write_dump(found)))
    assert [one._replace(number=0) for one in again] == [one._replace(number=0) for one in found]


@given(DOCUMENTS)
def test_the_cells_that_come_in_go_out(document):
    given_cells = cells(document)
    [row] = read(written(given_cells))
    if isinstance(row, dsa.Row):
        [_, out] = csv.reader(io.StringIO(b"".join(dsa.write_dump([row])).decode("utf-8-sig")))
        assert [cell.removeprefix("'") for cell in out] == [cell.removeprefix("'") for cell in given_cells.values()]


@pytest.mark.parametrize("text", ["a\rb", "a\r\nb", "a\nb", 'a"b', "a,b", " a "])
def test_a_text_keeps_its_line_ends_and_its_signs(text):
    [row] = read(written(cells(decision_facts=text)))
    [again] = read(b"".join(dsa.write_dump([row])))
    assert again.statement.decision_facts == row.statement.decision_facts == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "'=1", "'", "\t=1", "\uff1d1"])
def test_no_cell_of_ours_begins_like_a_formula_and_the_text_comes_back(text):
    [row] = read(written(cells(decision_facts=text)))
    data = b"".join(dsa.write_dump([row]))
    [_, out] = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d")) for cell in out)
    [again] = read(data)
    assert again.statement.decision_facts == text


def test_the_columns_may_stand_in_another_order():
    assert read(written(cells(), names=tuple(reversed(dsa.COLUMNS)))) == read(written(cells()))


def test_days_may_come_without_their_midnight():
    [row] = read(written(cells(content_date="2025-08-01", application_date="2025-08-02")))
    assert row.statement == read(written(cells()))[0].statement


def test_lists_stay_in_the_order_of_the_public_database():
    [row] = read(written(cells(changed(territorial_scope=["FR", "DE"]))))
    assert row.statement.territorial_scope == ("FR", "DE")


@pytest.mark.parametrize(
    ("column", "cell", "detail"),
    [
        ("uuid", "x", "This is no UUID in lower case."),
        ("uuid", f"{UUID}\n", "This is no UUID in lower case."),
        ("platform_name", "", "A platform's name has 1 to 200 printable characters."),
        ("platform_name", "a\x1b[2J", "A platform's name has 1 to 200 printable characters."),
        ("created_at", "2025-13-02 10:11:12", "This is no time, written YYYY-MM-DD hh:mm:ss."),
        ("platform_uid", "a b", "The puid format is invalid."),
        ("content_id_ean", "12", "The content id.EAN-13 field format is invalid."),
        ("content_type", "CONTENT_TYPE_TEXT", "The content type field must be an array."),
        ("content_type", "[[[", "The content type field must be an array."),
        ("decision_facts", "\udcff", "The decision facts field holds a character that cannot be stored."),
        ("decision_facts", "\x00", "The decision facts field holds a character that cannot be stored."),
        ("category", "STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT", "The selected category is invalid."),
    ],
)
def test_a_bad_row_fails_alone_with_its_column(column, cell, detail):
    bad, good = read(written(cells() | {column: cell}, cells()))
    assert isinstance(bad, dsa.BadRow)
    assert [(fault.pointer, fault.detail) for fault in bad.faults] == [(f"/{column}", detail)]
    assert isinstance(good, dsa.Row)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([name for name in dsa.COLUMNS if name != "category"], "does not name category"),
        ([name for name in dsa.COLUMNS if name != "decision_facts"], "light version"),
        ([*dsa.COLUMNS, "url"], "no column 'url'"),
        ([*dsa.COLUMNS, "uuid"], "twice"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused_whole(names, says):
    [bad] = read(written(cells(), names=names))
    assert isinstance(bad, dsa.BadRow)
    assert says in bad.faults[0].detail


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff", b'"', b'"a"b,c\n', b"\x00", b"\xef\xbb\xbf"])
def test_a_file_that_is_none_is_refused_in_words(data):
    [bad] = read(data)
    assert isinstance(bad, dsa.BadRow)
    assert bad.faults


def test_a_quotation_mark_that_is_never_closed_does_not_take_the_memory():
    endless = itertools.chain([written(cells()), b'"'], itertools.repeat(b'\n","' * 10_000, 2000))
    good, bad = dsa.read_dump(endless)
    assert isinstance(good, dsa.Row)
    assert isinstance(bad, dsa.BadRow)
    assert f"more than {lines.MAX_ROW} bytes" in bad.faults[0].detail


def test_a_ragged_row_fails_alone():
    data = written(cells()) + b"a,b\n" + written(cells()).split(b"\n", 1)[1]
    found = read(data)
    assert [type(one) for one in found] == [dsa.Row, dsa.BadRow, dsa.Row]
    assert found[1].number == 3


@given(st.binary(max_size=300))
def test_any_bytes_at_all_get_an_answer(data):
    read(data)
    read(written(cells()) + data)
