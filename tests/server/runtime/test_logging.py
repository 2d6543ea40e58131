"""The log: one JSON object a line, and nothing in it that a person typed or that opens a door."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.test import Client
from tests.houses import body, is_postgresql
from tests.server.api.doors import NOTICES, ask, both, encoded, get

from mufakat.server.runtime.logs import JSONFormatter, ServerFormatter

if TYPE_CHECKING:
    import pytest
    from tests.houses import House, Server
    from tests.server.api.doors import Post, Reply

CANARY = "kenari-7421"  # Stands in everything that is typed below.


def formatted(**fields: Any) -> dict[str, Any]:
    """A record as the log writes it."""
    record = logging.makeLogRecord({"name": "mufakat.test", "levelno": 20, "levelname": "INFO", **fields})
    line = JSONFormatter().format(record)
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_line_says_when_how_bad_where_and_what() -> None:
    found = formatted(msg="commit failed", operations=3)
    assert {name: found[name] for name in ("level", "logger", "message", "operations")} == {
        "level": "info",
        "logger": "mufakat.test",
        "message": "commit failed",
        "operations": 3,
    }
    assert found["at"].endswith("+00:00")


def test_an_error_is_shown_by_its_kind_and_its_way_without_its_words() -> None:
    def broken() -> None:
        raise ValueError(CANARY)

    try:
        broken()
    except ValueError:
        found = formatted(msg="unexpected", exc_info=sys.exc_info())
    assert (found["error"], CANARY in json.dumps(found)) == ("ValueError", False)
    assert found["trace"][-1].endswith(" broken")


def test_a_line_break_in_a_value_makes_no_second_line() -> None:
    assert formatted(msg="x", route="a\n{}")["route"] == "a\n{}"


def test_half_a_character_in_a_value_costs_no_line() -> None:
    record = logging.makeLogRecord({"msg": "not published", "file": "data/\udcff.log"})
    assert json.loads(JSONFormatter().format(record))["file"] == "data/\udcff.log"


@both
def test_a_request_is_one_line_with_its_id_and_without_its_content(
    house: House, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    token = house.token("kominfo", "officer")
    caplog.clear()
    answer = post(encoded(explanation=CANARY), token=token)
    lines = [json.loads(JSONFormatter().format(record)) for record in caplog.records]
    (line,) = [one for one in lines if one["logger"] == "mufakat.requests"]
    assert line["id"] == answer.headers["x-request-id"]
    assert {name: line[name] for name in ("method", "route", "status")} == {
        "method": "POST",
        "route": "api/v1/notices",
        "status": 201,
    }
    assert CANARY not in json.dumps(lines)


def test_a_request_is_logged_by_its_route_and_not_by_its_address(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    get(f"{NOTICES}/{CANARY}?state={CANARY}", house.token("kominfo", "officer"))
    (record,) = [one for one in caplog.records if one.name == "mufakat.requests"]
    assert vars(record)["route"] == "api/v1/notices/<notice>"


@both
def test_an_unexpected_error_is_logged_without_what_was_typed(
    house: House, post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from mufakat.server.notices import operations

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(CANARY)

    token = house.token("kominfo", "officer")
    monkeypatch.setattr(operations, "prepare", broken)
    post(encoded(explanation=CANARY), token=token)
    lines = [JSONFormatter().format(record) for record in caplog.records]
    errors = [json.loads(line) for line in lines if json.loads(line)["level"] == "error"]
    assert [one["error"] for one in errors] == ["RuntimeError"]
    assert CANARY not in "".join(lines)


@both
def test_a_refusal_is_no_fault_in_the_log(house: House, post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post(b"{}", token=house.token("kominfo", "officer"))
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def say_it_everywhere(server: Server) -> list[str]:
    """Type the canary into every field that a server has; return the secrets that were used."""
    officer, reviewer = server.token("kominfo", "officer"), server.token("telegram", "reviewer")
    raw = body(
        locators=[f"https://t.me/{CANARY.replace('-', '')}/12", f"https://{CANARY}.example/{CANARY}"],
        explanation=CANARY,
        legal_ground={"system": "id", "instrument": CANARY, "provision": CANARY},
        external={CANARY: CANARY},
        external_refs=[{"scheme": "kominfo", "id": CANARY}],
    )
    notice = ask(server, "POST", NOTICES, officer, raw=raw, key=CANARY).json()["id"]
    ask(server, "POST", NOTICES, officer, raw=body(explanation="other"), key=CANARY)  # The key again: refused.
    ask(server, "POST", NOTICES, officer, raw=body(kind=CANARY, locators=[CANARY]), key="bad")
    ask(server, "POST", NOTICES, officer, raw=CANARY.encode(), key="worse")
    ask(server, "POST", NOTICES, CANARY, raw=raw, key="stranger")
    path = f"{NOTICES}/{notice}"
    ask(server, "POST", f"{path}/acknowledgement", reviewer, raw=json.dumps({"note": CANARY}).encode(), key=CANARY)
    ask(server, "POST", f"{path}/withdrawal", officer, raw=json.dumps({"reason": CANARY}).encode())
    ask(server, "POST", f"{path}/withdrawal", officer, raw=json.dumps({CANARY: CANARY}).encode())
    for address in (f"{NOTICES}/{CANARY}", f"{NOTICES}?state={CANARY}&to={CANARY}", f"/{CANARY}", f"/api/v1/{CANARY}"):
        ask(server, "GET", address, officer)
    ask(server, "GET", f"/log/{CANARY}/keys.json")
    ask(server, "GET", "/", headers={"Host": f"{CANARY}.example", "User-Agent": CANARY, "Referer": CANARY})
    ask(server, "GET", NOTICES, officer, headers={"Host": f"{CANARY}.example"})
    ask(server, "GET", "/", headers={"Cookie": f"sessionid={CANARY}; csrftoken={CANARY}"})
    ask(server, CANARY, NOTICES, officer)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    login = f"login={CANARY}@kominfo.example&password={CANARY}".encode()
    ask(server, "POST", "/account/login/", raw=login, headers=form)
    sign_in(server, f"{CANARY}@kominfo.example", CANARY)
    email, password = server.accounts["kominfo", "officer"]
    assert sign_in(server, email, password).status == 302
    server.run("party", "add", CANARY, "--kind", "member", "--name", CANARY, "--seat", "officer")
    server.run("notice", "acknowledge", CANARY, "--note", CANARY, check=False)
    return [officer, reviewer, email, password, (server.data / "secret.key").read_text().strip()]


def sign_in(server: Server, email: str, password: str) -> Reply:
    """Sign in by the form, as a browser does."""
    page = ask(server, "GET", "/account/login/")
    found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
    assert found is not None
    cookie = page.headers["set-cookie"].partition(";")[0]
    content = f"csrfmiddlewaretoken={found[1].decode()}&login={email}&password={password}".replace("@", "%40")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, "Referer": server.url}
    return ask(server, "POST", "/account/login/", raw=content.encode(), headers=headers)


def test_the_log_of_a_server_holds_nothing_that_was_typed(stopped_server: Server) -> None:
    # Its own secret too: made at the first start, as an operator's is.
    stopped_server.environ["MUFAKAT_SECRET_KEY"] = ""
    stopped_server.start()
    secrets = say_it_everywhere(stopped_server)
    stopped_server.stop()
    log = (stopped_server.data.parent / "server.log").read_text(encoding="utf-8")
    found = [word for word in (CANARY, CANARY.replace("-", ""), *secrets, "kominfo.example") if word in log]
    assert found == []
    lines = [json.loads(line) for line in log.splitlines()]
    # The command line is a request of this server only where it came through its socket.
    least = 20 if is_postgresql() else 25
    assert len([line for line in lines if line["message"] == "request"]) > least


def test_what_the_http_server_says_itself_is_a_line_like_all_others(server: Server) -> None:
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text(encoding="ascii")
    for child in children.split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(child), signal.SIGKILL)
    server.process.wait(30)
    log = (server.data.parent / "server.log").read_text(encoding="utf-8")
    said = [line for line in map(json.loads, log.splitlines()) if line["logger"] == "_granian"]
    assert said
    assert {line["level"] for line in said} <= {"warning", "error"}


def test_an_error_that_the_http_server_saw_is_named_without_its_text() -> None:
    record = logging.makeLogRecord(
        {"name": "_granian", "levelno": logging.ERROR, "levelname": "ERROR", "msg": f"it broke\nValueError: {CANARY}"}
    )
    line = json.loads(ServerFormatter().format(record))
    assert line["message"] == "it broke"
    assert CANARY not in json.dumps(line)


def test_no_page_of_a_browser_logs_what_was_asked(house: House, caplog: pytest.LogCaptureFixture) -> None:
    del house
    Client().get(f"/{CANARY}?q={CANARY}", headers={"Host": f"{CANARY}.example"})
    assert CANARY not in "".join(JSONFormatter().format(record) for record in caplog.records)
