"""Somebody watches a house from outside while things happen in it: nothing is said of what is as it should be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from tests.server.decisions.deciding import decide, taken
from tests.server.register.playing import Play
from tests.server.register.test_disclosing import SHARD, event_of, logged
from tests.server.restrictions.ordering import Ministry

from mufakat.rules.retention import Erasable
from mufakat.runners import fsck
from mufakat.runners.log_source import Log, MissingError, NotReadError
from mufakat.runners.monitor import Monitor
from mufakat.runners.monitor_alarms import Kind
from mufakat.runners.monitor_round import Terms
from mufakat.server.journal import door, signer
from mufakat.server.journal.models import Event, Opening
from mufakat.server.notices import erasure

if TYPE_CHECKING:
    from pathlib import Path

    from tests.houses import House

    from mufakat.runners.monitor_alarms import Alarm

pytestmark = pytest.mark.invariant("I-09")


@dataclass
class Asked:
    """The log as this house answers for it."""

    name: str = "the house"
    live: bool = True
    client: Any = field(default_factory=Client)

    def read(self, path: str, *, limit: int) -> bytes:
        answer = self.client.get(f"/log/{SHARD}/{path}")
        if answer.status_code == 404:
            raise MissingError(path)
        if answer.status_code != 200 or len(answer.content) > limit:
            raise NotReadError(path, f"was answered with {answer.status_code}")
        return bytes(answer.content)

    def close(self) -> None:
        """Nothing stays open."""


def looked(state: Path) -> list[Alarm]:
    """A round, a minute after the last event: some of these houses live at a time of their own."""
    keys = [signer.signing_key(SHARD).verify_key]
    newest = Event.objects.filter(shard=SHARD).order_by("-position")[0].at
    at = max(newest, datetime.now(UTC)) + timedelta(minutes=1)
    terms = Terms(keys, state, share=10_000, max_age=None)
    (told,) = Monitor([Log(Asked())], terms, clock=lambda: at).once()
    return list(told.alarms)


@pytest.mark.parametrize("seed", [3, 4])
def test_whatever_happens_in_a_house_a_monitor_says_nothing(house: House, tmp_path: Path, seed: int) -> None:
    play = Play(house, seed)
    for _ in range(3):
        play.run(25)
        logged()
        assert looked(tmp_path) == []
    with Log(Asked()) as log:
        assert fsck.check(log, [signer.signing_key(SHARD).verify_key]).wrong is None


def test_a_restriction_from_its_proposal_to_its_end_says_nothing(house: House, tmp_path: Path) -> None:
    ministry = Ministry(house)
    ministry.published()
    logged()
    assert looked(tmp_path) == []


def test_an_erasure_says_nothing_and_what_is_taken_out_silently_is_an_alarm(house: House, tmp_path: Path) -> None:
    notice = taken(house)
    decide(house, notice)
    logged()
    assert looked(tmp_path) == []
    erasure.erase(notice, classes={Erasable.REASONS}, reason="An order.")
    logged()
    assert looked(tmp_path) == []
    event = event_of(notice, "decision.made")

    def silently(moment: Any) -> None:
        Opening.objects.filter(event=event, field="outcome").update(salt=None, value=None, erased_at=moment.at)

    door.commit(silently)
    (alarm,) = looked(tmp_path)
    assert (alarm.kind, alarm.event, alarm.index) == (Kind.DISCLOSURE, event.id, event.position)
    assert "`outcome` is erased, and no event of the log says so" in alarm.said
