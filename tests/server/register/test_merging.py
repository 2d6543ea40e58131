"""What was erased leaves the index of the register too: no page of the database has its words any more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from tests.server.appeals.contesting import Contest
from tests.server.register.playing import follow, rows

from mufakat.rules.retention import Erasable
from mufakat.server.journal import parts
from mufakat.server.journal.database import is_embedded
from mufakat.server.notices import erasure
from mufakat.server.register import following, merging, queries
from mufakat.server.register.models import Merging

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.work import Moment

GOES, STAYS = "zqgoesplaceholder", "xwstaysplaceholder"  # FTS5 writes what two neighbours begin with once.


def in_the_file(word: str) -> bool:
    """Whether the word lies anywhere in the database or its log."""
    kept = Path(connection.settings_dict["NAME"])
    files = [kept, kept.with_name(kept.name + "-wal")]
    return any(word.encode() in one.read_bytes() for one in files if one.exists())


def merged(contest: Contest) -> int:
    """Merge until nothing is left; how many turns that took."""
    turns = 0
    while (swept := merging.sweep(at=contest.at)).more:
        turns += swept.done
    return turns + swept.done


def checked(moment: Moment) -> None:
    """Have FTS5 compare its index with the table."""
    del moment
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO register_found(register_found) VALUES ('integrity-check')")


def of_two(house: House) -> tuple[Contest, str]:
    """Two refusals with reasons in the register; the notice whose reasons go."""
    contest = Contest(house)
    goes = contest.notice()
    contest.decided("refuse", notice=goes, reasons=f"It is a {GOES} and nothing else.")
    follow(contest.at)
    contest.decided("refuse", reasons=f"It is a {STAYS} and nothing else.")
    follow(contest.at)
    return contest, goes


@pytest.mark.invariant("I-12")
def test_words_of_what_was_erased_lie_in_no_page_of_the_file(house: House) -> None:
    contest, goes = of_two(house)
    assert queries.search(GOES).items
    erasure.erase(goes, classes={Erasable.REASONS}, reason="An order.")
    follow(contest.at)
    assert not queries.search(GOES).items
    assert queries.search(STAYS).items
    if not is_embedded():  # VACUUM does it there.
        assert not Merging.objects.exists()
        return
    erasure.cut_log()
    assert in_the_file(GOES)  # In an old segment of the index, and nowhere else.
    assert merged(contest) > 1
    assert not in_the_file(GOES)
    assert in_the_file(STAYS)
    assert queries.search(STAYS).items
    assert merged(contest) == 0


def test_many_pages_are_merged_in_many_turns(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_embedded():
        return
    contest, goes = of_two(house)
    erasure.erase(goes, classes={Erasable.REASONS}, reason="An order.")
    follow(contest.at)
    monkeypatch.setattr(merging, "PAGES", 1)
    monkeypatch.setattr(merging, "MOST", 1)
    assert merging.sweep(at=contest.at) == (1, True)
    kept = rows()
    assert merged(contest) > 0
    assert not in_the_file(GOES)
    assert rows() == kept
    parts.alone(checked)  # Raises where the index does not say what the table says.


def test_an_erasure_while_words_are_merged_begins_once_more(house: House) -> None:
    if not is_embedded():
        return
    contest, goes = of_two(house)
    erasure.erase(goes, classes={Erasable.REASONS}, reason="An order.")
    follow(contest.at)
    parts.alone(merging._merge)
    assert Merging.objects.get().begun
    erasure.erase(contest.notice(), reason="An order.")
    follow(contest.at)
    assert not Merging.objects.get().begun
    merged(contest)
    assert not in_the_file(GOES)


@pytest.mark.invariant("I-12")
def test_made_anew_the_register_is_forgotten_in_portions(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contest, _ = of_two(house)
    kept = rows()
    monkeypatch.setattr(following, "FORGOTTEN", 3)
    assert following.rebuild() == len(kept)
    assert rows() == []
    follow(contest.at)
    assert rows() == kept
