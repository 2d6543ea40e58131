"""``mufakat endpoint`` and ``mufakat delivery``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line

URL = "https://hooks.telegram.example/mufakat"
FOR = ("--party", "telegram")


def test_an_endpoint_is_set_and_its_secret_shown_once(line: Line) -> None:
    made = line.json("endpoint", "set", URL, *FOR)
    assert made["secret"].startswith("whsec_")
    (shown,) = line.json("endpoint", "list", *FOR)["items"]
    assert (shown["id"], shown["url"], "secret" in shown) == (made["id"], URL, False)


def test_an_endpoint_that_leads_inside_is_refused_in_words(line: Line) -> None:
    result = line("endpoint", "set", "https://169.254.169.254/", *FOR)
    assert (result.exit_code, result.stderr) == (
        1,
        "mufakat: /url: Nothing is sent there: its address is not public (link-local).\n",
    )


def test_an_endpoint_is_rotated_disabled_enabled_and_tested(line: Line) -> None:
    made = line.json("endpoint", "set", URL, *FOR)
    assert line.json("endpoint", "rotate", made["id"], *FOR)["secret"] != made["secret"]
    assert line.json("endpoint", "disable", made["id"], *FOR)["state"] == "disabled"
    assert line("endpoint", "test", made["id"], *FOR).exit_code == 1
    assert line.json("endpoint", "enable", made["id"], *FOR)["state"] == "active"
    assert line.json("endpoint", "test", made["id"], *FOR)["waiting"] == 1


def test_a_command_about_endpoints_asks_for_whom(line: Line) -> None:
    assert line("endpoint", "list").exit_code == 2


def test_dead_letters_are_listed_and_tried_anew(line: Line) -> None:
    made = line.json("endpoint", "set", URL, *FOR)
    line.json("endpoint", "test", made["id"], *FOR)
    line.json("endpoint", "disable", made["id"], *FOR)
    line.json("work", "--once")
    dead = line.json("delivery", "list")["items"]
    assert {one["detail"] for one in dead} == {"its endpoint was closed"}
    assert dead[0]["id"] in line("delivery", "list").stdout
    assert line("delivery", "replay", dead[0]["id"]).stderr == (
        "mufakat: Its endpoint is disabled; its party has to enable it first.\n"
    )
    line.json("endpoint", "enable", made["id"], *FOR)
    assert line.json("delivery", "replay", "--all") == {"replayed": len(dead)}
    assert line.json("delivery", "list") == {"items": [], "waiting": len(dead), "dead": 0}


def test_a_replay_says_what(line: Line) -> None:
    assert line("delivery", "replay").exit_code == 2
