"""`mufakat probe run` from here, without an instance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.unit.runners.test_runners_probe import CLOSED, OPEN, ZONE, as_bind, resolver

from mufakat.cli.probe import probe
from mufakat.runners import probe as runner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result


@pytest.fixture
def address() -> Iterator[str]:
    with resolver(as_bind) as here:
        yield f"127.0.0.1#{here.port}"


def run(*words: str) -> Result:
    return CliRunner().invoke(probe, ["run", *words])


def test_each_name_is_told_with_its_ways(address: str) -> None:
    result = run(CLOSED, OPEN, "--resolver", address, "--zone", ZONE)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[1] == [address, CLOSED, "closed", "a=closed", "aaaa=closed", "do=closed", "tcp=closed"]
    assert lines[2] == [address, OPEN, "open", "a=open", "aaaa=open", "do=open", "tcp=open"]
    assert lines[3] == [address, "filters", "by", "the", "list"]


def test_machines_are_told_the_same(address: str) -> None:
    (told,) = json.loads(run(CLOSED, "--resolver", address, "--zone", ZONE, "--json").stdout)["resolvers"]
    assert (told["address"], told["filters"]) == ("127.0.0.1", True)
    assert told["names"] == [
        {"name": CLOSED, "state": "closed", "a": "closed", "aaaa": "closed", "do": "closed", "tcp": "closed"}
    ]


@pytest.mark.parametrize(("name", "expect", "status"), [(OPEN, "open", 0), (OPEN, "closed", 1), (CLOSED, "open", 1)])
def test_what_is_not_as_expected_is_a_no(address: str, name: str, expect: str, status: int) -> None:
    assert run(name, "--resolver", address, "--expect", expect).exit_code == status


def test_what_was_not_answered_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "LONGEST", 0.0)
    assert run(OPEN, "--resolver", "127.0.0.1#1").exit_code == 1


def test_a_resolver_that_does_not_filter_is_a_no(address: str) -> None:
    result = run(OPEN, "--resolver", address, "--zone", "gambling.isp-a.rpz.mufakat")
    assert (result.exit_code, "does not filter by the list" in result.stdout) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        [OPEN],
        [OPEN, "--resolver", "dns.example.net"],
        [OPEN, "--resolver", "127.0.0.1#0"],
        [OPEN, "--resolver", "127.0.0.1#x"],
        ["a..example.net", "--resolver", "127.0.0.1"],
        ["x" * 64 + ".example.net", "--resolver", "127.0.0.1"],
        [OPEN, "--resolver", "127.0.0.1", "--restriction", "rst_x"],
        ["--resolver", "127.0.0.1"],
        ["--expect", "open"],
    ],
)
def test_wrong_use_is_said_before_anybody_is_asked(words: list[str]) -> None:
    assert run(*words).exit_code == 2


def test_a_name_in_another_script_is_asked_for_as_the_dns_writes_it(address: str) -> None:
    (told,) = json.loads(run("BÜCHER.example.", "--resolver", address, "--json").stdout)["resolvers"]
    assert told["names"][0]["name"] == "xn--bcher-kva.example"
