"""What is vendored is exactly what was published, and loads nothing from elsewhere."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import mufakat.server.web

STATIC = Path(mufakat.server.web.__file__).parent / "static" / "web"
FILES = tomllib.loads((STATIC / "vendor" / "VENDORED.toml").read_text())["file"]


def test_each_file_has_the_digest_that_is_written_down() -> None:
    found = {
        file["name"]: hashlib.sha256((STATIC / "vendor" / file["name"]).read_bytes()).hexdigest() for file in FILES
    }
    assert found == {file["name"]: file["sha256"] for file in FILES}


def test_each_file_comes_with_its_licence() -> None:
    assert all((STATIC / "vendor" / file["licence_file"]).stat().st_size > 200 for file in FILES)


def test_nothing_else_lies_there() -> None:
    named = {"VENDORED.toml", *(file["name"] for file in FILES), *(file["licence_file"] for file in FILES)}
    assert {path.name for path in (STATIC / "vendor").iterdir()} == named


def test_no_style_loads_anything_but_pictures_of_its_own() -> None:
    addresses = [
        found for path in STATIC.rglob("*.css") for found in re.findall(r"url\(\s*[\"']?([^)]{0,12})", path.read_text())
    ]
    assert {address[:5] for address in addresses} <= {"data:"}
    assert not any("@import" in path.read_text() for path in STATIC.rglob("*.css"))
