"""Whatever happens in whatever order: the register is what the journal gives, and says what the rooms say (I-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.server.register.playing import Play, follow, rows, states

from mufakat.rules.entries import Entry
from mufakat.server.decisions.models import Measure
from mufakat.server.register import following
from mufakat.server.register.models import Entry as Row

if TYPE_CHECKING:
    from tests.houses import House

SEEDS = range(8)


def entries() -> dict[str, Entry]:
    return {id_: msgspec.json.decode(bytes(body), type=Entry) for id_, body in Row.objects.values_list("id", "body")}


@pytest.mark.invariant("I-12")
@pytest.mark.parametrize("seed", SEEDS)
def test_followed_is_rebuilt_and_says_what_the_rooms_say(house: House, seed: int) -> None:
    play = Play(house, seed).run(100)
    kept, shown = rows(), entries()
    assert len(play.done) > 5
    # (1) States of notices, decisions and appeals; a question is no decision yet.
    told = {id_: state for id_, state in states().items() if state not in {"asked", "answered", "unanswered"}}
    said = {id_: one.state for id_, one in shown.items() if id_[:3] in {"ntc", "dec", "apl"}}
    assert said == told
    # (2) Measures, where they still are told apart.
    for decision, one in shown.items():
        if "measures" in one.fields:
            rowed = sorted(Measure.objects.filter(decision=decision).values_list("name", "state"))
            named = sorted((each["name"], each["state"]) for each in one.fields["measures"])
            assert named == rowed or one.kind != "decision"
    # (3) Made anew it is the same rows.
    following.rebuild()
    follow(play.contest.at)
    assert rows() == kept
