"""The program as it is run: killed at any point, stopped, refused."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys

import pytest
from tests.telegram.bots import until

pytestmark = pytest.mark.usefixtures("scene")


@pytest.mark.fault
def test_a_bot_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice(scene):
    chance = random.Random(8)  # noqa: S311 - where it is killed, the same every time.
    messages = [scene.say(f"{word} {number}") for number in range(40) for word in ("pisang", "jeruk", "pagi")]
    for _ in range(4):
        program = scene.program("--may-delete")
        wanted = len(scene.api.calls) + chance.randrange(5, 15)
        until(lambda: len(scene.api.calls) >= wanted or scene.confirmed())  # noqa: B023 - asked at once.
        program.kill()
        program.communicate()
    scene.program("--may-delete")
    until(scene.confirmed)
    gone = [message for message in messages if "pisang" in message.text]
    until(lambda: not any(scene.is_there(message) for message in gone))
    warned = [message for message in messages if "jeruk" in message.text]

    def settled():
        replied = scene.api.do(lambda _: [one.reply_to for one in scene.group.messages.values() if one.reply_to])
        unsure = scene.notes().count("may have been done or not")
        return len(replied) + unsure >= len(warned) and replied

    replied = until(settled)
    assert len(replied) == len(set(replied))
    assert {item.item for item in scene.engine.items} == {_name(message) for message in messages}


def _name(message):
    return f"tg:channel:{-message.chat.id - 10**12}/message/{message.id}"


def test_a_program_that_is_stopped_ends_well(scene):
    program = scene.program("--may-delete")
    message = scene.say("pisang")
    until(lambda: not scene.is_there(message))
    program.send_signal(signal.SIGTERM)
    _, said = program.communicate(timeout=180)
    assert program.returncode == 0
    assert scene.bot.token not in said


def test_a_program_whose_token_is_refused_ends_with_one_line(scene):
    scene.api.do(lambda world: world.rotate(scene.bot))
    program = scene.program()
    _, said = program.communicate(timeout=180)
    assert program.returncode == 1
    assert said.splitlines()[-1].startswith("mufakat: Telegram does not know this bot's token")


def run(scene, *more: str) -> subprocess.CompletedProcess[str]:
    command = [
        *(sys.executable, "-m", "mufakat.cli", "telegram", "check", scene.engine.url),
        *("--token-file", str(scene.folder / "api"), "--bot-token-file", str(scene.folder / "bot")),
        *("--journal", str(scene.settings.journal), "--telegram", scene.api.url, *more),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_check_says_what_the_bot_may_and_may_not(scene):
    done = run(scene, "--chat", "contohgrup", "--json")
    found = json.loads(done.stdout)
    [chat] = found["chats"]
    assert (done.returncode, found["bot"], chat["chat"]) == (0, "@examplebot", "@contohgrup")
    assert "remove content" in chat["may"]
    assert chat["may_not"]["label content"] == "Telegram has no label that a bot could set"


def test_check_finds_what_waits_for_a_person_while_the_bot_runs(scene):
    scene.start()
    scene.say("jeruk")
    until(lambda: "warned" in scene.notes())
    scene.api.do(lambda world: world.join(scene.group, scene.author, status="administrator"))
    from tests.telegram.botapi.faults import Kind

    scene.api.fail(Kind.DROP_AFTER, "sendMessage")
    scene.say("jeruk")
    until(lambda: "may have been done or not" in scene.notes())
    done = run(scene)
    assert done.returncode == 1
    assert "warn is uncertain" in done.stdout


def test_check_names_a_chat_in_which_nothing_is_screened(scene):
    closed = scene.api.do(lambda world: world.chat("supergroup", "Lain", "grouplain"))
    done = run(scene, "--chat", f"@{closed.username}")
    assert done.returncode == 1
    assert "the bot is no administrator there" in done.stdout


@pytest.mark.parametrize("hostile", ["", "two words", "no-bot-token"])
def test_a_file_without_a_token_is_one_line_and_never_shown(scene, hostile):
    (scene.folder / "bot").write_text(hostile)
    program = scene.program()
    _, said = program.communicate(timeout=180)
    assert program.returncode in {1, 2}
    assert "holds no token" in said.splitlines()[-1]
    assert not hostile or hostile not in said


WITHOUT = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {refused}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
from mufakat.cli import main
main(sys.argv[1:])
"""


def without(scene, refused: set[str]) -> subprocess.CompletedProcess[str]:
    command = [
        *(sys.executable, "-c", WITHOUT.replace("{refused}", repr(refused))),
        *("telegram", "check", scene.engine.url, "--chat", "@contohgrup"),
        *("--token-file", str(scene.folder / "api"), "--bot-token-file", str(scene.folder / "bot")),
        *("--journal", str(scene.settings.journal), "--telegram", scene.api.url),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_without_the_extra_it_says_so_in_one_line(scene):
    done = without(scene, {"aiogram"})
    line = "mufakat: this command needs Telegram's library: pip install 'mufakat[telegram]'\n"
    assert (done.returncode, done.stderr) == (2, line)


def test_the_bot_needs_no_django(scene):
    done = without(scene, {"django", "granian", "ninja", "allauth", "a2wsgi", "psycopg"})
    assert (done.returncode, done.stderr) == (0, "")
