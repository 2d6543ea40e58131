"""Keys of parties by the command line: made, enrolled and used there, and never sent."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.houses import body

from mufakat.proof.key import SigningKey

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line

    from mufakat.server.journal.models import Event

EXAMPLE = Path(__file__).parents[3] / "examples" / "notice.json"


def made(line: Line, folder: Path, handle: str) -> str:
    """The file of a new key that is enrolled."""
    file = folder / f"{handle}.key"
    line.json("party", "key", "make", str(file), "--party", handle)
    line.json("party", "key", "enrol", handle, "--sign-key", str(file))
    return str(file)


def test_a_key_is_made_for_its_owner_alone(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "key"
    shown = line("party", "key", "make", str(file), "--party", "kominfo")
    key = SigningKey.parse(file.read_text(encoding="ascii").strip())
    assert (stat.S_IMODE(file.stat().st_mode), shown.stdout.strip()) == (0o600, key.vkey)
    assert line("party", "key", "make", str(file), "--party", "kominfo").exit_code != 0
    assert SigningKey.parse(file.read_text(encoding="ascii").strip()).vkey == key.vkey


def test_what_is_sent_fetched_and_acknowledged_is_signed(line: Line, tmp_path: Path) -> None:
    ours, theirs = (made(line, tmp_path, handle) for handle in ("kominfo", "telegram"))
    taken = line.json("notice", "submit", str(EXAMPLE), "--sign-key", ours)
    platform = ("--party", "telegram", "--role", "representative")
    shown = line.json("notice", "show", taken["id"], "--sign-key", theirs, *platform)
    done = line.json("notice", "acknowledge", taken["id"], "--note", "Kami terima.", "--sign-key", theirs, *platform)
    from mufakat.proof import leaf

    assert (shown["delivered_at"] is not None, done["state"]) == (True, "acknowledged")
    signers = {
        event.type: [one.k.partition("+")[0] for one in leaf.decode(bytes(event.leaf)).sig]
        for event in events(line, taken["id"])
    }
    assert signers == {
        "notice.received": ["kominfo"],
        "notice.delivered": ["telegram"],
        "notice.acknowledged": ["telegram"],
    }


def events(line: Line, notice: str) -> list[Event]:
    from mufakat.server.journal.models import Event

    del line
    return list(Event.objects.filter(case=notice).order_by("position"))


def test_a_key_file_that_others_can_read_is_refused(line: Line, tmp_path: Path) -> None:
    file = made(line, tmp_path, "kominfo")
    Path(file).chmod(0o644)
    done = line("notice", "submit", str(EXAMPLE), "--sign-key", file)
    assert (done.exit_code, "make it 600" in done.stderr) == (2, True)


@pytest.mark.parametrize("content", ["", "PRIVATE+KEY+x", "kominfo+00000000+AAAA"])
def test_a_file_that_holds_no_key_is_refused_and_not_repeated(line: Line, tmp_path: Path, content: str) -> None:
    file = tmp_path / "key"
    file.write_text(content, encoding="ascii")
    file.chmod(0o600)
    done = line("notice", "submit", str(EXAMPLE), "--sign-key", str(file))
    assert (done.exit_code, "holds no private key" in done.stderr) == (2, True)
    assert not content or content not in done.output


def test_lists_are_not_signed(line: Line, tmp_path: Path) -> None:
    file = made(line, tmp_path, "kominfo")
    (tmp_path / "n.ndjson").write_bytes(body() + b"\n" + body(explanation="Other.") + b"\n")
    done = line("notice", "submit", str(tmp_path / "n.ndjson"), "--sign-key", file)
    assert (done.exit_code, "one JSON notice each" in done.stderr) == (2, True)


def test_a_revoked_key_signs_nothing_any_more(line: Line, tmp_path: Path) -> None:
    file = made(line, tmp_path, "kominfo")
    (key,) = line.json("party", "key", "list", "kominfo")
    assert line("party", "key", "revoke", "kominfo", key["id"], "--reason", "Lost.").exit_code == 0
    done = line("notice", "submit", str(EXAMPLE), "--sign-key", file)
    assert (done.exit_code, "no key in force" in done.stderr) == (1, True)


def test_the_operator_takes_back_that_everything_must_be_signed(line: Line) -> None:
    assert line.json("party", "key", "waive", "kominfo") == {"party": "kominfo", "must_sign": False}


def test_enrolling_wants_a_line_or_a_file(line: Line) -> None:
    assert line("party", "key", "enrol", "kominfo").exit_code == 2


def test_it_is_signed_for_the_log_of_this_machine_and_no_server_is_asked_for_its_name(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mufakat.server.parties.key_faces.listed", lambda _: pytest.fail("it was asked"))
    file = made(line, tmp_path, "kominfo")
    assert line.json("notice", "submit", str(EXAMPLE), "--sign-key", file)["state"] == "received"
