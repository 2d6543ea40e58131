import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.mandates import EVERYTHING

from mufakat import formats
from mufakat.formats import MAX_RECORD, Bad, Chunk, Encoding, Format, Item, Outgoing, csv_columns, csv_rows
from mufakat.rules import admissibility
from mufakat.rules.fault import FaultCode
from mufakat.rules.parties import PartyKind

VECTOR = Path(__file__).parents[2] / "vectors" / "formats" / "notices.csv"
DEFAULTS = {
    "to": "telegram",
    "kind": "trusted_flag",
    "category": "gambling",
    "language": "id",
    "explanation": "Judi daring.",
    "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 27 ayat (2)"},
}


def read(text, *, size=None, **kwargs):
    data = text.encode() if isinstance(text, str) else text
    stream = io.BytesIO(data) if size is None else [data[at : at + size] for at in range(0, len(data), size)]
    return list(formats.reader(Format.CSV)(stream, **kwargs))


def bodies(results):
    return [json.loads(one.body) if isinstance(one, Item) else one.faults[0].code for one in results]


def numbers(results):
    return [(one.number, isinstance(one, Item)) for one in results]


def write(*notices):
    chunks = formats.writer(Format.CSV)([Outgoing(json.dumps(one).encode()) for one in notices])
    return b"".join(chunk.data for chunk in chunks if isinstance(chunk, Chunk))


@pytest.mark.parametrize("size", [1, 3, 64, None])
def test_every_column_becomes_its_member(size):
    first = bodies(read(VECTOR.read_bytes(), size=size))[0]
    assert first == {
        "to": "telegram",
        "kind": "trusted_flag",
        "category": "terrorism",
        "language": "id",
        "urgency": "urgent",
        "content_date": "2017-07-10",
        "explanation": 'Panduan membuat bom, "langkah demi langkah".\nBaris kedua.',
        "locators": ["https://t.me/s/contoh/12", "https://t.me/s/contoh/13"],
        "requested_measures": ["remove", "warn"],
        "territory": ["ID", "MY"],
        "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"},
        "external_refs": [{"scheme": "kominfo", "id": "KF-1"}],
        "external": {"csv": {"Nomor Surat": "B-101/2017"}},
    }


def test_a_number_is_the_first_line_of_a_row():
    assert numbers(read(VECTOR.read_bytes())) == [(2, True), (5, True)]


def test_a_cell_like_a_formula_is_a_text_kept_exactly():
    cells = ["=1+1", "+1", "-1", "@a", '"\t=1"', '"\r=1"', "'=1"]
    texts = [one["explanation"] for one in bodies(read("to,explanation\n" + "".join(f"a,{cell}\n" for cell in cells)))]
    assert texts == ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "'=1"]


def test_rows_of_the_vector_are_admitted():
    admitted = [
        admissibility.admit(
            item.body,
            sender="kominfo",
            sender_kind=PartyKind.REGULATOR,
            mandates=EVERYTHING,
            recipient={"telegram": PartyKind.PLATFORM}.get,
            evidence_stored=lambda _: False,
            at=datetime(2017, 7, 14, tzinfo=UTC),
        )
        for item in read(VECTOR.read_bytes())
    ]
    assert len(admitted) == 2


TEXT = "to;explanation\ntelegram;Café – “kutipan”\n"


@pytest.mark.parametrize("size", [1, 5, None])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_with_its_mark_or_as_utf_8(codec, size):
    assert bodies(read(TEXT.encode(codec), size=size)) == [{"to": "telegram", "explanation": "Café – “kutipan”"}]


def test_windows_1252_is_read_where_the_caller_says_so():
    [found] = bodies(read(TEXT.encode("cp1252"), encoding=Encoding.WINDOWS_1252))
    assert found["explanation"] == "Café – “kutipan”"


def test_windows_1252_is_never_guessed_and_the_fault_says_what_to_do():
    good, bad = read(b"to;explanation\ntelegram;plain\n" + TEXT.encode("cp1252").split(b"\n")[1])
    assert (isinstance(good, Item), bad.number, bad.faults[0].code) == (True, 3, FaultCode.NOT_UTF8)
    assert "windows-1252" in bad.faults[0].detail


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_file_with_a_mark_is_not_read_as_windows_1252(codec):
    assert bodies(read(TEXT.encode(codec), encoding=Encoding.WINDOWS_1252)) == [FaultCode.NOT_UTF8]


def test_utf_16_without_its_mark_is_one_clear_fault():
    assert bodies(read(TEXT.encode("utf-16-le"))) == [FaultCode.BAD_TEXT]


@pytest.mark.parametrize("tail", [b"\x00", b"\x00\xd8"])
def test_half_a_character_of_utf_16_fails_alone(tail):
    assert bodies(read("to,kind\na,b\nc,d".encode("utf-16") + tail)) == [{"to": "a", "kind": "b"}, FaultCode.NOT_UTF8]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_delimiter_is_told_by_the_header(sign):
    text = f"to{sign}kind{sign}Catatan\ntelegram{sign}order{sign}x\n"
    assert bodies(read(text)) == [{"to": "telegram", "kind": "order", "external": {"csv": {"Catatan": "x"}}}]


def test_one_column_of_links_needs_no_delimiter():
    found = bodies(read("Locators\nhttps://a.example/x,y;z\nhttps://b.example\n", defaults=DEFAULTS))
    assert [one["locators"] for one in found] == [["https://a.example/x,y;z"], ["https://b.example"]]


@pytest.mark.parametrize(
    "header",
    ["nomor,tautan", "a,b;c\td", "", "\n\n", "to,to", "to," + "x" * 200, "to," * 1001, 'to,"kind', "to\x00,kind"],
)
def test_where_the_header_cannot_be_used_nothing_is_taken(header):
    results = read(f"{header}\nx,https://a.example\n" if header else "")
    assert [(type(one), one.number) for one in results] == [(Bad, 1)]


def test_lines_that_end_in_cr_alone_are_one_clear_fault():
    [bad] = read("to,kind\ra,b\rc,d\r")
    assert "CR alone" in bad.faults[0].detail


def test_a_ragged_row_fails_alone_and_says_how():
    good, more, fewer, last = read("to,kind\na,b\na,b,c\na\nc,d\n")
    assert (isinstance(good, Item), more.number, fewer.number, isinstance(last, Item)) == (True, 3, 4, True)
    assert "3 cells, the first line names 2" in more.faults[0].detail
    assert "1 cells, the first line names 2" in fewer.faults[0].detail


def test_an_empty_line_between_rows_is_a_fault_and_at_the_end_it_is_nothing():
    assert numbers(read("to,kind\na,b\n\n,\nc,d\n\n,\n\n")) == [(2, True), (3, False), (4, False), (5, True)]


def test_a_nul_fails_alone():
    assert bodies(read("to,kind\na,b\0\nc,d\n")) == [FaultCode.BAD_TEXT, {"to": "c", "kind": "d"}]


def test_a_quote_that_is_never_closed_costs_the_rows_behind_it_and_no_pasted_text_becomes_a_notice():
    good, bad = read('to,explanation\na,b\nc,"d\ntelegram,e\ntelegram,f\n')
    assert (isinstance(good, Item), bad.number, bad.faults[0].code) == (True, 3, FaultCode.BAD_FORM)
    assert "line 3" in bad.faults[0].detail


def test_text_behind_a_closing_quote_fails_with_all_its_lines():
    results = read('to,explanation\na,"b\ntelegram,c" d\ne,f\n')
    assert numbers(results) == [(2, False), (4, True)]
    assert "Lines 2 to 3" in results[0].faults[0].detail


def test_a_quote_inside_of_a_bare_cell_is_a_character():
    assert bodies(read('to,explanation\na,layar 5" saja\n')) == [{"to": "a", "explanation": 'layar 5" saja'}]


@pytest.mark.parametrize("row", ["a,b\rc", '"a","b"\r,c', '"a","b\nc"\rd'])
def test_a_bare_cr_outside_of_quotes_fails_alone(row):
    assert numbers(read(f"to,kind\n{row}\nc,d\n"))[0] == (2, False)


def test_line_breaks_in_a_quoted_cell_are_kept_as_they_are():
    assert bodies(read(b'to,explanation\r\na,"b\r\nc\rd\n"\r\n')) == [{"to": "a", "explanation": "b\r\nc\rd\n"}]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_larger_than_a_notice_may_be_fails_alone(quote):
    large = f"a,{quote}{'x' * MAX_RECORD}{quote}\n"
    assert bodies(read(f"to,kind\n{large}c,d\n")) == [FaultCode.TOO_LARGE, {"to": "c", "kind": "d"}]


def test_a_cell_under_no_name_is_a_fault_and_an_empty_one_is_nothing():
    assert bodies(read("to,kind,\na,b,\na,b,c\n")) == [{"to": "a", "kind": "b"}, FaultCode.MISSING]


def test_a_ground_that_is_there_in_part_is_not_completed_from_the_defaults():
    [found] = bodies(read("locators,legal_ground.provision\nhttps://a.example,Pasal 1\n", defaults=DEFAULTS))
    assert found["legal_ground"] == {"provision": "Pasal 1"}


def test_rows_are_read_as_they_are_asked_for():
    asked = []

    def stream():
        yield b"to,kind\n"
        for number in range(1000):
            asked.append(number)
            yield b"a,b\n"

    results = formats.reader(Format.CSV)(stream())
    next(results)
    assert len(asked) <= 3


def test_a_quote_open_over_the_whole_file_keeps_no_more_than_one_row():
    scanner = csv_rows.Rows([b'"', *[b"x" * 1000] * 100], limit=5000)
    held = [len(scanner._held) for _ in scanner._feed(b"".join(scanner._pieces))]
    assert (held, len(scanner._held) <= 5000) == ([], True)


NOTICE = {**DEFAULTS, "locators": ["https://a.example"]}


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'", "''=1", "'=1", "\uff1d1", " =1", '"', "a\r\nb;,\t"],
)
def test_no_cell_that_is_written_begins_like_a_formula_and_reading_restores_it(text):
    data = write(NOTICE | {"explanation": text + " end"})
    cells = csv_rows.cells_of(list(csv_rows.Rows([data]))[1], b",")
    assert isinstance(cells, list)
    assert [cell for cell in cells if cell.decode().startswith(tuple("=+-@\t\r\n\uff1d"))] == []
    assert bodies(read(data)) == [NOTICE | {"explanation": text + " end"}]


def test_what_no_column_holds_is_written_into_one_and_read_again():
    whole = NOTICE | {
        "locators": ["https://a.example/ b", "@contoh"],
        "terms_ground": {"document": "Terms", "clause": "3"},
        "territory": [],
        "external_refs": [{"scheme": "a", "id": "1"}, {"scheme": "b", "id": "2"}],
        "evidence": [{"name": "a.png", "media_type": "image/png", "sha256": "0" * 64}],
        "external": {"csv": {"x": "=1"}, "y": [1, None, 1.5]},
    }
    assert bodies(read(write(whole))) == [whole]


def test_an_exported_row_and_a_row_added_by_hand_are_both_read_exactly():
    exported = write(NOTICE | {"explanation": "'a"}).decode("utf-8-sig")
    added = ",".join({"explanation": "'b", "to": "x"}.get(name, "") for name in csv_columns.COLUMNS)
    found = bodies(read(exported + added + "\r\n"))
    assert [one["explanation"] for one in found] == ["'a", "'b"]


def test_a_column_added_to_an_export_survives_beside_the_residue():
    lines = write(NOTICE | {"external": {"csv": {"x": "1"}, "y": 2}}).decode("utf-8-sig").splitlines()
    [found] = bodies(read(f"{lines[0]},status\r\n{lines[1]},'open\r\n"))
    assert found["external"] == {"csv": {"x": "1", "status": "'open"}, "y": 2}


def test_a_column_added_to_an_export_whose_residue_leaves_no_place_fails_alone():
    lines = write(NOTICE | {"external": {"csv": 1}}).decode("utf-8-sig").splitlines()
    assert bodies(read(f"{lines[0]},status\r\n{lines[1]},open\r\n")) == [FaultCode.REPEATED_MEMBER]


@pytest.mark.parametrize("rest", ["{", "[]", '{""a"": NaN}', '{""a"": ""\\ud800""}', '{""a"": 1, ""a"": 2}'])
def test_a_broken_rest_fails_alone_and_names_its_column(rest):
    bad, good = read(f'to,more\na,"{rest}"\nb,\n')
    assert (bad.faults[0].detail.startswith("In the column more:"), isinstance(good, Item)) == (True, True)


def test_a_mark_of_another_version_fails_alone():
    assert bodies(read("to,mufakat.csv\na,2\nb,1\n")) == [FaultCode.NOT_IN_LIST, {"to": "b"}]


@pytest.mark.parametrize(
    ("pointer", "column"),
    [
        ("/to", "to"),
        ("/locators/3", "locators"),
        ("/legal_ground", "legal_ground.system"),
        ("/legal_ground/provision", "legal_ground.provision"),
        ("/external_refs/0/id", "external_ref.id"),
        ("/evidence/0", ""),
        ("", ""),
    ],
)
def test_a_fault_of_the_judge_leads_to_its_column(pointer, column):
    assert formats.column_of(pointer) == column
