"""Policies and samples at the desk: proposed, tried, run in shadow, promoted by a second person, taken back."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.server.filters.policing import ITEMS, fill_banks, item, policy
from tests.server.web.screening_pages import DESK, FIRST, REPRESENTATIVE, SECOND, last, post
from tests.server.web.web_checks import complaints, html

from mufakat.server.filters.models import Backtest, Policy, Restoring, Sample
from mufakat.server.journal import door

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Sign = Callable[..., Client]


@pytest.fixture(autouse=True)
def banks(house: House) -> None:
    fill_banks(house.caller(*FIRST), house.caller(*SECOND), datetime.now(UTC))


def proposed(client: Client, text: str | None = None, **told: Any) -> str:
    typed = (policy() if text is None else text).replace("\n", "\r\n")
    return last(post(client, "policies/new", text=typed, **told))


def handed_in(client: Client, lines: bytes = ITEMS, **told: Any) -> Any:
    file = io.BytesIO(lines)
    file.name = "items.ndjson"
    return post(client, "samples", **{"name": "last week", "file": file, "end": "1", **told})


def tried(client: Client, pk: str, **told: Any) -> str:
    sample = Sample.objects.filter(erased_at=None).order_by("-pk")[0].pk
    return last(post(client, f"policies/{pk}", f"policies/{pk}/try", samples=[sample], **told))


def promote(client: Client, pk: str, backtest: str, **told: Any) -> Any:
    page = f"policies/{pk}/backtests/{backtest}"
    key = "page-" + "p" * 32
    return client.post(f"{DESK}{page}/promote", {"key": key, "sure": "on", **told})


def act(client: Client, pk: str, deed: str, **told: Any) -> Any:
    return post(client, f"policies/{pk}", f"policies/{pk}/{deed}", **told)


def ready(first: Client) -> tuple[str, str]:
    """A version in shadow that was tried; it and its back-test."""
    pk = proposed(first, note="Links are held.")
    handed_in(first)
    backtest = tried(first, pk)
    assert act(first, pk, "shadow").status_code == 302
    return pk, backtest


def test_a_version_goes_all_the_way_by_pages_and_is_taken_back(browser_of: Sign) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    pk, backtest = ready(first)
    page = second.get(f"{DESK}policies/{pk}/backtests/{backtest}")
    assert "3 have another action." in html(page)
    assert "hit-0" in html(page)
    assert complaints(page) == []
    assert promote(second, pk, backtest, words="Read.").status_code == 302
    assert Policy.objects.get(pk=pk).state == "live"
    told = {"words": "It hit recipes.", "restore": "restore"}
    assert act(second, pk, "end", **told).status_code == 302
    assert Policy.objects.get(pk=pk).state == "ended"
    assert Restoring.objects.filter(policy=pk).count() == 1
    page = second.get(f"{DESK}policies/{pk}")
    for said in ("It hit recipes.", "Links are held.", "Read.", "Is being restored"):
        assert said in html(page)
    assert complaints(page) == []


def test_the_text_is_kept_byte_for_byte(browser_of: Sign) -> None:
    pk = proposed(browser_of(*FIRST))
    assert Policy.objects.get(pk=pk).text == policy()


@pytest.mark.invariant("I-06")
def test_who_proposed_is_told_that_somebody_else_promotes(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    pk, backtest = ready(first)
    page = html(first.get(f"{DESK}policies/{pk}/backtests/{backtest}"))
    assert "somebody else of your platform looks at its figures" in page
    assert "promote-sure" not in page
    response = promote(first, pk, backtest)
    assert response.status_code == 403
    assert "You proposed this version" in html(response)
    assert Policy.objects.get(pk=pk).state == "shadow"


def test_a_promotion_is_said_once_more(browser_of: Sign) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    pk, backtest = ready(first)
    response = promote(second, pk, backtest, sure="")
    assert response.status_code == 422
    assert "Tick it" in html(response)
    assert complaints(response) == []
    assert Policy.objects.get(pk=pk).state == "shadow"


def test_why_a_back_test_does_not_do_stands_where_the_button_would_be(browser_of: Sign) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    pk = proposed(first)
    handed_in(first)
    exact, as_live = tried(first, pk), tried(first, pk, live="on")
    said = {
        exact: "Only a version that runs in shadow is promoted.",
        as_live: "Only a version that runs in shadow is promoted.",
    }
    for one, words in said.items():
        assert words in html(second.get(f"{DESK}policies/{pk}/backtests/{one}"))
    act(first, pk, "shadow")
    assert "as if every rule were live" in html(second.get(f"{DESK}policies/{pk}/backtests/{as_live}"))
    response = promote(second, pk, as_live)
    assert response.status_code == 422
    assert Policy.objects.get(pk=pk).state == "shadow"


def test_every_fault_of_a_text_stands_beside_its_line_and_nothing_typed_is_lost(browser_of: Sign) -> None:
    text = policy().replace("then: block", "then: burn").replace("then: hold", "then: hide")
    response = post(browser_of(*FIRST), "policies/new", text=text, note="A made-up word.")
    page = html(response)
    assert response.status_code == 422
    lines = text.split("\n")
    for wrong in ("then: burn", "then: hide"):
        number = next(place for place, line in enumerate(lines, start=1) if wrong in line)
        assert f"Line {number}" in page
    assert "A made-up word." in page
    assert complaints(response) == []
    assert not Policy.objects.exists()


@pytest.mark.parametrize("text", ["", "policy: [", "\u202e: <script>", "a: b\n" * 400_000])
def test_what_is_no_policy_is_refused(browser_of: Sign, text: str) -> None:
    response = post(browser_of(*FIRST), "policies/new", text=text)
    assert response.status_code in {400, 422}
    assert "<script>alert" not in html(response)
    assert not Policy.objects.exists()


def test_another_text_of_the_same_version_is_refused(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    proposed(first)
    response = post(first, "policies/new", text=policy() + "# another\n")
    assert response.status_code == 422
    assert "raise the version" in html(response)


def test_a_text_that_was_proposed_before_is_not_said_to_be_proposed(browser_of: Sign) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    pk, said = proposed(first), "This very text was proposed before"
    assert said not in html(first.get(f"{DESK}policies/{pk}"))
    assert proposed(second) == pk
    assert said in html(second.get(f"{DESK}policies/{pk}"))
    act(first, pk, "decline", words="Too wide.")
    first.get(f"{DESK}policies/{pk}")
    assert proposed(first) == pk
    page = html(first.get(f"{DESK}policies/{pk}"))
    assert said in page
    assert "let it run in shadow." not in page


def test_another_version_begins_with_the_text_of_one(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    pk = proposed(first)
    assert "unripe-block" in html(first.get(f"{DESK}policies/new?like={pk}"))
    assert first.get(f"{DESK}policies/new?like=nothing").status_code == 404


def test_a_version_is_declined_with_a_reason(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    pk = proposed(first)
    refused = act(first, pk, "decline", words="")
    assert refused.status_code == 422
    assert "decline-words" in html(refused)
    assert act(first, pk, "decline", words="Too wide.").status_code == 302
    assert Policy.objects.get(pk=pk).state == "declined"
    again = first.post(f"{DESK}policies/{pk}/shadow", {})
    assert again.status_code == 409
    assert complaints(again) == []


def test_a_version_is_tried_on_something(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    pk = proposed(first)
    assert "There is no sample yet." in html(first.get(f"{DESK}policies/{pk}"))
    response = post(first, f"policies/{pk}", f"policies/{pk}/try")
    assert response.status_code == 422
    assert "try-samples" in html(response)
    assert not Backtest.objects.exists()


def test_a_sample_says_what_was_not_taken_and_is_erased_from_every_table(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    pk = proposed(first)
    response = handed_in(first, ITEMS + item("secret", visibility="private") + b"{nonsense\n")
    assert response.status_code == 200
    assert complaints(response) == []
    page = html(response)
    assert "1 private lines, 1 lines that are no items" in page
    assert "Line 9:" in page
    backtest = tried(first, pk)
    assert "hit-0" in html(first.get(f"{DESK}policies/{pk}/backtests/{backtest}"))
    sample = Sample.objects.get().pk
    assert post(first, "samples", f"samples/{sample}/erase").status_code == 302
    page = html(first.get(f"{DESK}policies/{pk}/backtests/{backtest}"))
    assert "hit-0" not in page
    assert "no item is named any more" in page


def test_a_line_that_is_not_taken_is_named_with_its_member(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    assert "Line 8: <code>/item</code>" in html(handed_in(first, ITEMS + item("")))
    response = handed_in(first, item("one").replace(b'"item"', b'"name": "x", "item"') + item(""))
    page = html(response)
    assert response.status_code == 422
    assert "Line 1, /name:" in page
    assert "Line 2, /item:" in page
    assert 'href="#sample-name"' not in page  # It is not the name of the sample that is wrong.
    assert complaints(response) == []


def test_what_is_kept_is_offered_however_much_was_erased_since(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    handed_in(first, name="the oldest")
    kept = Sample.objects.get()
    gone = {"wrapped": None, "erased_at": datetime.now(UTC), "name": "gone"}
    told = {
        one: getattr(kept, one)
        for one in ("platform_id", "items", "file", "sha256", "added_by_id", "added_at", "erase_at")
    }
    door.commit(
        lambda moment: Sample.objects.bulk_create(Sample(id=moment.id("smp"), **told, **gone) for _ in range(50))
    )
    assert "the oldest" in html(first.get(f"{DESK}policies/{proposed(first)}"))


def test_the_banks_that_were_changed_since_stand_above_the_button(browser_of: Sign) -> None:
    first, second = browser_of(*FIRST), browser_of(*SECOND)
    pk, backtest = ready(first)
    page, said = f"{DESK}policies/{pk}/backtests/{backtest}", "find something else now than when it was tried"
    post(first, "banks", name="opened-since", kind="phrase")
    assert said not in html(second.get(page))
    told = {"value": "salak masam", "category": "other", "ground": "terms 4.2", "source": "our reviewers"}
    assert post(first, "banks/phrases/add", **told).status_code == 302
    response = second.get(page)
    assert said in html(response)
    assert f'<a href="{DESK}banks/phrases">phrases</a></p>' in html(response)
    assert complaints(response) == []


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"name": ""}, "sample-name"),
        ({"name": "a\u0007b"}, "sample-name"),
        ({"file": ""}, "sample-file"),
        ({"end": ""}, "sample-file"),
    ],
)
def test_a_sample_that_cannot_be_taken_says_why(browser_of: Sign, told: dict[str, Any], says: str) -> None:
    response = handed_in(browser_of(*FIRST), **told)
    assert response.status_code == 422
    assert f'href="#{says}"' in html(response)
    assert complaints(response) == []
    assert not Sample.objects.exists()


def test_what_holds_nothing_public_is_no_sample(browser_of: Sign) -> None:
    response = handed_in(browser_of(*FIRST), item("secret", visibility="private"))
    assert response.status_code == 422
    assert "1 are private" in html(response)


def test_a_sample_that_is_too_large_is_refused(browser_of: Sign, monkeypatch: pytest.MonkeyPatch) -> None:
    from mufakat.server.filters import samples

    monkeypatch.setattr(samples, "LARGEST", 200)
    response = handed_in(browser_of(*FIRST))
    assert response.status_code == 413
    assert not Sample.objects.exists()


@pytest.mark.invariant("I-10")
def test_a_seat_that_only_looks_on_is_offered_nothing_and_may_do_nothing(browser_of: Sign) -> None:
    first, looks = browser_of(*FIRST), browser_of(*REPRESENTATIVE)
    pk, backtest = ready(first)
    page = html(looks.get(f"{DESK}policies/{pk}"))
    assert "unripe-block" in page
    assert "What you can do" not in page
    for deed in ("shadow", "decline", "end", "try"):
        assert looks.post(f"{DESK}policies/{pk}/{deed}", {"words": "x", "samples": ["x"]}).status_code == 403
    assert promote(looks, pk, backtest).status_code == 403
    assert looks.get(f"{DESK}policies/new").status_code == 403
    file = io.BytesIO(ITEMS)
    assert looks.post(f"{DESK}samples", {"name": "x", "file": file, "end": "1"}).status_code == 403
    assert Sample.objects.count() == 1


@pytest.mark.parametrize("deed", ["shadow", "decline", "end", "try"])
def test_opening_an_address_does_nothing(browser_of: Sign, deed: str) -> None:
    first = browser_of(*FIRST)
    pk = proposed(first)
    assert first.get(f"{DESK}policies/{pk}/{deed}").status_code == 302
    assert Policy.objects.get().state == "proposed"


def test_what_was_typed_is_shown_and_never_lives(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    hostile = "<script>x</script>\u202eabc"
    text = policy().replace("Forbidden by our terms of service.", f'"{hostile}"') + f"# {hostile}\n"
    response = post(first, "policies/new", text=text, note=hostile)
    if response.status_code == 302:
        page = first.get(response["Location"])
        assert "[U+202E]" in html(page)
    else:
        page = response
    assert "<script>x" not in html(page)
    assert complaints(page) == []


def test_the_list_costs_as_many_queries_for_many_as_for_few(browser_of: Sign) -> None:
    first = browser_of(*FIRST)
    counts = []
    for version in (1, 2, 3):
        proposed(first, policy(version=version))
        first.get(f"{DESK}policies")
        with CaptureQueriesContext(connection) as found:
            assert first.get(f"{DESK}policies").status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[-1]


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_pages_of_policies_are_sound_in_both_languages(browser_of: Sign, language: str) -> None:
    first = browser_of(*FIRST)
    pk, backtest = ready(first)
    for path in (
        "policies",
        "policies?state=shadow",
        f"policies/{pk}",
        f"policies/{pk}/backtests/{backtest}",
        "samples",
    ):
        response = first.get(f"{DESK}{path}", headers={"Accept-Language": language})
        assert response.status_code == 200
        assert complaints(response) == []
