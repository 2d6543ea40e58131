"""What is said in public is screened, and what follows is done once: warn, delete, restrict, ban, restore, tell."""

from __future__ import annotations

import pytest
from tests.telegram.bots import until

from mufakat.server.connectors.telegram.following import Conduct


def test_a_blocked_message_is_deleted_and_people_are_told(scene):
    scene.start()
    message = scene.say("ini pisang hijau")
    until(lambda: "deleted" in scene.notes())
    assert not scene.is_there(message)


def test_what_is_clean_stays_and_nobody_is_told(scene):
    scene.start()
    message = scene.say("selamat pagi")
    until(scene.confirmed)
    assert scene.is_there(message)
    assert scene.texts() == []


def test_a_warning_is_a_reply_under_the_message(scene):
    scene.start()
    message = scene.say("jeruk")
    warned = until(
        lambda: scene.api.done("sendMessage") and [one for one in scene.texts(scene.group) if "aturan" in one]
    )
    assert len(warned) == 1
    assert "https://keberatan.example" in warned[0]
    assert scene.is_there(message)
