import re
from pathlib import Path

from mufakat.formats import Format, csv_columns
from mufakat.formats.xarf import catalog

PAGE = (Path(__file__).parents[3] / "docs" / "files.md").read_text(encoding="utf-8")


def test_the_page_names_every_format():
    assert [form for form in Format if f"| `{form}` |" not in PAGE] == []


def test_the_page_names_every_column():
    table = PAGE.partition("| column | holds |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`([a-z_.]+)`", table))
    short = {f".{name.partition('.')[2]}" for name in csv_columns.COLUMNS}
    assert [
        name for name in csv_columns.COLUMNS if name not in named and not {f".{name.partition('.')[2]}"} & named
    ] == []
    assert named - set(csv_columns.COLUMNS) - short == {"external.csv", "evidence", "external", "null"}


def test_the_page_names_our_category_of_every_type_that_has_one():
    table = PAGE.partition("| XARF | ours |")[2].partition("\n\n")[0]
    said = {
        kind: ours
        for kinds, ours in re.findall(r"^\| (`.*`) \| (\w+) \|$", table, re.MULTILINE)
        for kind in re.findall(r"`(.*?)`", kinds)
    }
    assert said == {"/".join(key): str(kind.category) for key, kind in catalog.TYPES.items() if kind.category}
