"""The page that says what each side owes: the same table for both, in words, with evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.agreements.talking import act, body, frame, in_force, opened, terms
from tests.server.governance.agreed import look
from tests.server.web.test_web_pages import queries_of
from tests.server.web.web_checks import complaints, html

from mufakat.rules import obligation_judging as judging
from mufakat.rules.obligation import ObligationKind, ObligationTerms
from mufakat.rules.obligation_judging import Counted, Done, Granted, Reach, Standing
from mufakat.server.runtime import reactions
from mufakat.server.web import compliance

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browser = Callable[[str, str], Client]

AT = datetime(2017, 9, 1, 12, tzinfo=UTC)
KINDS = ("representative_reachable", "answered_in_time", "mandate_granted", "evidence_given", "screening_running")
OWED = {kind: {"kind": kind} for kind in KINDS} | {"mandate_granted": {"kind": "mandate_granted", "party": "kominfo"}}


def agreed() -> str:
    """An agreement in which both owe something, judged once; its page."""
    owed = [OWED[kind] for kind in KINDS]
    representative = {"name": "representative", **terms("telegram", obligations=owed, evidence=["A letter"])}
    flagger = {"name": "trusted_flagger", **terms("kominfo", obligations=[{"kind": "confirmed"}])}
    reopening = {"all_of": ["representative", "representative.mandate_granted", "trusted_flagger.confirmed"]}
    found = in_force(body(points=[{"name": "terms", **frame(reopening=reopening)}, representative, flagger]))
    look(at=datetime.now(UTC))
    reactions.run(at=datetime.now(UTC))
    return f"/desk/agreements/{found['id']}/compliance"


@pytest.mark.parametrize("language", ["en", "id"])
def test_both_sides_read_what_each_owes_and_what_is_missing(house: House, browser_of: Browser, language: str) -> None:
    place = agreed()
    for seat in (("kominfo", "approver"), ("telegram", "representative")):
        browser = browser_of(*seat)
        browser.cookies["django_language"] = language
        response = browser.get(place)
        page = html(response)
        assert (response.status_code, complaints(response)) == (200, [])
        assert all(f"<code>{kind}</code>" in page for kind in (*KINDS, "confirmed"))
        words = {"en": ("missing", "Not measured yet"), "id": ("belum ada", "Belum diukur")}[language]
        assert all(word in page for word in words)


def test_talks_alone_bind_nobody(house: House, browser_of: Browser) -> None:
    page = html(browser_of("kominfo", "approver").get(f"/desk/agreements/{opened()['id']}/compliance"))
    assert "Nothing is in force yet" in page


@pytest.mark.invariant("I-10")
def test_no_other_party_reads_it(house: House, browser_of: Browser) -> None:
    place = agreed()
    assert browser_of("bnpt", "officer").get(place).status_code == 404


def test_more_obligations_take_no_more_queries(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")
    few = in_force(body(points=[{"name": "terms", **frame()}, {"name": "representative", **terms()}]))
    before = queries_of(browser, f"/desk/agreements/{few['id']}/compliance")
    act(few["id"], "representative", "propose", terms=terms(obligations=[OWED[kind] for kind in KINDS[:3]]))
    act(few["id"], "representative", "agree", by=("kominfo", "approver"), proposal=1)
    look(at=datetime.now(UTC))
    assert queries_of(browser, f"/desk/agreements/{few['id']}/compliance") == before


FIGURES: list[tuple[str, Any]] = [
    ("representative_reachable", Reach()),
    ("representative_reachable", Reach(contacts=2, unreachable=1, answered_at=AT, missed_at=AT)),
    ("acknowledged_in_time", Counted(part=19, whole=20, since=AT.date())),
    ("answered_in_time", Counted(since=AT.date())),
    ("within_scope", Counted(part=1, whole=3, since=AT.date())),
    ("reasons_given", Counted(part=3, whole=3, since=AT.date())),
    ("mandate_granted", Granted(party="kominfo")),
    ("mandate_granted", Granted(party="")),
    ("mandate_granted", Granted(party="kominfo", mandate="mnd_1", in_force=True, since=AT, review_on=AT.date())),
    ("review_held", Done()),
    ("confirmed", Done(at=AT, event="evt_1")),
    ("evidence_given", Done(asked=2)),
    ("evidence_given", Done(at=AT, event="evt_1", asked=1)),
    ("screening_running", Done()),
    ("screening_running", Done(at=AT, event="evt_1")),
    ("list_synchronised", None),
]


@pytest.mark.parametrize(("kind", "figures"), FIGURES)
def test_every_evidence_has_its_words(house: House, kind: str, figures: Any) -> None:
    owed = ObligationTerms(kind=ObligationKind(kind))
    verdict = judging.judge(owed, figures, Standing(since=AT), at=AT)
    facts = compliance.facts_of(owed.kind, verdict.evidence)
    assert facts
    assert all(fact.label and (fact.text or fact.code or fact.at) for fact in facts)
    assert not any("None" in fact.text and fact.text[4:5] in {"", "%"} for fact in facts)


def test_every_kind_is_tried() -> None:
    assert {kind for kind, _ in FIGURES} == set(ObligationKind)
