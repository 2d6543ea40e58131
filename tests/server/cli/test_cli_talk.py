"""Reply, messages, seen and handover by the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.server.cli.test_cli_notices import submitted

if TYPE_CHECKING:
    from tests.server.cli.conftest import Line


def test_both_sides_write_and_read_by_the_command_line(line: Line) -> None:
    notice = submitted(line)
    said = line.json("notice", "reply", notice, "--text", "Which one?")
    assert (said["from"], said["text"], said["receipt"].startswith("mufakat/custody/v1")) == (
        *("telegram", "Which one?", True),
    )
    line("notice", "reply", notice, "--text", "-", "--party", "kominfo", "--role", "officer", input="The second.")
    shown = line("notice", "messages", notice, "--party", "kominfo", "--role", "officer").stdout
    assert [row.split(maxsplit=2)[1:] for row in shown.splitlines()[1:]] == [
        *(["telegram", "Which one?"], ["kominfo", "The second."])
    ]


def test_the_same_key_counts_once(line: Line) -> None:
    notice = submitted(line)
    first, again = (line.json("notice", "reply", notice, "--text", "Once.", "--key", "k") for _ in range(2))
    assert (again, len(line.json("notice", "messages", notice)["items"])) == (first, 1)


def test_what_a_stranger_wrote_reaches_no_terminal_raw(line: Line) -> None:
    notice = submitted(line)
    line("notice", "reply", notice, "--text", "a\u202eb\nsent  from  text")
    shown = line("notice", "messages", notice).stdout
    assert ("\u202e" in shown, len(shown.splitlines())) == (False, 2)


def test_a_notice_is_seen_and_handed_over_and_back(line: Line) -> None:
    notice = submitted(line)
    assert f"{notice}: seen 20" in line("notice", "seen", notice).stdout
    done = line("notice", "handover", notice, "--to", "reviewer-2", "--note", "You know this channel.")
    assert done.stdout == f"{notice}: in the hands of reviewer-2\n"
    assert "nobody alone" in line("notice", "handover", notice, "--to", "nobody").stdout
    shown = line("notice", "show", notice).stdout
    assert ("seen: 20" in shown, "delivered: not yet" in shown, "fetched: not yet" in shown) == (True, True, True)


def test_a_refusal_is_a_sentence(line: Line) -> None:
    notice = submitted(line)
    done = line("notice", "handover", notice, "--to", "officer")
    assert (done.exit_code, "representative, reviewer" in done.stderr) == (1, True)
    line("notice", "withdraw", notice, "--reason", "A slip.")
    done = line("notice", "reply", notice, "--text", "Too late.")
    assert (done.exit_code, "has ended" in done.stderr) == (1, True)
