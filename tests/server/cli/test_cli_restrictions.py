"""Restrictions by the command line: proposed from a file, approved, carried out, lifted, looked up, exported."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from tests.server.api.restricted import resolver_networks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.cli.conftest import Line

SERVICE = ("--party", "telegram")
OPERATOR = ("--party", "isp-a")
ORDER = """
list: terrorism
names: [web.example.net]
operators: [isp-a, isp-b]
legal_ground: {{system: id, instrument: UU 11/2008, provision: Pasal 40 ayat (2b)}}
reason: A made-up placeholder of reasons.
proportionality: A made-up placeholder, nothing less would do.
review_at: "{review}"
sunset_at: "{sunset}"
platform: telegram
reopening: {{agreement: id-2017, all_of: [representative]}}
"""


@pytest.fixture
def example(line: Line) -> Line:
    line.json("example", "load", "parties")
    return line


def order(folder: Path, **changes: Any) -> str:
    now = datetime.now(UTC)
    times = {"review": now + timedelta(days=20), "sunset": now + timedelta(days=60)}
    file = folder / "order.yaml"
    file.write_text(ORDER.format(**{name: at.isoformat() for name, at in times.items()}))
    for name, value in changes.items():
        file.write_text(file.read_text() + f"{name}: {json.dumps(value)}\n")
    return str(file)


def approved(line: Line, folder: Path, *words: str) -> str:
    made: str = line.json("restriction", "propose", order(folder), *words)["id"]
    for role in ("approver", "approver-2"):
        line.json("restriction", "approve", made, "--note", "Read.", "--role", role)
    return made


def published(line: Line, folder: Path, *words: str) -> str:
    made = approved(line, folder, *words)
    line.json("restriction", "object", made, "--note", "We removed the channels.", *SERVICE)
    line("work", "--once")
    return made


def test_from_a_file_to_the_lists_and_open_again(example: Line, tmp_path: Path) -> None:
    made = published(example, tmp_path)
    found = example.json("restriction", "confirm", made, *OPERATOR)
    assert (found["state"], [one["state"] for one in found["operators"]]) == ("publishing", ["applied"])
    example.json("restriction", "confirm", made, "--party", "isp-b")
    assert example.json("restriction", "show", made)["state"] == "applied"
    closed = example("restriction", "lookup", "WEB.example.net")
    assert (closed.exit_code, "web.example.net is closed" in closed.stdout) == (1, True)
    lifted = example("restriction", "lift", made, "--note", "Settled.")
    assert (lifted.exit_code, f"{made}: lifted, terrorism, by kominfo" in lifted.stdout) == (0, True)
    example.json("restriction", "confirm", made, *OPERATOR)
    rows = example("restriction", "show", made).stdout
    assert ["isp-a" in rows, "open" in rows, "opening" in rows] == [True] * 3
    assert example("restriction", "lookup", "web.example.net").exit_code == 0


def test_some_names_of_a_file_are_lifted_alone(example: Line, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("# what is closed\nweb.example.net\n\nfiles.example.net  # also\n")
    made = published(example, tmp_path, "--names", str(names))
    found = example.json("restriction", "lift", made, "--name", "files.example.net")
    assert (found["state"], found["names"], found["lifted"]) == (
        "partly_lifted",
        ["web.example.net"],
        ["files.example.net"],
    )


def test_what_cannot_be_closed_is_said_name_by_name(example: Line, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("go.id\nweb.example.net\n192.0.2.1\n")
    refused = example("restriction", "propose", order(tmp_path), "--names", str(names))
    assert refused.exit_code == 1
    assert ["/names/0:" in refused.stderr, "/names/1:" in refused.stderr, "/names/2:" in refused.stderr] == [
        *(True, False, True)
    ]


def test_an_order_is_refused_by_an_approver_or_taken_back_by_its_own_side(example: Line, tmp_path: Path) -> None:
    one = example.json("restriction", "propose", order(tmp_path))["id"]
    found = example.json("restriction", "refuse", one, "--note", "Too broad.")
    assert (found["state"], found["refused"]) == ("refused", "Too broad.")
    two = approved(example, tmp_path)
    found = example.json("restriction", "lift", two, "--note", "Not needed.")
    assert found["state"] == "refused"
    again = example("restriction", "approve", one)
    assert again.exit_code == 1


def test_people_read_what_it_needs_and_a_page_lists_it(example: Line, tmp_path: Path) -> None:
    made = example("restriction", "propose", order(tmp_path))
    assert "needs: " in made.stdout
    listed = example("restriction", "list", "--state", "proposed").stdout
    assert ["rst_" in listed, "telegram" in listed] == [True, True]
    assert "nothing is closed" in example("restriction", "list", "--state", "lifted").stdout


def test_the_matrix_shows_every_name_at_every_operator(example: Line, tmp_path: Path) -> None:
    made = published(example, tmp_path)
    found = example.json("restriction", "show", made, "--matrix")
    assert [one["operator"] for one in found["operators"]] == ["isp-a", "isp-b"]
    shown = example("restriction", "show", made, "--matrix").stdout
    assert "1 of 1 names are asked for" in shown


@pytest.mark.invariant("I-10")
def test_the_matrix_shows_an_operator_its_own_column(example: Line, tmp_path: Path) -> None:
    made = published(example, tmp_path)
    shown = example("restriction", "show", made, "--matrix", *OPERATOR, "--role", "engineer").stdout
    assert ["isp-a" in shown, "isp-b" in shown] == [True, False]
    found = example.json("restriction", "show", made, "--matrix", *OPERATOR, "--role", "engineer")
    assert [one["operator"] for one in (*found["operators"], *found["names"][0]["operators"])] == ["isp-a"] * 2


def test_everything_is_exported_whole_or_name_by_name(example: Line, tmp_path: Path) -> None:
    made = published(example, tmp_path)
    whole = tmp_path / "all.ndjson"
    assert example("restriction", "export", "-o", str(whole)).exit_code == 0
    assert [json.loads(line)["id"] for line in whole.read_text().splitlines()] == [made]
    rows = list(csv.DictReader(example("restriction", "export", "--format", "csv").stdout.splitlines()))
    assert [(row["restriction"], row["name"], row["lifted"]) for row in rows] == [(made, "web.example.net", "no")]
    assert example("restriction", "export", "--format", "rpz").exit_code == 2
    own = ("--list", "terrorism", *OPERATOR, "--role", "engineer")
    assert "web.example.net" in example("restriction", "export", "--format", "hosts", *own).stdout
    foreign = example("restriction", "export", "--format", "hosts", "--list", "terrorism")
    assert (foreign.exit_code, foreign.stdout) == (1, "")


def test_names_are_never_blocked_until_they_are_released(example: Line, tmp_path: Path) -> None:
    added = example("never-block", "add", "help.example.org", "--reason", "People ask for help there.")
    assert (added.exit_code, added.stdout) == (0, "help.example.org is never closed\n")
    assert "People ask for help there." in example("never-block", "list").stdout
    names = tmp_path / "names.txt"
    names.write_text("chat.help.example.org\n")
    assert example("restriction", "propose", order(tmp_path), "--names", str(names)).exit_code == 1
    gone = example("never-block", "release", "help.example.org", "--reason", "Nobody answers any more.")
    assert gone.stdout == "help.example.org is off the list\n"
    assert "no name is on the list" in example("never-block", "list").stdout


def test_an_operator_names_its_resolvers(example: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = example("resolver", "set", "10.0.0.1", *OPERATOR)
    assert (inside.exit_code, "/address: " in inside.stderr) == (1, True)
    monkeypatch.setattr(settings, "MUFAKAT_PROBES", resolver_networks())
    made = example.json("resolver", "set", "192.0.2.53", *OPERATOR)
    assert "not yet" in example("resolver", "list", *OPERATOR).stdout
    gone = example("resolver", "remove", made["id"], *OPERATOR)
    assert gone.stdout == f"{made['id']}: 192.0.2.53, port 53, is asked no more\n"
