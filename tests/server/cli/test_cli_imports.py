from __future__ import annotations

import json
from typing import Any

import pytest
from tests.houses import NOTICE, Server
from tests.server.notices.test_import_evidence import DEFAULTS, LARGE, report

EXPORT = ("notice", "export", "--party", "kominfo", "--format")


def lines(count: int, **changes: Any) -> str:
    return "".join(json.dumps({**NOTICE, "explanation": f"Placeholder {n}", **changes}) + "\n" for n in range(count))


def imported(server, path, *words: str) -> dict[str, Any]:
    done = server.run("notice", "submit", str(path), "--json", *words, check=False)
    return {"exit": done.returncode, **json.loads(done.stdout)}


def listed(server) -> int:
    page = json.loads(server.run("notice", "list", "--json", "--party", "kominfo").stdout)
    return len(page["items"]) if page["next"] is None else -1


def test_good_lines_are_taken_and_bad_ones_are_named(stopped_server, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_text(lines(3) + "{}\nnonsense\n" + lines(1, language="en"))
    done = imported(stopped_server, path)
    assert (done["exit"], done["taken"], done["refused"]) == (1, 4, 2)
    assert [one["line"] for one in done["problems"]] == [4, 5]


def test_an_import_that_is_started_again_doubles_nothing(stopped_server, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_text(lines(5))
    imported(stopped_server, path)
    again = imported(stopped_server, path)
    assert (again["exit"], again["taken"], again["repeated"]) == (0, 0, 5)
    assert listed(stopped_server) == 5


def test_an_import_that_goes_on_after_it_was_cut_doubles_nothing(stopped_server, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_text(lines(3))
    imported(stopped_server, path)
    path.write_text(lines(5))
    again = imported(stopped_server, path)
    assert (again["taken"], again["repeated"]) == (2, 3)
    assert listed(stopped_server) == 5


def test_an_import_that_is_started_again_after_an_erasure_doubles_nothing_and_goes_on(stopped_server, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_text(lines(3))
    imported(stopped_server, path)
    notice = json.loads(stopped_server.run("notice", "list", "--json", "--party", "kominfo").stdout)["items"][0]["id"]
    stopped_server.run("notice", "erase", notice, "--reason", "An order.")
    again = imported(stopped_server, path)
    assert (again["exit"], again["taken"], again["repeated"]) == (0, 0, 3)
    assert listed(stopped_server) == 3


def test_a_csv_is_filled_from_the_command_line(stopped_server, tmp_path):
    path = tmp_path / "links.csv"
    path.write_text("locators,explanation\nhttps://t.me/contoh_kanal,=1+1\n,none\n", encoding="utf-8")
    ground = json.dumps(NOTICE["legal_ground"])
    fills = ("to=telegram", "kind=trusted_flag", "category=fraud", "language=id", f"legal_ground={ground}")
    done = imported(stopped_server, path, *(word for fill in fills for word in ("--set", fill)))
    assert (done["taken"], done["refused"], done["problems"][0]["errors"][0]["pointer"]) == (1, 1, "locators")


def test_the_batch_receipts_are_kept_and_verify(stopped_server, tmp_path):
    path, folder, keys = tmp_path / "many.json", tmp_path / "receipts", tmp_path / "vkey"
    path.write_text(json.dumps([{**NOTICE, "explanation": f"Placeholder {n}"} for n in range(2)]))
    done = imported(stopped_server, path, "-o", str(folder))
    key = next(one for one in json.loads(stopped_server.run("doctor", "--json").stdout) if one["what"] == "key")
    keys.write_text(key["says"].split()[0] + "\n")
    assert "took" in stopped_server.run("verify", done["receipts"][0], "--key", str(keys)).stdout


@pytest.mark.parametrize("words", [("--set", "nonsense"), ("--set", "legal_ground={")])
def test_a_default_that_cannot_be_read_is_wrong_use(stopped_server, tmp_path, words):
    path = tmp_path / "many.ndjson"
    path.write_text(lines(1))
    assert stopped_server.run("notice", "submit", str(path), *words, check=False).returncode == 2


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "xarf"])
def test_what_was_exported_comes_in_elsewhere_with_every_foreign_field(stopped_server, prepared, tmp_path, form):
    elsewhere = Server.on(prepared, tmp_path / "elsewhere")
    (tmp_path / "in.ndjson").write_text(lines(3, external={"theirs": {"n": [1, None]}}))
    imported(stopped_server, tmp_path / "in.ndjson")
    out = tmp_path / f"out.{form}"
    told = ("--contact", "abuse@kominfo.example", "--domain", "kominfo.example") if form == "xarf" else ()
    made = json.loads(stopped_server.run(*EXPORT, form, "-o", str(out), "--json", *told).stdout)
    done = imported(elsewhere, out, "--format", form)
    assert (made["written"], made["erased"], done["taken"], done["refused"]) == (3, 0, 3, 0)
    both = [server.run(*EXPORT, "ndjson").stdout.splitlines() for server in (stopped_server, elsewhere)]
    there, here = ([json.loads(one) for one in found] for found in both)
    assert [one["external"]["theirs"] for one in here] == [{"n": [1, None]}] * 3
    assert sorted(one["explanation"] for one in here) == sorted(one["explanation"] for one in there)


def test_a_large_file_inside_a_report_is_stored_before_the_notice_that_names_it(stopped_server, tmp_path):
    path = tmp_path / "reports.json"
    path.write_bytes(report(LARGE, b"small"))
    told = [
        f"--set={name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in DEFAULTS.items()
    ]
    done = imported(stopped_server, path, "--format", "xarf", *told)
    assert (done["exit"], done["taken"], done["refused"]) == (0, 1, 0)
    again = imported(stopped_server, path, "--format", "xarf", *told)
    assert (again["exit"], again["taken"], again["repeated"]) == (0, 0, 1)


def test_an_export_says_what_its_format_has_no_place_for(stopped_server, tmp_path):
    (tmp_path / "in.ndjson").write_text(lines(1))
    imported(stopped_server, tmp_path / "in.ndjson")
    told = ("--contact", "abuse@kominfo.example", "--domain", "kominfo.example")
    done = stopped_server.run(*EXPORT, "xarf", "-o", str(tmp_path / "out"), *told)
    assert "/to: XARF names no recipient." in done.stderr
    assert "1 written" in done.stderr


def test_an_export_through_a_running_server_is_the_same(stopped_server, tmp_path):
    (tmp_path / "in.ndjson").write_text(lines(60))
    imported(stopped_server, tmp_path / "in.ndjson")
    before = stopped_server.run(*EXPORT, "csv").stdout
    stopped_server.start()
    assert (stopped_server.run(*EXPORT, "csv").stdout == before, before.count("\n")) == (True, 61)


def test_an_export_that_is_refused_leaves_no_file(stopped_server, tmp_path):
    done = stopped_server.run(*EXPORT, "xarf", "-o", str(tmp_path / "out"), check=False)
    assert (done.returncode, "/contact" in done.stderr) == (1, True)
    assert list(tmp_path.glob("out*")) == []
