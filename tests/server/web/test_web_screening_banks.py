"""Banks at the desk: opened, filled by hand and by file, looked at by a second person, retracted, handed out."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.server.filters.seeding import seed
from tests.server.web.screening_pages import DESK, FIRST, REPRESENTATIVE, SECOND, post
from tests.server.web.web_checks import complaints, html

from mufakat.server.filters.models import Bank, Entry
from mufakat.server.journal import door
from mufakat.server.web import screening_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Sign = Callable[..., Client]

HOSTILE = "<script>alert(1)</script>\u202episang"
ENTRY = {"value": "Pisang  HIJAU", "category": "terrorism", "ground": "terms 4.2", "source": "our reviewers"}


@pytest.fixture(autouse=True)
def everybody(house: House) -> House:
    return house


def opened(client: Client, name: str = "phrases", **changes: Any) -> str:
    response = post(client, "banks", name=name, kind="phrase", **changes)
    assert response.status_code == 302, html(response)
    return name


def put_in(client: Client, bank: str = "phrases", **changes: Any) -> Any:
    return post(client, f"banks/{bank}/add", **{**ENTRY, **changes})


def file(*entries: dict[str, Any], bank: str = "phrases", kind: str = "phrase") -> io.BytesIO:
    lines = [{"bank": bank, "kind": kind, "source": "a list", "category": "other", "ground": "terms 4.2"}, *entries]
    made = io.BytesIO(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    made.name = "list.ndjson"
    return made


def send(client: Client, made: io.BytesIO, **told: Any) -> Any:
    return post(client, "banks/phrases/import", file=made, end="1", **told)


def states() -> dict[str, str]:
    return dict(Entry.objects.values_list("value", "state"))


def test_an_entry_acts_after_somebody_else_looked_at_it(browser_of: Sign) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    opened(first)
    assert put_in(first).status_code == 302
    name = Entry.objects.get().name
    page = first.get(f"{DESK}banks/phrases")
    assert "You put it in: somebody else reviews it." in html(page)
    assert complaints(page) == []
    own = post(first, "banks/phrases", "banks/phrases/entries", entry=[name], deed="accept")
    assert own.status_code == 403
    assert "A second person looks at an entry before it acts" in html(own)
    assert states() == {"pisang hijau": "shadow"}
    told = {"entry": [name], "deed": "accept", "words": "Seen."}
    assert post(second, "banks/phrases", "banks/phrases/entries", **told).status_code == 302
    assert states() == {"pisang hijau": "live"}
    assert "Seen." in html(second.get(f"{DESK}banks/phrases"))


def test_what_stands_there_already_is_not_said_to_be_put_in(browser_of: Sign) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    opened(first)
    put_in(first)
    name = Entry.objects.get().name
    post(second, "banks/phrases", "banks/phrases/entries", entry=[name], deed="accept")
    again = html(first.get(put_in(first, source="another list")["Location"]))
    assert "The bank has this entry already" in again
    assert "Another reviewer has to look at it before it acts." not in again
    assert states() == {"pisang hijau": "live"}


def test_a_deed_counts_what_it_changed_and_not_what_stood_so_before(browser_of: Sign) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    opened(first)
    put_in(first)
    put_in(first, value="salak masam")
    one, two = Entry.objects.values_list("name", flat=True)
    post(second, "banks/phrases", "banks/phrases/entries", entry=[one], deed="accept")
    second.get(f"{DESK}banks/phrases")
    led = post(second, "banks/phrases", "banks/phrases/entries", entry=[one, two], deed="accept")
    assert "Entries that act from now on: 1." in html(second.get(led["Location"]))


def test_many_are_reviewed_at_once_and_ones_own_are_left_out(browser_of: Sign) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    opened(first)
    put_in(second, value="salak masam")
    entries = [{"value": f"pisang nomor {word}"} for word in ("satu", "dua", "tiga")]
    assert send(first, file(*entries)).status_code == 302
    page = html(second.get(f"{DESK}banks/phrases?state=shadow"))
    assert page.count('name="shown"') == 3
    names = list(Entry.objects.exclude(value="salak masam").values_list("name", flat=True))
    told = {"shown": names, "deed": "accept-shown"}
    assert post(second, "banks/phrases", "banks/phrases/entries", **told).status_code == 302
    assert sorted(states().values()) == ["live", "live", "live", "shadow"]


def test_who_looks_through_what_waits_goes_on_there(browser_of: Sign) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    opened(first)
    put_in(first)
    told = {"entry": [Entry.objects.get().name], "deed": "accept"}
    led = post(second, "banks/phrases?state=shadow", "banks/phrases/entries?state=shadow", **told)
    assert led["Location"] == f"{DESK}banks/phrases?state=shadow"
    again = post(second, "banks/phrases", "banks/phrases/entries?state=//example.net", **told)
    assert again["Location"] == f"{DESK}banks/phrases"


@pytest.mark.parametrize(("deed", "words", "after"), [("decline", "", "declined"), ("retract", "Wrong.", "retracted")])
def test_an_entry_is_declined_or_retracted(browser_of: Sign, deed: str, words: str, after: str) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    opened(first)
    put_in(first)
    told = {"entry": [Entry.objects.get().name], "deed": deed, "words": words}
    assert post(second, "banks/phrases", "banks/phrases/entries", **told).status_code == 302
    assert set(states().values()) == {after}


@pytest.mark.parametrize(
    ("told", "status", "says"),
    [
        ({"deed": "accept"}, 422, "Tick the entries that you mean."),
        ({"deed": "retract", "entry": ["there"]}, 422, "entries-words"),
        ({"deed": "burn", "entry": ["there"]}, 404, "Nothing here"),
        ({"deed": "decline", "entry": ["nobody"]}, 422, "Nothing was changed"),
    ],
)
def test_a_deed_that_cannot_be_done_says_why(browser_of: Sign, told: dict[str, Any], status: int, says: str) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    opened(first)
    put_in(first, id="there")
    response = post(second, "banks/phrases", "banks/phrases/entries", **told)
    assert response.status_code == status
    assert says in html(response)
    assert set(states().values()) == {"shadow"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": ""}, "entry-value"),
        ({"value": "yang"}, "entry-value"),
        ({"category": ""}, "entry-category"),
        ({"ground": ""}, "entry-ground"),
        ({"source": ""}, "entry-source"),
        ({"expires_at": "soon"}, "entry-"),
    ],
)
def test_an_entry_that_may_not_enter_says_why_beside_its_field(
    browser_of: Sign, changes: dict[str, str], says: str
) -> None:
    first = browser_of(*FIRST)
    opened(first)
    response = put_in(first, **changes)
    assert response.status_code == 422
    assert f'href="#{says}' in html(response)
    assert complaints(response) == []
    assert not Entry.objects.exists()


@pytest.mark.parametrize("name", ["", "Not A Name", "phrases", "from-notices-host", "x" * 65])
def test_a_bank_that_cannot_be_opened_says_why(browser_of: Sign, name: str) -> None:
    first = browser_of(*FIRST)
    opened(first)
    response = post(first, "banks", name=name, kind="phrase")
    assert response.status_code == 422
    assert "bank-name" in html(response)
    assert complaints(response) == []
    assert Bank.objects.count() == 1


def test_a_file_with_a_fault_says_its_line_and_nothing_is_taken_or_only_what_is_sound(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    opened(first)
    entries = [{"value": "pisang hijau"}, {"value": "yang"}]
    response = send(first, file(*entries))
    assert response.status_code == 422
    assert "Line 3:" in html(response)
    assert complaints(response) == []
    assert not Entry.objects.exists()
    taken = send(first, file(*entries), partial="on")
    assert taken.status_code == 200
    assert states() == {"pisang hijau": "shadow"}
    assert "Line 3:" in html(taken)
    assert complaints(taken) == []


def test_a_line_with_several_faults_is_one_line_that_was_not_taken(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    opened(first)
    wrong = {"value": "salak masam", "source": "a\u0007", "ground": "b\u0007", "author": "c\u0007"}
    taken = html(send(first, file({"value": "pisang hijau"}, wrong), partial="on"))
    assert "Imported, in shadow: 1 entries. There already: 0. Not taken: 1." in taken
    assert taken.count("Line 3") == 3


@pytest.mark.parametrize(
    ("made", "told", "status"),
    [
        (None, {"end": "1"}, 422),
        (file(bank="others"), {"end": "1"}, 422),
        (file({"value": "pisang hijau"}), {}, 422),
    ],
    ids=["none", "of another bank", "cut off"],
)
def test_a_file_that_cannot_be_taken_says_why(
    browser_of: Sign, made: io.BytesIO | None, told: dict[str, str], status: int
) -> None:
    first = browser_of(*FIRST)
    opened(first)
    if made is not None:
        made.seek(0)
        told = {**told, "file": made}  # type: ignore[dict-item]
    response = post(first, "banks/phrases/import", **told)
    assert response.status_code == status
    assert "import-file" in html(response)
    assert not Entry.objects.exists()


def test_a_file_that_is_too_large_is_refused(browser_of: Sign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening_files, "BANK", 100)
    first = browser_of(*FIRST)
    opened(first)
    response = send(first, file(*({"value": f"pisang nomor {number:04}"} for number in range(20))))
    assert response.status_code == 413
    assert "The file is too large" in html(response)
    assert not Entry.objects.exists()


def test_a_bank_is_handed_out_as_a_file_that_is_taken_again(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    opened(first)
    put_in(first)
    response: Any = first.get(f"{DESK}banks/phrases/file")
    held = b"".join(response.streaming_content)
    assert [json.loads(line)["value"] for line in held.splitlines()[1:]] == ["pisang hijau"]
    made = io.BytesIO(held)
    made.name = "phrases.ndjson"
    assert send(first, made).status_code == 302
    assert Entry.objects.count() == 1


def test_what_was_typed_is_shown_and_never_lives(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    seed()
    changes = {"value": "pisang kuning", "source": "<b>x</b>", "ground": HOSTILE.replace("\u202e", ""), "id": "<i>"}
    assert put_in(first, **changes).status_code == 302
    door.commit(lambda _: Entry.objects.filter(name="<i>").update(author=HOSTILE))
    page = first.get(f"{DESK}banks/phrases")
    assert "<script>" not in html(page)
    assert "\u202e" not in html(page)
    assert "[U+202E]" in html(page)
    assert complaints(page) == []


def test_a_second_click_puts_nothing_in_twice(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    key = {"key": "page-" + "k" * 32}
    told = {"name": "phrases", "kind": "phrase", **key}
    assert [first.post(f"{DESK}banks", told).status_code for _ in range(2)] == [302, 302]
    assert Bank.objects.count() == 1


@pytest.mark.invariant("I-10")
def test_a_seat_that_only_looks_on_is_offered_nothing_and_may_do_nothing(browser_of: Sign) -> None:
    first, looks = browser_of(*FIRST), browser_of(*REPRESENTATIVE)
    opened(first)
    put_in(first)
    page = html(looks.get(f"{DESK}banks/phrases"))
    assert "pisang hijau" in page
    assert "banks/phrases/add" not in page
    assert 'name="deed"' not in page
    assert looks.get(f"{DESK}banks/phrases/add").status_code == 403
    assert looks.post(f"{DESK}banks/phrases/import", {"file": file(), "end": "1"}).status_code == 403
    told = {"entry": [Entry.objects.get().name], "deed": "accept"}
    assert looks.post(f"{DESK}banks/phrases/entries", told).status_code == 403
    assert looks.post(f"{DESK}banks", {"name": "mine", "kind": "phrase"}).status_code == 403
    assert set(states().values()) == {"shadow"}


def test_the_entries_are_paged_and_cost_as_many_queries_for_many_as_for_few(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    opened(first)
    counts = []
    for number in (2, 60):
        send(first, file(*({"value": f"pisang nomor {place:04}"} for place in range(number))))
        first.get(f"{DESK}banks/phrases")
        with CaptureQueriesContext(connection) as found:
            page = first.get(f"{DESK}banks/phrases")
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert 'rel="next"' in html(page)
    assert first.get(f"{DESK}banks/phrases?after=no").status_code == 404
    assert first.get(f"{DESK}banks/phrases?state=no").status_code == 404
    assert first.get(f"{DESK}banks/nothing").status_code == 404


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("path", ["banks", "banks/phrases", "banks/phrases/add", "banks/phrases/import"])
def test_the_pages_of_banks_are_sound_in_both_languages(browser_of: Sign, path: str, language: str) -> None:
    seed()
    response = browser_of(*FIRST).get(f"{DESK}{path}", headers={"Accept-Language": language})
    assert response.status_code == 200
    assert complaints(response) == []
