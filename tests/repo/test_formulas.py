"""Every table that leaves the house goes through the one guard against formulas, and none leaves as a workbook."""

from __future__ import annotations

import ast
from pathlib import Path

import mufakat

ROOT = Path(mufakat.__file__).parent
WORKBOOKS = {"openpyxl", "xlsxwriter", "xlwt", "pyexcel", "odf"}


def imported(tree: ast.AST) -> set[str]:
    """The names that a module imports, and the modules it takes them from."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(alias.name for alias in node.names)}
    return found


def writes(tree: ast.AST) -> bool:
    """Whether a module writes csv with the standard library."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(isinstance(one, ast.Attribute) and one.attr in {"writer", "DictWriter"} for one in calls)


def test_whoever_writes_csv_guards_its_cells() -> None:
    bare = []
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = imported(tree)
        if "csv" in names and writes(tree) and "guard" not in names:
            bare.append(str(path.relative_to(ROOT)))
    assert bare == []


def test_no_workbook_is_written() -> None:
    found = {name for path in ROOT.rglob("*.py") for name in imported(ast.parse(path.read_text(encoding="utf-8")))}
    assert {name for name in found if name.partition(".")[0] in WORKBOOKS} == set()
