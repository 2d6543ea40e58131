"""A search finds every entry that has its words, newest first, however far back the last of them lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.server.appeals.contesting import Contest
from tests.server.register.playing import follow

from mufakat.rules.entry import first_place, fold, mark
from mufakat.server.register import queries
from mufakat.server.register.models import Entry, Words
from mufakat.server.register.queries import Filters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.houses import House

EVERYWHERE, OLD, NEVER = "everywhereplaceholder", "oldplaceholder", "neverplaceholder"
TEXTS = ("", EVERYWHERE, OLD, NEVER, f"{EVERYWHERE} {OLD}")
FILTERS: Sequence[dict[str, Any]] = (
    {},
    {"kind": "decision"},
    {"category": "narcotics"},
    {"party": "telegram", "category": "terrorism"},
    {"kind": "decision", "outcome": "refuse"},
    {"kind": "mandate", "category": "narcotics"},
)


def grown(house: House) -> Contest:
    """Two years of entries; what is asked for is common among the oldest, or everywhere, or nowhere."""
    contest = Contest(house)
    for turn in range(8):
        old = turn < 3
        notice = contest.notice(category="narcotics" if old else "terrorism")
        reasons = f"It is a {EVERYWHERE}{' and ' + OLD if old else ''}, as was said before."
        contest.decided("refuse" if turn % 2 else "act_full", notice=notice, reasons=reasons)
        contest.wait(days=(0.5, 40, 7, 300)[turn % 4])
    follow(contest.at)
    return contest


def pages(text: str, narrowed: Filters, *, limit: int) -> list[str]:
    """The ids of all pages, one after another."""
    found: list[str] = []
    after = None
    while True:
        page = queries.search(text, narrowed, after=after, limit=limit)
        found += [one.id for one in page.items]
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize(("window", "few"), [(1, 0), (3, 2), (1, 1_000), (4_000, 1_000)])
def test_pages_hold_what_has_every_word_newest_first(
    house: House, window: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    contest = grown(house)
    monkeypatch.setattr(queries, "WINDOW", window)
    monkeypatch.setattr(queries, "MOST_AGES", 8)
    monkeypatch.setattr(queries, "FEW", few)
    words = {place: set(said.split()) for place, said in Words.objects.values_list("place", "words")}
    ids = list(Entry.objects.order_by("-place").values_list("place", "id", "body"))
    for text in TEXTS:
        for narrowed in FILTERS:
            asked = {*fold(text), *(mark(name, value) for name, value in narrowed.items())}
            right = [id_ for place, id_, _ in ids if asked <= words[place]]
            assert pages(text, Filters(**narrowed), limit=3) == right, (text, narrowed)
    since, until = contest.at.replace(year=contest.at.year - 1), contest.at.replace(month=1, day=20)
    within = Filters(since=since, until=until)
    days = [
        id_ for place, id_, _ in ids if EVERYWHERE in words[place] and first_place(since) <= place < first_place(until)
    ]
    assert pages(EVERYWHERE, within, limit=2) == days


def test_no_text_reads_as_a_filter(house: House) -> None:
    contest = Contest(house)
    contest.decided("refuse", reasons=f"This is {mark('outcome', 'act_full')} and nothing else.")
    follow(contest.at)
    assert not queries.search("", Filters(outcome="act_full")).items
    assert not set(fold(mark("kind", "notice"))) & {mark("kind", "notice")}
