from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "mufakat"
PURE = ("locator", "rules", "proof", "screening", "formats")
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "monotonic"),
    ("timezone", "now"),
}


def modules(folder: Path = SOURCE) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "migrations" not in path.parts)


def public_definitions(path: Path) -> list[tuple[str, ast.AST]]:
    return [
        (node.name, node)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
    ]


def test_there_are_locks():
    assert {path.stem for path in LOCKS} == {
        *("base", "build", "check", "dns", "mail", "peers", "postgres", "rehearsal", "screening", "server"),
        *("tables", "telegram", "test"),
    }


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_address(path):
    assert "://" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_locked_requirement_has_its_hash(path):
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    bare = [line for line in text.splitlines() if "==" in line and "--hash=sha256:" not in line]
    assert bare == []


def test_the_lock_of_npm_names_no_address_and_every_digest():
    text = (ROOT / "tests" / "interop" / "npm" / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: told for name, told in json.loads(text)["packages"].items() if name}
    assert "://" not in text
    assert packages
    assert [name for name, told in packages.items() if not told.get("integrity", "").startswith("sha512-")] == []


@pytest.mark.parametrize("name", ["uv.lock", "pylock.toml"])
def test_no_lock_with_addresses_is_kept(name):
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert name in ignored


def test_every_dependency_is_in_its_lock():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for wanted, lock in ((project["dependencies"], "base"), *((extras[name], name) for name in extras)):
        locked = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / "requirements" / f"{lock}.txt").read_text(), re.MULTILINE))
        names = {re.split(r"[^A-Za-z0-9.-]", one)[0].lower() for one in wanted}
        assert names <= locked


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_is_longer_than_five_hundred_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


def test_nine_modules_of_ten_have_at_most_three_hundred_lines():
    lengths = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in modules())
    assert lengths[len(lengths) * 9 // 10] <= 300


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_asks_nobody_for_the_time(package):
    asked = [
        f"{path.name}:{node.lineno}"
        for path in modules(SOURCE / package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CLOCKS
    ]
    assert asked == []


@pytest.mark.parametrize("package", PURE)
def test_the_public_names_of_a_pure_package_are_documented(package):
    bare = [
        f"{path.name}: {name}"
        for path in modules(SOURCE / package)
        for name, node in public_definitions(path)
        if not ast.get_docstring(node)  # type: ignore[arg-type]
    ]
    assert bare == []


def test_every_module_says_what_it_is():
    bare = [str(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert bare == []


def test_the_bare_wheel_needs_no_django():
    script = """
import importlib, pkgutil, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "granian", "ninja", "allauth", "a2wsgi", "psycopg"}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import mufakat
for module in pkgutil.walk_packages(mufakat.__path__, "mufakat."):
    if not module.name.startswith("mufakat.server"):
        importlib.import_module(module.name)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_missing_extra_is_one_clear_line():
    script = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "django":
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
from mufakat.cli import main
main(["doctor"])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "mufakat: this command needs the server: pip install 'mufakat[server]'\n",
    )


def test_migrations_are_complete(data):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_readme_names_the_two_commands_and_ci_begins_with_one():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme
    assert next(line for line in ci.splitlines() if line.endswith(("make test", "make check"))) == "make test"


def test_every_page_of_the_docs_is_in_its_contents():
    contents = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = sorted(str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md"))
    assert [page for page in pages if page not in contents] == []
