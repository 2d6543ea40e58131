from __future__ import annotations

import json

from tests.unit.formats.test_formats_dsa import GOOD, changed
from tests.unit.formats.test_formats_dsa_dump import cells, written


def run(server, *words: str, check: bool = False):
    return server.run("statement", *words, "--party", "telegram", check=check)


def test_a_dump_goes_in_and_comes_out(stopped_server, tmp_path):
    path, out = tmp_path / "dump.csv", tmp_path / "out.csv"
    bad = cells(changed(puid="P-3"), uuid="01890a5d-ac96-774b-bcce-b302099a8059") | {"category": "x"}
    path.write_bytes(written(cells(GOOD), bad))
    done = run(stopped_server, "import", str(path), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["taken"], told["repeated"], told["refused"]) == (1, 1, 0, 1)
    assert told["problems"] == [
        {"line": 3, "errors": [{"pointer": "category", "detail": "The selected category is invalid."}]}
    ]
    assert told["receipts"][0].startswith("mufakat/custody-batch/v1\n")
    again = run(stopped_server, "import", str(path))
    assert again.stdout.strip().endswith("0 taken, 1 taken before, 1 refused")
    assert "dump.csv:3: category: The selected category is invalid." in again.stderr
    run(stopped_server, "export", "--format", "csv", "-o", str(out), check=True)
    assert out.read_bytes() == b"\xef\xbb\xbf" + written(cells(GOOD))


def test_a_statement_or_a_batch_goes_in_as_json(stopped_server, tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(GOOD))
    assert run(stopped_server, "import", str(path)).returncode == 0
    taken = run(stopped_server, "import", str(path))
    assert (taken.returncode, "not unique within this platform" in taken.stderr) == (1, True)
    path.write_text(json.dumps({"statements": [changed(puid="A"), changed(puid="B")]}))
    assert json.loads(run(stopped_server, "import", str(path), "--json").stdout)["taken"] == 2


def test_an_unknown_attribute_is_wrong_use(stopped_server):
    done = run(stopped_server, "show", "dec_x", "--set", "colour=red")
    assert (done.returncode, "content_language" in done.stderr) == (2, True)
