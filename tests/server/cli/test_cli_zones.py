"""`mufakat zone prepare`: what was prepared once stays in what BIND reads, and nothing else comes into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mufakat.formats import rpz

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line


def named(folder: Path) -> list[str]:
    """The zones that BIND is told of."""
    text = (folder / "mufakat.conf").read_text(encoding="ascii")
    return [line.split('"')[1] for line in text.splitlines() if line.startswith("zone ")]


def of(operator: str, folder: Path) -> set[str]:
    return {name for name in named(folder) if f".{operator}." in name}


def test_preparing_one_operator_leaves_the_others_named(line: Line, tmp_path: Path) -> None:
    line.json("zone", "prepare", str(tmp_path), "--operator", "isp-a")
    before = of("isp-a", tmp_path)
    line.json("zone", "prepare", str(tmp_path), "--operator", "isp-b")
    assert of("isp-a", tmp_path) == before != set()
    assert len(of("isp-b", tmp_path)) == len(before)


def test_a_shadow_zone_that_was_prepared_stays_named(line: Line, tmp_path: Path) -> None:
    line.json("zone", "prepare", str(tmp_path), "--operator", "isp-a", "--shadow")
    before = named(tmp_path)
    line.json("zone", "prepare", str(tmp_path))
    assert set(before) < set(named(tmp_path))
    assert rpz.zone_name("terrorism", "isp-a", shadow=True) in named(tmp_path)


def test_no_zone_is_named_whose_file_is_not_there(line: Line, tmp_path: Path) -> None:
    line.json("zone", "prepare", str(tmp_path), "--operator", "isp-a", "--shadow")
    line.json("zone", "prepare", str(tmp_path), "--operator", "isp-b")
    assert sorted(named(tmp_path)) == sorted(path.stem for path in tmp_path.glob("*.db"))
    assert of("isp-c", tmp_path) == set()
    assert rpz.zone_name("terrorism", "isp-b", shadow=True) not in named(tmp_path)


def test_all_operators_are_prepared_where_none_is_chosen(line: Line, tmp_path: Path) -> None:
    told = line.json("zone", "prepare", str(tmp_path))
    assert told["zones"] == len(told["made"]) == len(named(tmp_path)) == 3 * 10


def test_a_zone_that_is_no_longer_named_is_told_of(line: Line, tmp_path: Path) -> None:
    line.json("zone", "prepare", str(tmp_path), "--operator", "isp-a")
    lost = rpz.zone_name("terrorism", "isp-a")
    (tmp_path / f"{lost}.db").unlink()
    told = line("zone", "prepare", str(tmp_path), "--operator", "isp-b")
    assert f"no longer named in {tmp_path / 'mufakat.conf'}: {lost}\n" in told.stderr
    assert lost not in named(tmp_path)


def test_who_carries_no_lists_is_not_prepared(line: Line, tmp_path: Path) -> None:
    done = line("zone", "prepare", str(tmp_path / "zones"), "--operator", "kominfo")
    assert (done.exit_code != 0, "kominfo is no operator" in done.stderr) == (True, True)
    assert not (tmp_path / "zones").exists()
